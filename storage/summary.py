"""What a weekly summary counts. The database counts; what comes back is grouped, or of one week at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from bot.calendar import WorkCalendar
from bot.loops import Closed, TouchKind
from bot.promises import Basis, PromiseState
from bot.summary import Bunch, Channel, Dated, Moved, News, Promised, Week
from storage.channels import Channels, counted, waiting_at
from storage.rows import OPEN_LOOP
from storage.tables import loops, members, promises, roles, touches

_DAY = dt.timedelta(days=1)
_NEVER_WAITED = (Closed.ENTERED_BY_MISTAKE, Closed.DID_NOT_TAKE_PLACE)
_TOLD = (TouchKind.LETTER, TouchKind.CALL)
_QUOTABLE = (Basis.STATED, Basis.LETTER)
MOVED_TWICE = 3
"""The third date a candidate was given."""

_WHOSE = (roles.c.manager_id, loops.c.owner_id)
_OF_ROLE = sa.and_(loops.c.workspace_id == roles.c.workspace_id, loops.c.role_id == roles.c.id)
_OF_LOOP = sa.and_(promises.c.workspace_id == loops.c.workspace_id, promises.c.loop_id == loops.c.id)
_ABOUT_LOOP = sa.and_(touches.c.workspace_id == loops.c.workspace_id, touches.c.loop_id == loops.c.id)
_WAITED = sa.and_(
    loops.c.reviewed_on.is_not(None),
    sa.or_(loops.c.closed_as.is_(None), loops.c.closed_as.not_in(_NEVER_WAITED)),
)


class Counting(Channels):
    """The part of the store that counts."""

    def week(self, channel: Channel, since: dt.datetime, until: dt.datetime) -> Week:
        ours = sa.and_(counted(self._workspace, channel), _WAITED)
        waiting = self._waiting(ours, until)
        promised = self._promised(ours, since, until)
        news = self._news(ours, since, until)
        bunches = [*waiting, *(it.bunch for it in promised), *(it.bunch for it in news)]
        return Week(
            since=since,
            until=until,
            waiting=waiting,
            current=self._current(ours, until),
            promised=promised,
            moved=self._moved_twice(ours, since, until),
            news=news,
            heard=self._heard(ours, since, until),
            closed=self._closed(ours, since, until),
            here=self._still_here(bunches),
            roles=frozenset(self.counted_roles(channel)),
        )

    def _rows(self, query: sa.Select[Any]) -> Iterable[sa.Row[Any]]:
        return self.conn.execute(query)

    def _waiting(self, ours: sa.ColumnElement[bool], until: dt.datetime) -> list[Bunch]:
        query = (
            sa.select(*_WHOSE, sa.func.count())
            .select_from(roles.join(loops, _OF_ROLE))
            .where(ours, waiting_at(until))
            .group_by(*_WHOSE)
        )
        return [Bunch(*row) for row in self._rows(query)]

    def _current(self, ours: sa.ColumnElement[bool], until: dt.datetime) -> list[Dated]:
        """The promises of those who wait, by date."""
        query = (
            sa.select(promises.c.date, promises.c.zone, sa.func.count())
            .select_from(roles.join(loops, _OF_ROLE).join(promises, _OF_LOOP))
            .where(
                ours,
                waiting_at(until),
                promises.c.basis.in_(_QUOTABLE),
                promises.c.made_at <= until,
                sa.or_(promises.c.settled_at.is_(None), promises.c.settled_at > until),
                promises.c.date <= until.date() + _DAY,
            )
            .group_by(promises.c.date, promises.c.zone)
        )
        return [Dated(date=row[0], zone=row[1], count=row[2]) for row in self._rows(query)]

    def _fell_due(self, ours: sa.ColumnElement[bool], since: dt.datetime, until: dt.datetime) -> Any:
        """Promises of these days and of a day around; not those that nobody waited for in the end."""
        return sa.and_(
            ours,
            promises.c.basis.in_(_QUOTABLE),
            promises.c.made_at <= until,
            promises.c.date.between(since.date() - _DAY, until.date() + _DAY),
            sa.or_(promises.c.state != PromiseState.CURRENT, OPEN_LOOP),
        )

    def _promised(
        self, ours: sa.ColumnElement[bool], since: dt.datetime, until: dt.datetime
    ) -> list[Promised]:
        keys = (promises.c.date, promises.c.zone, *_WHOSE, promises.c.state)
        query = (
            sa.select(*keys, sa.func.count())
            .select_from(roles.join(loops, _OF_ROLE).join(promises, _OF_LOOP))
            .where(self._fell_due(ours, since, until))
            .group_by(*keys)
        )
        return [
            Promised(
                dated=Dated(date=row[0], zone=row[1], count=row[5]),
                bunch=Bunch(row[2], row[3], row[5]),
                kept=row[4] is PromiseState.KEPT,
            )
            for row in self._rows(query)
        ]

    def _moved_twice(
        self, ours: sa.ColumnElement[bool], since: dt.datetime, until: dt.datetime
    ) -> list[Moved]:
        before = promises.alias("before")
        dates = (
            sa.select(sa.func.count())
            .where(
                before.c.workspace_id == promises.c.workspace_id,
                before.c.loop_id == promises.c.loop_id,
                before.c.basis.in_(_QUOTABLE),
                before.c.made_at <= until,
            )
            .correlate(promises)
            .scalar_subquery()
        )
        query = (
            sa.select(promises.c.loop_id, promises.c.date, promises.c.zone)
            .select_from(roles.join(loops, _OF_ROLE).join(promises, _OF_LOOP))
            .where(self._fell_due(ours, since, until), dates >= MOVED_TWICE)
        )
        return [Moved(loop=row[0], dated=Dated(date=row[1], zone=row[2])) for row in self._rows(query)]

    def _news(self, ours: sa.ColumnElement[bool], since: dt.datetime, until: dt.datetime) -> list[News]:
        """The first time each was told anything, where that was in this week."""
        owner = members.alias("owner")
        of_owner = sa.and_(owner.c.workspace_id == loops.c.workspace_id, owner.c.id == loops.c.owner_id)
        earlier = touches.alias("earlier")
        told_before = sa.exists().where(
            earlier.c.workspace_id == loops.c.workspace_id,
            earlier.c.loop_id == loops.c.id,
            earlier.c.kind.in_(_TOLD),
            earlier.c.at > loops.c.interviewed_at,
            earlier.c.at <= since,
        )
        keys = (loops.c.id, *_WHOSE, owner.c.zone, owner.c.country, loops.c.interviewed_at)
        query = (
            sa.select(*keys, sa.func.min(touches.c.at))
            .select_from(roles.join(loops, _OF_ROLE).join(touches, _ABOUT_LOOP).join(owner, of_owner))
            .where(
                ours,
                touches.c.kind.in_(_TOLD),
                touches.c.at > loops.c.interviewed_at,
                touches.c.at > since,
                touches.c.at <= until,
                sa.not_(told_before),
            )
            .group_by(*keys)
        )
        return [
            News(
                bunch=Bunch(row[1], row[2]),
                calendar=WorkCalendar(row[3], row[4]),
                interviewed_at=row[5],
                told_at=row[6],
            )
            for row in self._rows(query)
        ]

    def _heard(self, ours: sa.ColumnElement[bool], since: dt.datetime, until: dt.datetime) -> int:
        query = (
            sa.select(sa.func.count(sa.distinct(loops.c.candidate_id)))
            .select_from(roles.join(loops, _OF_ROLE).join(touches, _ABOUT_LOOP))
            .where(ours, touches.c.kind.in_(_TOLD), touches.c.at > since, touches.c.at <= until)
        )
        return self.conn.scalar(query) or 0

    def _closed(self, ours: sa.ColumnElement[bool], since: dt.datetime, until: dt.datetime) -> int:
        query = (
            sa.select(sa.func.count())
            .select_from(roles.join(loops, _OF_ROLE))
            .where(ours, loops.c.closed_at > since, loops.c.closed_at <= until)
        )
        return self.conn.scalar(query) or 0

    def _still_here(self, bunches: Iterable[Bunch]) -> frozenset[Any]:
        people = {who for bunch in bunches for who in (bunch.manager, bunch.owner)}
        query = sa.select(members.c.id).where(
            members.c.workspace_id == self._workspace, members.c.active, members.c.id.in_(sorted(people))
        )
        return frozenset(self.conn.scalars(query))
