"""A chat that answers 429 or 500 or hangs up, before or after it took a message; and the bot's side of it."""

from __future__ import annotations

import collections
import random
import uuid
from collections.abc import Mapping

import aiohttp
from aiohttp import web

from bot.ports import ChatTryLater, Met
from bot.views.elements import Chart, Message

NAME = "slack"
"""The identities of the benchmarks' company are there."""


class MoodyChat:
    """Counts how often each message was posted."""

    def __init__(self, chance: random.Random, fault: float) -> None:
        self._chance = chance
        self.fault = fault
        self.posts: collections.Counter[str] = collections.Counter()
        self.unanswered: collections.Counter[str] = collections.Counter()
        """Posts that were taken, and the line was cut before the answer."""
        self.edits = 0
        self.faults: collections.Counter[str] = collections.Counter()
        self._server: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/{what}/{which}", self._take)
        self._server = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._server.setup()
        await web.TCPSite(self._server, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._server.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        mood = self._chance.choice(("429", "500", "before", "after")) if self._unlucky() else ""
        which = request.match_info["which"]
        if mood:
            self.faults[{"before": "hangs up before", "after": "hangs up after"}.get(mood, mood)] += 1
        if mood == "429":
            return web.Response(status=429, headers={"Retry-After": "1"})
        if mood == "500":
            return web.Response(status=500)
        if mood == "before":
            self._hang_up(request)
        if request.match_info["what"] == "post":
            self.posts[which] += 1
            self.unanswered[which] += mood == "after"
        else:
            self.edits += 1
        if mood == "after":
            self._hang_up(request)
        return web.Response(text=uuid.uuid4().hex)

    def _unlucky(self) -> bool:
        return self._chance.random() < self.fault

    def _hang_up(self, request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()


class HttpChat:
    """Implements `bot.ports.Chat` over it."""

    name = NAME

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        return {"message": await self._call("post", str(message.surface))}

    async def edit(self, address: Mapping[str, str], message: Message) -> None:
        await self._call("edit", address["message"])

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        return None

    async def show_home(self, address: Mapping[str, str], message: Message) -> None:
        """There is none."""

    async def post_channel(
        self, workspace: uuid.UUID, channel: str, message: Message, pictures: Mapping[Chart, bytes]
    ) -> None:
        await self._call("post", channel)

    async def _call(self, what: str, which: str) -> str:
        try:
            async with self._session.post(f"{self._url}/{what}/{which}") as answer:
                if answer.status == 429:
                    raise ChatTryLater("too many", float(answer.headers["Retry-After"]))
                if answer.status != 200:
                    raise ChatTryLater(f"answered {answer.status}")
                return await answer.text()
        except aiohttp.ClientError as error:
            raise ChatTryLater(type(error).__name__) from error
