"""The recruiter's queue, and the nudge that a recruiter gives a manager."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from bot.access import Viewpoint, has_a_place, viewpoint
from bot.actions import Place
from bot.changes import Refused
from bot.loops import Loop
from bot.nudges import Kind, Nudge, SurfaceKind
from bot.ports import Store
from bot.stuck import stuck
from bot.uses.desk import Desk, Fields, circle_of, draw, say, stood_in_for
from bot.views.elements import Message, View
from bot.views.queue import headline

LOOKED_THROUGH = 1000
"""Loops of a recruiter's roles, oldest promise first; more than that is said aloud."""


def queue(desk: Desk, _: Fields) -> Message:
    """A new message with whoever is stuck now. It follows the truth from then on; the one before does not."""
    store, me = desk.store, desk.member.id
    recruiters = [one.id for one in (desk.member, *stood_in_for(store, desk.now, desk.member))]
    recruiters = [one for one in recruiters if recruits(store, one)]
    if not recruiters:
        return say(
            "The queue is for recruiters, and no role names you as its own. Typing /followup shows your list."
        )
    loops = [loop for one in recruiters for loop in store.loops_recruited(one, LOOKED_THROUGH)]
    mine = [loop for loop in loops if viewpoint(desk.member, loop, desk.now) is not None]
    waiting = [loop for loop in mine if stuck(loop, desk.now) is not None]
    if not waiting:
        return say("Nothing is stuck: no candidate of your roles waits for you to step in.")
    if store.policy.rehearsal:
        return say(
            f"{headline(len(waiting))}. This is a rehearsal, so the queue does not come as a message: "
            "typing /followup list shows who waits for you."
        )
    surface, _new = store.open_surface(SurfaceKind.QUEUE, me, desk.now.isoformat(), desk.now)
    # The queue before is replaced, and with it the Undo of what was queued there.
    undoable = set(store.loops_to_undo(me))
    shown = [*waiting, *(loop for loop in mine if loop.id in undoable and loop not in waiting)]
    store.put_on(surface.id, [loop.id for loop in shown], (), desk.now)
    store.retire(SurfaceKind.QUEUE, me, surface.id, desk.now)
    now_there = store.surface(surface.id) or surface
    notice = ""
    if len(loops) >= LOOKED_THROUGH:
        notice = f"Only the {LOOKED_THROUGH} oldest promises of your roles were looked through."
    return draw(store, now_there, shown, desk.viewer(Place(surface=surface.id)), notice)


def recruits(store: Store, member: uuid.UUID) -> bool:
    """Whether a role names this member as its recruiter."""
    roles = store.roles_of(member)
    return any(role.recruiter is not None and role.recruiter.id == member for role in roles)


def from_home(desk: Desk, fields: Fields) -> View:
    """The same from a place that keeps showing what it shows: the queue comes as a message."""
    shown = queue(desk, fields)
    if desk.place.home:
        return shown if shown.surface else desk.told(shown.notification)
    return say(f"{shown.notification}. The list is in our messages.") if shown.surface else shown


def keep_true(store: Store, now: dt.datetime, loops: Iterable[Loop]) -> None:
    """Whichever of these loops is stuck now belongs on its recruiter's queue, if there is one.

    And on that of whoever stands in for them.
    """
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for loop in loops:
        if loop.recruiter is None or stuck(loop, now) is None:
            continue
        found.setdefault(loop.recruiter.id, []).append(loop.id)
        away = loop.recruiter.absence
        if away is not None and away.delegate is not None and has_a_place(away.delegate, loop, now):
            found.setdefault(away.delegate, []).append(loop.id)
    for recruiter, theirs in sorted(found.items()):
        surface = store.queue_surface(recruiter)
        if surface is not None:
            store.put_on(surface.id, theirs, (), now)


def nudge(desk: Desk, _: Fields) -> View:
    """Ask whoever must answer, once a day about one candidate: at once in their hours, else next morning."""
    loop = desk.writable()
    policy, first = desk.store.policy, loop.candidate.first_name
    own = loop.recruiter is not None and loop.recruiter.id == desk.member.id
    if not own and viewpoint(desk.member, loop, desk.now) is not Viewpoint.RECRUITER:
        raise Refused("Only the recruiter of the role nudges. You can write yourself, or hand the loop over.")
    if stuck(loop, desk.now) is None:
        raise Refused(f"There is nothing to ask about: {first} has been told, or a letter is on its way.")
    asked = circle_of(desk.store, desk.now, loop).asked
    if asked is None or asked.id == desk.member.id:
        raise Refused(
            f"{loop.owner.first_name} is away or cannot be reached, so you are the one who is asked. "
            "Take over, or write yourself."
        )
    if policy.nudges_paused or not policy.addresses(asked.email):
        why = "an admin has paused nudges" if policy.nudges_paused else "the bot may not write to them yet"
        raise Refused(f"{asked.first_name} cannot be nudged: {why}. Take over, or call {asked.first_name}.")
    today = desk.member.calendar.today(desk.now)
    occasion = f"{today.isoformat()}/{desk.member.id}"
    known = desk.store.nudges_about((loop.id,), asked.id)
    if any(one.kind is Kind.NUDGED and one.occasion == occasion for one in known):
        return desk.answer(f"You have nudged {asked.first_name} about {first} today. Once a day is enough.")
    at = asked.calendar.next_open(desk.now)
    desk.store.record_nudges(
        (
            Nudge(
                loop=loop.id,
                kind=Kind.NUDGED,
                occasion=occasion,
                recipient=asked.id,
                not_before=at,
                urgent=True,
            ),
        )
    )
    when = "now" if at <= desk.now else f"on {desk.viewer().moment(at)} your time, when their day begins"
    return desk.answer(f"{asked.first_name} is asked about {first} {when}.")
