"""The weekly summary of a team channel: when it is due, what it counts, and what it must not tell.

Nothing here singles out one person (docs/decisions/0016): a figure needs enough different people behind it,
a week after which the difference to another summary would speak of one or two people is left out, and what
was told once is never worked out again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import statistics
import uuid
from collections.abc import Iterable, Mapping, Sequence, Set

from bot.calendar import WorkCalendar
from bot.promises import due_instant
from bot.weeks import WEEK, Weekly, week_name, weeks_before

LEAST = 3
"""Different managers, different owners, and loops, below which a figure would speak of somebody."""
NEAR = WEEK + dt.timedelta(days=1)
"""Two summaries so near to each other are read side by side."""
SHOWN_WEEKS = 12
WEEKDAY = 4
AT = dt.time(15, 0)
"""Friday at 15:00, unless somebody chose otherwise."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A team's channel that was asked about: `/followup here`.

    `name` is opaque; it begins with the name of its chat and a colon. `called` is what people call it
    ("#hiring"), as an import may name it; empty where the chat does not say. `weekday`: Monday is 0.
    `next_at` is None while no summary is wanted. `problem`: why the last one could not be posted.
    """

    id: uuid.UUID
    name: str
    zone: str
    asked_by: uuid.UUID
    called: str = ""
    weekday: int = WEEKDAY
    at: dt.time = AT
    next_at: dt.datetime | None = None
    problem: str = ""

    @property
    def chat(self) -> str:
        return self.name.partition(":")[0]

    @property
    def calendar(self) -> WorkCalendar:
        return WorkCalendar(self.zone)

    @property
    def _weekly(self) -> Weekly:
        return Weekly(self.calendar, self.weekday, self.at)

    def due_after(self, now: dt.datetime) -> dt.datetime:
        """The first instant strictly after `now` at which a summary is due."""
        return self._weekly.after(now)

    def due_by(self, now: dt.datetime) -> dt.datetime:
        """The last instant, `now` included, at which a summary was due."""
        return self._weekly.by(now)

    def week_of(self, due: dt.datetime) -> str:
        """The week of that instant here: one summary in each."""
        return week_name(self.calendar.today(due))


# -- what the store counted -------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Bunch:
    """So many of something that one owner answers for, in roles of one manager."""

    manager: uuid.UUID
    owner: uuid.UUID
    count: int = 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """So many promises of one date and zone."""

    date: dt.date
    zone: str
    count: int = 1

    @property
    def due(self) -> dt.datetime:
        return due_instant(self.date, self.zone)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Promises of one date that were kept, or not, in one owner's loops."""

    dated: Dated
    bunch: Bunch
    kept: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A loop whose date was moved twice or more, and the promise that it had then."""

    loop: uuid.UUID
    dated: Dated


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The first thing somebody heard after an interview. `calendar` is the owner's."""

    bunch: Bunch
    calendar: WorkCalendar
    interviewed_at: dt.datetime
    told_at: dt.datetime

    @property
    def working_days(self) -> int:
        return self.calendar.working_days_between(
            self.calendar.today(self.interviewed_at), self.calendar.today(self.told_at)
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What happened in one channel's roles after `since` and by `until`; what waits is as of `until`.

    `promised` and `moved` may reach a day further on both sides: a date is another instant in each zone.
    `here` are those of the managers and owners who are still with the company.
    """

    since: dt.datetime
    until: dt.datetime
    waiting: Sequence[Bunch]
    current: Sequence[Dated]
    promised: Sequence[Promised]
    moved: Sequence[Moved]
    news: Sequence[News]
    heard: int
    closed: int
    here: Set[uuid.UUID]
    roles: frozenset[uuid.UUID] = frozenset()
    """Those that were counted."""

    def has(self, dated: Dated) -> bool:
        """Whether these promises fell due in this week."""
        return self.since < dated.due <= self.until


# -- what may be told -------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is told. None: too few people are behind it.

    `share` of the promises that fell due in the week was kept (0 to 1); `moved` of those candidates have had
    their date moved twice or more. `days`: working days from interview to news, the median.
    """

    waiting: int
    past: int
    heard: int
    closed: int
    share: float | None = None
    moved: int | None = None
    days: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One week of one channel, as it was told; unique by (workspace, channel, ISO week). Never changed.

    `figures` is None where the week was left out; `posted` tells whether anything was said at all.
    `roles` are those that were counted.
    """

    id: uuid.UUID
    channel: uuid.UUID
    week: str
    since: dt.datetime
    until: dt.datetime
    roles: frozenset[uuid.UUID]
    figures: Figures | None
    posted: bool


def enough(bunches: Iterable[Bunch], here: Set[uuid.UUID]) -> bool:
    """Whether at least three managers and three owners, all still here, and three loops are behind it."""
    some = [bunch for bunch in bunches if bunch.count]
    return (
        sum(bunch.count for bunch in some) >= LEAST
        and len({bunch.manager for bunch in some} & here) >= LEAST
        and len({bunch.owner for bunch in some} & here) >= LEAST
    )


def figures(week: Week) -> Figures | None:
    """What may be told of this week; None where the group is too small for anything."""
    if not enough(week.waiting, week.here):
        return None
    promised = [it for it in week.promised if week.has(it.dated)]
    share, moved, days = None, None, None
    if enough((it.bunch for it in promised), week.here):
        kept = sum(it.bunch.count for it in promised if it.kept)
        share = kept / sum(it.bunch.count for it in promised)
        moved = len({it.loop for it in week.moved if week.has(it.dated)})
    if enough((it.bunch for it in week.news), week.here):
        days = statistics.median_low(it.working_days for it in week.news)
    return Figures(
        waiting=sum(bunch.count for bunch in week.waiting),
        past=sum(it.count for it in week.current if it.due <= week.until),
        heard=week.heard,
        closed=week.closed,
        share=share,
        moved=moved,
        days=days,
    )


def speaks_of_few(
    roles: Set[uuid.UUID], other: Set[uuid.UUID], managers: Mapping[uuid.UUID, uuid.UUID]
) -> bool:
    """Whether the difference between two summaries over these roles would speak of one or two people.

    `managers`: of those roles in which somebody waited when the second one's week began. A role that is new,
    or that nobody waited in, makes no difference that anybody could read.
    """
    if not roles & other:
        return False
    return 0 < len({managers[role] for role in roles ^ other if role in managers}) < LEAST


def last_week(summary: Summary, earlier: Sequence[Summary]) -> Figures | None:
    """What was told a week before, as it was told; `earlier` newest first."""
    return next((it.figures for it in earlier[:1] if summary.until - it.until <= NEAR), None)


def shares(summary: Summary, earlier: Sequence[Summary]) -> tuple[tuple[dt.datetime, float | None], ...]:
    """The share of promises kept as it was told, twelve weeks to this one; None for a week without."""
    told = {it.week: it for it in (*earlier, summary)}
    found = []
    for back in reversed(range(SHOWN_WEEKS)):
        at = summary.until - back * WEEK
        one = told.get(weeks_before(summary.week, back))
        found.append((one.until if one else at, one.figures.share if one and one.figures else None))
    return tuple(found)
