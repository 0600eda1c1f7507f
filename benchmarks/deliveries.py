"""Deliveries that do nothing, against a queue library's jobs that do nothing, on the same PostgreSQL."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator

import procrastinate
import sqlalchemy as sa

from adapters.deliverer import AT_ONCE
from adapters.transactions import Transactions
from benchmarks.both import kept_in
from benchmarks.company import NOW, Company, open_database, stopped_at
from benchmarks.measure import Options, Result, in_turns
from storage import tables
from storage.claiming import Claimed
from storage.tables import DeliveryKind, DeliveryState
from tests.databases import MIGRATED, Databases, Known
from tests.postgresql import NoPostgresql

COUNT = 2_000
CONNECTIONS = 5
"""Of ours and of theirs; each has `AT_ONCE` in flight."""
BATCH = 100
ROUNDS = 3


def run(_: Options) -> Iterator[Result]:
    try:
        with kept_in("postgresql") as databases:
            yield _compared(databases)
    except NoPostgresql as why:
        print(f"  left out: {why}")


def _compared(databases: Databases) -> Result:
    ours = Known("deliveries", _fill)
    asyncio.run(_drained(databases.copy(ours)))
    product, peer = in_turns(
        lambda: asyncio.run(_drained(databases.copy(ours))),
        lambda: asyncio.run(_worked(databases.copy(MIGRATED))),
        ROUNDS,
    )
    return Result(
        what=f"no-op deliveries a second against procrastinate {procrastinate.__version__}",
        ratio=peer / product,
        least=2,
        of=f"{COUNT / product:.0f} against {COUNT / peer:.0f} a second",
        how=f"{COUNT} on lanes without limits, claimed {BATCH} at a time and settled as the deliverer does, "
        f"{AT_ONCE} in flight; as many of theirs at once; {CONNECTIONS} connections each; "
        f"medians of {ROUNDS}, in turns",
    )


def _fill(url: str) -> None:
    """Deliveries that wait, each in a lane of its own."""
    company = Company(url)
    workspace = company.save()
    database = open_database(url)
    lanes, waiting = [], []
    for _ in range(COUNT):
        subject = uuid.uuid4()
        lane = f"chat:{subject}"
        own = {"workspace_id": workspace}
        lanes.append({**own, "name": lane, "min_gap_s": 0.0, "max_in_flight": 1, "free_at": None})
        waiting.append(
            {
                **own, "id": uuid.uuid4(), "kind": DeliveryKind.SURFACE, "subject_id": subject, "lane": lane,
                "state": DeliveryState.READY, "not_before": NOW, "attempts": 0, "claim_token": None,
                "lease_until": None, "problem": "", "created_at": NOW,
            }
        )  # fmt: skip
    with database.writing() as conn:
        conn.execute(sa.insert(tables.lanes), lanes)
        conn.execute(sa.insert(tables.deliveries), waiting)
    database.close()


async def _drained(url: str) -> float:
    """Seconds until each has been claimed and settled."""
    clock = stopped_at(NOW)
    transactions = Transactions(open_database(url, clock), clock)
    (workspace,) = transactions.database.workspaces()
    settled = 0
    left: list[Claimed] = []

    async def settle() -> None:
        nonlocal settled
        while left:
            one = left.pop()
            await transactions.write_outcome(workspace, lambda store, _: store.deliveries.drop(one))  # noqa: B023
            settled += 1

    start = time.perf_counter()
    while left := await transactions.write(workspace, lambda store, now: store.deliveries.claim(now, BATCH)):
        await asyncio.gather(*(settle() for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - start
    transactions.close()
    assert settled == COUNT, "every delivery once"
    return seconds


async def _worked(url: str) -> float:
    """Seconds until a worker of the library has done as many jobs, put there before."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, max_size=CONNECTIONS))
    done = 0

    @app.task
    async def nothing() -> None:
        nonlocal done
        done += 1

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*({} for _ in range(COUNT)))
        start = time.perf_counter()
        await app.run_worker_async(
            concurrency=AT_ONCE, wait=False, install_signal_handlers=False, listen_notify=False
        )
        seconds = time.perf_counter() - start
    assert done == COUNT, "every job once"
    return seconds
