"""What a row of an import means for its loop: pure rules over a row, the loop as it stands, and the time.

What happened since the last import stands: a loop that was closed stays closed, and a date that a letter
has named is not moved.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from bot import turns
from bot.changes import Change, entry
from bot.imports import WROTE_AT, ImportRow, RowRefused
from bot.loops import Loop, Standing, Touch, TouchKind
from bot.people import Candidate, Member, Role
from bot.policy import Policy
from bot.promises import Basis, Promise, due_instant


class Said(NamedTuple):
    """What a changed row does to its loop."""

    change: Change
    wrote: tuple[Touch, ...]
    acts: bool
    stands: bool
    """Something it says does not count any more."""
    later: frozenset[str]
    """Columns whose time has not come: the next import looks at them again."""


def name_from_address(email: str) -> str:
    """A name to begin with, where the file says none: dana.lee@… is Dana Lee."""
    local = email.partition("@")[0].partition("+")[0]
    words = "".join(letter if letter.isalpha() or letter in "'-" else " " for letter in local).split()
    return " ".join(words).title() or local


def members_in(row: ImportRow) -> Iterator[str]:
    yield row.manager.email
    if row.recruiter:
        yield row.recruiter.email
    if row.interviewer_email:
        yield row.interviewer_email


def refuse_own_candidate(row: ImportRow) -> None:
    if row.candidate_email.casefold() == row.manager.email.casefold():
        raise RowRefused("candidate_email and manager_email are the same person: mend one of them.")


def owner_of(row: ImportRow, role: Role, interviewer: Member | None) -> Member:
    """The interviewer named for a phone screen, if they may see the role; else the hiring manager."""
    if interviewer is None or "phone" not in row.stage.casefold() or not interviewer.available:
        return role.manager
    applied = interviewer.email.casefold() == row.candidate_email.casefold()
    if applied or interviewer.id in role.applicants:
        return role.manager
    if role.confidential and interviewer.id not in role.named:
        return role.manager
    return interviewer


def asks_for_owner(loop: Loop, interviewer: Member | None, changed: Mapping[str, str]) -> bool:
    """A loop that was handed over stays where it is until the file names somebody else."""
    if changed.keys() & {"manager_email", "interviewer_email"}:
        return True
    first = {loop.role.manager.id, interviewer.id if interviewer else None}
    return "stage" in changed and loop.owner.id in first


def new_loop(
    row: ImportRow,
    candidate: Candidate,
    role: Role,
    owner: Member,
    now: dt.datetime,
    policy: Policy,
    reviewed: bool,
) -> Loop:
    """Where no interview is dated, it ended now, or when the promise was due if that is earlier."""
    met = row.interviewed_at
    if met is None:
        met = min(now, due_instant(row.promised_by, candidate.zone)) if row.promised_by else now
    there = candidate.calendar.today(met)
    if row.promised_by:
        promise = _promise(candidate, row.promised_by, Basis.STATED, min(met, now))
    else:
        day = owner.calendar.add(there, policy.assumed_days)
        promise = _promise(candidate, day, Basis.ASSUMED, now)
    return Loop(
        id=uuid.uuid4(),
        candidate=candidate,
        role=role,
        owner=owner,
        stage=row.stage,
        interviewed_at=met,
        standing=Standing.AWAITING if row.promised_by else Standing.NEEDS_DATE,
        promise=promise,
        other_offer_by=None if offer_has_passed(row, now) else row.other_offer_by,
        other_offer_heard_at=_heard_at(row, now) if row.other_offer_by else None,
        reviewed_on=there if reviewed else None,
        look_at=now if reviewed else None,
        touches=tuple(_wrote(at) for at in row.candidate_wrote_at),
    )


def offer_has_passed(row: ImportRow, now: dt.datetime) -> bool:
    """The other offer was to be answered before now, so it hurries nobody any more.

    Such a row is not refused: what was true yesterday stands in tonight's export as well.
    """
    return row.other_offer_by is not None and row.other_offer_by <= now


def _promise(candidate: Candidate, day: dt.date, basis: Basis, made_at: dt.datetime) -> Promise:
    return Promise(id=uuid.uuid4(), date=day, zone=candidate.zone, basis=basis, made_at=made_at)


def _wrote(at: dt.datetime) -> Touch:
    return Touch(id=uuid.uuid4(), kind=TouchKind.WROTE, at=at)


def _heard_at(row: ImportRow, now: dt.datetime) -> dt.datetime:
    """We know of the other offer from the last thing the candidate wrote."""
    return min(max(row.candidate_wrote_at, default=now), now)


def what_it_says(
    loop: Loop, row: ImportRow, changed: Mapping[str, str], now: dt.datetime, policy: Policy
) -> Said:
    """`loop` names the people and the role as they are after the row already."""
    dates = changed.keys() & {"interviewed_at", "promised_by"}
    change = Change(loop=loop, entry=entry("imported", loop, None))
    stands, later = False, frozenset[str]()
    if dates and loop.letter is not None:
        # What the letter says depends on these dates. It is out in a minute, or undone.
        stands, later = True, frozenset(dates)
    elif dates and loop.standing is Standing.GOING_ON:
        change, stands, later = _next_interview(change, row, dates, now, policy)
    elif dates:
        change, stands = _other_dates(change, row, dates, now, policy)
    after = change.loop
    if "stage" in changed:
        after = dataclasses.replace(after, stage=row.stage)
    if "other_offer_by" in changed:
        deadline = None if offer_has_passed(row, now) else row.other_offer_by
        after = dataclasses.replace(after, other_offer_by=deadline, other_offer_heard_at=_heard_at(row, now))
    new = row.candidate_wrote_at if "candidate_wrote_at" in changed else ()
    wrote = tuple(_wrote(at) for at in new if not _is_known(loop, at))
    acted = changed.keys() - later - (dates if stands else frozenset())
    facts = {"columns": " ".join(sorted(changed.keys() - later))}
    if change.promise:
        facts["date"] = change.promise.date.isoformat()
    change = dataclasses.replace(change, loop=after, entry=entry("imported", loop, None, facts))
    acts = bool(acted) or change.promise is not None or after != loop
    return Said(change, wrote, acts, stands, later)


def _next_interview(
    change: Change, row: ImportRow, dates: Set[str], now: dt.datetime, policy: Policy
) -> tuple[Change, bool, frozenset[str]]:
    """The next step was arranged: the loop waits for news again once that interview has passed."""
    loop, met = change.loop, row.interviewed_at
    if "interviewed_at" not in dates or met is None or met <= loop.interviewed_at:
        changed, stands = _other_dates(change, row, dates, now, policy)
        return changed, stands, frozenset()
    if met > now:
        return change, False, frozenset(dates)
    promised = row.promised_by if "promised_by" in dates else None
    return turns.next_interview_took_place(loop, loop.owner, now, met, promised, policy), False, frozenset()


def _other_dates(
    change: Change, row: ImportRow, dates: Set[str], now: dt.datetime, policy: Policy
) -> tuple[Change, bool]:
    """The interview was another day, or another date was said there. True: a letter's date stands."""
    loop = change.loop
    if "interviewed_at" in dates and row.interviewed_at:
        loop = dataclasses.replace(loop, interviewed_at=row.interviewed_at)
    before = loop.promise
    day = row.promised_by if "promised_by" in dates else None
    if day and before and before.basis is Basis.LETTER:
        return dataclasses.replace(change, loop=loop), before.date != day
    if day and not (before and before.basis is Basis.STATED and before.date == day):
        promise = _promise(loop.candidate, day, Basis.STATED, now)
    elif before and before.basis is Basis.ASSUMED and "interviewed_at" in dates:
        met = loop.candidate.calendar.today(loop.interviewed_at)
        assumed = loop.owner.calendar.add(met, policy.assumed_days)
        promise = _promise(loop.candidate, assumed, Basis.ASSUMED, now)
    else:
        return dataclasses.replace(change, loop=loop), False
    settled = before.settled(now) if before else None
    if settled and now <= settled.due:
        # It was corrected before its day: nobody was told, so it is neither kept nor broken, and not counted.
        settled = dataclasses.replace(settled, basis=Basis.ASSUMED)
    standing = loop.standing
    if standing is Standing.NEEDS_DATE and promise.basis is Basis.STATED:
        standing = Standing.AWAITING
    loop = dataclasses.replace(loop, promise=promise, standing=standing)
    return dataclasses.replace(change, loop=loop, settled=settled, promise=promise), False


def _is_known(loop: Loop, at: dt.datetime) -> bool:
    """Whether this letter of the candidate is noted already. Noon means that only the day is known."""
    zone = loop.candidate.calendar
    day_alone = zone.local(at).time() == WROTE_AT
    return any(
        touch.at == at or (day_alone and zone.today(touch.at) == zone.today(at))
        for touch in loop.touches
        if touch.inbound
    )


def in_order(loop: Loop, touch: Touch) -> tuple[Touch, ...]:
    return tuple(sorted((*loop.touches, touch), key=lambda it: it.at))
