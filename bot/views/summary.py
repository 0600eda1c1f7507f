"""The summary as a team's channel reads it: counts, no names, no reasons, no ranking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.actions import LISTED, Verb, token
from bot.calendar import WorkCalendar
from bot.dates import say_date
from bot.nudges import Surface
from bot.summary import LEAST, Channel, Figures, Summary, last_week, shares
from bot.views.elements import Button, Buttons, Chart, Element, Heading, Message, Paragraph, Point
from bot.views.viewer import say_days
from bot.weeks import WEEK

TOO_FEW = "too few this week to say"
LEAST_POINTS = 2
"""Weeks with a share, below which there is no line to draw."""


def summary_view(channel: Channel, summary: Summary, earlier: Sequence[Summary]) -> Message:
    """One week; `earlier` are those before it, newest first."""
    calendar = channel.calendar
    week = f"week to {_day(summary.until, calendar)}"
    following = _day(channel.due_after(summary.until), calendar)
    if summary.figures is None:
        return _left_out(channel, week, following)
    now, before = summary.figures, last_week(summary, earlier)
    elements: list[Element] = [
        Heading(f"{_called(channel)} · {week}"),
        Paragraph("\n".join(_lines(now, before))),
    ]
    chart = _chart(summary, earlier, calendar)
    if chart is not None:
        elements.append(chart)
    elements += [
        Buttons((Button("My own list", token(Verb.LIST, None, None, LISTED)),)),
        Paragraph(
            f"Only you see your own list. These are counts of at least {LEAST} people, without names. "
            f"There is nothing to do here; the next summary comes on {following}.",
            quiet=True,
        ),
    ]
    kept = f"{_percent(now.share)} of promises kept, " if now.share is not None else ""
    return Message(
        notification=f"Hiring, {week}: {kept}{now.waiting} waiting, {now.past} past their date",
        elements=tuple(elements),
    )


def _lines(now: Figures, before: Figures | None) -> list[str]:
    def week_before(name: str, percent: bool = False) -> str:
        value = getattr(before, name) if before else None
        if value is None:
            return ""
        return f" (last week {_percent(value) if percent else value})"

    share = TOO_FEW if now.share is None else f"{_percent(now.share)}{week_before('share', percent=True)}"
    moved = [] if now.moved is None else [f"Dates moved twice or more: {now.moved}{week_before('moved')}"]
    days = TOO_FEW if now.days is None else f"{say_days(now.days)} in the middle{week_before('days')}"
    heard = "1 candidate heard" if now.heard == 1 else f"{now.heard} candidates heard"
    return [
        f"Promises kept: {share}",
        *moved,
        f"{heard} from us{week_before('heard')} · {now.closed} closed{week_before('closed')}",
        f"{now.waiting} waiting{week_before('waiting')}, {now.past} past their date{week_before('past')}",
        f"Interview to news: {days}",
    ]


def _chart(summary: Summary, earlier: Sequence[Summary], calendar: WorkCalendar) -> Chart | None:
    points = tuple(Point(_short(at, calendar), share) for at, share in shares(summary, earlier))
    known = [point for point in points if point.value is not None]
    if len(known) < LEAST_POINTS:
        return None
    told = ", ".join(f"{_percent(point.value or 0.0)} to {point.label}" for point in known)
    missing = len(points) - len(known)
    weeks = "1 week has" if missing == 1 else f"{missing} weeks have"
    silent = f" {weeks} no figure." if missing else ""
    title = f"Promises kept, {len(points)} weeks"
    return Chart(title=title, alt=f"Promises kept, week by week: {told}.{silent}", points=points)


def _left_out(channel: Channel, week: str, following: str) -> Message:
    why = (
        f"This week's figures would speak of fewer than {LEAST} managers or {LEAST} candidates, or of a "
        "change by one or two people, so they are left out."
    )
    return Message(
        notification=f"Hiring, {week}: no figures this time",
        elements=(
            Heading(f"{_called(channel)} · {week}"),
            Paragraph(why),
            Paragraph(
                "There is nothing to do here. I look again each week, silent until there are figures; "
                f"the next could come on {following}.",
                quiet=True,
            ),
        ),
    )


def unposted_view(channel: Channel, summary: Summary, surface: Surface, now: dt.datetime) -> Message:
    """For an admin: the summary cannot be posted, and what mends it; or how that ended.

    A surface that is retired tells of one that was posted in the end.
    """
    name = channel.called or "a team's channel"
    until = summary.until + WEEK
    if surface.retired:
        head = "The weekly summary has been posted after all"
        said, quiet = f"It is in {name} now.", "There is nothing to do."
    elif channel.next_at is None:
        head = "The weekly summary was not posted"
        said, quiet = f"It was for {name}.", "Somebody has ended the summaries there: there is nothing to do."
    elif now >= until:
        head = "The weekly summary was not posted"
        said = f"It was for {name}. {channel.problem}".strip()
        quiet = f"That week's was dropped. The next comes on {_day(channel.next_at, channel.calendar)}."
    else:
        head = "The weekly summary could not be posted"
        said = f"It was for {name}. {channel.problem}".strip()
        quiet = (
            f"It is tried again every hour. If nothing is done by {_day(until, channel.calendar)}, this "
            "week's is dropped. Typing /followup here off in the channel ends it."
        )
    return Message(
        notification=head,
        elements=(Heading(head), Paragraph(said), Paragraph(quiet, quiet=True)),
        surface=surface.id,
        revision=surface.revision,
    )


def _called(channel: Channel) -> str:
    return channel.called or "Hiring"


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def _day(instant: dt.datetime, calendar: WorkCalendar) -> str:
    return say_date(calendar.today(instant))


def _short(instant: dt.datetime, calendar: WorkCalendar) -> str:
    """ "27 Nov", without the weekday: it is the same in all of them."""
    return _day(instant, calendar).partition(" ")[2]
