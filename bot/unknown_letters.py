"""Letters of which nobody knows whether they went out: how they come to be, and how a human settles one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot.changes import Change, Entry, LetterMove, Refused, entry
from bot.dispatch import BEFORE_DATA, SENDING, sent
from bot.loops import Letter, LetterState, Loop
from bot.new_date import date_problem
from bot.people import Member
from bot.policy import Policy
from bot.telling import leaves_at, recipient, with_letter

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
