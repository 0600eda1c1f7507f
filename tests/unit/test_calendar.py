"""Working days and hours, for places whose clocks, weekends and holidays differ."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import itertools
import zoneinfo

import holidays
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot import calendar
from bot.calendar import NoWorkingDay, WorkCalendar, working_days_for_both

BERLIN = WorkCalendar("Europe/Berlin", "DE")
NEW_YORK = WorkCalendar("America/New_York", "US")
LOS_ANGELES = WorkCalendar("America/Los_Angeles", "US")
TOKYO = WorkCalendar("Asia/Tokyo", "JP")
JERUSALEM = WorkCalendar("Asia/Jerusalem", "IL")
RIYADH = WorkCalendar("Asia/Riyadh", "SA")
TEHRAN = WorkCalendar("Asia/Tehran", "IR")
CAIRO = WorkCalendar("Africa/Cairo", "EG")
DHAKA = WorkCalendar("Asia/Dhaka", "BD")
DUBAI = WorkCalendar("Asia/Dubai", "AE")
APIA = WorkCalendar("Pacific/Apia")
NOWHERE = WorkCalendar("Etc/UTC")

CALENDARS = st.sampled_from([
    BERLIN, NEW_YORK, LOS_ANGELES, TOKYO, JERUSALEM, RIYADH, TEHRAN, CAIRO, DHAKA, DUBAI, APIA, NOWHERE,
    WorkCalendar("Asia/Kolkata", "IN"), WorkCalendar("Asia/Shanghai", "CN"),
    WorkCalendar("America/St_Johns", "CA"),
    WorkCalendar("Australia/Lord_Howe", "AU"), WorkCalendar("Pacific/Kiritimati", "KI"),
    WorkCalendar("America/Nuuk", "GL"), WorkCalendar("Asia/Kathmandu", "NP"),
    WorkCalendar("Africa/Casablanca", "MA"),
])  # fmt: skip
DAYS = st.dates(dt.date(2008, 1, 1), dt.date(2032, 12, 31))
INSTANTS = st.datetimes(dt.datetime(2008, 1, 2), dt.datetime(2032, 12, 30), timezones=st.just(dt.UTC))  # noqa: DTZ001
MORNINGS = st.times(dt.time(6), dt.time(12)).map(lambda at: at.replace(microsecond=0, tzinfo=None))
APIA_AROUND_THE_SKIPPED_DAY = dt.datetime(2011, 12, 30, 6, tzinfo=dt.UTC)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


def wall(calendar: WorkCalendar, instant: dt.datetime) -> dt.datetime:
    """What a clock on the wall shows there, asked of zoneinfo and not of the calendar."""
    return instant.astimezone(zoneinfo.ZoneInfo(calendar.zone)).replace(tzinfo=None)


# Which days are working days


@pytest.mark.parametrize(
    ("place", "free"),
    [
        (BERLIN, "Sat Sun"),
        (NEW_YORK, "Sat Sun"),
        (DUBAI, "Sat Sun"),
        (JERUSALEM, "Fri Sat"),
        (RIYADH, "Fri Sat"),
        (CAIRO, "Fri Sat"),
        (DHAKA, "Fri Sat"),
        (TEHRAN, "Fri"),
        (WorkCalendar("Asia/Brunei", "BN"), "Fri Sun"),
        (WorkCalendar("Asia/Hong_Kong", "HK"), "Sun"),
        (NOWHERE, "Sat Sun"),
        (WorkCalendar("Etc/UTC", "ZZ"), "Sat Sun"),
    ],
)
def test_each_country_has_its_own_weekend(place: WorkCalendar, free: str) -> None:
    # A week of November 2026 without a public holiday in any of these.
    names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    week = [dt.date(2026, 11, 2) + dt.timedelta(n) for n in range(7)]
    assert [name for name, day in zip(names, week, strict=True) if not place.is_working(day)] == free.split()


def test_the_emirates_moved_their_weekend_in_2022() -> None:
    assert not DUBAI.is_working(dt.date(2021, 11, 5))  # a Friday, before
    assert DUBAI.is_working(dt.date(2026, 11, 6))  # a Friday, since
    assert DUBAI.is_working(dt.date(2021, 11, 7))  # a Sunday, before
    assert not DUBAI.is_working(dt.date(2026, 11, 8))  # a Sunday, since


@pytest.mark.parametrize(
    ("place", "day", "name"),
    [
        (NEW_YORK, dt.date(2026, 11, 26), "Thanksgiving"),
        (BERLIN, dt.date(2026, 12, 25), "Christmas Day"),
        (BERLIN, dt.date(2027, 1, 1), "New Year's Day"),
        (TOKYO, dt.date(2026, 11, 23), "Labor Thanksgiving Day"),
        (NEW_YORK, dt.date(2026, 7, 3), "Independence Day"),  # kept on Friday: the 4th is a Saturday
    ],
)
def test_public_holidays_are_free_and_have_an_english_name(
    place: WorkCalendar, day: dt.date, name: str
) -> None:
    assert day.weekday() < 5
    assert not place.is_working(day)
    assert name in place.holiday_name(day)
    assert NOWHERE.is_working(day)
    assert NOWHERE.holiday_name(day) == ""


def test_an_ordinary_sunday_is_free_without_being_a_holiday() -> None:
    assert not BERLIN.is_working(dt.date(2026, 11, 22))
    assert BERLIN.holiday_name(dt.date(2026, 11, 22)) == ""


def test_a_sunday_that_china_works_instead_is_a_working_day() -> None:
    assert WorkCalendar("Asia/Shanghai", "CN").is_working(dt.date(2026, 1, 4))


@given(CALENDARS, DAYS)
def test_a_day_with_a_holiday_name_is_never_a_working_day(place: WorkCalendar, day: dt.date) -> None:
    if place.holiday_name(day):
        assert not place.is_working(day)


def test_calendars_of_the_same_place_are_the_same_value() -> None:
    assert {WorkCalendar("Europe/Berlin", "DE"): 1}[BERLIN] == 1
    assert WorkCalendar("Europe/Berlin", "AT") != BERLIN


# Counting working days


@pytest.mark.parametrize(
    ("place", "day", "n", "expected"),
    [
        (BERLIN, dt.date(2026, 11, 20), 1, dt.date(2026, 11, 23)),  # Fri → Mon
        (BERLIN, dt.date(2026, 11, 21), 1, dt.date(2026, 11, 23)),  # Sat → Mon
        (BERLIN, dt.date(2026, 12, 23), 2, dt.date(2026, 12, 28)),  # over Christmas, Fri 25th and Sat 26th
        (BERLIN, dt.date(2026, 12, 31), 1, dt.date(2027, 1, 4)),  # over the year's end
        (BERLIN, dt.date(2027, 1, 4), -1, dt.date(2026, 12, 31)),
        (NEW_YORK, dt.date(2026, 11, 20), 5, dt.date(2026, 11, 30)),  # Thanksgiving does not count
        (JERUSALEM, dt.date(2026, 11, 5), 1, dt.date(2026, 11, 8)),  # Thu → Sun
        (TEHRAN, dt.date(2026, 11, 5), 1, dt.date(2026, 11, 7)),  # Thu → Sat
        (RIYADH, dt.date(2026, 11, 8), -1, dt.date(2026, 11, 5)),  # Sun → Thu
        (BERLIN, dt.date(2026, 11, 21), 0, dt.date(2026, 11, 21)),  # 0 stays, even on a Saturday
    ],
)
def test_the_nth_working_day(place: WorkCalendar, day: dt.date, n: int, expected: dt.date) -> None:
    assert place.add(day, n) == expected


def test_days_late_are_as_on_the_screen() -> None:
    # "Promised news by Tue 17 Nov: 4 working days late", read on Mon 23 Nov.
    assert BERLIN.working_days_between(dt.date(2026, 11, 17), dt.date(2026, 11, 23)) == 4
    assert BERLIN.working_days_between(dt.date(2026, 11, 20), dt.date(2026, 11, 23)) == 1
    assert BERLIN.working_days_between(dt.date(2026, 11, 20), dt.date(2026, 11, 22)) == 0


def test_a_holiday_makes_nobody_late() -> None:
    over_thanksgiving = dt.date(2026, 11, 25), dt.date(2026, 11, 27)
    assert NEW_YORK.working_days_between(*over_thanksgiving) == 1
    assert BERLIN.working_days_between(*over_thanksgiving) == 2


@given(CALENDARS, DAYS, DAYS)
@example(BERLIN, dt.date(2025, 12, 31), dt.date(2027, 1, 1))
def test_days_late_count_the_working_days_one_by_one(
    place: WorkCalendar, start: dt.date, end: dt.date
) -> None:
    assume(abs((end - start).days) < 1200)
    after = [start + dt.timedelta(n) for n in range(1, (end - start).days + 1)]
    assert place.working_days_between(start, end) == sum(map(place.is_working, after))


@given(CALENDARS, DAYS, st.integers(1, 60))
def test_adding_and_counting_undo_each_other(place: WorkCalendar, day: dt.date, n: int) -> None:
    later = place.add(day, n)
    assert place.is_working(later)
    assert place.working_days_between(day, later) == n
    if place.is_working(day):
        assert place.add(later, -n) == day


@given(CALENDARS, DAYS, DAYS, DAYS)
def test_counts_of_adjoining_spans_add_up(place: WorkCalendar, a: dt.date, b: dt.date, c: dt.date) -> None:
    first, middle, last = sorted((a, b, c))
    halves = place.working_days_between(first, middle) + place.working_days_between(middle, last)
    assert place.working_days_between(first, last) == halves
    assert place.working_days_between(last, first) == 0


@given(CALENDARS, DAYS)
def test_the_next_working_day_has_only_free_days_before_it(place: WorkCalendar, day: dt.date) -> None:
    following = place.next_working(day)
    assert following > day
    assert place.is_working(following)
    assert not any(place.is_working(day + dt.timedelta(n)) for n in range(1, (following - day).days))


class NeverWorking(holidays.HolidayBase):
    """Holiday data gone wrong: seven days of weekend."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()
        self.weekend = set(range(7))


class WorkingOnWeekendsOnly(holidays.HolidayBase):
    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()
        self.weekend = set(range(5))


def test_a_country_without_a_single_working_day_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(holidays, "country_holidays", NeverWorking)
    day = dt.date(2190, 11, 23)  # a year that nothing else asks for, so no other test meets this data
    with pytest.raises(NoWorkingDay, match=r"No working day within 400 days of 2190-11-23 in DE\."):
        BERLIN.next_working(day)
    with pytest.raises(NoWorkingDay):
        BERLIN.add(day, -3)
    with pytest.raises(NoWorkingDay):
        BERLIN.last_slot_before(utc(2190, 11, 23))


# Days that suit both sides


def test_a_date_for_tokyo_and_los_angeles_avoids_the_holidays_of_both() -> None:
    days = list(itertools.islice(working_days_for_both(LOS_ANGELES, TOKYO, dt.date(2026, 11, 20)), 5))
    # Mon 23 Nov is Labour Thanksgiving in Japan, Thu 26 Nov Thanksgiving in the United States.
    assert [day.isoformat() for day in days] == [
        "2026-11-24", "2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01",
    ]  # fmt: skip


def test_berlin_and_riyadh_share_four_days_a_week() -> None:
    days = itertools.islice(working_days_for_both(BERLIN, RIYADH, dt.date(2026, 11, 1)), 8)
    assert [day.weekday() for day in days] == [0, 1, 2, 3, 0, 1, 2, 3]


@given(CALENDARS, CALENDARS, DAYS)
def test_days_for_both_are_all_the_common_days_whichever_side_asks(
    a: WorkCalendar, b: WorkCalendar, after: dt.date
) -> None:
    days = list(itertools.islice(working_days_for_both(a, b, after), 12))
    assert days == list(itertools.islice(working_days_for_both(b, a, after), 12))
    span = [after + dt.timedelta(n) for n in range(1, (days[-1] - after).days + 1)]
    assert days == [day for day in span if a.is_working(day) and b.is_working(day)]


def test_two_places_that_share_no_day_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holidays, "country_holidays", WorkingOnWeekendsOnly)
    with pytest.raises(NoWorkingDay, match="Etc/UTC and FR share no working day"):
        next(working_days_for_both(NOWHERE, WorkCalendar("Europe/Paris", "FR"), dt.date(2180, 11, 20)))


# Wall time and instants


def test_the_date_depends_on_where_one_stands() -> None:
    now = utc(2026, 11, 23, 2)
    assert LOS_ANGELES.today(now) == dt.date(2026, 11, 22)
    assert TOKYO.today(now) == dt.date(2026, 11, 23)
    assert TOKYO.local(now).isoformat() == "2026-11-23T11:00:00+09:00"


@pytest.mark.parametrize(
    ("place", "day", "at", "expected"),
    [
        # New York, 8 March 2026: 02:00 becomes 03:00. 02:30 is read with the offset before the gap.
        (NEW_YORK, dt.date(2026, 3, 8), dt.time(2, 30), utc(2026, 3, 8, 7, 30)),
        # New York, 1 November 2026: 01:30 comes twice, at 05:30 and 06:30 UTC.
        (NEW_YORK, dt.date(2026, 11, 1), dt.time(1, 30), utc(2026, 11, 1, 5, 30)),
        (NEW_YORK, dt.date(2026, 3, 6), dt.time(9, 30), utc(2026, 3, 6, 14, 30)),
        (NEW_YORK, dt.date(2026, 3, 9), dt.time(9, 30), utc(2026, 3, 9, 13, 30)),
        # Lord Howe moves its clocks by half an hour.
        (WorkCalendar("Australia/Lord_Howe"), dt.date(2026, 10, 4), dt.time(2, 15), utc(2026, 10, 3, 15, 45)),
        (WorkCalendar("Pacific/Kiritimati"), dt.date(2026, 1, 1), dt.time(9), utc(2025, 12, 31, 19)),
    ],
)
def test_a_wall_time_is_one_instant_even_where_clocks_change(
    place: WorkCalendar, day: dt.date, at: dt.time, expected: dt.datetime
) -> None:
    assert place.instant(day, at) == expected
    assert place.instant(day, at).tzinfo is dt.UTC
    assert place.instant(day, at.replace(fold=1)) == expected


@given(CALENDARS, DAYS, st.times())
@example(NEW_YORK, dt.date(2026, 3, 8), dt.time(2, 30))
@example(APIA, dt.date(2011, 12, 30), dt.time(9, 30))
def test_an_instant_shows_the_wall_time_asked_for_or_a_later_one(
    place: WorkCalendar, day: dt.date, at: dt.time
) -> None:
    shown, asked = wall(place, place.instant(day, at)), dt.datetime.combine(day, at)
    assert dt.timedelta(0) <= shown - asked <= dt.timedelta(days=1)
    if shown != asked:  # then the clocks never showed it: both readings of PEP 495 disagree with it
        zone = zoneinfo.ZoneInfo(place.zone)
        late = asked.replace(tzinfo=zone, fold=1).astimezone(dt.UTC).astimezone(zone)
        assert late.replace(tzinfo=None, fold=0) != asked


# Hours


@pytest.mark.parametrize(
    ("local", "inside"),
    [
        ("2026-11-23T08:59:59.999999", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T17:29:59.999999", True),
        ("2026-11-23T17:30", False),
        ("2026-11-21T12:00", False),  # Saturday
        ("2026-12-25T12:00", False),  # Christmas, a Friday
    ],
)
def test_quiet_hours_are_half_past_five_to_nine_weekends_and_holidays(local: str, inside: bool) -> None:
    instant = dt.datetime.fromisoformat(local).replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    assert BERLIN.in_hours(instant) is inside


def test_friday_evening_opens_again_on_monday_at_nine() -> None:
    assert BERLIN.next_open(utc(2026, 11, 20, 17)) == utc(2026, 11, 23, 8)


def test_before_dawn_opens_the_same_day() -> None:
    assert BERLIN.next_open(utc(2026, 11, 23, 3)) == utc(2026, 11, 23, 8)


def test_the_weekend_of_a_change_of_clocks_opens_at_nine_of_the_new_time() -> None:
    assert NEW_YORK.next_open(utc(2026, 3, 7, 20)) == utc(2026, 3, 9, 13)
    assert NEW_YORK.next_open(utc(2026, 10, 31, 20)) == utc(2026, 11, 2, 14)


@given(CALENDARS, INSTANTS)
@example(APIA, APIA_AROUND_THE_SKIPPED_DAY)
def test_opening_is_now_exactly_when_in_hours(place: WorkCalendar, instant: dt.datetime) -> None:
    opening = place.next_open(instant)
    assert place.in_hours(opening)
    assert (opening == instant) == place.in_hours(instant)
    if opening != instant:
        assert opening > instant
        assert wall(place, opening).time() == dt.time(9)
        assert opening.tzinfo is dt.UTC
        hours = -((instant - opening) // dt.timedelta(hours=1))
        assert not any(place.in_hours(instant + dt.timedelta(hours=n)) for n in range(hours))


# Digest slots


def test_slots_around_christmas() -> None:
    slots = [
        BERLIN.local(slot).isoformat()
        for slot in itertools.islice(BERLIN.slots_after(utc(2026, 12, 23, 8, 30)), 3)
    ]
    assert slots == ["2026-12-24T09:30:00+01:00", "2026-12-28T09:30:00+01:00", "2026-12-29T09:30:00+01:00"]


def test_a_slot_is_neither_after_nor_before_itself() -> None:
    slot = utc(2026, 11, 24, 8, 30)
    moment = dt.timedelta(microseconds=1)
    assert next(BERLIN.slots_after(slot - moment)) == slot
    assert next(BERLIN.slots_after(slot)) == utc(2026, 11, 25, 8, 30)
    assert BERLIN.last_slot_before(slot + moment) == slot
    assert BERLIN.last_slot_before(slot) == utc(2026, 11, 23, 8, 30)


def test_the_last_slot_before_a_promise_made_in_tokyo_is_the_evening_before_in_los_angeles() -> None:
    due = TOKYO.instant(dt.date(2026, 11, 25), dt.time(17))  # Wed 25 Nov 00:00 in Los Angeles
    assert LOS_ANGELES.local(LOS_ANGELES.last_slot_before(due)).isoformat() == "2026-11-24T09:30:00-08:00"


def test_the_last_slot_before_a_promise_made_in_los_angeles_is_that_day_in_tokyo() -> None:
    due = LOS_ANGELES.instant(dt.date(2026, 11, 24), dt.time(17))  # Wed 25 Nov 10:00 in Tokyo
    assert TOKYO.local(TOKYO.last_slot_before(due)).isoformat() == "2026-11-25T09:30:00+09:00"


def test_a_slot_in_a_gap_comes_when_the_clocks_have_moved() -> None:
    # Cairo moved from 00:00 to 01:00 on Friday 24 April 2026; Friday is free, so ask a place where it is not.
    place = WorkCalendar("Africa/Cairo")
    slot = next(place.slots_after(utc(2026, 4, 23, 12), dt.time(0, 30)))
    assert wall(place, slot) == dt.datetime.fromisoformat("2026-04-24T01:30")


def test_samoa_has_no_slot_on_the_day_it_skipped() -> None:
    # Thu 29 Dec 2011 was followed by Sat 31 Dec; Fri 30 Dec never was.
    slots = itertools.islice(APIA.slots_after(utc(2011, 12, 28, 12)), 3)
    assert [wall(APIA, slot).isoformat() for slot in slots] == [
        "2011-12-28T09:30:00", "2011-12-29T09:30:00", "2012-01-02T09:30:00",
    ]  # fmt: skip
    assert wall(APIA, APIA.last_slot_before(utc(2012, 1, 1))) == dt.datetime.fromisoformat("2011-12-29T09:30")


@given(CALENDARS, INSTANTS, MORNINGS)
@example(APIA, APIA_AROUND_THE_SKIPPED_DAY, dt.time(9, 30))
def test_slots_rise_stand_on_working_days_and_show_their_wall_time(
    place: WorkCalendar, instant: dt.datetime, at: dt.time
) -> None:
    slots = list(itertools.islice(place.slots_after(instant, at), 15))
    for earlier, later in itertools.pairwise([instant, *slots]):
        assert earlier < later
    for slot in slots:
        assert slot.tzinfo is dt.UTC
        assert wall(place, slot).time() == at  # no zone here moves its clocks in the morning
        assert place.is_working(wall(place, slot).date())


@given(CALENDARS, INSTANTS)
@example(APIA, APIA_AROUND_THE_SKIPPED_DAY)
def test_every_working_day_that_was_has_exactly_one_slot(place: WorkCalendar, instant: dt.datetime) -> None:
    slots = list(itertools.islice(place.slots_after(instant), 10))
    hours = int((slots[-1] - instant) / dt.timedelta(hours=1))
    seen = {wall(place, instant + dt.timedelta(hours=n)).date() for n in range(hours + 1)}
    working = sorted(day for day in seen if place.is_working(day))
    assert [wall(place, slot).date() for slot in slots] == working[-10:]


@given(CALENDARS, INSTANTS, MORNINGS)
@example(APIA, APIA_AROUND_THE_SKIPPED_DAY, dt.time(9, 30))
def test_the_last_slot_before_and_the_next_after_are_neighbours(
    place: WorkCalendar, instant: dt.datetime, at: dt.time
) -> None:
    before = place.last_slot_before(instant, at)
    assert before < instant
    following = next(place.slots_after(before, at))
    assert following >= instant
    assert place.last_slot_before(following, at) == before


# When a digest or a letter may go


@pytest.mark.parametrize(
    ("now", "posted"),
    [
        (utc(2026, 11, 23, 8, 29), utc(2026, 11, 23, 8, 30)),  # 09:29 → 09:30
        (utc(2026, 11, 23, 8, 30), utc(2026, 11, 23, 8, 30)),
        (utc(2026, 11, 23, 16, 29), utc(2026, 11, 23, 16, 29)),  # 17:29: late, still in time
        (utc(2026, 11, 23, 16, 30), utc(2026, 11, 24, 8, 30)),  # 17:30 → tomorrow
        (utc(2026, 11, 20, 23), utc(2026, 11, 23, 8, 30)),  # Friday night → Monday
    ],
)
def test_a_digest_is_posted_from_half_past_nine_to_half_past_five(
    now: dt.datetime, posted: dt.datetime
) -> None:
    assert BERLIN.digest_time(now) == posted


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (utc(2026, 11, 23, 7, 29), utc(2026, 11, 23, 7, 30)),  # 08:29 → 08:30
        (utc(2026, 11, 23, 16, 59), utc(2026, 11, 23, 16, 59)),  # 17:59
        (utc(2026, 11, 23, 17), utc(2026, 11, 24, 7, 30)),  # 18:00 → tomorrow
        (utc(2026, 12, 24, 20), utc(2026, 12, 28, 7, 30)),  # nobody hears a no at Christmas
    ],
)
def test_a_letter_that_says_no_leaves_in_the_candidates_day(now: dt.datetime, leaves: dt.datetime) -> None:
    assert BERLIN.letter_time(now) == leaves


@given(CALENDARS, INSTANTS, MORNINGS)
@example(APIA, APIA_AROUND_THE_SKIPPED_DAY, dt.time(9, 30))
def test_waiting_for_the_right_moment_ends_and_never_goes_back(
    place: WorkCalendar, instant: dt.datetime, at: dt.time
) -> None:
    digest, letter = place.digest_time(instant, at), place.letter_time(instant)
    assert digest >= instant
    assert letter >= instant
    assert place.digest_time(digest, at) == digest
    assert place.letter_time(letter) == letter
    assert at <= wall(place, digest).time() < dt.time(17, 30)
    assert dt.time(8, 30) <= wall(place, letter).time() < dt.time(18)
    assert place.is_working(wall(place, digest).date())
    assert place.is_working(wall(place, letter).date())


@given(CALENDARS, INSTANTS, INSTANTS)
def test_who_asks_later_is_never_served_earlier(place: WorkCalendar, a: dt.datetime, b: dt.datetime) -> None:
    earlier, later = sorted((a, b))
    for moment in (place.next_open, place.digest_time, place.letter_time, place.last_slot_before):
        assert moment(earlier) <= moment(later)


# Names of places, and the data


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Tokyo", "Etc/UTC", "Asia/Kathmandu"])
def test_iana_names_are_known(name: str) -> None:
    assert calendar.is_known_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Europe",
        "europe/berlin ",
        "Berlin",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "Factory",
        "+02:00",
    ],
)
def test_what_is_not_a_zone_is_refused_without_an_error(name: str) -> None:
    assert not calendar.is_known_zone(name)


def test_we_know_every_country_that_the_library_has_holidays_for() -> None:
    codes = {code for code in holidays.list_supported_countries() if len(code) == 2}
    assert len(codes) > 200
    assert all(map(calendar.is_known_country, codes))


def test_country_codes_are_two_capitals_that_we_have_holidays_for() -> None:
    assert all(map(calendar.is_known_country, ["DE", "US", "IL", "JP", "GB", "AE"]))
    assert not any(
        map(calendar.is_known_country, ["", "ZZ", "de", "DEU", "Germany", "NYSE", "XNYS", "D", " DE"])
    )


def test_the_version_of_the_data_names_both_sources() -> None:
    assert importlib.metadata.version("holidays") in calendar.data_version()
    assert importlib.metadata.version("tzdata") in calendar.data_version()
    assert calendar.data_version() == calendar.data_version()
