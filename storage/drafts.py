"""Drafts: a feedback form between its two steps."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from bot.ports import StoredDraft
from storage.columns import database_now
from storage.tables import drafts
from storage.transaction import Transaction


class Drafts(Transaction):
    """The part of the store that keeps drafts."""

    def save_draft(self, loop: uuid.UUID, member: uuid.UUID, fields: Mapping[str, str]) -> uuid.UUID:
        """One draft a loop and member: a later one takes its place under an id of its own."""
        this = (drafts.c.loop_id == loop, drafts.c.member_id == member)
        self.conn.execute(sa.delete(drafts).where(drafts.c.workspace_id == self._workspace, *this))
        new = uuid.uuid4()
        row = {"id": new, "loop_id": loop, "member_id": member, "fields": dict(fields)}
        self.conn.execute(
            sa.insert(drafts).values(workspace_id=self._workspace, saved_at=database_now(), **row)
        )
        return new

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
