"""The stage of the stories: the demo's company, on a database of its own, behind a real HTTP server."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Literal, TypeVar

import aiohttp
import pytest
from aiohttp import web

from adapters.demo import Demo, opened, prepare, remember
from adapters.mail.smtp import SmtpUrl, parse_smtp_url
from adapters.playground import channels
from adapters.wiring import wire
from storage.store import SqlStore
from tests.databases import Databases, Known
from tests.smtp_counterpart import Counterpart, Script
from tests.stories import slack_house
from tests.stories.chat_stage import HALF_PAST_NINE, strike_half_past_nine
from tests.stories.person import Person, SeenMessage
from tests.stories.slack_stage import SlackStage, slack_staged
from tests.stories.teams_stage import TeamsStage, teams_staged

T = TypeVar("T")
house, teams = slack_house.house, slack_house.teams


@dataclasses.dataclass(frozen=True)
class Stage:
    """The running demo and everybody in it. Its clock stands still unless a story moves it."""

    demo: Demo
    base: str
    http: aiohttp.ClientSession

    async def changes(self, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """What no page does: an administrator of the machine at work, in one transaction."""
        return await self.demo.running.transactions.write(self.demo.running.workspace, work)

    called = "#hiring-engineering"
    channel = channels.name_of(called)
    """A team's channel, as the core knows it."""

    async def types_in_channel(self, person: Person, text: str) -> str:
        """What is said in that channel, and the answer."""
        room = await self.changes(lambda store, _: channels.add(store.conn, self.called))
        said = (await person.types_in(room, text)).text
        return said.partition("only you see this ")[2]

    async def channel_reads(self, person: Person, called: str = called) -> list[SeenMessage]:
        """What everybody reads in a team's channel, oldest first; read by this person."""
        return await person.reads_in(channels.id_of(channels.name_of(called)))

    async def pictures(self, person: Person, called: str = called) -> list[tuple[str, bytes]]:
        """The pictures that stand in a team's channel, each with what is said in its place."""
        return await person.sees_in(channels.id_of(channels.name_of(called)))

    async def person(self, first: str) -> Person:
        emails = {
            "dana": "dana.lee",
            "ravi": "ravi.menon",
            "ingrid": "ingrid.sorensen",
            "katrin": "katrin.vogel",
            "sam": "sam.okafor",
            "yuki": "yuki.tanaka",
            "claire": "claire.tremblay",
            "lukas": "lukas.hofer",
        }
        return await Person(self.http, self.base, f"{emails[first]}@halden.example").sits_down()


@contextlib.asynccontextmanager
async def staged(url: str, smtp: SmtpUrl | None = None) -> AsyncIterator[Stage]:
    """The demo over this database behind a server of its own; `smtp` instead of its own mail sink."""
    async with opened(url, smtp) as demo:
        server = web.AppRunner(demo.app, access_log=None, shutdown_timeout=0.5)
        await server.setup()
        site = web.TCPSite(server, "127.0.0.1", 0)
        try:
            await site.start()
            port = server.addresses[0][1]
            await demo.running.runner.settle(demo.running.workspace)
            async with aiohttp.ClientSession() as http:
                yield Stage(demo, f"http://127.0.0.1:{port}", http)
        finally:
            await demo.running.runner.stop()
            await server.cleanup()


def smtp_at(port: int) -> SmtpUrl:
    return parse_smtp_url(f"smtp://127.0.0.1:{port}?starttls=never")


@contextlib.asynccontextmanager
async def relayed(url: str, *scripts: Script) -> AsyncIterator[tuple[Stage, Counterpart]]:
    """The demo over this database, whose letters go to a mail server that follows these scripts."""
    async with Counterpart(*scripts) as server, staged(url, smtp_at(server.port)) as stage:
        yield stage, server


def _company(url: str) -> None:
    database, _, _ = prepare(url)
    database.close()


def _monday(url: str) -> None:
    async def until_half_past_nine() -> None:
        async with opened(url) as demo:
            await demo.mover.move_to(demo.running.workspace, HALF_PAST_NINE)
            await demo.running.runner.stop()

    asyncio.run(until_half_past_nine())


def _struck(url: str) -> None:
    async def strike() -> None:
        database, clock, settings = prepare(url)
        running = wire(settings, database, clock, {}, None)
        await strike_half_past_nine(running)
        remember(database, clock)
        running.transactions.close()

    asyncio.run(strike())


COMPANY = Known("company", _company)
"""The demo's database as it is at first start, on Monday at 09:25 in New York."""
MONDAY = Known("monday", _monday)
"""Five minutes later, when the lists have come; each story begins with a copy."""
STRUCK = Known("struck", _struck)
"""At that moment, when the lists are written down and have gone to nobody yet; for chats that start anew."""


@pytest.fixture
def company(databases: Databases) -> str:
    """The URL of a copy of `COMPANY`."""
    return databases.copy(COMPANY)


@pytest.fixture
def monday(databases: Databases) -> str:
    """The URL of a copy of `MONDAY`."""
    return databases.copy(MONDAY)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module of stories names the chats it is told in as `CHATS`; without that it is the demo's page."""
    if "chat" in metafunc.fixturenames:
        metafunc.parametrize("chat", getattr(metafunc.module, "CHATS", ("page",)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of several chats the first is told on PostgreSQL, the others on SQLite: they never meet directly."""
    told_elsewhere = [item for item in items if _is_told_elsewhere(item)]
    if told_elsewhere:
        config.hook.pytest_deselected(items=told_elsewhere)
        items[:] = [item for item in items if item not in set(told_elsewhere)]


def _is_told_elsewhere(item: pytest.Item) -> bool:
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    first, *others = getattr(item.getparent(pytest.Module).obj, "CHATS", ("page",))  # type: ignore[union-attr]
    if "chat" not in given or not others:
        return False
    return bool((given["chat"] == first) != (given.get("kept_in") == "postgresql"))


@pytest.fixture
async def stage(
    databases: Databases, chat: Literal["page", "http", "socket", "teams"]
) -> AsyncIterator[Stage | SlackStage | TeamsStage]:
    """Monday 23 November 2026 at 09:30 in New York: on the demo's page, in Slack (two ways), in Teams."""
    if chat == "page":
        async with staged(await asyncio.to_thread(databases.copy, MONDAY)) as page:
            yield page
    elif chat == "teams":
        async with teams_staged(await asyncio.to_thread(databases.copy, STRUCK)) as teams:
            yield teams
    else:
        async with slack_staged(await asyncio.to_thread(databases.copy, STRUCK), chat) as slack:
            yield slack


@pytest.fixture
async def dana(stage: Stage) -> Person:
    """Dana Lee, hiring manager in New York, on Monday 23 November 2026 at 09:30, with her list before her."""
    return await stage.person("dana")


@pytest.fixture
async def ravi(stage: Stage) -> Person:
    """Ravi Menon, Dana's recruiter."""
    return await stage.person("ravi")
