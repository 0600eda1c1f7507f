"""Nudges: each recorded once, whoever records it, and shown once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bot.nudges import Nudge
from storage import rows
from storage.columns import UtcDateTime
from storage.inserts import insert_or_ignore
from storage.rows import pick
from storage.tables import members, nudges
from storage.transaction import Transaction

_NUDGE = sa.select(*pick(nudges, rows.NUDGE_COLUMNS))
_IN_ORDER = (nudges.c.not_before, nudges.c.loop_id, nudges.c.kind, nudges.c.occasion)


_KEY = ("loop_id", "kind", "occasion", "recipient_id")
_KEYS = sa.select(*pick(nudges, _KEY)).where(
    nudges.c.workspace_id == sa.bindparam("b_workspace"),
    nudges.c.loop_id.in_(sa.bindparam("b_loops", expanding=True)),
)
_WAITING = sa.text("nudges.surface_id IS NULL AND NOT nudges.forgotten")
"""Written out, so that the planner sees that the partial index serves."""


def update_each(workspace: uuid.UUID) -> sa.Update:
    """An update of one nudge after the other, to be executed with `keys`."""
    return sa.update(nudges).where(
        nudges.c.workspace_id == workspace,
        nudges.c.loop_id == sa.bindparam("b_loop"),
        nudges.c.kind == sa.bindparam("b_kind"),
        nudges.c.occasion == sa.bindparam("b_occasion"),
        nudges.c.recipient_id == sa.bindparam("b_recipient"),
    )


def keys(nudges_: Sequence[Nudge]) -> list[dict[str, Any]]:
    return [
        {"b_loop": it.loop, "b_kind": it.kind, "b_occasion": it.occasion, "b_recipient": it.recipient}
        for it in nudges_
    ]


class Nudges(Transaction):
    """The part of the store that keeps nudges."""

    def record_nudges(self, nudges_: Iterable[Nudge]) -> None:
        """Insert those that are new; lower the `look_at` of their recipients to their `not_before`."""
        values: list[dict[str, Any]] = [
            {
                "workspace_id": self._workspace, "loop_id": it.loop, "kind": it.kind, "occasion": it.occasion,
                "recipient_id": it.recipient, "not_before": it.not_before, "urgent": it.urgent,
                "surface_id": it.surface, "forgotten": False,
            }
            for it in nudges_
        ]  # fmt: skip
        if not values:
            return
        loops = sorted({it["loop_id"] for it in values})
        known = set(self.conn.execute(_KEYS, {"b_workspace": self._workspace, "b_loops": loops}).all())
        new = [it for it in values if tuple(it[name] for name in _KEY) not in known]
        if not new:
            return
        insert_or_ignore(self.conn, nudges, new)
        earliest: dict[uuid.UUID, dt.datetime] = {}
        for it in new:
            recipient, not_before = it["recipient_id"], it["not_before"]
            earliest[recipient] = min(not_before, earliest.get(recipient, not_before))
        if earliest:
            at = sa.bindparam("b_at", type_=UtcDateTime())
            self.conn.execute(
                sa.update(members)
                .where(
                    members.c.workspace_id == self._workspace,
                    members.c.id == sa.bindparam("b_id"),
                    sa.or_(members.c.look_at.is_(None), members.c.look_at > at),
                )
                .values(look_at=at),
                [{"b_id": recipient, "b_at": at} for recipient, at in sorted(earliest.items())],
            )
            self._members.clear()
            self._want(min(earliest.values()))

    def waiting_nudges(self, member: uuid.UUID, now: dt.datetime) -> tuple[Nudge, ...]:
        return self._nudges(nudges.c.recipient_id == member, _WAITING, nudges.c.not_before <= now)

    def forget_nudges(self, nudges_: Sequence[Nudge]) -> None:
        """These were settled before anybody saw them: they stay recorded and wait no longer."""
        if nudges_:
            self.conn.execute(update_each(self._workspace).values(forgotten=True), keys(nudges_))

    def next_nudge(self, member: uuid.UUID, now: dt.datetime) -> dt.datetime | None:
        earliest: dt.datetime | None = self.conn.scalar(
            sa.select(sa.func.min(nudges.c.not_before)).where(
                nudges.c.workspace_id == self._workspace,
                nudges.c.recipient_id == member,
                _WAITING,
                nudges.c.not_before > now,
            )
        )
        return earliest

    def nudges_about(self, loops: Sequence[uuid.UUID], member: uuid.UUID) -> tuple[Nudge, ...]:
        if not loops:
            return ()
        return self._nudges(nudges.c.recipient_id == member, nudges.c.loop_id.in_(loops))

    def _nudges(self, *where: sa.ColumnElement[bool] | sa.TextClause) -> tuple[Nudge, ...]:
        query = _NUDGE.where(nudges.c.workspace_id == self._workspace, *where).order_by(*_IN_ORDER)
        return tuple(rows.nudge(row) for row in self.conn.execute(query))
