"""Many workspaces: each installs the bot by itself, and none sees anything of another."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import csv
import dataclasses
import datetime as dt
import urllib.parse
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa
import structlog
from bs4 import BeautifulSoup
from click.testing import CliRunner

from adapters.cli import main
from adapters.demo import demo_settings, prepare
from adapters.importing import import_file
from adapters.runner import ClockMover
from adapters.settings import Settings
from adapters.slack.access import Access
from adapters.slack.app import Slack
from adapters.slack.client import SlackClient
from adapters.slack.manifest import SCOPES
from adapters.slack.oauth import COOKIE
from adapters.slack.renewing import StoredTokens
from adapters.slack.tenants import NotInstalled, Tenants
from adapters.slack.vault import Kept, Locked, Vault, new_key
from adapters.transactions import Clock, Transactions
from adapters.wiring import Running, slack_access, wire
from bot.ports import ChatError, ChatTryLater
from storage.database import Database
from storage.installations import Installation, Installations
from storage.tables import identities, install_states, installations, lanes
from tests.databases import Kind
from tests.slack_counterpart import Drop, SlackCounterpart, SlackPerson, Team, User
from tests.stories.chat_stage import mail_sink, served

HALF_PAST_NINE = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
KEY, NEW_KEY = new_key(), new_key()
DANA, RAVI = "dana.lee@halden.example", "ravi.menon@halden.example"
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


# -- the stage --------------------------------------------------------------------------------------------


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
            page = BeautifulSoup(await answer.text(), "html.parser")
            if COOKIE in answer.cookies:
                self.cookie = answer.cookies[COOKIE].value
            return Answer(
                status=answer.status,
                title=page.h1.get_text() if page.h1 else "",
                text=" ".join(tag.get_text() for tag in page.select("p")),
                links=tuple(str(tag["href"]) for tag in page.select("a")),
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
        with self.database.writing() as conn:
            conn.execute(sa.update(lanes).values(min_gap_s=0, max_in_flight=5))
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


@pytest.fixture
async def house(company: str) -> AsyncIterator[House]:
    async with housed(company, halden(), halden("T0GLOBEX", "Globex")) as one:
        yield one


@pytest.fixture
def teams(house: House) -> tuple[Team, Team]:
    one, other = house.slack.memory.teams.values()
    return one, other


# -- installing -------------------------------------------------------------------------------------------


async def test_an_admin_installs_it_and_the_imported_managers_are_asked(
    house: House, teams: tuple[Team, Team]
) -> None:
    browser, ours = Browser(house), house.database.workspaces()[0]
    asked = await browser.begins()
    assert asked.keys() == {"client_id", "scope", "state"}, "Slack takes the app's own redirect address"
    assert asked["client_id"] == house.slack.installs.client_id
    assert set(asked["scope"].split(",")) == set(SCOPES)

    answer = await browser.comes_back(state=asked["state"], code=house.allows(teams[0]))
    assert (answer.status, answer.title) == (200, "Followup is installed in Halden Instruments")
    assert browser.cookie == "", "it is good once"

    installed = house.found(teams[0])
    assert installed.workspace == ours, "the first takes what the operator has imported"
    assert installed.bot_user == teams[0].bot_user
    await house.moves_on(ours, HALF_PAST_NINE)
    assert "Priya" in (await house.dana(teams[0]).digest()).text


async def test_no_token_rests_in_plain_text(
    house: House, teams: tuple[Team, Team], company: str, kept_in: Kind
) -> None:
    await house.installed(teams[0])
    with house.database.reading() as conn:
        everything = repr(conn.execute(sa.select(installations)).all())
    assert "xox" not in everything
    if kept_in == "sqlite":
        file = Path(company.removeprefix("sqlite:///"))
        for one in (file, file.with_name(f"{file.name}-wal")):
            assert b"xoxe" not in await asyncio.to_thread(one.read_bytes)
    opened = Vault([KEY]).open(house.found(teams[0]).secret)
    assert house.slack.installs.check(opened.token).teams == (teams[0],)
    assert opened.refresh_token in house.slack.installs.refresh_tokens


async def test_to_look_at_the_page_changes_nothing_but_the_state(house: House) -> None:
    for _ in range(3):
        await Browser(house).begins()
    async with house.http.head(f"{house.base}/slack/install") as only_looked:
        assert only_looked.status == 405
    with house.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(install_states)) == 3
        assert conn.scalar(sa.select(sa.func.count()).select_from(installations)) == 0
    assert house.slack.calls == []


async def test_whoever_says_no_in_slack_has_changed_nothing(house: House) -> None:
    browser = Browser(house)
    asked = await browser.begins()
    answer = await browser.comes_back(state=asked["state"], error="access_denied")
    assert (answer.status, answer.title, answer.links) == (200, "Nothing was installed", ("/slack/install",))
    assert house.slack.called("oauth.v2.access") == []
    again = await browser.comes_back(state=asked["state"], error="access_denied")
    assert again.status == 400


async def test_a_forged_state_is_refused(house: House, teams: tuple[Team, Team]) -> None:
    code = house.allows(teams[0])
    browser = Browser(house)
    await browser.begins()
    for query in ({"state": "made-up"}, {"state": ""}, {}):
        answer = await browser.comes_back(code=code, **query)
        assert (answer.status, answer.title) == (400, "This was not begun in this browser")
    browser.cookie = "made-up"
    forged = await browser.comes_back(code=code, state="made-up")
    assert (forged.status, forged.title) == (400, "This page was used before, or waited too long")
    assert house.slack.called("oauth.v2.access") == []


async def test_nobody_can_push_their_installation_on_another_browser(
    house: House, teams: tuple[Team, Team]
) -> None:
    mallory, victim = Browser(house), Browser(house)
    theirs = await mallory.begins()
    link = {"state": theirs["state"], "code": house.allows(teams[1])}
    for cookie in (False, True):
        if cookie:
            await victim.begins()
        before = victim.cookie
        answer = await victim.comes_back(**link)
        assert (answer.status, answer.title) == (400, "This was not begun in this browser")
        assert victim.cookie == before, "what they have begun themselves goes on"
    assert house.kept.all("slack") == ()
    assert (await mallory.comes_back(**link)).status == 200, "in the browser where it began it is good"


async def test_a_way_back_is_good_once(house: House, teams: tuple[Team, Team]) -> None:
    browser = Browser(house)
    state, cookie = (await browser.begins())["state"], browser.cookie
    assert (await browser.comes_back(state=state, code=house.allows(teams[0]))).status == 200
    browser.cookie = cookie
    again = await browser.comes_back(state=state, code=house.allows(teams[1]))
    assert (again.status, again.title) == (400, "This page was used before, or waited too long")
    assert [it.tenant for it in house.kept.all("slack")] == [teams[0].id]


async def test_who_is_not_expected_gets_nothing_installed(company: str) -> None:
    expected, stranger = halden(), halden("T0GLOBEX", "Globex")
    async with housed(company, expected, stranger, tenants=frozenset({expected.id})) as house:
        browser = Browser(house)
        state = (await browser.begins())["state"]
        answer = await browser.comes_back(state=state, code=house.allows(stranger))
        assert (answer.status, answer.title) == (403, "This Slack workspace is not expected here")
        assert "add T0GLOBEX to FOLLOWUP_SLACK_TENANTS" in answer.text
        assert house.kept.all("slack") == ()
        assert [call.ok for call in house.slack.called("auth.revoke")] == [True], "Slack lets it go, too"
        await house.installed(expected)


async def test_a_code_that_slack_knows_no_more_is_said_in_plain_words(
    house: House, teams: tuple[Team, Team]
) -> None:
    used = house.allows(teams[0])
    browser = Browser(house)
    assert (await browser.comes_back(state=(await browser.begins())["state"], code=used)).status == 200
    for code, said in ((used, "code_already_used"), ("made-up", "invalid_code")):
        answer = await browser.comes_back(state=(await browser.begins())["state"], code=code)
        assert (answer.status, answer.title) == (400, "Slack does not accept this any more")
        assert f"Slack says: {said}." in answer.text


@pytest.mark.parametrize("query", [{"error": "invalid_scope"}, {"error": "<b>"}, {}])
async def test_what_slack_says_instead_of_a_code_is_shown_if_it_is_a_word(
    house: House, query: dict[str, str]
) -> None:
    browser = Browser(house)
    answer = await browser.comes_back(state=(await browser.begins())["state"], **query)
    assert (answer.status, answer.title) == (400, "Slack did not allow it")
    assert ("Slack says: invalid_scope." in answer.text) == (query.get("error") == "invalid_scope")


async def test_a_wrong_client_secret_is_a_sentence_for_the_operator(
    house: House, teams: tuple[Team, Team]
) -> None:
    house.slack.installs.client_secret = "another"
    answer = await Browser(house).installs(teams[0])
    assert (answer.status, answer.title) == (502, "Slack and this bot do not agree")
    assert "FOLLOWUP_SLACK_CLIENT_SECRET" in answer.text
    assert "Slack says: bad_client_secret." in answer.text


@pytest.mark.parametrize("fault", ["500", "429", "dropped"])
async def test_where_slack_fails_the_page_says_so(house: House, teams: tuple[Team, Team], fault: str) -> None:
    if fault == "dropped":
        house.slack.faults.drop("oauth.v2.access", Drop.BEFORE)
    else:
        house.slack.faults.fail("oauth.v2.access", status=int(fault))
    with structlog.testing.capture_logs() as logged:
        answer = await Browser(house).installs(teams[0])
    assert (answer.status, answer.title) == (502, "Slack did not answer as it should")
    assert [it["event"] for it in logged] == ["slack_install_failed"]
    assert house.kept.all("slack") == ()


async def test_the_page_tells_its_address_to_nobody_and_runs_nothing(company: str) -> None:
    name = "<script>alert('1')</script> & {title}"
    async with housed(company, halden(name=name)) as house:
        answer = await Browser(house).installs(house.slack.team)
    assert answer.title == f"Followup is installed in {name}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_with_socket_mode_it_is_installed_the_same_way(company: str) -> None:
    async with housed(company, halden(), socket=True) as house:
        await house.installed(house.slack.team)
        assert "Priya" in (await house.dana(house.slack.team).asks("/followup")).text
        async with house.http.post(f"{house.base}/slack/events") as closed:
            assert closed.status == 404


# -- one company and another ------------------------------------------------------------------------------


GLOBEX_CSV = {
    "candidate_name": "Gus Gorman",
    "candidate_email": "gus@mail.example",
    "role": "Reactor hand",
    "manager_email": DANA,
    "manager_name": "Dana Lee",
    "manager_timezone": "America/New_York",
    "stage": "onsite",
    "interviewed_at": "2026-11-12T10:00",
    "promised_by": "2026-11-20",
}


@pytest.fixture
def spreadsheet(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    with path.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, GLOBEX_CSV)
        writer.writeheader()
        writer.writerow(GLOBEX_CSV)
    return path


async def test_two_companies_never_see_each_other(company: str, spreadsheet: Path) -> None:
    """The same person works for both: one work email, and even one user id in both teams."""
    ours, theirs = halden(), Team("T0GLOBEX", "Globex")
    theirs.hire(DANA, "Dana Lee", id=next(it.id for it in ours.users.values() if it.email == DANA))
    async with housed(company, ours, theirs) as house:
        first, second = await house.installed(ours), await house.installed(theirs)
        assert second.workspace != first.workspace
        import_file(
            house.running.transactions, second.workspace, spreadsheet, reviewed=True,
            default_zone="UTC", default_country="", admins=frozenset(),
        )  # fmt: skip
        await house.moves_on(first.workspace, HALF_PAST_NINE)
        await house.moves_on(second.workspace, HALF_PAST_NINE + MINUTE)
        for team, own, other in ((ours, "Priya", "Gus"), (theirs, "Gus", "Priya")):
            dana = house.dana(team)
            digest = await dana.digest()
            assert own in digest.text
            assert other not in " ".join(message.text for message in await dana.reads())
            asked = await dana.asks(f"/followup find {other}")
            assert not asked.rows
            posted = [call for call in house.slack.calls if call.team == team.id]
            assert posted
            assert other not in repr([call.arguments for call in posted])
        members = [
            house.database.read(one.workspace, lambda store: {it.id for it in store.members()})
            for one in (first, second)
        ]
        assert not members[0] & members[1]


class OfTheGrid(User):
    """Slack tells of which organisation somebody is, and of which of its teams."""

    def json(self, *, email: bool = True, locale: bool = False) -> dict[str, object]:
        grid = {"enterprise_id": "E0UMBRELLA", "enterprise_name": "Umbrella", "teams": [self.team]}
        return super().json(email=email, locale=locale) | {"enterprise_user": grid}


async def test_an_organisation_installs_it_for_all_of_its_workspaces(company: str) -> None:
    north, south = (
        Team(f"T0{name.upper()}", name, enterprise="E0UMBRELLA", enterprise_name="Umbrella", org_wide=True)
        for name in ("North", "South")
    )
    for team, email in ((north, DANA), (south, RAVI)):
        about = dataclasses.asdict(team.hire(email))
        team.users[about["id"]] = OfTheGrid(**about)
    async with housed(company, north, south) as house:
        answer = await Browser(house).installs(north)
        assert answer.title == "Followup is installed in Umbrella"
        (installed,) = house.kept.all("slack")
        assert (installed.tenant, installed.name) == ("E0UMBRELLA", "Umbrella")
        assert "Priya" in (await house.dana(north).asks("/followup")).text
        assert "Priya" in (await house.dana(south, RAVI).asks("/followup find Priya")).text
        assert house.database.workspaces() == (installed.workspace,)


# -- taken out, and back ----------------------------------------------------------------------------------


async def test_taken_out_it_is_silent_and_installed_again_everything_is_there(
    house: House, teams: tuple[Team, Team]
) -> None:
    team, dana = teams[0], house.dana(teams[0])
    first = await house.installed(team)
    await house.moves_on(first.workspace, HALF_PAST_NINE)
    said = len(await dana.reads())
    assert said

    told = await house.slack.events.uninstalls(team)
    assert all(it.heard for it in told)
    ended = house.found(team)
    assert (ended.secret, ended.ended_at is None) == ("", False)
    calls = len(house.slack.calls)
    await house.moves_on(first.workspace, HALF_PAST_NINE + HOUR)
    assert len(await dana.reads()) == said
    assert len(house.slack.calls) == calls, "Slack is not even asked"

    again = await house.installed(team)
    assert (again.workspace, again.ended_at) == (first.workspace, None)
    await house.moves_on(first.workspace, HALF_PAST_NINE + 24 * HOUR)
    assert len(await dana.reads()) > said, "members are met again by their work email"
    assert "Priya" in (await dana.asks("/followup find Priya")).text
    with house.database.reading() as conn:
        assert dana.user.id in conn.scalars(sa.select(identities.c.user_id)).all()


async def test_whom_nobody_has_installed_it_for_yet_is_not_given_up(
    house: House, teams: tuple[Team, Team]
) -> None:
    """Whoever was due before is asked then."""
    ours = house.database.workspaces()[0]
    await house.wakes_up(HALF_PAST_NINE)
    members = house.database.read(ours, lambda store: store.members())
    assert all(member.reachable for member in members)
    await house.installed(teams[0])
    await house.wakes_up(HALF_PAST_NINE + 10 * MINUTE)
    assert "Priya" in (await house.dana(teams[0]).digest()).text


# -- tokens that expire -----------------------------------------------------------------------------------


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
async def process(house: House, keys: tuple[str, ...] = (KEY,)) -> AsyncIterator[Process]:
    database = Database(house.settings.database_url, house.settings.policy())
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


@pytest.fixture
async def team(house: House, teams: tuple[Team, Team]) -> Team:
    """Installed a moment ago; the code was exchanged."""
    await house.installed(teams[0])
    house.slack.calls.clear()
    return teams[0]


@pytest.fixture
async def two(house: House, team: Team) -> AsyncIterator[tuple[Process, Process]]:
    """`serve` and `worker`."""
    async with process(house) as one, process(house) as other:
        yield one, other


def renewals(house: House) -> list[str]:
    """How each was answered; empty where it was good."""
    return [call.error for call in house.slack.called("oauth.v2.access")]


def token_of(house: House, team: Team, key: str = KEY) -> str:
    return Vault([key]).open(house.found(team).secret).token


async def test_a_fresh_token_is_used_as_it_is(house: House, team: Team, two: tuple[Process, Process]) -> None:
    first = token_of(house, team)
    two[0].later(9.9)
    assert await two[0].tenants.token(team.id) == first
    assert renewals(house) == []


@pytest.mark.parametrize("hours", [10.5, 13.0], ids=["near its end", "after its end"])
async def test_eight_at_the_same_moment_spend_one_refresh_token(
    house: House, team: Team, two: tuple[Process, Process], hours: float
) -> None:
    old = token_of(house, team)
    for one in two:
        one.later(hours)
    tokens = await asyncio.gather(*(one.tenants.token(team.id) for one in two * 4))
    assert renewals(house) == [""]
    new = token_of(house, team)
    assert new != old
    assert set(tokens) <= ({old, new} if hours < 12 else {new}), "nobody has got one that has expired"
    assert [await one.tenants.token(team.id) for one in two] == [new, new]
    assert renewals(house) == [""]


async def test_one_after_another_each_refresh_token_is_good_once(
    house: House, team: Team, two: tuple[Process, Process]
) -> None:
    one, other = two
    for hours in (11.0, 22.0, 33.0):
        before = token_of(house, team)
        one.now = other.now = dt.datetime.now(dt.UTC) + hours * HOUR
        assert await one.tenants.token(team.id) == await other.tenants.token(team.id) != before
    assert renewals(house) == ["", "", ""]


async def test_a_token_that_does_not_expire_is_never_renewed(company: str) -> None:
    async with housed(company, halden(), rotating=False) as house:
        await house.installed(house.slack.team)
        async with process(house) as one:
            one.later(24 * 365)
            assert await one.tenants.token(house.slack.team.id) == token_of(house, house.slack.team)
        assert len(house.slack.called("oauth.v2.access")) == 1, "the code's exchange alone"


async def test_where_slack_cannot_renew_it_now_the_old_token_serves_as_long_as_it_lives(
    house: House, team: Team, two: tuple[Process, Process]
) -> None:
    old = token_of(house, team)
    one = two[0]
    one.later(11)
    house.slack.faults.fail("oauth.v2.access", status=503)
    with structlog.testing.capture_logs() as logged:
        assert await one.tenants.token(team.id) == old
    assert [(it["event"], it["tenant"], it["code"]) for it in logged] == [
        ("slack_token_not_renewed", team.id, "ChatTryLater")
    ]
    kept = Vault([KEY]).open(house.found(team).secret)
    assert not any(secret in repr(logged) for secret in (kept.token, kept.refresh_token, KEY))
    one.later(2)
    end_lease(house)
    house.slack.faults.fail("oauth.v2.access", status=503)
    with pytest.raises(ChatTryLater):
        await one.tenants.token(team.id)
    end_lease(house)
    assert await one.tenants.token(team.id) == token_of(house, team) != old


def end_lease(house: House) -> None:
    """Half a minute goes by."""
    with house.database.writing() as conn:
        conn.execute(sa.update(installations).values(renewing_until=None))


async def test_where_slack_takes_the_refresh_token_no_more_a_sentence_says_what_to_do(
    house: House, team: Team, two: tuple[Process, Process]
) -> None:
    old = token_of(house, team)
    house.slack.installs.refresh_tokens.clear()
    one = two[0]
    one.later(11)
    assert await one.tenants.token(team.id) == old
    one.later(2)
    for _ in range(3):
        with pytest.raises(ChatError, match=r"Halden Instruments has expired.* at /slack/install"):
            await one.tenants.token(team.id)
    assert renewals(house) == ["invalid_refresh_token"], "what Slack refuses for good is not asked for again"
    await house.installed(team)
    one.now = dt.datetime.now(dt.UTC)
    assert await one.tenants.token(team.id) == token_of(house, team)
    one.later(11)
    assert await one.tenants.token(team.id) == token_of(house, team)
    assert renewals(house) == ["invalid_refresh_token", "", ""]


@pytest.fixture
async def renewing(house: House, team: Team, two: tuple[Process, Process]) -> asyncio.Task[str]:
    """The token has expired, and Slack is slow to give a new one."""
    two[0].later(13)
    house.slack.faults.hang("oauth.v2.access", 60)
    asking = asyncio.create_task(two[0].tenants.token(team.id))
    await house.slack.faults.hanging.wait()
    return asking


async def test_whoever_gives_up_waiting_loses_nobody_the_token(
    house: House, team: Team, two: tuple[Process, Process], renewing: asyncio.Task[str]
) -> None:
    old = token_of(house, team)
    renewing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await renewing
    house.slack.faults.wakes.set()
    await two[0].stored.finish()
    assert token_of(house, team) != old
    assert Vault([KEY]).open(house.found(team).secret).refresh_token in house.slack.installs.refresh_tokens


async def test_installed_anew_while_it_is_renewed_the_new_installation_stays(
    house: House, team: Team, renewing: asyncio.Task[str]
) -> None:
    await house.installed(team)
    new = token_of(house, team)
    house.slack.faults.wakes.set()
    assert await renewing == new == token_of(house, team)


async def test_taken_out_while_it_is_renewed_it_stays_out(
    house: House, team: Team, renewing: asyncio.Task[str]
) -> None:
    await house.slack.events.uninstalls(team)
    house.slack.faults.wakes.set()
    with pytest.raises(NotInstalled):
        await renewing
    assert house.found(team).secret == ""


async def test_what_expired_while_nobody_renews_it_is_not_waited_for_for_ever(
    house: House, team: Team, two: tuple[Process, Process]
) -> None:
    assert house.kept.may_renew(house.found(team), 30), "a process that has died since"
    two[0].later(13)
    with pytest.raises(ChatTryLater, match="another process is renewing it"):
        await two[0].tenants.token(team.id)
    assert renewals(house) == []


async def test_a_message_goes_out_with_the_renewed_token(house: House, team: Team) -> None:
    """Eleven hours later, as the database stands then."""
    installed = house.found(team)
    kept = Vault([KEY]).open(installed.secret)
    soon = dataclasses.replace(kept, expires_at=dt.datetime.now(dt.UTC) + HOUR)
    assert house.kept.swap(installed, Vault([KEY]).lock(soon))
    await house.moves_on(installed.workspace, HALF_PAST_NINE)
    assert "Priya" in (await house.dana(team).digest()).text
    assert renewals(house) == [""]
    assert {call.token for call in house.slack.called("chat.postMessage")} <= {
        kept.token,
        token_of(house, team),
    }


# -- keys -------------------------------------------------------------------------------------------------


async def test_a_new_key_takes_the_place_of_the_old_without_a_pause(company: str) -> None:
    teams = (halden(), halden("T0GLOBEX", "Globex"))
    async with housed(company, *teams) as house:
        for team in teams:
            await house.installed(team)
        before = [token_of(house, team) for team in teams]
    with structlog.testing.capture_logs() as logged:
        async with housed(company, *teams, keys=(NEW_KEY, KEY)) as house:
            assert [token_of(house, team, NEW_KEY) for team in teams] == before
    assert [it["changed"] for it in logged if it["event"] == "slack_tokens_under_first_key"] == [2]
    with structlog.testing.capture_logs() as logged:
        async with housed(company, *teams, keys=(NEW_KEY,)) as house, process(house, (NEW_KEY,)) as one:
            assert [await one.tenants.token(team.id) for team in teams] == before
    assert not logged


async def test_a_key_changes_while_the_token_is_renewed_and_neither_is_lost(
    house: House, team: Team, renewing: asyncio.Task[str]
) -> None:
    async with process(house, (NEW_KEY, KEY)) as other:
        await other.stored.under_first_key()
        assert token_of(house, team, NEW_KEY)
        with pytest.raises(Locked):
            Vault([KEY]).open(house.found(team).secret)
    async with process(house, (KEY, NEW_KEY)) as third:
        await third.stored.under_first_key()
    house.slack.faults.wakes.set()
    assert await renewing == token_of(house, team)
    assert renewals(house) == [""]


async def test_a_lost_key_stops_one_company_and_is_mended_by_a_new_installation(company: str) -> None:
    teams = (halden(), halden("T0GLOBEX", "Globex"))
    async with housed(company, *teams) as house:
        await house.installed(teams[0])
    with structlog.testing.capture_logs() as logged:
        async with housed(company, *teams, keys=(NEW_KEY,)) as house, process(house, (NEW_KEY,)) as one:
            assert [(it["event"], it["tenant"]) for it in logged] == [("slack_token_locked", teams[0].id)]
            await house.installed(teams[1])
            assert await one.tenants.token(teams[1].id)
            with pytest.raises(Locked, match="No key in FOLLOWUP_TOKEN_KEYS opens"):
                await one.tenants.token(teams[0].id)
            await house.installed(teams[0])
            assert await one.tenants.token(teams[0].id) == token_of(house, teams[0], NEW_KEY)
    assert KEY not in repr(logged)


# -- one token before, many afterwards --------------------------------------------------------------------


async def test_who_began_with_a_token_of_the_environment_installs_once_and_keeps_everything(
    house: House, teams: tuple[Team, Team]
) -> None:
    ours = house.database.workspaces()[0]
    house.kept.save(
        Installation(
            chat="slack", tenant=teams[0].id, workspace=ours, name="Halden", bot_user="", secret="",
            installed_at=HALF_PAST_NINE,
        )
    )  # fmt: skip
    async with process(house) as one:
        await one.stored.under_first_key()
        with pytest.raises(NotInstalled, match="/slack/install"):
            await one.tenants.token(teams[0].id)
        assert (await house.installed(teams[0])).workspace == ours
        assert await one.tenants.token(teams[0].id) == token_of(house, teams[0])


# -- the command line -------------------------------------------------------------------------------------


@pytest.fixture
def several(company: str) -> Iterator[tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]]]:
    """Halden, Globex and another Globex."""
    database, _, _ = prepare(company)
    kept = Installations(database)
    names = {"T1": "Halden", "T2": "Globex", "T3": "Globex\x1b[2J"}
    made = tuple(
        kept.install(
            chat="slack", tenant=tenant, name=name, bot_user="", secret="", now=HALF_PAST_NINE + hour * HOUR
        )
        for hour, (tenant, name) in enumerate(names.items())
    )
    yield database, {"FOLLOWUP_DATABASE_URL": company}, tuple(it.workspace for it in made)
    database.close()


def test_an_import_goes_to_the_company_that_is_named(
    several: tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]], spreadsheet: Path
) -> None:
    database, environment, workspaces = several
    said = CliRunner().invoke(main, ["import", str(spreadsheet), "--workspace", "T2"], env=environment)
    assert said.exit_code == 0, said.output
    have = [
        database.read(one, lambda store: store.candidate_by_email("gus@mail.example")) for one in workspaces
    ]
    assert [it is not None for it in have] == [False, True, False]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ([], "There are several companies here. Say which is meant with --workspace and a name or tenant: "),
        (["--workspace", "Initech"], "No company here has this name or tenant. Say which is meant"),
        (["--workspace", "globex"], None),
    ],
)
def test_where_several_companies_are_one_must_be_named(
    several: tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]],
    spreadsheet: Path,
    option: list[str],
    sentence: str | None,
) -> None:
    said = CliRunner().invoke(main, ["import", str(spreadsheet), *option], env=several[1])
    if sentence is None:
        assert said.exit_code == 0, said.output
        return
    assert said.exit_code == 1
    assert sentence in said.output
    for name in ("(T1)", "Globex (T2)", "(T3)"):
        assert name in said.output
    assert "\x1b" not in said.output


def test_two_of_one_name_are_told_apart_by_their_tenant(
    several: tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]], spreadsheet: Path
) -> None:
    database, environment, _ = several
    Installations(database).install(
        chat="slack", tenant="T4", name="Globex", bot_user="", secret="", now=HALF_PAST_NINE + 9 * HOUR
    )
    said = CliRunner().invoke(main, ["import", str(spreadsheet), "--workspace", "Globex"], env=environment)
    assert said.exit_code == 1
    assert (
        "2 companies here have this name. Say --workspace with the tenant of one: Globex (T2); Globex (T4)."
        in said.output
    )


def test_the_brake_is_pulled_for_all_and_released_for_one(
    several: tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]],
) -> None:
    database, environment, workspaces = several

    def paused() -> list[bool]:
        return [database.read(one, lambda store: store.policy.letters_paused) for one in workspaces]

    run = CliRunner().invoke
    assert run(main, ["pause", "letters"], env=environment).exit_code == 0
    assert paused() == [True, True, True]
    assert run(main, ["resume", "letters"], env=environment).exit_code == 1
    assert run(main, ["resume", "letters", "--workspace", "T2"], env=environment).exit_code == 0
    assert paused() == [True, False, True]
    assert run(main, ["pause", "letters", "--workspace", "T2"], env=environment).exit_code == 0
    assert run(main, ["deliveries", "--workspace", "T2"], env=environment).exit_code == 0
    assert run(main, ["tick"], env=environment).exit_code == 0


def test_a_key_is_printed_that_the_vault_takes() -> None:
    said = CliRunner().invoke(main, ["key"])
    key = said.output.strip()
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert Vault([key]).open(Vault([key]).lock(Kept(token="xoxb-1"))).token == "xoxb-1"
    assert key != CliRunner().invoke(main, ["key"]).output.strip()
