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

from bot.loops import LetterState
from storage import budgets
from storage.columns import database_now
from storage.inserts import insert_or_ignore, insert_or_update
from storage.tables import DeliveryKind, DeliveryState, deliveries, lanes, letters, surfaces
from storage.transaction import AT_ONCE

LEASE_S = 90.0
"""Renew well before: every 30 seconds."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that is ours until the lease ends. `attempts` counts the failed ones before.

    `letter` is the letter's state when it was claimed. SENDING means that the process which claimed it before
    died between DATA and the outcome: it must become unknown, never be sent.
    """

    id: uuid.UUID
    kind: DeliveryKind
    subject_id: uuid.UUID
    lane: str
    attempts: int
    token: uuid.UUID
    letter: LetterState | None = None


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

        Locks the lanes, skipping those that another process is claiming from, so that rate and order hold
        across processes. Commit, then deliver, then write the outcome in another transaction.
        """
        may = self._claimable(now)
        in_lane = sa.and_(
            deliveries.c.workspace_id == lanes.c.workspace_id, deliveries.c.lane == lanes.c.name
        )
        free = self._conn.execute(
            sa.select(lanes.c.name, lanes.c.min_gap_s, lanes.c.max_in_flight)
            .where(
                lanes.c.workspace_id == self._workspace,
                sa.or_(lanes.c.free_at.is_(None), lanes.c.free_at <= database_now()),
                sa.exists().where(in_lane, may),
            )
            .order_by(lanes.c.free_at.nulls_first(), lanes.c.name)
            .limit(limit)
            .with_for_update(of=lanes, skip_locked=True)
        ).all()
        if not free:
            return []
        room = self._room(
            {row[0]: 1 if row[1] > 0 else row[2] for row in free}, {row[0]: row[2] for row in free}
        )
        ids = budgets.spend(self._conn, self._workspace, self._next(room, may, limit))
        if not ids:
            return []
        taken = {one.id: one for one in self._take(sa.and_(deliveries.c.id.in_(ids), may), lease_s)}
        claimed = [taken[it] for it in ids if it in taken]
        for lane, gap, _ in free:
            if gap > 0 and any(it.lane == lane for it in claimed):
                self.lane_wait(lane, gap)
        return claimed

    def take(self, surface: uuid.UUID, lane: str, lease_s: float = LEASE_S) -> Claimed | None:
        """The delivery of this surface, for a chat that shows it in place at once.

        Made where none waits. None where another process is showing the surface at this moment: that one
        sees that the revision has moved.
        """
        this = sa.and_(deliveries.c.subject_id == surface, deliveries.c.state == DeliveryState.READY)
        found = self._take(this, lease_s)
        if not found:
            made = {
                "workspace_id": self._workspace, "id": uuid.uuid4(), "kind": DeliveryKind.SURFACE,
                "subject_id": surface, "lane": lane, "state": DeliveryState.READY, "not_before": AT_ONCE,
                "attempts": 0, "problem": "", "created_at": AT_ONCE,
            }  # fmt: skip
            if insert_or_ignore(self._conn, deliveries, [made]):
                found = self._take(this, lease_s)
        return next(iter(found), None)

    def _claimable(self, now: dt.datetime) -> sa.ColumnElement[bool]:
        own = deliveries.c
        ready = sa.and_(own.state == DeliveryState.READY, own.not_before <= now)
        left = sa.and_(own.state == DeliveryState.CLAIMED, own.lease_until <= database_now())
        may = sa.or_(ready, left)
        if not self._paused():
            return may
        half_sent = sa.exists().where(
            letters.c.workspace_id == own.workspace_id,
            letters.c.id == own.subject_id,
            letters.c.state == LetterState.SENDING,
        )
        return sa.and_(may, sa.or_(own.kind != DeliveryKind.LETTER, half_sent))

    def _room(self, at_once: Mapping[str, int], most: Mapping[str, int]) -> dict[str, int]:
        """How many may be taken from each lane.

        One where there is a gap to keep, and what is in flight counts.
        """
        busy = self._conn.execute(
            sa.select(deliveries.c.lane, sa.func.count())
            .where(
                deliveries.c.workspace_id == self._workspace,
                deliveries.c.lane.in_(list(most)),
                deliveries.c.state == DeliveryState.CLAIMED,
                deliveries.c.lease_until > database_now(),
            )
            .group_by(deliveries.c.lane)
        )
        in_flight = {row[0]: row[1] for row in busy}
        return {lane: min(at_once[lane], most[lane] - in_flight.get(lane, 0)) for lane in most}

    def _next(
        self, room: dict[str, int], may: sa.ColumnElement[bool], limit: int
    ) -> list[tuple[uuid.UUID, budgets.Budget | None]]:
        """The oldest of each lane first, then the second of each, so that a long lane starves no other."""
        lanes_ = [lane for lane, free in room.items() if free > 0]
        if not lanes_:
            return []
        own = deliveries.c
        rank = (
            sa.func.row_number()
            .over(partition_by=own.lane, order_by=(own.not_before, own.created_at, own.id))
            .label("rank")
        )
        ranked = (
            sa.select(own.id, own.lane, own.subject_id, rank)
            .where(own.workspace_id == self._workspace, own.lane.in_(lanes_), may)
            .subquery()
        )
        of_surface = sa.and_(surfaces.c.workspace_id == self._workspace, surfaces.c.id == ranked.c.subject_id)
        found = self._conn.execute(
            sa.select(ranked.c.id, ranked.c.lane, ranked.c.rank, budgets.SPENT_BY)
            .join(surfaces, of_surface, isouter=True)
            .where(ranked.c.rank <= max(room.values()))
            .order_by(ranked.c.rank, ranked.c.lane)
        )
        return [(row[0], row[3]) for row in found if row[2] <= room[row[1]]][:limit]

    def free_in(self, now: dt.datetime) -> float | None:
        """Seconds until a lane or a budget lets out what is due and has to wait for it; None for nothing."""
        ready = sa.and_(
            deliveries.c.state == DeliveryState.READY,
            deliveries.c.not_before <= now,
            deliveries.c.workspace_id == lanes.c.workspace_id,
        )
        waits = sa.or_(
            sa.exists().where(ready, deliveries.c.lane == lanes.c.name),
            sa.and_(
                lanes.c.name.in_(list(budgets.Budget)),
                sa.exists().where(ready, deliveries.c.kind == DeliveryKind.SURFACE),
            ),
        )
        rows = self._conn.execute(
            sa.select(
                lanes.c.name, lanes.c.min_gap_s, lanes.c.max_in_flight, lanes.c.free_at, database_now()
            ).where(lanes.c.workspace_id == self._workspace, lanes.c.free_at > database_now(), waits)
        ).all()
        seconds = []
        for name, gap, most, free_at, clock in rows:
            wait = (free_at - clock).total_seconds()
            if name in set(budgets.Budget):
                wait -= (most - 1) * gap
            seconds.append(wait)
        later = [wait for wait in seconds if wait > 0]
        return min(later, default=None)

    def _take(self, which: sa.ColumnElement[bool], lease_s: float) -> list[Claimed]:
        """Ours from now on, in no order."""
        token = uuid.uuid4()
        own = deliveries.c
        taken = self._conn.execute(
            sa.update(deliveries)
            .where(own.workspace_id == self._workspace, which)
            .values(state=DeliveryState.CLAIMED, claim_token=token, lease_until=database_now(lease_s))
            .returning(own.id, own.kind, own.subject_id, own.lane, own.attempts)
        ).all()
        mail = [row[2] for row in taken if row[1] is DeliveryKind.LETTER]
        states: dict[uuid.UUID, LetterState] = {}
        if mail:
            query = sa.select(letters.c.id, letters.c.state).where(
                letters.c.workspace_id == self._workspace, letters.c.id.in_(mail)
            )
            states = {row[0]: row[1] for row in self._conn.execute(query)}
        return [
            Claimed(
                id=row[0], kind=row[1], subject_id=row[2], lane=row[3], attempts=row[4], token=token,
                letter=states.get(row[2]),
            )
            for row in taken
        ]  # fmt: skip

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
        this = (surfaces.c.workspace_id == self._workspace, surfaces.c.id == claimed.subject_id)
        # The surface first, then its delivery: in the order in which a change locks them.
        revision = self._conn.scalar(sa.select(surfaces.c.revision).where(*this).with_for_update())
        if revision is not None and revision > revision_shown:
            ours = self._ready(claimed, not_before=AT_ONCE, attempts=0, problem="")
            self._want(AT_ONCE)
        else:
            ours = self.drop(claimed)
        if ours:
            where = {} if address is None else {"address": dict(address), "chat": chat}
            self._conn.execute(sa.update(surfaces).where(*this).values(shown=revision_shown, **where))
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
        return bool(self._conn.execute(sa.delete(deliveries).where(*self._ours(claimed))).rowcount)

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
        changed = self._conn.execute(sa.update(deliveries).where(*self._ours(claimed)).values(values))
        return bool(changed.rowcount)

    def _ours(self, claimed: Claimed) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            deliveries.c.workspace_id == self._workspace,
            deliveries.c.id == claimed.id,
            deliveries.c.state == DeliveryState.CLAIMED,
            deliveries.c.claim_token == claimed.token,
        )
