"""One loop as a row: who waits, since when, what was promised, what happened since, what can be done."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from typing import assert_never

from bot.access import Viewpoint
from bot.actions import Action, Place, Verb
from bot.calendar import WorkCalendar
from bot.dates import say_date
from bot.ladder import calendar_of, days_late, recruiter_asked_at, recruiter_hears_of_offer_at
from bot.loops import Closed, Decision, Detail, Letter, LetterKind, LetterState, Loop, Standing, TouchKind
from bot.people import Member
from bot.policy import FeedbackPolicy, Policy
from bot.telling import recipient, zone_of
from bot.views.elements import Button, Mark, Row, Style


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks, when, under which policy, and where the answer to a click will be shown."""

    member: Member
    now: dt.datetime
    policy: Policy
    place: Place

    @property
    def calendar(self) -> WorkCalendar:
        return calendar_of(self.member)

    @property
    def today(self) -> dt.date:
        return self.calendar.today(self.now)

    def day(self, day: dt.date) -> str:
        return say_date(day, self.today)

    def moment(self, instant: dt.datetime) -> str:
        """ "Mon 23 Nov 10:32", in the viewer's zone."""
        local = self.calendar.local(instant)
        return f"{self.day(local.date())} {local:%H:%M}"

    def on(self, place: Place) -> Viewer:
        return dataclasses.replace(self, place=place)

    def button(
        self, label: str, verb: Verb, loop: Loop, argument: str = "", style: Style = Style.PLAIN
    ) -> Button:
        action = Action(
            verb=verb,
            loop=loop.id,
            promise=loop.promise.id if loop.promise else None,
            place=self.place,
            argument=argument,
        )
        return Button(label, str(action), style)

    def plain_button(self, label: str, verb: Verb, argument: str = "", style: Style = Style.PLAIN) -> Button:
        return Button(label, str(Action(verb=verb, place=self.place, argument=argument)), style)


def is_urgent(loop: Loop, now: dt.datetime) -> bool:
    """Another employer waits for an answer, and we have not spoken to the candidate since we heard."""
    if loop.other_offer_by is None or loop.other_offer_by <= now or not loop.open:
        return False
    told = loop.last_told_at
    return told is None or loop.other_offer_heard_at is None or told <= loop.other_offer_heard_at


def is_settled(loop: Loop, viewer: Viewer) -> bool:
    """Nothing to do here today: told, closed, or a letter is on its way."""
    if not loop.open or (loop.letter is not None and loop.letter.on_its_way):
        return True
    return _told_today(loop, viewer) and not is_urgent(loop, viewer.now)


def is_late(loop: Loop, now: dt.datetime) -> bool:
    """Past the promised date. An assumed date was promised to nobody."""
    return loop.promise is not None and loop.promise.quotable and now > loop.promise.due


def urgency(loop: Loop, now: dt.datetime) -> tuple[int, dt.datetime, str]:
    """Sorts the most urgent first."""
    if is_urgent(loop, now) and loop.other_offer_by is not None:
        return (0, loop.other_offer_by, str(loop.id))
    due = loop.promise.due if loop.promise else now
    if loop.letter is not None and loop.letter.state is LetterState.UNKNOWN:
        return (1, due, str(loop.id))
    return (2, due, str(loop.id))


def row(loop: Loop, point: Viewpoint, viewer: Viewer) -> Row:
    """The row of one loop, as this member may see it now."""
    if loop.letter is not None:
        return _letter_row(loop, loop.letter, point, viewer)
    if not loop.open:
        return _closed_row(loop, viewer)
    if _told_today(loop, viewer) and not is_urgent(loop, viewer.now):
        return _told_row(loop, point, viewer)
    return _waiting_row(loop, point, viewer)


# -- the parts of a row -----------------------------------------------------------------------------------


def title(loop: Loop, viewer: Viewer) -> str:
    met = calendar_of(loop.owner).today(loop.interviewed_at)
    stage = loop.stage or "interview"
    return f"{loop.candidate.name} · {loop.role.title} · {stage} {viewer.day(met)}"


def _waiting_row(loop: Loop, point: Viewpoint, viewer: Viewer) -> Row:
    lines = list(_lines(loop, point, viewer))
    late = is_late(loop, viewer.now) or is_urgent(loop, viewer.now)
    return Row(
        title=title(loop, viewer),
        lines=tuple(lines),
        mark=Mark.LATE if late else Mark.DUE,
        buttons=(buttons := tuple(_buttons(loop, point, viewer))),
        menu=_besides(buttons, _menu(loop, point, viewer)),
    )


def _lines(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[str]:
    last = loop.last_letter
    if last is not None and _today(last.settled_at, viewer):
        note = _last_letter_note(last, loop, viewer)
        if note:
            yield note
    yield " ".join(filter(None, (_promise_line(loop, viewer), _wrote_line(loop, viewer))))
    second = " ".join(filter(None, (_offer_line(loop, viewer), _who_line(loop, point, viewer))))
    if second:
        yield second
    rest = (_detail_line(loop, viewer), _moved_line(loop), _age_line(loop, viewer), _next_line(loop, viewer))
    third = " ".join(filter(None, rest))
    if third:
        yield third


def _last_letter_note(letter: Letter, loop: Loop, viewer: Viewer) -> str:
    match letter.state:
        case LetterState.UNDONE:
            return "Undone. Nothing was sent."
        case LetterState.CANCELLED:
            return f"Not sent. {letter.problem}"
        case LetterState.FAILED | LetterState.BOUNCED:
            problem = letter.problem
            if letter.by == viewer.member.id and letter.to == recipient(loop):
                return f"Not sent to {letter.to}. {problem}"
            return f"Not sent. {problem}"
        case _:
            return ""


def _promise_line(loop: Loop, viewer: Viewer) -> str:
    promise, now = loop.promise, viewer.now
    if promise is None:
        return ""
    if not promise.quotable:
        if loop.interviewed_at > now:
            return f"The interview is to be on {viewer.moment(loop.interviewed_at)}."
        calendar = calendar_of(loop.owner)
        since = loop.last_told_at or loop.interviewed_at
        days = calendar.working_days_between(calendar.today(since), calendar.today(now))
        return f"No date was promised; no news for {_days(days)}."
    said = viewer.day(promise.date)
    arranged = loop.standing is Standing.GOING_ON and loop.detail is not Detail.OFFER_MADE
    arranged = arranged and not _address_failed(loop)
    what = "Next step promised by" if arranged else "Promised news by"
    late = days_late(loop, now)
    if late:
        return f"{what} {said}: {_days(late)} late."
    if now > promise.due:
        return f"{what} {said}: that day is over in {_city(promise.zone)}."
    days_to = (promise.date - zone_of(loop.candidate).today(now)).days
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
    where = zone_of(loop.candidate).local(loop.other_offer_by)
    by = f"{viewer.day(where.date())} {where:%H:%M}"
    if loop.candidate.zone != viewer.member.zone:
        by = f"{by} in {_city(loop.candidate.zone)}"
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
    if loop.stuck_since is not None and recruiter is not None:
        return f"{recruiter.first_name} (recruiter) has been asked to help decide."
    if recruiter is None or recruiter.id == viewer.member.id:
        return ""
    at = recruiter_asked_at(loop, owner)
    if at is not None and at <= viewer.now:
        return f"{recruiter.first_name} (recruiter) has been asked to step in."
    hears = recruiter_hears_of_offer_at(loop, owner) if is_urgent(loop, viewer.now) else None
    if hears is not None:
        if hears <= viewer.now:
            return f"{recruiter.first_name} (recruiter) has been asked to step in."
        return f"{recruiter.first_name} is asked to step in on {viewer.moment(hears)} if nothing is done."
    if at is None or not is_late(loop, viewer.now):
        return ""
    when = viewer.day(viewer.calendar.today(at))
    return f"{recruiter.first_name} is asked to step in on {when} if nothing is sent."


def _detail_line(loop: Loop, viewer: Viewer) -> str:
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


def _moved_line(loop: Loop) -> str:
    moved = loop.courtesy_in_a_row
    if moved < 1:
        return ""
    return f"The date has moved {_times(moved)} already."


def _age_line(loop: Loop, viewer: Viewer) -> str:
    """The age alarm: so long since the last interview, whatever was promised."""
    calendar = calendar_of(loop.owner)
    days = calendar.working_days_between(calendar.today(loop.interviewed_at), calendar.today(viewer.now))
    return f"The last interview was {_days(days)} ago." if days >= viewer.policy.age_alarm_days else ""


def _next_line(loop: Loop, viewer: Viewer) -> str:
    if loop.next_date is None:
        return ""
    return f"The next letter will name {viewer.day(loop.next_date)}."


# -- what can be done -------------------------------------------------------------------------------------


def _buttons(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[Button]:
    if point is Viewpoint.WAITED_FOR:
        yield viewer.button(f"I have told {loop.owner.first_name}", Verb.ANSWERED, loop, style=Style.PRIMARY)
    elif point is Viewpoint.LEAD:
        yield viewer.button("Hand over", Verb.HAND_OVER, loop)
    elif loop.standing is Standing.GOING_ON:
        if _address_failed(loop):
            yield from _first_buttons(loop, point, viewer)
        yield from _going_on_buttons(loop, viewer)
    elif loop.standing is Standing.DECLINED and loop.candidate.agency_email and loop.sent_letters:
        yield viewer.button("The agency has confirmed", Verb.AGENCY_CONFIRMED, loop, style=Style.PRIMARY)
    else:
        yield from _first_buttons(loop, point, viewer)
        if loop.interviewed_at <= viewer.now:
            yield viewer.button("Give feedback", Verb.FEEDBACK, loop)
        if point is Viewpoint.RECRUITER:
            yield viewer.button("Take over", Verb.TAKE_OVER, loop)


def _first_buttons(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[Button]:
    """What stands first: the call where it is urgent, the address where it was wrong, else the update."""
    if _address_failed(loop):
        yield viewer.button("Mend address", Verb.MEND_ADDRESS, loop, style=Style.PRIMARY)
        yield viewer.button("Told by phone", Verb.TOLD_BY_PHONE, loop)
    elif is_urgent(loop, viewer.now):
        yield viewer.button("Call today", Verb.CALL_TODAY, loop, style=Style.PRIMARY)
        if point is not Viewpoint.RECRUITER and loop.recruiter is not None:
            yield viewer.button(f"Hand to {loop.recruiter.first_name}", Verb.TO_RECRUITER, loop)
    elif loop.standing is Standing.NEEDS_DATE and loop.interviewed_at <= viewer.now:
        yield viewer.button("Which date did you say?", Verb.STATE_DATE, loop, style=Style.PRIMARY)
        yield viewer.button("Send update", Verb.SEND_UPDATE, loop)
    elif loop.standing is Standing.AWAITING:
        yield viewer.button("Send update", Verb.SEND_UPDATE, loop, style=Style.PRIMARY)


def _address_failed(loop: Loop) -> bool:
    last = loop.last_letter
    return last is not None and last.state in (LetterState.FAILED, LetterState.BOUNCED)


def _going_on_buttons(loop: Loop, viewer: Viewer) -> Iterator[Button]:
    if loop.detail is Detail.OFFER_MADE:
        yield viewer.button("Offer accepted", Verb.OFFER_ACCEPTED, loop, style=Style.PRIMARY)
        yield viewer.button("Offer declined", Verb.OFFER_DECLINED, loop)
        return
    yield viewer.button("The next interview took place", Verb.TOOK_PLACE, loop, style=Style.PRIMARY)
    yield viewer.button("Next step by another date", Verb.GOING_ON, loop)
    yield viewer.button("Give feedback", Verb.FEEDBACK, loop)


def _menu(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[Button]:
    """The ··· menu of screens. Urgent rows keep their letters here, behind the call."""
    if not point.may_write:
        return
    undecided = loop.standing in (Standing.AWAITING, Standing.NEEDS_DATE)
    if undecided and is_urgent(loop, viewer.now):
        yield viewer.button("Send update", Verb.SEND_UPDATE, loop)
    if undecided:
        yield viewer.button("Going on: next step by …", Verb.GOING_ON, loop)
    yield viewer.button("Candidate wrote …", Verb.WROTE, loop)
    yield viewer.button("Has another offer until …", Verb.OTHER_OFFER, loop)
    if loop.detail is Detail.OFFER_MADE:
        yield viewer.button("Offer accepted", Verb.OFFER_ACCEPTED, loop)
        yield viewer.button("Offer declined", Verb.OFFER_DECLINED, loop)
    else:
        yield viewer.button("Offer made", Verb.OFFER_MADE, loop)
    if undecided:
        yield viewer.button("Other date …", Verb.OTHER_DATE, loop)
    if not (undecided and is_urgent(loop, viewer.now)):  # "Call today" opens the same form
        yield viewer.button("Told by phone …", Verb.TOLD_BY_PHONE, loop)
    if undecided:
        yield from _undecided_menu(loop, viewer)
    yield viewer.button("It did not take place …", Verb.NOT_TAKEN_PLACE, loop)
    yield viewer.button("Snooze until tomorrow", Verb.SNOOZE, loop)
    yield viewer.button("Hand over …", Verb.HAND_OVER, loop)
    yield viewer.button("Mend address …", Verb.MEND_ADDRESS, loop)
    yield viewer.button("Close for another reason …", Verb.CLOSE, loop)


def _besides(buttons: Iterable[Button], menu: Iterable[Button]) -> tuple[Button, ...]:
    """The menu without what stands beside it as a button: nothing is offered twice in a row."""
    shown = {button.action for button in buttons}
    return tuple(entry for entry in menu if entry.action not in shown)


def _undecided_menu(loop: Loop, viewer: Viewer) -> Iterator[Button]:
    if loop.detail is Detail.WAITING_FOR:
        yield viewer.button("The word has come", Verb.ANSWERED, loop)
    else:
        yield viewer.button("Waiting for somebody …", Verb.WAITING_FOR, loop)
    if loop.detail in (Detail.ON_HOLD, Detail.OFFER_OUT):
        yield viewer.button("No longer on hold", Verb.OFF_HOLD, loop)
    else:
        yield viewer.button("Put on hold", Verb.ON_HOLD, loop)
        yield viewer.button("Offer is out to someone else", Verb.OFFER_OUT, loop)
    if loop.stuck_since is None and loop.recruiter is not None:
        yield viewer.button("Decision is stuck", Verb.STUCK, loop)


# -- rows after a click -----------------------------------------------------------------------------------


_HUNG_UP = "The mail server hung up while taking it."


def _letter_row(loop: Loop, letter: Letter, point: Viewpoint, viewer: Viewer) -> Row:
    first = loop.candidate.first_name
    undo = viewer.button("Undo", Verb.UNDO, loop)
    see = viewer.button("See letter", Verb.SEE_LETTER, loop, letter.id.hex)
    buttons: tuple[Button, ...] = (see,)
    lines: tuple[str, ...]
    match letter.state:
        case LetterState.QUEUED:
            lines = (_queued_line(loop, letter, viewer),)
            other = viewer.button("Other date", Verb.OTHER_DATE, loop)
            moves = letter.decision is Decision.NO_DECISION
            buttons = (undo, other, see) if moves else (undo, see)
        case LetterState.HELD:
            lines = (f"The letter to {first} is held. {letter.problem or 'Sending is paused.'}",)
            buttons = (undo, see)
        case LetterState.RETRY:
            again = viewer.moment(letter.not_before)
            lines = (f"Not sent yet. {letter.problem} Next try {again}.",)
            buttons = (undo, see)
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
    return Row(title=title(loop, viewer), lines=lines, mark=mark, buttons=buttons if writes else (), menu=())


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
    local = zone_of(loop.candidate).local(at)
    return f"on {viewer.day(local.date())} {local:%H:%M} {_city(loop.candidate.zone)} time"


def _told_row(loop: Loop, point: Viewpoint, viewer: Viewer) -> Row:
    told = loop.last_told_at or viewer.now
    parts = [f"Told {viewer.moment(told)}."]
    letter = loop.sent_letters[-1] if loop.sent_letters else None
    by_letter = letter is not None and letter.settled_at == told
    if by_letter and letter is not None and letter.by != viewer.member.id:
        parts = [f"{letter.by_name} told {loop.candidate.first_name} on {viewer.moment(told)}."]
    if loop.promise is not None and loop.promise.quotable:
        word = "Next step by" if loop.standing is Standing.GOING_ON else "Next date:"
        parts.append(f"{word} {viewer.day(loop.promise.date)}.")
    detail = _detail_line(loop, viewer)
    if detail:
        parts.append(detail)
    buttons: list[Button] = []
    if by_letter and letter is not None:
        buttons.append(viewer.button("See letter", Verb.SEE_LETTER, loop, letter.id.hex))
    if loop.standing is Standing.AWAITING:
        buttons.append(viewer.button("Give feedback", Verb.FEEDBACK, loop))
    elif loop.standing is Standing.GOING_ON:
        buttons.extend(_going_on_buttons(loop, viewer))
    elif loop.standing is Standing.DECLINED and loop.candidate.agency_email:
        buttons.append(viewer.button("The agency has confirmed", Verb.AGENCY_CONFIRMED, loop))
    return Row(
        title=title(loop, viewer),
        lines=(" ".join(parts),),
        mark=Mark.TOLD,
        buttons=tuple(buttons) if point.may_write else (),
        menu=_besides(buttons, _menu(loop, point, viewer)),
    )


_CLOSED = {
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


_NOT_TOLD = (None, Closed.UNTOLD, Closed.WITHDREW, Closed.DID_NOT_TAKE_PLACE, Closed.ENTERED_BY_MISTAKE)


def _closed_row(loop: Loop, viewer: Viewer) -> Row:
    how = _CLOSED[loop.closed_as or Closed.UNTOLD]
    at = f" {viewer.moment(loop.closed_at)}" if loop.closed_at else ""
    buttons: tuple[Button, ...] = ()
    if loop.sent_letters:
        buttons = (viewer.button("See letter", Verb.SEE_LETTER, loop, loop.sent_letters[-1].id.hex),)
    mark = Mark.NONE if loop.closed_as in _NOT_TOLD else Mark.TOLD
    return Row(
        title=title(loop, viewer),
        lines=(f"Closed{at}: {loop.candidate.first_name} {how}.",),
        mark=mark,
        buttons=buttons,
    )


def _told_today(loop: Loop, viewer: Viewer) -> bool:
    if loop.unanswered:
        return False
    return _today(loop.last_told_at, viewer)


def _today(instant: dt.datetime | None, viewer: Viewer) -> bool:
    return instant is not None and viewer.calendar.today(instant) == viewer.today


def feedback_open(policy: Policy) -> bool:
    return policy.feedback is FeedbackPolicy.ON


def _days(count: int) -> str:
    return "1 working day" if count == 1 else f"{count} working days"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
