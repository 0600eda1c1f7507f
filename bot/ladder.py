"""When somebody is reminded of a loop: the ladder of a promise, and the alarms beside it.

Everything here is a pure function of the loop, the people and an instant. A *slot* is the time of day at
which a member reads their digest, on a day that member works. For a promise due at D, with S the last slot
before D: the slot before S puts a line in the digest, S asks, the first slot after D asks again, the second
asks the recruiter as well, the third tells the recruiting lead. Later slots repeat what is still true.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
from collections.abc import Iterator

from bot.loops import Detail, Loop, Standing
from bot.nudges import Kind, Nudge
from bot.people import Member
from bot.policy import Policy
from bot.promises import due_instant

RECRUITER_RUNG = 2
"""The recruiter is asked to act at this slot after the due instant."""
LEAD_RUNG = 3
LEAD_AGAIN = 5
"""The lead hears of it again every fifth slot."""
OFFER_GRACE = dt.timedelta(hours=2)
OFFER_LEAD_TIME = dt.timedelta(hours=24)
ASK_DATE_AFTER = dt.timedelta(minutes=15)
FRESH = dt.timedelta(days=1)
"""An interview that ended longer ago is asked about in the digest, not in a message of its own."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Who is reminded of a loop: the one who is asked to act now, the recruiter, the lead."""

    asked: Member | None
    recruiter: Member | None = None
    lead: tuple[Member, ...] = ()
    away: tuple[Member, ...] = dataclasses.field(default=(), compare=False)
    """Whose absence decides who is asked."""


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """At `at` something about the loop becomes worth a reminder to `to`."""

    at: dt.datetime
    kind: Kind
    occasion: str
    to: Member
    urgent: bool = False
    rung: int = 0


def circle(
    loop: Loop,
    now: dt.datetime,
    *,
    delegate: Member | None,
    lead: tuple[Member, ...],
    recruiters_delegate: Member | None = None,
    colleagues: tuple[Member, ...] = (),
) -> Circle:
    """Who is asked: the owner; while away their delegate, once accepted, else the recruiter, else the lead.

    Where none of them is there either, it is one of the `colleagues` who manage the role. Nobody is asked in
    somebody's place who is away as well, unless nobody else is there. A recruiter who is away is asked to
    step in all the same, unless their delegate has accepted and is not the one whose silence is spoken of.
    The delegates are those whom the absences name. On a confidential role nobody is asked who is not named on
    it.
    """
    owner, recruiter = loop.owner, loop.recruiter
    if recruiter is not None and not (recruiter.available and _may_know(recruiter, loop)):
        recruiter = None
    owners = _accepted(owner, delegate, loop, now)
    if recruiter is not None:
        recruiters = _accepted(recruiter, recruiters_delegate, loop, now)
        if recruiters is not None and recruiters.id not in {one.id for one in (owner, owners) if one}:
            recruiter = recruiters
    allowed_lead, peers = (
        tuple(m for m in people if m.available and _may_know(m, loop)) for people in (lead, colleagues)
    )
    asked: Member | None = owner
    if not owner.available or is_away(owner, now):
        instead = (owners, recruiter, *allowed_lead, *peers)
        there = (m for m in instead if m is not None and not is_away(m, now))
        nobody = owner if owner.available else next(iter((*allowed_lead, *peers)), None)
        asked = next(there, recruiter or nobody)
    people = (owner, loop.recruiter, delegate, recruiters_delegate, *allowed_lead, *peers)
    away = tuple({m.id: m for m in people if m is not None and m.absence is not None}.values())
    return Circle(asked=asked, recruiter=recruiter, lead=allowed_lead, away=away)


def is_away(member: Member, now: dt.datetime) -> bool:
    return member.absence is not None and member.absence.covers(member.calendar.today(now))


def stands_in(delegate: uuid.UUID, away: Member, now: dt.datetime) -> bool:
    """Whether this member has accepted to stand in for one who is away now."""
    absence = away.absence
    return absence is not None and absence.accepted and absence.delegate == delegate and is_away(away, now)


def _accepted(away: Member, delegate: Member | None, loop: Loop, now: dt.datetime) -> Member | None:
    """The delegate, if they can be asked about this loop now."""
    if delegate is None or not stands_in(delegate.id, away, now):
        return None
    there = delegate.available and not is_away(delegate, now)
    return delegate if there and _may_know(delegate, loop) else None


def _may_know(member: Member, loop: Loop) -> bool:
    """Not somebody who applied themselves, nor somebody whom a confidential role does not name."""
    if member.id in loop.role.applicants or member.email.lower() == loop.candidate.email.lower():
        return False
    return not loop.role.confidential or member.id in loop.role.named


def effective_due(loop: Loop) -> dt.datetime | None:
    """The instant the ladder is built on.

    Usually the promise's; sooner where somebody else accepted the offer; and a loop that came in with an
    import starts as if it were due on the day it was reviewed.
    """
    if loop.promise is None:
        return None
    due = loop.promise.due
    if loop.decide_by is not None:
        due = min(due, due_instant(loop.decide_by, loop.candidate.zone))
    if loop.reviewed_on is not None:
        due = max(due, due_instant(loop.reviewed_on, loop.candidate.zone))
    return due


def has_begun(loop: Loop, now: dt.datetime) -> bool:
    """Whether the owner has been reminded of the promise, ahead of its date at least."""
    due = effective_due(loop)
    if due is None:
        return False
    calendar, slot = loop.owner.calendar, loop.owner.digest_at
    return calendar.last_slot_before(calendar.last_slot_before(due, slot), slot) <= now


def late_slots(loop: Loop, asked: Member) -> Iterator[dt.datetime]:
    """The slots after the due instant, without end: the first asks again, the second asks the recruiter."""
    due = effective_due(loop)
    return iter(()) if due is None else asked.calendar.slots_after(due, asked.digest_at)


def recruiter_asked_at(loop: Loop, asked: Member) -> dt.datetime | None:
    """When the recruiter is (or was) asked to step in, if nothing is sent before."""
    return next(itertools.islice(late_slots(loop, asked), RECRUITER_RUNG - 1, None), None)


def recruiter_hears_of_offer_at(loop: Loop, asked: Member) -> dt.datetime | None:
    """When the recruiter hears of another employer's offer too, while nobody has spoken to the candidate."""
    deadline, heard = loop.other_offer_by, loop.other_offer_heard_at
    if deadline is None or heard is None:
        return None
    if not asked.calendar.in_hours(heard):
        return heard
    return max(heard, min(heard + OFFER_GRACE, deadline - OFFER_LEAD_TIME))


def days_late(loop: Loop, now: dt.datetime) -> int:
    """The owner's working days after the promised date, today included.

    0 until it has passed, and as long as the owner has had no working day since.
    """
    if loop.promise is None or now <= loop.promise.due:
        return 0
    calendar = loop.owner.calendar
    return calendar.working_days_between(loop.promise.date, calendar.today(now))


def reached(loop: Loop, around: Circle, policy: Policy, now: dt.datetime) -> tuple[Nudge, ...]:
    """The nudges that are owed now. Rungs that were slept through collapse into the highest, a recipient.

    The same loop asked again gives the same nudges; the storage keeps each once.
    """
    if not _speaks(loop, now):
        return ()
    highest: dict[object, Event] = {}
    others: list[Event] = []
    for event in _events(loop, around, policy, now):
        if event.at > now:
            continue
        if event.rung:
            best = highest.get(event.to.id)
            if best is None or best.rung < event.rung:
                highest[event.to.id] = event
        else:
            others.append(event)
    return tuple(_nudge(loop, event, now) for event in (*highest.values(), *others))


def look_at(
    loop: Loop, around: Circle, policy: Policy, now: dt.datetime, *, strictly: bool = False
) -> dt.datetime | None:
    """The next instant at which anything about the loop can change; None while there is nothing to wait for.

    `strictly` leaves out `now` itself: what a tick asks after it has done what is due now. Where nobody can
    be asked just now the owner's slots count, so that the loop is looked at again.
    """
    if not _speaks(loop, now):
        return _held_until(loop)
    if around.asked is None:
        around = dataclasses.replace(around, asked=loop.owner)
    instants = itertools.chain(
        (e.at for e in _events(loop, around, policy, now)), _comings_and_goings(around)
    )
    return min((at for at in instants if (at > now if strictly else at >= now)), default=None)


def _comings_and_goings(around: Circle) -> Iterator[dt.datetime]:
    """The midnights at which an absence begins and ends: somebody else is asked from then on."""
    for member in around.away:
        if member.absence is not None:
            calendar = member.calendar
            yield calendar.instant(member.absence.start, dt.time(0))
            yield calendar.instant(member.absence.until + dt.timedelta(days=1), dt.time(0))


def _speaks(loop: Loop, now: dt.datetime) -> bool:
    """Silent: closed, not reviewed yet, or a letter is on its way (held for a day at most)."""
    if not loop.open or loop.reviewed_on is None:
        return False
    return loop.letter is None or not loop.letter.silences(now)


def _held_until(loop: Loop) -> dt.datetime | None:
    """When a letter that is held stops silencing the loop; None where nothing of the kind is waited for."""
    if not loop.open or loop.reviewed_on is None or loop.letter is None:
        return None
    return loop.letter.silences_until


def _nudge(loop: Loop, event: Event, now: dt.datetime) -> Nudge:
    calendar = event.to.calendar
    start = max(event.at, now)
    not_before = (
        calendar.next_open(start) if event.urgent else calendar.digest_time(start, event.to.digest_at)
    )
    return Nudge(
        loop=loop.id,
        kind=event.kind,
        occasion=event.occasion,
        recipient=event.to.id,
        not_before=not_before,
        urgent=event.urgent,
    )


def _events(loop: Loop, around: Circle, policy: Policy, now: dt.datetime) -> Iterator[Event]:
    if around.asked is None:
        return
    yield from _rungs(loop, around.asked, around, now)
    yield from _alarms(loop, around.asked, around, policy, now)


def _rungs(loop: Loop, asked: Member, around: Circle, now: dt.datetime) -> Iterator[Event]:
    """The rungs up to the first that lies ahead of `now`: those after it do not matter yet."""
    due = effective_due(loop)
    if due is None or loop.promise is None:
        return
    calendar = asked.calendar
    last = calendar.last_slot_before(due, asked.digest_at)
    occasion = f"{loop.promise.id}/{due:%Y%m%d}"
    wake = loop.snoozed_until or due.min.replace(tzinfo=dt.UTC)
    yield Event(
        max(calendar.last_slot_before(last, asked.digest_at), wake), Kind.AHEAD, occasion, asked, rung=1
    )
    yield Event(max(last, wake), Kind.DUE, occasion, asked, rung=2)
    for member in _watchers(loop, asked, around, RECRUITER_RUNG):
        yield Event(last, Kind.DUE, occasion, member, rung=2)
    for count, slot in enumerate(calendar.slots_after(due, asked.digest_at), start=1):
        # The day as well: whoever is asked instead may keep other holidays, and count this slot as one that
        # the recruiter has heard of already.
        step = f"{occasion}/{calendar.today(slot):%Y%m%d}/{count}"
        yield Event(max(slot, wake), Kind.LATE, step, asked, rung=count + 2)
        for member in _watchers(loop, asked, around, count):
            daily = member in (around.recruiter, loop.waiting_for)
            yield Event(slot, Kind.LATE, step if daily else f"{occasion}/{count}", member, rung=count + 2)
        if slot > max(now, wake):
            return


def _watchers(loop: Loop, asked: Member, around: Circle, count: int) -> tuple[Member, ...]:
    """Who hears of it besides the one who is asked, `count` slots after the due instant."""
    recruiter = around.recruiter if count >= RECRUITER_RUNG else None
    tells_lead = count >= LEAD_RUNG and (count - LEAD_RUNG) % LEAD_AGAIN == 0
    lead = around.lead if tells_lead else ()
    people = {m.id: m for m in (recruiter, _waited_for(loop), *lead) if m is not None and m.id != asked.id}
    return tuple(people.values())


def _waited_for(loop: Loop) -> Member | None:
    if loop.detail is not Detail.WAITING_FOR or loop.waiting_for is None:
        return None
    whom = loop.waiting_for
    return whom if whom.available and _may_know(whom, loop) else None


def _alarms(loop: Loop, asked: Member, around: Circle, policy: Policy, now: dt.datetime) -> Iterator[Event]:
    recruiter = around.recruiter
    both = [asked] if recruiter is None or recruiter.id == asked.id else [asked, recruiter]
    if loop.standing is Standing.NEEDS_DATE:
        yield from _ask_date(loop, asked, now)
    yield from _age(loop, asked, both, policy)
    yield from _other_offer(loop, asked, both)
    if len(loop.unanswered) > 1:
        second = loop.unanswered[1]
        at = second.at
        if loop.promise is not None and loop.promise.quotable:
            at = max(at, loop.promise.due)
        yield Event(at, Kind.ASKED_TWICE, str(second.id), recruiter or asked, urgent=True)
        if recruiter is not None and is_away(recruiter, now) and asked.id != recruiter.id:
            yield Event(at, Kind.ASKED_TWICE, str(second.id), asked, urgent=True)
    if loop.stuck_since is not None and recruiter is not None:
        yield Event(loop.stuck_since, Kind.STUCK, loop.stuck_since.isoformat(), recruiter)
    if not loop.owner.available and recruiter is not None:
        yield Event(loop.interviewed_at, Kind.UNREACHABLE, str(loop.owner.id), recruiter)


def _ask_date(loop: Loop, asked: Member, now: dt.datetime) -> Iterator[Event]:
    """Ask for the real date 15 minutes after the interview if that is within hours, else next morning."""
    at = asked.calendar.next_open(loop.interviewed_at + ASK_DATE_AFTER)
    fresh = now - at < FRESH
    yield Event(at, Kind.ASK_DATE, loop.interviewed_at.isoformat(), asked, urgent=fresh)


def _age(loop: Loop, asked: Member, both: list[Member], policy: Policy) -> Iterator[Event]:
    calendar = asked.calendar
    day = calendar.add(calendar.today(loop.interviewed_at), policy.age_alarm_days)
    at = calendar.instant(day, asked.digest_at)
    for member in both:
        yield Event(at, Kind.AGE, f"{loop.interviewed_at:%Y%m%d}", member)


def _other_offer(loop: Loop, asked: Member, both: list[Member]) -> Iterator[Event]:
    """The manager at once; the recruiter two hours later or a day before the deadline, whichever is earlier.

    Out of the manager's hours the recruiter is asked at once. Told since it was heard: nothing is owed.
    """
    deadline, heard = loop.other_offer_by, loop.other_offer_heard_at
    if deadline is None or heard is None:
        return
    told = loop.last_told_at
    if told is not None and told > heard:
        return
    occasion = deadline.isoformat()
    for member in both:
        at = heard if member is asked else recruiter_hears_of_offer_at(loop, asked) or heard
        yield Event(at, Kind.OTHER_OFFER, occasion, member, urgent=True)
