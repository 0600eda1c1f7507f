"""Text that Teams shows as it stands: names, letters, answers typed by people. All of it is hostile.

Nearly all of it stands in TextRuns, of which the schema says: "Markdown is not supported". What stands in a
heading, a choice or beside a box to tick is read as Markdown by some clients: `unmarked` is for these.
"""

from __future__ import annotations

import re

from adapters.seen_text import ELLIPSIS, WORD_JOINER, clean, one_line, shortened

__all__ = ["ELLIPSIS", "NOTHING", "clean", "cut", "disarm", "one_line", "size", "unmarked"]

NOTHING = "–"
"""Stands where a card wants a text and there is none."""

_TAG = re.compile(r"<(?=/?[A-Za-z]\w*[\s/>])|<(?=[!?])|\{(?=\{)|\](?=\()")
_LINK = re.compile(r":(?=//)|(?<=www)\.|(?<=mailto):|&(?=#?\w+;)", re.IGNORECASE)
_LIST = re.compile(r"^(?=[-+=>#]|\d+[.)]\s)")
_LOOKALIKES = str.maketrans({
    "*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "[": "［", "]": "］", "\\": "＼", "|": "∣",
})  # fmt: skip


def disarm(text: str) -> str:
    """Text for places where nothing is formatted.

    Whatever could all the same be read as a tag, as a link or as one of the cards' `{{DATE(…)}}` by anybody
    on the way gets a character of no width, and looks the same. A Message-ID is left as it is, to be copied.
    """
    return _TAG.sub(lambda found: found[0] + WORD_JOINER, text)


def unmarked(text: str) -> str:
    """Text for places where Markdown may be read: what would format is replaced by what looks like it.

    A backslash would do where Markdown is read, and be seen where it is not.
    """
    plain = _LINK.sub(lambda found: found[0] + WORD_JOINER, text.translate(_LOOKALIKES))
    return disarm(_LIST.sub(WORD_JOINER, plain))


def size(text: str) -> int:
    """What a text takes in a card: its bytes in UTF-8, with room for what JSON escapes and `disarm` adds."""
    plain = len(text) if text.isascii() else len(text.encode("utf-8"))
    return plain + sum(text.count(character) for character in '"\\\n') + 3 * len(_TAG.findall(text))


def cut(text: str, limit: int) -> str:
    """At most `limit` long by `size`; what is longer ends in an ellipsis, after a word if one ends near."""
    if size(text) <= limit:
        return text
    return shortened(text, _fitting(text, limit - len(ELLIPSIS.encode())))


def _fitting(text: str, limit: int) -> int:
    """How many characters have room."""
    low, high = 0, min(len(text), max(limit, 0))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return low
