"""Why a loop is stuck, so that the recruiter is asked to act: the groups of the queue, in its order."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum

from bot import ladder
from bot.loops import LetterState, Loop

SECOND = 1
"""Of the questions without an answer, the one that alarms."""


class Why(enum.StrEnum):
    """The words are the headings of the queue."""

    OTHER_OFFER = "Another offer waits for an answer"
    ASKED_TWICE = "Asked twice, no answer"
    RUNG = "Past the date, and you have been asked to step in"
    STUCK = "The decision is stuck"
    UNDELIVERED = "A letter did not arrive"
    UNKNOWN = "A letter may not have gone out"
    UNREACHABLE = "Whoever answers cannot be reached"


@dataclasses.dataclass(frozen=True, slots=True)
class Stuck:
    """Of several reasons the one to act on first; `since` is when it began."""

    why: Why
    since: dt.datetime


def stuck(loop: Loop, now: dt.datetime) -> Stuck | None:
    """Why the recruiter is asked to act on this loop now; None where nobody has to help."""
    if not loop.open:
        return None
    letter, undelivered = loop.letter, loop.undelivered
    if letter is not None and letter.silences(now):
        return None
    if loop.offer_waits(now):
        return Stuck(Why.OTHER_OFFER, loop.other_offer_heard_at or now)
    if letter is not None and letter.state is LetterState.UNKNOWN:
        return Stuck(Why.UNKNOWN, letter.settled_at or now)
    if undelivered is not None:
        return Stuck(Why.UNDELIVERED, undelivered.settled_at or now)
    asked = _asked_twice_at(loop)
    if asked is not None and asked <= now:
        return Stuck(Why.ASKED_TWICE, asked)
    if loop.stuck_since is not None:
        return Stuck(Why.STUCK, loop.stuck_since)
    if not loop.owner.available:
        return Stuck(Why.UNREACHABLE, loop.promise.due if loop.promise else now)
    at = ladder.recruiter_asked_at(loop, loop.owner)
    return Stuck(Why.RUNG, at) if at is not None and at <= now else None


def _asked_twice_at(loop: Loop) -> dt.datetime | None:
    """When the second question became an alarm: not before the promised date."""
    if len(loop.unanswered) <= SECOND:
        return None
    at = loop.unanswered[SECOND].at
    promise = loop.promise
    return max(at, promise.due) if promise is not None and promise.quotable else at
