"""Messages to many channels, against a Slack that enforces its limits: how near the least possible time.

The counterpart runs in a process of its own and answers 429 to whoever is too quick.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import multiprocessing
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import structlog

from adapters.deliverer import Deliverer
from adapters.runner import Runner
from adapters.slack.chat import SlackChat
from adapters.slack.client import SlackClient
from adapters.slack.pace import keep_pace
from adapters.slack.tenants import NAME, Tenants
from adapters.transactions import Transactions
from benchmarks.company import NOW, POLICY, stopped_at
from benchmarks.measure import Options, Result
from bot.nudges import SurfaceKind
from bot.people import Member
from storage import schema
from storage.database import Database
from storage.installations import Installation
from storage.store import SqlStore
from tests.slack_counterpart import Rates, SlackCounterpart, Team

PATIENCE_S = 240.0


def run(_: Options) -> Iterator[Result]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    yield _measured("100 workspaces, a channel each, 10 messages each", teams=100, members=1, messages=10)
    yield _measured("one workspace, 300 channels, a message each", teams=1, members=300, messages=1)


def _measured(what: str, teams: int, members: int, messages: int) -> Result:
    limits = Rates()
    whole = limits.methods["chat.postMessage"]
    in_a_team = members * messages
    least = max((messages - 1) * limits.channel_gap, max(0, in_a_team - whole.burst) * 60 / whole.a_minute)
    seconds, refused, posted = deliver(teams, members, messages)
    assert posted == teams * in_a_team, f"{posted} were posted"
    return Result(
        what=what,
        ratio=seconds / least,
        most=1.1,
        of=f"{seconds:.1f} s against {least:.1f} s; {refused} times 429",
        how=f"enforced: one a second and channel, {whole.a_minute:g} a minute and workspace, {whole.burst} "
        "at once; the Runner of `serve` on SQLite, first message to last",
    )


def deliver(teams: int, members: int, messages: int) -> tuple[float, int, int]:
    """So many messages to each of so many members of each of so many companies in Slack.

    Seconds from the first to the last, how often Slack said 429, and how many messages it took.
    """
    with tempfile.TemporaryDirectory() as folder, _Slack(teams, members) as slack:
        seconds = asyncio.run(_delivered(Path(folder), slack, messages))
        return seconds, *slack.counts()


async def _delivered(folder: Path, slack: _Slack, messages: int) -> float:
    """Seconds from the start of the clock until the last message is shown."""
    clock = stopped_at(NOW)
    database = Database(f"sqlite:///{folder / 'paces.db'}", POLICY, clock=clock)
    schema.upgrade(database)
    transactions = Transactions(database, clock)
    tokens = _Given({tenant: token for tenant, token, _ in slack.teams})
    client, tenants = SlackClient(slack.api_url), Tenants(transactions, tokens)
    for tenant, _, users in slack.teams:
        workspace = database.create_workspace(tenant, NOW)
        tenants.installations.save(
            Installation(
                chat=NAME, tenant=tenant, workspace=workspace, name=tenant, bot_user="", secret="",
                installed_at=NOW,
            )
        )  # fmt: skip
        database.write(workspace, functools.partial(_fill, tenant=tenant, users=users, messages=messages))
    chat = SlackChat(client, tenants, clock)
    deliverer = Deliverer(transactions, None, {chat.name: chat})
    runner = Runner(transactions, deliverer)
    runner.start()
    total = sum(len(users) for _, _, users in slack.teams) * messages
    await asyncio.to_thread(slack.wait_for, total)
    seconds = await asyncio.to_thread(slack.seconds)
    await runner.stop()
    await client.close()
    transactions.close()
    return seconds


def _fill(store: SqlStore, *, tenant: str, users: Sequence[str], messages: int) -> None:
    keep_pace(store, NOW)
    for user in users:
        member = Member(id=uuid.uuid4(), name="Dana Ott", email=f"{user}@acme.example", zone="Europe/Berlin")
        store.save_member(member)
        store.link_identity(member.id, NAME, tenant, user, {"tenant": tenant, "user": user}, NOW)
        for number in range(messages):
            surface, _ = store.open_surface(SurfaceKind.DELEGATE, member.id, str(number), NOW, member.id)
            store.bump([surface.id], NOW)


class _Given:
    """The tokens of all teams, as they were issued."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self._tokens = tokens

    async def of(self, installation: Installation) -> str:
        return self._tokens[installation.tenant]

    def replaced(self, installation: Installation, token: str) -> bool:
        return self._tokens[installation.tenant] != token


@dataclasses.dataclass(slots=True)
class _Slack:
    """The counterpart in its own process."""

    count: int
    members: int
    api_url: str = ""
    teams: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    _line: Connection | None = None
    _process: multiprocessing.process.BaseProcess | None = None

    def __enter__(self) -> _Slack:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.count, self.members))
        self._process.start()
        self.api_url, self.teams = self._line.recv()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._line is not None
        assert self._process is not None
        self._line.send("stop")
        self._process.join()

    def _ask(self, what: str) -> tuple[float, float]:
        assert self._line is not None
        self._line.send(what)
        answer: tuple[float, float] = self._line.recv()
        return answer

    def counts(self) -> tuple[int, int]:
        """How often it said 429, and how many messages it took."""
        refused, posted = self._ask("counts")
        return int(refused), int(posted)

    def wait_for(self, posted: int) -> None:
        """Until it took so many messages, or patience ends."""
        end = time.perf_counter() + PATIENCE_S
        while self.counts()[1] < posted and time.perf_counter() < end:
            time.sleep(0.1)

    def seconds(self) -> float:
        """From the first message to the last."""
        first, last = self._ask("times")
        return last - first


def _serve(line: Connection, count: int, members: int) -> None:
    asyncio.run(_answer(line, count, members))


async def _answer(line: Connection, count: int, members: int) -> None:
    teams = []
    for number in range(count):
        team = Team(f"T{number:05d}", f"Team {number}")
        for member in range(members):
            team.hire(f"m{member}@acme.example")
        teams.append(team)
    async with SlackCounterpart(*teams, limits=True) as slack:
        told = tuple(
            (team.id, slack.token_of(team), tuple(u.id for u in team.users.values() if not u.is_bot))
            for team in teams
        )
        line.send((slack.api_url, told))
        while (asked := await asyncio.to_thread(line.recv)) != "stop":
            calls = slack.called("chat.postMessage")
            if asked == "counts":
                line.send((sum(c.status == 429 for c in calls), sum(c.done for c in calls)))
            else:
                line.send((calls[0].at, calls[-1].at))
