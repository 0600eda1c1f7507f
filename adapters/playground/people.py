"""Who is in the demo, as the page's left column has them, and the clock above it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa

from adapters.playground import channels
from adapters.playground.mailbox import WAITING
from bot.people import Member
from bot.promises import Basis, due_instant
from storage.rows import OPEN_AND_REVIEWED_LOOP
from storage.store import SqlStore
from storage.tables import letters, loops, promises, roles

DEFAULT = "Dana Lee"
HUES = 8
"""Colours that an avatar can have."""


def initials(name: str) -> str:
    """ "DL", of Dana Lee."""
    words = [word for word in name.split() if word[0].isalnum()] or ["?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def hue(name: str) -> int:
    """The same colour for the same name, every day."""
    return sum(map(ord, name)) % HUES


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member with what they do here, the time where they are, what waits unread, and who waits for them.

    `late`: candidates past the date this member promised.
    """

    member: Member
    does: str
    local: dt.datetime
    unread: int = 0
    late: int = 0

    @property
    def place(self) -> str:
        """ "New York", of America/New_York."""
        return self.member.zone.rpartition("/")[2].replace("_", " ")

    @property
    def title(self) -> str:
        """What they do, and whether they look after the bot."""
        return f"{self.does} and admin" if self.member.admin else self.does


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A team's channel, which everybody here may look into."""

    id: uuid.UUID
    called: str
    unread: int = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody in groups of a name, the one we are, and the teams' channels.

    `room` is the channel that is looked into, if any.
    """

    me: Person
    groups: tuple[tuple[str, tuple[Person, ...]], ...]
    rooms: tuple[Room, ...] = ()
    room: Room | None = None


_GROUPS = (
    ("hiring manager", "Hiring managers"),
    ("recruiter", "Recruiters"),
    ("colleague", "Colleagues"),
)


def people(
    store: SqlStore,
    now: dt.datetime,
    unread: Mapping[uuid.UUID, int],
    chosen: uuid.UUID | None,
    email: str,
) -> People | None:
    """None where nobody has the id or the email asked for, or nobody is there at all."""
    query = sa.select(roles.c.manager_id, roles.c.recruiter_id).where(roles.c.workspace_id == store.workspace)
    rows = store.conn.execute(query).all()
    manage, recruit = {row[0] for row in rows}, {row[1] for row in rows}
    lead = store.policy.recruiting_lead.lower()

    def does(member: Member) -> str:
        if member.id in recruit or member.email.lower() == lead:
            return "recruiter"
        return "hiring manager" if member.id in manage else "colleague"

    late = _late(store, now)
    everybody = [
        Person(
            member=member,
            does=does(member),
            local=member.calendar.local(now),
            unread=unread.get(member.id, 0),
            late=late[member.id],
        )
        for member in store.members()
    ]
    me = _chosen(everybody, chosen, email)
    if me is None:
        return None
    groups = ((title, tuple(p for p in everybody if p.does == does)) for does, title in _GROUPS)
    rooms = tuple(
        Room(id=room, called=called, unread=unread.get(room, 0))
        for room, called in channels.everyone(store.conn).items()
    )
    return People(me=me, groups=tuple(group for group in groups if group[1]), rooms=rooms)


def _late(store: SqlStore, now: dt.datetime) -> Counter[uuid.UUID]:
    """Of each member: how many wait past the promised date, and have no letter on its way."""
    here = store.workspace
    on_its_way = sa.exists().where(
        letters.c.workspace_id == here, letters.c.loop_id == loops.c.id, letters.c.state.in_(WAITING)
    )
    query = (
        sa.select(loops.c.owner_id, promises.c.date, promises.c.zone)
        .join(promises, sa.and_(promises.c.workspace_id == here, promises.c.id == loops.c.promise_id))
        .where(loops.c.workspace_id == here, OPEN_AND_REVIEWED_LOOP, promises.c.basis != Basis.ASSUMED)
        .where(sa.not_(on_its_way), promises.c.date <= now.date())
    )
    rows = store.conn.execute(query)
    return Counter(owner for owner, day, zone in rows if due_instant(day, zone) < now)


def _chosen(everybody: list[Person], chosen: uuid.UUID | None, email: str) -> Person | None:
    if chosen is not None:
        return next((p for p in everybody if p.member.id == chosen), None)
    if email:
        return next((p for p in everybody if p.member.email.lower() == email.lower()), None)
    first = sorted(everybody, key=lambda p: (p.member.name != DEFAULT, p.does != "hiring manager"))
    return first[0] if first else None
