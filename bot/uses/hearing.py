"""What reaches us from outside the chats: a candidate's own words, told by whoever carries the mail."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import assert_never

from bot import turns
from bot.changes import Refused
from bot.ports import Store
from bot.uses.desk import write

CLOSE_OF_BUSINESS = dt.time(17, 0)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """The candidate of this loop wrote at `at`. A thank-you note is a touch, not a question."""

    loop: uuid.UUID
    at: dt.datetime
    thanks: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OtherOffer:
    """The candidate wrote at `at` that another employer waits for an answer, until `day` at `until`.

    Day and time are the candidate's own.
    """

    loop: uuid.UUID
    at: dt.datetime
    day: dt.date
    until: dt.time = CLOSE_OF_BUSINESS


Heard = Wrote | OtherOffer


def heard(store: Store, now: dt.datetime, event: Heard) -> None:
    """Record it; the next tick tells whoever must know. Raises `Refused` where it makes no sense."""
    loop = store.loop(event.loop)
    if loop is None:
        raise Refused("This candidate is not here any more.")
    after = write(store, now, turns.wrote(loop, None, now, event.at, thanks=_is_thanks(event)))
    match event:
        case Wrote():
            pass
        case OtherOffer(day=day, until=until):
            deadline = loop.candidate.calendar.instant(day, until)
            write(store, now, turns.has_other_offer(after, None, now, deadline))
        case _:
            assert_never(event)


def _is_thanks(event: Heard) -> bool:
    return isinstance(event, Wrote) and event.thanks
