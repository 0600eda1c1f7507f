"""Hands over what is due: letters to the mail server, the rest to the chats. Never twice, never lost.

Each delivery is claimed in one transaction, handed over with none open, and settled in another. Claims are
renewed while they last; who has lost one cannot write its outcome.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import assert_never

import structlog

from adapters.failing import say_failed
from adapters.letter_delivery import HOURLY_UNTIL, LetterDelivery
from adapters.pictures import Pictures
from adapters.summary_delivery import SummaryDelivery
from adapters.surface_delivery import SurfaceDelivery
from adapters.transactions import Transactions
from bot.changes import Overtaken
from bot.mail import Mailer, MailError
from bot.ports import Chat
from storage.claiming import Claimed
from storage.deliveries import LEASE_S
from storage.store import SqlStore
from storage.tables import DeliveryKind
from storage.trouble import passes

log = structlog.get_logger()

AT_ONCE = 20
"""Deliveries in flight in one process, besides the slow ones."""
SLOW_S = 1.0
"""What takes longer waits for somebody's server, and keeps no place from what goes elsewhere."""
SLOW_ONES = 10
"""Yet no more than so many times `AT_ONCE` in all."""
GRACE_S = 7.0
"""How long what is being handed over may take once the process is told to stop; then it is cut off, and
`CUT_OFF_S` are left for writing that down. Together less than the ten seconds that Docker gives."""
CUT_OFF_S = 1.0
SOON_S = 2.0
"""What is due later than so many seconds from now is found by the clock's own looks."""
TICK_S = 0.002
"""The database's clock counts in milliseconds."""
FAULT_WAIT = dt.timedelta(minutes=5)
AWAY_WAIT = dt.timedelta(seconds=5)
"""The database was away before anything was handed over."""


@dataclasses.dataclass(frozen=True, slots=True)
class _InFlight:
    """`begun`: in seconds on the event loop's clock."""

    workspace: uuid.UUID
    claimed: Claimed
    begun: float


class Deliverer:
    """One process's share of the work; any number of them may run on one database."""

    def __init__(
        self,
        transactions: Transactions,
        mailer: Mailer | None,
        chats: Mapping[str, Chat],
        pictures: Pictures | None = None,
        *,
        lease_s: float = LEASE_S,
        at_once: int = AT_ONCE,
    ) -> None:
        """`lease_s`: how long a claim is ours; `renew` is to be called three times as often.

        `at_once`: at most so many deliveries are in flight, besides those that wait for a slow server.
        """
        self._at_once = at_once
        self.renew_every_s = lease_s / 3
        self._lease_s = lease_s
        self._transactions = transactions
        self._mailer = mailer
        self._letters = LetterDelivery(transactions, mailer)
        self._surfaces = SurfaceDelivery(transactions, chats)
        self._summaries = SummaryDelivery(transactions, chats, pictures or Pictures())
        self._running: dict[asyncio.Task[None], _InFlight] = {}
        """One delivery that was given back may be claimed again before its task ends."""
        self._more: set[uuid.UUID] = set()
        """Workspaces with more than there was room for: what ends has the next one looked at again."""
        self._wakes: dict[uuid.UUID, asyncio.TimerHandle] = {}
        self._looking: set[asyncio.Task[int]] = set()
        self._stopping = False

    @property
    def in_flight(self) -> tuple[Claimed, ...]:
        return tuple(it.claimed for it in self._running.values())

    async def start_due(self, workspace: uuid.UUID, *, look_again: bool = False) -> int:
        """Claim what is due and hand it over in the background; how many were claimed.

        `look_again`: and work out, in the same transaction, when the workspace must be looked at next.
        """
        if self._stopping:
            return 0
        room, until = self._room()
        if room <= 0:
            self._more.add(workspace)
            self._look_again(workspace, until)
            return 0
        claimed, more, wait = await self._transactions.write_briefly(
            workspace, _claiming(room, self._lease_s, look_again=look_again)
        )
        if self._told_to_stop():
            for one in claimed:
                await self._transactions.write_outcome(workspace, _giving_back(one))
            return 0
        letters = any(one.kind is DeliveryKind.LETTER for one in claimed) or self._has_letters(workspace)
        if more or letters:
            self._more.add(workspace)
        else:
            self._more.discard(workspace)
        # What was left behind gets a place when one of these ends, or has proved to be slow.
        waits = [wait, SLOW_S] if more else [wait]
        self._look_again(workspace, min((it for it in waits if it is not None), default=None))
        for one in claimed:
            task = asyncio.create_task(self._deliver(workspace, one))
            self._running[task] = _InFlight(workspace, one, asyncio.get_running_loop().time())
            task.add_done_callback(self._done)
        return len(claimed)

    def _has_letters(self, workspace: uuid.UUID) -> bool:
        """In flight: each that ends may let out another one."""
        letter = DeliveryKind.LETTER
        return any(it.workspace == workspace and it.claimed.kind is letter for it in self._running.values())

    def _room(self) -> tuple[int, float | None]:
        """For how many there is room now; where for none, in how many seconds one of them counts as slow."""
        now = asyncio.get_running_loop().time()
        slow_in = [left for it in self._running.values() if (left := it.begun + SLOW_S - now) > 0]
        room = min(self._at_once - len(slow_in), SLOW_ONES * self._at_once - len(self._running))
        return room, min(slow_in, default=None)

    def _told_to_stop(self) -> bool:
        """It may have come while something was awaited."""
        return self._stopping

    def _look_again(self, workspace: uuid.UUID, wait_s: float | None) -> None:
        """As soon as a lane lets the next one out, not a whole look of the clock later."""
        if (before := self._wakes.pop(workspace, None)) is not None:
            before.cancel()
        if wait_s is not None and wait_s < SOON_S and not self._stopping:
            loop = asyncio.get_running_loop()
            self._wakes[workspace] = loop.call_later(wait_s + TICK_S, self._wake, workspace)

    def _wake(self, workspace: uuid.UUID) -> None:
        looking = asyncio.create_task(self.start_due(workspace))
        self._looking.add(looking)
        looking.add_done_callback(self._looked)

    def _looked(self, task: asyncio.Task[int]) -> None:
        self._looking.discard(task)
        if not task.cancelled() and (error := task.exception()):
            say_failed("look_failed", error)

    def _done(self, task: asyncio.Task[None]) -> None:
        ended = self._running.pop(task)
        workspace, claimed = ended.workspace, ended.claimed
        if self._more and not self._stopping:
            next_one = workspace if workspace in self._more else next(iter(self._more))
            # Where several end at one moment, the next of them wakes another one.
            self._more.discard(next_one)
            self._wake(next_one)
        if not task.cancelled() and (error := task.exception()):
            say_failed("delivery_crashed", error, delivery=str(claimed.id), kind=claimed.kind.value)

    async def drain(self, workspace: uuid.UUID, patience_s: float = 30.0) -> None:
        """Deliver everything that is due now, and wait until it is settled."""
        end = asyncio.get_running_loop().time() + patience_s
        while asyncio.get_running_loop().time() < end:
            claimed = await self.start_due(workspace)
            if at_work := {*self._running, *self._looking}:
                await asyncio.wait(at_work)  # each that ends has the next ones claimed
            elif not claimed:
                waiting = await self._transactions.read(
                    workspace, lambda store, now: store.deliveries.due_count(now)
                )
                if not waiting:
                    return
                await asyncio.sleep(0.05)  # a lane's gap, on the real clock

    async def renew(self) -> None:
        """Keep what we are still handing over ours."""
        for it in tuple(self._running.values()):
            try:
                await self._transactions.write_briefly(it.workspace, _renewing(it.claimed, self._lease_s))
            except Exception as error:
                say_failed("claim_not_renewed", error, delivery=str(it.claimed.id))

    async def stop(self) -> tuple[Claimed, ...]:
        """Take nothing new, let what is being handed over finish; what was left in flight."""
        self._stopping = self._letters.stopping = True
        end = asyncio.get_running_loop().time() + GRACE_S
        for wake in self._wakes.values():
            wake.cancel()
        for waiting in (self._looking, self._running):
            if waiting:
                await asyncio.wait(waiting, timeout=max(0.0, end - asyncio.get_running_loop().time()))
        left = self.in_flight
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=CUT_OFF_S)
        if self._mailer is not None:
            # A server that does not answer to QUIT delays no stop.
            with contextlib.suppress(MailError, OSError):
                async with asyncio.timeout(CUT_OFF_S):
                    await self._mailer.close()
        return left

    async def _deliver(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        bound = log.bind(kind=claimed.kind.value, subject=str(claimed.subject_id))
        # This task's alone: whatever is logged on the way says for which delivery.
        structlog.contextvars.bind_contextvars(delivery=str(claimed.id))
        try:
            match claimed.kind:
                case DeliveryKind.LETTER:
                    await self._letters.deliver(workspace, claimed)
                case DeliveryKind.SURFACE:
                    await self._surfaces.deliver(workspace, claimed)
                case DeliveryKind.SUMMARY:
                    await self._summaries.deliver(workspace, claimed)
                case _:
                    assert_never(claimed.kind)
        except Overtaken:
            bound.warning("claim_lost")
        except asyncio.CancelledError:
            raise
        except Exception as error:
            say_failed("delivery_failed", error, bound)
            if claimed.kind is DeliveryKind.LETTER and claimed.attempts >= HOURLY_UNTIL:
                await self._letters.give_up(workspace, claimed)
            else:
                await self._transactions.write_outcome(
                    workspace, _putting_off(claimed, type(error).__name__, passing=passes(error))
                )


def _claiming(
    room: int, lease_s: float, *, look_again: bool
) -> Callable[[SqlStore, dt.datetime], tuple[list[Claimed], bool, float | None]]:
    def claim(store: SqlStore, now: dt.datetime) -> tuple[list[Claimed], bool, float | None]:
        claimed, more = store.deliveries.claim_some(now, room, lease_s)
        wait = store.deliveries.free_in(now)
        if look_again:
            store.recompute_due()
        return claimed, more, wait

    return claim


def _giving_back(claimed: Claimed) -> Callable[[SqlStore, dt.datetime], bool]:
    return lambda store, _: store.deliveries.give_back(claimed)


def _renewing(claimed: Claimed, lease_s: float) -> Callable[[SqlStore, dt.datetime], bool]:
    return lambda store, _: store.deliveries.renew(claimed, lease_s)


def _putting_off(claimed: Claimed, problem: str, *, passing: bool) -> Callable[[SqlStore, dt.datetime], bool]:
    wait = AWAY_WAIT if passing else FAULT_WAIT
    return lambda store, now: store.deliveries.later(claimed, now + wait, problem, failed=not passing)
