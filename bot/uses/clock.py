"""What the clock does for one member: climb rungs, sound alarms, open or bump the day's digest.

Safe to run late, twice, or after a crash: everything it writes is unique.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from bot import ladder
from bot.loops import LetterState, Loop, Standing
from bot.nudges import Kind, Nudge, SurfaceKind
from bot.people import Member
from bot.ports import Store
from bot.stuck import stuck
from bot.uses import queue
from bot.uses.bell import unread
from bot.uses.desk import circle_of, lead_of
from bot.uses.home import keep_true
from bot.uses.rehearsal import report_due
from bot.uses.welcoming import greet
from bot.views.viewer import is_urgent, urgency

AFTER_A_LETTER = dt.timedelta(minutes=2)


def tick(store: Store, now: dt.datetime, member: uuid.UUID) -> None:
    """All that is due now for one member, in this one transaction."""
    me = store.lock_member(member)
    if me is None:
        return
    loops = store.due_loops(member, now)
    if loops:
        _climb(store, now, loops)
        keep_true(store, now, member, [loop.id for loop in loops])
        queue.keep_true(store, now, loops)
        me = store.member(member) or me
    if me.look_at is None or me.look_at > now:
        return
    if store.policy.nudges_paused:
        # Whoever resumes them has everybody looked at again; until then only what is no nudge is due here.
        store.set_member_look_at(me.id, report_due(store, now, me))
    else:
        _show(store, now, me)


def _climb(store: Store, now: dt.datetime, loops: Sequence[Loop]) -> None:
    policy = store.policy
    lead = lead_of(store)
    nudges: list[Nudge] = []
    looks: list[tuple[Loop, dt.datetime | None]] = []
    emails: dict[uuid.UUID, str] = {}
    for loop in loops:
        around = circle_of(store, now, loop, lead)
        emails |= {m.id: m.email for m in _people(loop, around)}
        nudges.extend(ladder.reached(loop, around, policy, now))
        looks.append((loop, ladder.look_at(loop, around, policy, now, strictly=True)))
    store.record_nudges(n for n in nudges if policy.addresses(emails[n.recipient]))
    store.looked_at(looks)


def _concerned(
    store: Store, now: dt.datetime, loops: dict[uuid.UUID, Loop]
) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Who is reminded of each loop today: it may have been handed over since a nudge was recorded."""
    lead = lead_of(store) if loops else ()
    return {
        loop.id: frozenset(one.id for one in _people(loop, circle_of(store, now, loop, lead)))
        for loop in loops.values()
    }


def _people(loop: Loop, around: ladder.Circle) -> tuple[Member, ...]:
    found = (around.asked, around.recruiter, loop.waiting_for, *around.lead)
    return tuple(m for m in found if m is not None)


def _show(store: Store, now: dt.datetime, me: Member) -> None:
    """Put what waits on today's digest, or on a message of its own where it is urgent."""
    waiting = store.waiting_nudges(me.id, now)
    loops = {loop.id: loop for loop in store.loops(sorted({n.loop for n in waiting}, key=str))}
    silenced = {n: at for n in waiting if (at := _silent_until(loops.get(n.loop), n, now)) is not None}
    waiting = tuple(n for n in waiting if n not in silenced)
    concerned = _concerned(store, now, loops)
    worth = [n for n in waiting if _still_worth_it(loops.get(n.loop), n, now, concerned)]
    store.forget_nudges([n for n in waiting if n not in worth])
    calendar = me.calendar
    open_at, list_at = calendar.next_open(now), calendar.digest_time(now, me.digest_at)
    # Slept through, or paused: what was for this morning does not come at night or on a Sunday instead.
    later = {open_at if n.urgent else list_at for n in worth} - {now} | set(silenced.values())
    if any((open_at if n.urgent else list_at) <= now for n in worth):
        me = greet(store, now, me)
    messages: dict[str, list[Nudge]] = {}
    for nudge in worth if open_at <= now else ():
        if nudge.urgent:
            messages.setdefault(_message_of(nudge), []).append(nudge)
    for same in messages.values():
        first = same[0]
        nudged = first.kind is Kind.NUDGED
        occasion = _message_of(first) if nudged else f"{first.loop}/{first.kind}/{first.occasion}"
        surface = unread(store, SurfaceKind.URGENT, me.id, occasion, now)
        store.put_on(surface.id, tuple(dict.fromkeys(n.loop for n in same)), same, now)
    lines = [n for n in worth if not n.urgent] if list_at <= now else []
    again = _digest(store, now, me, lines, loops)
    following = store.next_nudge(me.id, now)
    report = report_due(store, now, me)
    look_at = min((at for at in (again, following, report, *later) if at is not None), default=None)
    store.set_member_look_at(me.id, look_at)


def _message_of(nudge: Nudge) -> str:
    """Two alarms about one candidate are one message; so is all that a recruiter nudges until it is read."""
    return f"{nudge.kind}/{nudge.occasion}" if nudge.kind is Kind.NUDGED else str(nudge.loop)


def _digest(
    store: Store, now: dt.datetime, me: Member, nudges: Sequence[Nudge], loops: dict[uuid.UUID, Loop]
) -> dt.datetime | None:
    """Put the loops on today's list. Where people have read it already, they come again with the next one.

    A change of a message that was read rings no bell, so what is added to it late waits for the next list
    as well; then the instant of that is given.

    A new list takes the place of the one before, and with it the Undo of every letter that still waits: so
    their candidates come along, last. For them alone no list is opened, and yesterday's keeps its buttons.
    """
    if not nudges:
        return None
    calendar = me.calendar
    occasion = calendar.today(now).isoformat()
    surface, new = store.open_surface(SurfaceKind.DIGEST, me.id, occasion, now, about=None)
    order = sorted({n.loop for n in nudges}, key=lambda loop: urgency(loops[loop], now))
    if not surface.shown:
        undoable = store.loops_to_undo(me.id)
        store.put_on(surface.id, tuple(dict.fromkeys((*order, *undoable))), nudges, now)
        if new:
            store.retire(SurfaceKind.DIGEST, me.id, surface.id, now)
        return None
    known = {loop.id for loop in store.loops_on(surface.id)[1]}
    late = [loop for loop in order if loop not in known]
    if late:
        store.put_on(surface.id, late, (), now)
    return next(calendar.slots_after(now, me.digest_at))


def _silent_until(loop: Loop | None, nudge: Nudge, now: dt.datetime) -> dt.datetime | None:
    """A letter on its way silences the loop: not for good, for it may be undone. When to look again."""
    if loop is None or loop.letter is None or not loop.letter.silences(now) or nudge.kind is Kind.DELIVERY:
        return None
    return loop.letter.silences_until or max(now, loop.letter.not_before) + AFTER_A_LETTER


def _still_worth_it(
    loop: Loop | None,
    nudge: Nudge,
    now: dt.datetime,
    concerned: dict[uuid.UUID, frozenset[uuid.UUID]],
) -> bool:
    """A nudge recorded in the night may be settled by the morning, or somebody else's."""
    if loop is None or not loop.open:
        return False
    if nudge.kind is Kind.DELIVERY:
        last = loop.last_letter
        return last is not None and last.state in (
            LetterState.FAILED,
            LetterState.UNKNOWN,
            LetterState.CANCELLED,
            LetterState.BOUNCED,
        )
    if nudge.recipient not in concerned[loop.id]:
        return False
    promise = str(loop.promise.id) if loop.promise else ""
    if nudge.kind in (Kind.AHEAD, Kind.DUE, Kind.LATE):
        return nudge.occasion.startswith(promise)
    if nudge.kind is Kind.ASKED_TWICE:
        return len(loop.unanswered) > 1
    if nudge.kind is Kind.NUDGED:
        return stuck(loop, now) is not None
    if nudge.kind is Kind.STUCK:
        return loop.stuck_since is not None
    if nudge.kind is Kind.OTHER_OFFER:
        return is_urgent(loop, now)
    if nudge.kind is Kind.ASK_DATE:
        return loop.standing is Standing.NEEDS_DATE
    return True
