"""Dates as people type them, and as we say them: "fri 27 nov", "28.11.", "1/12", "in two weeks"."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterator, Sequence

from rapidfuzz.distance import OSA

from bot.dates_in_german import GERMAN


@dataclasses.dataclass(frozen=True, slots=True)
class Exact:
    """The text means this day. It can be in the past when the text names the year or says so."""

    date: dt.date


@dataclasses.dataclass(frozen=True, slots=True)
class Ambiguous:
    """The text means one of these days, earliest first. `why` asks which: "Tue 1 Dec or Tue 12 Jan?"."""

    options: tuple[dt.date, ...]
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class NotUnderstood:
    """`text` is what could not be read; `hint` is a sentence: why, or the nearest right form."""

    text: str
    hint: str


Reading = Exact | Ambiguous | NotUnderstood
WorkingDays = Callable[[dt.date, int], dt.date]
"""The n-th working day after a day, where the writer works."""

_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=7)
_HALF_A_YEAR = dt.timedelta(days=183)
_YEARS = 10
"""A year further than this from today is taken for a slip of the finger."""
_LONGEST = 400
"""Days, in "in 3 days"."""
_CENTURY = 2000
"""Of a year written with two digits."""
_TOO_LONG = 80
"""Characters. Nobody writes a date like that."""
_MOST_WORDS = 12
_LONGEST_MONTH = 31
_FEBRUARY = 2
_SATURDAY = 5
_LEAP_YEAR = 2000

_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
                "October", "November", "December")  # fmt: skip
_WEEKDAYS = {
    form: number for number, name in enumerate(_WEEKDAY_NAMES) for form in (name.lower(), name[:3].lower())
}
_WEEKDAYS |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_MONTHS = {
    form: number for number, name in enumerate(_MONTH_NAMES, 1) for form in (name.lower(), name[:3].lower())
}
_MONTHS |= {"sept": 9}
_NUMBERS = {word: number for number, word in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
)} | {"a": 1, "an": 1}  # fmt: skip
_FROM_TODAY = {
    "day before yesterday": -2,
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
    "day after tomorrow": 2,
}
_WORKING = frozenset({"working", "business", "work"})
_UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
_OPENERS = frozenset({"by", "until", "till", "til", "on", "to"})
_FILLERS = frozenset({"the", "of"})
_SPELLED = (*_WEEKDAYS, *_MONTHS, "today", "tomorrow", "yesterday", "next", "last", *_UNITS)

_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_NUMERIC = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})(?:\2(?:([0-9]{4}|[0-9]{2}))?)?")
_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)")
_DAY_NUMBER = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?")
_YEAR_NUMBER = re.compile(r"([0-9]{4})|'?([0-9]{2})")
_COUNT = re.compile(r"[0-9]{1,4}")


def _weekdays_only(day: dt.date, count: int) -> dt.date:
    workdays = (it for it in _days_from(day + _DAY) if it.weekday() < _SATURDAY)
    return next(itertools.islice(workdays, count - 1, None)) if count else day


def read_date(
    text: str,
    today: dt.date,
    *,
    month_first: bool | None = None,
    working: WorkingDays = _weekdays_only,
) -> Reading:
    """What day the text means, seen from `today`; in English or German.

    A date without a year is the next such date, today or later; a weekday alone is the coming one, never
    today. `month_first` says how this person writes 1/12; None asks when both readings are dates. With
    dots, 1.12. is always 1 December. A weekday that contradicts the date asks too.
    `working` counts "in 3 working days"; without it no day but the weekend is free.
    """
    reading = _read(text, today, month_first, working)
    if reading is not None:
        return reading
    corrected = _spelled_right(text)
    if corrected and not isinstance(_read(corrected, today, month_first, working), NotUnderstood | None):
        return NotUnderstood(text, f"Did you mean {corrected}?")
    return NotUnderstood(text, _example(today))


def split_trailing_date(
    words: Sequence[str],
    today: dt.date,
    month_first: bool | None = None,
    working: WorkingDays = _weekdays_only,
) -> tuple[str, Reading]:
    """What stands before a date, and the date: "zoe", "fri", "27", "nov" → "zoe" and the Friday.

    The date is the longest run of last words that reads as one. Where none does, or where a longer run is
    a date that cannot be ("zoe 31 nov fri"), all the words come back, with a hint.
    """
    whole = " ".join(words)
    proposal: NotUnderstood | None = None
    for start in range(max(0, len(words) - _MOST_WORDS), len(words)):
        text = " ".join(words[start:])
        reading = _read(text, today, month_first, working)
        if isinstance(reading, NotUnderstood):
            return whole, reading
        if reading is not None:
            return " ".join(words[:start]), reading
        guess = read_date(text, today, month_first=month_first, working=working)
        if proposal is None and isinstance(guess, NotUnderstood) and guess.hint != _example(today):
            proposal = guess
    return whole, proposal or NotUnderstood(whole, _example(today))


def split_date(
    words: Sequence[str],
    today: dt.date,
    month_first: bool | None = None,
    working: WorkingDays = _weekdays_only,
) -> tuple[str, Reading]:
    """The same, where the date may also stand first: "fri", "27", "nov", "zoe"."""
    name, reading = split_trailing_date(words, today, month_first, working)
    if not isinstance(reading, NotUnderstood):
        return name, reading
    for end in range(min(len(words) - 1, _MOST_WORDS), 0, -1):
        first = _read(" ".join(words[:end]), today, month_first, working)
        if isinstance(first, NotUnderstood) and reading.hint != _example(today):
            break
        if first is not None:
            return " ".join(words[end:]), first
    return name, reading


def say_date(day: dt.date, today: dt.date | None = None) -> str:
    """The day in English, "Fri 27 Nov".

    With the year where it is not today's and the day is not within the coming half year.
    """
    said = f"{_WEEKDAY_NAMES[day.weekday()][:3]} {day.day} {_MONTH_NAMES[day.month - 1][:3]}"
    if today is None or day.year == today.year or today <= day <= today + _HALF_A_YEAR:
        return said
    return f"{said} {day.year}"


def say_either(days: Sequence[dt.date], today: dt.date) -> str:
    """ "Fri 27 Nov or Fri 4 Dec?"."""
    *before, last = (say_date(day, today) for day in days)
    return f"{', '.join(before)} or {last}?" if before else f"{last}?"


def _read(text: str, today: dt.date, month_first: bool | None, working: WorkingDays) -> Reading | None:
    """None where the text has no shape of a date; NotUnderstood where there is no such day."""
    words = _words(text)
    if not words:
        return None
    try:
        return (
            _relative(words, today, working)
            or _weekday_alone(words, today)
            or _dated(words, today, month_first)
        )
    except _ImpossibleDate as impossible:
        return NotUnderstood(text, str(impossible))


class _ImpossibleDate(Exception):
    """There is no such day."""


def _words(text: str) -> list[str]:
    if len(text) > _TOO_LONG:
        return []
    text = re.sub(r"(?<=[0-9]\.)\s+(?=[0-9])", "", text.lower().strip().rstrip("?!;:,"))  # 28. 11. → 28.11.
    text = re.sub(r"(?<=[0-9])(?=[^\W\d_]{3})|(?<=[^\W\d_]{3})(?=[0-9])", " ", text)  # 27nov → 27 nov
    text = re.sub(r"(?<=[0-9]\.)(?=[^\W\d_]{3})", " ", text)  # 4.dezember → 4. dezember
    words = [word.rstrip(".") if word[:1].isalpha() else word for word in re.split(r"[\s,]+", text) if word]
    words = [said for word in words for said in GERMAN.get(word, word).split()]
    while words and words[0] in _OPENERS:
        words = words[1:]
    return [word for word in words if word not in _FILLERS]


def _relative(words: list[str], today: dt.date, working: WorkingDays) -> Reading | None:
    if (days := _FROM_TODAY.get(" ".join(words))) is not None:
        return Exact(today + days * _DAY)
    match words:
        case ["next", "week"]:
            monday = _coming(0, today)
            return _either(today, [monday + n * _DAY for n in range(_SATURDAY)])
        case ["in", count, kind, unit] | [count, kind, unit] if kind in _WORKING and unit in ("day", "days"):
            number = _number(count)
            if number is not None and number > _LONGEST:
                raise _ImpossibleDate(f"{count} {kind} {unit} is more than a year away. {_example(today)}")
            return None if number is None else Exact(working(today, number))
        case ["in", count, unit] | [count, unit] if unit in _UNITS:
            number = _number(count)
            if number is None:
                return None
            if number * _UNITS[unit] > _LONGEST:
                raise _ImpossibleDate(f"{count} {unit} is more than a year away. {_example(today)}")
            return Exact(today + number * _UNITS[unit] * _DAY)
        case _:
            return None


def _number(count: str) -> int | None:
    return int(count) if _COUNT.fullmatch(count) else _NUMBERS.get(count)


def _weekday_alone(words: list[str], today: dt.date) -> Reading | None:
    *before, last = words
    if last not in _WEEKDAYS:
        return None
    coming = _coming(_WEEKDAYS[last], today)
    match before:
        case [] | ["coming"]:
            return Exact(coming)
        case ["this"]:
            return Exact(coming) if coming - today < _WEEK else _either(today, [today, coming])
        case ["next"]:
            return _either(today, [coming, coming + _WEEK])
        case ["last"]:
            return Exact(coming - _WEEK if coming - _WEEK < today else today - _WEEK)
        case _:
            return None


def _dated(words: list[str], today: dt.date, month_first: bool | None) -> Reading | None:
    """A day, with a weekday before or after it or without."""
    weekday = None
    if words[0] in _WEEKDAYS:
        weekday, words = _WEEKDAYS[words[0]], words[1:]
    elif words[-1] in _WEEKDAYS:
        weekday, words = _WEEKDAYS[words[-1]], words[:-1]
    days = _named(words, today, weekday) if words else None
    if days is None and len(words) == 1:
        days = _numeric(words[0], today, weekday, month_first)
    if days is None:
        return None
    agreeing = [day for day in days if weekday is None or day.weekday() == weekday]
    if agreeing:
        return _either(today, agreeing)
    assert weekday is not None  # noqa: S101 - without one, every day agrees
    real = ", ".join(f"{say_date(day, today)[4:]} is a {_WEEKDAY_NAMES[day.weekday()]}" for day in days)
    said = _either(today, [*days, *(_nearest(weekday, day, today) for day in days)])
    return dataclasses.replace(said, why=f"{real}: {said.why}") if isinstance(said, Ambiguous) else said


def _named(words: list[str], today: dt.date, weekday: int | None) -> list[dt.date] | None:
    """27 nov, nov 27, each with a year or without; 27th alone."""
    match words:
        case [day] if ordinal := _ORDINAL.fullmatch(day):
            return [_next_monthday(int(ordinal[1]), today)]
        case [day, month] | [day, month, _] if month in _MONTHS and (number := _DAY_NUMBER.fullmatch(day)):
            pass
        case [month, day] | [month, day, _] if month in _MONTHS and (number := _DAY_NUMBER.fullmatch(day)):
            pass
        case _:
            return None
    if len(words) == len(["27", "nov"]):
        return [_next_date(int(number[1]), _MONTHS[month], today, weekday)]
    year = _YEAR_NUMBER.fullmatch(words[2])
    return [_date(_year(year[1] or year[2]), _MONTHS[month], int(number[1]), today)] if year else None


def _numeric(
    word: str, today: dt.date, weekday: int | None, month_first: bool | None
) -> list[dt.date] | None:
    """2026-11-27, 28.11., 28/11/2026; one day, or two when only the writer knows which is the month."""
    if iso := _ISO.fullmatch(word):
        return [_date(int(iso[1]), int(iso[3]), int(iso[4]), today)]
    parts = _NUMERIC.fullmatch(word)
    if parts is None:
        return None
    first, second, year = int(parts[1]), int(parts[3]), parts[4]
    day_then_month, month_then_day = (first, second), (second, first)
    if parts[2] == ".":
        orders = [day_then_month]
    else:
        orders = [month_then_day, day_then_month] if month_first else [day_then_month, month_then_day]
    days, wrong = [], []
    for day, month in orders:
        try:
            days.append(
                _date(_year(year), month, day, today) if year else _next_date(day, month, today, weekday)
            )
        except _ImpossibleDate as impossible:
            wrong.append(impossible)
    if not days:
        raise wrong[0]
    return days if month_first is None else days[:1]


def _date(year: int, month: int, day: int, today: dt.date) -> dt.date:
    _refuse_impossible(day, month)
    if abs(year - today.year) > _YEARS:
        raise _ImpossibleDate(
            f"{year} is too far away: I read years from {today.year - _YEARS} to {today.year + _YEARS}."
        )
    if day > calendar.monthrange(year, month)[1]:
        raise _ImpossibleDate(f"There is no 29 February in {year}.")
    return dt.date(year, month, day)


def _next_date(day: int, month: int, today: dt.date, weekday: int | None) -> dt.date:
    """The next such date; refused where the weekday shows that the last one was meant."""
    _refuse_impossible(day, month)
    years = [
        year for year in range(today.year - 1, today.year + 9) if day <= calendar.monthrange(year, month)[1]
    ]
    dates = [dt.date(year, month, day) for year in years]
    coming = next(date for date in dates if date >= today)
    gone = [date for date in dates if today - _HALF_A_YEAR <= date < today]
    if weekday is not None and coming.weekday() != weekday and gone and gone[0].weekday() == weekday:
        raise _ImpossibleDate(f"{say_date(gone[0])} is past. If you mean it, write {_plain(gone[0])}.")
    return coming


def _next_monthday(day: int, today: dt.date) -> dt.date:
    if not 1 <= day <= _LONGEST_MONTH:
        raise _ImpossibleDate(f"No month has a day {day}.")
    return next(date for date in _days_from(today) if date.day == day)


def _refuse_impossible(day: int, month: int) -> None:
    if not 1 <= month <= len(_MONTH_NAMES):
        raise _ImpossibleDate(f"There is no month {month}.")
    name, length = _MONTH_NAMES[month - 1], calendar.monthrange(_LEAP_YEAR, month)[1]
    if not 1 <= day <= length:
        days = "28 or 29" if month == _FEBRUARY else str(length)
        raise _ImpossibleDate(f"There is no {day} {name}: {name} has {days} days.")


def _year(digits: str) -> int:
    return int(digits) + (_CENTURY if len(digits) == len("26") else 0)


def _either(today: dt.date, days: Sequence[dt.date]) -> Exact | Ambiguous:
    options = tuple(sorted(set(days)))
    if len(options) == 1:
        return Exact(options[0])
    return Ambiguous(options, say_either(options, today))


def _coming(weekday: int, today: dt.date) -> dt.date:
    return next(day for day in _days_from(today + _DAY) if day.weekday() == weekday)


def _nearest(weekday: int, day: dt.date, today: dt.date) -> dt.date:
    """The day with that weekday nearest to another; not before today unless that one is."""
    after = _coming(weekday, day)
    before = after - _WEEK
    return before if day - before < after - day and not before < today <= day else after


def _days_from(day: dt.date) -> Iterator[dt.date]:
    return (day + n * _DAY for n in itertools.count())


def _spelled_right(text: str) -> str:
    """The text with every word that looks like a slip of the finger put right; "" where none does."""
    words = [_nearest_spelling(word) for word in _words(text)]
    corrected = " ".join(words)
    return corrected if words != _words(text) else ""


def _nearest_spelling(word: str) -> str:
    if word in _SPELLED or not word.isalpha():
        return word
    allowed = 1 if len(word) < len("monday") else 2
    near = min(_SPELLED, key=lambda known: (OSA.distance(word, known), -len(known)))
    return near if OSA.distance(word, near) <= allowed else word


def _example(today: dt.date) -> str:
    return f"Write a date such as {say_date(today + _WEEK).lower()}, {_plain(today + _WEEK)} or tomorrow."


def _plain(day: dt.date) -> str:
    return f"{day.day} {_MONTH_NAMES[day.month - 1][:3]} {day.year}"
