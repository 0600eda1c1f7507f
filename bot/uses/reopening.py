"""A loop that was closed by a slip is opened again, as long as nobody has been told anything by it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot.changes import Change, Refused, entry
from bot.loops import Closed, Detail, Loop, Standing
from bot.people import Member
from bot.policy import Policy
from bot.promises import Basis, Promise
from bot.uses.desk import Desk, Fields
from bot.views.elements import View


def reopen(desk: Desk, _: Fields) -> View:
    """They wait again, with the promise that they know; where that is late, whoever answers is asked."""
    loop = desk.writable()
    first = loop.candidate.first_name
    theirs = desk.store.loops_of_candidate(loop.candidate.id)
    if not loop.open and any(one.open and one.role.id == loop.role.id for one in theirs):
        raise Refused(f"{first} waits for {loop.role.title} again already.")
    made = desk.store.history(loop.id).promises
    promise = made[-1] if made and made[-1].settled_at is None else None
    desk.commit(reopened(loop, desk.member, desk.now, promise, desk.store.policy))
    return desk.answer(f"{first} waits again. Nothing was sent.")


def reopened(loop: Loop, by: Member, now: dt.datetime, promise: Promise | None, policy: Policy) -> Change:
    """`promise`: the last one made, where it was not settled; without one a date is assumed and asked for.

    Whoever was said not to wait when an import was looked at starts as if due today, as all who did.
    """
    first = loop.candidate.first_name
    if loop.open:
        raise Refused(f"{first} waits already.")
    if not loop.reopenable:
        raise Refused(f"{first} knows how it ended, so this stays closed. /followup add begins anew.")
    new: Promise | None = None
    if promise is None:
        calendar = loop.owner.calendar
        day = calendar.add(calendar.today(now), policy.assumed_days)
        new = Promise(id=uuid.uuid4(), date=day, zone=loop.candidate.zone, basis=Basis.ASSUMED, made_at=now)
    current = promise or new
    known = current is not None and current.quotable
    at_review = loop.closed_as is Closed.UNTOLD
    after = dataclasses.replace(
        loop,
        standing=Standing.AWAITING if known else Standing.NEEDS_DATE,
        detail=Detail.PLAIN,
        closed_as=None,
        closed_at=None,
        promise=current,
        reviewed_on=loop.candidate.calendar.today(now) if at_review else loop.reviewed_on,
        look_at=now,
    )
    return Change(loop=after, promise=new, entry=entry("reopened", loop, by))
