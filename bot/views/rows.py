"""One loop as a row: who waits, since when, what was promised, what happened since, what can be done."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from bot.access import Viewpoint
from bot.ladder import days_late, is_away, recruiter_asked_at, recruiter_hears_of_offer_at
from bot.loops import Closed, Detail, Letter, LetterState, Loop, Standing, TouchKind
from bot.people import Member
from bot.telling import recipient
from bot.views.choices import address_failed, besides, buttons_of, menu_of
from bot.views.elements import Mark, Row
from bot.views.outcomes import CLOSED_AS, closed_row, detail_line, letter_row, told_row
from bot.views.viewer import (
    Viewer,
    city_of,
    is_late,
    is_today,
    is_urgent,
    say_days,
    say_times,
    title,
    told_today,
)


def row(loop: Loop, point: Viewpoint, viewer: Viewer) -> Row:
    """The row of one loop, as this member may see it now, and what another role told the same person."""
    shown = _own_row(loop, point, viewer)
    said = tuple(elsewhere_line(other, viewer) for other in viewer.beside.get(loop.id, ()))
    return dataclasses.replace(shown, lines=(*shown.lines, *said))


def _own_row(loop: Loop, point: Viewpoint, viewer: Viewer) -> Row:
    if loop.letter is not None:
        shown = letter_row(loop, loop.letter, point, viewer)
        return _held_for_long(shown, loop, viewer) if _stays(loop.letter, viewer) else shown
    if not loop.open:
        return closed_row(loop, point, viewer)
    if told_today(loop, viewer) and not is_urgent(loop, viewer.now) and loop.stuck_since is None:
        return told_row(loop, point, viewer)
    return _waiting_row(loop, point, viewer)


def elsewhere_line(other: Loop, viewer: Viewer) -> str:
    """What another role said last to the same person, and what became of it."""
    with_whom = f"{other.role.title} with {other.owner.name}"
    if not other.open and other.closed_at:
        closed = viewer.day(viewer.calendar.today(other.closed_at))
        how = CLOSED_AS[other.closed_as or Closed.UNTOLD]
        return f"The same person no longer waits for {with_whom}: {how} (closed on {closed})."
    if other.last_told_at:
        said = f"told last on {viewer.day(viewer.calendar.today(other.last_told_at))}"
    else:
        said = "nothing told yet"
    return f"The same person waits for {with_whom}: {said}."


def _stays(letter: Letter, viewer: Viewer) -> bool:
    return letter.state is LetterState.HELD and not letter.silences(viewer.now)


def _held_for_long(shown: Row, loop: Loop, viewer: Viewer) -> Row:
    """The letter silences the loop no longer: what was promised is said beside it."""
    mark = Mark.LATE if is_late(loop, viewer.now) else Mark.DUE
    return dataclasses.replace(shown, lines=(*shown.lines, promise_line(loop, viewer)), mark=mark)


def _waiting_row(loop: Loop, point: Viewpoint, viewer: Viewer) -> Row:
    lines = list(_lines(loop, point, viewer))
    return Row(
        title=title(loop, viewer),
        lines=tuple(lines),
        mark=Mark.LATE if is_late(loop, viewer.now) else Mark.DUE,
        buttons=(buttons := tuple(buttons_of(loop, point, viewer))),
        menu=besides(buttons, menu_of(loop, point, viewer)),
    )


def _lines(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[str]:
    last = loop.last_letter
    if last is not None and (last.state is not LetterState.UNDONE or is_today(last.settled_at, viewer)):
        note = last_letter_note(last, loop, viewer)
        if note:
            yield note
    if unknown := _restored_line(loop, viewer):
        yield unknown
    yield " ".join(filter(None, (promise_line(loop, viewer), _wrote_line(loop, viewer))))
    second = " ".join(filter(None, (_offer_line(loop, viewer), _who_line(loop, point, viewer))))
    if second:
        yield second
    rest = (detail_line(loop, viewer), _moved_line(loop), _age_line(loop, viewer), _next_line(loop, viewer))
    third = " ".join(filter(None, rest))
    if third:
        yield third


def last_letter_note(letter: Letter, loop: Loop, viewer: Viewer) -> str:
    """What became of a letter that did not arrive; empty for one that did."""
    match letter.state:
        case LetterState.UNDONE:
            return "Undone. Nothing was sent."
        case LetterState.CANCELLED:
            told = loop.last_told_at
            since = told is not None and letter.settled_at is not None and told > letter.settled_at
            return "" if since else f"Not sent. {letter.problem}"
        case LetterState.FAILED | LetterState.BOUNCED:
            if loop.undelivered is None:
                return ""
            problem = letter.problem
            if letter.by == viewer.member.id and letter.to == recipient(loop):
                return f"Not sent to {letter.to}. {problem}"
            return f"Not sent. {problem}"
        case _:
            return ""


def _restored_line(loop: Loop, viewer: Viewer) -> str:
    """After a restore, until the candidate has been told something that we know of."""
    restored = viewer.policy.restored
    if restored is None or loop.interviewed_at > restored.at:
        return ""
    if loop.last_told_at is not None and loop.last_told_at > restored.at:
        return ""
    first = loop.candidate.first_name
    begin, end = viewer.moment(restored.backup_at), viewer.moment(restored.at)
    return f"Letters to {first} after {begin} are not known: our data was restored on {end}."


def promise_line(loop: Loop, viewer: Viewer) -> str:
    """What was promised, and how late it is."""
    promise, now = loop.promise, viewer.now
    if promise is None:
        return ""
    if not promise.quotable:
        if loop.interviewed_at > now:
            return f"The interview is to be on {viewer.day(loop.owner.calendar.today(loop.interviewed_at))}."
        calendar = loop.owner.calendar
        since = max(loop.interviewed_at, loop.last_told_at or loop.interviewed_at)
        days = calendar.working_days_between(calendar.today(since), calendar.today(now))
        return f"No date was promised; no news for {say_days(days)}." if days else "No date was promised."
    said = viewer.day(promise.date)
    arranged = loop.standing is Standing.GOING_ON and loop.detail is not Detail.OFFER_MADE
    arranged = arranged and not address_failed(loop)
    what = "Next step promised by" if arranged else "Promised news by"
    late = days_late(loop, now)
    if late:
        return f"{what} {said}: {say_days(late)} late."
    if now > promise.due:
        return f"{what} {said}: that day is over in {city_of(promise.zone)}."
    days_to = (promise.date - loop.candidate.calendar.today(now)).days
    when = {0: "due today", 1: "due tomorrow"}.get(days_to)
    return f"{what} {said}: {when}." if when else f"{what} {said}."


def _wrote_line(loop: Loop, viewer: Viewer) -> str:
    asked = loop.unanswered
    first = loop.candidate.first_name
    if not asked:
        thanks = [t for t in loop.touches if t.kind is TouchKind.THANKS]
        if thanks and not loop.last_told_at:
            return f"{first} wrote to say thank you on {viewer.day(viewer.calendar.today(thanks[-1].at))}."
        return ""
    last = viewer.day(viewer.calendar.today(asked[-1].at))
    if len(asked) == 1:
        return f"{first} wrote on {last} and has no answer yet."
    times = {2: "twice"}.get(len(asked), f"{len(asked)} times")
    return f"{first} wrote {times}, last on {last}."


def _offer_line(loop: Loop, viewer: Viewer) -> str:
    if loop.other_offer_by is None:
        return ""
    where = loop.candidate.calendar.local(loop.other_offer_by)
    by = f"{viewer.day(where.date())} {where:%H:%M}"
    if loop.candidate.zone != viewer.member.zone:
        by = f"{by} in {city_of(loop.candidate.zone)}"
    if loop.other_offer_by <= viewer.now:
        return f"Had another offer, to be answered by {by}."
    return f"Has another offer, to be answered by {by}."


def _who_line(loop: Loop, point: Viewpoint, viewer: Viewer) -> str:
    """Who else is asked, and what happens if nothing is done."""
    owner, recruiter = loop.owner, loop.recruiter
    if point is Viewpoint.WAITED_FOR:
        return f"{owner.first_name} waits for your word."
    if point in (Viewpoint.RECRUITER, Viewpoint.LEAD, Viewpoint.CO_MANAGER):
        if not owner.available:
            return f"{owner.first_name} cannot be reached any more."
        return f"With {owner.name}."
    return _stepping_in_line(loop, recruiter, viewer) if recruiter is not None else ""


def _stepping_in_line(loop: Loop, recruiter: Member, viewer: Viewer) -> str:
    if recruiter.id == viewer.member.id:
        return "You have been asked to help decide." if loop.stuck_since is not None else ""
    who = _stepping_in(recruiter, viewer)
    if loop.stuck_since is not None:
        return f"{who} (recruiter) has been asked to help decide."
    at = recruiter_asked_at(loop, loop.owner)
    if at is not None and at <= viewer.now:
        return f"{who} (recruiter) has been asked to step in."
    hears = recruiter_hears_of_offer_at(loop, loop.owner) if is_urgent(loop, viewer.now) else None
    if hears is not None:
        if hears <= viewer.now:
            return f"{who} (recruiter) has been asked to step in."
        return f"{who} is asked to step in on {viewer.moment(hears)} if nothing is done."
    if at is None or not is_late(loop, viewer.now):
        return ""
    when = viewer.day(viewer.calendar.today(at))
    return f"{who} is asked to step in on {when} if nothing is sent."


def _stepping_in(recruiter: Member, viewer: Viewer) -> str:
    absence = recruiter.absence
    stood_in_for = absence is not None and absence.accepted and is_away(recruiter, viewer.now)
    return f"Whoever stands in for {recruiter.first_name}" if stood_in_for else recruiter.first_name


def _moved_line(loop: Loop) -> str:
    moved = loop.courtesy_in_a_row
    if moved < 1:
        return ""
    return f"The date has moved {say_times(moved)} already."


def _age_line(loop: Loop, viewer: Viewer) -> str:
    """The age alarm: so long since the last interview, whatever was promised."""
    calendar = loop.owner.calendar
    days = calendar.working_days_between(calendar.today(loop.interviewed_at), calendar.today(viewer.now))
    return f"The last interview was {say_days(days)} ago." if days >= viewer.policy.age_alarm_days else ""


def _next_line(loop: Loop, viewer: Viewer) -> str:
    if loop.next_date is None or loop.next_date <= viewer.today:
        return ""
    return f"The next letter will name {viewer.day(loop.next_date)}."
