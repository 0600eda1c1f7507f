"""Figures of one workspace for whoever runs the bot: counts, no names."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator

import sqlalchemy as sa

from bot.loops import LetterState
from bot.promises import Basis, PromiseState, due_instant
from storage.rows import OPEN_AND_REVIEWED_LOOP
from storage.tables import (
    STUCK_LETTER_STATES,
    DeliveryKind,
    channels,
    deliveries,
    identities,
    letters,
    loops,
    members,
    promises,
    summaries,
    surfaces,
)

WINDOW = dt.timedelta(days=28)
"""Promises are counted that were settled so recently, and letters that failed so recently."""


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """What is alike in what has not gone out.

    `state`: of a letter its own, held, unknown and failed ones included, though nothing delivers those.
    `chat`: which it stands in, or will go to; empty for letters, and for somebody whom no chat knows.
    """

    kind: DeliveryKind
    state: str
    chat: str
    count: int


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    waiting: tuple[Waiting, ...]
    overdue: dt.timedelta
    """How long ago the oldest delivery should have gone out; zero where none is due."""
    unknown: int
    """Letters of which nobody knows whether they went out."""
    kept: int
    broken: int
    promises_overdue: int
    """Promises whose time has passed while the candidate still waits, since whenever."""
    unreachable: int
    """Members to whom no chat can write."""


def figures(conn: sa.Connection, workspace: uuid.UUID, now: dt.datetime) -> Figures:
    """As they are at `now`."""
    settled = _settled(conn, workspace, now - WINDOW)
    stuck = _stuck(conn, workspace, now - WINDOW)
    return Figures(
        waiting=(
            *_waiting(conn, workspace),
            *(Waiting(DeliveryKind.LETTER, state, "", count) for state, count in stuck.items()),
        ),
        overdue=_overdue(conn, workspace, now),
        unknown=stuck.get(LetterState.UNKNOWN, 0),
        kept=settled.get(PromiseState.KEPT, 0),
        broken=settled.get(PromiseState.BROKEN, 0),
        promises_overdue=_promises_overdue(conn, workspace, now),
        unreachable=_unreachable(conn, workspace),
    )


_WORKSPACE: sa.BindParameter[uuid.UUID] = sa.bindparam("b_workspace")
_NEWEST = (
    sa.select(identities.c.chat)
    .where(
        identities.c.workspace_id == surfaces.c.workspace_id,
        identities.c.member_id == surfaces.c.member_id,
    )
    .order_by(identities.c.last_used_at.desc(), identities.c.id)
    .limit(1)
    .scalar_subquery()
)
_WHERE = sa.case(
    (surfaces.c.chat != "", surfaces.c.chat), else_=sa.func.coalesce(_NEWEST, channels.c.name, "")
)
"""The chat; of a channel its name, which begins with the chat's."""


def _subject(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.workspace_id == deliveries.c.workspace_id, table.c.id == deliveries.c.subject_id)


_ALL = (
    sa.select(
        deliveries.c.kind,
        sa.func.coalesce(letters.c.state, deliveries.c.state).label("state"),
        _WHERE.label("goes_to"),
    )
    .select_from(
        deliveries.join(letters, _subject(letters), isouter=True)
        .join(surfaces, _subject(surfaces), isouter=True)
        .join(summaries, _subject(summaries), isouter=True)
        .join(
            channels,
            sa.and_(
                channels.c.workspace_id == summaries.c.workspace_id, channels.c.id == summaries.c.channel_id
            ),
            isouter=True,
        )
    )
    .where(deliveries.c.workspace_id == _WORKSPACE)
    .subquery()
)
_COUNTED = sa.select(_ALL.c.kind, sa.cast(_ALL.c.state, sa.Text), _ALL.c.goes_to, sa.func.count()).group_by(
    _ALL.c.kind, _ALL.c.state, _ALL.c.goes_to
)


def _waiting(conn: sa.Connection, workspace: uuid.UUID) -> Iterator[Waiting]:
    for kind, state, goes_to, count in conn.execute(_COUNTED, {"b_workspace": workspace}):
        yield Waiting(kind, state, goes_to.partition(":")[0], count)


def _overdue(conn: sa.Connection, workspace: uuid.UUID, now: dt.datetime) -> dt.timedelta:
    """By when it could have gone at the earliest: what goes at once counts from when it was queued."""
    since = sa.case(
        (deliveries.c.not_before > deliveries.c.created_at, deliveries.c.not_before),
        else_=deliveries.c.created_at,
    )
    oldest = conn.scalar(
        sa.select(sa.func.min(since)).where(
            deliveries.c.workspace_id == workspace, deliveries.c.not_before <= now
        )
    )
    return max(now - oldest, dt.timedelta()) if oldest is not None else dt.timedelta()


def _stuck(conn: sa.Connection, workspace: uuid.UUID, since: dt.datetime) -> dict[LetterState, int]:
    """Letters without a delivery that somebody has to see to, and those that have failed lately."""
    query = (
        sa.select(letters.c.state, sa.func.count())
        .where(letters.c.workspace_id == workspace, sa.text(STUCK_LETTER_STATES))
        .group_by(letters.c.state)
    )
    open_ones = query.where(letters.c.state.in_((LetterState.HELD, LetterState.UNKNOWN)))
    failed = query.where(letters.c.state == LetterState.FAILED, letters.c.settled_at >= since)
    return {state: count for some in (open_ones, failed) for state, count in conn.execute(some).tuples()}


def _unreachable(conn: sa.Connection, workspace: uuid.UUID) -> int:
    query = sa.select(sa.func.count()).where(
        members.c.workspace_id == workspace, members.c.reachable.is_(False)
    )
    return conn.scalar(query) or 0


def _settled(conn: sa.Connection, workspace: uuid.UUID, since: dt.datetime) -> dict[PromiseState, int]:
    query = (
        sa.select(promises.c.state, sa.func.count())
        .where(
            promises.c.workspace_id == workspace,
            promises.c.settled_at >= since,
            promises.c.basis != Basis.ASSUMED,
        )
        .group_by(promises.c.state)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


_NOT_SETTLED = sa.text("promises.settled_at IS NULL")
"""Written out, so that the planner sees that the partial index serves."""


def _promises_overdue(conn: sa.Connection, workspace: uuid.UUID, now: dt.datetime) -> int:
    of_loop = sa.and_(
        loops.c.workspace_id == promises.c.workspace_id,
        loops.c.id == promises.c.loop_id,
    )
    query = (
        sa.select(promises.c.date, promises.c.zone, sa.func.count())
        .select_from(promises.join(loops, of_loop))
        .where(
            promises.c.workspace_id == workspace,
            _NOT_SETTLED,
            promises.c.date <= now.date() + dt.timedelta(days=1),
            promises.c.basis != Basis.ASSUMED,
            OPEN_AND_REVIEWED_LOOP,
        )
        .group_by(promises.c.date, promises.c.zone)
    )
    return sum(count for date, zone, count in conn.execute(query) if now > due_instant(date, zone))
