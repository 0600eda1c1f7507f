"""Reading dates that people type, and saying them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.calendar import WorkCalendar
from bot.dates import Ambiguous, Exact, NotUnderstood, read_date, say_date, split_date, split_trailing_date

MONDAY = dt.date(2026, 11, 23)
"""Today, where a test names no other day."""

TODAYS = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def day(iso: str) -> dt.date:
    return dt.date.fromisoformat(iso)


def options(*isos: str) -> tuple[dt.date, ...]:
    return tuple(map(day, isos))


def hint(text: str, today: dt.date = MONDAY) -> str:
    reading = read_date(text, today)
    assert isinstance(reading, NotUnderstood), reading
    assert reading.text == text
    return reading.hint


# Read without asking


@pytest.mark.parametrize(
    "text",
    [
        "27 nov", "nov 27", "Nov. 27", "27. Nov", "27 November", "27 November 2026", "November 27, 2026",
        "27 nov 26", "27 nov '26", "27nov", "fri 27 nov", "Fri, 27 Nov", "FRI. 27 NOV.",
        "Friday the 27th of November", "27 nov fri", "27th", "the 27th", "27.", "fri 27th",
        "27/11", "11/27", "27-11-2026", "27.11", "27.11.",
        "27. 11.", "27.11.2026", "27. 11. 2026", "27.11.26", "27/11/2026", "11/27/2026", "2026-11-27",
        "2026/11/27", "fri 2026-11-27", "fri", "friday", "Friday.", "by fri", "by Friday", "until fri 27 nov",
        "on friday?", "to 27 nov", "this friday", "coming friday", "in 4 days", "in four days", "4 days",
        "4days", "  by   the 27th  ",
    ],
)  # fmt: skip
def test_every_usual_way_to_write_friday_the_27th(text: str) -> None:
    assert read_date(text, MONDAY) == Exact(day("2026-11-27"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", "2026-11-23"),
        ("Tomorrow", "2026-11-24"),
        ("day after tomorrow", "2026-11-25"),
        ("the day after tomorrow", "2026-11-25"),
        ("in a week", "2026-11-30"),
        ("in two weeks", "2026-12-07"),
        ("in 1 day", "2026-11-24"),
        ("monday", "2026-11-30"),  # today is a Monday: the coming one
        ("23 nov", "2026-11-23"),  # a date may be today
        ("22 nov", "2027-11-22"),  # yesterday's comes again in a year
        ("1 jan", "2027-01-01"),
        ("22nd", "2026-12-22"),
        ("31st", "2026-12-31"),  # November has none
        ("29 feb", "2028-02-29"),
        ("20 nov 2026", "2026-11-20"),  # past, but the year is there
        ("28.11.", "2026-11-28"),
        ("1.12.", "2026-12-01"),  # dots: the day comes first
        ("5/5", "2027-05-05"),  # both readings are the same day
        ("1 sept", "2027-09-01"),
    ],
)
def test_dates_that_mean_one_day(text: str, meant: str) -> None:
    assert read_date(text, MONDAY) == Exact(day(meant))


@given(st.dates(dt.date(2026, 1, 1), dt.date(2028, 12, 31)), st.sampled_from(WEEKDAYS))
def test_a_weekday_is_the_coming_one_never_today(today: dt.date, name: str) -> None:
    reading = read_date(name, today)
    assert isinstance(reading, Exact)
    assert 1 <= (reading.date - today).days <= 7
    assert WEEKDAYS[reading.date.weekday()] == name


@given(TODAYS, st.integers(1, 31), st.integers(1, 12))
@example(dt.date(2026, 11, 23), 29, 2)
def test_a_date_without_a_year_is_the_next_such_date(today: dt.date, number: int, month: int) -> None:
    exists = number <= [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    reading = read_date(f"{number} {MONTHS[month - 1]}", today)
    assert isinstance(reading, Exact) == exists
    assert (
        read_date(f"{number}.{month}.", today) == read_date(f"{number:02}.{month:02}.", today) or not exists
    )
    if isinstance(reading, Exact):
        found = reading.date
        assert (found.day, found.month) == (number, month)
        assert found >= today
        longest = 366 * 4 if (number, month) == (29, 2) else 366
        assert (found - today).days <= longest
        assert read_date(f"{MONTHS[month - 1]} {number}", today) == reading
        assert read_date(f"{number}.{month}.", today) == reading


# Asked, because two days fit


def test_one_slash_twelve_is_two_dates_until_we_know_how_the_person_writes() -> None:
    asked = read_date("1/12", MONDAY)
    assert asked == Ambiguous(options("2026-12-01", "2027-01-12"), "Tue 1 Dec or Tue 12 Jan?")
    assert read_date("1/12", MONDAY, month_first=False) == Exact(day("2026-12-01"))
    assert read_date("1/12", MONDAY, month_first=True) == Exact(day("2027-01-12"))


def test_a_habit_does_not_make_a_clear_date_unreadable() -> None:
    assert read_date("28/11", MONDAY, month_first=True) == Exact(day("2026-11-28"))
    assert read_date("11/28", MONDAY, month_first=False) == Exact(day("2026-11-28"))
    assert read_date("1.12.", MONDAY, month_first=True) == Exact(day("2026-12-01"))


def test_a_weekday_settles_which_number_is_the_month() -> None:
    # 3 December 2026 is a Thursday, 12 March 2027 a Friday.
    assert read_date("thu 3/12", MONDAY) == Exact(day("2026-12-03"))
    assert read_date("fri 3/12", MONDAY) == Exact(day("2027-03-12"))


@pytest.mark.parametrize("today", [MONDAY, day("2026-11-26"), day("2026-11-27"), day("2026-12-31")])
def test_next_week_is_asked_day_by_day(today: dt.date) -> None:
    reading = read_date("next week", today)
    assert isinstance(reading, Ambiguous)
    assert [it.weekday() for it in reading.options] == [0, 1, 2, 3, 4]
    assert 0 < (reading.options[0] - today).days <= 7
    assert read_date("nächste woche", today) == reading


def test_next_week_is_asked_in_the_words_of_the_screen() -> None:
    reading = read_date("next week", MONDAY)
    assert isinstance(reading, Ambiguous)
    assert reading.why == "Mon 30 Nov, Tue 1 Dec, Wed 2 Dec, Thu 3 Dec or Fri 4 Dec?"


@pytest.mark.parametrize(
    "text",
    [
        "27. november", "27.november", "freitag", "am Freitag", "bis freitag", "bis zum 27. november",
        "freitag, 27. november", "in 4 tagen", "in vier Tagen", "diesen freitag", "kommenden Freitag",
    ],
)  # fmt: skip
def test_friday_the_27th_in_german(text: str) -> None:
    assert read_date(text, MONDAY) == Exact(day("2026-11-27"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4. dezember", "2026-12-04"),
        ("4. Dez.", "2026-12-04"),
        ("3. März", "2027-03-03"),
        ("3märz", "2027-03-03"),
        ("1. mai", "2027-05-01"),
        ("morgen", "2026-11-24"),
        ("übermorgen", "2026-11-25"),
        ("in einer Woche", "2026-11-30"),
        ("in zwei wochen", "2026-12-07"),
        ("in 3 arbeitstagen", "2026-11-26"),
        ("in 3 working days", "2026-11-26"),
        ("5 business days", "2026-11-30"),
        ("in a working day", "2026-11-24"),
    ],
)
def test_german_dates_and_working_days(text: str, meant: str) -> None:
    assert read_date(text, MONDAY) == Exact(day(meant))


def test_working_days_are_those_of_the_writer() -> None:
    new_york = WorkCalendar("America/New_York", "US")
    assert read_date("in 3 working days", MONDAY, working=new_york.add) == Exact(day("2026-11-27"))
    assert "more than a year" in hint("in 9999 working days")


@pytest.mark.parametrize(
    ("text", "name", "meant"),
    [
        ("fri 27 nov tomasz", "tomasz", "2026-11-27"),
        ("by friday zoe park", "zoe park", "2026-11-27"),
        ("27.11. jan", "jan", "2026-11-27"),
        ("tomasz fri 27 nov", "tomasz", "2026-11-27"),
        ("april 27 nov", "april", "2026-11-27"),
    ],
)
def test_the_date_may_stand_before_the_name(text: str, name: str, meant: str) -> None:
    assert split_date(text.split(), MONDAY) == (name, Exact(day(meant)))


def test_a_date_that_cannot_be_is_refused_before_the_name_as_well() -> None:
    _, reading = split_date(["31", "nov", "tomasz"], MONDAY)
    assert reading == NotUnderstood("31 nov", "There is no 31 November: November has 30 days.")


@given(TODAYS)
def test_next_friday_is_always_asked(today: dt.date) -> None:
    reading = read_date("next friday", today)
    coming = read_date("friday", today)
    assert isinstance(reading, Ambiguous)
    assert isinstance(coming, Exact)
    assert reading.options == (coming.date, coming.date + dt.timedelta(7))


def test_next_friday_is_asked_in_the_words_of_the_screen() -> None:
    reading = read_date("next friday", MONDAY)
    assert reading == Ambiguous(options("2026-11-27", "2026-12-04"), "Fri 27 Nov or Fri 4 Dec?")


def test_this_monday_said_on_a_monday_is_asked() -> None:
    reading = read_date("this monday", MONDAY)
    assert reading == Ambiguous(options("2026-11-23", "2026-11-30"), "Mon 23 Nov or Mon 30 Nov?")


def test_a_weekday_that_contradicts_the_date_is_asked_and_says_so() -> None:
    assert read_date("thu 27 nov", MONDAY) == Ambiguous(
        options("2026-11-26", "2026-11-27"), "27 Nov is a Friday: Thu 26 Nov or Fri 27 Nov?"
    )


def test_the_weekday_near_a_date_is_not_looked_for_in_the_past() -> None:
    reading = read_date("sun 23 nov", MONDAY)
    assert isinstance(reading, Ambiguous)
    assert reading.options == options("2026-11-23", "2026-11-29")


@given(TODAYS, st.integers(0, 300), st.sampled_from(WEEKDAYS))
def test_a_named_weekday_is_never_ignored(today: dt.date, ahead: int, name: str) -> None:
    date = today + dt.timedelta(ahead)
    reading = read_date(f"{name} {date.day} {MONTHS[date.month - 1]} {date.year}", today)
    if WEEKDAYS[date.weekday()] == name:
        assert reading == Exact(date)
    else:
        assert isinstance(reading, Ambiguous)
        assert date in reading.options
        (other,) = set(reading.options) - {date}
        assert WEEKDAYS[other.weekday()] == name
        assert abs((other - date).days) <= 3 or other - dt.timedelta(7) < today
        assert abs((other - date).days) <= 6
        assert other >= today


@given(TODAYS, st.integers(1, 31), st.integers(1, 31), st.sampled_from(["/", "-"]))
def test_asking_offers_just_what_the_two_habits_would_read(
    today: dt.date, first: int, second: int, mark: str
) -> None:
    text = f"{first}{mark}{second}"
    habits = [read_date(text, today, month_first=habit) for habit in (False, True)]
    unknown = read_date(text, today)
    dates = sorted({reading.date for reading in habits if isinstance(reading, Exact)})
    match unknown:
        case Exact(date):
            assert dates == [date]
        case Ambiguous(offered):
            assert list(offered) == dates
            assert len(dates) == 2
        case NotUnderstood():
            assert not dates


# Refused, with a hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("31 nov", "There is no 31 November: November has 30 days."),
        ("nov 31", "There is no 31 November: November has 30 days."),
        ("fri 31 nov", "There is no 31 November: November has 30 days."),
        ("30.2.", "There is no 30 February: February has 28 or 29 days."),
        ("29 feb 2027", "There is no 29 February in 2027."),
        ("2027-02-29", "There is no 29 February in 2027."),
        ("2026-13-01", "There is no month 13."),
        ("13/13", "There is no month 13."),
        ("0.1.", "There is no 0 January: January has 31 days."),
        ("32nd", "No month has a day 32."),
        ("27 nov 3026", "3026 is too far away: I read years from 2016 to 2036."),
        ("0000-01-01", "0 is too far away: I read years from 2016 to 2036."),
        ("fri 20 nov", "Fri 20 Nov is past. If you mean it, write 20 Nov 2026."),
    ],
)
def test_a_date_that_cannot_be_is_refused_and_the_reason_said(text: str, said: str) -> None:
    assert hint(text) == said


def test_too_many_weeks_are_refused() -> None:
    assert hint("in 9999 weeks").startswith("9999 weeks is more than a year away.")


@pytest.mark.parametrize(
    ("typed", "proposed"),
    [
        ("firday", "friday"),
        ("Firday", "friday"),
        ("wendesday", "wednesday"),
        ("thrusday", "thursday"),
        ("tomorow", "tomorrow"),
        ("tmorrow", "tomorrow"),
        ("teu", "tue"),
        ("27 novmber", "27 november"),
        ("27 febuary", "27 february"),
        ("firday 27 nov", "friday 27 nov"),
        ("nxt friday", "next friday"),
        ("this firday", "this friday"),
        ("in two weks", "in two weeks"),
        ("by firday", "friday"),
    ],
)
def test_a_slip_of_the_finger_gets_a_proposal_and_no_guess(typed: str, proposed: str) -> None:
    assert hint(typed) == f"Did you mean {proposed}?"


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "?", "the", "by", "soon", "banana", "27", "nov", "2026", "27 nov nov", "fri sat",
        "1/2/3/4", "1/12.2026", "next", "next 27 nov", "next year", "in days", "in -3 days", "in 3 months",
        "١/١٢", "２７ nov", "²/1",
        "27 nov 20266", "--", "1//2", "1/", "2026-11", "today tomorrow", "x" * 5000,
        "1 " * 3000, "\x00", "<!channel>", "fri\n\nfoo",
    ],
)  # fmt: skip
def test_anything_else_gets_an_example_that_works(text: str) -> None:
    assert hint(text) == "Write a date such as mon 30 nov, 30 Nov 2026 or tomorrow."
    assert {read_date(written, MONDAY) for written in ("mon 30 nov", "30 Nov 2026")} == {
        Exact(day("2026-11-30"))
    }


@given(TODAYS, st.text(max_size=60) | st.text("0123456789./- ", max_size=12))
def test_no_text_makes_reading_fail(today: dt.date, text: str) -> None:
    match read_date(text, today):
        case Ambiguous(found, why):
            assert len(found) >= 2
            assert list(found) == sorted(set(found))
            assert why.endswith("?")
        case NotUnderstood(_, said):
            assert said.endswith((".", "?"))
        case Exact(found_date):
            assert abs(found_date.year - today.year) <= 10


WORDS = st.sampled_from(
    [*MONTHS, *WEEKDAYS, "next", "this", "in", "two", "3", "27", "27th", "31", "days", "weeks", "of", "the",
     "by", "2026", "29", "1/12", "today", "firday", "novmber", "28.11.", "o'hara", "zoe"]
)  # fmt: skip


@given(TODAYS, st.lists(WORDS, min_size=1, max_size=5))
def test_what_is_proposed_can_be_read(today: dt.date, words: list[str]) -> None:
    reading = read_date(" ".join(words), today)
    if isinstance(reading, NotUnderstood) and reading.hint.startswith("Did you mean "):
        proposal = reading.hint.removeprefix("Did you mean ").removesuffix("?")
        assert not isinstance(read_date(proposal, today), NotUnderstood)


# Said


@pytest.mark.parametrize(
    ("date", "today", "said"),
    [
        ("2026-11-27", None, "Fri 27 Nov"),
        ("2027-11-27", None, "Sat 27 Nov"),
        ("2026-11-27", "2026-11-23", "Fri 27 Nov"),
        ("2026-01-05", "2026-11-23", "Mon 5 Jan"),
        ("2027-01-12", "2026-11-23", "Tue 12 Jan"),  # soon
        ("2027-11-12", "2026-11-23", "Fri 12 Nov 2027"),  # not soon
        ("2025-12-31", "2026-01-02", "Wed 31 Dec 2025"),  # past, in another year
    ],
)
def test_a_date_is_said_with_its_weekday_and_with_the_year_when_in_doubt(
    date: str, today: str | None, said: str
) -> None:
    assert say_date(day(date), day(today) if today else None) == said


@given(TODAYS, st.integers(0, 3000))
@example(MONDAY, 0)
def test_what_we_say_of_a_coming_day_we_read_as_that_day(today: dt.date, ahead: int) -> None:
    date = today + dt.timedelta(ahead)
    for month_first in (None, True, False):
        assert read_date(say_date(date, today), today, month_first=month_first) == Exact(date)


@given(TODAYS, st.integers(-3000, 3000))
def test_a_day_written_with_its_year_is_read_as_that_day(today: dt.date, ahead: int) -> None:
    date = today + dt.timedelta(ahead)
    written = [
        date.isoformat(),
        f"{date.day}.{date.month}.{date.year}", f"{date.day} {MONTHS[date.month - 1]} {date.year}",
        f"{MONTHS[date.month - 1]} {date.day}, {date.year}", f"{WEEKDAYS[date.weekday()]} {date.isoformat()}",
    ]  # fmt: skip
    assert {read_date(text, today) for text in written} == {Exact(date)}
    assert read_date(f"{date.month}/{date.day}/{date.year}", today, month_first=True) == Exact(date)
    assert read_date(f"{date.day}/{date.month}/{date.year}", today, month_first=False) == Exact(date)


@given(TODAYS, st.lists(TODAYS, min_size=2, max_size=2, unique=True))
def test_two_days_that_could_be_mixed_up_are_not_said_alike(today: dt.date, pair: list[dt.date]) -> None:
    if all((date - today).days > -180 for date in pair):
        assert say_date(pair[0], today) != say_date(pair[1], today)


# A name before the date


@pytest.mark.parametrize(
    ("text", "name", "meant"),
    [
        ("zoe o'hara fri 27 nov", "zoe o'hara", "2026-11-27"),
        ("Zoë O'Hara by Friday", "Zoë O'Hara", "2026-11-27"),
        ("tomasz to fri 27 nov", "tomasz", "2026-11-27"),
        ("tomasz in two weeks", "tomasz", "2026-12-07"),
        ("tomasz 2026-11-27", "tomasz", "2026-11-27"),
        ("jan fri 27 nov", "jan", "2026-11-27"),  # names that are months and weekdays
        ("jan 27 nov", "jan", "2026-11-27"),
        ("may friday", "may", "2026-11-27"),
        ("april may 27 nov", "april may", "2026-11-27"),
        ("sun li tomorrow", "sun li", "2026-11-24"),
        ("fri 27 nov", "", "2026-11-27"),
        ("maria de la cruz y garcía lópez de mendoza von und zu hohenstein 27 nov",
         "maria de la cruz y garcía lópez de mendoza von und zu hohenstein", "2026-11-27"),
    ],
)  # fmt: skip
def test_the_name_is_what_stands_before_the_longest_date(text: str, name: str, meant: str) -> None:
    assert split_trailing_date(text.split(), MONDAY, None) == (name, Exact(day(meant)))


def test_a_question_about_the_date_leaves_the_name_alone() -> None:
    name, reading = split_trailing_date(["tomasz", "next", "friday"], MONDAY, None)
    assert name == "tomasz"
    assert isinstance(reading, Ambiguous)
    assert split_trailing_date(["tomasz", "1/12"], MONDAY, True) == ("tomasz", Exact(day("2027-01-12")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zoe", "Write a date such as mon 30 nov, 30 Nov 2026 or tomorrow."),
        ("", "Write a date such as mon 30 nov, 30 Nov 2026 or tomorrow."),
        ("zoe firday", "Did you mean friday?"),
        ("zoe 31 nov", "There is no 31 November: November has 30 days."),
        (
            "zoe 31 nov fri",
            "There is no 31 November: November has 30 days.",
        ),  # and not "zoe 31 nov" on Friday
    ],
)
def test_without_a_date_all_the_words_come_back_with_a_hint(text: str, said: str) -> None:
    name, reading = split_trailing_date(text.split(), MONDAY, None)
    assert name == text
    assert isinstance(reading, NotUnderstood)
    assert reading.hint == said


@given(
    TODAYS,
    st.integers(0, 300),
    st.lists(st.sampled_from(["zoe", "o'hara", "Łucja", "d'Arc", "李雷", "x9"]), max_size=4),
)
def test_any_name_before_any_day_we_say_is_split_off(today: dt.date, ahead: int, name: list[str]) -> None:
    date = today + dt.timedelta(ahead)
    assert split_trailing_date([*name, *say_date(date, today).split()], today, None) == (
        " ".join(name),
        Exact(date),
    )
