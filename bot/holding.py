"""Holding a letter back: on a change that would queue one, and what lifts it again."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot.changes import Change, LetterMove, Refused, entry
from bot.dispatch import BEFORE_DATA
from bot.loops import Hold, Letter, LetterState, Loop
from bot.people import Member
from bot.telling import in_their_day, with_letter, withdrawn

HOUR = dt.timedelta(hours=1)
HELD = frozenset({LetterState.HELD})


def held(change: Change, why: Hold, problem: str) -> Change:
    """The same change, with its new letter held; `problem` is the sentence beside it."""
    letter = change.letter
    if letter is None:
        return change
    kept = dataclasses.replace(letter, state=LetterState.HELD, hold=why, problem=problem)
    loop = dataclasses.replace(change.loop, letters=with_letter(change.loop, kept))
    said = dataclasses.replace(change.entry, facts={**change.entry.facts, "held": why.value})
    return dataclasses.replace(change, letter=kept, loop=loop, entry=said)


def wait_for_rehearsal(loop: Loop, letter: Letter, problem: str, now: dt.datetime) -> Change:
    """A letter that was queued before is held like by a pause; `problem` is the sentence beside it."""
    why = Hold.PAUSE
    kept = dataclasses.replace(letter, state=LetterState.HELD, hold=why, problem=problem)
    move = LetterMove(
        letter=letter.id, come_from=BEFORE_DATA, to=LetterState.HELD, at=now, problem=problem, hold=why
    )
    note = entry("letter_waits_for_rehearsal", loop, None, {"letter": str(letter.id)})
    return Change(loop=dataclasses.replace(loop, letters=with_letter(loop, kept)), move=move, entry=note)


def braked(loop: Loop) -> Letter | None:
    """The letter of this loop that the hourly brake holds."""
    letter = loop.letter
    return letter if letter is not None and letter.hold is Hold.BRAKE else None


def let_go(loop: Loop, by: Member, now: dt.datetime, paused: str = "") -> Change:
    """The brake is lifted: the letter leaves when it was due, or with the next pause that ends.

    `paused`: the sentence beside it, where letters are paused meanwhile.
    """
    letter = _must_be_braked(loop)
    at = max(letter.not_before, in_their_day(loop, letter.decision, now))
    state, why = (LetterState.HELD, Hold.PAUSE) if paused else (LetterState.QUEUED, None)
    free = dataclasses.replace(letter, state=state, hold=why, problem=paused, not_before=at)
    move = LetterMove(
        letter=letter.id, come_from=HELD, to=state, at=now, problem=paused, not_before=at, hold=why
    )
    note = entry("letter_let_go", loop, by, {"letter": str(letter.id)})
    return Change(loop=dataclasses.replace(loop, letters=with_letter(loop, free)), move=move, entry=note)


def keep_back(loop: Loop, by: Member, now: dt.datetime) -> Change:
    """The letter is not sent: the loop stands as it stood before the click."""
    letter = _must_be_braked(loop)
    problem = f"{by.first_name} kept it back: it was one of many within the hour."
    return withdrawn(
        loop, letter, LetterState.CANCELLED, now, entry("letter_kept_back", loop, by), HELD, problem
    )


def _must_be_braked(loop: Loop) -> Letter:
    letter = braked(loop)
    if letter is None:
        raise Refused(f"The letter to {loop.candidate.first_name} is not held any more.")
    return letter
