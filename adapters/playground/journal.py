"""What happened while the clock was moved: who was written to at each instant and why, which letters came."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Iterator

import sqlalchemy as sa

from adapters.playground import channels, mailbox, stepping_in
from adapters.playground.tables import Author, messages
from adapters.playground.view_json import from_json
from bot.nudges import SurfaceKind
from bot.people import Member
from bot.views.elements import Message
from storage.store import SqlStore

KEPT = 80
"""Happenings of one move, the newest; a week makes some fifty, a month hundreds."""

_GETS = {
    SurfaceKind.DIGEST: "gets a list",
    SurfaceKind.URGENT: "is told at once",
    SurfaceKind.REVIEW: "is asked to look through an import",
    SurfaceKind.DELEGATE: "is asked to stand in",
    SurfaceKind.WELCOME: "is greeted",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """`email` is the member's whom it reached, empty for a letter to a candidate.

    `asked`: somebody else than the one who must answer was asked, or told.
    """

    number: int
    at: dt.datetime
    who: str
    what: str
    email: str = ""
    asked: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """How far conversations and mailbox had come."""

    said: int
    mailed: int


def mark(store: SqlStore) -> Mark:
    said = store.conn.scalar(sa.select(sa.func.max(messages.c.seq)))
    return Mark(said or 0, mailbox.version(store.conn))


def since(store: SqlStore, now: dt.datetime, before: Mark, number: int) -> tuple[Happening, ...]:
    """What has come since, letters first; `number` counts on from there."""
    found = [
        Happening(number=0, at=now, who=letter.about or letter.recipients[0], what="gets a letter")
        for letter in mailbox.after(store.conn, before.mailed)
    ]
    query = (
        sa.select(messages.c.member, messages.c.view, messages.c.surface)
        .where(messages.c.seq > before.said, messages.c.author == Author.BOT)
        .order_by(messages.c.seq)
    )
    for member, view, surface in store.conn.execute(query).all():
        room = channels.called(store.conn, member)
        known = store.member(member)
        if room is not None:
            what = f"reads its summary: {_said(view)}"
            found.append(Happening(number=0, at=now, who=room, what=what))
        elif known is not None:
            found.extend(_reached(store, now, known, surface, view))
    return tuple(dataclasses.replace(one, number=number + index) for index, one in enumerate(found))


def _reached(
    store: SqlStore, now: dt.datetime, member: Member, surface: uuid.UUID | None, view: object
) -> Iterator[Happening]:
    """One message: why it came, where it is about what others must answer, and its first line."""
    of = functools.partial(Happening, number=0, at=now, who=member.name, email=member.email)
    found = store.surface(surface) if surface else None
    why = stepping_in.sentences(store, now, member, found.id) if found else ()
    yield from (of(what=sentence, asked=True) for sentence in why)
    # An urgent message has one subject, which its reason has told.
    if not (why and found and found.kind is SurfaceKind.URGENT):
        gets = _GETS.get(found.kind, "gets a message") if found else "gets a message"
        yield of(what=f"{gets}: {_said(view)}")


def _said(view: object) -> str:
    read = from_json(view)
    return read.notification if isinstance(read, Message) else ""
