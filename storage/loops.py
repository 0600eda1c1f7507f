"""Reading loops: one join for loops and everybody they name, one statement for touches, one for letters."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from bot.loops import Detail, Letter, Loop, Touch
from bot.nudges import Surface
from bot.people import Member, Role
from bot.ports import FoundName
from bot.promises import Basis, Promise, PromiseState
from storage import rows
from storage.people import People, applied_for, co_manages
from storage.rows import OPEN_AND_REVIEWED_LOOP, OPEN_LOOP, pick
from storage.tables import (
    candidates,
    letters,
    loops,
    members,
    promises,
    roles,
    surface_loops,
    surfaces,
    touches,
)

_owner = members.alias("owner")
_manager = members.alias("manager")
_recruiter = members.alias("recruiter")
_waiting = members.alias("waiting_for")

_PARTS: Final = (
    (loops, rows.LOOP_COLUMNS),
    (candidates, rows.CANDIDATE_COLUMNS),
    (roles, rows.ROLE_COLUMNS),
    (promises, rows.PROMISE_COLUMNS),
    (_owner, rows.MEMBER_COLUMNS),
    (_manager, rows.MEMBER_COLUMNS),
    (_recruiter, rows.MEMBER_COLUMNS),
    (_waiting, rows.MEMBER_COLUMNS),
)
_ENDS = list(itertools.accumulate(len(names) for _, names in _PARTS))
_SLICES = [slice(start, end) for start, end in zip([0, *_ENDS], _ENDS, strict=False)]
_other, _same_name = loops.alias("other"), candidates.alias("same_name")
_WAITS_TOO = (
    sa.exists()
    .where(
        _other.c.workspace_id == _same_name.c.workspace_id,
        _other.c.candidate_id == _same_name.c.id,
        _other.c.role_id == loops.c.role_id,
        _other.c.stage == loops.c.stage,
        sa.text("other.standing <> 'closed'"),
    )
    .correlate(loops, _same_name)
)
_NAMESAKE = (
    # By the name first: there are few of one name, and hundreds may wait for one role.
    sa.exists()
    .where(
        _same_name.c.workspace_id == candidates.c.workspace_id,
        _same_name.c.name == candidates.c.name,
        _same_name.c.id != candidates.c.id,
        _WAITS_TOO,
    )
    .correlate(loops, candidates)
)
"""`Loop.namesake`."""
_ELSEWHERE = (
    sa.exists()
    .where(
        _other.c.workspace_id == loops.c.workspace_id,
        _other.c.candidate_id == loops.c.candidate_id,
        _other.c.id != loops.c.id,
        _other.c.reviewed_on.is_not(None),
        sa.or_(sa.text("other.standing <> 'closed'"), _other.c.closed_at >= loops.c.interviewed_at),
    )
    .correlate(loops)
)
"""`Loop.elsewhere`."""
_COLUMNS = [*(column for table, names in _PARTS for column in pick(table, names)), _NAMESAKE, _ELSEWHERE]


def _with_everybody(start: sa.FromClause, *, always: bool) -> sa.FromClause:
    """Join to `loops` what a loop names. `always`: there is a loop in every row of `start`."""

    def also(joined: sa.FromClause, table: sa.FromClause, by: Any, *, needed: bool = False) -> sa.Join:
        same = sa.and_(table.c.workspace_id == loops.c.workspace_id, table.c.id == by)
        return joined.join(table, same, isouter=not (needed and always))

    joined = also(start, candidates, loops.c.candidate_id, needed=True)
    joined = also(joined, roles, loops.c.role_id, needed=True)
    joined = also(joined, _owner, loops.c.owner_id, needed=True)
    joined = also(joined, _manager, roles.c.manager_id, needed=True)
    joined = also(joined, _recruiter, roles.c.recruiter_id)
    joined = also(joined, _waiting, loops.c.waiting_for_id)
    return also(joined, promises, loops.c.promise_id)


LOOP = sa.select(*_COLUMNS).select_from(_with_everybody(loops, always=True))
_SURFACE_WIDTH = len(rows.SURFACE_COLUMNS)
_ON_SURFACE = sa.select(*pick(surfaces, rows.SURFACE_COLUMNS), *_COLUMNS).select_from(
    _with_everybody(
        surfaces.join(
            surface_loops,
            sa.and_(
                surface_loops.c.workspace_id == surfaces.c.workspace_id,
                surface_loops.c.surface_id == surfaces.c.id,
            ),
            isouter=True,
        ).join(
            loops,
            sa.and_(
                loops.c.workspace_id == surface_loops.c.workspace_id, loops.c.id == surface_loops.c.loop_id
            ),
            isouter=True,
        ),
        always=False,
    )
)
_WORKSPACE: sa.BindParameter[uuid.UUID] = sa.bindparam("b_workspace")
_IDS: sa.BindParameter[uuid.UUID] = sa.bindparam("b_ids", expanding=True)
_THESE_ON_SURFACE = _ON_SURFACE.where(
    surfaces.c.workspace_id == _WORKSPACE, surfaces.c.id == sa.bindparam("b_surface")
).order_by(surface_loops.c.position)
_THESE = LOOP.where(loops.c.workspace_id == _WORKSPACE, loops.c.id.in_(_IDS))
_THEIR_TOUCHES = (
    sa.select(*pick(touches, rows.TOUCH_COLUMNS), touches.c.loop_id)
    .where(touches.c.workspace_id == _WORKSPACE, touches.c.loop_id.in_(_IDS))
    .order_by(touches.c.at, touches.c.id)
)
_THEIR_LETTERS = (
    sa.select(*pick(letters, rows.LETTER_HEAD_COLUMNS))
    .where(letters.c.workspace_id == _WORKSPACE, letters.c.loop_id.in_(_IDS))
    .order_by(letters.c.queued_at, letters.c.id)
)
"""A statement that is built once is compiled once, and costs no key to be looked up by."""
_OLDEST_INTERVIEW_FIRST = (loops.c.interviewed_at, loops.c.id)
_OLDEST_PROMISE_FIRST = (promises.c.date.nulls_last(), loops.c.interviewed_at, loops.c.id)


class Loops(People):
    """The part of the store that reads loops."""

    def _loops(self, query: sa.Select[Any]) -> tuple[Loop, ...]:
        return self._whole(self.conn.execute(query.where(loops.c.workspace_id == self._workspace)).all())

    def _whole(self, found: Sequence[Sequence[Any]]) -> tuple[Loop, ...]:
        """Loops from rows of `_COLUMNS`, with their touches and letters."""
        ids = [row[0] for row in found]
        said = self._touches(ids)
        written = self._letters(ids)
        cast = _Cast()
        return tuple(_loop(row, cast, said.get(row[0], ()), written.get(row[0], ())) for row in found)

    def _touches(self, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Touch]]:
        if not ids:
            return {}
        found: dict[uuid.UUID, list[Touch]] = {}
        for row in self.conn.execute(_THEIR_TOUCHES, {"b_workspace": self._workspace, "b_ids": ids}):
            found.setdefault(row[-1], []).append(rows.touch(row))
        return found

    def _letters(self, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Letter]]:
        if not ids:
            return {}
        found: dict[uuid.UUID, list[Letter]] = {}
        for row in self.conn.execute(_THEIR_LETTERS, {"b_workspace": self._workspace, "b_ids": ids}):
            one = rows.letter(row)
            found.setdefault(one.loop, []).append(one)
        return found

    def loop(self, loop: uuid.UUID) -> Loop | None:
        return next(iter(self.loops([loop])), None)

    def loops(self, ids: Sequence[uuid.UUID]) -> tuple[Loop, ...]:
        """In the order asked for; ids that are not there are left out."""
        if not ids:
            return ()
        given = {"b_workspace": self._workspace, "b_ids": ids}
        found = {it.id: it for it in self._whole(self.conn.execute(_THESE, given).all())}
        return tuple(found[it] for it in dict.fromkeys(ids) if it in found)

    def loops_on(self, surface: uuid.UUID) -> tuple[Surface | None, tuple[Loop, ...]]:
        given = {"b_workspace": self._workspace, "b_surface": surface}
        found = self.conn.execute(_THESE_ON_SURFACE, given).all()
        if not found:
            return None, ()
        shown = [row[_SURFACE_WIDTH:] for row in found if row[_SURFACE_WIDTH] is not None]
        return rows.surface(found[0]), self._whole(shown)

    def loops_owned(self, member: uuid.UUID) -> tuple[Loop, ...]:
        query = LOOP.where(loops.c.owner_id == member, OPEN_AND_REVIEWED_LOOP)
        return self._loops(query.order_by(*_OLDEST_PROMISE_FIRST))

    def loops_waiting_for(self, member: uuid.UUID) -> tuple[Loop, ...]:
        query = LOOP.where(
            loops.c.waiting_for_id == member, loops.c.detail == Detail.WAITING_FOR, OPEN_AND_REVIEWED_LOOP
        )
        return self._loops(query.order_by(*_OLDEST_PROMISE_FIRST))

    def loops_recruited(self, member: uuid.UUID, limit: int) -> tuple[Loop, ...]:
        query = LOOP.where(roles.c.recruiter_id == member, OPEN_AND_REVIEWED_LOOP)
        return self._loops(query.order_by(*_OLDEST_PROMISE_FIRST).limit(limit))

    def loops_of_role(self, role: uuid.UUID) -> tuple[Loop, ...]:
        return self._loops(LOOP.where(loops.c.role_id == role, OPEN_LOOP).order_by(*_OLDEST_PROMISE_FIRST))

    def loops_of_candidate(self, *who: uuid.UUID) -> tuple[Loop, ...]:
        query = LOOP.where(loops.c.candidate_id.in_(who))
        return self._loops(query.order_by(loops.c.interviewed_at, loops.c.id))

    def unreviewed(self, recruiter: uuid.UUID, limit: int) -> tuple[Loop, ...]:
        query = LOOP.where(*_unreviewed(recruiter))
        return self._loops(query.order_by(*_OLDEST_INTERVIEW_FIRST).limit(limit))

    def unreviewed_owned(self, member: uuid.UUID) -> tuple[Loop, ...]:
        query = LOOP.where(loops.c.owner_id == member, OPEN_LOOP, loops.c.reviewed_on.is_(None))
        return self._loops(query.order_by(*_OLDEST_INTERVIEW_FIRST))

    def unreviewed_count(self, recruiter: uuid.UUID) -> int:
        query = (
            sa.select(sa.func.count())
            .select_from(loops.join(roles, _same(roles, loops.c.role_id)))
            .where(loops.c.workspace_id == self._workspace, *_unreviewed(recruiter))
        )
        return self.conn.scalar(query) or 0

    def reviewed_since(self, recruiter: uuid.UUID, day: dt.date) -> tuple[tuple[uuid.UUID, int], ...]:
        """How many imported, open loops the recruiter has said are real since this day, by owner."""
        query = (
            sa.select(loops.c.owner_id, sa.func.count())
            .join(roles, _same(roles, loops.c.role_id))
            .where(
                loops.c.workspace_id == self._workspace,
                OPEN_AND_REVIEWED_LOOP,
                loops.c.import_key.is_not(None),
                loops.c.reviewed_on >= day,
                _reviewed_by(recruiter),
            )
            .group_by(loops.c.owner_id)
            .order_by(sa.func.count().desc(), loops.c.owner_id)
        )
        return tuple((row[0], row[1]) for row in self.conn.execute(query))

    def names(self, member: uuid.UUID, closed_since: dt.datetime | None = None) -> tuple[FoundName, ...]:
        named = sa.or_(roles.c.manager_id == member, roles.c.recruiter_id == member, co_manages(member))
        # A day's grace on both sides, for the absence is counted where the member is; a click asks exactly.
        today, day = self._product_now().date(), dt.timedelta(days=1)
        stands_in = sa.or_(
            *(
                sa.and_(
                    one.c.delegate_id == member,
                    one.c.delegate_accepted,
                    one.c.away_from <= today + day,
                    one.c.away_until >= today - day,
                )
                for one in (_owner, _recruiter)
            )
        )
        which = OPEN_LOOP if closed_since is None else loops.c.closed_at >= closed_since
        query = (
            sa.select(
                *(loops.c.id, candidates.c.name, roles.c.title),
                *(candidates.c.email, loops.c.stage, loops.c.interviewed_at, _owner.c.zone),
            )
            .join(candidates, _same(candidates, loops.c.candidate_id))
            .join(roles, _same(roles, loops.c.role_id))
            .join(_owner, _same(_owner, loops.c.owner_id))
            .join(_recruiter, _same(_recruiter, roles.c.recruiter_id), isouter=True)
            .where(
                loops.c.workspace_id == self._workspace,
                which,
                sa.or_(
                    named,
                    sa.and_(sa.not_(roles.c.confidential), sa.or_(loops.c.owner_id == member, stands_in)),
                ),
                sa.not_(applied_for(member)),
            )
            .order_by(candidates.c.name, loops.c.id)
        )
        return tuple(FoundName(*row) for row in self.conn.execute(query))

    def promises_made_by(self, member: uuid.UUID, limit: int) -> tuple[Promise, ...]:
        today = self._product_now().date()
        over = sa.or_(promises.c.state != PromiseState.CURRENT, promises.c.date < today)
        query = (
            sa.select(*pick(promises, rows.PROMISE_COLUMNS))
            .join(loops, _same(loops, promises.c.loop_id, of=promises))
            .where(
                promises.c.workspace_id == self._workspace,
                loops.c.owner_id == member,
                promises.c.basis.in_([Basis.STATED, Basis.LETTER]),
                # Who withdrew or was never interviewed was owed nothing in the end.
                sa.or_(promises.c.state != PromiseState.CURRENT, OPEN_LOOP),
            )
            .order_by(sa.case((over, 0), else_=1), promises.c.made_at.desc(), promises.c.id)
            .limit(limit)
        )
        return tuple(rows.promise(row) for row in self.conn.execute(query))


def _same(table: sa.FromClause, by: Any, of: sa.FromClause = loops) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.workspace_id == of.c.workspace_id, table.c.id == by)


def _unreviewed(reviewer: uuid.UUID) -> Iterable[Any]:
    """What this member is asked to look at."""
    return (_reviewed_by(reviewer), OPEN_LOOP, loops.c.reviewed_on.is_(None))


def _reviewed_by(member: uuid.UUID) -> sa.ColumnElement[bool]:
    """The same as `Loop.reviewer`."""
    return sa.func.coalesce(roles.c.recruiter_id, loops.c.owner_id) == member


class _Cast:
    """The members and roles of one answer, each made once: a manager of thousands is in every row."""

    def __init__(self) -> None:
        self._members: dict[uuid.UUID, Member] = {}
        self._roles: dict[uuid.UUID, Role] = {}

    def member(self, row: rows.Row) -> Member:
        return self._members.get(row[0]) or self._members.setdefault(row[0], rows.member(row))

    def role(self, row: rows.Row, manager: Member, recruiter: Member | None) -> Role:
        return self._roles.get(row[0]) or self._roles.setdefault(row[0], rows.role(row, manager, recruiter))


def _loop(row: Sequence[Any], cast: _Cast, said: Sequence[Touch], written: Sequence[Letter]) -> Loop:
    loop, candidate, role, promise, owner, manager, recruiter, waiting = (row[part] for part in _SLICES)
    return rows.loop(
        loop,
        candidate=rows.candidate(candidate),
        role=cast.role(role, cast.member(manager), cast.member(recruiter) if recruiter[0] else None),
        owner=cast.member(owner),
        promise=rows.promise(promise) if promise[0] else None,
        waiting_for=cast.member(waiting) if waiting[0] else None,
        touches=said,
        letters=written,
        namesake=bool(row[_ENDS[-1]]),
        elsewhere=bool(row[_ENDS[-1] + 1]),
    )
