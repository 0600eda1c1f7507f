"""What stands in the way of a letter, as a sentence: for a single click, and for each line of a sheet."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from bot import telling
from bot.access import Viewpoint, must_write
from bot.letters.draft import Finding, Reason
from bot.loops import Closed, Letter, LetterKind, LetterState, Loop, Standing
from bot.views.elements import FieldErrors
from bot.views.outcomes import CLOSED_AS, leaves
from bot.views.viewer import Viewer, is_today, is_urgent

STALE = "This has moved on since that message was written. Here is how it stands now; nothing was sent."


def answered_already(loop: Loop, viewer: Viewer, promise: uuid.UUID | None) -> str | None:
    """Today's answer for a click that comes late: "" or a sentence; None where the click may go on.

    `promise` is the one that was current when the click's button was drawn.
    """
    letter = loop.letter
    if letter is not None:
        if letter.by == viewer.member.id:
            return "" if letter.on_its_way else "Settle the last letter first: did it go out?"
        return f"{_of_somebody_else(loop, letter, viewer)} Nothing more was sent."
    if not loop.open:
        how = CLOSED_AS[loop.closed_as or Closed.UNTOLD]
        return f"This one is closed: {loop.candidate.first_name} {how}. Nothing more was sent."
    if (loop.promise.id if loop.promise else None) != promise:
        return _stale(loop, viewer)
    return None


def _of_somebody_else(loop: Loop, letter: Letter, viewer: Viewer) -> str:
    """Who wrote the letter that has not gone out yet, when, and what becomes of it."""
    at = f"at {viewer.calendar.local(letter.queued_at):%H:%M}"
    if not is_today(letter.queued_at, viewer):
        at = f"on {viewer.day(viewer.calendar.today(letter.queued_at))} {at}"
    wrote = f"{letter.by_name} wrote this one {at}"
    match letter.state:
        case LetterState.QUEUED:
            return f"{wrote}; it leaves {leaves(letter, loop, viewer)}."
        case LetterState.HELD:
            return f"{wrote}, and it is held."
        case LetterState.RETRY:
            again = viewer.moment(letter.not_before)
            return f"{wrote}; the mail server has not taken it yet, and the next try is {again}."
        case LetterState.UNKNOWN:
            return f"{wrote}, and we cannot tell whether it went out."
        case _:
            return f"{wrote}; it is being handed to the mail server."


def _stale(loop: Loop, viewer: Viewer) -> str:
    last = loop.sent_letters[-1] if loop.sent_letters else None
    if last is not None and last.settled_at is not None and last.settled_at == loop.last_told_at:
        at = viewer.moment(last.settled_at)
        who = "You" if last.by == viewer.member.id else last.by_name
        return f"{who} told {loop.candidate.first_name} on {at} already. Nothing more was sent."
    return STALE


def is_third_in_a_row(loop: Loop, viewer: Viewer) -> bool:
    """Whether the next letter that only moves the date is the recruiter's, and the viewer is not that."""
    if loop.recruiter is None or loop.courtesy_in_a_row < telling.COURTESY_ROW - 1:
        return False
    recruits = viewer.member.id == loop.recruiter.id
    return not recruits and must_write(viewer.member, loop, viewer.now) is not Viewpoint.RECRUITER


def had_one_today(loop: Loop, viewer: Viewer) -> bool:
    """A second courtesy letter on one day asks first."""
    return any(
        letter.kind is LetterKind.COURTESY
        and letter.settled_at is not None
        and viewer.calendar.today(letter.settled_at) == viewer.today
        for letter in loop.sent_letters
    )


def false_reason(loop: Loop, reason: Reason) -> str | None:
    """Why this reason would not be true; None where it may be given."""
    if loop.decide_by is None or reason is not Reason.NO_DECISION:
        return None
    return 'Somebody has accepted the offer for this role, so "no decision yet" would not be true.'


def no_useful_date(loop: Loop, viewer: Viewer) -> str:
    first = loop.candidate.first_name
    if loop.other_offer_by is not None and loop.other_offer_by > viewer.now:
        by = viewer.day(loop.candidate.calendar.local(loop.other_offer_by).date())
        return (
            f"{first} must answer another offer by {by}: a date after that is of no use. "
            "Call today, or hand it to the recruiter."
        )
    promise = loop.promise
    if promise is not None and promise.quotable and promise.date > viewer.today:
        return (
            f"{first} expects news by {viewer.day(promise.date)}, and no letter may name a later day yet. "
            "Choose a date yourself."
        )
    return (
        f"There is no day in the next two weeks on which both you and {first} work. Choose a date yourself."
    )


def _own_letter(loop: Loop) -> str:
    letter, first = loop.letter, loop.candidate.first_name
    if letter is not None and letter.state is LetterState.HELD:
        return f"Your letter to {first} is held. {letter.problem}"
    return f"Your letter to {first} is on its way already."


def of_a_sheet(loop: Loop, viewer: Viewer, promise: uuid.UUID | None) -> str | None:
    """Why no sheet may send this candidate an update, None where one may.

    Everything that stops a single click, and all that it asks back about, stops a line. `viewer` may write
    to the candidate.
    """
    first = loop.candidate.first_name
    late = answered_already(loop, viewer, promise)
    if late is not None:
        return late or _own_letter(loop)
    if loop.standing is Standing.DECLINED:
        return f'You decided not to go on with {first}, so "no decision yet" is not true: give feedback.'
    if loop.standing is Standing.GOING_ON:
        return f"{first} is going on: tell the date of the next step instead."
    if is_urgent(loop, viewer.now):
        return f"{first} must answer another offer: call, or write from the row."
    if is_third_in_a_row(loop, viewer):
        who = loop.recruiter.first_name if loop.recruiter else "the recruiter"
        return (
            f"It would be the third letter to {first} in a row that only moves the date, and only {who} can "
            f'send it. "Send update" in the row asks {who}.'
        )
    if had_one_today(loop, viewer):
        return f'{first} has had a letter today. "Send update" in the row asks whether to send another.'
    return None


def cannot_be_sent(loop: Loop, blocked: Sequence[Finding]) -> FieldErrors:
    """Each field with all that is wrong with it."""
    wrong: dict[str, list[str]] = {}
    for one in blocked:
        wrong.setdefault(_input(one.field), []).append(one.sentence)
    if loop.recruiter is not None and any(one.rule for one in blocked):
        field = next(_input(one.field) for one in reversed(blocked) if one.rule)
        wrong[field].append(f"Only {loop.recruiter.first_name} could send it as it is.")
    return FieldErrors(tuple((field, " ".join(sentences)) for field, sentences in wrong.items()))


def _input(field: str) -> str:
    """The form's name for a field of a draft."""
    return "date" if field == "next_date" else field
