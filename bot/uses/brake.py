"""The brakes, at the moment at which a letter is queued: a pause, and the hourly brake.

More than so many letters an hour by one member hold themselves and ask the recruiter. It is looked at in the
transaction that queues the letter, so that no click can race past it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Sequence

from bot.access import viewpoint
from bot.changes import Change
from bot.holding import HOUR, held
from bot.ladder import is_away
from bot.loops import Hold, Letter, LetterState, Loop
from bot.nudges import SurfaceKind
from bot.people import Member
from bot.ports import Store
from bot.uses.bell import unread

Lead = Callable[[Store], tuple[Member, ...]]


def braked(store: Store, now: dt.datetime, change: Change, lead: Lead) -> tuple[Change, tuple[Member, ...]]:
    """The change as it may be written, and who is asked to let its letter go."""
    letter = change.letter
    if letter is None or letter.state is not LetterState.QUEUED:
        return change, ()
    policy = store.policy
    if policy.letters_paused:
        return held(change, Hold.PAUSE, paused(store)), ()
    if _changes_another(change, letter):
        return change, ()
    nth = store.queued_before(letter.by, policy.letters_an_hour)
    if nth is None or nth <= now - HOUR:
        return change, ()
    asked = _to_ask(who_may(store, now, change.loop, lead(store)), change.loop, now)
    return held(change, Hold.BRAKE, _asked(asked)), asked


def _changes_another(change: Change, letter: Letter) -> bool:
    """Whether it takes the place of one by the same sender that was queued, and so was counted then."""
    gone = change.move.letter if change.move and change.move.to is LetterState.UNDONE else None
    return any(one.id == gone and one.by == letter.by for one in change.loop.letters)


def ask(store: Store, now: dt.datetime, change: Change, asked: Iterable[Member]) -> None:
    """The loop is put on a message of this sender and hour to each who is asked, one that is not read yet."""
    letter = change.letter
    if letter is None:
        return
    occasion = f"{letter.by}/{now:%Y-%m-%dT%H}"
    for member in asked:
        surface = unread(store, SurfaceKind.BRAKE, member.id, occasion, now, about=letter.by)
        store.put_on(surface.id, (change.loop.id,), (), member.calendar.next_open(now))


def who_may(store: Store, now: dt.datetime, loop: Loop, lead: tuple[Member, ...]) -> tuple[Member, ...]:
    """Who lets a letter of this loop go: the recruiter, and the recruiting lead or the admins.

    Not its sender, unless there is nobody else of these. Empty where nobody of them can be asked.
    """
    letter = loop.letter
    leads = tuple(str(one.id) for one in lead)
    able = [
        one
        for one in (loop.recruiter, *lead)
        if one is not None
        and one.available
        and store.policy.addresses(one.email)
        and viewpoint(one, loop, now, lead=leads) is not None
    ]
    others = [one for one in able if letter is None or one.id != letter.by]
    return tuple({one.id: one for one in others or able}.values())


def _to_ask(may: Sequence[Member], loop: Loop, now: dt.datetime) -> tuple[Member, ...]:
    """Of those who may, the recruiter, else the lead; nobody who is away while another is there."""
    there = [one for one in may if not is_away(one, now)] or may
    recruiter = [one for one in there if loop.recruiter is not None and one.id == loop.recruiter.id]
    return tuple(recruiter or there)


def paused(store: Store) -> str:
    """The sentence beside a letter that is held by a pause."""
    return f"{_name(store, store.policy.letters_paused_by)} has paused letters."


def nudges_paused(store: Store) -> str:
    return f"{_name(store, store.policy.nudges_paused_by)} has paused nudges."


def _name(store: Store, by: uuid.UUID | None) -> str:
    member = store.member(by) if by is not None else None
    return member.name if member is not None else "Whoever runs Followup"


def _asked(members: tuple[Member, ...]) -> str:
    if not members:
        return "Nobody is named who could let it go: undo it, and send it later."
    names = " or ".join(one.first_name for one in members)
    return f"{names} {'is' if len(members) == 1 else 'are'} asked to let it go."
