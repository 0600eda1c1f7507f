"""What becomes of a letter once the deliverer has it: checked again before it leaves, settled afterwards."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot import telling
from bot.ladder import calendar_of
from bot.loops import Letter, LetterState, Loop
from bot.nudges import Kind, Nudge
from bot.people import Member
from bot.ports import Store
from bot.uses.desk import write

NEEDS_A_HUMAN = frozenset(
    {LetterState.FAILED, LetterState.UNKNOWN, LetterState.CANCELLED, LetterState.BOUNCED}
)


def check(store: Store, now: dt.datetime, letter: Letter) -> str | None:
    """Before DATA: None where the letter may leave, else why not. `""` where it is no longer waiting."""
    loop = store.loop(letter.loop)
    if loop is None or letter.state not in telling.BEFORE_DATA:
        return ""
    sender = store.member(letter.by)
    if sender is None:
        return "Whoever wrote it is not here any more."
    return telling.no_longer_right(loop, letter, sender, store.policy, now)


def may_leave_at(store: Store, now: dt.datetime, letter: Letter) -> dt.datetime:
    """`now`, unless the letter says no and it is night where the candidate is: then their next morning."""
    loop = store.loop(letter.loop) if letter.decision.says_no else None
    return telling.in_their_day(loop, letter.decision, now) if loop is not None else now


def settle(
    store: Store,
    now: dt.datetime,
    letter_id: uuid.UUID,
    state: LetterState,
    problem: str = "",
    not_before: dt.datetime | None = None,
    token: uuid.UUID | None = None,
) -> None:
    """Write what became of it. Where a human is needed, its sender is told at once within hours.

    `token` is the deliverer's claim. Raises `Overtaken` where the letter is no longer where it left it.
    """
    letter = store.letter(letter_id)
    loop = store.loop(letter.loop) if letter else None
    if letter is None or loop is None:
        return
    if state is LetterState.SENT:
        change = telling.sent(loop, letter, now)
    else:
        change = telling.not_sent(loop, letter, state, problem, now, not_before)
    if change.loop.open and state is not LetterState.RETRY:
        # Rungs may have passed while the letter was on its way: let the clock look at once.
        change = dataclasses.replace(change, loop=dataclasses.replace(change.loop, look_at=now))
    write(store, now, change, token)
    if state in NEEDS_A_HUMAN:
        tell_sender(store, now, loop, letter, state)


def tell_sender(store: Store, now: dt.datetime, loop: Loop, letter: Letter, state: LetterState) -> None:
    """A human is needed: whoever sent it is asked at once within hours, else the recruiter."""
    sender = store.member(letter.by)
    to: Member | None = sender if sender is not None and sender.available else loop.recruiter
    if to is None or not store.policy.addresses(to.email):
        return
    nudge = Nudge(
        loop=loop.id,
        kind=Kind.DELIVERY,
        occasion=f"{letter.id}/{state}",
        recipient=to.id,
        not_before=calendar_of(to).next_open(now),
        urgent=True,
    )
    store.record_nudges((nudge,))
