"""What is typed with a date in it: `promise NAME DATE`, `away until DATE`. Two meanings are asked about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.actions import ALONE, Verb
from bot.changes import Refused
from bot.dates import Ambiguous, Exact, NotUnderstood, Reading, read_date, say_either, split_date
from bot.loops import Loop
from bot.new_date import date_problem
from bot.search import find_member
from bot.uses import letters, menu, people, whom
from bot.uses.desk import Desk, say
from bot.views.choices import to_recruiter
from bot.views.elements import Style, View
from bot.views.viewer import is_urgent


def promise(desk: Desk, words: Sequence[str]) -> View:
    name, reading = name_and_date(desk, words)
    if isinstance(reading, NotUnderstood):
        if whom.find(desk, name):
            return say(f"By when? /followup promise {name} DATE. {reading.hint}")
        return say(f'I could not read a date in "{" ".join(words)}". {reading.hint}')
    if not name:
        return say("For whom? /followup promise NAME DATE, as in /followup promise tomasz fri 27 nov")
    found = whom.find(desk, name)
    if not found:
        return say(whom.nobody(name))
    if len(found) > 1:
        return whom.choose(desk, found, "promise", *kept(reading))
    return _promise_one(whom.at(desk, found[0].loop), reading)


def name_and_date(desk: Desk, words: Sequence[str]) -> tuple[str, Reading]:
    calendar = desk.member.calendar
    return split_date(words, calendar.today(desk.now), desk.member.month_first, calendar.add)


def kept(reading: Exact | Ambiguous) -> list[str]:
    """The days for the argument of a button: short, for there may be five."""
    days = (reading.date,) if isinstance(reading, Exact) else reading.options
    return [f"{day:%Y%m%d}" for day in days]


def promise_dates(desk: Desk, dates: Sequence[str]) -> View:
    """The dates that were typed for one of several people; without any, the form asks for one."""
    days = [dt.date.fromisoformat(date) for date in dates]
    if not days:
        return letters.other_date(desk, {})
    return _promise_one(desk, Exact(days[0]) if len(days) == 1 else Ambiguous(tuple(days), ""))


def _promise_one(desk: Desk, reading: Exact | Ambiguous) -> View:
    loop = desk.writable()
    if isinstance(reading, Exact):
        return _promise_exact(desk, loop, reading.date)
    possible = [d for d in reading.options if date_problem(loop, desk.store.policy, desk.now, d) is None]
    assumed = loop.promise is not None and not loop.promise.quotable
    options = list(reading.options) if assumed else possible or list(reading.options)
    viewer = desk.viewer(ALONE)
    if len(options) == 1:
        far = [d for d in reading.options if d not in options]
        why = date_problem(loop, desk.store.policy, desk.now, far[0]) if far else None
        aside = f" ({why.split('. ')[0].rstrip('.')}.)" if why else ""
        text = f"{viewer.day(options[0])}?{aside}"
        yes = viewer.button("Yes", Verb.CHOOSE_DATE, loop, options[0].isoformat(), Style.PRIMARY)
        other = viewer.button("Other date", Verb.OTHER_DATE, loop)
        return whom.question(text, (yes, other))
    buttons = tuple(viewer.button(viewer.day(d), Verb.CHOOSE_DATE, loop, d.isoformat()) for d in options)
    return whom.question(say_either(options, viewer.today), buttons)


def _promise_exact(desk: Desk, loop: Loop, day: dt.date) -> View:
    try:
        return menu.promise(desk, loop, day)
    except Refused as refused:
        viewer = desk.viewer(ALONE)
        if is_urgent(loop, desk.now) and "another offer" in str(refused):
            call = viewer.button("Call today", Verb.CALL_TODAY, loop, style=Style.PRIMARY)
            return whom.question(str(refused), (call, *to_recruiter(loop, viewer)))
        return whom.question(str(refused), (viewer.button("Other date", Verb.OTHER_DATE, loop),))


def away(desk: Desk, rest: Sequence[str]) -> View:
    words = list(rest)
    lower = [w.lower() for w in words]
    if lower[:1] in (["off"], ["back"]):
        return people.back(desk)
    delegate = None
    if "delegate" in lower:
        cut = lower.index("delegate")
        name = " ".join(words[cut + 1 :])
        if not name:
            return say("Who stands in for you? /followup away until 6 dec delegate @sam")
        member = find_member(desk.store.members(), name)
        if isinstance(member, str):
            return say(member)
        delegate, words = member, words[:cut]
    calendar = desk.member.calendar
    text, habit = " ".join(words), desk.member.month_first
    reading = read_date(text, calendar.today(desk.now), month_first=habit, working=calendar.add)
    match reading:
        case Exact(day):
            return people.away(desk, day, delegate)
        case Ambiguous(days, why):
            who, viewer = (delegate.id.hex,) if delegate else (), desk.viewer()
            kept = ((day, " ".join(("away", f"{day:%Y%m%d}", *who))) for day in days)
            return whom.question(
                why,
                tuple(viewer.plain_button(viewer.day(day), Verb.RUN, argument) for day, argument in kept),
            )
        case NotUnderstood(_, hint):
            return say(f"Until when? /followup away until 6 dec delegate @sam. {hint}")
