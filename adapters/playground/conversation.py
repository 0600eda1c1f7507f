"""Conversations as rows: what the bot and each member said, in order, and how far the member has read.

Plain functions of a connection inside somebody's transaction, so that an answer and what it is an answer to
commit together.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from adapters.playground.tables import Author, messages, reads
from adapters.playground.view_json import from_json, to_json
from bot.views.elements import Message, Paragraph
from storage.inserts import insert_or_update

SHOWN = 100
"""Messages of a conversation on the page: the newest."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of a conversation. `changed` is another after every edit."""

    id: uuid.UUID
    member: uuid.UUID
    author: Author
    view: Message
    at: dt.datetime
    changed: int


def typed(text: str) -> Message:
    """What a member wrote themselves."""
    return Message(notification=text, elements=(Paragraph(text),))


def add(
    conn: sa.Connection, member: uuid.UUID, view: Message, now: dt.datetime, author: Author = Author.BOT
) -> uuid.UUID:
    """Say something at the end of a conversation; the message's id.

    A surface that is in it already is changed where it stands: after a crash a post comes twice.
    """
    if view.surface is not None:
        there: uuid.UUID | None = conn.scalar(
            sa.select(messages.c.id).where(messages.c.member == member, messages.c.surface == view.surface)
        )
        if there is not None:
            replace(conn, there, view)
            return there
    new = uuid.uuid4()
    row = {
        "id": new, "seq": _following(conn, messages.c.seq), "member": member, "author": author,
        "view": to_json(view), "surface": view.surface, "at": now,
        "changed": _following(conn, messages.c.changed),
    }  # fmt: skip
    conn.execute(sa.insert(messages), row)
    return new


def replace(conn: sa.Connection, message: uuid.UUID, view: Message) -> bool:
    """Change a message in place; False where there is none.

    A surface's older revision never replaces a newer one: a click may have been quicker than a delivery.
    """
    found = get(conn, message)
    if found is None:
        return False
    if view.surface is not None and found.view.surface == view.surface:
        if view.revision < found.view.revision:
            return True
        if view == found.view:
            return True
    conn.execute(
        sa.update(messages)
        .where(messages.c.id == message)
        .values(view=to_json(view), surface=view.surface, changed=_following(conn, messages.c.changed))
    )
    return True


def _following(conn: sa.Connection, column: sa.Column[int]) -> int:
    return (conn.scalar(sa.select(sa.func.max(column))) or 0) + 1


_SAID = sa.select(*(messages.c[field.name] for field in dataclasses.fields(Said)))


def _said(row: sa.RowMapping) -> Said:
    view = from_json(row["view"])
    if not isinstance(view, Message):
        raise TypeError("A conversation holds messages only.")
    return Said(**{**row, "view": view})


def get(conn: sa.Connection, message: uuid.UUID) -> Said | None:
    row = conn.execute(_SAID.where(messages.c.id == message)).mappings().first()
    return None if row is None else _said(row)


def latest(conn: sa.Connection, member: uuid.UUID, limit: int = SHOWN) -> tuple[Said, ...]:
    """The newest of a conversation, in the order they were said."""
    query = _SAID.where(messages.c.member == member).order_by(messages.c.seq.desc()).limit(limit)
    return tuple(_said(row) for row in reversed(conn.execute(query).mappings().all()))


def version(conn: sa.Connection, member: uuid.UUID) -> int:
    """Another number whenever anything in the conversation has changed."""
    return conn.scalar(sa.select(sa.func.max(messages.c.changed)).where(messages.c.member == member)) or 0


def unread(conn: sa.Connection) -> Mapping[uuid.UUID, int]:
    """How many of the bot's messages each member has not had on the screen. Members without any lack."""
    query = (
        sa.select(messages.c.member, sa.func.count())
        .join(reads, reads.c.member == messages.c.member, isouter=True)
        .where(
            messages.c.author == Author.BOT,
            sa.or_(reads.c.seq.is_(None), messages.c.seq > reads.c.seq),
        )
        .group_by(messages.c.member)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def mark_read(conn: sa.Connection, member: uuid.UUID) -> None:
    """Everything said to the member up to now has been on the screen."""
    last = conn.scalar(sa.select(sa.func.max(messages.c.seq)).where(messages.c.member == member))
    if last is not None:
        insert_or_update(conn, reads, ("member",), [{"member": member, "seq": last}])
