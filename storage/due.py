"""What is due, and when the workspace must be looked at next.

`due.at` is a lower bound: at or before every instant at which something of the workspace is due. Whoever
writes an earlier one lowers it in the same transaction (`Transaction.flush`); only `recompute_due` raises it.
"""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from bot.loops import Loop
from bot.policy import Policy
from storage.columns import UtcDateTime, database_now
from storage.loops import LOOP, Loops
from storage.rows import OPEN_AND_REVIEWED_LOOP
from storage.tables import (
    DeliveryKind,
    DeliveryState,
    channels,
    deliveries,
    due,
    lanes,
    loops,
    members,
    roles,
    workspaces,
)

_WORKSPACE: sa.BindParameter[uuid.UUID] = sa.bindparam("b_workspace")
_NOW = sa.bindparam("b_now", type_=UtcDateTime())
_OWNERS = (
    sa.select(loops.c.owner_id)
    .where(loops.c.workspace_id == _WORKSPACE, OPEN_AND_REVIEWED_LOOP, loops.c.look_at <= _NOW)
    .group_by(loops.c.owner_id)
    .order_by(sa.func.min(loops.c.look_at), loops.c.owner_id)
)
_NUDGED = (
    sa.select(members.c.id)
    .where(members.c.workspace_id == _WORKSPACE, members.c.look_at <= _NOW)
    .order_by(members.c.look_at, members.c.id)
)
_LOOKED_AT = (
    sa.update(loops)
    .where(
        loops.c.workspace_id == _WORKSPACE,
        loops.c.id == sa.bindparam("b_id"),
        loops.c.audit_head == sa.bindparam("b_head"),
        loops.c.look_at == sa.bindparam("b_was", type_=UtcDateTime()),
    )
    .values(look_at=sa.bindparam("b_at", type_=UtcDateTime()))
)
_LOCK = sa.select(due.c.at).where(due.c.workspace_id == _WORKSPACE).with_for_update()
_SET = (
    sa.update(due)
    .where(due.c.workspace_id == _WORKSPACE)
    .values(at=sa.bindparam("b_at", type_=due.c.at.type))
)


@functools.cache
def _earliest(*, letters: bool, nudges: bool, after: bool) -> sa.Select[Any]:
    """The earliest instant of each kind; `after` the instant `b_now`, or else of all there are.

    Without `after` the last two are on the database's clock: when a claim ends and when a lane lets out.
    """

    def earliest(column: Any, *where: Any) -> Any:
        only = [*where, column > _NOW if after else column.is_not(None)]
        return sa.select(sa.func.min(column)).where(*only).scalar_subquery()

    ready = [deliveries.c.workspace_id == _WORKSPACE, deliveries.c.state == DeliveryState.READY]
    if not letters:
        ready.append(deliveries.c.kind != DeliveryKind.LETTER)
    if not after:
        waits = sa.exists().where(
            lanes.c.workspace_id == _WORKSPACE,
            lanes.c.name == deliveries.c.lane,
            lanes.c.free_at > database_now(),
        )
        ready.append(sa.not_(waits))
    instants = [
        earliest(loops.c.look_at, loops.c.workspace_id == _WORKSPACE, OPEN_AND_REVIEWED_LOOP),
        earliest(deliveries.c.not_before, *ready),
        earliest(channels.c.next_at, channels.c.workspace_id == _WORKSPACE),
    ]
    if nudges:
        instants.append(earliest(members.c.look_at, members.c.workspace_id == _WORKSPACE))
    if not after:
        # The process that claimed it may die: then it is due when its lease ends.
        claimed = (deliveries.c.workspace_id == _WORKSPACE, deliveries.c.state == DeliveryState.CLAIMED)
        lease = sa.select(sa.func.min(deliveries.c.lease_until)).where(*claimed).scalar_subquery()
        # What waits for its lane is due when that lets it out.
        held = sa.exists().where(
            deliveries.c.workspace_id == _WORKSPACE,
            deliveries.c.state == DeliveryState.READY,
            deliveries.c.lane == lanes.c.name,
        )
        free = (
            sa.select(sa.func.min(lanes.c.free_at))
            .where(lanes.c.workspace_id == _WORKSPACE, lanes.c.free_at > database_now(), held)
            .scalar_subquery()
        )
        instants.extend((lease, free))
    return sa.select(*instants)


class Due(Loops):
    """The part of the store that the clock asks."""

    def due_members(self, now: dt.datetime) -> tuple[uuid.UUID, ...]:
        given = {"b_workspace": self._workspace, "b_now": now}
        found = [*self.conn.scalars(_OWNERS, given), *self.conn.scalars(_NUDGED, given)]
        return tuple(dict.fromkeys(found))

    def due_loops(self, owner: uuid.UUID, now: dt.datetime) -> tuple[Loop, ...]:
        query = LOOP.where(loops.c.owner_id == owner, loops.c.look_at <= now, OPEN_AND_REVIEWED_LOOP)
        return self._loops(query.order_by(loops.c.look_at, loops.c.id))

    def set_look_at(self, looks: Mapping[uuid.UUID, dt.datetime | None]) -> None:
        if not looks:
            return
        self.conn.execute(
            sa.update(loops)
            .where(loops.c.workspace_id == self._workspace, loops.c.id == sa.bindparam("b_id"))
            .values(look_at=sa.bindparam("b_at", type_=UtcDateTime())),
            [{"b_id": loop, "b_at": at} for loop, at in sorted(looks.items())],
        )
        for at in looks.values():
            self._want(at)

    def looked_at(self, looks: Iterable[tuple[Loop, dt.datetime | None]]) -> None:
        ordered = sorted(looks, key=lambda look: look[0].id)
        if not ordered:
            return
        self.conn.execute(
            _LOOKED_AT,
            [
                {
                    "b_workspace": self._workspace,
                    "b_id": loop.id,
                    "b_head": loop.audit_head,
                    "b_was": loop.look_at,
                    "b_at": at,
                }
                for loop, at in ordered
            ],
        )
        for _, at in ordered:
            self._want(at)

    def look_at_recruited(self, member: uuid.UUID, now: dt.datetime) -> None:
        theirs = sa.select(roles.c.id).where(
            roles.c.workspace_id == self._workspace, roles.c.recruiter_id == member
        )
        update = sa.update(loops).where(
            loops.c.workspace_id == self._workspace, loops.c.role_id.in_(theirs), OPEN_AND_REVIEWED_LOOP
        )
        if self.conn.execute(update.values(look_at=now)).rowcount:
            self._want(now)

    def look_at_all(self, now: dt.datetime) -> int:
        """Every open, reviewed loop is looked at again by the next tick; how many."""
        update = sa.update(loops).where(loops.c.workspace_id == self._workspace, OPEN_AND_REVIEWED_LOOP)
        self._want(now)
        return self.conn.execute(update.values(look_at=now)).rowcount

    def recompute_due(self) -> dt.datetime | None:
        """Set the workspace's due instant to the earliest of all there are, and give it.

        The last thing of its transaction. The lock on the row comes before the look at what is due: see
        `flush` for why no instant is lost.
        """
        this = {"b_workspace": self._workspace}
        self.conn.execute(_LOCK, this)
        at = min(self._instants(self._read_workspace()), default=None)
        self.conn.execute(_SET, {**this, "b_at": at})
        self._due = at
        return at

    def next_instant(self, after: dt.datetime) -> dt.datetime | None:
        """The earliest instant after `after` at which something is due: where a demo's clock may jump to."""
        return min(self._instants(self.policy, after), default=None)

    def _instants(self, policy: Policy, after: dt.datetime | None = None) -> Iterator[dt.datetime]:
        """The earliest of each kind, read in one statement."""
        query = _earliest(
            letters=not policy.letters_paused, nudges=not policy.nudges_paused, after=after is not None
        )
        given = {"b_workspace": self._workspace} | ({"b_now": after} if after else {})
        found: list[dt.datetime | None] = list(self.conn.execute(query, given).one())
        if after is None:
            yield from (real + self._offset for real in (found.pop(), found.pop()) if real)
        yield from (it for it in found if it)

    # -- the clock of a demo ------------------------------------------------------------------------------

    def clock_offset(self) -> float:
        """How many seconds a demo's clock is ahead of the real one."""
        if self._policy is None:
            self._read_workspace()
        return self._offset.total_seconds()

    def set_clock_offset(self, seconds: float) -> None:
        self.conn.execute(
            sa.update(workspaces).where(workspaces.c.id == self._workspace).values(clock_offset_s=seconds)
        )
        self._offset = dt.timedelta(seconds=seconds)

    # -- data ---------------------------------------------------------------------------------------------

    def data_version(self) -> str:
        """Which time-zone and holiday data the kept instants were computed with."""
        query = sa.select(workspaces.c.data_version).where(workspaces.c.id == self._workspace)
        return self.conn.scalar(query) or ""

    def set_data_version(self, version: str) -> None:
        self.conn.execute(
            sa.update(workspaces).where(workspaces.c.id == self._workspace).values(data_version=version)
        )
