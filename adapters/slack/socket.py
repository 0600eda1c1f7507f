"""Socket Mode: the bot calls Slack, and needs no public address.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import SILENT
from adapters.slack.payload import is_payload

PATIENCE_S = 15.0


class Socket:
    """One WebSocket to Slack that comes back by itself when it is cut."""

    def __init__(self, bolt: AsyncApp, app_token: str, client: AsyncWebClient) -> None:
        silent = logging.getLogger("followup.slack.socket")
        silent.setLevel(SILENT)
        self._handler = _Handler(bolt, app_token, logger=silent, web_client=client)

    async def start(self, url: str) -> None:
        """Connect to `url`, as `apps.connections.open` gave it. Raises `TimeoutError`.

        The SDK itself would ask for it, and where Slack refuses that, ask for ever and say nothing.
        """
        self._handler.client.wss_uri = url
        async with asyncio.timeout(PATIENCE_S):
            await self._handler.connect_async()  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        await self._handler.close_async()  # type: ignore[no-untyped-call]


class _Handler(AsyncSocketModeHandler):
    """Bolt's own, for payloads that can be read; what is no payload is not acknowledged."""

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        if is_payload(req.payload):
            await super().handle(client, req)  # type: ignore[arg-type]
