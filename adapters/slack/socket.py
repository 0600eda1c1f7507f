"""Socket Mode: the bot calls Slack, and needs no public address.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.answering import Answer, Timing, numbered
from adapters.slack.client import SILENT
from adapters.slack.payload import is_payload

log = structlog.get_logger()

ROUTE = "slack/socket"
"""What the metrics call it; no HTTP route is called so."""
PATIENCE_S = 15.0
LOOK_S = 0.2
SOON_S, SELDOM_S = 1.0, 10.0
"""Where Slack is out of reach: the wait after the first try, doubled up to the longest."""
ANEW_S = 60.0
"""A try is given up: the SDK would go on for ever at an address that is good for one connection."""


class Socket:
    """One WebSocket to Slack that comes back at once when it is cut.

    `timing`: measures the answers; None where nobody looks.
    """

    def __init__(self, bolt: AsyncApp, app_token: str, client: AsyncWebClient, timing: Timing | None) -> None:
        silent = logging.getLogger("followup.slack.socket")
        silent.setLevel(SILENT)
        self._handler = _Handler(bolt, app_token, timing, logger=silent, web_client=client)
        self._watching: asyncio.Task[None] | None = None

    async def start(self, url: str) -> None:
        """Connect to `url`, as `apps.connections.open` gave it. Raises `TimeoutError`.

        The SDK itself would ask for it, and where Slack refuses that, ask for ever and say nothing.
        """
        self._handler.client.wss_uri = url
        async with asyncio.timeout(PATIENCE_S):
            await self._handler.connect_async()  # type: ignore[no-untyped-call]
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """The SDK itself looks every ten seconds, and a click is lost after three."""
        wait = LOOK_S
        while True:
            await asyncio.sleep(wait)
            session = self._handler.client.current_session
            try:
                if session is None or session.closed:
                    async with asyncio.timeout(ANEW_S):
                        await self._handler.client.connect_to_new_endpoint()
                wait = LOOK_S
            except Exception as error:
                log.warning("slack_out_of_reach", error=type(error).__name__)
                wait = min(max(2 * wait, SOON_S), SELDOM_S)

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        await self._handler.close_async()  # type: ignore[no-untyped-call]


class _Handler(AsyncSocketModeHandler):
    """Bolt's own, for payloads that can be read; what is no payload is not acknowledged."""

    def __init__(self, bolt: AsyncApp, app_token: str, timing: Timing | None, **given: Any) -> None:
        super().__init__(bolt, app_token, **given)
        self._timing = timing

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        if not is_payload(req.payload):
            return
        with numbered(), self._timed() as answer:
            begun = time.time()
            response = await run_async_bolt_app(self.app, req)
            await send_async_response(client, req, response, begun)
            answer.status = response.status

    def _timed(self) -> contextlib.AbstractContextManager[Answer]:
        return self._timing.of(ROUTE) if self._timing else contextlib.nullcontext(Answer())
