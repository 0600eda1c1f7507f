"""A promise: "you will hear by DATE". A local date with a zone; the instant is derived when asked."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import uuid
import zoneinfo

DUE_TIME = dt.time(17, 0)
"""A promise is due at this wall time in the candidate's zone."""


class Basis(enum.StrEnum):
    """Where the date comes from. An assumed one is never quoted to the candidate nor counted."""

    STATED = "stated"
    LETTER = "letter"
    ASSUMED = "assumed"


class PromiseState(enum.StrEnum):
    CURRENT = "current"
    KEPT = "kept"
    BROKEN = "broken"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`date` is a day in `zone` (the candidate's); `made_at` is when it was given."""

    id: uuid.UUID
    date: dt.date
    zone: str
    basis: Basis
    made_at: dt.datetime
    state: PromiseState = PromiseState.CURRENT
    settled_at: dt.datetime | None = None

    @property
    def due(self) -> dt.datetime:
        """17:00 on that day in the candidate's zone, as an instant in UTC."""
        return due_instant(self.date, self.zone)

    @property
    def quotable(self) -> bool:
        return self.basis is not Basis.ASSUMED

    def settled(self, told_at: dt.datetime) -> Promise:
        """Kept when the candidate was told by the due instant, else broken."""
        state = PromiseState.KEPT if told_at <= self.due else PromiseState.BROKEN
        return dataclasses.replace(self, state=state, settled_at=told_at)

    def never_kept(self, now: dt.datetime) -> Promise:
        """Broken: the loop was closed and the candidate never told."""
        return dataclasses.replace(self, state=PromiseState.BROKEN, settled_at=now)


@functools.lru_cache(maxsize=4096)
def due_instant(day: dt.date, zone: str) -> dt.datetime:
    """The due instant of a promise, in UTC.

    Where the wall time is repeated or skipped by a change of clocks, the reading before the change
    counts (PEP 495, fold=0).
    """
    local = dt.datetime.combine(day, DUE_TIME, tzinfo=zoneinfo.ZoneInfo(zone))
    return local.astimezone(dt.UTC)
