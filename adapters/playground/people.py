"""Who is in the demo, as the page's left column has them, and the clock above it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from bot.ladder import calendar_of
from bot.people import Member
from storage.store import SqlStore
from storage.tables import roles

DEFAULT = "Dana Lee"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member with what they do here, the time where they are, and how much waits unread for them."""

    member: Member
    does: str
    local: dt.datetime
    unread: int = 0

    @property
    def place(self) -> str:
        """ "New York", of America/New_York."""
        return self.member.zone.rpartition("/")[2].replace("_", " ")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody in groups of a name, and the one we are."""

    me: Person
    groups: tuple[tuple[str, tuple[Person, ...]], ...]


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

    everybody = [
        Person(
            member=member,
            does=does(member),
            local=calendar_of(member).local(now),
            unread=unread.get(member.id, 0),
        )
        for member in store.members()
    ]
    me = _chosen(everybody, chosen, email)
    if me is None:
        return None
    groups = ((title, tuple(p for p in everybody if p.does == does)) for does, title in _GROUPS)
    return People(me=me, groups=tuple(group for group in groups if group[1]))


def _chosen(everybody: list[Person], chosen: uuid.UUID | None, email: str) -> Person | None:
    if chosen is not None:
        return next((p for p in everybody if p.member.id == chosen), None)
    if email:
        return next((p for p in everybody if p.member.email.lower() == email.lower()), None)
    first = sorted(everybody, key=lambda p: (p.member.name != DEFAULT, p.does != "hiring manager"))
    return first[0] if first else None
