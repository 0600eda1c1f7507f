"""A promise is a date in the candidate's zone, due at 17:00 there."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
import zoneinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.calendar import is_known_zone
from bot.promises import Basis, Promise, PromiseState, due_instant

ZONES = st.sampled_from([
    "Asia/Tokyo", "America/Los_Angeles", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "Africa/Casablanca", "Asia/Tehran",
    "Africa/Cairo", "Pacific/Apia", "Etc/UTC",
])  # fmt: skip
DAYS = st.dates(dt.date(2008, 1, 1), dt.date(2035, 12, 31))
THE_DAY_SAMOA_SKIPPED = dt.date(2011, 12, 30)


def promise(day: str, zone: str, basis: Basis = Basis.STATED) -> Promise:
    return Promise(
        id=uuid.UUID(int=1),
        date=dt.date.fromisoformat(day),
        zone=zone,
        basis=basis,
        made_at=dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC),
    )


@pytest.mark.parametrize(
    ("day", "zone", "due"),
    [
        ("2026-11-24", "Asia/Tokyo", "2026-11-24T08:00Z"),
        ("2026-11-24", "America/Los_Angeles", "2026-11-25T01:00Z"),  # the next day already, in UTC
        ("2026-11-24", "Pacific/Kiritimati", "2026-11-24T03:00Z"),
        ("2026-12-31", "Pacific/Pago_Pago", "2027-01-01T04:00Z"),  # the next year already
        ("2026-03-28", "Europe/London", "2026-03-28T17:00Z"),  # the day before clocks go forward
        ("2026-03-29", "Europe/London", "2026-03-29T16:00Z"),
        ("2026-10-24", "Europe/London", "2026-10-24T16:00Z"),
        ("2026-10-25", "Europe/London", "2026-10-25T17:00Z"),
        ("2026-11-24", "Asia/Kathmandu", "2026-11-24T11:15Z"),
        ("2026-02-28", "Asia/Tokyo", "2026-02-28T08:00Z"),
        ("2028-02-29", "Asia/Tokyo", "2028-02-29T08:00Z"),
    ],
)
def test_a_promise_is_due_at_five_where_the_candidate_is(day: str, zone: str, due: str) -> None:
    assert promise(day, zone).due == dt.datetime.fromisoformat(due)
    assert promise(day, zone).due.tzinfo is dt.UTC


def test_a_manager_in_los_angeles_has_less_of_the_day_than_a_candidate_in_tokyo_thinks() -> None:
    due = promise("2026-11-24", "Asia/Tokyo").due
    assert due.astimezone(zoneinfo.ZoneInfo("America/Los_Angeles")).isoformat() == "2026-11-24T00:00:00-08:00"


def test_a_date_promised_before_a_change_of_clocks_keeps_its_wall_time_after_it() -> None:
    london = zoneinfo.ZoneInfo("Europe/London")
    days = [dt.date(2026, 10, 20) + dt.timedelta(n) for n in range(10)]
    shown = {due_instant(day, "Europe/London").astimezone(london).time() for day in days}
    assert shown == {dt.time(17)}
    lengths = {b - a for a, b in itertools.pairwise(due_instant(day, "Europe/London") for day in days)}
    assert lengths == {dt.timedelta(hours=24), dt.timedelta(hours=25)}


@given(DAYS, ZONES)
def test_the_clock_on_the_candidates_wall_shows_five_on_that_day(day: dt.date, zone: str) -> None:
    shown = due_instant(day, zone).astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    if (zone, day) != ("Pacific/Apia", THE_DAY_SAMOA_SKIPPED):
        assert shown == dt.datetime.combine(day, dt.time(17))


@given(DAYS, st.integers(1, 400), ZONES)
@example(dt.date(2026, 3, 7), 1, "America/Los_Angeles")
@example(dt.date(2026, 10, 31), 1, "America/Los_Angeles")
def test_a_later_date_is_due_later(day: dt.date, days: int, zone: str) -> None:
    later = day + dt.timedelta(days)
    gap = due_instant(later, zone) - due_instant(day, zone)
    skipped = zone == "Pacific/Apia" and THE_DAY_SAMOA_SKIPPED in (day, later)
    assert gap >= dt.timedelta(0) if skipped else gap > dt.timedelta(0)
    assert abs(gap - dt.timedelta(days)) <= dt.timedelta(days=1, hours=1)


def test_a_date_that_samoa_skipped_falls_due_on_the_day_that_came_instead() -> None:
    assert due_instant(THE_DAY_SAMOA_SKIPPED, "Pacific/Apia") == dt.datetime(2011, 12, 31, 3, tzinfo=dt.UTC)
    assert due_instant(dt.date(2011, 12, 31), "Pacific/Apia") == dt.datetime(2011, 12, 31, 3, tzinfo=dt.UTC)
    assert due_instant(dt.date(2011, 12, 29), "Pacific/Apia") == dt.datetime(2011, 12, 30, 3, tzinfo=dt.UTC)


@given(DAYS)
def test_the_same_date_is_due_first_where_the_sun_rises_first(day: dt.date) -> None:
    east_to_west = [
        "Pacific/Kiritimati", "Asia/Tokyo", "Asia/Kathmandu", "Europe/London", "America/Los_Angeles",
        "Pacific/Pago_Pago",
    ]  # fmt: skip
    dues = [due_instant(day, zone) for zone in east_to_west]
    assert dues == sorted(dues)
    assert dues[-1] - dues[0] == dt.timedelta(hours=25)


@pytest.mark.parametrize(
    ("late_by", "state"),
    [
        (dt.timedelta(days=-3), PromiseState.KEPT),
        (dt.timedelta(0), PromiseState.KEPT),
        (dt.timedelta(microseconds=1), PromiseState.BROKEN),
        (dt.timedelta(days=4), PromiseState.BROKEN),
    ],
)
def test_a_promise_is_kept_when_the_candidate_was_told_by_the_due_instant(
    late_by: dt.timedelta, state: PromiseState
) -> None:
    given_word = promise("2026-11-24", "America/Los_Angeles")
    told = (given_word.due + late_by).astimezone(zoneinfo.ZoneInfo("Asia/Tokyo"))
    settled = given_word.settled(told)
    assert settled.state is state
    assert settled.settled_at == told
    assert given_word.state is PromiseState.CURRENT
    assert given_word.settled_at is None
    assert (settled.id, settled.date, settled.due) == (given_word.id, given_word.date, given_word.due)


def test_telling_at_noon_in_new_york_is_too_late_for_a_promise_in_berlin() -> None:
    told = dt.datetime(2026, 11, 24, 12, 0, tzinfo=zoneinfo.ZoneInfo("America/New_York"))
    assert promise("2026-11-24", "Europe/Berlin").settled(told).state is PromiseState.BROKEN
    assert promise("2026-11-24", "America/New_York").settled(told).state is PromiseState.KEPT


def test_only_a_date_that_somebody_gave_may_be_quoted() -> None:
    quotable = {basis for basis in Basis if promise("2026-11-24", "Asia/Tokyo", basis).quotable}
    assert quotable == {Basis.STATED, Basis.LETTER}


def test_a_promise_in_no_zone_is_an_error_and_not_a_promise_in_utc() -> None:
    assert not is_known_zone("Mars/Olympus")
    with pytest.raises(zoneinfo.ZoneInfoNotFoundError):
        _ = promise("2026-11-24", "Mars/Olympus").due
