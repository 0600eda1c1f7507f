"""From a View to what Slack's methods take: a message, a Home tab, a modal, the errors of one. Pure.

Nothing is dropped to make something fit: first the lines between rows go, then texts are cut, then a row's
buttons move into its menu. Only where even that is too little do rows give way, and then the message says
how many. Ten rows with full menus always fit, and the core pages by ten.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Collection, Mapping, Sequence

from adapters.giving_way import least_left_out
from adapters.slack import limits
from adapters.slack.blocks import (
    ACTION,
    DENSITIES,
    Block,
    Density,
    Ids,
    actions,
    blocks_of,
    button,
    header,
    plain,
    quiet,
)
from adapters.slack.inputs import input_blocks
from adapters.slack.text import NOTHING, clean, cut, disarm, escape, one_line, size
from adapters.slack.tokens import decode, encode
from bot.views.elements import Chart, Element, FieldErrors, Form, Message

POST: Mapping[str, object] = {
    "unfurl_links": False,
    "unfurl_media": False,
    "mrkdwn": False,
    "parse": "none",
    "link_names": False,
}
"""Goes with every `chat.postMessage`: no previews, and no text of ours is read as markup."""

EDIT: Mapping[str, object] = {"parse": "none", "link_names": False}
"""The same for `chat.update` and `chat.postEphemeral`, which know fewer."""

READING = "reading"
"""`callback_id` of a modal in which there is nothing to submit."""

CALLBACK = "form"
"""`callback_id` of every modal: one listener hears them all."""


@dataclasses.dataclass(frozen=True, slots=True)
class SlackMessage:
    """What is posted: `text` for notifications and screen readers, `blocks` for eyes."""

    text: str
    blocks: list[Block]


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """What a modal remembers between opening and submitting: the form's token, and what the adapter gave."""

    submit: str
    context: Mapping[str, str]


def message(view: Message, *, edition: str = "") -> SlackMessage:
    """`edition` tells two drawings of one revision apart: menus forget what was chosen in the first."""
    return _message(view, _drawing(view, edition))


def for_all(view: Message, files: Mapping[Chart, str]) -> SlackMessage:
    """What stands in a channel: whoever clicks in it is answered beside it, never in its place.

    `files`: the charts that were uploaded as pictures, by Slack's ids.
    """
    return _message(view, _SHARED, files)


def _message(view: Message, drawing: str, files: Mapping[Chart, str] | None = None) -> SlackMessage:
    text = one_line(view.notification) or NOTHING
    blocks = _fitted(view.elements, drawing, _fits_message, files)
    return SlackMessage(
        text=escape(cut(text, limits.UPDATE_TEXT)),
        blocks=blocks or [{"type": "section", "text": plain(text, limits.SECTION)}],
    )


def home(view: Message, *, edition: str = "") -> Block:
    """The same as a Home tab, for `views.publish`."""
    blocks = _fitted(view.elements, _drawing(view, edition), _fits_view)
    return {"type": "home", "blocks": blocks or message(view).blocks}


def _drawing(view: Message, edition: str) -> str:
    return f"{_FOLLOWS if view.surface else _PRIVATE}{view.revision}{edition}"


_FOLLOWS, _PRIVATE, _SHARED = "r", "p", "s"


def stays(block_id: str) -> bool:
    """Whether a block is of a message that no answer may replace: not said to one person alone."""
    return block_id.startswith((f"{ACTION}{_FOLLOWS}", f"{ACTION}{_SHARED}"))


def reading(view: Message) -> Block:
    """A message as a modal to be read and closed, where nothing can be said beside what was clicked."""
    blocks = _fitted(view.elements, _drawing(view, ""), _fits_view)
    return {
        "type": "modal",
        "callback_id": READING,
        "title": plain("Followup", limits.TITLE),
        "close": plain("Close", limits.SUBMIT),
        "private_metadata": "",
        "blocks": blocks or message(view).blocks,
    }


def modal(
    view: Form, *, callback: str = CALLBACK, context: Mapping[str, str] | None = None, edition: str = "r0"
) -> Block:
    """A view for `views.open`, `views.push` and `views.update`.

    `context` comes back with the submission, see `kept`; ids only. A title or a submit label that Slack has
    no room for is shortened there and stands in full inside. Raises ValueError where the form has more
    fields than a modal can hold, or the context is too long.
    """
    title, submit = one_line(view.title), one_line(view.submit_label)
    before = [header(title)] if size(title) > limits.TITLE else []
    if step := one_line(view.step):
        before.append(quiet(step))
    ids = Ids(edition, "form.")
    after = input_blocks(view.fields)
    after.extend(actions([button(b, ids, Density()) for b in view.buttons], ids))
    if size(submit) > limits.SUBMIT:
        after.append(quiet(submit))

    def fits(blocks: Sequence[Block]) -> bool:
        return _fits_view([*before, *blocks, *after])

    if not fits(()):
        raise ValueError("This form has more fields than a modal can hold.")
    intro = _fitted(view.intro, edition, fits)
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, limits.TITLE),
        "submit": plain(_short(submit), limits.SUBMIT),
        "close": plain("Cancel", limits.SUBMIT),
        "private_metadata": _metadata(view.submit, context or {}),
        "blocks": [*before, *intro, *after] or [header(title)],
    }


def errors(view: FieldErrors, shown: Collection[str] | None = None) -> Block:
    """The answer to a submission: each sentence at its field.

    `shown`: the names of the fields in the modal. Slack ignores an error at any other, so that one goes to
    the first of them.
    """
    found: dict[str, list[str]] = {}
    for name, sentence in view.errors:
        at = name if not shown or name in shown else next(iter(shown))
        found.setdefault(at, []).append(clean(sentence))
    texts = {name: _error(" ".join(said)) for name, said in found.items()}
    return {"response_action": "errors", "errors": texts}


def kept(private_metadata: str) -> Kept:
    """What `modal` put away; ValueError for anything else."""
    match json.loads(private_metadata):
        case {"submit": str(submit), "context": dict(context)}:
            return Kept(decode(submit), {str(k): str(v) for k, v in context.items()})
        case _:
            raise ValueError("This modal was not opened by us.")


def clicked(action: object) -> str | None:
    """The token of a button or menu entry, from one of a payload's `actions`; None where there is none."""
    match action:
        case {"value": str(value)} | {"selected_option": {"value": str(value)}}:
            return decode(value)
        case _:
            return None


def _error(text: str) -> str:
    return disarm(cut(text, limits.LABEL)) or NOTHING


def _short(label: str) -> str:
    """ "Send: leaves Tue 24 Nov 08:30" as "Send", where the whole has no room on the button."""
    head, colon, _ = label.partition(":")
    return head if colon and size(label) > limits.SUBMIT else label


def _metadata(submit: str, context: Mapping[str, str]) -> str:
    text = json.dumps({"submit": encode(submit), "context": dict(context)}, separators=(",", ":"))
    if len(text) > limits.PRIVATE_METADATA:
        raise ValueError("A modal cannot remember that much.")
    return text


# -- what fits ------------------------------------------------------------------------------------------

Fits = Callable[[Sequence[Block]], bool]


def _fits_message(blocks: Sequence[Block]) -> bool:
    weight = _weight(blocks) + limits.BLOCK_WEIGHT * len(blocks)
    return len(blocks) <= limits.MESSAGE_BLOCKS and weight <= limits.MESSAGE_WEIGHT


def _fits_view(blocks: Sequence[Block]) -> bool:
    return len(blocks) <= limits.VIEW_BLOCKS and len(json.dumps(blocks)) <= limits.VIEW_BYTES - _AROUND


_AROUND = 10_000
"""Bytes of a view besides its blocks: title, private_metadata and the like."""


def _weight(blocks: Sequence[Block]) -> int:
    """Every text that is shown, by `size`."""
    weight, left = 0, list[object](blocks)
    while left:
        part = left.pop()
        if isinstance(part, list | tuple):
            left.extend(part)
        elif isinstance(part, dict):
            for key, value in part.items():
                if key == "text" and isinstance(value, str):
                    weight += size(value)
                elif not isinstance(value, str):
                    left.append(value)
    return weight


def _fitted(
    elements: Sequence[Element], edition: str, fits: Fits, files: Mapping[Chart, str] | None = None
) -> list[Block]:
    """The blocks of these elements at the first density at which they fit."""
    for density in DENSITIES:
        blocks = _drawn(elements, edition, density, files)
        if fits(blocks):
            return blocks

    def less(left: Sequence[Element], gone: int) -> list[Block]:
        missing = quiet(f"{gone} more do not fit here. /followup shows all, 10 at a time.")
        return [*_drawn(left, edition, DENSITIES[-1]), missing]

    return least_left_out(elements, less, fits)


def _drawn(
    elements: Sequence[Element], edition: str, density: Density, files: Mapping[Chart, str] | None = None
) -> list[Block]:
    ids = Ids(edition, files=files)
    blocks = [block for element in elements for block in blocks_of(element, ids, density)]
    return blocks[1:] if blocks and blocks[0]["type"] == "divider" else blocks
