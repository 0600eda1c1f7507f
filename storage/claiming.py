"""Who takes which delivery: the statements of a claim, each worked out once.

A claim names one workspace and locks the lanes it takes from, skipping those that another process is claiming
from, so that rate and order hold across processes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Mapping, Sequence, Set
from typing import Any

import sqlalchemy as sa

from bot.loops import LetterState
from storage import budgets
from storage.columns import DatabaseNow, UtcDateTime, database_now
from storage.inserts import insert_or_ignore
from storage.tables import DeliveryKind, DeliveryState, deliveries, lanes, letters, surfaces
from storage.transaction import AT_ONCE


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that is ours until the lease ends. `attempts` counts the failed ones before.

    `letter` is the letter's state when it was claimed. SENDING means that the process which claimed it before
    died between DATA and the outcome: it must become unknown, never be sent. `gap_s` is its lane's.
    """

    id: uuid.UUID
    kind: DeliveryKind
    subject_id: uuid.UUID
    lane: str
    attempts: int
    token: uuid.UUID
    letter: LetterState | None = None
    gap_s: float = 0.0


_own = deliveries.c
_WORKSPACE: sa.BindParameter[uuid.UUID] = sa.bindparam("b_workspace")
_NOW = sa.bindparam("b_now", type_=UtcDateTime())
_CLOCK = database_now()
_IN_LANE = sa.and_(_own.workspace_id == lanes.c.workspace_id, _own.lane == lanes.c.name)


@functools.cache
def _may(paused: bool) -> sa.ColumnElement[bool]:
    """What may go out by now; of letters, while they are paused, only those that are half out already."""
    ready = sa.and_(_own.state == DeliveryState.READY, _own.not_before <= _NOW)
    left = sa.and_(_own.state == DeliveryState.CLAIMED, _own.lease_until <= _CLOCK)
    may = sa.or_(ready, left)
    if not paused:
        return may
    half_sent = sa.exists().where(
        letters.c.workspace_id == _own.workspace_id,
        letters.c.id == _own.subject_id,
        letters.c.state == LetterState.SENDING,
    )
    return sa.and_(may, sa.or_(_own.kind != DeliveryKind.LETTER, half_sent))


@functools.cache
def _free(paused: bool) -> sa.Select[Any]:
    """The lanes that let something out now, locked."""
    return (
        sa.select(lanes.c.name, lanes.c.min_gap_s, lanes.c.max_in_flight)
        .where(
            lanes.c.workspace_id == _WORKSPACE,
            sa.or_(lanes.c.free_at.is_(None), lanes.c.free_at <= _CLOCK),
            sa.exists().where(_IN_LANE, _may(paused)),
        )
        .order_by(lanes.c.free_at.nulls_first(), lanes.c.name)
        .limit(sa.bindparam("b_limit", type_=sa.Integer))
        .with_for_update(of=lanes, skip_locked=True)
    )


_BUSY = (
    sa.select(_own.lane, sa.func.count())
    .where(
        _own.workspace_id == _WORKSPACE,
        _own.lane.in_(sa.bindparam("b_lanes", expanding=True)),
        _own.state == DeliveryState.CLAIMED,
        _own.lease_until > _CLOCK,
    )
    .group_by(_own.lane)
)
"""A statement of its own, after the lanes are locked: so it sees what another process has just taken."""


@functools.cache
def _next(paused: bool) -> sa.Select[Any]:
    """The oldest of each lane first, then the second of each, so that a long lane starves no other."""
    rank = (
        sa.func.row_number()
        .over(partition_by=_own.lane, order_by=(_own.not_before, _own.created_at, _own.id))
        .label("rank")
    )
    ranked = (
        sa.select(_own.id, _own.lane, _own.subject_id, _own.kind, rank)
        .where(
            _own.workspace_id == _WORKSPACE,
            _own.lane.in_(sa.bindparam("b_lanes", expanding=True)),
            _may(paused),
        )
        .subquery()
    )
    of_surface = sa.and_(surfaces.c.workspace_id == _WORKSPACE, surfaces.c.id == ranked.c.subject_id)
    return (
        sa.select(ranked.c.id, ranked.c.lane, ranked.c.rank, budgets.spent_by(ranked.c.kind))
        .join(surfaces, of_surface, isouter=True)
        .where(ranked.c.rank <= sa.bindparam("b_most", type_=sa.Integer))
        .order_by(ranked.c.rank, ranked.c.lane)
    )


_LEASE = DatabaseNow(sa.bindparam("b_lease", type_=sa.Double()))
_TAKING = (
    sa.update(deliveries)
    .where(_own.workspace_id == _WORKSPACE)
    .values(
        state=DeliveryState.CLAIMED,
        claim_token=sa.bindparam("b_token", type_=_own.claim_token.type),
        lease_until=_LEASE,
    )
    .returning(_own.id, _own.kind, _own.subject_id, _own.lane, _own.attempts)
)
_TAKE_SURFACE = _TAKING.where(_own.subject_id == sa.bindparam("b_subject"), _own.state == DeliveryState.READY)


@functools.cache
def _take(paused: bool) -> sa.Executable:
    return _TAKING.where(_own.id.in_(sa.bindparam("b_ids", expanding=True)), _may(paused))


_GAP_ENDS = DatabaseNow(sa.bindparam("b_gap", type_=sa.Double()))
_KEEP_GAPS = (
    sa.update(lanes)
    .where(
        lanes.c.workspace_id == _WORKSPACE,
        lanes.c.name.in_(sa.bindparam("b_lanes", expanding=True)),
        sa.or_(lanes.c.free_at.is_(None), lanes.c.free_at < _GAP_ENDS),
    )
    .values(free_at=_GAP_ENDS)
)
_GAP = sa.select(lanes.c.min_gap_s).where(
    lanes.c.workspace_id == _WORKSPACE, lanes.c.name == sa.bindparam("b_lane")
)
_RESERVE = (
    sa.update(lanes)
    .where(
        lanes.c.workspace_id == _WORKSPACE,
        lanes.c.name == sa.bindparam("b_lane"),
        sa.or_(lanes.c.free_at.is_(None), lanes.c.free_at <= _GAP_ENDS),
    )
    .values(free_at=_GAP_ENDS)
)
_LETTERS = sa.select(letters.c.id, letters.c.state).where(
    letters.c.workspace_id == _WORKSPACE, letters.c.id.in_(sa.bindparam("b_ids", expanding=True))
)

_READY_NOW = sa.and_(
    _own.state == DeliveryState.READY, _own.not_before <= _NOW, _own.workspace_id == lanes.c.workspace_id
)
_SHUT = sa.select(lanes.c.name, lanes.c.min_gap_s, lanes.c.max_in_flight, lanes.c.free_at, _CLOCK).where(
    lanes.c.workspace_id == _WORKSPACE, lanes.c.free_at > _CLOCK
)
_SHUT_OF = _SHUT.where(lanes.c.name.in_(sa.bindparam("b_lanes", expanding=True)))
_WAITING_LANES = _SHUT.where(
    sa.or_(
        sa.exists().where(_READY_NOW, _own.lane == lanes.c.name),
        sa.and_(
            lanes.c.name.in_([budget.value for budget in budgets.Budget]),
            sa.exists().where(_READY_NOW, _own.kind != DeliveryKind.LETTER),
        ),
    ),
)


class Claiming:
    """Takes deliveries of one workspace, inside one transaction."""

    def __init__(self, conn: sa.Connection, workspace: uuid.UUID) -> None:
        self._conn = conn
        self._workspace = workspace

    def _read(self, statement: sa.Executable, **given: Any) -> Sequence[Any]:
        return self._conn.execute(statement, {"b_workspace": self._workspace, **given}).all()

    def claim(
        self, now: dt.datetime, limit: int, lease_s: float, *, paused: bool
    ) -> tuple[list[Claimed], bool]:
        """At most `limit` of what may go out by `now`, no more than lanes and budgets let out.

        And whether the limit left any behind.
        """
        free = self._read(_free(paused), b_now=now, b_limit=limit + 1)
        if not free:
            return [], False
        room = self._room({row[0]: (1 if row[1] > 0 else row[2], row[2]) for row in free})
        wanted = self._wanted(room, now, paused=paused)
        ids = budgets.spend(self._conn, self._workspace, wanted[:limit])
        more = len(wanted) > limit
        if not ids:
            return [], more
        gaps = {row[0]: row[1] for row in free if row[1] > 0}
        by_id = {one.id: one for one in self._taken(_take(paused), lease_s, gaps, b_ids=ids, b_now=now)}
        taken = [by_id[it] for it in ids if it in by_id]
        self._keep_gaps(gaps, {one.lane for one in taken})
        return taken, more

    def _keep_gaps(self, gaps: Mapping[str, float], used: Set[str]) -> None:
        """These lanes let nothing out while their gap lasts; one statement for all that have the same."""
        for gap in sorted(set(gaps.values())):
            waits = sorted(lane for lane in used if gaps.get(lane) == gap)
            if waits:
                given = {"b_workspace": self._workspace, "b_lanes": waits, "b_gap": gap}
                self._conn.execute(_KEEP_GAPS, given)

    def claim_surface(self, surface: uuid.UUID, lane: str, lease_s: float) -> Claimed | None:
        """The delivery of this surface, made where none waits; None where somebody is showing it."""
        found = self._taken(_TAKE_SURFACE, lease_s, b_subject=surface)
        if not found:
            made = {
                "workspace_id": self._workspace, "id": uuid.uuid4(), "kind": DeliveryKind.SURFACE,
                "subject_id": surface, "lane": lane, "state": DeliveryState.READY, "not_before": AT_ONCE,
                "attempts": 0, "problem": "", "created_at": AT_ONCE,
            }  # fmt: skip
            if insert_or_ignore(self._conn, deliveries, [made]):
                found = self._taken(_TAKE_SURFACE, lease_s, b_subject=surface)
        return next(iter(found), None)

    def free_in(self, now: dt.datetime) -> float | None:
        """Seconds until a lane or a budget lets out what is due and waits for it; None for nothing."""
        waits = map(_wait, self._read(_WAITING_LANES, b_now=now))
        return min((wait for wait in waits if wait > 0), default=None)

    def lets_out(self, lane: str, budget: budgets.Budget) -> bool:
        """Whether neither has to wait now. Nothing is spent, and nobody else is kept waiting."""
        return all(_wait(row) <= 0 for row in self._read(_SHUT_OF, b_lanes=[lane, budget.value]))

    def reserve(self, lane: str) -> bool:
        """Something goes out there now that is no delivery; False where it waits longer than its gap."""
        given = {"b_workspace": self._workspace, "b_lane": lane}
        gap = self._conn.scalar(_GAP, given)
        if gap is None:
            return False
        return bool(self._conn.execute(_RESERVE, {**given, "b_gap": gap}).rowcount)

    def _room(self, lanes_: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        """How many may be taken from each lane, counting what is in flight.

        `lanes_`: of each, how many at once (one where there is a gap to keep), and in flight at most.
        """
        in_flight = {row[0]: row[1] for row in self._read(_BUSY, b_lanes=list(lanes_))}
        return {lane: min(at_once, most - in_flight.get(lane, 0)) for lane, (at_once, most) in lanes_.items()}

    def _wanted(
        self, room: Mapping[str, int], now: dt.datetime, *, paused: bool
    ) -> list[tuple[uuid.UUID, budgets.Budget | None]]:
        open_lanes = [lane for lane, free in room.items() if free > 0]
        if not open_lanes:
            return []
        most = max(room.values())
        found = self._read(_next(paused), b_lanes=open_lanes, b_now=now, b_most=most)
        return [(row[0], row[3]) for row in found if row[2] <= room[row[1]]]

    def _taken(
        self, statement: sa.Executable, lease_s: float, gaps: Mapping[str, float] | None = None, **given: Any
    ) -> list[Claimed]:
        """Ours from now on, in no order. `gaps`: of the lanes that have one."""
        token = uuid.uuid4()
        taken = self._read(statement, b_token=token, b_lease=lease_s, **given)
        mail = [row[2] for row in taken if row[1] is DeliveryKind.LETTER]
        states = {row[0]: row[1] for row in self._read(_LETTERS, b_ids=mail)} if mail else {}
        return [
            Claimed(
                id=row[0], kind=row[1], subject_id=row[2], lane=row[3], attempts=row[4], token=token,
                letter=states.get(row[2]), gap_s=(gaps or {}).get(row[3], 0.0),
            )
            for row in taken
        ]  # fmt: skip


def _wait(shut: Any) -> float:
    """Seconds until this row of `_SHUT` lets something out; a budget has its burst until then."""
    name, gap, most, free_at, clock = shut
    burst = (most - 1) * gap if name in set(budgets.Budget) else 0.0
    return float((free_at - clock).total_seconds() - burst)
