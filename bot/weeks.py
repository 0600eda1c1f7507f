"""Weeks: their names, and the hour that comes once in each of them."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot.calendar import WorkCalendar

WEEK = dt.timedelta(days=7)
_THURSDAY = 4


def week_name(day: dt.date) -> str:
    """The ISO 8601 week of a day, "2026-W48"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def weeks_before(name: str, count: int) -> str:
    """The name of the week so many weeks before this one."""
    year, week = name.split("-W")
    return week_name(dt.date.fromisocalendar(int(year), int(week), _THURSDAY) - count * WEEK)


@dataclasses.dataclass(frozen=True, slots=True)
class Weekly:
    """An hour of a day of the week, where a calendar is; Monday is 0."""

    calendar: WorkCalendar
    weekday: int
    at: dt.time

    def after(self, now: dt.datetime) -> dt.datetime:
        """The first time strictly after `now`."""
        day = self.calendar.today(now)
        day += dt.timedelta(days=(self.weekday - day.weekday()) % 7)
        due = self.calendar.instant(day, self.at)
        return due if due > now else self.calendar.instant(day + WEEK, self.at)

    def by(self, now: dt.datetime) -> dt.datetime:
        """The last time, `now` included."""
        day = self.calendar.today(self.after(now))
        return self.calendar.instant(day - WEEK, self.at)
