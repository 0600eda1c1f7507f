"""A row after a click: the letter on its way, the candidate told, the loop closed."""

from __future__ import annotations

import datetime as dt
from typing import assert_never

from bot.access import Viewpoint
from bot.actions import Verb
from bot.loops import (
    Closed,
    Decision,
    Detail,
    Hold,
    Letter,
    LetterKind,
    LetterState,
    Loop,
    Standing,
)
from bot.views.choices import besides, going_on_buttons, history_entry, menu_of
from bot.views.elements import Button, Mark, Row
from bot.views.viewer import Viewer, city_of, title

_HUNG_UP = "The mail server hung up while taking it."


def ways_back(loop: Loop, letter: Letter, viewer: Viewer) -> tuple[Button, ...]:
    """What can still be done about a letter that has not left."""
    if letter.state not in (LetterState.QUEUED, LetterState.HELD, LetterState.RETRY):
        return ()
    undo = viewer.button("Undo", Verb.UNDO, loop, letter.id.hex)
    if letter.state is LetterState.QUEUED and letter.decision is Decision.NO_DECISION:
        return undo, viewer.button("Other date", Verb.OTHER_DATE, loop)
    return (undo,)


def letter_row(loop: Loop, letter: Letter, point: Viewpoint, viewer: Viewer) -> Row:
    first = loop.candidate.first_name
    see = viewer.button("See letter", Verb.SEE_LETTER, loop, letter.id.hex)
    buttons: tuple[Button, ...] = (*ways_back(loop, letter, viewer), see)
    lines: tuple[str, ...]
    match letter.state:
        case LetterState.QUEUED:
            lines = (_queued_line(loop, letter, viewer),)
        case LetterState.HELD:
            lines = (f"The letter to {first} is held: {_held_line(letter, viewer)}",)
        case LetterState.RETRY:
            again = viewer.moment(letter.not_before)
            lines = (f"Not sent yet. {letter.problem} Next try {again}.",)
        case LetterState.UNKNOWN:
            lines = (
                f"We cannot tell whether the letter to {first} went out. {letter.problem or _HUNG_UP}",
                f"The mail log knows, under {letter.message_id}. Until you say, nothing more is sent.",
            )
            buttons = (
                viewer.button("It went out", Verb.WENT_OUT, loop),
                viewer.button("It did not", Verb.NOT_GONE, loop),
                viewer.button("Send again", Verb.SEND_AGAIN, loop),
                viewer.button("Ask the admin", Verb.ASK_ADMIN, loop),
            )
        case _:
            lines = (f"The letter to {first} is being handed to the mail server.",)
    writes = point.may_write
    mark = Mark.LATE if letter.state is LetterState.UNKNOWN else Mark.NONE
    return Row(
        title=title(loop, viewer),
        lines=lines,
        mark=mark,
        buttons=buttons if writes else (),
        menu=tuple(history_entry(loop, point, viewer)),
    )


def _held_line(letter: Letter, viewer: Viewer) -> str:
    """Why, and what lifts it."""
    match letter.hold:
        case Hold.BRAKE:
            who = "you have" if letter.by == viewer.member.id else f"{letter.by_name} has"
            count = viewer.policy.letters_an_hour
            return f"{who} sent {count} letters within the hour. {letter.problem}"
        case Hold.PAUSE | None:
            return f"{letter.problem} It leaves when that is lifted."
    assert_never(letter.hold)


def _queued_line(loop: Loop, letter: Letter, viewer: Viewer) -> str:
    whose = "your" if letter.by == viewer.member.id else f"{letter.by_name}'s"
    what = {
        LetterKind.COURTESY: "update",
        LetterKind.FEEDBACK: "feedback",
        LetterKind.NOTICE: "notice",
        LetterKind.ANSWER: "answer",
    }[letter.kind]
    who = "The agency" if letter.to == loop.candidate.agency_email else loop.candidate.first_name
    said = f"{who} gets {whose} {what} {leaves(letter, loop, viewer)}."
    if letter.names_date is None:
        return said
    return f"{said} New date: {viewer.day(letter.names_date)}."


def leaves(letter: Letter, loop: Loop, viewer: Viewer) -> str:
    """ "in 60 s", "in 10 min", "on Tue 24 Nov 08:30 London time"."""
    wait = letter.not_before - viewer.now
    if wait <= dt.timedelta(0):
        return "now"
    return say_leaving(letter.not_before, loop, viewer)


def say_leaving(at: dt.datetime, loop: Loop, viewer: Viewer) -> str:
    seconds = round((at - viewer.now).total_seconds())
    if seconds <= 120:
        return f"in {seconds} s"
    if seconds <= 3600:
        return f"in {round(seconds / 60)} min"
    local = loop.candidate.calendar.local(at)
    return f"on {viewer.day(local.date())} {local:%H:%M} {city_of(loop.candidate.zone)} time"


def told_row(loop: Loop, point: Viewpoint, viewer: Viewer) -> Row:
    told = loop.last_told_at or viewer.now
    parts = [f"Told {viewer.moment(told)}."]
    letter = loop.sent_letters[-1] if loop.sent_letters else None
    by_letter = letter is not None and letter.settled_at == told
    if by_letter and letter is not None and letter.by != viewer.member.id:
        parts = [f"{letter.by_name} told {loop.candidate.first_name} on {viewer.moment(told)}."]
    if loop.promise is not None and loop.promise.quotable:
        word = "Next step by" if loop.standing is Standing.GOING_ON else "Next date:"
        parts.append(f"{word} {viewer.day(loop.promise.date)}.")
    detail = detail_line(loop, viewer)
    if detail:
        parts.append(detail)
    buttons: list[Button] = []
    if by_letter and letter is not None:
        buttons.append(viewer.button("See letter", Verb.SEE_LETTER, loop, letter.id.hex))
    if loop.standing is Standing.AWAITING:
        buttons.append(viewer.button("Give feedback", Verb.FEEDBACK, loop))
    elif loop.standing is Standing.GOING_ON:
        buttons.extend(going_on_buttons(loop, viewer))
    elif loop.standing is Standing.DECLINED and loop.candidate.agency_email:
        buttons.append(viewer.button("The agency has confirmed", Verb.AGENCY_CONFIRMED, loop))
    return Row(
        title=title(loop, viewer),
        lines=(" ".join(parts),),
        mark=Mark.TOLD,
        buttons=tuple(buttons) if point.may_write else (),
        menu=besides(buttons, menu_of(loop, point, viewer)),
    )


CLOSED_AS = {
    Closed.FEEDBACK: "has the feedback",
    Closed.NOTICE: "has the formal notice",
    Closed.HIRED: "accepted the offer",
    Closed.WITHDREW: "withdrew",
    Closed.ROLE_CLOSED: "knows that the role is closed",
    Closed.TOLD_BY_PHONE: "was told by phone",
    Closed.TOLD_BY_ATS: "was told by the recruiting system",
    Closed.AGENCY_CONFIRMED: "was told by the agency",
    Closed.DID_NOT_TAKE_PLACE: "was not interviewed",
    Closed.ENTERED_BY_MISTAKE: "was entered by mistake",
    Closed.UNTOLD: "was not told; the recruiter closed the loop",
}


NOT_TOLD = (None, Closed.UNTOLD, Closed.WITHDREW, Closed.DID_NOT_TAKE_PLACE, Closed.ENTERED_BY_MISTAKE)


def closed_row(loop: Loop, point: Viewpoint, viewer: Viewer) -> Row:
    how = CLOSED_AS[loop.closed_as or Closed.UNTOLD]
    at = f" {viewer.moment(loop.closed_at)}" if loop.closed_at else ""
    buttons: tuple[Button, ...] = ()
    if loop.sent_letters:
        buttons = (viewer.button("See letter", Verb.SEE_LETTER, loop, loop.sent_letters[-1].id.hex),)
    if loop.reopenable and point.may_write:
        buttons = (viewer.button("Reopen", Verb.REOPEN, loop), *buttons)
    mark = Mark.NONE if loop.closed_as in NOT_TOLD else Mark.TOLD
    return Row(
        title=title(loop, viewer),
        lines=(f"Closed{at}: {loop.candidate.first_name} {how}.",),
        mark=mark,
        buttons=buttons,
        menu=tuple(history_entry(loop, point, viewer)),
    )


def detail_line(loop: Loop, viewer: Viewer) -> str:
    undecided = loop.standing in (Standing.AWAITING, Standing.NEEDS_DATE)
    if undecided and loop.decide_by is not None and loop.detail in (Detail.PLAIN, Detail.OFFER_OUT):
        return f"Somebody else accepted the offer: news is due by {viewer.day(loop.decide_by)}."
    match loop.detail:
        case Detail.PLAIN:
            declined = loop.standing is Standing.DECLINED
            if declined and loop.candidate.agency_email and loop.sent_letters:
                return "The agency has our answer. The loop closes when it confirms."
            return "Decided: not going on. The candidate does not know yet." if declined else ""
        case Detail.WAITING_FOR:
            whom = loop.waiting_for
            if whom is None or whom.id == viewer.member.id:
                return ""
            return f"Waiting for {whom.first_name}'s word."
        case Detail.ON_HOLD:
            return "On hold."
        case Detail.OFFER_OUT:
            return "An offer is out to somebody else."
        case Detail.OFFER_MADE:
            return "Has an offer from us."
    assert_never(loop.detail)
