"""Figures of one workspace for whoever runs the bot: counts, no names."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import sqlalchemy as sa

from bot.loops import LetterState
from bot.promises import Basis, PromiseState
from storage.tables import DeliveryKind, DeliveryState, deliveries, letters, members, promises, surfaces

WINDOW = dt.timedelta(days=28)
"""Promises are counted that were settled so recently."""


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """Deliveries alike. `chat` is empty for letters, and for messages that no chat has taken yet."""

    kind: DeliveryKind
    state: DeliveryState
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
    unreachable: int
    """Members to whom no chat can write."""


def figures(conn: sa.Connection, workspace: uuid.UUID, now: dt.datetime) -> Figures:
    """As they are at `now`."""
    settled = _settled(conn, workspace, now - WINDOW)
    return Figures(
        waiting=_waiting(conn, workspace),
        overdue=_overdue(conn, workspace, now),
        unknown=_unknown(conn, workspace),
        kept=settled.get(PromiseState.KEPT, 0),
        broken=settled.get(PromiseState.BROKEN, 0),
        unreachable=_unreachable(conn, workspace),
    )


def _waiting(conn: sa.Connection, workspace: uuid.UUID) -> tuple[Waiting, ...]:
    chat = sa.func.coalesce(surfaces.c.chat, "")
    shown = sa.and_(
        surfaces.c.workspace_id == deliveries.c.workspace_id, surfaces.c.id == deliveries.c.subject_id
    )
    query = (
        sa.select(deliveries.c.kind, deliveries.c.state, chat, sa.func.count())
        .select_from(deliveries.join(surfaces, shown, isouter=True))
        .where(deliveries.c.workspace_id == workspace)
        .group_by(deliveries.c.kind, deliveries.c.state, chat)
    )
    return tuple(Waiting(*row) for row in conn.execute(query))


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


def _unknown(conn: sa.Connection, workspace: uuid.UUID) -> int:
    query = sa.select(sa.func.count()).where(
        letters.c.workspace_id == workspace, letters.c.state == LetterState.UNKNOWN
    )
    return conn.scalar(query) or 0


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
