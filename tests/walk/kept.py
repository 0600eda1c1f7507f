"""What must hold of the database after every step."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from bot.loops import Letter, LetterState, Loop
from bot.nudges import Surface
from bot.people import Member
from bot.policy import EVERYONE, Policy
from storage import rows, tables
from storage.store import SqlStore
from tests.walk import allowed
from tests.walk.world import World, loops_in

MAILED = frozenset({LetterState.QUEUED, LetterState.RETRY, LetterState.SENDING})
OVER = frozenset({
    LetterState.SENT, LetterState.FAILED, LetterState.UNDONE, LetterState.CANCELLED, LetterState.BOUNCED
})  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """What is in the database."""

    at: dt.datetime
    policy: Policy
    members: Mapping[str, Member]
    """By work email."""
    loops: Mapping[uuid.UUID, Loop]
    letters: Mapping[uuid.UUID, Letter]
    surfaces: Mapping[uuid.UUID, Surface]
    shows: Mapping[uuid.UUID, frozenset[uuid.UUID]]
    """Which surfaces show this loop."""
    mailing: frozenset[uuid.UUID]
    """The letters of which there is a delivery."""
    audit: Mapping[uuid.UUID, tuple[tuple[str, dt.datetime], ...]]
    """The hash and the time of each entry about a loop."""
    due: dt.datetime | None
    following: dt.datetime | None


def look(world: World) -> Snapshot:
    return world.read(lambda store: _look(store, world.now))


def _look(store: SqlStore, now: dt.datetime) -> Snapshot:
    conn, audit = store.conn, tables.audit.c
    loops = {loop.id: loop for loop in loops_in(store)}
    chains: dict[uuid.UUID, list[tuple[str, dt.datetime]]] = {loop: [] for loop in loops}
    for loop, digest, at in conn.execute(sa.select(audit.loop_id, audit.hash, audit.at).order_by(audit.seq)):
        chains[loop].append((digest, at))
    on: dict[uuid.UUID, set[uuid.UUID]] = {loop: set() for loop in loops}
    shows = tables.surface_loops.c
    for loop, surface in conn.execute(sa.select(shows.loop_id, shows.surface_id)):
        on[loop].add(surface)
    posted = conn.execute(sa.select(*rows.pick(tables.surfaces, rows.SURFACE_COLUMNS)))
    surfaces = {it.id: it for it in map(rows.surface, posted)}
    return Snapshot(
        at=now,
        policy=store.policy,
        members={member.email: member for member in store.members()},
        loops=loops,
        letters={letter.id: letter for loop in loops.values() for letter in loop.letters},
        surfaces=surfaces,
        shows={loop: frozenset(it) for loop, it in on.items()},
        mailing=frozenset(
            conn.scalars(
                sa.select(tables.deliveries.c.subject_id).where(
                    tables.deliveries.c.kind == tables.DeliveryKind.LETTER
                )
            )
        ),
        audit={loop: tuple(chain) for loop, chain in chains.items()},
        due=conn.scalar(sa.select(tables.due.c.at)),
        following=store.next_instant(now),
    )


def hold(world: World, before: Snapshot, now: Snapshot) -> None:
    for loop in now.loops.values():
        an_open_loop_has_a_promise_and_will_be_looked_at(loop)
        a_closed_loop_is_at_rest(loop)
        at_most_one_letter_waits(loop)
        if loop.id in before.loops:
            history_only_grows(before, now, loop.id)
    for letter in now.letters.values():
        every_letter_leaves_or_waits_for_somebody(letter, now)
    what_has_ended_stays(before, now)
    a_pause_holds_every_letter(now)
    the_clock_will_look_in_time(now)
    if world.quiet:
        somebody_is_reminded_of_every_broken_promise(world, now)


def an_open_loop_has_a_promise_and_will_be_looked_at(loop: Loop) -> None:
    if loop.open:
        assert loop.promise is not None
        if loop.reviewed_on is not None and loop.letter is None:
            assert loop.look_at is not None, f"nobody will ever look at {loop.candidate.name} again"


def a_closed_loop_is_at_rest(loop: Loop) -> None:
    if not loop.open:
        assert loop.promise is None
        assert loop.look_at is None
        assert loop.letter is None
        assert loop.closed_as is not None


def at_most_one_letter_waits(loop: Loop) -> None:
    assert sum(letter.open for letter in loop.letters) <= 1


def history_only_grows(before: Snapshot, now: Snapshot, loop: uuid.UUID) -> None:
    was, is_now = before.audit[loop], now.audit[loop]
    assert is_now[: len(was)] == was, "the audit was changed"
    assert all(a[1] <= b[1] for a, b in itertools.pairwise(is_now)), "the audit is out of order"
    old = before.loops[loop]
    new = now.loops[loop]
    assert {touch.id for touch in old.touches} <= {touch.id for touch in new.touches}, "a touch is gone"
    assert {letter.id for letter in old.letters} <= {letter.id for letter in new.letters}, "a letter is gone"
    if new.open and not old.open:
        assert old.reopenable, "a candidate who was told waits again"
    if (old.standing, old.detail, old.owner.id) != (new.standing, new.detail, new.owner.id):
        assert len(is_now) > len(was), "something was decided, and no entry tells of it"


def every_letter_leaves_or_waits_for_somebody(letter: Letter, now: Snapshot) -> None:
    if letter.state in MAILED:
        assert letter.id in now.mailing, f"a letter is {letter.state} and nobody will ever take it"
    elif letter.id in now.mailing:
        assert letter.state is not LetterState.HELD, "a held letter has a delivery"
    if letter.state in (LetterState.FAILED, LetterState.UNKNOWN, LetterState.CANCELLED, LetterState.HELD):
        assert letter.problem, f"a letter is {letter.state}, and nobody can read why"


def what_has_ended_stays(before: Snapshot, now: Snapshot) -> None:
    for letter in before.letters.values():
        if letter.state in OVER:
            assert now.letters[letter.id].state is letter.state


def a_pause_holds_every_letter(now: Snapshot) -> None:
    if now.policy.letters_paused:
        waiting = [it for it in now.letters.values() if it.state in (LetterState.QUEUED, LetterState.RETRY)]
        assert not waiting, "letters are paused, and one says that it leaves"


def the_clock_will_look_in_time(now: Snapshot) -> None:
    if now.following is not None:
        assert now.due is not None
        assert now.due <= now.following


def somebody_is_reminded_of_every_broken_promise(world: World, now: Snapshot) -> None:
    """Days in which nobody did anything: whoever is late is on a list that somebody was shown in them.

    Of each of those who could be asked two mornings have passed: an absence may have ended in between.
    """
    if now.policy.rehearsal or now.policy.nudges_paused or EVERYONE not in now.policy.pilot:
        return
    members = [it for it in now.members.values() if it.available]
    for loop in now.loops.values():
        if not loop.open or loop.reviewed_on is None or loop.promise is None:
            continue
        if loop.letter is not None and loop.letter.state is not LetterState.UNKNOWN:
            continue
        since = max(loop.promise.due, world.quiet_since, loop.snoozed_until or world.quiet_since)
        around = [it for it in members if _is_asked(it, loop, now)]
        late = [
            next(itertools.islice(it.calendar.slots_after(since, it.digest_at), 1, None)) <= now.at
            for it in around
        ]
        if around and all(late):
            told = [
                surface
                for surface in map(now.surfaces.__getitem__, now.shows[loop.id])
                if surface.opened_at >= world.quiet_since
                and surface.shown
                and surface.member in {it.id for it in around}
            ]
            assert told, f"nobody hears that {loop.candidate.name} ({loop.role.title}) still waits"


def _is_asked(member: Member, loop: Loop, now: Snapshot) -> bool:
    """Owner, recruiter, who stands in for either, the lead. Co-managers may write, and are not asked."""
    lead = {now.policy.recruiting_lead} if now.policy.recruiting_lead else now.policy.admins
    places = {loop.owner.id, loop.role.recruiter.id if loop.role.recruiter else None}
    for away in (loop.owner, loop.role.recruiter):
        if away is not None and allowed.is_away(away, now.at) and away.absence and away.absence.accepted:
            places.add(away.absence.delegate)
    return (member.id in places or member.email in lead) and allowed.may_see(member, loop, now.policy, now.at)
