"""A loop: one candidate waiting for one role, with what has been promised, said and asked."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid

from bot.people import Candidate, Member, Role
from bot.promises import Promise


class Standing(enum.StrEnum):
    """Where a loop stands. "Due", "overdue" and "days late" are derived, never kept."""

    NEEDS_DATE = "needs_date"
    AWAITING = "awaiting"
    GOING_ON = "going_on"
    DECLINED = "declined"
    CLOSED = "closed"


class Detail(enum.StrEnum):
    """What an awaiting loop waits for, and whether a loop that goes on has an offer."""

    PLAIN = "plain"
    WAITING_FOR = "waiting_for"
    ON_HOLD = "on_hold"
    OFFER_OUT = "offer_out"
    OFFER_MADE = "offer_made"


class Closed(enum.StrEnum):
    """How a loop was closed."""

    FEEDBACK = "feedback"
    NOTICE = "notice"
    HIRED = "hired"
    WITHDREW = "withdrew"
    ROLE_CLOSED = "role_closed"
    TOLD_BY_PHONE = "told_by_phone"
    TOLD_BY_ATS = "told_by_ats"
    AGENCY_CONFIRMED = "agency_confirmed"
    DID_NOT_TAKE_PLACE = "did_not_take_place"
    ENTERED_BY_MISTAKE = "entered_by_mistake"
    UNTOLD = "untold"
    """Closed by the recruiter, with a reason, without the candidate having been told."""


REOPENABLE = frozenset({Closed.WITHDREW, Closed.DID_NOT_TAKE_PLACE, Closed.ENTERED_BY_MISTAKE})
"""Ends of which the candidate was told nothing, and by which no promise was settled."""


class Untold(enum.StrEnum):
    """Why the recruiter closed a loop whose candidate was not told. A word, so that the audit can keep it."""

    ASKED_NOT = "asked_not"
    TWICE = "twice"
    COUNSEL = "counsel"
    OTHER = "other"


class TouchKind(enum.StrEnum):
    LETTER = "letter"
    CALL = "call"
    WROTE = "wrote"
    """The candidate asked something. Two in a row without an answer alarm the recruiter."""
    THANKS = "thanks"
    """A thank-you note: a touch, not a question."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Any contact, either way. `by` is the member, None when it came from the candidate."""

    id: uuid.UUID
    kind: TouchKind
    at: dt.datetime
    by: uuid.UUID | None = None

    @property
    def inbound(self) -> bool:
        return self.kind in (TouchKind.WROTE, TouchKind.THANKS)


class LetterKind(enum.StrEnum):
    COURTESY = "courtesy"
    FEEDBACK = "feedback"
    NOTICE = "notice"
    ANSWER = "answer"


class LetterState(enum.StrEnum):
    """queued (undo window) → sending → sent | retry | failed | unknown; or undone, cancelled; held."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    RETRY = "retry"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    UNDONE = "undone"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"


class Hold(enum.StrEnum):
    """Why a letter is held."""

    PAUSE = "pause"
    """Letters are paused; lifted when they are resumed."""
    BRAKE = "brake"
    """Its sender has sent many within the hour; lifted by the recruiter."""


OPEN_LETTER = frozenset(
    {LetterState.HELD, LetterState.QUEUED, LetterState.SENDING, LetterState.RETRY, LetterState.UNKNOWN}
)
"""At most one letter of a loop is in one of these; the database holds it (a partial unique index)."""

ON_ITS_WAY = OPEN_LETTER - {LetterState.UNKNOWN}
"""These silence nudges about the loop, not its lateness."""

_TRIED = frozenset({LetterState.SENT, LetterState.FAILED, LetterState.BOUNCED})

HELD_SILENCES = dt.timedelta(days=1)
"""A held letter may stay where it is: the candidate waits all the same, so that it silences no longer."""

UNDOABLE = frozenset({LetterState.HELD, LetterState.QUEUED, LetterState.RETRY})


class Decision(enum.StrEnum):
    """What a letter says. `NO_DECISION` is a courtesy letter with a new date."""

    NO_DECISION = "no_decision"
    GOING_ON = "going_on"
    NOT_GOING_ON = "not_going_on"
    ROLE_CLOSED = "role_closed"
    NOT_NOW = "not_now"

    @property
    def says_no(self) -> bool:
        return self in (Decision.NOT_GOING_ON, Decision.ROLE_CLOSED, Decision.NOT_NOW)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An email to a candidate, its text frozen when it was queued.

    `before` is the standing to return to on undo; `promise` the promise that was current when it
    was queued (dispatch refuses when another has become current).
    `names_date` is the new date it promises, a day in the candidate's zone.
    """

    id: uuid.UUID
    loop: uuid.UUID
    kind: LetterKind
    decision: Decision
    state: LetterState
    by: uuid.UUID
    by_name: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str
    sender_name: str
    reply_to: str
    queued_at: dt.datetime
    not_before: dt.datetime
    in_reply_to: str = ""
    names_date: dt.date | None = None
    promise: uuid.UUID | None = None
    before: Standing = Standing.AWAITING
    before_detail: Detail = Detail.PLAIN
    settled_at: dt.datetime | None = None
    attempts: int = 0
    problem: str = ""
    """Why it failed, was cancelled or is held: one sentence for the member who sent it."""
    hold: Hold | None = None
    """Why it is held; None unless it is."""

    @property
    def open(self) -> bool:
        return self.state in OPEN_LETTER

    @property
    def on_its_way(self) -> bool:
        return self.state in ON_ITS_WAY

    @property
    def silences_until(self) -> dt.datetime | None:
        """When a held letter stops silencing nudges about its loop; None where it is not held."""
        return self.not_before + HELD_SILENCES if self.state is LetterState.HELD else None

    def silences(self, now: dt.datetime) -> bool:
        """Whether nudges about the loop wait for this letter."""
        until = self.silences_until
        return self.on_its_way and (until is None or now < until)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One candidate waiting for one role, with everything a screen row or a rule needs.

    `touches` and `letters` are in order of time. Letters come without their bodies where a list was
    loaded; `store.letter` brings the whole of one.
    """

    id: uuid.UUID
    candidate: Candidate
    role: Role
    owner: Member
    stage: str
    interviewed_at: dt.datetime
    """Latest interview end."""
    standing: Standing
    detail: Detail = Detail.PLAIN
    promise: Promise | None = None
    """The current one; None only on a closed loop."""
    waiting_for: Member | None = None
    other_offer_by: dt.datetime | None = None
    other_offer_heard_at: dt.datetime | None = None
    next_date: dt.date | None = None
    """Chosen with `/followup promise`: what the next letter will name."""
    decide_by: dt.date | None = None
    """An internal date sooner than the promise: somebody else accepted the offer."""
    snoozed_until: dt.datetime | None = None
    stuck_since: dt.datetime | None = None
    """The owner pressed "Decision is stuck": the recruiter is asked."""
    reviewed_on: dt.date | None = None
    """None: imported and not reviewed yet, so silent. The ladder starts on this date at the earliest."""
    closed_as: Closed | None = None
    closed_at: dt.datetime | None = None
    look_at: dt.datetime | None = None
    touches: tuple[Touch, ...] = ()
    letters: tuple[Letter, ...] = ()
    audit_head: str = ""
    namesake: bool = False
    """As read: somebody else of this name waits for the same role, at the same stage."""
    elsewhere: bool = dataclasses.field(default=False, compare=False)
    """As read: the same person waits for another role too, or did since this interview."""

    @property
    def recruiter(self) -> Member | None:
        return self.role.recruiter

    @property
    def reviewer(self) -> Member:
        """Who says whether an imported loop is real: the recruiter, else whoever must answer."""
        return self.recruiter or self.owner

    @property
    def open(self) -> bool:
        return self.standing is not Standing.CLOSED

    @property
    def reopenable(self) -> bool:
        """Whether a slip may have closed it: also where a recruiter said so of an import, at first sight."""
        at_first_sight = self.closed_as is Closed.UNTOLD and self.reviewed_on is None
        return self.closed_as in REOPENABLE or at_first_sight

    @property
    def letter(self) -> Letter | None:
        """The letter that is held, queued, sending, to be retried or unknown: at most one."""
        return next((x for x in reversed(self.letters) if x.open), None)

    @property
    def last_letter(self) -> Letter | None:
        return self.letters[-1] if self.letters else None

    @property
    def sent_letters(self) -> tuple[Letter, ...]:
        return tuple(x for x in self.letters if x.state is LetterState.SENT)

    @property
    def undelivered(self) -> Letter | None:
        """The newest letter that was tried, where it did not arrive and we have told them nothing since."""
        tried = [x for x in self.letters if x.state in _TRIED]
        last = tried[-1] if tried else None
        if last is None or last.state is LetterState.SENT:
            return None
        told, settled = self.last_told_at, last.settled_at
        return None if told is not None and settled is not None and told >= settled else last

    @property
    def unanswered(self) -> tuple[Touch, ...]:
        """What the candidate asked since we last told them anything."""
        asked: list[Touch] = []
        for touch in self.touches:
            if touch.kind is TouchKind.WROTE:
                asked.append(touch)
            elif not touch.inbound:
                asked.clear()
        return tuple(asked)

    @property
    def last_told_at(self) -> dt.datetime | None:
        return next((t.at for t in reversed(self.touches) if not t.inbound), None)

    def offer_waits(self, now: dt.datetime) -> bool:
        """Another employer waits for an answer, and we have not spoken to them since we heard."""
        if self.other_offer_by is None or self.other_offer_by <= now or not self.open:
            return False
        told = self.last_told_at
        return told is None or self.other_offer_heard_at is None or told <= self.other_offer_heard_at

    @property
    def courtesy_in_a_row(self) -> int:
        """Courtesy letters without a decision, since the last contact of another kind.

        A call is one, and what is said when a next step is arranged: after it the date has not moved yet.
        """
        called = next((t.at for t in reversed(self.touches) if t.kind is TouchKind.CALL), None)
        count = 0
        for letter in reversed(self.sent_letters):
            if letter.kind is not LetterKind.COURTESY or letter.decision is not Decision.NO_DECISION:
                break
            if called is not None and letter.settled_at is not None and letter.settled_at <= called:
                break
            count += 1
        return count
