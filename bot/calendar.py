"""Working days and hours: when a member or a candidate may be written to, and how days late are counted."""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
import functools
import importlib.metadata
import pathlib
import zoneinfo
from collections.abc import Iterator, Mapping

import holidays
from holidays.registry import COUNTRIES

DIGEST_AT = dt.time(9, 30)
"""The wall time of a digest slot, unless the member chose another."""
OPEN_AT = dt.time(9, 0)
CLOSED_AT = dt.time(17, 30)
"""Quiet hours of a member are from `CLOSED_AT` to `OPEN_AT`, weekends and holidays."""
LETTERS_FROM = dt.time(8, 30)
LETTERS_UNTIL = dt.time(18, 0)
"""A letter that says no leaves between these, on a working day of the candidate."""

_DAY = dt.timedelta(days=1)
_SATURDAY = 5
_SEARCH = 400
"""Days to look ahead for a working day. The longest run of free days anywhere is under two weeks."""


class NoWorkingDay(ValueError):
    """There is no working day within 400 days: the holiday data of this country cannot be right."""


@dataclasses.dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working days and hours of one place.

    `zone` is an IANA name; using one that `is_known_zone` refuses raises `ZoneInfoNotFoundError` or
    ValueError. `country` is ISO 3166-1 alpha-2, in capitals; where it is empty or not known, Saturday
    and Sunday are free and there are no holidays.
    """

    zone: str
    country: str = ""

    def local(self, instant: dt.datetime) -> dt.datetime:
        """The same instant, on the clocks of this zone."""
        return instant.astimezone(_zone(self.zone))

    def today(self, now: dt.datetime) -> dt.date:
        """The date here at that instant."""
        return self.local(now).date()

    def instant(self, day: dt.date, at: dt.time) -> dt.datetime:
        """That wall time on that day, as an instant in UTC.

        A wall time that a change of clocks repeats means the first time; one that it skips is moved
        on by the length of the gap, 02:30 to 03:30 (PEP 495, fold=0). So the local time of the result is
        never before what was asked for.
        """
        return dt.datetime.combine(day, at.replace(fold=0), tzinfo=_zone(self.zone)).astimezone(dt.UTC)

    def is_working(self, day: dt.date) -> bool:
        """Neither weekend nor public holiday of the country.

        A weekend day that the country has declared a working day (China, Hungary …) is one.
        """
        return day in _year(self.country, day.year).working

    def holiday_name(self, day: dt.date) -> str:
        """The name of the public holiday in English where there is one, "" on any other day."""
        return _year(self.country, day.year).holidays.get(day, "")

    def next_working(self, day: dt.date) -> dt.date:
        """The first working day strictly after `day`."""
        return self._step(day, _DAY)

    def add(self, day: dt.date, n: int) -> dt.date:
        """The n-th working day after the day, for n < 0 before it; for n = 0 the day itself."""
        step = _DAY if n > 0 else -_DAY
        for _ in range(abs(n)):
            day = self._step(day, step)
        return day

    def working_days_between(self, start: dt.date, end: dt.date) -> int:
        """How many working days are after `start` and not after `end`; 0 when `end` is not after `start`.

        With a promised date and today it is "days late", today included.
        """
        if end <= start:
            return 0
        whole_years = sum(len(_year(self.country, year).in_order) for year in range(start.year, end.year))
        return whole_years + self._in_year_until(end) - self._in_year_until(start)

    def in_hours(self, instant: dt.datetime) -> bool:
        """A working day, and 09:00 ≤ local time < 17:30."""
        return self._within(instant, OPEN_AT, CLOSED_AT)

    def next_open(self, instant: dt.datetime) -> dt.datetime:
        """The instant itself when it is in hours, else the next 09:00 of a working day, in UTC."""
        return instant if self.in_hours(instant) else next(self.slots_after(instant, OPEN_AT))

    def slots_after(self, instant: dt.datetime, at: dt.time = DIGEST_AT) -> Iterator[dt.datetime]:
        """The digest slots strictly after the instant, in UTC, without end.

        A day that the zone skipped whole (Apia, 30 December 2011) has none.
        """
        day = self.today(instant)
        if not self.is_working(day):
            day = self.next_working(day)
        while True:
            slot = self.instant(day, at)
            if slot > instant and self.today(slot) == day:
                yield slot
            day = self.next_working(day)

    def last_slot_before(self, instant: dt.datetime, at: dt.time = DIGEST_AT) -> dt.datetime:
        """The last digest slot strictly before the instant, in UTC."""
        day = self.today(instant) + _DAY
        while True:
            day = self._step(day, -_DAY)
            slot = self.instant(day, at)
            if slot < instant and self.today(slot) == day:
                return slot

    def digest_time(self, instant: dt.datetime, at: dt.time = DIGEST_AT) -> dt.datetime:
        """The earliest moment, not before the instant, at which a digest may be posted.

        The instant itself between `at` and 17:30 of a working day, else the next slot.
        """
        return instant if self._within(instant, at, CLOSED_AT) else next(self.slots_after(instant, at))

    def letter_time(self, instant: dt.datetime) -> dt.datetime:
        """The earliest moment, not before the instant, at which a letter that says no may leave.

        The instant itself between 08:30 and 18:00 of a working day, else the next 08:30 of one.
        """
        if self._within(instant, LETTERS_FROM, LETTERS_UNTIL):
            return instant
        return next(self.slots_after(instant, LETTERS_FROM))

    def _within(self, instant: dt.datetime, start: dt.time, end: dt.time) -> bool:
        local = self.local(instant)
        return start <= local.time() < end and self.is_working(local.date())

    def _step(self, day: dt.date, step: dt.timedelta) -> dt.date:
        for distance in range(1, _SEARCH + 1):
            if self.is_working(found := day + distance * step):
                return found
        raise NoWorkingDay(f"No working day within {_SEARCH} days of {day} in {self.country or self.zone}.")

    def _in_year_until(self, day: dt.date) -> int:
        return bisect.bisect_right(_year(self.country, day.year).in_order, day)


def working_days_for_both(a: WorkCalendar, b: WorkCalendar, after: dt.date) -> Iterator[dt.date]:
    """The days strictly after `after` that are working days on both sides, without end."""
    day, tried = after, 0
    while True:
        day = a.next_working(day)
        if b.is_working(day):
            tried = 0
            yield day
        elif (tried := tried + 1) == _SEARCH:
            places = f"{a.country or a.zone} and {b.country or b.zone}"
            raise NoWorkingDay(f"{places} share no working day up to {day}.")


@functools.cache
def is_known_zone(name: str) -> bool:
    """An IANA zone name, as it is written there. Names that mean "this machine's zone" are none."""
    return name in _zone_names()


@functools.cache
def is_known_country(code: str) -> bool:
    """An ISO 3166-1 alpha-2 code, in capitals, whose weekend and holidays we know."""
    return code in _country_codes()


@functools.cache
def data_version() -> str:
    """Which time-zone and holiday data this process reads: another text when either has changed.

    Python takes a zone from the system's directories first and from the tzdata package where they lack
    it (PEP 615), so both versions are in it.
    """
    system = "+".join(filter(None, map(_installed_tz, zoneinfo.TZPATH))) or "none"
    packages = (f"{name} {importlib.metadata.version(name)}" for name in ("tzdata", "holidays"))
    return ", ".join((f"system tz {system}", *packages))


def _installed_tz(directory: str) -> str:
    for name in ("tzdata.zi", "+VERSION"):
        try:
            with (pathlib.Path(directory) / name).open(encoding="utf-8") as lines:
                return lines.readline().removeprefix("# version").strip()
        except OSError:
            continue
    return ""


@dataclasses.dataclass(frozen=True, slots=True)
class _Year:
    working: frozenset[dt.date]
    in_order: tuple[dt.date, ...]
    holidays: Mapping[dt.date, str]


@functools.lru_cache(maxsize=2048)
def _year(country: str, year: int) -> _Year:
    first = dt.date(year, 1, 1)
    days = [first + _DAY * n for n in range(dt.date(year, 12, 31).toordinal() - first.toordinal() + 1)]
    if is_known_country(country):
        known = holidays.country_holidays(country, years=year, language="en_US")
        working = [day for day in days if known.is_working_day(day)]
        names = {day: name for day, name in known.items() if day.year == year}
    else:
        working = [day for day in days if day.weekday() < _SATURDAY]
        names = {}
    return _Year(frozenset(working), tuple(working), names)


@functools.cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    # ZoneInfo's own cache holds eight zones and reads the file again for a ninth.
    return zoneinfo.ZoneInfo(name)


@functools.cache
def _zone_names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})


@functools.cache
def _country_codes() -> frozenset[str]:
    # country_holidays() also takes alpha-3 codes, class names and stock exchanges; we do not.
    # list_supported_countries() gives the same codes, and reads every country's calendar for it.
    names = (name for names in COUNTRIES.values() for name in names)
    return frozenset(name for name in names if len(name) == len("DE"))
