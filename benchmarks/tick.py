"""A tick must cost what is due, not what is open."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from adapters.deliverer import Deliverer
from adapters.runner import Runner
from adapters.transactions import Transactions
from benchmarks.company import NOW, Company, copy, open_database, stopped_at
from benchmarks.measure import Options, Result, in_turns, ms, timed

SMALL, LARGE = 10_000, 100_000
LOOPS_EACH = 40
DUE_EACH = 5
DUE = 1_000
ROUNDS = 3
LOOKS = 20


def run(_: Options) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        small = _Town(Path(folder), SMALL)
        large = _Town(Path(folder), LARGE)
        small.tick()
        more, fewer = in_turns(large.tick, small.tick, ROUNDS)
        yield Result(
            what=f"tick, {LARGE:,} open loops against {SMALL:,}, {DUE:,} due",
            ratio=more / fewer,
            most=1.3,
            of=f"{more:.2f} s against {fewer:.2f} s",
            how=f"Runner.tick over a fresh copy each, a transaction a member; medians of {ROUNDS}, in turns",
        )
        more, fewer = in_turns(large.look, small.look, ROUNDS)
        yield Result(
            what="a look when nothing is due, the same two",
            ratio=more / fewer,
            of=f"{ms(more)} against {ms(fewer)}",
            how=f"due_members, claim and recompute_due, as each second; medians of {ROUNDS} times {LOOKS}",
        )


class _Town:
    """A company of `open_loops`, 1,000 of them due, at managers of 40 loops with 5 due each."""

    def __init__(self, folder: Path, open_loops: int) -> None:
        self._template = folder / f"{open_loops}.db"
        self._work = folder / f"{open_loops}-work.db"
        company = Company(self._template)
        left = DUE
        for _ in range(open_loops // LOOPS_EACH):
            role, _user = company.manager()
            for place in range(LOOPS_EACH):
                due = left > 0 and place < DUE_EACH
                left -= due
                company.loop(role, due=due)
        self._workspace: uuid.UUID = company.save()

    def tick(self) -> float:
        """Seconds to tick everybody who is due."""
        runner, transactions = self._open(copy(self._template, self._work))
        seconds = timed(lambda: asyncio.run(runner.tick(self._workspace)))
        transactions.close()
        return seconds

    def look(self) -> float:
        """Seconds of one look, everything due having been done by the tick before."""
        _, transactions = self._open(self._work)
        looking = _look(transactions, self._workspace)
        asyncio.run(looking)
        seconds = timed(lambda: asyncio.run(_look(transactions, self._workspace, LOOKS))) / LOOKS
        transactions.close()
        return seconds

    def _open(self, path: Path) -> tuple[Runner, Transactions]:
        clock = stopped_at(NOW)
        transactions = Transactions(open_database(path, clock), clock)
        return Runner(transactions, Deliverer(transactions, None, {})), transactions


async def _look(transactions: Transactions, workspace: uuid.UUID, times: int = 1) -> None:
    for _ in range(times):
        await transactions.read(workspace, lambda store, now: store.due_members(now))
        await transactions.write(workspace, lambda store, now: store.deliveries.claim(now, 0))
        await transactions.write(workspace, lambda store, _: store.recompute_due())
