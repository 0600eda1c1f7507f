"""The team's channel of the demo: what was told in it before the story begins, and who has just heard."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable

import sqlalchemy as sa
from anyascii import anyascii

from adapters.playground import channels
from bot.loops import Closed, Loop, Standing, Touch, TouchKind
from bot.people import Candidate, Role
from bot.promises import Basis, Promise
from bot.summary import SHOWN_WEEKS, Channel, Figures, Summary
from bot.weeks import WEEK
from storage import tables
from storage.store import SqlStore

CALLED = "#hiring"
"""As the demo's file calls it."""
ASKED_BY = "ravi.menon@halden.example"

_PAST = (
    Figures(waiting=41, past=9, heard=13, closed=7, share=0.58, moved=6, days=9),
    Figures(waiting=40, past=9, heard=15, closed=6, share=0.61, moved=5, days=8),
    Figures(waiting=43, past=10, heard=12, closed=5, share=0.55, moved=6, days=9),
    Figures(waiting=42, past=8, heard=17, closed=9, share=0.66, moved=5, days=8),
    Figures(waiting=39, past=7, heard=16, closed=8, share=0.70, moved=4, days=7),
    Figures(waiting=40, past=7, heard=14, closed=6, share=0.68, moved=4, days=7),
    Figures(waiting=38, past=6, heard=18, closed=10, share=0.74, moved=3, days=6),
    Figures(waiting=36, past=5, heard=19, closed=9, share=0.79, moved=3, days=6),
    Figures(waiting=37, past=6, heard=15, closed=7, share=0.76, moved=3, days=6),
    Figures(waiting=39, past=5, heard=17, closed=8, share=0.81, moved=2, days=5),
    Figures(waiting=40, past=8, heard=14, closed=6, share=0.78, moved=4, days=6),
)
"""Made up, the oldest first; with the first Friday of the story it is twelve weeks."""


_HEARD = (
    ("Amara Diallo", "Product Manager", "2026-11-12", "2026-11-20", "2026-11-20T20:12"),
    ("Pilar Montoya", "Product Manager", "2026-11-13", "2026-11-23", "2026-11-20T20:31"),
    ("Owen Blackwood", "Field Service Engineer", "2026-11-12", "2026-11-20", "2026-11-20T20:44"),
    ("Farah Haddad", "Field Service Engineer", "2026-11-16", "2026-11-24", "2026-11-20T21:05"),
    ("Nils Aaltonen", "Field Service Engineer", "2026-11-13", "2026-11-23", "2026-11-20T21:20"),
    ("Grace Mutasa", "Site Reliability Engineer", "2026-11-12", "2026-11-20", "2026-11-20T20:50"),
    ("Ravindra Pillai", "Site Reliability Engineer", "2026-11-16", "2026-11-24", "2026-11-20T22:10"),
    ("Elif Aydın", "Firmware Engineer", "2026-11-13", "2026-11-23", "2026-11-20T23:02"),
    ("Tobias Lindgren", "Firmware Engineer", "2026-11-17", "2026-11-25", "2026-11-21T00:15"),
    ("Hannah Weiland", "Optics Engineer", "2026-11-13", "2026-11-23", "2026-11-23T08:25"),
    ("Jakub Pokorný", "Embedded Linux Engineer", "2026-11-16", "2026-11-24", "2026-11-23T08:50"),
    ("Meera Joshi", "Embedded Linux Engineer", "2026-11-17", "2026-11-25", "2026-11-23T10:40"),
    ("Ulrich Danner", "Optics Engineer", "2026-11-12", "2026-11-23", "2026-11-23T12:05"),
    ("Claudia Steinegger", "Sales Manager DACH", "2026-11-13", "2026-11-23", "2026-11-23T09:15"),
    ("Benedikt Rauch", "Sales Manager DACH", "2026-11-16", "2026-11-24", "2026-11-23T11:30"),
    ("Vera Antić", "Sales Manager DACH", "2026-11-17", "2026-11-25", "2026-11-23T13:10"),
)
"""Name, role, day of the interview, promised date, and when (UTC) somebody called them: all since the last
summary, so that the first one of the story has all its figures."""


def remember(store: SqlStore, now: dt.datetime) -> None:
    """Ravi asked for the summary long ago. Does nothing where the channel is known already."""
    channels.add(store.conn, CALLED)
    if store.channel(channels.name_of(CALLED)) is None:
        _remember_summaries(store, now)
        _remember_calls(store)


def _remember_summaries(store: SqlStore, now: dt.datetime) -> None:
    asker = store.member_by_email(ASKED_BY)
    if asker is None:
        return
    name = channels.name_of(CALLED)
    channel = Channel(id=uuid.uuid4(), name=name, called=CALLED, zone=asker.zone, asked_by=asker.id)
    store.save_channel(dataclasses.replace(channel, next_at=channel.due_after(now)))
    last = channel.due_by(now)
    roles = frozenset(store.counted_roles(channel))
    for back, told in enumerate(reversed(_PAST[-(SHOWN_WEEKS - 1) :])):
        until = last - back * WEEK
        summary = Summary(
            id=uuid.uuid4(), channel=channel.id, week=channel.week_of(until), since=until - WEEK,
            until=until, roles=roles, figures=told, posted=False,
        )  # fmt: skip
        store.add_summary(summary, now)


def _remember_calls(store: SqlStore) -> None:
    known = (store.role(role) for role in _all_roles(store))
    roles = {role.title: role for role in known if role is not None}
    for name, title, met, promised, told in _HEARD:
        role = roles.get(title)
        if role is not None:
            store.add_loop(_called(name, role, _utc(f"{met}T16:00"), _utc(told), promised))


def _all_roles(store: SqlStore) -> Iterable[uuid.UUID]:
    query = sa.select(tables.roles.c.id).where(tables.roles.c.workspace_id == store.workspace)
    return list(store.conn.scalars(query))


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def _called(name: str, role: Role, met: dt.datetime, told: dt.datetime, promised: str) -> Loop:
    """Somebody who was called in time, which settled it."""
    email = f"{anyascii(name).lower().replace(' ', '.')}@example.com"
    zone, country = role.manager.zone, role.manager.country
    promise = Promise(
        id=uuid.uuid4(), date=dt.date.fromisoformat(promised), zone=zone, basis=Basis.STATED, made_at=met
    )
    return Loop(
        id=uuid.uuid4(),
        candidate=Candidate(id=uuid.uuid4(), name=name, email=email, zone=zone, country=country),
        role=role,
        owner=role.manager,
        stage="phone",
        interviewed_at=met,
        standing=Standing.CLOSED,
        promise=promise.settled(told),
        reviewed_on=met.date(),
        closed_as=Closed.TOLD_BY_PHONE,
        closed_at=told,
        touches=(Touch(id=uuid.uuid4(), kind=TouchKind.CALL, at=told, by=role.manager.id),),
    )
