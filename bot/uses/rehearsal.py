"""A rehearsal: everything is decided and nothing leaves, but a report to the admins each Friday."""

from __future__ import annotations

import datetime as dt
import uuid

from bot.access import is_admin
from bot.holding import wait_for_rehearsal
from bot.loops import LetterState
from bot.nudges import Surface, SurfaceKind
from bot.people import Member
from bot.ports import Store
from bot.summary import AT, WEEKDAY
from bot.uses import fate
from bot.uses.brake import paused
from bot.uses.desk import write
from bot.views import rehearsed as screen
from bot.views.elements import Message
from bot.views.rehearsed import Asked, Rehearsed
from bot.views.viewer import Viewer
from bot.weeks import WEEK, Weekly, week_name

NOT_SENT = "This is a rehearsal: nothing is sent."
"""What stands beside a letter that would have left."""
WAITS = "A rehearsal has begun since, and it leaves when that is over."
"""What stands beside a letter that was queued before it."""


def settle(store: Store, now: dt.datetime) -> bool:
    """At the start of a process that delivers: begin the rehearsal that is on, or end the one that was.

    Of a rehearsal that is over nothing is ever shown. Whether one began or ended.
    """
    if store.rehearsal_set:
        began = store.begin_rehearsal(now)
        for member in store.members():
            if is_admin(member, store.policy):
                store.set_member_look_at(member.id, now)
        return began
    for letter in store.rehearsed_letters():
        fate.settle(store, now, letter, LetterState.CANCELLED, NOT_SENT)
    ended = store.end_rehearsal(now)
    if ended:
        store.release_letters()
        if store.policy.letters_paused:
            store.hold_letters(paused(store))
    return ended


def instead_of_sending(store: Store, now: dt.datetime, letter_id: uuid.UUID, token: uuid.UUID) -> None:
    """Nothing leaves: what was queued in the rehearsal comes to nothing, what was queued before it waits.

    `token` is the deliverer's claim. Raises `Overtaken` where the letter is no longer where it left it.
    """
    store.begin_rehearsal(now)
    letter = store.letter(letter_id)
    loop = store.loop(letter.loop) if letter else None
    if letter is None or loop is None:
        return
    if letter.queued_at >= (store.rehearsal_since() or now):
        fate.settle(store, now, letter_id, LetterState.CANCELLED, NOT_SENT, token=token)
    else:
        write(store, now, wait_for_rehearsal(loop, letter, WAITS, now), token)


def report_due(store: Store, now: dt.datetime, member: Member) -> dt.datetime | None:
    """Open this week's report where its hour has come; when to look again. None outside a rehearsal."""
    since = store.rehearsal_since()
    if since is None or not is_admin(member, store.policy):
        return None
    fridays = _fridays(member)
    last = fridays.by(now)
    if last > since:
        occasion = week_name(member.calendar.today(last))
        surface, new = store.open_surface(SurfaceKind.REHEARSAL, member.id, occasion, now)
        if new:
            store.bump((surface.id,), now)
    return fridays.after(now)


def _fridays(member: Member) -> Weekly:
    """When the reports come: at the hour of the weekly summaries, where the member is."""
    return Weekly(member.calendar, WEEKDAY, AT)


def report(store: Store, since: dt.datetime, until: dt.datetime) -> Rehearsed:
    """What would have been done between these instants, and how candidates would stand at the end."""
    counts: dict[Member, Asked] = {}
    known = {member.id: member for member in store.members()}
    for member_id, kind, count in store.messages_between(since, until):
        member = known.get(member_id)
        if member is None:
            continue
        before = counts.get(member, Asked(member=member))
        lists = before.lists + (count if kind is SurfaceKind.DIGEST else 0)
        urgent = before.urgent + (count if kind is SurfaceKind.URGENT else 0)
        counts[member] = Asked(member=member, lists=lists, urgent=urgent)
    waiting = store.current_promises()
    return Rehearsed(
        asked=tuple(sorted(counts.values(), key=lambda one: (-one.times, one.member.name))),
        stepped_in=store.stepped_in_between(since, until),
        late=sum(one.quotable and one.due < until for one in waiting),
        waiting=len(waiting),
    )


def view(store: Store, surface: Surface, viewer: Viewer) -> Message:
    """The week that ended when the report was opened."""
    until = surface.opened_at
    since = max(until - WEEK, store.rehearsal_since() or until - WEEK)
    following = viewer.moment(_fridays(viewer.member).after(until))
    return screen.rehearsed(surface, viewer, report(store, since, until), following)


def lines(store: Store, now: dt.datetime) -> tuple[str, ...]:
    """The same for the command line, since the rehearsal began."""
    since = store.rehearsal_since()
    if since is None:
        return ("No rehearsal is on. Set FOLLOWUP_REHEARSAL=on and start `followup serve`.",)
    found = report(store, since, now)
    each = (f"  {name}: {what}" for name, what in screen.details(found))
    began = f"The rehearsal began at {since:%Y-%m-%d %H:%M} UTC. Nothing has been sent since."
    return (began, screen.sentence(found), *each, screen.recruiters(found))
