"""The date a letter names: both sides work on it, it is in time, and it is near."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import new_date, turns
from bot.calendar import WorkCalendar, working_days_for_both
from bot.loops import Detail
from bot.promises import Basis, Promise
from tests import examples as ex
from tests.examples import DANA, NOW, POLICY, SAM, at
from tests.places import A_DAY, MOMENTS, PLACES, between

DAY = dt.timedelta(days=1)


def test_the_new_date_is_the_fifth_day_on_which_both_work() -> None:
    """Tuesday, Wednesday, Friday, Monday, Tuesday: Thursday is Thanksgiving where Dana is."""
    assert new_date.default_date(ex.tomasz(), POLICY, NOW) == dt.date(2026, 12, 1)


@A_DAY
@given(PLACES, PLACES, MOMENTS)
def test_a_default_date_is_one_both_sides_work_on_and_can_keep(
    ours: tuple[str, str], theirs: tuple[str, str], now: dt.datetime
) -> None:
    passed = ex.promise(f"{now - 2 * DAY:%Y-%m-%d}", theirs[0])
    loop = dataclasses.replace(between(ours, theirs), promise=passed)
    day = new_date.default_date(loop, POLICY, now)
    here, there = WorkCalendar(*ours), WorkCalendar(*theirs)
    today = max(here.today(now), there.today(now))
    shared = list(itertools.islice(working_days_for_both(here, there, today), 5))
    if day is None:
        assert here.working_days_between(today, shared[0]) > 10
        return
    assert here.is_working(day)
    assert there.is_working(day)
    assert day > here.today(now)
    assert day > there.today(now)
    assert here.working_days_between(today, day) <= 10
    assert day == shared[4] or here.working_days_between(today, shared[shared.index(day) + 1]) > 10
    assert new_date.date_problem(loop, POLICY, now, day) is None


@A_DAY
@given(PLACES, PLACES, MOMENTS, st.integers(1, 400))
def test_no_date_is_offered_after_the_deadline_of_another_offer(
    ours: tuple[str, str], theirs: tuple[str, str], now: dt.datetime, hours: int
) -> None:
    deadline = now + dt.timedelta(hours=hours)
    loop = dataclasses.replace(between(ours, theirs), other_offer_by=deadline, other_offer_heard_at=now)
    for day in (new_date.default_date(loop, POLICY, now), *(now.date() + n * DAY for n in range(-1, 30))):
        if day is not None and new_date.date_problem(loop, POLICY, now, day) is None:
            assert (
                Promise(id=ex.named("p"), date=day, zone=theirs[0], basis=Basis.LETTER, made_at=now).due
                <= deadline
            )


@A_DAY
@given(PLACES, PLACES, MOMENTS, st.integers(-3, 60), st.sampled_from(Detail))
def test_why_a_date_cannot_be_named_is_a_sentence(
    ours: tuple[str, str], theirs: tuple[str, str], now: dt.datetime, ahead: int, detail: Detail
) -> None:
    loop = dataclasses.replace(between(ours, theirs), detail=detail)
    day = now.date() + ahead * DAY
    problem = new_date.date_problem(loop, POLICY, now, day)
    if problem is not None:
        assert problem.endswith(".")
        return
    assert day > WorkCalendar(*theirs).today(now)
    most = 31 if detail is Detail.ON_HOLD else 40
    assert (day - now.date()).days <= most


def test_on_hold_may_promise_contact_up_to_thirty_days_away() -> None:
    held = turns.on_hold(ex.tomasz(), DANA, NOW).loop
    assert new_date.date_problem(held, POLICY, NOW, dt.date(2026, 12, 23)) is None
    assert "30 days" in (new_date.date_problem(held, POLICY, NOW, dt.date(2026, 12, 28)) or "")
    assert "10 working days" in (new_date.date_problem(ex.tomasz(), POLICY, NOW, dt.date(2026, 12, 23)) or "")


def test_the_date_that_was_chosen_is_named_as_long_as_it_can_be_kept() -> None:
    chosen = turns.promise_date(ex.tomasz(), DANA, NOW, dt.date(2026, 11, 30), POLICY).loop
    assert new_date.default_date(chosen, POLICY, NOW) == dt.date(2026, 11, 30)
    assert new_date.default_date(chosen, POLICY, at("2026-11-30 10:00")) == dt.date(2026, 12, 7)


@pytest.mark.parametrize(
    ("promised", "day"),
    [
        ("2026-11-30", "2026-12-01"),  # the fifth working day, as ever
        ("2026-12-01", "2026-12-02"),
        ("2026-12-04", "2026-12-07"),
        ("2026-12-11", None),  # nothing later may be named yet
    ],
)
def test_a_letter_that_nobody_asked_to_be_quicker_names_no_day_before_the_promised_one(
    promised: str, day: str | None
) -> None:
    far = ex.tomasz(promise=ex.promise(promised))
    assert new_date.default_date(far, POLICY, NOW) == (dt.date.fromisoformat(day) if day else None)
    assert new_date.next_step_date(far, POLICY, NOW) == dt.date(2026, 12, 1), "good news may come sooner"
    hurried = dataclasses.replace(far, other_offer_by=at("2026-11-27 18:00"), other_offer_heard_at=NOW)
    assert new_date.default_date(hurried, POLICY, NOW) == dt.date(2026, 11, 27)
    chosen = dataclasses.replace(far, next_date=dt.date(2026, 11, 25))
    assert new_date.default_date(chosen, POLICY, NOW) == dt.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("until", "stands_in", "day"),
    [
        ("2026-11-27", False, "2026-12-01"),  # back by then
        ("2026-12-06", False, "2026-12-07"),
        ("2026-12-06", True, "2026-12-01"),
        ("2026-12-31", False, "2026-12-01"),  # too far for a letter
    ],
)
def test_a_default_date_is_none_on_which_nobody_is_there(until: str, stands_in: bool, day: str) -> None:
    for delegate in (None, SAM) if not stands_in else (SAM,):
        loop = ex.tomasz(owner=ex.away(DANA, until, delegate, accepted=stands_in))
        assert new_date.default_date(loop, POLICY, NOW) == dt.date.fromisoformat(day)


def test_there_is_no_date_where_the_other_offer_must_be_answered_today() -> None:
    loop = dataclasses.replace(ex.tomasz(), other_offer_by=at("2026-11-23 16:00"), other_offer_heard_at=NOW)
    assert new_date.default_date(loop, POLICY, NOW) is None
