"""What Slack sends, read once and checked: nothing behind this meets another shape. Pure.

Bolt takes the parts by which it tells one kind from another for granted, and reads what it is given again.
So it is given what was read here, and only what it can tell apart.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterable
from typing import Any, TypeGuard

FORM = "application/x-www-form-urlencoded"
DEEPEST = 64
"""Levels in a payload. Slack's own have some fifteen; Python reads hundreds, or fewer, as it happens."""

_HALF = re.compile("[\ud800-\udfff]")


def read(body: bytes, content_type: str) -> dict[str, Any] | None:
    """The payload of a signed request; None where it is none of Slack's."""
    try:
        text = body.decode("utf-8")
        found = _of_form(text) if content_type == FORM else json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if is_payload(found) else None


def is_payload(found: object) -> TypeGuard[dict[str, Any]]:
    """Whether this is of a kind that Slack sends us, with the parts that make it so, and can be kept."""
    match found:
        case {"type": "event_callback", "event": {"type": str()}}:
            pass
        case {"type": "block_actions", "actions": [{"action_id": str()}, *_]}:
            pass
        case {"type": "view_submission", "view": {"type": "modal", "callback_id": str()}}:
            pass
        case {"type": "shortcut" | "message_action", "callback_id": str()}:
            pass
        case {"type": "url_verification", "challenge": str()}:
            pass
        case {"command": str(), **rest} if "type" not in rest:
            pass
        case {"ssl_check": str(), **rest} if "type" not in rest:
            pass
        case _:
            return False
    return _is_sound(found)


def _of_form(text: str) -> object:
    """Raises ValueError where a field comes twice: who reads the first would not see what the last says."""
    pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")
    form = dict(pairs)
    if len(form) < len(pairs):
        raise ValueError("A field comes twice.")
    return json.loads(form["payload"]) if "payload" in form else form


def _is_sound(found: object) -> bool:
    """Not too deep, and all of its text can be written down: there is no half of a surrogate pair."""
    level = [found]
    for _ in range(DEEPEST):
        parts = [part for one in level for part in _parts(one)]
        if any(_HALF.search(part) for part in parts if isinstance(part, str)):
            return False
        level = [part for part in parts if isinstance(part, dict | list)]
        if not level:
            return True
    return False


def _parts(of: object) -> Iterable[object]:
    match of:
        case dict():
            return [*of, *of.values()]
        case list():
            return of
        case _:
            return ()
