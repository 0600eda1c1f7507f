"""Drafts: a feedback form between its two steps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from bot.ports import StoredDraft
from storage.columns import database_now
from storage.inserts import insert_or
from storage.tables import drafts
from storage.transaction import Transaction


class Drafts(Transaction):
    """The part of the store that keeps drafts."""

    def save_draft(self, loop: uuid.UUID, member: uuid.UUID, fields: Mapping[str, str]) -> uuid.UUID:
        """One draft a loop and member: a later one replaces it and keeps its id."""
        insert = insert_or(self.conn, drafts).values(
            workspace_id=self._workspace,
            id=uuid.uuid4(),
            loop_id=loop,
            member_id=member,
            fields=dict(fields),
            saved_at=database_now(),
        )
        insert = insert.on_conflict_do_update(
            index_elements=["workspace_id", "loop_id", "member_id"],
            set_={"fields": insert.excluded.fields, "saved_at": insert.excluded.saved_at},
        )
        kept: uuid.UUID = self.conn.execute(insert.returning(drafts.c.id)).scalar_one()
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
