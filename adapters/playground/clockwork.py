"""The clock at the top of the page: moves through every due instant, and keeps what happened at each."""

from __future__ import annotations

import datetime as dt
import uuid

from adapters.playground import journal
from adapters.playground.bell import Bell
from adapters.playground.journal import KEPT, Happening
from adapters.runner import ClockMover
from adapters.transactions import Transactions
from bot.people import Member

FARTHEST = dt.timedelta(days=92)
"""One move of the clock; farther takes minutes, as every step between is taken."""
FRIDAY = 4
END_OF_WEEK = dt.time(15, 30)
"""On Friday: half an hour after the weekly summaries."""


class ClockRefused(ValueError):
    """The clock cannot be moved there; the text says why."""


class Clockwork:
    """One move at a time, for everybody who looks at the page."""

    def __init__(
        self, transactions: Transactions, mover: ClockMover, workspace: uuid.UUID, bell: Bell
    ) -> None:
        self._transactions = transactions
        self._mover = mover
        self._workspace = workspace
        self._bell = bell
        self._target: dt.datetime | None = None
        self._mark = journal.Mark(0, 0)
        self.happened: tuple[Happening, ...] = ()
        """During the latest move, oldest first."""
        self._count = 0

    @property
    def moving_to(self) -> dt.datetime | None:
        """Where the clock is being moved at this moment."""
        return self._target

    async def move(self, me: Member, to: str) -> int:
        """Move to what `instant_of` understands. Gives the steps it took. Raises `ClockRefused`."""
        if self._target is not None:
            raise ClockRefused("The clock is moving already. Wait until it has arrived.")
        now = self._transactions.clock()
        target = instant_of(me, now, to)
        if target < now:
            raise ClockRefused("The clock moves forward only.")
        if target - now > FARTHEST:
            raise ClockRefused(f"At most {FARTHEST.days} days at a time: every day between is gone through.")
        self._target = target
        self.happened = ()
        try:
            self._mark = await self._transactions.read(self._workspace, lambda store, _: journal.mark(store))
            self._bell.ring()
            return await self._mover.move_to(self._workspace, target, self._stepped)
        finally:
            self._target = None
            self._bell.ring()

    def forget(self) -> None:
        """What happened has been read."""
        self.happened = ()
        self._bell.ring()

    async def _stepped(self) -> None:
        before, number = self._mark, self._count + 1
        now_at, new = await self._transactions.read(
            self._workspace,
            lambda store, now: (journal.mark(store), journal.since(store, now, before, number)),
        )
        self._mark = now_at
        self._count += len(new)
        self.happened = (*self.happened, *new)[-KEPT:]
        self._bell.ring()


def instant_of(member: Member, now: dt.datetime, to: str) -> dt.datetime:
    """What "+1h", "+1d", "next-0930", "friday" or an ISO 8601 instant means here. Raises `ClockRefused`."""
    calendar = member.calendar
    match to:
        case "+1h":
            return now + dt.timedelta(hours=1)
        case "+1d":
            # A day later on the member's clock, also where clocks are changed in between.
            return (calendar.local(now) + dt.timedelta(days=1)).astimezone(dt.UTC)
        case "next-0930":
            return next(calendar.slots_after(now, member.digest_at)).astimezone(dt.UTC)
        case "friday":
            return _end_of_week(member, now)
        case _:
            return _instant(member, now, to)


def _end_of_week(member: Member, now: dt.datetime) -> dt.datetime:
    calendar = member.calendar
    today = calendar.today(now)
    friday = today + dt.timedelta(days=(FRIDAY - today.weekday()) % 7)
    this = calendar.instant(friday, END_OF_WEEK)
    return this if this > now else calendar.instant(friday + dt.timedelta(days=7), END_OF_WEEK)


def _instant(member: Member, now: dt.datetime, to: str) -> dt.datetime:
    """ISO 8601; without an offset it is the member's own time."""
    try:
        instant = dt.datetime.fromisoformat(to)
    except ValueError:
        raise ClockRefused(
            "The clock moves by +1h or +1d, to next-0930 or friday, or to an instant as "
            "2026-11-24T09:30-05:00."
        ) from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=member.calendar.local(now).tzinfo)
    return instant.astimezone(dt.UTC)
