"""A nudge: a reminder about one loop to one member. Unique, so that it happens once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid


class Kind(enum.StrEnum):
    """Rungs of the ladder first, then alarms. Rungs from the third on count their slots: late-3, late-4 …"""

    AHEAD = "ahead"
    DUE = "due"
    LATE = "late"
    ASK_DATE = "ask_date"
    AGE = "age"
    OTHER_OFFER = "other_offer"
    ASKED_TWICE = "asked_twice"
    STUCK = "stuck"
    WAITING_FOR = "waiting_for"
    DELIVERY = "delivery"
    """A letter failed, bounced or may not have gone out."""
    NUDGED = "nudged"
    """The recruiter has pressed "Nudge": the occasion is their day and their id, so once a day."""
    UNREACHABLE = "unreachable"
    """The owner left or cannot be reached: the recruiter has the loop now."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """Unique by (workspace, loop, kind, occasion, recipient).

    `occasion` is what makes it this one and not another: the promise and the slot for a rung, the
    deadline for a competing offer. `not_before` is when the recipient may see it; `urgent` ones are
    a message of their own, the others lines of the digest. `surface` is where it was shown.
    """

    loop: uuid.UUID
    kind: Kind
    occasion: str
    recipient: uuid.UUID
    not_before: dt.datetime
    urgent: bool = False
    surface: uuid.UUID | None = None


class SurfaceKind(enum.StrEnum):
    """What a surface is. One digest a member and local date; the others once an occasion."""

    DIGEST = "digest"
    URGENT = "urgent"
    REVIEW = "review"
    """Imported loops, for the recruiter to say which are real."""
    DELEGATE = "delegate"
    """Asks a member to stand in for another."""
    HOME = "home"
    """What a member sees when they look for the bot, where the chat has a place for it."""
    HANDED = "handed"
    """Tells a member whose candidates are theirs now."""
    RECRUITS = "recruits"
    """Tells a member for which roles they recruit now."""
    BRAKE = "brake"
    """Asks whether the letters that the hourly brake holds may go."""
    REHEARSAL = "rehearsal"
    """What a rehearsal would have done in a week, for an admin."""
    QUEUE = "queue"
    """Who is stuck, for the recruiter; one an asking, the newest alone is live."""
    WELCOME = "welcome"
    """The first message to a member."""
    CHANNEL = "channel"
    """Tells an admin that a team's channel cannot be posted in."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """A message of ours that people look at and that follows the truth.

    `occasion` with kind and member is unique: the ISO date for a digest. `revision` counts its
    states; `shown` is the last one the chat has. `about` is the member it speaks of, if any. `page` is the
    one that was turned to last, counted from 0: a change leaves whoever is looking where they are.
    """

    id: uuid.UUID
    kind: SurfaceKind
    member: uuid.UUID
    occasion: str
    opened_at: dt.datetime
    revision: int = 1
    shown: int = 0
    retired: bool = False
    about: uuid.UUID | None = None
    page: int = 0
