"""What the chats have said already, so that what comes twice is done once; and the end of a chat."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from storage.inserts import insert_or_ignore
from storage.tables import DeliveryKind, deliveries, heard, identities, installations, surfaces
from storage.transaction import Transaction, chat_lane


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

        So does every message that waits for a member who is in no other chat.
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
        elsewhere = self.conn.scalars(
            sa.select(own.member_id).where(own.workspace_id == self._workspace, own.member_id.in_(gone))
        ).all()
        lanes = [chat_lane(member) for member in set(gone) - set(elsewhere)]
        self.conn.execute(
            sa.delete(deliveries).where(
                deliveries.c.workspace_id == self._workspace,
                deliveries.c.kind == DeliveryKind.SURFACE,
                deliveries.c.lane.in_(lanes),
            )
        )
