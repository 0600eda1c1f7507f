"""`POST /slack/events`: events, interactions and commands over HTTP, each signed by Slack."""

from __future__ import annotations

import time

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.body import whole
from adapters.slack.payload import read
from adapters.slack.signature import is_signed

PATH = "/slack/events"
NO_PAYLOAD = "This is no payload of Slack's.\n"


def mount(app: web.Application, bolt: AsyncApp, signing_secret: str) -> None:
    """Answer what Slack sends: 401 where it is not signed by Slack, 400 where it cannot be read."""

    async def events(request: web.Request) -> web.Response:
        """What Slack sends: events, clicks, forms, commands; signed."""
        body = await whole(request)
        signed = is_signed(
            signing_secret,
            request.headers.get("X-Slack-Request-Timestamp", ""),
            request.headers.get("X-Slack-Signature", ""),
            body,
            time.time(),
        )
        if not signed:
            return web.Response(status=401, text="This request is not signed by Slack.\n")
        payload = read(body, request.content_type)
        if payload is None:
            return web.Response(status=400, text=NO_PAYLOAD)
        try:
            # Bolt takes what was read already only as from a socket; nothing else differs.
            asked = AsyncBoltRequest(
                body=payload,
                query=request.query_string,
                headers=dict(request.headers),
                mode="socket_mode",
            )
        except (AttributeError, LookupError, TypeError, ValueError):
            # Nothing of ours has run: Bolt looks for who and where, and takes the shape of that for granted.
            return web.Response(status=400, text=NO_PAYLOAD)
        return await to_aiohttp_response(await bolt.async_dispatch(asked))

    app.router.add_post(PATH, events)
