"""What the page asks for, read from a request: ids, texts, a JSON object; and errors as sentences."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from aiohttp import web

from adapters.playground.answers import NotHere
from adapters.playground.guard import Wrong
from bot.changes import Overtaken

T = TypeVar("T")


async def settled(work: Awaitable[T]) -> T:
    """The outcome of a use case, what it refuses as a sentence."""
    try:
        return await work
    except NotHere as lost:
        raise Wrong(str(lost), 404) from None
    except Overtaken:
        raise Wrong("Somebody else was quicker. Look again at what the list says now.", 409) from None


async def posted(request: web.Request) -> Mapping[str, Any]:
    """The JSON object that was posted."""
    if request.content_type != "application/json":
        raise Wrong("Send a JSON object, as application/json.", 415)
    try:
        sent = await request.json()
    except ValueError:
        raise Wrong("What was sent is no JSON.") from None
    if not isinstance(sent, dict):
        raise Wrong("What was sent is no JSON object.")
    return sent


def id_of(text: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        raise Wrong("There is nobody and nothing with this id.", 404) from None


def text_of(value: object, name: str, longest: int) -> str:
    """A text as it can be kept: no half characters, no NUL."""
    if not isinstance(value, str):
        raise Wrong(f"{name} is not a text.")
    if len(value) > longest:
        raise Wrong(f"That is longer than {longest} characters.")
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def channel_of(request: web.Request) -> uuid.UUID | None:
    named = request.query.get("channel", "")
    return id_of(named) if named else None
