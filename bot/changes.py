"""What one decision does to one loop: a value that the storage writes in one transaction."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping

from bot.loops import Hold, Letter, LetterState, Loop, Touch
from bot.people import Member
from bot.promises import Promise


class Refused(Exception):
    """The change makes no sense or is not this person's to make; the text says so to that person."""


class Overtaken(Exception):
    """Somebody or something was quicker: the state this change starts from is gone. Nothing was written."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit: who, on whose behalf, what. `facts` holds ids, dates and states only."""

    what: str
    by: uuid.UUID | None = None
    on_behalf_of: uuid.UUID | None = None
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)


def entry(what: str, loop: Loop, by: Member | None, facts: Mapping[str, str] | None = None) -> Entry:
    """What `by` did to the loop; on the owner's behalf whenever that is somebody else."""
    other = by is not None and by.id != loop.owner.id
    return Entry(
        what=what,
        by=by.id if by else None,
        on_behalf_of=loop.owner.id if other else None,
        facts=facts or {},
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LetterMove:
    """Move a letter, only if it still is in one of the states `come_from`."""

    letter: uuid.UUID
    come_from: frozenset[LetterState]
    to: LetterState
    at: dt.datetime
    problem: str = ""
    not_before: dt.datetime | None = None
    hold: Hold | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`loop` is the loop as it is afterwards; the rest is what has to be written beside it.

    `letter` is a new letter (its delivery is queued with it), `move` moves one that exists,
    `settled` is the promise that was current, `promise` the one that now is.
    """

    loop: Loop
    entry: Entry
    move: LetterMove | None = None
    letter: Letter | None = None
    touch: Touch | None = None
    settled: Promise | None = None
    promise: Promise | None = None
