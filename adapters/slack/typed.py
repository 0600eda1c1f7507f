"""What somebody typed in Slack, as plain words: Slack writes people and links in markup of its own."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

_MARKUP = re.compile(r"<([@#!][^<>]*|[a-z]+:[^<>]*)>")


def plain(text: str, email_of: Callable[[str], str]) -> str:
    """Without markup (docs.slack.dev/messaging/formatting-message-text).

    `email_of` gives the work email of a user id, or nothing where nobody is known by it: then the name stays.
    """

    def word(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        if target.startswith("@"):
            return email_of(target[1:]) or f"@{label}"
        if target.startswith("#"):
            return f"#{label}"
        return label or target.removeprefix("mailto:")

    return html.unescape(_MARKUP.sub(word, text)).strip()
