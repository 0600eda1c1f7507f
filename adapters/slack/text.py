"""Text that Slack shows as it stands: names, letters, answers typed by people. All of it is hostile.

No text of ours is mrkdwn, so `* _ ~` and the backtick never format: blocks hold `plain_text` and rich_text,
and a message's own `text` is posted with `mrkdwn` off.
"""

from __future__ import annotations

import re

from adapters.seen_text import ELLIPSIS, WORD_JOINER, clean, one_line, shortened, whole

__all__ = ["ELLIPSIS", "NOTHING", "clean", "cut", "disarm", "escape", "one_line", "pieces", "size"]

NOTHING = "–"
"""Stands where Slack wants a text and there is none."""

_MARKUP = re.compile("<(?=[!@#]|[a-zA-Z][a-zA-Z0-9+.-]*:)")
_WIDE = re.compile("[\U00010000-\U0010ffff]")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def disarm(text: str) -> str:
    """Text for `plain_text` and rich_text, which hold it as it stands.

    Whatever could be read as `<!channel>`, `<@U…>`, `<#C…>` or `<https://…>` by anybody on the way gets a
    character of no width after its "<" and looks the same. A Message-ID is left as it is, to be copied.
    """
    return _MARKUP.sub(f"<{WORD_JOINER}", text)


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
    return shortened(text, _fitting(text, limit - 1))


def pieces(text: str, limit: int) -> list[str]:
    """The text in pieces of at most `limit` by `size`, broken at a line, else a word, else anywhere."""
    found = []
    while size(text) > limit:
        end = max(1, whole(text, _fitting(text, limit)))
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
