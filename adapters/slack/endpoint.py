"""`POST /slack/events`: events, interactions and commands over HTTP, each signed by Slack."""

from __future__ import annotations

import json
import time
import urllib.parse

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.signature import is_signed

PATH = "/slack/events"


def mount(app: web.Application, bolt: AsyncApp, signing_secret: str) -> None:
    """Answer what Slack sends: 401 where it is not signed by Slack, 400 where it cannot be read."""

    async def events(request: web.Request) -> web.Response:
        """What Slack sends: events, clicks, forms, commands; signed."""
        body = await request.read()
        signed = is_signed(
            signing_secret,
            request.headers.get("X-Slack-Request-Timestamp", ""),
            request.headers.get("X-Slack-Signature", ""),
            body,
            time.time(),
        )
        if not signed:
            return web.Response(status=401, text="This request is not signed by Slack.\n")
        text = _readable(body, request.content_type)
        if text is None:
            return web.Response(status=400, text="This is no payload of Slack's.\n")
        try:
            asked = AsyncBoltRequest(body=text, query=request.query_string, headers=dict(request.headers))
        except (AttributeError, LookupError, TypeError, ValueError):
            # Bolt takes the shape of what it looks into for granted.
            return web.Response(status=400, text="This is no payload of Slack's.\n")
        return await to_aiohttp_response(await bolt.async_dispatch(asked))

    app.router.add_post(PATH, events)


def _readable(body: bytes, content_type: str) -> str | None:
    """The body as text, where it is an object as Slack sends them."""
    try:
        text = body.decode("utf-8")
        if content_type == "application/x-www-form-urlencoded":
            form = urllib.parse.parse_qs(text, strict_parsing=True, errors="strict")
            payload = json.loads(form["payload"][0]) if "payload" in form else form
        else:
            payload = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return text if isinstance(payload, dict) else None
