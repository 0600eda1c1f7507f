"""At dispatch and after: a letter is checked again before it leaves, and what became of it changes the loop.

Touch, promise kept, new promise and closing come with `sent`, never before.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot.access import viewpoint
from bot.changes import Change, Entry, LetterMove
from bot.dates import say_date
from bot.loops import (
    UNDOABLE,
    Closed,
    Decision,
    Letter,
    LetterKind,
    LetterState,
    Loop,
    Standing,
    Touch,
    TouchKind,
)
from bot.new_date import too_late_for_other_offer
from bot.people import Member
from bot.policy import FeedbackPolicy, Policy
from bot.promises import Basis, Promise
from bot.telling import recipient, with_letter, withdrawn


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
    if letter.names_date is not None and letter.names_date <= loop.candidate.calendar.today(now):
        said = say_date(letter.names_date)
        return f"The date it names, {said}, is no longer in the future."
    if letter.names_date is not None and letter.decision is Decision.NO_DECISION:
        late = too_late_for_other_offer(loop, now, letter.names_date)
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
