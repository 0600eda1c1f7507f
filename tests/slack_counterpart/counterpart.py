"""Slack's servers on one port of this machine: the Web API, response_urls, uploads and Socket Mode."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Literal

from aiohttp import web

from tests.slack_counterpart.app import App
from tests.slack_counterpart.calls import Call
from tests.slack_counterpart.changes import Changes
from tests.slack_counterpart.events import Events
from tests.slack_counterpart.faults import Faults
from tests.slack_counterpart.http_transport import HttpTransport, SignedRequest
from tests.slack_counterpart.installs import SCOPES, Installs
from tests.slack_counterpart.memory import Memory
from tests.slack_counterpart.rates import Limiter, Rates
from tests.slack_counterpart.responses import Responses
from tests.slack_counterpart.socket_transport import SocketTransport
from tests.slack_counterpart.teams import Message, Team, User
from tests.slack_counterpart.transport import Ack, Transport
from tests.slack_counterpart.web_api import WebApi


class SlackCounterpart:
    """Strict where Slack is strict. Point the app at `api_url`, and use it as `async with`.

    teams: where the app is installed; each has a bot token, the first one's is `bot_token`.
    mode: "http" posts to `app_url` (may be set after start), "socket" waits for the app's WebSockets.
    limits: enforce rate limits; True for Slack's own.
    rotating: tokens expire after twelve hours of `clock`, and are refreshed.
    clock: monotonic seconds, for triggers, response_urls, rates and tokens. wall: the time of day.
    patience: seconds in which the app must acknowledge. retry_delays: before each repetition of an event.

    app: what people do to the app. events: what it hears of. faults: what goes wrong on our side.
    calls: every call that the app made, in order.
    """

    signing_secret = "8f742231b10e8888abcd99yyyzzz85a5"

    def __init__(
        self,
        *teams: Team,
        mode: Literal["http", "socket"] = "http",
        app_url: str = "",
        scopes: Iterable[str] = SCOPES,
        limits: bool | Rates = False,
        rotating: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        patience: float = 3.0,
        retry_delays: Sequence[float] = (0.0, 0.01, 0.02),
    ) -> None:
        everywhere = teams or (Team(),)
        self.memory = Memory(everywhere, clock=clock, wall=wall)
        self.installs = Installs(everywhere, scopes=scopes, rotating=rotating, clock=clock)
        self.faults = Faults()
        rates = Rates() if limits is True else limits
        self._api = WebApi(self.memory, self.installs, self.faults, Limiter(rates) if rates else None)
        self._http = HttpTransport(self.signing_secret, app_url, patience, wall)
        self.sockets = SocketTransport(self.installs, patience)
        self._mode = mode
        self._transport: Transport = self._http if mode == "http" else self.sockets
        self.app = App(self.memory, self._transport)
        self.events = Events(self.memory, self.installs, self._transport, retry_delays)
        self._tokens = {team.id: self.installs.issue(team).value for team in everywhere}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> SlackCounterpart:
        server = web.Application(client_max_size=10 * 1024 * 1024)
        server.router.add_route("*", "/api/{method}", self._api.handle)
        server.router.add_post("/response/{id}", Responses(self.memory, self._api).handle)
        server.router.add_post("/upload/{id}", self._upload)
        server.router.add_get("/link/", self.sockets.serve)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.memory.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        await self._transport.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.wakes.set()
        await self._http.stop()
        await self.sockets.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    # -- what the app is told before it starts ---------------------------------------------------------------

    @property
    def api_url(self) -> str:
        """FOLLOWUP_SLACK_API_URL."""
        return f"{self.memory.base}/api/"

    @property
    def bot_token(self) -> str:
        return next(iter(self._tokens.values()))

    @property
    def app_token(self) -> str:
        return self.installs.app_token

    def token_of(self, team: Team) -> str:
        """The bot token with which this team began."""
        return self._tokens[team.id]

    @property
    def app_url(self) -> str:
        """The app's own /slack/events."""
        return self._http.url

    @app_url.setter
    def app_url(self, url: str) -> None:
        self._http.url = url

    # -- what happened ---------------------------------------------------------------------------------------

    @property
    def team(self) -> Team:
        return next(iter(self.memory.teams.values()))

    @property
    def changes(self) -> Changes:
        return self.memory.changes

    @property
    def calls(self) -> list[Call]:
        return self._api.calls

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def requests(self) -> list[SignedRequest]:
        """Every signed request that went to the app, byte for byte."""
        return self._http.requests

    async def replay(self, number: int, **changed: Any) -> Ack:
        """Send again what was sent before, as it was or forged; see the transports' `replay`.

        By its place in the order: from 0 on, or from the end with -1.
        """
        if self._mode == "http":
            return await self._http.replay(number, **changed)
        return await self.sockets.replay(number, **changed)

    def user(self, email: str, team: str = "") -> User:
        """Somebody by email, deactivated or not; in the first team where there is such a one."""
        for one in self.memory.teams.values():
            for user in one.users.values():
                if user.email.casefold() == email.casefold() and team in ("", one.id):
                    return user
        raise AssertionError(f"Nobody in Slack has the email {email}.")

    def seen_by(self, user: User) -> list[Message]:
        """What the bot said to a person: direct messages, and what only they see elsewhere; oldest first."""
        bot = self.memory.teams[user.team].bot_user
        return [
            message
            for message in self.memory.messages.values()
            if message.author == bot
            and not message.gone
            and user.id == (message.ephemeral_to or message.channel.user)
        ]

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.memory.files.get(request.match_info["id"])
        if file is None:
            return web.Response(status=404)
        content = await request.read()
        if request.content_type.startswith("multipart/"):
            return web.Response(status=400, text="Send the file as the body.")
        file["content"] = content
        return web.Response(text=f"OK - {len(content)}")
