"""Everything that was ever kept about one loop, for those who may see it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from bot.changes import Entry
from bot.ports import History
from storage import rows
from storage.rows import pick
from storage.tables import audit, members, nudges, promises
from storage.transaction import Transaction

_AUDIT = ("at", "what", "by_id", "on_behalf_of_id", "facts")


class Histories(Transaction):
    """The part of the store that remembers."""

    def history(self, loop: uuid.UUID) -> History:
        """Promises, shown nudges and audit of a loop, each in order of time."""
        made = (
            sa.select(*pick(promises, rows.PROMISE_COLUMNS))
            .where(promises.c.workspace_id == self._workspace, promises.c.loop_id == loop)
            .order_by(promises.c.made_at, promises.c.id)
        )
        shown = (
            sa.select(*pick(nudges, rows.NUDGE_COLUMNS))
            .where(
                nudges.c.workspace_id == self._workspace,
                nudges.c.loop_id == loop,
                nudges.c.surface_id.is_not(None),
            )
            .order_by(nudges.c.not_before, nudges.c.kind, nudges.c.occasion)
        )
        written = (
            sa.select(*pick(audit, _AUDIT))
            .where(audit.c.workspace_id == self._workspace, audit.c.loop_id == loop)
            .order_by(audit.c.seq)
        )
        return History(
            promises=tuple(rows.promise(row) for row in self.conn.execute(made)),
            nudges=tuple(rows.nudge(row) for row in self.conn.execute(shown)),
            audit=tuple(
                (row[0], Entry(what=row[1], by=row[2], on_behalf_of=row[3], facts=row[4]))
                for row in self.conn.execute(written)
            ),
        )

    def names_of(self, ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """What these members are called, whoever has left included."""
        query = sa.select(members.c.id, members.c.name).where(
            members.c.workspace_id == self._workspace, members.c.id.in_(sorted(ids))
        )
        return {row[0]: row[1] for row in self.conn.execute(query)}
