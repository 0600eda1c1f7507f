"""Telling the candidate: from a draft to a queued letter, and back again while it can be undone.

The click creates the letter, with its text frozen, and sets the standing that the decision means. All else
comes once it was sent (`bot/dispatch.py`), never before.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
from pathlib import Path

from bot.access import may_overrule
from bot.changes import Change, Entry, LetterMove, Refused, entry
from bot.ladder import is_away
from bot.letters.compose import LetterContext, Templates, Written, compose
from bot.letters.draft import Draft, Reason, Severity
from bot.letters.findings import blocking, findings
from bot.loops import (
    UNDOABLE,
    Decision,
    Detail,
    Letter,
    LetterKind,
    LetterState,
    Loop,
    Standing,
)
from bot.new_date import date_problem
from bot.people import Member
from bot.policy import Policy
from bot.promises import due_instant

COURTESY_ROW = 3
"""The third courtesy letter in a row is the recruiter's to send."""


@functools.cache
def templates_in(folder: str) -> Templates:
    """The letter templates, with a company's own from `folder` before ours; empty: ours alone."""
    return Templates(Path(folder)) if folder else Templates()


def default_reason(loop: Loop) -> Reason:
    """The reason a one-click letter gives: what the loop's standing says, else "no decision yet"."""
    if loop.detail is Detail.ON_HOLD:
        return Reason.ON_HOLD
    if loop.detail is Detail.OFFER_OUT:
        return Reason.FINAL_STEPS
    if loop.detail is Detail.WAITING_FOR:
        return Reason.PANEL
    return Reason.NO_DECISION


def write(loop: Loop, draft: Draft, by: Member, policy: Policy, now: dt.datetime) -> Written:
    """The letter as the candidate would get it now."""
    promise = loop.promise if loop.promise is not None and loop.promise.quotable else None
    calendar, other = loop.candidate.calendar, loop.other_offer_by
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
        writer=_who_writes_next(loop, draft, by),
    )
    return compose(templates_in(policy.templates), draft, context)


def _who_writes_next(loop: Loop, draft: Draft, by: Member) -> Member | None:
    """The owner, where somebody else writes this letter and the owner is there on the day that it names."""
    owner = loop.owner
    if by.id == owner.id or draft.next_date is None or not owner.available:
        return None
    return None if is_away(owner, due_instant(draft.next_date, loop.candidate.zone)) else owner


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
    _must_be_fit_to_send(loop, draft, by, now)
    return _queue(loop, draft, by, policy, now)


def queue_decision(loop: Loop, by: Member, policy: Policy, now: dt.datetime, draft: Draft) -> Change:
    """A letter that carries a decision: going on, not going on, role closed, not now."""
    _must_be_free(loop)
    if draft.decision is Decision.NO_DECISION:
        raise Refused("Choose what was decided. Without a decision, send an update.")
    changed_mind = decision_problem(loop, draft.decision)
    if changed_mind is not None:
        raise Refused(changed_mind)
    _must_be_fit_to_send(loop, draft, by, now)
    if draft.decision is Decision.GOING_ON and draft.next_date is not None:
        problem = date_problem(loop, policy, now, draft.next_date)
        if problem is not None:
            raise Refused(problem)
    return _queue(loop, draft, by, policy, now)


def decision_problem(loop: Loop, decision: Decision) -> str | None:
    """Why this cannot be said to the candidate now: one sentence, or None where it can.

    Who is going on hears no "no" before the next interview has passed; that the role is closed may be said,
    though not of one that somebody else has accepted.
    """
    if decision is Decision.ROLE_CLOSED and loop.decide_by is not None:
        return (
            "Somebody has accepted the offer for this role, so that it was closed would not be true. Choose "
            "what was decided, or call and log the call."
        )
    declines = decision in (Decision.NOT_GOING_ON, Decision.NOT_NOW)
    if loop.standing is Standing.GOING_ON and declines:
        return (
            f"{loop.candidate.first_name} is going on. A no can be written when the next interview has taken "
            "place; if the decision changed before, call, and log the call."
        )
    return None


def _must_be_fit_to_send(loop: Loop, draft: Draft, by: Member, now: dt.datetime) -> None:
    blocked = blocking(findings(draft), overrules=may_overrule(by, loop, now))
    if blocked:
        raise Refused(" ".join(one.why for one in blocked))


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
    return Change(loop=after, letter=letter, entry=entry("letter_queued", loop, by, facts | _kept(draft)))


def _kept(draft: Draft) -> dict[str, str]:
    """Which wording rules found something that was kept: "overruled" where only the recruiter can."""
    found = [one for one in findings(draft) if one.rule]
    overruled = {one.rule for one in found if one.severity is Severity.BLOCK}
    kept = {"overruled": overruled, "found": {one.rule for one in found} - overruled}
    return {name: " ".join(sorted(ids)) for name, ids in kept.items() if ids}


def recipient(loop: Loop) -> str:
    """Where letters about this loop go: the agency's contact where there is one, else the candidate."""
    return loop.candidate.agency_email or loop.candidate.email


def leaves_at(loop: Loop, decision: Decision, policy: Policy, now: dt.datetime) -> dt.datetime:
    """Courtesy letters wait for the undo window; letters that say no leave in the candidate's day."""
    return in_their_day(loop, decision, now + (policy.undo_no if decision.says_no else policy.undo))


def in_their_day(loop: Loop, decision: Decision, at: dt.datetime) -> dt.datetime:
    """The instant itself, or, for a letter that says no, the next one within the candidate's working day."""
    return loop.candidate.calendar.letter_time(at) if decision.says_no else at


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
