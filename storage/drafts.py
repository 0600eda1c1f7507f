"""Drafts: a feedback form between its two steps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from bot.ports import StoredDraft
from storage.columns import database_now
from storage.inserts import insert_or_update
from storage.tables import drafts
from storage.transaction import Transaction


class Drafts(Transaction):
    """The part of the store that keeps drafts."""

    def save_draft(self, loop: uuid.UUID, member: uuid.UUID, fields: Mapping[str, str]) -> uuid.UUID:
        """One draft a loop and member: a later one replaces it and keeps its id."""
        now = self.conn.scalar(sa.select(database_now()))
        row = {
            "id": uuid.uuid4(),
            "fields": dict(fields),
            "saved_at": now,
            "loop_id": loop,
            "member_id": member,
        }
        key = ("workspace_id", "loop_id", "member_id")
        insert_or_update(self.conn, drafts, key, [{"workspace_id": self._workspace, **row}])
        kept: uuid.UUID = self.conn.execute(
            sa.select(drafts.c.id).where(
                drafts.c.workspace_id == self._workspace,
                drafts.c.loop_id == loop,
                drafts.c.member_id == member,
            )
        ).scalar_one()
        return kept

    def draft(self, draft: uuid.UUID) -> StoredDraft | None:
        query = sa.select(drafts.c.loop_id, drafts.c.member_id, drafts.c.fields).where(
            drafts.c.workspace_id == self._workspace, drafts.c.id == draft
        )
        row = self.conn.execute(query).first()
        return None if row is None else StoredDraft(id=draft, loop=row[0], member=row[1], fields=row[2])

    def drop_draft(self, draft: uuid.UUID) -> None:
        self.conn.execute(
            sa.delete(drafts).where(drafts.c.workspace_id == self._workspace, drafts.c.id == draft)
        )
