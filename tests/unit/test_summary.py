"""What a weekly summary counts, when it is due, and that nobody can be singled out by it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendar import WorkCalendar
from bot.summary import (
    AT,
    LEAST,
    WEEKDAY,
    Bunch,
    Channel,
    Dated,
    Figures,
    Moved,
    News,
    Promised,
    Week,
    enough,
    figures,
    last_week,
    shares,
    speaks_of_few,
)
from bot.views.elements import Chart, Message
from bot.views.summary import summary_view
from bot.weeks import WEEK
from tests import examples as ex
from tests.examples import at, named
from tests.plain_text import plain

UNTIL = at("2026-11-27 15:00")
SINCE = UNTIL - WEEK
BERLIN = WorkCalendar("Europe/Berlin", "DE")
DAY = dt.date(2026, 11, 24)
PEOPLE = [named(name) for name in ("dana", "sam", "claire", "katrin", "lukas")]


def bunches(*counts: int) -> list[Bunch]:
    """So many of the first manager's, so many of the second's …, each the owner too."""
    return [Bunch(who, who, count) for who, count in zip(PEOPLE, counts, strict=False) if count]


def promised(*shares: tuple[int, int]) -> list[Promised]:
    """Of each manager: so many kept, so many not, all of one day."""
    dated = Dated(date=DAY, zone="Europe/Berlin")
    return [
        Promised(dated=dated, bunch=Bunch(who, who, count), kept=kept)
        for who, pair in zip(PEOPLE, shares, strict=False)
        for kept, count in zip((True, False), pair, strict=True)
        if count
    ]


def news(*days: int) -> list[News]:
    """Each manager tells somebody, so many working days after an interview."""
    told = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
    return [
        News(
            bunch=Bunch(who, who),
            calendar=BERLIN,
            interviewed_at=dt.datetime.combine(BERLIN.add(told.date(), -count), told.timetz()),
            told_at=told,
        )
        for who, count in zip(PEOPLE, days, strict=False)
    ]


def week(waiting: Sequence[Bunch], **given: object) -> Week:
    values: dict[str, object] = {
        "since": SINCE, "until": UNTIL, "current": (), "promised": (), "moved": (), "news": (), "heard": 0,
        "closed": 0, "here": frozenset(PEOPLE),
    }  # fmt: skip
    return Week(waiting=waiting, **(values | given))  # type: ignore[arg-type]


# -- what is counted --------------------------------------------------------------------------------------


def test_what_fell_due_in_the_week_counts_to_the_hour() -> None:
    """Due 17:00 where the candidate is: on Friday that has passed in Berlin, but not in New York."""
    friday = [
        Dated(date=UNTIL.date(), zone="Europe/Berlin", count=4),
        Dated(date=UNTIL.date(), zone="America/New_York", count=7),
        Dated(date=SINCE.date(), zone="Europe/Berlin", count=7),
        Dated(date=SINCE.date(), zone="America/New_York", count=2),
    ]
    told = figures(
        week(
            bunches(2, 2, 2),
            current=friday,
            promised=[
                Promised(dated=it, bunch=Bunch(who, who, it.count), kept=it.count > 2)
                for it in friday
                for who in PEOPLE[:3]
            ],
            moved=[
                Moved(loop=uuid.uuid4(), dated=friday[0]),
                Moved(loop=named("one"), dated=friday[3]),
                Moved(loop=named("one"), dated=friday[3]),
                Moved(loop=uuid.uuid4(), dated=friday[1]),
            ],
            heard=3,
            closed=1,
        )
    )
    assert told is not None
    assert told == Figures(waiting=6, past=13, heard=3, closed=1, share=12 / 18, moved=2, days=None)


def test_the_days_to_news_are_working_days_and_the_one_in_the_middle() -> None:
    told = figures(week(bunches(1, 1, 1), news=news(9, 2, 4)))
    assert told is not None
    assert told.days == 4


# -- the floors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "told"), [((1, 1, 1), True), ((9, 9), False), ((2,), False), ((9, 9, 0), False), ((), False)]
)
def test_fewer_than_three_managers_are_left_out(counts: tuple[int, ...], told: bool) -> None:
    assert (figures(week(bunches(*counts))) is not None) is told


def test_who_has_left_is_no_person_to_hide_among() -> None:
    """One manager of three leaves: the two that stay would each read the other's figures."""
    assert figures(week(bunches(4, 4, 4), here=frozenset(PEOPLE[:2]))) is None


def test_three_roles_that_one_person_answers_for_are_one_person() -> None:
    recruiter = named("ravi")
    everything = [Bunch(manager, recruiter, 5) for manager in PEOPLE[:4]]
    assert figures(week(everything, here=frozenset({*PEOPLE, recruiter}))) is None


@pytest.mark.parametrize("due", [promised((1, 0)), promised((3, 2), (1, 1)), promised((5, 0))])
def test_a_share_that_one_or_two_people_made_is_not_told(due: list[Promised]) -> None:
    told = figures(week(bunches(4, 4, 4), promised=due, moved=[Moved(loop=named("x"), dated=due[0].dated)]))
    assert told is not None
    assert (told.share, told.moved) == (None, None)


@pytest.mark.parametrize("heard", [news(4), news(4, 5)])
def test_the_middle_of_one_or_two_is_not_told(heard: list[News]) -> None:
    told = figures(week(bunches(4, 4, 4), news=heard))
    assert told is not None
    assert told.days is None


a_few = st.integers(0, 4)


@given(
    waiting=st.lists(a_few, max_size=5),
    due=st.lists(st.tuples(a_few, a_few), max_size=5),
    days=st.lists(st.integers(0, 20), max_size=5),
    here=st.sets(st.sampled_from(PEOPLE)),
)
def test_no_figure_is_told_of_fewer_than_three(
    waiting: list[int], due: list[tuple[int, int]], days: list[int], here: set[uuid.UUID]
) -> None:
    some = week(bunches(*waiting), promised=promised(*due), news=news(*days), here=here)
    told = figures(some)

    def people(behind: Sequence[Bunch]) -> int:
        return len({bunch.owner for bunch in behind} & here)

    if people(some.waiting) < LEAST or sum(waiting) < LEAST:
        assert told is None
    else:
        assert told is not None
        made, knew = people([it.bunch for it in some.promised]), people([it.bunch for it in some.news])
        assert (told.share is not None) == (made >= LEAST)
        assert (told.days is not None) == (knew >= LEAST)


@given(st.lists(st.tuples(st.sampled_from(PEOPLE[:2]), st.sampled_from(PEOPLE), a_few), max_size=40))
def test_however_much_two_managers_have_to_do_they_are_no_group(
    some: list[tuple[uuid.UUID, uuid.UUID, int]],
) -> None:
    assert not enough([Bunch(*one) for one in some], set(PEOPLE))
    assert not enough([Bunch(owner, manager, count) for manager, owner, count in some], set(PEOPLE))


# -- two summaries side by side ---------------------------------------------------------------------------

ROLES = [uuid.uuid4() for _ in range(8)]


def test_one_who_joins_or_leaves_would_be_read_from_the_difference() -> None:
    managers = dict(zip(ROLES, [*PEOPLE, *PEOPLE], strict=False))
    before = set(ROLES[:4])
    assert speaks_of_few(before - {ROLES[3]}, before, managers)
    assert speaks_of_few(before | {ROLES[4]}, before, managers)
    assert speaks_of_few(before ^ {ROLES[0], ROLES[4]}, before, managers)
    assert not speaks_of_few(before, before, managers)
    assert not speaks_of_few(before ^ {ROLES[0], ROLES[1], ROLES[4]}, before, managers)


def test_three_roles_of_one_manager_are_one_person() -> None:
    managers = dict.fromkeys(ROLES[:3], PEOPLE[0]) | dict(zip(ROLES[3:], PEOPLE, strict=False))
    assert speaks_of_few(set(ROLES[3:]), set(ROLES), managers)


def test_a_role_in_which_nobody_waited_makes_no_difference() -> None:
    before = set(ROLES[:4])
    managers = dict(zip(ROLES[:4], PEOPLE, strict=False))
    assert not speaks_of_few(before | {ROLES[4]}, before, managers)


@given(st.sets(st.sampled_from(ROLES)), st.sets(st.sampled_from(ROLES)), st.lists(st.sampled_from(PEOPLE)))
def test_whoever_is_told_apart_is_one_of_three(
    one: set[uuid.UUID], other: set[uuid.UUID], whose: list[uuid.UUID]
) -> None:
    managers = dict(zip(ROLES, whose, strict=False))
    differ = {managers[role] for role in one ^ other if role in managers}
    assert speaks_of_few(one, other, managers) == speaks_of_few(other, one, managers)
    if one & other and not speaks_of_few(one, other, managers):
        assert len(differ) in (0, *range(LEAST, 99))


def test_last_week_is_what_was_told_last_week() -> None:
    this, before = ex.summary(ex.THIS_WEEK), ex.summaries()
    assert last_week(this, before) == before[0].figures
    assert last_week(this, before[1:]) is None, "two weeks ago is not last week"
    left_out = dataclasses.replace(before[0], figures=None)
    assert last_week(this, (left_out, *before[1:])) is None


def test_twelve_weeks_are_shown_as_they_were_told_with_gaps() -> None:
    told = shares(ex.summary(ex.THIS_WEEK), ex.summaries())
    assert [share for _, share in told] == [*ex.KEPT, ex.THIS_WEEK.share]
    assert [share for _, share in shares(ex.summary(None), ())] == [None] * 12
    new_year = dataclasses.replace(ex.summary(ex.THIS_WEEK), week="2027-W01")
    kept = dataclasses.replace(new_year, week="2026-W53")
    assert [share for _, share in shares(new_year, (kept,))][-2:] == [ex.THIS_WEEK.share] * 2


def test_the_words_beside_a_picture_say_what_it_shows() -> None:
    view = summary_view(ex.CHANNEL, ex.summary(ex.THIS_WEEK), ex.summaries())
    [chart] = [element for element in view.elements if isinstance(element, Chart)]
    assert len(chart.points) == 12
    for point in chart.points:
        said = f"{round(point.value * 100)} % to {point.label}" if point.value is not None else ""
        assert said in chart.alt
    assert "1 week has no figure." in chart.alt


numbers = st.integers(0, 99)
maybe_share = st.none() | st.floats(0, 1)


@given(
    st.builds(
        Figures,
        waiting=numbers, past=numbers, heard=numbers, closed=numbers, share=maybe_share,
        moved=st.none() | numbers, days=st.none() | numbers,
    )
)  # fmt: skip
def test_every_week_can_be_said(told: Figures) -> None:
    view = summary_view(ex.CHANNEL, ex.summary(told), ex.summaries())
    assert isinstance(view, Message)
    assert view.surface is None
    assert not view.private
    assert "None" not in plain(view)


# -- when -------------------------------------------------------------------------------------------------

zones = st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Pacific/Apia", "Asia/Kathmandu"])
instants = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
)


@given(zones, st.integers(0, 6), st.times(), instants)
def test_the_last_instant_is_found_whenever_one_looks(
    zone: str, weekday: int, at: dt.time, now: dt.datetime
) -> None:
    channel = dataclasses.replace(ex.CHANNEL, zone=zone, weekday=weekday, at=at.replace(microsecond=0))
    last, following = channel.due_by(now), channel.due_after(now)
    assert last <= now < following
    assert channel.due_after(last) == following
    assert channel.due_by(following) == following
    assert channel.week_of(last) != channel.week_of(following)
    for due in (last, following):
        assert channel.calendar.local(due).weekday() == weekday


def test_friday_at_three_is_the_channels_own() -> None:
    channel = Channel(id=named("c"), name="slack:T:C", zone="America/New_York", asked_by=ex.RAVI.id)
    assert (channel.weekday, channel.at) == (WEEKDAY, AT)
    assert channel.due_after(at("2026-11-27 14:59")) == UNTIL
    assert channel.due_after(UNTIL) == at("2026-12-04 15:00")
    assert channel.due_by(at("2026-12-02 08:00")) == UNTIL
    assert channel.week_of(UNTIL) == "2026-W48"
