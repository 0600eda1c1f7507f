"""Hands over what is due: letters to the mail server, the rest to the chats. Never twice, never lost.

Each delivery is claimed in one transaction, handed over with none open, and settled in another. Claims are
renewed while they last; who has lost one cannot write its outcome.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import assert_never

import structlog

from adapters.letter_delivery import HOURLY_UNTIL, LetterDelivery
from adapters.pictures import Pictures
from adapters.summary_delivery import SummaryDelivery
from adapters.surface_delivery import SurfaceDelivery
from adapters.transactions import Transactions
from bot.changes import Overtaken
from bot.mail import Mailer, MailError
from bot.ports import Chat
from storage.claiming import Claimed
from storage.store import SqlStore
from storage.tables import DeliveryKind

log = structlog.get_logger()

AT_ONCE = 20
"""Deliveries in flight in one process."""
RENEW_EVERY_S = 30.0
GRACE_S = 10.0
"""How long a letter that is being handed over may take once the process is told to stop."""
SOON_S = 2.0
"""What is due later than so many seconds from now is found by the clock's own looks."""
TICK_S = 0.002
"""The database's clock counts in milliseconds."""
FAULT_WAIT = dt.timedelta(minutes=5)


class Deliverer:
    """One process's share of the work; any number of them may run on one database."""

    def __init__(
        self,
        transactions: Transactions,
        mailer: Mailer | None,
        chats: Mapping[str, Chat],
        pictures: Pictures | None = None,
    ) -> None:
        self._transactions = transactions
        self._mailer = mailer
        self._letters = LetterDelivery(transactions, mailer)
        self._surfaces = SurfaceDelivery(transactions, chats)
        self._summaries = SummaryDelivery(transactions, chats, pictures or Pictures())
        self._running: dict[asyncio.Task[None], Claimed] = {}
        self._claims: dict[uuid.UUID, uuid.UUID] = {}
        self._more: set[uuid.UUID] = set()
        """Workspaces with more than there was room for: whoever finishes looks again."""
        self._wakes: dict[uuid.UUID, asyncio.TimerHandle] = {}
        self._looking: set[asyncio.Task[int]] = set()
        self._stopping = False

    @property
    def in_flight(self) -> tuple[Claimed, ...]:
        return tuple(self._running.values())

    async def start_due(self, workspace: uuid.UUID) -> int:
        """Claim what is due and hand it over in the background; how many were claimed."""
        room = AT_ONCE - len(self._running)
        if self._stopping:
            return 0
        if room <= 0:
            self._more.add(workspace)
            return 0
        claimed, wait = await self._transactions.write(workspace, _claiming(room))
        if any(one.kind is DeliveryKind.LETTER for one in claimed) or len(claimed) == room:
            self._more.add(workspace)
        elif len(self._running) <= 1:
            self._more.discard(workspace)
        self._look_again(workspace, wait)
        for one in claimed:
            task = asyncio.create_task(self._deliver(workspace, one))
            self._running[task] = one
            self._claims[one.id] = workspace
            task.add_done_callback(self._done)
        return len(claimed)

    def _look_again(self, workspace: uuid.UUID, wait_s: float | None) -> None:
        """As soon as a lane lets the next one out, not a whole look of the clock later."""
        if (before := self._wakes.pop(workspace, None)) is not None:
            before.cancel()
        if wait_s is not None and wait_s < SOON_S and not self._stopping:
            loop = asyncio.get_running_loop()
            self._wakes[workspace] = loop.call_later(wait_s + TICK_S, self._wake, workspace)

    def _wake(self, workspace: uuid.UUID) -> None:
        self._wakes.pop(workspace, None)
        looking = asyncio.create_task(self.start_due(workspace))
        self._looking.add(looking)
        looking.add_done_callback(self._looked)

    def _looked(self, task: asyncio.Task[int]) -> None:
        self._looking.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("look_failed", error=type(error).__name__, exc_info=error)

    def _done(self, task: asyncio.Task[None]) -> None:
        claimed = self._running.pop(task)
        self._claims.pop(claimed.id, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("delivery_crashed", delivery=str(claimed.id), kind=claimed.kind, exc_info=error)

    async def drain(self, workspace: uuid.UUID, patience_s: float = 30.0) -> None:
        """Deliver everything that is due now, and wait until it is settled."""
        end = asyncio.get_running_loop().time() + patience_s
        while asyncio.get_running_loop().time() < end:
            claimed = await self.start_due(workspace)
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            elif not claimed:
                waiting = await self._transactions.read(
                    workspace, lambda store, now: store.deliveries.due_count(now)
                )
                if not waiting:
                    return
                await asyncio.sleep(0.05)  # a lane's gap, on the real clock

    async def renew(self) -> None:
        """Keep what we are still handing over ours."""
        for claimed in self.in_flight:
            workspace = self._claims.get(claimed.id)
            if workspace is not None:
                await self._transactions.write(workspace, _renewing(claimed))

    async def stop(self) -> tuple[Claimed, ...]:
        """Take nothing new, let letters that are being handed over finish; what was left in flight."""
        self._stopping = True
        for wake in self._wakes.values():
            wake.cancel()
        if self._looking:
            await asyncio.wait(self._looking, timeout=GRACE_S)
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE_S)
        left = self.in_flight
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=1.0)
        if self._mailer is not None:
            with contextlib.suppress(MailError, OSError):
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
            bound.exception("delivery_failed", error=type(error).__name__)
            if claimed.kind is DeliveryKind.LETTER and claimed.attempts >= HOURLY_UNTIL:
                await self._letters.give_up(workspace, claimed)
            else:
                await self._transactions.write(workspace, _putting_off(claimed, type(error).__name__))
        if self._more:
            await self.start_due(workspace if workspace in self._more else next(iter(self._more)))


def _claiming(room: int) -> Callable[[SqlStore, dt.datetime], tuple[list[Claimed], float | None]]:
    return lambda store, now: (store.deliveries.claim(now, room), store.deliveries.free_in(now))


def _renewing(claimed: Claimed) -> Callable[[SqlStore, dt.datetime], bool]:
    return lambda store, _: store.deliveries.renew(claimed)


def _putting_off(claimed: Claimed, problem: str) -> Callable[[SqlStore, dt.datetime], bool]:
    return lambda store, now: store.deliveries.later(claimed, now + FAULT_WAIT, problem)
