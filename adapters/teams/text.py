"""Text that Teams shows as it stands: names, letters, answers typed by people. All of it is hostile.

Nearly all of it stands in TextRuns, of which the schema says: "Markdown is not supported". What stands in a
heading, a choice or beside a box to tick is read as Markdown by some clients: `unmarked` is for these.
"""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
NOTHING = "–"
"""Stands where a card wants a text and there is none."""

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks
    "\u00ad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # shown as nothing
    "\ud800-\udfff]"  # halves of characters
)
_TAG = re.compile(r"<(?=/?[A-Za-z]\w*[\s/>])|<(?=[!?])|\{(?=\{)|\](?=\()")
_LINK = re.compile(r":(?=//)|(?<=www)\.|(?<=mailto):|&(?=#?\w+;)", re.IGNORECASE)
_LIST = re.compile(r"^(?=[-+=>#]|\d+[.)]\s)")
_WORD_JOINER = "\u2060"
_LOOKALIKES = str.maketrans({
    "*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "[": "［", "]": "］", "\\": "＼", "|": "∣",
})  # fmt: skip
_AFTER_A_CUT = " \n.,;:·–-"
_ZERO_WIDTH_JOINER = "\u200d"


def clean(text: str) -> str:
    """Without controls, direction marks and other unseen characters; lines end in a line feed."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ").strip()


def one_line(text: str) -> str:
    """Cleaned, and on one line."""
    return " ".join(clean(text).split())


def disarm(text: str) -> str:
    """Text for places where nothing is formatted.

    Whatever could all the same be read as a tag, as a link or as one of the cards' `{{DATE(…)}}` by anybody
    on the way gets a character of no width, and looks the same. A Message-ID is left as it is, to be copied.
    """
    return _TAG.sub(lambda found: found[0] + _WORD_JOINER, text)


def unmarked(text: str) -> str:
    """Text for places where Markdown may be read: what would format is replaced by what looks like it.

    A backslash would do where Markdown is read, and be seen where it is not.
    """
    plain = _LINK.sub(lambda found: found[0] + _WORD_JOINER, text.translate(_LOOKALIKES))
    return disarm(_LIST.sub(_WORD_JOINER, plain))


def size(text: str) -> int:
    """What a text takes in a card: its bytes in UTF-8, with room for what JSON escapes and `disarm` adds."""
    plain = len(text) if text.isascii() else len(text.encode("utf-8"))
    return plain + sum(text.count(character) for character in '"\\\n') + 3 * len(_TAG.findall(text))


def cut(text: str, limit: int) -> str:
    """At most `limit` long by `size`; what is longer ends in an ellipsis, after a word if one ends near."""
    if size(text) <= limit:
        return text
    kept = text[: _whole(text, _fitting(text, limit - len(ELLIPSIS.encode())))]
    space = max(kept.rfind(" "), kept.rfind("\n"))
    if space >= len(kept) * 2 // 3 and text[len(kept)] not in " \n":
        kept = kept[:space]
    return kept.rstrip(_AFTER_A_CUT) + ELLIPSIS


def _fitting(text: str, limit: int) -> int:
    """How many characters have room."""
    low, high = 0, min(len(text), max(limit, 0))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return low


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
