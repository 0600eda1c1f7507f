"""A tick must cost what is due, not what is open."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

from adapters.deliverer import Deliverer
from adapters.runner import Runner
from adapters.transactions import Transactions
from benchmarks.both import elsewhere, on_both
from benchmarks.company import NOW, Company, open_database, stopped_at
from benchmarks.measure import Options, Result, in_turns, ms, status_of, timed
from tests.databases import Databases, Known

SMALL, LARGE, HUGE = 10_000, 100_000, 1_000_000
LOOPS_EACH = 40
DUE_EACH = 5
DUE = 1_000
ROUNDS = 3
LOOKS = 20
GROWTH_MIB = 20.0


def run(options: Options) -> Iterator[Result]:
    for kept_in, databases in on_both():
        yield from _on(kept_in, databases, HUGE if options.full else LARGE)


def _on(kept_in: str, databases: Databases, size: int) -> Iterator[Result]:
    small, large = _Town(databases, SMALL), _Town(databases, size)
    small.tick()
    more, fewer = in_turns(large.tick, small.tick, ROUNDS)
    yield Result(
        what=f"{kept_in}: tick, {size:,} open loops against {SMALL:,}, {DUE:,} due",
        ratio=more / fewer,
        most=1.3,
        of=f"{more:.2f} s against {fewer:.2f} s",
        how=f"Runner.tick over a fresh copy each, a transaction a member; medians of {ROUNDS}, in turns",
    )
    if large.grew:
        grew = max(large.grew)
        yield Result(
            what=f"{kept_in}: memory of that process, against {GROWTH_MIB:.0f} MiB more",
            ratio=grew / GROWTH_MIB,
            most=1,
            of=f"{grew:.1f} MiB more with {size:,} open loops",
            how="VmHWM after the tick less before it, a smaller company having been ticked before",
        )
    more, fewer = in_turns(large.look, small.look, ROUNDS)
    yield Result(
        what=f"{kept_in}: a look when nothing is due, the same two",
        ratio=more / fewer,
        of=f"{ms(more)} against {ms(fewer)}",
        how=f"due_members, claim and recompute_due, as each second; medians of {ROUNDS} times {LOOKS}",
    )


class _Town:
    """A company of `open_loops`, 1,000 of them due, at managers of 40 loops with 5 due each."""

    def __init__(self, databases: Databases, open_loops: int) -> None:
        self._databases = databases
        self._known = Known(f"town{open_loops}", lambda url: elsewhere(_fill, url, open_loops))
        self._work = ""
        self.grew: list[float] = []
        """Of each tick, by how many MiB the most that this process ever held went up."""

    def tick(self) -> float:
        """Seconds to tick everybody who is due."""
        self._work = self._databases.copy(self._known)
        runner, transactions = _open(self._work)
        (workspace,) = transactions.database.workspaces()
        before = status_of("self", "VmHWM")
        seconds = timed(lambda: asyncio.run(runner.tick(workspace)))
        after = status_of("self", "VmHWM")
        transactions.close()
        if before is not None and after is not None:
            self.grew.append(after - before)
        return seconds

    def look(self) -> float:
        """Seconds of one look, everything due having been done by the tick before."""
        _, transactions = _open(self._work)
        (workspace,) = transactions.database.workspaces()
        asyncio.run(_look(transactions, workspace))
        seconds = timed(lambda: asyncio.run(_look(transactions, workspace, LOOKS))) / LOOKS
        transactions.close()
        return seconds


def _fill(url: str, open_loops: int) -> None:
    company = Company(url)
    left = DUE
    for _ in range(open_loops // LOOPS_EACH):
        role, _user = company.manager()
        for place in range(LOOPS_EACH):
            due = left > 0 and place < DUE_EACH
            left -= due
            company.loop(role, due=due)
    company.save()


def _open(url: str) -> tuple[Runner, Transactions]:
    clock = stopped_at(NOW)
    transactions = Transactions(open_database(url, clock), clock)
    return Runner(transactions, Deliverer(transactions, None, {})), transactions


async def _look(transactions: Transactions, workspace: uuid.UUID, times: int = 1) -> None:
    for _ in range(times):
        await transactions.read(workspace, lambda store, now: store.due_members(now))
        await transactions.write(workspace, lambda store, now: store.deliveries.claim(now, 0))
        await transactions.write(workspace, lambda store, _: store.recompute_due())
