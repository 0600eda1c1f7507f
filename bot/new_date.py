"""The new date a letter names: one that both sides work on, in time to be of use, and not too far away."""

from __future__ import annotations

import datetime as dt

from bot.calendar import working_days_for_both
from bot.dates import say_date
from bot.loops import Detail, Loop
from bot.people import Member
from bot.policy import Policy
from bot.promises import DUE_TIME

FARTHEST_DAYS = 62
"""No date a letter names is further than this, whatever the policy: it would not be news."""


def default_date(loop: Loop, policy: Policy, now: dt.datetime) -> dt.date | None:
    """The date a one-click letter names, None where no date is of use any more.

    What `/followup promise` chose, else the fifth day on which both sides work; never after the deadline of
    another offer the candidate has told us of. Where that day comes before the one that was promised, the
    first after it: nobody who asked for no other date promises to be quicker. Where the owner is away on that
    day and nobody stands in for them, the first day after it on which they are back, if a letter may name it.
    """
    hurried = loop.other_offer_by is not None and loop.other_offer_by > now
    known = None if hurried else _known_date(loop)
    day = next_step_date(loop, policy, now, after=known)
    sooner = day is not None and known is not None and day <= known
    return None if sooner and day != loop.next_date else day


def next_step_date(
    loop: Loop, policy: Policy, now: dt.datetime, *, after: dt.date | None = None
) -> dt.date | None:
    """The same for good news, which may come sooner than promised. `after`: no day up to that one."""
    if loop.next_date is not None and date_problem(loop, policy, now, loop.next_date) is None:
        return loop.next_date
    days = working_days_for_both(loop.owner.calendar, loop.candidate.calendar, _today(loop, now))
    chosen: dt.date | None = None
    for count, day in enumerate(days, start=1):
        if date_problem(loop, policy, now, day) is not None:
            break
        if count <= policy.offer_days:
            chosen = day
        late_enough = count >= policy.offer_days and (after is None or day > after)
        if late_enough and not _nobody_there(loop.owner, day):
            return day
    return chosen


def _known_date(loop: Loop) -> dt.date | None:
    """The date that the candidate knows."""
    return loop.promise.date if loop.promise is not None and loop.promise.quotable else None


def _nobody_there(owner: Member, day: dt.date) -> bool:
    absence = owner.absence
    return absence is not None and not absence.accepted and absence.covers(day)


def date_problem(loop: Loop, policy: Policy, now: dt.datetime, day: dt.date) -> str | None:
    """Why a letter cannot name this day: one sentence, or None where it can."""
    today = _today(loop, now)
    said = say_date(day, today)
    first = loop.candidate.first_name
    if day <= today:
        return f"{said} is not in the future. Choose a later day."
    late = too_late_for_other_offer(loop, now, day)
    if late is not None:
        return late
    if (day - today).days > FARTHEST_DAYS:
        return f"{say_date(day)} {day.year} is more than two months away. Choose an earlier day."
    if loop.detail is Detail.ON_HOLD:
        if (day - today).days > policy.hold_days_most:
            return f"{said} is more than {policy.hold_days_most} days away. Choose an earlier day."
    elif _too_far(loop, policy, today, day):
        return f"{said} is more than {policy.offer_days_most} working days away. Choose an earlier day."
    ours, theirs = loop.owner.calendar, loop.candidate.calendar
    if not theirs.is_working(day):
        why = theirs.holiday_name(day) or "not a working day"
        return f"{said} is {why} where {first} is. Choose a working day."
    if not ours.is_working(day):
        why = ours.holiday_name(day) or "not a working day"
        return f"{said} is {why} where {loop.owner.first_name} is. Choose a working day."
    return None


def too_late_for_other_offer(loop: Loop, now: dt.datetime, day: dt.date) -> str | None:
    """Why this day comes too late for the candidate, who must answer another offer before."""
    if loop.other_offer_by is None or loop.other_offer_by <= now:
        return None
    deadline = loop.candidate.calendar.local(loop.other_offer_by)
    if day < deadline.date() or (day == deadline.date() and deadline.hour >= DUE_TIME.hour):
        return None
    by = say_date(deadline.date(), _today(loop, now))
    first = loop.candidate.first_name
    return f"{first} must answer another offer by {by}: a date after that is of no use."


def _too_far(loop: Loop, policy: Policy, today: dt.date, day: dt.date) -> bool:
    return loop.owner.calendar.working_days_between(today, day) > policy.offer_days_most


def _today(loop: Loop, now: dt.datetime) -> dt.date:
    """The later of both sides' today: a date offered lies in the future for both."""
    return max(loop.candidate.calendar.today(now), loop.owner.calendar.today(now))
