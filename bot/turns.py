"""The turns a loop takes besides letters: a call, another offer, a hold, a hand-over, an end.

Each is one function on the loop. It refuses what makes no sense with a sentence a manager understands.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot.access import has_a_place
from bot.changes import Change, Entry, Refused, entry
from bot.dates import say_date
from bot.loops import UNDOABLE, Closed, Detail, LetterState, Loop, Standing, Touch, TouchKind, Untold
from bot.new_date import date_problem
from bot.people import Member, Role
from bot.policy import Policy
from bot.promises import Basis, Promise
from bot.telling import withdrawn

MOST_DAYS = 366
NEVER_HAPPENED = frozenset({Closed.DID_NOT_TAKE_PLACE, Closed.ENTERED_BY_MISTAKE})
_UNTOLD_ENDS = NEVER_HAPPENED | {Closed.WITHDREW, Closed.TOLD_BY_ATS, Closed.NOTICE, Closed.UNTOLD}


def within_a_year(day: dt.date, now: dt.datetime) -> None:
    """Refuse what can only be a slip of the finger: a day more than a year away, either way."""
    if abs((day - now.date()).days) > MOST_DAYS:
        raise Refused(f"{say_date(day)} {day.year} is more than a year away. Look at the year again.")


def told_by_phone(
    loop: Loop, by: Member, now: dt.datetime, next_date: dt.date | None, policy: Policy
) -> Change:
    """A logged call counts as telling. With a next date the loop stays open; without one it closes."""
    _open(loop)
    _no_letter(loop)
    touch = Touch(id=uuid.uuid4(), kind=TouchKind.CALL, at=now, by=by.id)
    settled = loop.promise.settled(now) if loop.promise else None
    after = dataclasses.replace(
        loop,
        touches=(*loop.touches, touch),
        snoozed_until=None,
        stuck_since=None,
        decide_by=None,
        next_date=None,
    )
    promise: Promise | None = None
    if next_date is None:
        after = _closed(after, Closed.TOLD_BY_PHONE, now)
    else:
        problem = date_problem(loop, policy, now, next_date)
        if problem is not None:
            raise Refused(problem)
        promise = _promise(loop, next_date, Basis.STATED, now)
        standing = Standing.AWAITING if loop.standing is Standing.NEEDS_DATE else loop.standing
        after = dataclasses.replace(after, promise=promise, standing=standing)
    facts = {"next_date": next_date.isoformat()} if next_date else {}
    return Change(
        loop=after,
        touch=touch,
        settled=settled,
        promise=promise,
        entry=entry("told_by_phone", loop, by, facts),
    )


def agency_confirmed(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """The agency says that it has told its candidate: that counts as telling."""
    _open(loop)
    _no_letter(loop)
    if loop.standing is not Standing.DECLINED:
        raise Refused("The agency can confirm only what it was told: send the feedback first.")
    touch = Touch(id=uuid.uuid4(), kind=TouchKind.CALL, at=now, by=by.id)
    settled = loop.promise.settled(now) if loop.promise else None
    after = _closed(dataclasses.replace(loop, touches=(*loop.touches, touch)), Closed.AGENCY_CONFIRMED, now)
    return Change(loop=after, touch=touch, settled=settled, entry=entry("agency_confirmed", loop, by))


def wrote(loop: Loop, by: Member | None, now: dt.datetime, at: dt.datetime, *, thanks: bool) -> Change:
    """The candidate wrote; `by` is who says so, None where their own words came. Thanks are no question."""
    _open(loop)
    if at > now:
        raise Refused("A letter cannot have come in the future. Choose today or a day before.")
    kind = TouchKind.THANKS if thanks else TouchKind.WROTE
    touch = Touch(id=uuid.uuid4(), kind=kind, at=at, by=None)
    touches = tuple(sorted((*loop.touches, touch), key=lambda t: t.at))
    after = dataclasses.replace(loop, touches=touches, look_at=now)
    return Change(loop=after, touch=touch, entry=entry("candidate_wrote", loop, by, {"kind": kind.value}))


def has_other_offer(loop: Loop, by: Member | None, now: dt.datetime, deadline: dt.datetime) -> Change:
    """Another employer waits for an answer until `deadline`."""
    _open(loop)
    within_a_year(deadline.date(), now)
    if deadline <= now:
        raise Refused("That deadline has passed. Choose the day the candidate must answer by.")
    after = dataclasses.replace(loop, other_offer_by=deadline, other_offer_heard_at=now)
    return Change(loop=after, entry=entry("other_offer", loop, by, {"by": deadline.isoformat()}))


def promise_date(loop: Loop, by: Member, now: dt.datetime, day: dt.date, policy: Policy) -> Change:
    """What the next letter will name; where the date was only assumed, the real one replaces it.

    The promise the candidate knows, its ladder and its statistics stay until the candidate is told.
    """
    _open(loop)
    facts = {"date": day.isoformat()}
    if loop.promise is not None and not loop.promise.quotable:
        return stated(loop, by, now, day)
    if loop.letter is not None and loop.letter.names_date is not None:
        named = say_date(loop.letter.names_date)
        raise Refused(f"A letter that names {named} is on its way. Choose another date there, or undo it.")
    problem = date_problem(loop, policy, now, day)
    if problem is not None:
        raise Refused(problem)
    after = dataclasses.replace(loop, next_date=day)
    return Change(loop=after, entry=entry("next_date_chosen", loop, by, facts))


def stated(loop: Loop, by: Member, now: dt.datetime, day: dt.date) -> Change:
    """The date the candidate was told at the interview. It may have passed: then the loop is late."""
    _open(loop)
    within_a_year(day, now)
    if loop.promise is not None and loop.promise.quotable:
        raise Refused("A date is known already. Use another date for the next letter.")
    if day < loop.candidate.calendar.today(loop.interviewed_at):
        raise Refused(f"{say_date(day)} is before the interview. Choose the day you said.")
    promise = _promise(loop, day, Basis.STATED, now)
    standing = Standing.AWAITING if loop.standing is Standing.NEEDS_DATE else loop.standing
    after = dataclasses.replace(loop, promise=promise, standing=standing, look_at=now)
    note = entry("date_stated", loop, by, {"date": day.isoformat()})
    return Change(loop=after, settled=_replaced(loop, now), promise=promise, entry=note)


def _replaced(loop: Loop, now: dt.datetime) -> Promise | None:
    """An assumed promise that gives way; it is in no statistic, whichever way it is settled."""
    return loop.promise.settled(now) if loop.promise else None


def going_on(loop: Loop, by: Member, now: dt.datetime, day: dt.date) -> Change:
    """A next step is arranged by `day`. The candidate knows it from whoever arranged it."""
    _open(loop)
    _no_letter(loop)
    within_a_year(day, now)
    if day <= loop.candidate.calendar.today(now):
        raise Refused(f"{say_date(day)} is not in the future. Choose the day by which the next step happens.")
    touch = Touch(id=uuid.uuid4(), kind=TouchKind.CALL, at=now, by=by.id)
    promise = _promise(loop, day, Basis.STATED, now)
    after = dataclasses.replace(
        loop,
        standing=Standing.GOING_ON,
        detail=Detail.PLAIN,
        promise=promise,
        touches=(*loop.touches, touch),
        snoozed_until=None,
        stuck_since=None,
        decide_by=None,
        next_date=None,
    )
    settled = loop.promise.settled(now) if loop.promise else None
    note = entry("going_on", loop, by, {"by": day.isoformat()})
    return Change(loop=after, touch=touch, settled=settled, promise=promise, entry=note)


def next_interview_took_place(
    loop: Loop, by: Member, now: dt.datetime, ended: dt.datetime, promised: dt.date | None, policy: Policy
) -> Change:
    """The next interview has passed: the loop waits for news again, from that day on."""
    _open(loop)
    _no_letter(loop)
    if loop.standing is not Standing.GOING_ON:
        raise Refused("No next step is arranged for this candidate, so none can have taken place.")
    within_a_year(ended.date(), now)
    if ended > now:
        raise Refused("That interview has not ended yet. Come back when it has.")
    if promised is not None:
        within_a_year(promised, now)
    local = loop.candidate.calendar.today(ended)
    if promised is not None and promised < local:
        raise Refused(f"{say_date(promised)} is before the interview. Choose the day you said.")
    day = promised or loop.owner.calendar.add(local, policy.assumed_days)
    promise = _promise(loop, day, Basis.STATED if promised else Basis.ASSUMED, now)
    after = dataclasses.replace(
        loop,
        standing=Standing.AWAITING if promised else Standing.NEEDS_DATE,
        detail=Detail.PLAIN,
        interviewed_at=ended,
        promise=promise,
        look_at=now,
    )
    settled = loop.promise.settled(ended) if loop.promise else None
    return Change(loop=after, settled=settled, promise=promise, entry=entry("interviewed_again", loop, by))


def waiting_for(loop: Loop, by: Member, now: dt.datetime, whom: Member) -> Change:
    """A panel member's word is missing. That person is asked; the promise stays the owner's."""
    _undecided(loop)
    if not whom.available:
        raise Refused(f"{whom.first_name} cannot be asked: their account is switched off or unreachable.")
    if whom.id == loop.owner.id:
        raise Refused("You cannot wait for yourself. Name the person whose word is missing.")
    if whom.email.lower() == loop.candidate.email.lower() or whom.id in loop.role.applicants:
        raise Refused(f"{whom.first_name} applied for this role, so cannot be asked.")
    if loop.role.confidential and whom.id not in loop.role.named:
        raise Refused(f"{whom.first_name} is not named on this confidential role, so cannot be asked.")
    after = dataclasses.replace(loop, detail=Detail.WAITING_FOR, waiting_for=whom)
    return Change(loop=after, entry=entry("waiting_for", loop, by, {"whom": str(whom.id)}))


def answered(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """The panel member has said their word, or it is no longer needed."""
    _open(loop)
    if loop.detail is not Detail.WAITING_FOR:
        raise Refused("Nobody's word is missing here any more.")
    after = dataclasses.replace(loop, detail=Detail.PLAIN, waiting_for=None)
    return Change(loop=after, entry=entry("word_received", loop, by))


def on_hold(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """The role is on hold. The promise stays; the next letter says so and promises contact."""
    _undecided(loop)
    after = dataclasses.replace(loop, detail=Detail.ON_HOLD, waiting_for=None)
    return Change(loop=after, entry=entry("on_hold", loop, by))


def off_hold(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """Back to plain waiting, from a hold or from an offer that is out to somebody else."""
    _open(loop)
    if loop.detail not in (Detail.ON_HOLD, Detail.OFFER_OUT):
        raise Refused("This loop is not on hold.")
    after = dataclasses.replace(loop, detail=Detail.PLAIN, waiting_for=None)
    return Change(loop=after, entry=entry("off_hold", loop, by))


def offer_out(loop: Loop, by: Member | None, now: dt.datetime) -> Change:
    """An offer is out to somebody else: this loop waits, its clock runs, its letters reveal nothing."""
    _undecided(loop)
    after = dataclasses.replace(loop, detail=Detail.OFFER_OUT, waiting_for=None)
    return Change(loop=after, entry=entry("offer_out", loop, by))


def offer_made(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """This person has an offer from us."""
    _open(loop)
    _no_letter(loop)
    if loop.detail is Detail.OFFER_MADE:
        raise Refused(
            f"{loop.candidate.first_name} has an offer already. Say whether it was accepted or declined."
        )
    after = dataclasses.replace(loop, standing=Standing.GOING_ON, detail=Detail.OFFER_MADE, waiting_for=None)
    return Change(loop=after, entry=entry("offer_made", loop, by))


def offer_accepted(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """Hired: the loop closes; the others of the role are due in one business day (see `hurry`)."""
    return _offer_answered(loop, by, now, Closed.HIRED, "offer_accepted")


def offer_declined(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """The candidate said no to us: they withdrew. Nobody else is written to by itself."""
    return _offer_answered(loop, by, now, Closed.WITHDREW, "offer_declined")


def _offer_answered(loop: Loop, by: Member, now: dt.datetime, how: Closed, what: str) -> Change:
    _open(loop)
    _no_letter(loop)
    if loop.detail is not Detail.OFFER_MADE:
        raise Refused("Say first that an offer was made to this candidate.")
    settled = loop.promise.settled(now) if loop.promise else None
    return Change(loop=_closed(loop, how, now), settled=settled, entry=entry(what, loop, by))


def hurry(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """Somebody else accepted the offer: this candidate is due in one business day."""
    _open(loop)
    day = loop.candidate.calendar.next_working(loop.candidate.calendar.today(now))
    after = dataclasses.replace(loop, decide_by=day, look_at=now)
    return Change(loop=after, entry=entry("due_sooner", loop, by, {"by": day.isoformat()}))


def stuck(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """The owner cannot decide alone: the recruiter is asked."""
    _undecided(loop)
    _no_letter(loop)
    if loop.recruiter is None or not loop.recruiter.available:
        raise Refused("This role has no recruiter to ask. Hand the loop over to somebody who can decide.")
    if loop.recruiter.id == by.id:
        raise Refused("You are the recruiter who would be asked. Decide, or hand the loop over.")
    if loop.stuck_since is not None:
        raise Refused(f"{loop.recruiter.first_name} has been asked already.")
    after = dataclasses.replace(loop, stuck_since=now, look_at=now)
    return Change(loop=after, entry=entry("decision_stuck", loop, by))


def snooze(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """Quiet until the next working day's slot of `by` or of the owner, whichever comes first.

    One business day at most; the promise stays.
    """
    _open(loop)
    until = min(_tomorrows_slot(by, now), _tomorrows_slot(loop.owner, now))
    after = dataclasses.replace(loop, snoozed_until=until)
    return Change(loop=after, entry=entry("snoozed", loop, by, {"until": until.isoformat()}))


def _tomorrows_slot(member: Member, now: dt.datetime) -> dt.datetime:
    calendar = member.calendar
    slots = calendar.slots_after(now, member.digest_at)
    return next(slot for slot in slots if calendar.today(slot) > calendar.today(now))


def hand_over(loop: Loop, by: Member, now: dt.datetime, to: Member, role: Role | None = None) -> Change:
    """Somebody else owns the loop from now on; `role` is the role as it is then, where that changes as well.

    A letter that waits leaves all the same where its sender may write afterwards too. Where not, it is
    withdrawn with this change: whoever has the loop then reads so, instead of nobody at dispatch.
    """
    _open(loop)
    if not to.available:
        raise Refused(f"{to.first_name} cannot take it: their account is switched off or unreachable.")
    if to.id == loop.owner.id:
        raise Refused(f"{to.first_name} has this one already.")
    if to.email.lower() == loop.candidate.email.lower() or to.id in loop.role.applicants:
        raise Refused(f"{to.first_name} applied for this role, so cannot take it over.")
    if loop.role.confidential and to.id not in loop.role.named:
        raise Refused(f"{to.first_name} is not named on this confidential role, so cannot take it over.")
    after = dataclasses.replace(loop, owner=to, role=role or loop.role, snoozed_until=None, look_at=now)
    note = entry("handed_over", loop, by, {"from": str(loop.owner.id), "to": str(to.id)})
    return _without_a_strangers_letter(after, now, note, loop.candidate.first_name) or Change(
        loop=after, entry=note
    )


def role_handed_over(loop: Loop, by: Member, now: dt.datetime, role: Role) -> Change | None:
    """The loop stays with its owner while its role becomes this one: what that changes, None for nothing.

    A letter that waits and whose sender may not write any more would keep the owner from writing until it is
    refused at dispatch, for a no the next morning: it is withdrawn at once.
    """
    after = dataclasses.replace(loop, role=role)
    note = entry("letter_not_sent", loop, by, {"state": LetterState.CANCELLED.value})
    return _without_a_strangers_letter(after, now, note, f"the role of {loop.candidate.first_name}")


def recruiter_changed(loop: Loop, by: Member, now: dt.datetime, role: Role) -> Change:
    """The loop stays with its owner; somebody else recruits for its role, which is this one from now on."""
    after = dataclasses.replace(loop, role=role, look_at=now)
    who = {"from": loop.recruiter, "to": role.recruiter}
    note = entry("recruiter_changed", loop, by, {what: str(one.id) for what, one in who.items() if one})
    gone = _without_a_strangers_letter(after, now, note, f"the role of {loop.candidate.first_name}")
    return gone or Change(loop=after, entry=note)


def _without_a_strangers_letter(after: Loop, now: dt.datetime, note: Entry, what: str) -> Change | None:
    """The letter that waits is withdrawn where its sender may not write any more; None where none is.

    `what` was handed over.
    """
    letter = after.letter
    if letter is None or letter.state not in UNDOABLE or has_a_place(letter.by, after, now):
        return None
    problem = f"The letter of {letter.by_name} was withdrawn: {what} was handed over before it left."
    return withdrawn(after, letter, LetterState.CANCELLED, now, note, UNDOABLE, problem)


def close_untold(
    loop: Loop,
    by: Member,
    now: dt.datetime,
    how: Closed,
    *,
    recruiter: bool,
    why: Untold | None = None,
) -> Change:
    """Close without the candidate having been told: needs the recruiter, unless it never took place."""
    _open(loop)
    _no_letter(loop)
    if how not in _UNTOLD_ENDS:
        raise Refused("Choose why the loop closes: this end comes with a letter, a call or an offer.")
    if not recruiter and how not in (*NEVER_HAPPENED, Closed.WITHDREW):
        who = loop.recruiter.first_name if loop.recruiter else "the recruiter"
        raise Refused(f"{loop.candidate.first_name} has not been told. Only {who} can close this loop so.")
    facts = {"as": how.value} | ({"why": why.value} if why else {})
    settled: Promise | None = None
    if loop.promise is not None and how in (Closed.TOLD_BY_ATS, Closed.NOTICE):
        settled = loop.promise.settled(now)
    elif loop.promise is not None and how is Closed.UNTOLD and loop.reviewed_on is not None:
        settled = loop.promise.never_kept(now)
    return Change(loop=_closed(loop, how, now), settled=settled, entry=entry("closed", loop, by, facts))


def moved_to(loop: Loop, by: Member, now: dt.datetime, starts: dt.datetime, policy: Policy) -> Change:
    """The interview was moved: nothing is owed until it has taken place."""
    _open(loop)
    _no_letter(loop)
    within_a_year(starts.date(), now)
    if starts <= now:
        raise Refused("Choose a day in the future: the interview was moved, so it has yet to take place.")
    day = loop.candidate.calendar.today(starts)
    promise = _promise(loop, loop.owner.calendar.add(day, policy.assumed_days), Basis.ASSUMED, now)
    after = dataclasses.replace(
        loop,
        interviewed_at=starts,
        standing=Standing.NEEDS_DATE,
        detail=Detail.PLAIN,
        promise=promise,
        next_date=None,
        look_at=now,
    )
    note = entry("interview_moved", loop, by, {"to": starts.isoformat()})
    return Change(loop=after, settled=_replaced(loop, now), promise=promise, entry=note)


def mend_address(loop: Loop, by: Member, email: str) -> Change:
    """The candidate's address was wrong. Letters that wait for the old one will be refused at dispatch."""
    _open(loop)
    if loop.letter is not None and loop.letter.state not in UNDOABLE | {LetterState.UNKNOWN}:
        raise Refused("A letter is being handed over just now. Try again in a minute.")
    candidate = dataclasses.replace(loop.candidate, email=email)
    return Change(
        loop=dataclasses.replace(loop, candidate=candidate), entry=entry("address_mended", loop, by)
    )


def review(loop: Loop, by: Member | None, now: dt.datetime, *, on: dt.date | None = None) -> Change:
    """An imported loop is real: it starts as if due today (or on the day given)."""
    _open(loop)
    if loop.reviewed_on is not None:
        raise Refused("This one has been looked at already.")
    day = on or loop.candidate.calendar.today(now)
    after = dataclasses.replace(loop, reviewed_on=day, look_at=now)
    return Change(loop=after, entry=entry("reviewed", loop, by))


def _promise(loop: Loop, day: dt.date, basis: Basis, now: dt.datetime) -> Promise:
    return Promise(id=uuid.uuid4(), date=day, zone=loop.candidate.zone, basis=basis, made_at=now)


def _closed(loop: Loop, how: Closed, now: dt.datetime) -> Loop:
    return dataclasses.replace(
        loop, standing=Standing.CLOSED, closed_as=how, closed_at=now, promise=None, look_at=None
    )


def _open(loop: Loop) -> None:
    if not loop.open:
        raise Refused(f"{loop.candidate.first_name} has been told already; this loop is closed.")


def _no_letter(loop: Loop) -> None:
    if loop.letter is not None:
        raise Refused(
            f"A letter to {loop.candidate.first_name} is on its way. Undo it first, or wait until it is out."
        )


def _undecided(loop: Loop) -> None:
    _open(loop)
    if loop.standing is Standing.DECLINED:
        raise Refused(
            f"You decided not to go on with {loop.candidate.first_name}: what is owed now is a letter."
        )
    if loop.standing is Standing.GOING_ON:
        raise Refused(f"{loop.candidate.first_name} is going on: nothing is waiting to be decided.")
