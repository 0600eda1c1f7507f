"""What becomes of a letter once the deliverer has it: checked again before it leaves, settled afterwards."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot import dispatch, telling
from bot.access import viewpoint
from bot.ladder import is_away
from bot.loops import Letter, LetterState, Loop
from bot.nudges import Kind, Nudge
from bot.people import Member
from bot.ports import Store
from bot.uses.desk import circle_of, lead_of, write

NEEDS_A_HUMAN = frozenset(
    {LetterState.FAILED, LetterState.UNKNOWN, LetterState.CANCELLED, LetterState.BOUNCED}
)


def check(store: Store, now: dt.datetime, letter: Letter) -> str | None:
    """Before DATA: None where the letter may leave, else why not. `""` where it is no longer waiting."""
    loop = store.loop(letter.loop)
    if loop is None or letter.state not in dispatch.BEFORE_DATA:
        return ""
    sender = store.member(letter.by)
    if sender is None:
        return "Whoever wrote it is not here any more."
    return dispatch.no_longer_right(loop, letter, sender, store.policy, now)


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
    """Write what became of it. Where a human is needed, `tell` says who is told.

    `token` is the deliverer's claim. Raises `Overtaken` where the letter is no longer where it left it.
    """
    letter = store.letter(letter_id)
    loop = store.loop(letter.loop) if letter else None
    if letter is None or loop is None:
        return
    if state is LetterState.SENT:
        change = dispatch.sent(loop, letter, now)
    else:
        change = dispatch.not_sent(loop, letter, state, problem, now, not_before)
    if change.loop.open and state is not LetterState.RETRY:
        # Rungs may have passed while the letter was on its way: let the clock look at once.
        change = dataclasses.replace(change, loop=dataclasses.replace(change.loop, look_at=now))
    after = write(store, now, change, token)
    if state in NEEDS_A_HUMAN:
        tell(store, now, after)


def tell(store: Store, now: dt.datetime, loop: Loop) -> None:
    """Its newest letter did not go out, or may not have: one human who can act is told, at once within hours.

    Whoever sent it, for they believe that the candidate knows, and they can mend it. Where they have left,
    are away, or may not write to the candidate any more, they could do nothing, and who has lost a candidate
    hears no more of them: then it is whoever must answer today, who reads whose letter it was and that the
    candidate still waits; else the recruiter, else the recruiting lead.
    """
    letter = loop.last_letter
    to = _can_act(store, now, loop, letter) if letter is not None else None
    if letter is None or to is None:
        return
    nudge = Nudge(
        loop=loop.id,
        kind=Kind.DELIVERY,
        occasion=f"{letter.id}/{letter.state}",
        recipient=to.id,
        not_before=to.calendar.next_open(now),
        urgent=True,
    )
    store.record_nudges((nudge,))


def _can_act(store: Store, now: dt.datetime, loop: Loop, letter: Letter) -> Member | None:
    """Of those who may see the candidate, the first who is there and whom the bot may address."""
    lead = lead_of(store)
    around = circle_of(store, now, loop, lead)
    leads = [str(one.id) for one in lead]
    sender = store.member(letter.by)
    if sender is not None and (is_away(sender, now) or not _may_write(sender, loop, now)):
        sender = None
    return next(
        (
            one
            for one in (sender, around.asked, around.recruiter, *around.lead)
            if one is not None
            and one.available
            and store.policy.addresses(one.email)
            and viewpoint(one, loop, now, lead=leads) is not None
        ),
        None,
    )


def _may_write(member: Member, loop: Loop, now: dt.datetime) -> bool:
    point = viewpoint(member, loop, now)
    return point is not None and point.may_write
