"""Text that Slack shows as it stands: names, letters, answers typed by people. All of it is hostile.

No text of ours is mrkdwn, so `* _ ~` and the backtick never format: blocks hold `plain_text` and rich_text,
and a message's own `text` is posted with `mrkdwn` off.
"""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
NOTHING = "–"
"""Stands where Slack wants a text and there is none."""

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # shown as nothing
    "\ud800-\udfff]"  # halves of characters
)
_MARKUP = re.compile("<(?=[!@#]|[a-zA-Z][a-zA-Z0-9+.-]*:)")
_WIDE = re.compile("[\U00010000-\U0010ffff]")
_WORD_JOINER = "\u2060"
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_AFTER_A_CUT = " \n.,;:·–-"
_ZERO_WIDTH_JOINER = "\u200d"


def clean(text: str) -> str:
    """Without controls, direction marks and other unseen characters; lines end in a line feed."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ").strip()


def one_line(text: str) -> str:
    """Cleaned, and on one line."""
    return " ".join(clean(text).split())


def disarm(text: str) -> str:
    """Text for `plain_text` and rich_text, which hold it as it stands.

    Whatever could be read as `<!channel>`, `<@U…>`, `<#C…>` or `<https://…>` by anybody on the way gets a
    character of no width after its "<" and looks the same. A Message-ID is left as it is, to be copied.
    """
    return _MARKUP.sub(f"<{_WORD_JOINER}", text)


def escape(text: str) -> str:
    """Text for a message's `text`: & < > escaped (docs.slack.dev/messaging/formatting-message-text)."""
    return "".join(_ESCAPED.get(character, character) for character in text)


def size(text: str) -> int:
    """What Slack may count: UTF-16 units, & < > as escaped or disarmed. Never less than it does count."""
    wide = 0 if text.isascii() else len(_WIDE.findall(text))
    return len(text) + wide + 5 * text.count("&") + 4 * (text.count("<") + text.count(">"))


def _size_of(character: str) -> int:
    if character in _ESCAPED:
        return len(_ESCAPED[character]) + 1
    return 2 if character > "\uffff" else 1


def cut(text: str, limit: int) -> str:
    """At most `limit` long by `size`; what is longer ends in an ellipsis, after a word if one ends near."""
    if size(text) <= limit:
        return text
    kept = text[: _whole(text, _fitting(text, limit - 1))]
    space = max(kept.rfind(" "), kept.rfind("\n"))
    if space >= len(kept) * 2 // 3 and text[len(kept)] not in " \n":
        kept = kept[:space]
    return kept.rstrip(_AFTER_A_CUT) + ELLIPSIS


def pieces(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` by `size`, broken at a line, else a word, else anywhere."""
    found = []
    while size(text) > limit:
        end = max(1, _whole(text, _fitting(text, limit)))
        for blank in "\n ":
            at = text.rfind(blank, end // 2, end + 1)
            if at > 0:
                end = at
                break
        found.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [piece for piece in (*found, text) if piece]


def _fitting(text: str, limit: int) -> int:
    """How many characters have room."""
    left = limit
    for index, character in enumerate(text):
        left -= _size_of(character)
        if left < 0:
            return index
    return len(text)


def _whole(text: str, end: int) -> int:
    """The nearest end before this one that splits no accent, emoji sequence or flag from its base."""
    at = end
    while 0 < at < len(text) and end - at < _LONGEST_CLUSTER and _joined(text, at):
        at -= 1
    return at if at and end - at < _LONGEST_CLUSTER else end


_LONGEST_CLUSTER = 32
"""Longer heaps of accents are no character of any language; they are cut anywhere."""


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after this place are seen as one."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after).startswith("M") or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if _ZERO_WIDTH_JOINER in (before, after):
        return True
    if not (_is_flag_half(before) and _is_flag_half(after)):
        return False
    halves = 0
    while halves < at and _is_flag_half(text[at - 1 - halves]):
        halves += 1
    return halves % 2 == 1


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
