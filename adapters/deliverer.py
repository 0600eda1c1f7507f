"""Hands over what is due: letters to the mail server, surfaces to the chat. Never twice, never lost.

Each delivery is claimed in one transaction, handed over with none open, and settled in another. Claims are
renewed while they last; who has lost one cannot write its outcome.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Mapping

import structlog

from adapters.letter_delivery import HOURLY_UNTIL, LetterDelivery
from adapters.surface_delivery import SurfaceDelivery
from adapters.transactions import Transactions
from bot.changes import Overtaken
from bot.mail import Mailer, MailError
from bot.ports import Chat
from storage.deliveries import Claimed
from storage.store import SqlStore
from storage.tables import DeliveryKind

log = structlog.get_logger()

AT_ONCE = 20
"""Deliveries in flight in one process."""
RENEW_EVERY_S = 30.0
GRACE_S = 10.0
"""How long a letter that is being handed over may take once the process is told to stop."""
FAULT_WAIT = dt.timedelta(minutes=5)


class Deliverer:
    """One process's share of the work; any number of them may run on one database."""

    def __init__(self, transactions: Transactions, mailer: Mailer | None, chats: Mapping[str, Chat]) -> None:
        self._transactions = transactions
        self._mailer = mailer
        self._letters = LetterDelivery(transactions, mailer)
        self._surfaces = SurfaceDelivery(transactions, chats)
        self._running: dict[asyncio.Task[None], Claimed] = {}
        self._claims: dict[uuid.UUID, uuid.UUID] = {}
        self._more: set[uuid.UUID] = set()
        """Workspaces with more than their lanes allowed at once: whoever finishes looks again."""
        self._stopping = False

    @property
    def in_flight(self) -> tuple[Claimed, ...]:
        return tuple(self._running.values())

    async def start_due(self, workspace: uuid.UUID) -> int:
        """Claim what is due and hand it over in the background; how many were claimed."""
        room = AT_ONCE - len(self._running)
        if self._stopping or room <= 0:
            return 0
        claimed = await self._transactions.write(
            workspace, lambda store, now: store.deliveries.claim(now, room)
        )
        if claimed:
            self._more.add(workspace)
        elif len(self._running) <= 1:
            self._more.discard(workspace)
        for one in claimed:
            task = asyncio.create_task(self._deliver(workspace, one))
            self._running[task] = one
            self._claims[one.id] = workspace
            task.add_done_callback(self._done)
        return len(claimed)

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
        bound = log.bind(delivery=str(claimed.id), kind=claimed.kind.value, subject=str(claimed.subject_id))
        try:
            if claimed.kind is DeliveryKind.LETTER:
                await self._letters.deliver(workspace, claimed)
            else:
                await self._surfaces.deliver(workspace, claimed)
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
        if workspace in self._more:
            await self.start_due(workspace)


def _renewing(claimed: Claimed) -> Callable[[SqlStore, dt.datetime], bool]:
    return lambda store, _: store.deliveries.renew(claimed)


def _putting_off(claimed: Claimed, problem: str) -> Callable[[SqlStore, dt.datetime], bool]:
    return lambda store, now: store.deliveries.later(claimed, now + FAULT_WAIT, problem)
