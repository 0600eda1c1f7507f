"""Text as people see it, in any chat: without what is unseen, and never cut inside a character."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
WORD_JOINER = "\u2060"
"""Of no width: it keeps a text from being read as markup, and looks the same."""

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # shown as nothing
    "\ud800-\udfff]"  # halves of characters
)
_AFTER_A_CUT = " \n.,;:·–-"
_ZERO_WIDTH_JOINER = "\u200d"


def clean(text: str) -> str:
    """Without controls, direction marks and other unseen characters; lines end in a line feed."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ").strip()


def one_line(text: str) -> str:
    """Cleaned, and on one line."""
    return " ".join(clean(text).split())


def shortened(text: str, end: int) -> str:
    """What stands before `end`, and an ellipsis: after a word if one ends near, never inside a character."""
    kept = text[: whole(text, end)]
    space = max(kept.rfind(" "), kept.rfind("\n"))
    if space >= len(kept) * 2 // 3 and text[len(kept)] not in " \n":
        kept = kept[:space]
    return kept.rstrip(_AFTER_A_CUT) + ELLIPSIS


def whole(text: str, end: int) -> int:
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
