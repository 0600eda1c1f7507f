"""Several processes on one PostgreSQL, against a chat that takes its time: does each add what it can?"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import statistics
import time
import uuid
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection

import sqlalchemy as sa
import structlog

from adapters.deliverer import AT_ONCE, Deliverer
from adapters.transactions import Transactions
from benchmarks.both import elsewhere, kept_in
from benchmarks.company import CHAT, NOW, TODAY, Company, open_database, stopped_at
from benchmarks.measure import Options, Result
from bot.nudges import SurfaceKind
from bot.ports import Chat, Met
from bot.views.elements import Chart, Message
from storage import tables
from storage.store import SqlStore
from tests.databases import Databases, Known
from tests.postgresql import NoPostgresql

CALL_S = 0.05
EACH = 60
"""Messages for every process, so that each run takes about as long."""
PROCESSES = (1, 2, 4)
ROUNDS = 3
PATIENCE_S = 300.0


def run(_: Options) -> Iterator[Result]:
    try:
        with kept_in("postgresql") as databases:
            yield from _scaled(databases, 1, least=3.2)
            yield from _scaled(databases, AT_ONCE, least=None)
    except NoPostgresql as why:
        print(f"  left out: {why}")


def _scaled(databases: Databases, at_once: int, *, least: float | None) -> Iterator[Result]:
    rounds = [[_rate(databases, count, at_once) for count in PROCESSES] for _ in range(ROUNDS)]
    alone, *more = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    for count, rate in zip(PROCESSES[1:], more, strict=True):
        yield Result(
            what=f"{count} processes against 1, {at_once} call{'s' * (at_once > 1)} at a time each",
            ratio=rate / alone,
            least=least if count == PROCESSES[-1] else None,
            of=f"{rate:.0f} against {alone:.0f} messages a second",
            how=f"{EACH} messages a process, each to another member of one company; a call takes "
            f"{CALL_S * 1000:.0f} ms; medians of {ROUNDS}, in turns",
        )


def _rate(databases: Databases, processes: int, at_once: int) -> float:
    """Messages a second that so many processes post together, once all have started."""
    count = EACH * processes
    url = databases.copy(Known(f"messages{count}", lambda it: elsewhere(_fill, it, count)))
    context = multiprocessing.get_context("spawn")
    with contextlib.ExitStack() as ends:
        lines = []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            child = context.Process(target=_posts, args=(url, at_once, theirs))
            child.start()
            ends.callback(child.join)
            lines.append(ours)
        for line in lines:
            line.recv()
        start = time.perf_counter()
        for line in lines:
            line.send("go")
        posted = sum(line.recv() for line in lines)
        seconds = time.perf_counter() - start
    assert posted == count, "every message once"
    return count / seconds


def _fill(url: str, count: int) -> None:
    """So many managers who are to get a list, in lanes that let everything out."""
    company = Company(url)
    owed = []
    for _ in range(count):
        role, _user = company.manager()
        owed.append((role.manager.id, company.loop(role, due=False).id))
    workspace = company.save()
    database = open_database(url)

    def queue(store: SqlStore) -> None:
        for member, loop in owed:
            surface, _ = store.open_surface(SurfaceKind.DIGEST, member, TODAY.isoformat(), NOW, about=None)
            store.put_on(surface.id, [loop], (), NOW)
        store.conn.execute(sa.update(tables.lanes).values(min_gap_s=0))

    database.write(workspace, queue)
    database.close()


def _posts(url: str, at_once: int, line: Connection) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    line.send(asyncio.run(_drain(url, at_once, line)))


async def _drain(url: str, at_once: int, line: Connection) -> int:
    clock = stopped_at(NOW)
    transactions = Transactions(open_database(url, clock), clock)
    chat = _SlowChat()
    deliverer = Deliverer(transactions, None, {CHAT: chat}, at_once=at_once)
    (workspace,) = await transactions.look(transactions.database.workspaces)
    line.send("ready")
    await asyncio.to_thread(line.recv)
    await deliverer.drain(workspace, PATIENCE_S)
    await deliverer.stop()
    transactions.close()
    return chat.posted


class _SlowChat(Chat):
    """Takes everything, each time after a while."""

    name = CHAT
    posted = 0

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        raise AssertionError("Everybody here is known.")

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        await asyncio.sleep(CALL_S)
        self.posted += 1
        return {"message": str(self.posted)}

    async def edit(self, address: Mapping[str, str], message: Message) -> None:
        raise AssertionError("Nothing has been shown yet.")

    async def show_home(self, address: Mapping[str, str], message: Message) -> None:
        raise AssertionError("Nobody looks at a home.")

    async def post_channel(
        self, workspace: uuid.UUID, channel: str, message: Message, pictures: Mapping[Chart, bytes]
    ) -> None:
        raise AssertionError("There is no channel.")
