"""The demo's file: a company one can believe in, and on its first morning the story of the screens."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path

import pytest

import adapters.playground
from adapters.csv_file import CsvRow, open_csv
from bot.calendar import CLOSED_AT, OPEN_AT, WorkCalendar
from bot.imports import ImportRow, PersonCell, read_row
from bot.promises import due_instant

DEMO = Path(adapters.playground.__file__).with_name("demo.csv")
START = dt.datetime(2026, 11, 23, 9, 25, tzinfo=zoneinfo.ZoneInfo("America/New_York"))


def read_demo() -> list[ImportRow]:
    file = open_csv(DEMO)
    assert file.unknown_columns == ()
    read = []
    for row in file:
        assert isinstance(row, CsvRow), row
        read.append(
            read_row(row.cells, default_zone="America/New_York", default_country="US", today=START.date())
        )
    return read


LOOPS = read_demo()
DANA = [loop for loop in LOOPS if loop.manager.name == "Dana Lee"]


def calendar_of(person: PersonCell) -> WorkCalendar:
    return WorkCalendar(person.zone, person.country)


def days_late(loop: ImportRow) -> int:
    assert loop.promised_by
    calendar = calendar_of(loop.manager)
    return calendar.working_days_between(loop.promised_by, calendar.today(START))


def is_late(loop: ImportRow) -> bool:
    return loop.promised_by is not None and due_instant(loop.promised_by, loop.candidate_zone) < START


def test_the_size_of_the_company() -> None:
    managers = {loop.manager for loop in LOOPS}
    recruiters = {loop.recruiter for loop in LOOPS}

    assert 38 <= len(LOOPS) <= 45
    assert len(managers) == len({person.email for person in managers}) == 6
    assert len({person.zone for person in managers}) == 4
    assert len({person.country for person in managers}) == 5
    assert len(recruiters) == 2
    assert None not in recruiters
    assert len({loop.key for loop in LOOPS}) == len(LOOPS)
    assert all(loop.external_id for loop in LOOPS)
    assert {"en", "de-DE", "de-AT", "de-CH"} == {loop.candidate_language for loop in LOOPS}


def test_a_role_is_the_same_in_each_of_its_rows() -> None:
    roles = {
        (loop.role, loop.manager, loop.recruiter, loop.criteria, loop.channel, loop.confidential)
        for loop in LOOPS
    }
    assert len(roles) == len({loop.role for loop in LOOPS})
    assert all(3 <= len(loop.criteria) <= 5 for loop in LOOPS)
    assert {loop.stage for loop in LOOPS} == {"phone", "onsite", "panel", "final"}


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.external_id)
def test_nobody_was_interviewed_on_a_free_day_or_promised_one(loop: ImportRow) -> None:
    calendar = calendar_of(loop.manager)
    assert loop.interviewed_at
    at = calendar.local(loop.interviewed_at)
    assert calendar.is_working(at.date())
    assert OPEN_AT <= at.time() <= CLOSED_AT
    assert loop.interviewed_at < START
    assert all(loop.interviewed_at < wrote_at < START for wrote_at in loop.candidate_wrote_at)
    if loop.promised_by:
        assert WorkCalendar(loop.candidate_zone, loop.candidate_country).is_working(loop.promised_by)
        # In Tokyo nobody works on Labour Thanksgiving; in Dana's team nobody on Thanksgiving.
        assert calendar.is_working(loop.promised_by)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.external_id)
def test_nobody_real_can_get_a_letter(loop: ImportRow) -> None:
    """RFC 2606: these names are nobody's."""
    for address in (loop.candidate_email, loop.manager.email, loop.agency_email):
        assert not address or address.endswith((".example", "@example.com", "@example.org", "@example.net"))


def test_three_candidates_are_waiting_past_danas_date() -> None:
    late = sorted((loop for loop in DANA if is_late(loop)), key=lambda loop: loop.promised_by or dt.date.max)

    assert [(loop.candidate_name, loop.role, loop.stage, days_late(loop)) for loop in late] == [
        ("Priya Natarajan", "Backend Engineer", "onsite", 4),
        ("Tomasz Zieliński", "Backend Engineer", "phone", 1),
        ("Zoë O'Hara", "Welder", "onsite", 1),
    ]
    assert {loop.recruiter.name for loop in DANA if loop.recruiter} == {"Ravi Menon"}


def test_priya_wrote_twice_and_has_another_offer() -> None:
    priya = DANA[0]
    there = zoneinfo.ZoneInfo(priya.candidate_zone)

    assert priya.interviewed_at
    assert priya.interviewed_at.date() == dt.date(2026, 11, 10)
    assert priya.promised_by == dt.date(2026, 11, 17)
    assert [at.astimezone(there).date().day for at in priya.candidate_wrote_at] == [18, 19]
    assert priya.other_offer_by == dt.datetime(2026, 11, 24, 17, tzinfo=there)


def test_what_dana_owes_next() -> None:
    waiting = {loop.candidate_name: loop.promised_by for loop in DANA if not is_late(loop)}

    assert waiting["Mei Lin"] == dt.date(2026, 11, 24)
    assert list(waiting.values()).count(dt.date(2026, 11, 24)) == 1
    assert list(waiting.values()).count(None) == 1
    # No date: five working days after the interview, so not yet due and in no count of late ones.
    undated = next(loop for loop in DANA if not loop.promised_by)
    assert undated.interviewed_at
    here = calendar_of(undated.manager)
    assumed = here.add(here.today(undated.interviewed_at), 5)
    assert assumed == dt.date(2026, 11, 27), "Thanksgiving is no working day"
    assert all(day > dt.date(2026, 11, 24) for name, day in waiting.items() if day and name != "Mei Lin")


def test_tomasz_can_be_offered_the_date_of_the_screens() -> None:
    tomasz = DANA[1]
    both = [
        day
        for day in (dt.date(2026, 11, 23) + dt.timedelta(days=n) for n in range(1, 12))
        if calendar_of(tomasz.manager).is_working(day)
        and WorkCalendar(tomasz.candidate_zone, tomasz.candidate_country).is_working(day)
    ]
    assert both[4] == dt.date(2026, 12, 1)


def test_the_cases_a_newcomer_should_meet() -> None:
    by_person: dict[str, set[str]] = {}
    for loop in LOOPS:
        by_person.setdefault(loop.candidate_email, set()).add(loop.role)
    assert [roles for roles in by_person.values() if len(roles) > 1] == [{"Data Analyst", "Product Manager"}]
    assert {loop.role for loop in LOOPS if loop.confidential} == {"Plant Director"}
    assert not any(loop.confidential or not loop.channel for loop in DANA)
    assert [(x.candidate_name, x.role) for x in LOOPS if x.candidate_name.startswith("Zo")] == [
        ("Zoë O'Hara", "Welder"),
        ("Zoe Park", "Analyst"),
    ]
    assert sum(bool(loop.agency_email) for loop in LOOPS) == 1
    haruka = next(loop for loop in LOOPS if loop.candidate_name == "Haruka Sato")
    assert (haruka.manager.zone, haruka.candidate_zone) == ("America/Los_Angeles", "Asia/Tokyo")


def test_every_other_manager_has_something_late_and_something_to_come() -> None:
    for manager in {loop.manager for loop in LOOPS} - {DANA[0].manager}:
        theirs = [loop for loop in LOOPS if loop.manager == manager]
        late = [days_late(loop) for loop in theirs if is_late(loop)]
        assert 1 <= len(late) <= 3, manager.name
        assert max(late) <= 3
        assert len(theirs) - len(late) >= 3
