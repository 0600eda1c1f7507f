"""Deliveries: who takes one, how long it is theirs, and what became of it.

Everything here happens inside one transaction of one workspace (`store.deliveries`). The times at which
something may go out are product time, given as `now`; leases and the gaps of lanes are on the database's
clock. Whoever lost the lease of a claim cannot write: every outcome names the claim's token and gives False,
with nothing written, where another process holds the delivery now.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from storage.budgets import Budget
from storage.claiming import Claimed, Claiming
from storage.columns import database_now
from storage.inserts import insert_or_update
from storage.tables import DeliveryKind, DeliveryState, deliveries, lanes, surfaces
from storage.transaction import AT_ONCE

LEASE_S = 90.0
"""Renew well before: every 30 seconds."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery as an operator sees it."""

    id: uuid.UUID
    kind: DeliveryKind
    subject_id: uuid.UUID
    lane: str
    state: DeliveryState
    not_before: dt.datetime
    attempts: int
    problem: str
    created_at: dt.datetime


_IS_OURS = (
    deliveries.c.workspace_id == sa.bindparam("b_workspace"),
    deliveries.c.id == sa.bindparam("b_id"),
    deliveries.c.state == DeliveryState.CLAIMED,
    deliveries.c.claim_token == sa.bindparam("b_token"),
)
_DROP = sa.delete(deliveries).where(*_IS_OURS)
_OURS = sa.update(deliveries).where(*_IS_OURS)
_IS_SURFACE = (
    surfaces.c.workspace_id == sa.bindparam("b_workspace"),
    surfaces.c.id == sa.bindparam("b_surface"),
)
_REVISION = sa.select(surfaces.c.revision).where(*_IS_SURFACE).with_for_update()
_SHOWN = sa.update(surfaces).where(*_IS_SURFACE)


class Deliveries:
    """The deliveries of one workspace, inside one transaction."""

    def __init__(
        self,
        conn: sa.Connection,
        workspace: uuid.UUID,
        paused: Callable[[], bool],
        want: Callable[[dt.datetime], None],
    ) -> None:
        """`paused`: whether letters are; `want`: asks that the workspace is looked at by an instant."""
        self._conn = conn
        self._workspace = workspace
        self._paused = paused
        self._want = want

    def lane(self, name: str, min_gap_s: float, max_in_flight: int) -> None:
        """Make a lane, or set its limits: seconds between two deliveries, and how many at a time."""
        values = {"name": name, "min_gap_s": min_gap_s, "max_in_flight": max_in_flight}
        row = {"workspace_id": self._workspace, **values}
        insert_or_update(self._conn, lanes, ("workspace_id", "name"), [row])

    def lane_wait(self, lane: str, seconds: float) -> None:
        """Nothing more in this lane for so long (a Retry-After); its deliveries keep their own times."""
        until = database_now(seconds)
        self._conn.execute(
            sa.update(lanes)
            .where(
                lanes.c.workspace_id == self._workspace,
                lanes.c.name == lane,
                sa.or_(lanes.c.free_at.is_(None), lanes.c.free_at < until),
            )
            .values(free_at=until)
        )

    # -- taking -------------------------------------------------------------------------------------------

    def claim(self, now: dt.datetime, limit: int, lease_s: float = LEASE_S) -> list[Claimed]:
        """Take at most `limit` deliveries that may go out now, no more than their lanes allow.

        Commit, then deliver, then write the outcome in another transaction.
        """
        return Claiming(self._conn, self._workspace).claim(now, limit, lease_s, paused=self._paused())

    def take(self, surface: uuid.UUID, lane: str, lease_s: float = LEASE_S) -> Claimed | None:
        """The delivery of this surface, for a chat that shows it in place at once.

        Made where none waits. None where another process is showing the surface at this moment: that one
        sees that the revision has moved.
        """
        return Claiming(self._conn, self._workspace).claim_surface(surface, lane, lease_s)

    def lets_out(self, lane: str, budget: Budget) -> bool:
        """Whether somebody who shows a surface at once may do it through this lane and budget now."""
        return Claiming(self._conn, self._workspace).lets_out(lane, budget)

    def free_in(self, now: dt.datetime) -> float | None:
        """Seconds until a lane or a budget lets out what is due and has to wait for it; None for nothing."""
        return Claiming(self._conn, self._workspace).free_in(now)

    def renew(self, claimed: Claimed, lease_s: float = LEASE_S) -> bool:
        """Ours for longer; False when it is another's by now: then stop."""
        return self._set(claimed, lease_until=database_now(lease_s))

    # -- outcomes -----------------------------------------------------------------------------------------

    def finish_surface(
        self, claimed: Claimed, revision_shown: int, address: Mapping[str, str] | None = None, chat: str = ""
    ) -> bool:
        """People see this revision of the message at `address`. One that came meanwhile is queued at once.

        Without an address it is where it was.
        """
        this = {"b_workspace": self._workspace, "b_surface": claimed.subject_id}
        # The surface first, then its delivery: in the order in which a change locks them.
        revision = self._conn.scalar(_REVISION, this)
        if revision is not None and revision > revision_shown:
            ours = self._ready(claimed, not_before=AT_ONCE, attempts=0, problem="")
            self._want(AT_ONCE)
        else:
            ours = self.drop(claimed)
        if ours:
            where = {} if address is None else {"address": dict(address), "chat": chat}
            self._conn.execute(_SHOWN, {**this, "shown": revision_shown, **where})
        return ours

    def finish_letter(self, claimed: Claimed) -> bool:
        """The letter is sent, failed or unknown: there is nothing left to deliver."""
        return self.drop(claimed)

    def later(self, claimed: Claimed, not_before: dt.datetime, problem: str, *, failed: bool = True) -> bool:
        """Again from `not_before` on. `problem` is for the operator and names nobody.

        `failed`: it was tried, which counts; else it only has to wait.
        """
        self._want(not_before)
        attempts = deliveries.c.attempts + (1 if failed else 0)
        return self._ready(claimed, not_before=not_before, problem=problem, attempts=attempts)

    def give_back(self, claimed: Claimed) -> bool:
        """Not tried (the process stops): as it was."""
        self._want(AT_ONCE)
        return self._ready(claimed)

    def drop(self, claimed: Claimed) -> bool:
        """Nothing to deliver any more: undone, cancelled, gone."""
        return bool(self._conn.execute(_DROP, self._ours(claimed)).rowcount)

    def waiting(self, limit: int) -> list[Waiting]:
        """What has not gone out, with the most failed attempts first."""
        names = [field.name for field in dataclasses.fields(Waiting)]
        query = (
            sa.select(*(deliveries.c[name] for name in names))
            .where(deliveries.c.workspace_id == self._workspace)
            .order_by(deliveries.c.attempts.desc(), deliveries.c.not_before, deliveries.c.id)
        )
        return [Waiting(**row) for row in self._conn.execute(query.limit(limit)).mappings()]

    def due_count(self, now: dt.datetime) -> int:
        """How many could go out by now if their lanes were free, those being handed over included."""
        own = deliveries.c
        query = sa.select(sa.func.count()).where(own.workspace_id == self._workspace, own.not_before <= now)
        if self._paused():
            query = query.where(own.kind != DeliveryKind.LETTER)
        return self._conn.scalar(query) or 0

    def _ready(self, claimed: Claimed, **values: Any) -> bool:
        return self._set(claimed, state=DeliveryState.READY, claim_token=None, lease_until=None, **values)

    def _set(self, claimed: Claimed, **values: Any) -> bool:
        changed = self._conn.execute(_OURS.values(values), self._ours(claimed))
        return bool(changed.rowcount)

    def _ours(self, claimed: Claimed) -> dict[str, Any]:
        return {"b_workspace": self._workspace, "b_id": claimed.id, "b_token": claimed.token}
