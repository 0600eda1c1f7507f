"""Imported loops are silent until the recruiter has said which are real. One screen, ten at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bot import turns
from bot.access import must_write
from bot.actions import Place, Verb
from bot.changes import Refused
from bot.loops import Closed, Loop
from bot.nudges import Surface, SurfaceKind
from bot.people import Member
from bot.ports import Store
from bot.uses.bell import unread
from bot.uses.desk import Desk, Fields, say, write
from bot.views.elements import Buttons, Element, Heading, Message, Paragraph, Style, View
from bot.views.lists import PAGE_SIZE, replaced, review_row
from bot.views.viewer import Viewer

MOST_NAMED = 8
AT_ONCE = 100
"""At most this many in one transaction; the screen says how many are left."""


def ask(store: Store, now: dt.datetime, recruiter: Member) -> None:
    """After an import: one message to the recruiter, not one a candidate, within their hours.

    One that they have read rings no bell when it changes, so the next import asks with a new one.
    """
    if not recruiter.available or not store.policy.addresses(recruiter.email):
        return
    at = recruiter.calendar.next_open(now)
    day = recruiter.calendar.today(at).isoformat()
    surface = unread(store, SurfaceKind.REVIEW, recruiter.id, day, now)
    store.bump((surface.id,), at)
    store.retire(SurfaceKind.REVIEW, recruiter.id, surface.id, at)


def moved(store: Store, now: dt.datetime, loops: Iterable[Loop], giver: Member) -> None:
    """These were the giver's before: the review screens that show one, or showed one, are drawn anew."""
    reviewers = {loop.reviewer.id for loop in loops if loop.reviewed_on is None}
    shown = (store.review_surface(member) for member in ({giver.id, *reviewers} if reviewers else ()))
    store.bump([surface.id for surface in shown if surface is not None and surface.shown], now)


def view(store: Store, surface: Surface, viewer: Viewer) -> Message:
    if surface.retired:
        return replaced(surface, "More were imported since: a newer message asks about all of them.")
    return _view(store, viewer, surface)


def review(desk: Desk, _: Fields) -> View:
    """`/followup review`: the same screen on demand."""
    return _view(desk.store, desk.viewer(), None)


def real(desk: Desk, _: Fields) -> View:
    """Still waiting: the loop starts as if due today."""
    loop = desk.loop
    _must_review(desk, loop)
    desk.commit(turns.review(loop, desk.member, desk.now))
    return _again(desk)


def not_real(desk: Desk, _: Fields) -> View:
    """Not waiting any more: closed, and nothing is sent."""
    loop = desk.loop
    _must_review(desk, loop)
    if loop.reviewed_on is not None:
        raise Refused("This one has been looked at already.")
    desk.commit(turns.close_untold(loop, desk.member, desk.now, Closed.UNTOLD, recruiter=True))
    return _again(desk)


def _must_review(desk: Desk, loop: Loop) -> None:
    """Nobody but the loop's reviewer says whether it is real."""
    must_write(desk.member, loop, desk.now)
    if desk.member.id != loop.reviewer.id:
        raise Refused(f"{loop.reviewer.first_name} looks at imported candidates first.")


def all_real(desk: Desk, _: Fields) -> View:
    """All that are left, a hundred at a time."""
    for loop in desk.store.unreviewed(desk.member.id, AT_ONCE):
        write(desk.store, desk.now, turns.review(loop, desk.member, desk.now))
    return _again(desk)


def _again(desk: Desk) -> View:
    """The screen as it is now. The message that asked follows, wherever the click came from."""
    store, asked = desk.store, desk.store.review_surface(desk.member.id)
    if asked is not None and asked.shown:
        store.bump((asked.id,), desk.now)
        asked = store.surface(asked.id)
    clicked = desk.action.place.surface if desk.action is not None else None
    here = asked if asked is not None and asked.id == clicked else None
    return _view(store, desk.viewer(Place(surface=here.id) if here else Place()), here)


def _what_comes(store: Store, viewer: Viewer) -> list[str]:
    """Who has how many of them, and when that person's list comes. Dates are each candidate's own."""
    lately = viewer.today - dt.timedelta(days=1)
    found = [
        (owner, count)
        for member, count in store.reviewed_since(viewer.member.id, lately)
        if (owner := store.member(member)) is not None
    ]
    lines = [_comes(owner, count, viewer) for owner, count in found[:MOST_NAMED]]
    if len(found) > MOST_NAMED:
        lines.append(f"{len(found) - MOST_NAMED} more managers have the others.")
    return lines


def _comes(owner: Member, count: int, viewer: Viewer) -> str:
    who = "You have" if owner.id == viewer.member.id else f"{owner.name} has"
    some = f"{who} {count} of them"
    if not owner.available or not viewer.policy.addresses(owner.email):
        return f"{some}, and hears nothing yet: not in the pilot, or out of reach."
    at = owner.calendar.digest_time(viewer.now, owner.digest_at)
    when = "now" if at <= viewer.now else f"on {viewer.moment(at)}"
    return f"{some}; the next list comes {when}, with those whose date is near or past."


def _view(store: Store, viewer: Viewer, surface: Surface | None) -> Message:
    count = store.unreviewed_count(viewer.member.id)
    loops = store.unreviewed(viewer.member.id, PAGE_SIZE)
    elements: list[Element] = []
    if not loops:
        next_ = _what_comes(store, viewer)
        if surface is None and not next_:
            return say("No imported candidate waits for you to look.")
        head = "All imported candidates have been looked at"
        elements.append(Heading(head))
        elements.append(Paragraph("Nobody was written to. Whoever still waits comes in the managers' lists."))
        elements.extend(Paragraph(line) for line in next_)
    else:
        head = (
            "1 imported candidate: still waiting"
            if count == 1
            else f"{count} imported candidates: who still waits"
        )
        head += "?"
        elements.append(Heading(head))
        elements.append(
            Paragraph(
                "Until you have looked, nobody is reminded and nobody is written to. Whoever still waits "
                "starts as if due today; whoever does not is found with /followup NAME, and can be reopened. "
                "If you do nothing, nothing happens."
            )
        )
        elements.extend(review_row(loop, viewer) for loop in loops)
        some = min(count, AT_ONCE)
        label = f"All {some} still wait" if some > 1 else "Still waits"
        elements.append(Buttons((viewer.plain_button(label, Verb.REVIEW_ALL, style=Style.PRIMARY),)))
        if count > len(loops):
            elements.append(Paragraph(f"{count - len(loops)} more come after these.", quiet=True))
    return Message(
        notification=head,
        elements=tuple(elements),
        surface=surface.id if surface else None,
        revision=surface.revision if surface else 0,
        private=surface is None,
    )
