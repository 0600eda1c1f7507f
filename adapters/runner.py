"""Keeps the bot running: the clock's ticks, the deliveries, the renewing of claims, a stop in good order.

APScheduler is only the clock: its jobs write rows, they never send. What was missed while the machine slept
is found by looking at what is due, and unique keys make it happen once.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
import uuid
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from adapters.deliverer import CUT_OFF_S, GRACE_S, Deliverer
from adapters.failing import say_failed
from adapters.listener import Listener
from adapters.stepping import follow
from adapters.transactions import Clock, Transactions
from bot import service
from bot.calendar import data_version
from storage.claiming import Claimed
from storage.store import SqlStore
from storage.trouble import named, passes

EVERY_S = 1
TIDY_EVERY_S = 3600
REPEATED_WITHIN = dt.timedelta(days=1)
"""Slack sends an event again within the hour, and a signature holds for five minutes."""
ROUNDS = 50
"""A tick makes others due (a manager's rung fills the recruiter's list): so often in one look at most."""


class Runner:
    """The clock and the deliverer of one process, over every workspace of its database."""

    def __init__(self, transactions: Transactions, deliverer: Deliverer) -> None:
        self._transactions = transactions
        self._deliverer = deliverer
        self._scheduler: AsyncIOScheduler | None = None
        self._busy = asyncio.Lock()
        self._stopping = False
        self._listener: Listener | None = None
        self._woken: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self.trouble = ""
        """What the database refused in the last look; empty where all went well."""
        self._refused = ""
        self.looked: Callable[[float], None] = lambda _: None
        """Told how many seconds each look took."""
        self._looked_at = time.monotonic()

    def silent_s(self) -> float:
        """Seconds since a look last ended or got on; zero where the clock was not started."""
        return time.monotonic() - self._looked_at if self._scheduler else 0.0

    def start(self) -> None:
        scheduler = AsyncIOScheduler(timezone=dt.UTC)
        options = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        scheduler.add_job(
            self.look, "interval", seconds=EVERY_S, next_run_time=dt.datetime.now(dt.UTC), **options
        )
        scheduler.add_job(self._deliverer.renew, "interval", seconds=self._deliverer.renew_every_s, **options)
        scheduler.add_job(self.tidy, "interval", seconds=TIDY_EVERY_S, **options)
        scheduler.start()
        self._scheduler = scheduler
        self._following = asyncio.create_task(follow(scheduler))
        if self._transactions.database.hints:
            self._listener = Listener(self._transactions.database, self._wake)
            self._listener.start()

    def _wake(self) -> None:
        """Another process, or this one, has written something that is due now."""
        if not self._stopping and (self._woken is None or self._woken.done()):
            self._woken = asyncio.create_task(self.look())

    async def tidy(self) -> None:
        """Forget what no chat repeats any more; open lanes that a clock has shut for too long."""
        try:
            await self._tidy()
        except Exception as error:
            say_failed("tidy_failed", error)

    async def _tidy(self) -> None:
        for workspace in await self._transactions.look(self._transactions.database.workspaces):
            await self._transactions.write(workspace, _tidying)

    async def look(self) -> None:
        """Look once at every workspace in which something is due: tick its members, start its deliveries."""
        if self._busy.locked():
            return
        async with self._busy:
            begun = time.monotonic()
            now = self._transactions.clock()
            self._refused = ""
            try:
                due = await self._transactions.look(lambda: self._transactions.database.due_at(now))
            except Exception as error:
                self._failed("look_failed", error)
                self.trouble = self._refused
                return
            for workspace, _ in due:
                if self._stopping:
                    return
                self._looked_at = time.monotonic()
                try:
                    await self.tick(workspace)
                    await self._deliverer.start_due(workspace, look_again=True)
                except Exception as error:
                    self._failed("look_failed", error, workspace=str(workspace))
            self.trouble = self._refused
            self._looked_at = time.monotonic()
            self.looked(self._looked_at - begun)

    def _failed(self, event: str, error: Exception, **ids: str) -> None:
        say_failed(event, error, **ids)
        if passes(error):
            self._refused = named(error)

    async def tick(self, workspace: uuid.UUID) -> None:
        """All that is due now, one transaction a member. Owners first: their rungs fill others' lists.

        Then one transaction for each team channel whose week is over.
        """
        failed: set[uuid.UUID] = set()
        channels: tuple[uuid.UUID, ...] = ()
        for _ in range(ROUNDS):
            due, channels = await self._transactions.read(workspace, _due)
            members = [member for member in due if member not in failed]
            if not members:
                break
            for member in members:
                if self._stopping:
                    return
                self._looked_at = time.monotonic()
                try:
                    await self._transactions.write(workspace, _ticking(member))
                except Exception as error:
                    # One member's trouble must not keep the others waiting, nor any letter.
                    failed.add(member)
                    self._failed("tick_failed", error, member=str(member))
        for channel in channels:
            if self._stopping:
                return
            self._looked_at = time.monotonic()
            try:
                await self._summarise(workspace, channel)
            except Exception as error:
                self._failed("summary_failed", error, channel=str(channel))

    async def _summarise(self, workspace: uuid.UUID, channel: uuid.UUID) -> None:
        """Counted while others may write, then kept."""
        week = await self._transactions.read(
            workspace, lambda store, now: service.count_week(store, now, channel)
        )
        if week is not None:
            await self._transactions.write(
                workspace, lambda store, now: service.summarise(store, now, channel, week)
            )

    async def settle(self, workspace: uuid.UUID) -> None:
        """Everything that is due now is done when this returns."""
        async with self._busy:
            await self.tick(workspace)
            await self._deliverer.drain(workspace)
            await self.tick(workspace)
            await self._deliverer.drain(workspace)
            await self._transactions.write(workspace, lambda store, _: store.recompute_due())

    async def stop(self) -> tuple[Claimed, ...]:
        """No more ticks; deliveries in flight may finish. What was left."""
        self._stopping = True
        if self._listener is not None:
            self._listener.stop()
        if self._scheduler is not None:
            self._scheduler.pause()
        end = asyncio.get_running_loop().time() + GRACE_S
        left = await self._deliverer.stop()
        # A look that has begun ends soon and claims nothing more; cut off, it could leave a claim behind.
        with contextlib.suppress(TimeoutError):
            now = asyncio.get_running_loop().time()
            async with asyncio.timeout_at(max(end, now + CUT_OFF_S)), self._busy:
                pass
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        if self._following is not None:
            self._following.cancel()
        return left


def _tidying(store: SqlStore, _: dt.datetime) -> None:
    store.forget_heard(dt.datetime.now(dt.UTC) - REPEATED_WITHIN)
    store.deliveries.open_lanes()


def _due(store: SqlStore, now: dt.datetime) -> tuple[tuple[uuid.UUID, ...], tuple[uuid.UUID, ...]]:
    """Members and team channels."""
    return store.due_members(now), store.due_channels(now)


def _ticking(member: uuid.UUID) -> Callable[[SqlStore, dt.datetime], None]:
    return lambda store, now: service.tick(store, now, member)


class ClockMover:
    """Moves a demo's clock: through every due instant in order, so that the ladder is seen to climb.

    Only the product's time moves. Leases and the gaps of lanes stay on the real clock.
    """

    def __init__(
        self,
        transactions: Transactions,
        runner: Runner,
        clock: Clock,
        *,
        moved: Callable[[], None] | None = None,
    ) -> None:
        """`moved` is called, where databases are written to, before anything is done at the new time."""
        self._transactions = transactions
        self._runner = runner
        self._clock = clock
        self._moved = moved
        self._moving = asyncio.Lock()

    async def move_to(
        self, workspace: uuid.UUID, target: dt.datetime, stepped: Callable[[], Awaitable[None]] | None = None
    ) -> int:
        """Step to `target`, delivering at each step; how many steps. Raises `ValueError` for the past.

        `stepped` is awaited after each of them.
        """
        async with self._moving:
            if target < self._clock():
                raise ValueError("The clock moves forward only.")
            steps = 0
            await self._runner.settle(workspace)
            while True:
                now = self._clock()
                following = await self._transactions.read(
                    workspace, lambda store, now: store.next_instant(now)
                )
                last = following is None or following >= target
                await self._set(workspace, max(now, target if last or following is None else following))
                await self._runner.settle(workspace)
                steps += 1
                if stepped is not None:
                    await stepped()
                if last:
                    return steps

    async def _set(self, workspace: uuid.UUID, now: dt.datetime) -> None:
        offset = now - dt.datetime.now(dt.UTC)

        def keep(store: SqlStore, _: dt.datetime) -> None:
            store.set_clock_offset(offset.total_seconds())

        await self._transactions.write(workspace, keep)
        self._clock.offset = offset
        if self._moved is not None:
            await self._transactions.hop(self._moved)


def refresh_looks(transactions: Transactions, workspace: uuid.UUID) -> int:
    """After a change of the time-zone or holiday data: every open loop is looked at again. How many."""
    version = data_version()

    def stale(store: SqlStore, now: dt.datetime) -> int:
        if store.data_version() == version:
            return 0
        changed = store.look_at_all(now)
        store.set_data_version(version)
        return changed

    return transactions.write_here(workspace, stale)
