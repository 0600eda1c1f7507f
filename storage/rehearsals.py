"""A rehearsal: since when, what it would have shown, and the forgetting of it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from bot.calendar import WorkCalendar
from bot.loops import LetterState
from bot.nudges import Kind, SurfaceKind
from bot.promises import Promise
from storage import rows
from storage.rows import OPEN_AND_REVIEWED_LOOP, pick
from storage.surfaces import Surfaces
from storage.tables import (
    candidates,
    deliveries,
    letters,
    loops,
    members,
    nudges,
    promises,
    roles,
    surface_loops,
    surfaces,
)

_SINCE = "rehearsal_since"
_OF_IT = (
    SurfaceKind.DIGEST, SurfaceKind.URGENT, SurfaceKind.WELCOME, SurfaceKind.REHEARSAL, SurfaceKind.BRAKE,
    SurfaceKind.QUEUE,
)  # fmt: skip
"""Never shown and without sense once it is over: what the clock told, and what was held or stuck in it."""
_STILL_ASKED = (
    SurfaceKind.REVIEW, SurfaceKind.DELEGATE, SurfaceKind.BRAKE, SurfaceKind.HANDED, SurfaceKind.RECRUITS,
)  # fmt: skip
"""Also never shown; but still true, or a question that was open before."""
_WAITS = (LetterState.HELD, LetterState.QUEUED, LetterState.RETRY)


class Rehearsals(Surfaces):
    """The part of the store that knows of rehearsals."""

    @property
    def rehearsal_set(self) -> bool:
        """Whether the settings of this process ask for one."""
        return self._defaults.rehearsal

    def rehearsal_since(self) -> dt.datetime | None:
        """When the rehearsal began; None where none is on."""
        if self._policy is None:
            self._read_workspace()
        since = self._settings.get(_SINCE)
        return dt.datetime.fromisoformat(since) if since else None

    def begin_rehearsal(self, now: dt.datetime) -> bool:
        """Remember that it began now; False where it had begun already, in another process too."""
        if self._locked_settings().get(_SINCE):
            return False
        self._save_settings({_SINCE: now.isoformat()})
        return True

    def rehearsed_letters(self) -> tuple[uuid.UUID, ...]:
        """Letters that were queued in the rehearsal and wait."""
        since = self.rehearsal_since()
        if since is None:
            return ()
        mine = (letters.c.workspace_id == self._workspace, letters.c.queued_at >= since)
        query = sa.select(letters.c.id).where(*mine, letters.c.state.in_(_WAITS))
        return tuple(self.conn.scalars(query.order_by(letters.c.id)))

    def end_rehearsal(self, now: dt.datetime) -> bool:
        """Forget what it would have shown; every loop starts as if due today. False where none was on.

        Its reminders may be due again, so their records go. Questions to members that nobody has seen are
        asked now. `reviewed_on` is moved, as a review would, in the candidate's zone.
        """
        text = self._locked_settings().get(_SINCE)
        if not text:
            return False
        self._forget(dt.datetime.fromisoformat(text))
        self._start_today(now)
        shown = sa.or_(
            sa.and_(surfaces.c.chat != "", surfaces.c.kind != SurfaceKind.REHEARSAL),
            surfaces.c.kind.in_(_STILL_ASKED),
        )
        self._enqueue(self._moved(shown, sa.not_(surfaces.c.retired), not_before=now))
        self._save_settings({_SINCE: None})
        self._want(now)
        return True

    def _forget(self, since: dt.datetime) -> None:
        never_shown = (
            surfaces.c.workspace_id == self._workspace,
            surfaces.c.opened_at >= since,
            surfaces.c.chat == "",
            surfaces.c.kind.in_(_OF_IT),
        )
        gone = sa.select(surfaces.c.id).where(*never_shown)
        greeted = sa.select(surfaces.c.member_id).where(*never_shown, surfaces.c.kind == SurfaceKind.WELCOME)
        of_it = sa.or_(nudges.c.not_before >= since, nudges.c.surface_id.in_(gone))
        for statement in (
            sa.delete(nudges).where(nudges.c.workspace_id == self._workspace, of_it),
            sa.delete(deliveries).where(
                deliveries.c.workspace_id == self._workspace, deliveries.c.subject_id.in_(gone)
            ),
            sa.delete(surface_loops).where(
                surface_loops.c.workspace_id == self._workspace, surface_loops.c.surface_id.in_(gone)
            ),
            sa.update(members)
            .where(members.c.workspace_id == self._workspace, members.c.id.in_(greeted))
            .values(welcomed=False),
            sa.delete(surfaces).where(*never_shown),
        ):
            self.conn.execute(statement)
        self._members.clear()

    def _start_today(self, now: dt.datetime) -> None:
        mine = (loops.c.workspace_id == self._workspace, OPEN_AND_REVIEWED_LOOP)
        of_loop = sa.and_(
            candidates.c.workspace_id == loops.c.workspace_id, candidates.c.id == loops.c.candidate_id
        )
        zones = sa.select(candidates.c.zone).join(loops, of_loop).where(*mine).distinct()
        for zone in sorted(self.conn.scalars(zones)):
            there = sa.select(candidates.c.id).where(
                candidates.c.workspace_id == self._workspace, candidates.c.zone == zone
            )
            self.conn.execute(
                sa.update(loops)
                .where(*mine, loops.c.candidate_id.in_(there))
                .values(reviewed_on=WorkCalendar(zone, "").today(now), look_at=now)
            )

    # -- what it would have done --------------------------------------------------------------------------

    def messages_between(
        self, since: dt.datetime, until: dt.datetime
    ) -> tuple[tuple[uuid.UUID, SurfaceKind, int], ...]:
        """How many lists and urgent messages each member was to get, by member and kind."""
        query = (
            sa.select(surfaces.c.member_id, surfaces.c.kind, sa.func.count())
            .where(
                surfaces.c.workspace_id == self._workspace,
                surfaces.c.opened_at >= since,
                surfaces.c.opened_at <= until,
                surfaces.c.kind.in_((SurfaceKind.DIGEST, SurfaceKind.URGENT)),
            )
            .group_by(surfaces.c.member_id, surfaces.c.kind)
        )
        return tuple((row[0], row[1], row[2]) for row in self.conn.execute(query))

    def stepped_in_between(self, since: dt.datetime, until: dt.datetime) -> int:
        """About how many candidates the recruiter was to be asked, because their manager did nothing."""
        query = (
            sa.select(sa.func.count(nudges.c.loop_id.distinct()))
            .join(
                loops,
                sa.and_(loops.c.workspace_id == nudges.c.workspace_id, loops.c.id == nudges.c.loop_id),
            )
            .join(roles, sa.and_(roles.c.workspace_id == loops.c.workspace_id, roles.c.id == loops.c.role_id))
            .where(
                nudges.c.workspace_id == self._workspace,
                nudges.c.kind == Kind.LATE,
                nudges.c.recipient_id == roles.c.recruiter_id,
                nudges.c.recipient_id != loops.c.owner_id,
                nudges.c.not_before >= since,
                nudges.c.not_before <= until,
            )
        )
        return self.conn.scalar(query) or 0

    def current_promises(self) -> tuple[Promise, ...]:
        """The promise of every open, reviewed loop."""
        of_loop = sa.and_(
            promises.c.workspace_id == loops.c.workspace_id, promises.c.id == loops.c.promise_id
        )
        query = (
            sa.select(*pick(promises, rows.PROMISE_COLUMNS))
            .join(loops, of_loop)
            .where(loops.c.workspace_id == self._workspace, OPEN_AND_REVIEWED_LOOP)
        )
        return tuple(rows.promise(row) for row in self.conn.execute(query))
