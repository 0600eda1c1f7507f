"""An app on Bolt, Slack's own library, to try the counterpart with: it checks and reads what comes."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_counterpart.counterpart import SlackCounterpart
from tests.slack_counterpart.teams import Json

PING_S = 0.25
"""So soon Slack's Socket Mode client notices that its connection was lost."""


@dataclasses.dataclass
class Bot:
    """`bolt` is to be told what to do; `heard` is every payload that came, in order."""

    bolt: AsyncApp
    heard: list[Json] = dataclasses.field(default_factory=list)

    def on(self, what: Callable[..., Any], work: Callable[..., Awaitable[Any]]) -> None:
        """`what` is one of Bolt's decorators; `work` gets ack, body, client and respond by name."""

        async def listener(ack: Any, body: Json, client: AsyncWebClient, respond: Any) -> None:
            self.heard.append(body)
            await work(ack=ack, body=body, client=client, respond=respond)

        what(listener)


def client_of(
    slack: SlackCounterpart, http: aiohttp.ClientSession, token: str | None = None
) -> AsyncWebClient:
    """Slack's own client, with the bot's token or another; it tries nothing twice."""
    given = slack.bot_token if token is None else token
    return AsyncWebClient(given, base_url=slack.api_url, session=http, retry_handlers=[])


def bolt_on(slack: SlackCounterpart, http: aiohttp.ClientSession) -> Bot:
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        team = slack.memory.teams[team_id or ""]
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=slack.token_of(team),
            bot_user_id=team.bot_user,
            bot_id=team.bot_id,
        )

    return Bot(
        AsyncApp(
            signing_secret=slack.signing_secret,
            client=client_of(slack, http),
            authorize=authorize,
            process_before_response=True,
        )
    )


@contextlib.asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """A web server with nothing but this at /slack/events: its address."""
    app = web.Application()
    app.router.add_post("/slack/events", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def over_http(slack: SlackCounterpart, http: aiohttp.ClientSession) -> AsyncIterator[Bot]:
    bot = bolt_on(slack, http)

    async def handler(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bot.bolt.async_dispatch(await to_bolt_request(request)))

    async with serving(handler) as url:
        slack.app_url = url
        yield bot


@contextlib.asynccontextmanager
async def over_sockets(
    slack: SlackCounterpart, http: aiohttp.ClientSession, connections: int = 1
) -> AsyncIterator[tuple[Bot, Sequence[AsyncSocketModeHandler]]]:
    """With Slack's own Socket Mode client, once for each connection."""
    bot, client = bolt_on(slack, http), client_of(slack, http)
    handlers = [
        AsyncSocketModeHandler(bot.bolt, slack.app_token, web_client=client, ping_interval=PING_S)
        for _ in range(connections)
    ]
    try:
        for handler in handlers:
            await handler.connect_async()  # type: ignore[no-untyped-call]
        await slack.sockets.connected(connections)
        yield bot, handlers
    finally:
        for handler in handlers:
            await handler.close_async()  # type: ignore[no-untyped-call]
