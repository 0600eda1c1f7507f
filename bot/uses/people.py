"""What members say about themselves: settings, absence, standing in for somebody."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from bot.access import is_admin, must_address, viewpoint
from bot.actions import ALONE, LISTED, Verb
from bot.calendar import is_known_country, is_known_zone
from bot.changes import Refused
from bot.loops import Loop
from bot.nudges import Surface, SurfaceKind
from bot.people import Absence, Member
from bot.policy import FeedbackPolicy
from bot.ports import Store
from bot.uses import clearing
from bot.uses.desk import Desk, Fields, argument_id, circle_of, lead_of, say
from bot.uses.menu import read_time
from bot.uses.queue import recruits
from bot.views import forms
from bot.views.elements import Buttons, Element, FieldErrors, Heading, Message, Paragraph, Style, View
from bot.views.rows import row
from bot.views.sheet import falls_due_away, update_all_button
from bot.views.viewer import Viewer, is_late

LONGEST_ABSENCE = dt.timedelta(days=365)


# -- settings ---------------------------------------------------------------------------------------------


def settings(desk: Desk, _: Fields) -> View:
    return forms.settings(desk.viewer(), desk.member, admin=is_admin(desk.member, desk.store.policy))


def settings_submit(desk: Desk, fields: Fields) -> View:
    """All of it or nothing: one wrong field changes nothing."""
    errors: list[tuple[str, str]] = []
    zone = fields.get("zone", "").strip()
    if not is_known_zone(zone):
        errors.append(("zone", "I know no such time zone. It looks like Europe/London or America/New_York."))
    country = fields.get("country", "").strip().upper()
    if country and not is_known_country(country):
        errors.append(("country", "I know no such country. It is two letters, as in GB or US."))
    at = read_time(fields.get("digest_at", ""))
    if at is None or not dt.time(9) <= at < dt.time(17, 30):
        errors.append(("digest_at", "Choose a time between 09:00 and 17:29, written as 09:30."))
    feedback = fields.get("feedback", "")
    if feedback and feedback not in ("on", "off"):
        errors.append(("feedback", "Choose on or off."))
    if errors or at is None:
        return FieldErrors(tuple(errors))
    order = {"day": False, "month": True}.get(fields.get("dates", "ask"))
    chosen = desk.member.own_zone or zone != desk.member.zone
    member = dataclasses.replace(
        desk.member, zone=zone, country=country, digest_at=at, month_first=order, own_zone=chosen
    )
    desk.store.save_member(member)
    relook(desk.store, desk.now, member)
    said = "Saved."
    if feedback and is_admin(desk.member, desk.store.policy) and feedback != desk.store.policy.feedback:
        desk.store.save_policy(dataclasses.replace(desk.store.policy, feedback=FeedbackPolicy(feedback)))
        said = f"Saved. Feedback letters are {feedback} for the whole company from now on."
    return desk.told(said, member)


def relook(store: Store, now: dt.datetime, member: Member, drawn: dt.datetime | None = None) -> None:
    """Zone, hours or absence changed: the clock looks at each of their loops anew, at once.

    Those they recruit for as well, and those of whoever named them to stand in: whom the ladder asks there
    may have changed.

    What shows the member or one of their loops is drawn anew; `drawn`: when, if not at once.
    """
    drawn = drawn or now
    loops = [loop.id for loop in store.loops_owned(member.id)]
    store.set_look_at(dict.fromkeys(loops, now))
    store.look_at_recruited(member.id, now)
    for away in store.away_delegating_to(member.id):
        store.set_look_at(dict.fromkeys((loop.id for loop in store.loops_owned(away.id)), now))
        store.look_at_recruited(away.id, now)
    store.bump_showing(loops, drawn)
    if (home := store.home_surface(member.id)) is not None:
        store.bump((home.id,), drawn)


# -- absence ----------------------------------------------------------------------------------------------


def away(desk: Desk, until: dt.date, delegate: Member | None) -> View:
    """Nudges go to the delegate once that person accepts, until then to the recruiter."""
    me, today = desk.member, desk.member.calendar.today(desk.now)
    if until < today:
        raise Refused(f"{desk.viewer().day(until)} has passed. Say the last day on which you are away.")
    if until - today > LONGEST_ABSENCE:
        raise Refused("That is more than a year away. Say the last day on which you are away.")
    if delegate is not None and delegate.id == me.id:
        raise Refused("You cannot stand in for yourself. Name a colleague, or leave the delegate out.")
    if delegate is not None:
        if not delegate.available:
            raise Refused(f"{delegate.first_name} cannot stand in: nobody can reach them here just now.")
        must_address(delegate, desk.store.policy)
    absence = Absence(start=today, until=until, delegate=delegate.id if delegate else None)
    member = dataclasses.replace(me, absence=absence)
    desk.store.save_member(member)
    relook(desk.store, desk.now, member)
    if delegate is not None:
        _ask_delegate(desk, member, delegate, until)
    return _away_answer(Desk(desk.store, desk.now, member), until, delegate)


_CONFIDENTIAL = (
    "A confidential role that does not name {delegate} is not part of it: only those whom it names are asked "
    "about its candidates, and {delegate} sees nothing of it."
)


def _ask_delegate(desk: Desk, member: Member, delegate: Member, until: dt.date) -> None:
    occasion = f"{member.id}/{until.isoformat()}"
    surface, _ = desk.store.open_surface(
        SurfaceKind.DELEGATE, delegate.id, occasion, desk.now, about=member.id
    )
    desk.store.bump((surface.id,), delegate.calendar.next_open(desk.now))


def _away_answer(desk: Desk, until: dt.date, delegate: Member | None) -> Message:
    viewer = desk.viewer(LISTED)
    me = desk.member.id
    owned = [loop for loop in desk.store.loops_owned(me) if falls_due_away(loop, viewer)]
    loops = [loop for loop in owned if loop.letter is None or not loop.letter.silences(desk.now)]
    lead = lead_of(desk.store)
    asked = (circle_of(desk.store, desk.now, loop, lead).asked for loop in loops)
    meanwhile = {one.first_name for one in asked if one is not None and one.id != me}
    who = " or ".join(sorted(meanwhile)) or "the recruiter of each role"
    if delegate is None:
        first = f"Noted: you are away until {viewer.day(until)}. {who[0].upper()}{who[1:]} gets your nudges."
    elif who == delegate.first_name:
        first = f"{who} is asked, and gets your nudges meanwhile."
    else:
        first = (
            f"{delegate.first_name} is asked; until {delegate.first_name} accepts, {who} gets your nudges."
        )
    elements: list[Element] = [Paragraph(first)]
    if delegate is not None and any(
        role.confidential and delegate.id not in role.named for role in desk.store.roles_of(me)
    ):
        elements.append(Paragraph(_CONFIDENTIAL.format(delegate=delegate.first_name)))
    if recruits(desk.store, me):
        elements.append(Paragraph(_as_a_recruiter(delegate)))
    if loops:
        elements.append(Paragraph(f"{_waiting(loops, until, viewer)}. Update them before you go:"))
        rows = [(loop, viewpoint(desk.member, loop, desk.now)) for loop in loops]
        alone = viewer.on(ALONE)
        elements.extend(row(loop, point, alone) for loop, point in rows if point is not None)
    all_ = update_all_button(clearing.count(desk), viewer) if loops else ()
    elements.append(Buttons((*all_, viewer.plain_button("I am back", Verb.RUN, "back"))))
    return Message(notification=first, elements=tuple(elements), private=True)


def _waiting(loops: Sequence[Loop], until: dt.date, viewer: Viewer) -> str:
    """ "2 promises are late, 1 falls due until Tue 24 Nov"."""
    late = sum(is_late(loop, viewer.now) for loop in loops)
    due = len(loops) - late
    first = "1 promise" if (late or due) == 1 else f"{late or due} promises"
    parts = [f"{first} {'is' if late == 1 else 'are'} late"] if late else []
    if due:
        falls = f"{'falls' if due == 1 else 'fall'} due until {viewer.day(until)}"
        parts.append(f"{due if late else first} {falls}")
    return ", ".join(parts)


def _as_a_recruiter(delegate: Member | None) -> str:
    if delegate is not None:
        return (
            f"Where a manager does not answer, you are asked to step in until {delegate.first_name} accepts."
        )
    return (
        "Where a manager does not answer, you are still asked to step in, for nobody stands in for you: "
        "/followup away until 6 dec delegate @sam."
    )


def back(desk: Desk) -> View:
    if desk.member.absence is None:
        return say("You are not away, as far as I know.")
    member = dataclasses.replace(desk.member, absence=None)
    desk.store.save_member(member)
    relook(desk.store, desk.now, member)
    return desk.told("Welcome back. Your nudges come to you again.", member)


def delegate_yes(desk: Desk, _: Fields) -> View:
    return _answer_delegation(desk, accept=True)


def delegate_no(desk: Desk, _: Fields) -> View:
    return _answer_delegation(desk, accept=False)


def _answer_delegation(desk: Desk, *, accept: bool) -> View:
    away = desk.store.member(argument_id(desk))
    absence = away.absence if away else None
    if away is None or absence is None or absence.delegate != desk.member.id:
        return say("This is settled already: nobody asks you to stand in any more.")
    changed = dataclasses.replace(absence, accepted=accept, delegate=desk.member.id if accept else None)
    member = dataclasses.replace(away, absence=changed)
    desk.store.save_member(member)
    relook(desk.store, desk.now, member)
    surface = desk.place.surface
    if surface is not None:
        desk.store.bump((surface,), desk.now)
    until = desk.viewer().day(absence.until)
    if accept:
        return say(f"Thank you. You get {away.first_name}'s nudges until {until}.")
    to = away.first_name if recruits(desk.store, away.id) else "the recruiter"
    return say(f"{away.first_name}'s nudges go to {to}. Nothing else changes for you.")


def delegate_view(store: Store, surface: Surface, viewer: Viewer) -> Message:
    """Asks a member to stand in; after the answer, what it was."""
    away = store.member(surface.about) if surface.about else None
    absence = away.absence if away else None
    if away is None or absence is None or absence.delegate != viewer.member.id:
        text = "You were asked to stand in for a colleague. That is settled; you have nothing to do."
        return _on(surface, text, (Paragraph(text),))
    until = viewer.day(absence.until)
    if absence.accepted:
        head = "You stand in for a colleague"
        text = f"You stand in for {away.name} until {until}: their candidates come in your list."
        stop = viewer.plain_button("I cannot any more", Verb.DELEGATE_NO, away.id.hex)
        return _on(surface, head, (Paragraph(text), Buttons((stop,))))
    head = "A colleague asks you to stand in"
    text = f"{away.name} is away until {until} and asks you to answer the candidates who wait meanwhile"
    if recruits(store, away.id):
        text += (
            f", and to step in where a manager does not. If you do nothing, {away.first_name} is still asked."
        )
    else:
        text += ". If you do nothing, the recruiter is asked."
    buttons = (
        viewer.plain_button("I stand in", Verb.DELEGATE_YES, away.id.hex, Style.PRIMARY),
        viewer.plain_button("I cannot", Verb.DELEGATE_NO, away.id.hex),
    )
    return _on(surface, head, (Heading(head), Paragraph(text), Buttons(buttons)))


def _on(surface: Surface, text: str, elements: tuple[Element, ...]) -> Message:
    return Message(notification=text, elements=elements, surface=surface.id, revision=surface.revision)


# -- whom the chat no longer reaches ----------------------------------------------------------------------


def unreachable(store: Store, now: dt.datetime, member: Member) -> None:
    """The chat says that this member cannot be written to: the recruiter has their loops until they can."""
    gone = dataclasses.replace(member, reachable=False)
    store.save_member(gone)
    relook(store, now, gone)
