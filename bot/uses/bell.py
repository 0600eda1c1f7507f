"""Messages that people must notice: a change of one that they have read rings no bell."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

from bot.nudges import Surface, SurfaceKind
from bot.people import Member
from bot.ports import Store

AT_ANY_HOUR = frozenset({SurfaceKind.HOME, SurfaceKind.QUEUE, SurfaceKind.CHANNEL})
"""What somebody looks for, or has just typed a command for; and what an admin has to mend."""


def unread(
    store: Store,
    kind: SurfaceKind,
    member: uuid.UUID,
    occasion: str,
    now: dt.datetime,
    about: uuid.UUID | None = None,
) -> Surface:
    """The message of this occasion; where the chat has shown it already, one more."""
    for nth in itertools.count(1):
        named = occasion if nth == 1 else f"{occasion}/{nth}"
        surface, _ = store.open_surface(kind, member, named, now, about=about)
        if not surface.shown:
            return surface
    raise AssertionError


def may_ring_at(kind: SurfaceKind, member: Member, now: dt.datetime) -> dt.datetime:
    """`now`, unless a new message would ring in the member's evening, at their weekend or on a holiday.

    Then their next morning, or the hour of their list. The chat may have been out of reach all day.
    """
    if kind in AT_ANY_HOUR:
        return now
    calendar = member.calendar
    return (
        calendar.digest_time(now, member.digest_at) if kind is SurfaceKind.DIGEST else calendar.next_open(now)
    )
