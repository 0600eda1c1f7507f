"""Action tokens, shortened: an option of a Slack menu holds 150 characters, a token may hold 200.

Tokens stay opaque here. Between dots, whatever is 32 hexadecimal digits (an id) is written as 22 characters
of base64url; everything else is left alone. Every string comes back as it was.
"""

from __future__ import annotations

import base64
import functools
import re

_ID = re.compile(r"[0-9a-f]{32}")
_SHORT = re.compile(r"[A-Za-z0-9_-]{22}")
_VERBATIM = "~"
"""Before a part that only looks as if it had been shortened."""


def encode(token: str) -> str:
    return ".".join(map(_shorten, token.split(".")))


def decode(value: str) -> str:
    """The token that `encode` was given; any other string gives some string, which the core will refuse."""
    return ".".join(map(_lengthen, value.split(".")))


@functools.lru_cache(maxsize=4096)
def _shorten(part: str) -> str:
    if _ID.fullmatch(part):
        return base64.urlsafe_b64encode(bytes.fromhex(part)).decode("ascii").rstrip("=")
    if part.startswith(_VERBATIM) or _SHORT.fullmatch(part):
        return _VERBATIM + part
    return part


def _lengthen(part: str) -> str:
    if part.startswith(_VERBATIM):
        return part.removeprefix(_VERBATIM)
    if _SHORT.fullmatch(part):
        return base64.urlsafe_b64decode(f"{part}==").hex()
    return part
