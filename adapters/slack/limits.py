"""What Slack takes at most, each with the page that says so.

Pages are under https://docs.slack.dev/reference. Lengths are counted by `text.size`, which never counts
less than Slack does. Those marked (*) are not checked by slack_sdk's models.
"""

from __future__ import annotations

MESSAGE_BLOCKS = 50
"""(*) Blocks in a message. block-kit/blocks"""

VIEW_BLOCKS = 100
"""Blocks in a modal or Home tab. views/modal-views, views/home-tab-views"""

MESSAGE_TEXT = 40_000
"""(*) `text` of a new message; what is longer is cut off by Slack. methods/chat.postMessage"""

UPDATE_TEXT = 4_000
"""(*) `text` of an edited message (`msg_too_long`). We keep to it in new ones as well. methods/chat.update"""

MESSAGE_WEIGHT = 12_000
"""(*) Not documented: a message whose blocks hold more text than this is refused (`msg_blocks_too_long`).

Reported at about 13,200 characters, each block counting for about 100 more than its text:
github.com/slackapi/bolt-js issues 2509 and 2867. We count every text that is shown, menu entries too.
"""

BLOCK_WEIGHT = 100
"""(*) What a block counts besides its text. See `MESSAGE_WEIGHT`."""

VIEW_BYTES = 250_000
"""(*) A modal or Home tab as JSON. methods/views.open (`view_too_large`)"""

SECTION = 3_000
"""Text of a section; ours in rich_text and context as well. block-kit/blocks/section-block"""

FIELD = 2_000
"""(*) Each of a section's `fields`; none is used. block-kit/blocks/section-block"""

HEADER = 150
"""block-kit/blocks/header-block"""

ACTIONS = 25
"""Elements in an actions block; at least one (*). block-kit/blocks/actions-block"""

CONTEXT = 10
"""Elements in a context block. block-kit/blocks/context-block"""

ALT_TEXT = 2_000
"""`alt_text` and title of an image. block-kit/blocks/image-block"""

BUTTON = 75
"""Text of a button. block-kit/block-elements/button-element"""

BUTTON_VALUE = 2_000
"""`value` of a button. block-kit/block-elements/button-element"""

IDENTIFIER = 255
"""`action_id` and `block_id`, both also unique (*), and `callback_id`. block-kit/blocks, views/modal-views"""

OPTION = 75
"""Text of an option, and again its description. block-kit/composition-objects/option-object"""

OPTION_VALUE = 150
"""`value` of an option. block-kit/composition-objects/option-object"""

OPTIONS = 100
"""Options of a static_select, or of one of its groups. block-kit/block-elements/select-menu-element"""

OVERFLOW = 5
"""Options of an overflow menu. block-kit/block-elements/overflow-menu-element"""

RADIO = 10
"""Radio buttons of a group. block-kit/block-elements/radio-button-group-element"""

PLACEHOLDER = 150
"""Placeholder of a select or an input. block-kit/block-elements/select-menu-element"""

LABEL = 2_000
"""Label and hint of an input. block-kit/blocks/input-block"""

INPUT = 3_000
"""`max_length` of a plain_text_input, so its value too. block-kit/block-elements/plain-text-input-element"""

TITLE = 24
"""Title of a modal. views/modal-views"""

SUBMIT = 24
"""Text of a modal's submit and close buttons; with inputs there must be a submit (*). views/modal-views"""

PRIVATE_METADATA = 3_000
"""What a modal remembers for us. views/modal-views"""
