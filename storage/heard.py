"""What the chats have said already, so that what comes twice is done once; and the end of a chat."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from storage.inserts import insert_or_ignore
from storage.tables import heard, identities, installations, surfaces
from storage.transaction import Transaction


class Heard(Transaction):
    """The part of the store that remembers what was heard."""

    def hear(self, key: str, now: dt.datetime) -> bool:
        """Whether this is heard for the first time. `key` is the chat's own name for the request."""
        row = {"workspace_id": self._workspace, "key": key, "at": now}
        return bool(insert_or_ignore(self.conn, heard, [row]))

    def forget_heard(self, before: dt.datetime) -> None:
        """No chat repeats what is older."""
        self.conn.execute(
            sa.delete(heard).where(heard.c.workspace_id == self._workspace, heard.c.at < before)
        )

    def end_installation(self, chat: str, tenant: str, now: dt.datetime) -> None:
        """The bot was taken out of this tenant: its secret and the identities there go.

        Every message that waits goes on waiting: for another chat, or until the bot is back.
        """
        self.conn.execute(
            sa.update(installations)
            .where(
                installations.c.workspace_id == self._workspace,
                installations.c.chat == chat,
                installations.c.tenant == tenant,
                installations.c.ended_at.is_(None),
            )
            .values(ended_at=now, secret="", renewing_until=None)
        )
        own = identities.c
        gone = self.conn.scalars(
            sa.delete(identities)
            .where(own.workspace_id == self._workspace, own.chat == chat, own.tenant == tenant)
            .returning(own.member_id)
        ).all()
        self.conn.execute(
            sa.update(surfaces)
            .where(
                surfaces.c.workspace_id == self._workspace,
                surfaces.c.chat == chat,
                surfaces.c.member_id.in_(gone),
            )
            .values(chat="", address=None)
        )
