"""A house of many companies: the bot as each Slack workspace installs it by itself, and browsers that do."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import urllib.parse
import uuid
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest
from selectolax.lexbor import LexborHTMLParser

from adapters.demo import demo_settings, prepare
from adapters.runner import ClockMover
from adapters.settings import Settings
from adapters.slack.access import Access
from adapters.slack.app import Slack
from adapters.slack.client import SlackClient
from adapters.slack.oauth import COOKIE
from adapters.slack.renewing import StoredTokens
from adapters.slack.tenants import Tenants
from adapters.slack.vault import Vault, new_key
from adapters.transactions import Clock, Transactions
from adapters.wiring import Running, slack_access, wire
from storage.database import BUSY_S, Database
from storage.installations import Installation, Installations
from tests.slack_counterpart import SlackCounterpart, SlackPerson, Team
from tests.stories.chat_stage import mail_sink, served, without_gaps

HALF_PAST_NINE = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
KEY, NEW_KEY = new_key(), new_key()
DANA, RAVI = "dana.lee@halden.example", "ravi.menon@halden.example"
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


@dataclasses.dataclass(frozen=True)
class Answer:
    """A page, as a browser shows it."""

    status: int
    title: str
    text: str
    links: tuple[str, ...]
    headers: Mapping[str, str]


class Browser:
    """Somebody's browser: it keeps the one cookie, and brings it along."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.cookie = ""

    async def begins(self) -> dict[str, str]:
        """Go to the page for installing; with which words it leads on to Slack."""
        async with self._house.http.get(f"{self._house.base}/slack/install", allow_redirects=False) as answer:
            assert answer.status == 302
            kept = answer.cookies[COOKIE]
            assert (kept["secure"], kept["httponly"], kept["samesite"], kept["path"]) == (
                True,
                True,
                "Lax",
                "/",
            )
            self.cookie = kept.value
            page, _, query = answer.headers["Location"].partition("?")
            assert page == f"{self._house.slack.memory.base}/oauth/v2/authorize"
            return dict(urllib.parse.parse_qsl(query, strict_parsing=True))

    async def comes_back(self, **query: str) -> Answer:
        """Slack sends the browser back with this."""
        cookies = {COOKIE: self.cookie} if self.cookie else {}
        url = f"{self._house.base}/slack/oauth_redirect"
        async with self._house.http.get(url, params=query, cookies=cookies) as answer:
            assert answer.content_type == "text/html"
            page = LexborHTMLParser(await answer.text())
            if COOKIE in answer.cookies:
                self.cookie = answer.cookies[COOKIE].value
            return Answer(
                status=answer.status,
                title=" ".join(tag.text() for tag in page.css("h1")),
                text=" ".join(tag.text() for tag in page.css("p")),
                links=tuple(tag.attrs.sget("href") for tag in page.css("a")),
                headers=dict(answer.headers),
            )

    async def installs(self, team: Team) -> Answer:
        """All the way there and back."""
        asked = await self.begins()
        return await self.comes_back(state=asked["state"], code=self._house.allows(team))


@dataclasses.dataclass(frozen=True)
class House:
    """The running bot for many, and Slack around it."""

    slack: SlackCounterpart
    running: Running
    base: str
    http: aiohttp.ClientSession
    mover: ClockMover
    settings: Settings

    @property
    def database(self) -> Database:
        return self.running.transactions.database

    @property
    def kept(self) -> Installations:
        return Installations(self.database)

    @property
    def access(self) -> Access:
        return slack_access(self.settings)

    def allows(self, team: Team) -> str:
        """An admin of the team says yes on Slack's page: the code."""
        admin = next(user for user in team.users.values() if not user.is_bot)
        return self.slack.installs.code(team, admin)

    async def installed(self, team: Team) -> Installation:
        answer = await Browser(self).installs(team)
        assert answer.status == 200, answer
        return self.found(team)

    def found(self, team: Team) -> Installation:
        found = self.kept.find("slack", team.enterprise if team.org_wide else team.id)
        assert found is not None
        return found

    def dana(self, team: Team, email: str = DANA) -> SlackPerson:
        return SlackPerson(self.slack, email, team=team.id, settled=self.settled)

    async def settled(self) -> None:
        (slack,) = self.running.connections
        assert isinstance(slack, Slack)
        await slack.background.finish()
        for workspace in self.database.workspaces():
            await self.running.runner.settle(workspace)
        await slack.background.finish()

    async def moves_on(self, workspace: uuid.UUID, to: dt.datetime) -> None:
        """The clock of this company goes on to then, without the gaps between messages in real time."""
        self.database.write(workspace, lambda store: without_gaps(store, to))
        await self.mover.move_to(workspace, to)
        await self.settled()

    async def wakes_up(self, at: dt.datetime) -> None:
        """Then, without having looked at anything in between."""
        self.running.clock.offset = at - dt.datetime.now(dt.UTC)
        await self.settled()


def halden(team_id: str = "T0HALDEN", name: str = "Halden Instruments") -> Team:
    team = Team(team_id, name)
    for email in (DANA, RAVI):
        team.hire(email)
    return team


@contextlib.asynccontextmanager
async def housed(
    url: str,
    *teams: Team,
    keys: tuple[str, ...] = (KEY,),
    rotating: bool = True,
    socket: bool = False,
    tenants: frozenset[str] = frozenset({"*"}),
) -> AsyncIterator[House]:
    """`serve` for many workspaces over this database."""
    database, clock, _ = await asyncio.to_thread(prepare, url)
    async with (
        mail_sink() as (smtp, _letters),
        SlackCounterpart(*teams, rotating=rotating, mode="socket" if socket else "http") as slack,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        settings = dataclasses.replace(
            demo_settings(url),
            slack_api_url=slack.api_url,
            slack_client_id=slack.installs.client_id,
            slack_client_secret=slack.installs.client_secret,
            slack_signing_secret=slack.signing_secret,
            slack_app_token=slack.app_token if socket else "",
            slack_tenants=tenants,
            token_keys=keys,
        )
        running = wire(settings, database, clock, {}, smtp)

        def reached_at(base: str) -> None:
            slack.app_url = f"{base}/slack/events"

        async with served(running, reached_at) as base:
            mover = ClockMover(running.transactions, running.runner, clock)
            yield House(slack, running, base, http, mover, settings)


@dataclasses.dataclass
class Process:
    """A process that asks for tokens, with the time it has; any number on one database."""

    house: House
    now: dt.datetime
    transactions: Transactions
    client: SlackClient
    stored: StoredTokens
    tenants: Tenants

    def later(self, hours: float) -> None:
        self.now += hours * HOUR


@contextlib.asynccontextmanager
async def process(
    house: House, keys: tuple[str, ...] = (KEY,), *, busy_s: float = BUSY_S
) -> AsyncIterator[Process]:
    database = Database(house.settings.database_url, house.settings.policy(), busy_s=busy_s)
    transactions = Transactions(database, Clock())
    client = SlackClient(house.slack.api_url)
    stored = StoredTokens(
        house.access, client, transactions, Vault(keys), clock=lambda: one.now, look_every_s=0.05
    )
    one = Process(house, dt.datetime.now(dt.UTC), transactions, client, stored, Tenants(transactions, stored))
    try:
        yield one
    finally:
        await stored.finish()
        await client.close()
        transactions.close()


def token_of(house: House, team: Team, key: str = KEY) -> str:
    return Vault([key]).open(house.found(team).secret).token


@pytest.fixture
async def house(company: str) -> AsyncIterator[House]:
    async with housed(company, halden(), halden("T0GLOBEX", "Globex")) as one:
        yield one


@pytest.fixture
def teams(house: House) -> tuple[Team, Team]:
    one, other = house.slack.memory.teams.values()
    return one, other
