"""Telling the candidate: from a draft to a queued letter, and what its fate does to the loop.

The click creates the letter, with its text frozen, and sets the standing that the decision means. Touch,
promise kept, new promise and closing come with `sent`, never before.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
from pathlib import Path

from bot.access import viewpoint
from bot.calendar import WorkCalendar, working_days_for_both
from bot.changes import Change, Entry, LetterMove, Refused, entry
from bot.dates import say_date
from bot.ladder import calendar_of
from bot.letters.compose import LetterContext, Templates, Written, compose
from bot.letters.draft import Draft, Reason
from bot.letters.findings import findings
from bot.loops import (
    UNDOABLE,
    Closed,
    Decision,
    Detail,
    Letter,
    LetterKind,
    LetterState,
    Loop,
    Standing,
    Touch,
    TouchKind,
)
from bot.people import Candidate, Member
from bot.policy import FeedbackPolicy, Policy
from bot.promises import DUE_TIME, Basis, Promise

FARTHEST_DAYS = 62
"""No date a letter names is further than this, whatever the policy: it would not be news."""
COURTESY_ROW = 3
"""The third courtesy letter in a row is the recruiter's to send."""


@functools.cache
def templates_in(folder: str) -> Templates:
    """The letter templates, with a company's own from `folder` before ours; empty: ours alone."""
    return Templates(Path(folder)) if folder else Templates()


def zone_of(candidate: Candidate) -> WorkCalendar:
    return WorkCalendar(candidate.zone, candidate.country)


# -- the new date -----------------------------------------------------------------------------------------


def default_date(loop: Loop, policy: Policy, now: dt.datetime) -> dt.date | None:
    """The date a one-click letter names, None where no date is of use any more.

    What `/followup promise` chose, else the fifth day on which both sides work; never after the deadline of
    another offer the candidate has told us of. Where the owner is away on that day and nobody stands in for
    them, the first day after it on which they are back, if a letter may name that.
    """
    if loop.next_date is not None and date_problem(loop, policy, now, loop.next_date) is None:
        return loop.next_date
    days = working_days_for_both(calendar_of(loop.owner), zone_of(loop.candidate), _today(loop, now))
    chosen: dt.date | None = None
    for count, day in enumerate(days, start=1):
        if date_problem(loop, policy, now, day) is not None:
            break
        if count <= policy.offer_days:
            chosen = day
        if count >= policy.offer_days and not _nobody_there(loop.owner, day):
            return day
    return chosen


def _nobody_there(owner: Member, day: dt.date) -> bool:
    absence = owner.absence
    return absence is not None and not absence.accepted and absence.covers(day)


def date_problem(loop: Loop, policy: Policy, now: dt.datetime, day: dt.date) -> str | None:
    """Why a letter cannot name this day: one sentence, or None where it can."""
    today = _today(loop, now)
    said = say_date(day, today)
    first = loop.candidate.first_name
    if day <= today:
        return f"{said} is not in the future. Choose a later day."
    late = _after_other_offer(loop, now, day)
    if late is not None:
        return late
    if (day - today).days > FARTHEST_DAYS:
        return f"{say_date(day)} {day.year} is more than two months away. Choose an earlier day."
    if loop.detail is Detail.ON_HOLD:
        if (day - today).days > policy.hold_days_most:
            return f"{said} is more than {policy.hold_days_most} days away. Choose an earlier day."
    elif _too_far(loop, policy, today, day):
        return f"{said} is more than {policy.offer_days_most} working days away. Choose an earlier day."
    ours, theirs = calendar_of(loop.owner), zone_of(loop.candidate)
    if not theirs.is_working(day):
        why = theirs.holiday_name(day) or "not a working day"
        return f"{said} is {why} where {first} is. Choose a working day."
    if not ours.is_working(day):
        why = ours.holiday_name(day) or "not a working day"
        return f"{said} is {why} where {loop.owner.first_name} is. Choose a working day."
    return None


def _after_other_offer(loop: Loop, now: dt.datetime, day: dt.date) -> str | None:
    """Why this day comes too late for the candidate, who must answer another offer before."""
    if loop.other_offer_by is None or loop.other_offer_by <= now:
        return None
    deadline = zone_of(loop.candidate).local(loop.other_offer_by)
    if day < deadline.date() or (day == deadline.date() and deadline.hour >= DUE_TIME.hour):
        return None
    by = say_date(deadline.date(), _today(loop, now))
    first = loop.candidate.first_name
    return f"{first} must answer another offer by {by}: a date after that is of no use."


def _too_far(loop: Loop, policy: Policy, today: dt.date, day: dt.date) -> bool:
    return calendar_of(loop.owner).working_days_between(today, day) > policy.offer_days_most


def _today(loop: Loop, now: dt.datetime) -> dt.date:
    """The later of both sides' today: a date offered lies in the future for both."""
    return max(zone_of(loop.candidate).today(now), calendar_of(loop.owner).today(now))


def default_reason(loop: Loop) -> Reason:
    """The reason a one-click letter gives: what the loop's standing says, else "no decision yet"."""
    if loop.detail is Detail.ON_HOLD:
        return Reason.ON_HOLD
    if loop.detail is Detail.OFFER_OUT:
        return Reason.FINAL_STEPS
    if loop.detail is Detail.WAITING_FOR:
        return Reason.PANEL
    return Reason.NO_DECISION


# -- writing and queueing ---------------------------------------------------------------------------------


def write(loop: Loop, draft: Draft, by: Member, policy: Policy, now: dt.datetime) -> Written:
    """The letter as the candidate would get it now."""
    promise = loop.promise if loop.promise is not None and loop.promise.quotable else None
    calendar, other = zone_of(loop.candidate), loop.other_offer_by
    context = LetterContext(
        candidate=loop.candidate,
        role_title=loop.role.title,
        company=policy.company,
        sender=by,
        today=calendar.today(now),
        interviewed_on=calendar.today(loop.interviewed_at),
        promised=promise.date if promise else None,
        promise_passed=loop.promise is not None and now > loop.promise.due,
        asked=bool(loop.unanswered),
        delayed_before=loop.courtesy_in_a_row > 0,
        other_offer=other is not None,
        other_offer_by=calendar.today(other) if other is not None and other > now else None,
    )
    return compose(templates_in(policy.templates), draft, context)


def queue_courtesy(loop: Loop, by: Member, policy: Policy, now: dt.datetime, draft: Draft) -> Change:
    """A letter with a new date and no decision. `by` is somebody who may write to the candidate."""
    _must_be_free(loop)
    first = loop.candidate.first_name
    if loop.standing is Standing.DECLINED:
        raise Refused(
            f'You decided not to go on with {first}, so "no decision yet" would not be true. '
            "Give feedback, or reopen the loop by undoing the decision."
        )
    if loop.standing is Standing.GOING_ON:
        raise Refused(f"{first} is going on: tell the date of the next step instead.")
    if draft.next_date is None:
        raise Refused("A letter without a new date would be silence in other words. Choose a date.")
    problem = date_problem(loop, policy, now, draft.next_date)
    if problem is not None:
        raise Refused(problem)
    return _queue(loop, draft, by, policy, now)


def queue_decision(loop: Loop, by: Member, policy: Policy, now: dt.datetime, draft: Draft) -> Change:
    """A letter that carries a decision: going on, not going on, role closed, not now."""
    _must_be_free(loop)
    if draft.decision is Decision.NO_DECISION:
        raise Refused("Choose what was decided. Without a decision, send an update.")
    changed_mind = decision_problem(loop, draft.decision)
    if changed_mind is not None:
        raise Refused(changed_mind)
    blocked = [f.why for f in findings(draft) if f.severity == "block"]
    if blocked:
        raise Refused(" ".join(blocked))
    if draft.decision is Decision.GOING_ON and draft.next_date is not None:
        problem = date_problem(loop, policy, now, draft.next_date)
        if problem is not None:
            raise Refused(problem)
    return _queue(loop, draft, by, policy, now)


def decision_problem(loop: Loop, decision: Decision) -> str | None:
    """Why this cannot be said to the candidate now: one sentence, or None where it can.

    Who is going on hears no "no" before the next interview has passed; that the role is closed may be said.
    """
    declines = decision in (Decision.NOT_GOING_ON, Decision.NOT_NOW)
    if loop.standing is Standing.GOING_ON and declines:
        return (
            f"{loop.candidate.first_name} is going on. A no can be written when the next interview has taken "
            "place; if the decision changed before, call, and log the call."
        )
    return None


def _must_be_free(loop: Loop) -> None:
    first = loop.candidate.first_name
    if not loop.open:
        raise Refused(f"{first} has been told already; this loop is closed. Nothing was sent.")
    if loop.letter is not None:
        raise Refused(f"A letter to {first} is already on its way. Nothing more was sent.")


def _queue(loop: Loop, draft: Draft, by: Member, policy: Policy, now: dt.datetime) -> Change:
    written = write(loop, draft, by, policy, now)
    letter_id = uuid.uuid4()
    domain = policy.mail_from.rpartition("@")[2] or "localhost"
    previous = loop.sent_letters[-1].message_id if loop.sent_letters else ""
    letter = Letter(
        id=letter_id,
        loop=loop.id,
        kind=written.kind,
        decision=draft.decision,
        state=LetterState.QUEUED,
        by=by.id,
        by_name=by.name,
        to=recipient(loop),
        subject=written.subject,
        text=written.text,
        html=written.html,
        message_id=f"<{letter_id.hex}@{domain}>",
        in_reply_to=previous,
        sender_name=f"{by.name} ({policy.company})",
        reply_to=by.email,
        queued_at=now,
        not_before=leaves_at(loop, draft.decision, policy, now),
        names_date=draft.next_date if written.kind is LetterKind.COURTESY else None,
        promise=loop.promise.id if loop.promise else None,
        before=loop.standing,
        before_detail=loop.detail,
    )
    standing = {
        Decision.NO_DECISION: loop.standing,
        Decision.GOING_ON: Standing.GOING_ON,
        Decision.NOT_GOING_ON: Standing.DECLINED,
        Decision.NOT_NOW: Standing.DECLINED,
        Decision.ROLE_CLOSED: Standing.DECLINED,
    }[draft.decision]
    detail = loop.detail if draft.decision is Decision.NO_DECISION else Detail.PLAIN
    after = dataclasses.replace(
        loop, standing=standing, detail=detail, letters=(*loop.letters, letter), snoozed_until=None
    )
    facts = {"letter": str(letter_id), "kind": letter.kind.value, "decision": letter.decision.value}
    if letter.names_date:
        facts["names_date"] = letter.names_date.isoformat()
    return Change(loop=after, letter=letter, entry=entry("letter_queued", loop, by, facts))


def recipient(loop: Loop) -> str:
    """Where letters about this loop go: the agency's contact where there is one, else the candidate."""
    return loop.candidate.agency_email or loop.candidate.email


def leaves_at(loop: Loop, decision: Decision, policy: Policy, now: dt.datetime) -> dt.datetime:
    """Courtesy letters wait for the undo window; letters that say no leave in the candidate's day."""
    return in_their_day(loop, decision, now + (policy.undo_no if decision.says_no else policy.undo))


def in_their_day(loop: Loop, decision: Decision, at: dt.datetime) -> dt.datetime:
    """The instant itself, or, for a letter that says no, the next one within the candidate's working day."""
    return zone_of(loop.candidate).letter_time(at) if decision.says_no else at


def undo(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """Take a letter back before it is handed over; the standing from before the click returns."""
    letter = loop.letter
    first = loop.candidate.first_name
    if letter is None or letter.state not in UNDOABLE:
        last = loop.last_letter
        if last is not None and last.state is LetterState.SENT:
            raise Refused(f"Too late to undo: the letter to {first} has been handed to the mail server.")
        if letter is not None:
            raise Refused(f"Too late to undo: the letter to {first} is being handed over.")
        raise Refused("There is nothing to undo: no letter is waiting.")
    return withdrawn(loop, letter, LetterState.UNDONE, now, entry("letter_undone", loop, by), UNDOABLE)


def withdrawn(
    loop: Loop,
    letter: Letter,
    state: LetterState,
    now: dt.datetime,
    said: Entry,
    come_from: frozenset[LetterState],
    problem: str = "",
) -> Change:
    """The letter goes nowhere: the loop stands as it stood before the click, and is looked at anew.

    A letter without a decision changed nothing, so what was noted meanwhile (a hold, say) stays.
    """
    gone = dataclasses.replace(letter, state=state, settled_at=now, problem=problem, hold=None)
    after = dataclasses.replace(loop, letters=with_letter(loop, gone), look_at=now)
    if letter.decision is not Decision.NO_DECISION:
        after = dataclasses.replace(after, standing=letter.before, detail=letter.before_detail)
    move = LetterMove(letter=letter.id, come_from=come_from, to=state, at=now, problem=problem)
    said = dataclasses.replace(said, facts={**said.facts, "letter": str(letter.id)})
    return Change(loop=after, move=move, entry=said)


def with_letter(loop: Loop, letter: Letter) -> tuple[Letter, ...]:
    return tuple(letter if x.id == letter.id else x for x in loop.letters)


# -- at dispatch ------------------------------------------------------------------------------------------


def no_longer_right(
    loop: Loop, letter: Letter, sender: Member, policy: Policy, now: dt.datetime
) -> str | None:
    """Checked again before a letter leaves: why it must not, as a sentence for its sender; None: it may."""
    first = loop.candidate.first_name
    if not loop.open:
        return f"{first} has been told in the meantime."
    if (loop.promise.id if loop.promise else None) != letter.promise:
        return f"The promise to {first} changed after you clicked."
    if letter.to != recipient(loop):
        return f"The address of {first} changed after you clicked."
    if not _decision_stands(loop, letter.decision):
        return f"What was decided about {first} changed after you clicked."
    point = viewpoint(sender, loop, now)
    if point is None or not point.may_write:
        return f"{sender.name} wrote it and may no longer write to {first}. {first} still waits."
    if letter.names_date is not None and letter.names_date <= zone_of(loop.candidate).today(now):
        said = say_date(letter.names_date)
        return f"The date it names, {said}, is no longer in the future."
    if letter.names_date is not None and letter.decision is Decision.NO_DECISION:
        late = _after_other_offer(loop, now, letter.names_date)
        if late is not None:
            return late
    if letter.kind is LetterKind.FEEDBACK and policy.feedback is not FeedbackPolicy.ON:
        return "An admin has switched feedback letters off."
    return None


def _decision_stands(loop: Loop, decision: Decision) -> bool:
    if decision.says_no:
        return loop.standing is Standing.DECLINED
    if decision is Decision.GOING_ON:
        return loop.standing is Standing.GOING_ON
    return loop.standing in (Standing.NEEDS_DATE, Standing.AWAITING)


SENDING = frozenset({LetterState.SENDING})
BEFORE_DATA = frozenset({LetterState.QUEUED, LetterState.RETRY})


def sent(
    loop: Loop,
    letter: Letter,
    now: dt.datetime,
    by: Member | None = None,
    come_from: frozenset[LetterState] = SENDING,
) -> Change:
    """The mail server took it: the candidate has been told.

    `by` is the member who says that an unknown one went out after all.
    """
    gone = dataclasses.replace(letter, state=LetterState.SENT, settled_at=now, problem="")
    touch = Touch(id=uuid.uuid4(), kind=TouchKind.LETTER, at=now, by=letter.by)
    through_agency = letter.to == loop.candidate.agency_email and letter.kind is not LetterKind.COURTESY
    settled = None if through_agency or loop.promise is None else loop.promise.settled(now)
    promise: Promise | None = None
    after = dataclasses.replace(
        loop,
        letters=with_letter(loop, gone),
        touches=tuple(sorted((*loop.touches, touch), key=lambda t: t.at)),
        snoozed_until=None,
        stuck_since=None,
        next_date=None,
        decide_by=None,
    )
    if letter.kind in (LetterKind.FEEDBACK, LetterKind.NOTICE) and not through_agency:
        how = Closed.FEEDBACK if letter.kind is LetterKind.FEEDBACK else Closed.ROLE_CLOSED
        after = dataclasses.replace(
            after, standing=Standing.CLOSED, closed_as=how, closed_at=now, promise=None, look_at=None
        )
    elif letter.names_date is not None:
        promise = Promise(
            id=uuid.uuid4(),
            date=letter.names_date,
            zone=loop.candidate.zone,
            basis=Basis.LETTER,
            made_at=now,
        )
        standing = Standing.GOING_ON if letter.decision is Decision.GOING_ON else Standing.AWAITING
        after = dataclasses.replace(after, standing=standing, promise=promise)
    move = LetterMove(letter=letter.id, come_from=come_from, to=LetterState.SENT, at=now)
    note = Entry(what="letter_sent", by=by.id if by else letter.by, facts={"letter": str(letter.id)})
    return Change(loop=after, move=move, touch=touch, settled=settled, promise=promise, entry=note)


def not_sent(
    loop: Loop,
    letter: Letter,
    state: LetterState,
    problem: str,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
) -> Change:
    """`failed`, `unknown`, `retry` or `cancelled`; `problem` is the sentence its sender reads.

    A decision that was taken stays taken: only a cancelled letter gives back the standing before it.
    """
    come_from = SENDING if state is LetterState.UNKNOWN else SENDING | BEFORE_DATA
    if state is LetterState.CANCELLED:
        come_from |= UNDOABLE
    facts = {"letter": str(letter.id), "state": state.value}
    note = Entry(what="letter_not_sent", by=None, facts=facts)
    if state is LetterState.CANCELLED and _decision_stands(loop, letter.decision):
        return withdrawn(loop, letter, state, now, note, come_from, problem)
    gone = dataclasses.replace(
        letter,
        state=state,
        problem=problem,
        settled_at=None if state is LetterState.RETRY else now,
        not_before=not_before or letter.not_before,
        attempts=letter.attempts + (state is LetterState.RETRY),
    )
    move = LetterMove(
        letter=letter.id, come_from=come_from, to=state, at=now, problem=problem, not_before=not_before
    )
    return Change(loop=dataclasses.replace(loop, letters=with_letter(loop, gone)), move=move, entry=note)


# -- a human settles an unknown one -----------------------------------------------------------------------

UNKNOWN = frozenset({LetterState.UNKNOWN})


MAY_HAVE_LEFT = SENDING | BEFORE_DATA | {LetterState.HELD}
"""A letter that was in one of these when a backup was made may have left since."""


def lost_sight_of(loop: Loop, letter: Letter, problem: str, now: dt.datetime) -> Change:
    """The database was restored from a backup in which the letter had not been sent yet."""
    gone = dataclasses.replace(letter, state=LetterState.UNKNOWN, problem=problem, settled_at=now)
    move = LetterMove(
        letter=letter.id, come_from=MAY_HAVE_LEFT, to=LetterState.UNKNOWN, at=now, problem=problem
    )
    note = Entry(what="letter_lost_sight_of", facts={"letter": str(letter.id), "state": letter.state.value})
    return Change(loop=dataclasses.replace(loop, letters=with_letter(loop, gone)), move=move, entry=note)


def it_went_out(loop: Loop, by: Member | None, now: dt.datetime) -> Change:
    """Told at the moment it was handed over, as far as anybody can know. `by`: None for the operator."""
    letter = _unknown(loop)
    change = sent(loop, letter, letter.settled_at or now, by, come_from=UNKNOWN)
    note = entry("letter_resolved_sent", loop, by, {"letter": str(letter.id)})
    return dataclasses.replace(change, entry=note)


def send_again(loop: Loop, whole: Letter, by: Member, policy: Policy, now: dt.datetime) -> Change:
    """The member says that the unknown one did not go out: the same words, queued as a new letter."""
    letter = _unknown(loop)
    if letter.names_date is not None:
        problem = date_problem(loop, policy, now, letter.names_date)
        if problem is not None:
            raise Refused(f"{problem} Say that it did not go out, then send an update with another date.")
    settled = did_not_go_out(loop, by, now)
    new_id = uuid.uuid4()
    again = dataclasses.replace(
        whole,
        id=new_id,
        state=LetterState.QUEUED,
        hold=None,
        to=recipient(loop),
        promise=loop.promise.id if loop.promise else None,
        queued_at=now,
        not_before=leaves_at(loop, letter.decision, policy, now),
        message_id=f"<{new_id.hex}@{policy.mail_from.rpartition('@')[2]}>",
        by=by.id,
        by_name=by.name,
        settled_at=None,
        attempts=0,
        problem="",
    )
    after = dataclasses.replace(settled.loop, letters=(*settled.loop.letters, again))
    note = entry("letter_sent_again", loop, by, {"letter": str(new_id), "instead_of": str(letter.id)})
    return Change(loop=after, move=settled.move, letter=again, entry=note)


def did_not_go_out(loop: Loop, by: Member | None, now: dt.datetime) -> Change:
    """The member, or the operator, says that the unknown one did not go out; nothing is sent."""
    letter = _unknown(loop)
    who = by.first_name if by else "The person who runs this bot"
    problem = f"{who} has said that it did not go out."
    gone = dataclasses.replace(letter, state=LetterState.FAILED, problem=problem, settled_at=now)
    move = LetterMove(letter=letter.id, come_from=UNKNOWN, to=LetterState.FAILED, at=now, problem=problem)
    note = entry("letter_resolved_not_sent", loop, by, {"letter": str(letter.id)})
    return Change(loop=dataclasses.replace(loop, letters=with_letter(loop, gone)), move=move, entry=note)


def _unknown(loop: Loop) -> Letter:
    letter = loop.letter
    if letter is None or letter.state is not LetterState.UNKNOWN:
        raise Refused("This letter has been settled already. Nothing was changed.")
    return letter
