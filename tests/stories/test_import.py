"""A recruiter brings in what stood in a spreadsheet: once, and every week again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import adapters.playground
from adapters.csv_file import CsvRefused
from adapters.importing import ImportReport, report_lines
from bot import turns
from bot.changes import Change, Entry
from bot.loops import Closed, Standing
from bot.nudges import SurfaceKind
from bot.people import Candidate
from bot.promises import Basis, Promise, PromiseState
from storage import tables
from storage.audit import verify
from tests.databases import MIGRATED, Databases
from tests.stories.import_office import MAYA, NOW, TOM, Office, opened

DEMO = Path(adapters.playground.__file__).with_name("demo.csv")


@pytest.fixture
def office(databases: Databases, tmp_path: Path) -> Iterator[Office]:
    yield from opened(databases.copy(MIGRATED), tmp_path)


# -- the first time -----------------------------------------------------------------------------------------


def test_the_demo_goes_in_and_a_second_time_changes_nothing(office: Office) -> None:
    steps: list[tuple[int, int]] = []
    report = office.imports_file(DEMO, progress=lambda done, size: steps.append((done, size)))
    assert report == ImportReport(added=42)
    assert report_lines(report) == ["42 added."]
    assert steps[-1] == (DEMO.stat().st_size, DEMO.stat().st_size)
    before = office.dump()
    report = office.imports_file(DEMO)
    assert report_lines(report) == ["42 unchanged."]
    assert office.dump() == before


def test_what_a_row_becomes(office: Office) -> None:
    office.imports_file(DEMO, reviewed=True)
    priya = office.loop("Priya Natarajan")
    assert (priya.owner.name, priya.owner.zone, priya.owner.country) == ("Dana Lee", "America/New_York", "US")
    assert priya.recruiter is not None
    assert priya.recruiter.name == "Ravi Menon"
    assert priya.role.channel == "#hiring"
    assert len(priya.role.criteria) == 5
    assert (priya.stage, priya.standing, priya.reviewed_on) == (
        "onsite",
        Standing.AWAITING,
        dt.date(2026, 11, 10),
    )
    assert priya.promise is not None
    assert (priya.promise.date, priya.promise.basis) == (dt.date(2026, 11, 17), Basis.STATED)
    assert [touch.at.day for touch in priya.unanswered] == [18, 19]
    assert priya.other_offer_by == dt.datetime(2026, 11, 24, 17, tzinfo=dt.UTC)
    assert priya.other_offer_heard_at == priya.unanswered[-1].at
    assert priya.look_at is not None
    assert priya.look_at <= office.transactions.clock()
    samuel = office.loop("Samuel Adeyemi")
    assert samuel.promise is not None
    assert (samuel.standing, samuel.promise.basis) == (Standing.NEEDS_DATE, Basis.ASSUMED)
    assert samuel.promise.date == dt.date(2026, 11, 27), "Thanksgiving is no working day"
    reto = office.loop("Reto Bächtold")
    assert reto.owner.email == "katrin.vogel@halden.example", "she held the phone screen"
    assert office.loop("Gregor Nowak").role.confidential


def test_nobody_is_reminded_before_the_recruiter_has_looked(office: Office) -> None:
    office.imports(MAYA, TOM)
    rita = office.member("rita@acme.example")
    assert office.loop("Maya Lindqvist").reviewed_on is None
    assert office.loop("Maya Lindqvist").look_at is None
    assert office.write(lambda store: store.unreviewed_count(rita.id)) == 2
    with office.transactions.database.reading() as conn:
        asked = conn.execute(sa.select(tables.surfaces.c.kind, tables.surfaces.c.member_id)).all()
        assert [tuple(row) for row in asked] == [(SurfaceKind.REVIEW, rita.id)]
        soon = conn.scalar(sa.select(tables.deliveries.c.not_before))
    assert soon is not None
    assert soon <= office.transactions.clock()


def test_nobody_is_asked_about_loops_that_are_known_to_be_real(office: Office) -> None:
    office.imports(MAYA, reviewed=True)
    assert office.count(tables.surfaces) == 0


def test_who_is_new_gets_what_the_file_says_else_the_defaults(office: Office) -> None:
    row = MAYA | {"interviewer_email": "ole.van-dyk+jobs@acme.example", "stage": "Phone screen"}
    office.imports(row, TOM | {"recruiter_name": "Rita Okafor"})
    dana, ole = office.member("dana.lee@acme.example"), office.member("ole.van-dyk+jobs@acme.example")
    assert (dana.name, dana.zone, dana.country, dana.admin) == ("Dana Lee", "America/New_York", "US", False)
    assert (ole.name, ole.zone, ole.country) == ("Ole Van-Dyk", "Europe/Berlin", "DE")
    assert office.loop("Maya Lindqvist").owner == ole
    assert office.loop("Tom Ek").owner == dana
    rita = office.member("rita@acme.example")
    assert (rita.name, rita.admin) == ("Rita Okafor", True), "a later row of the same file knows her name"


def test_a_phone_screen_of_a_confidential_role_is_the_managers(office: Office) -> None:
    office.imports(MAYA | {"confidential": "yes", "stage": "phone", "interviewer_email": "ole@acme.example"})
    assert office.loop("Maya Lindqvist").owner.email == "dana.lee@acme.example"


def test_without_any_date_a_row_says_nothing_but_a_promise_is_enough(office: Office) -> None:
    undated = MAYA | {"interviewed_at": "", "promised_by": ""}
    report = office.imports(undated, TOM | {"interviewed_at": ""})
    assert report_lines(report) == [
        "1 added, 1 refused.",
        "line 2: interviewed_at and promised_by are both empty: fill in at least one of them.",
    ]
    tom = office.loop("Tom Ek")
    assert abs(tom.interviewed_at - NOW) < dt.timedelta(minutes=1)
    assert office.count(tables.candidates) == 1


def test_a_file_without_a_column_of_dates_is_refused_in_one_sentence(office: Office) -> None:
    undated = {name: cell for name, cell in MAYA.items() if name not in ("interviewed_at", "promised_by")}
    report = office.imports(*[undated | {"candidate_email": f"{n}@mail.example"} for n in range(300)])
    assert report_lines(report) == [
        "300 refused.",
        "lines 2 to 301: interviewed_at and promised_by are both empty: fill in at least one of them.",
    ]


# -- rows that are wrong ------------------------------------------------------------------------------------


def test_one_bad_row_among_good_ones(office: Office) -> None:
    bad = TOM | {"promised_by": "2026-02-30", "favourite colour": "blue"}
    report = office.imports(MAYA, bad, TOM)
    assert report_lines(report) == [
        "2 added, 1 refused.",
        "line 3: promised_by names a day 30 of February 2026, which does not exist: that month has 28 days.",
        "Not read, because we know no such column: favourite colour.",
    ]


def test_the_same_candidate_twice_in_a_file(office: Office) -> None:
    report = office.imports(MAYA, MAYA, MAYA | {"stage": "final"})
    assert report_lines(report) == [
        "1 added, 1 unchanged, 1 refused.",
        "line 4: it has the same external_id as line 2 and says something else: leave one out.",
    ]
    plain = MAYA | {"external_id": "", "role": "Analyst"}
    report = office.imports(plain, plain | {"stage": "final", "candidate_email": "MAYA@mail.example"})
    assert report_lines(report)[0] == "1 added, 1 refused."
    assert "the same candidate, role and manager as line 2" in report.refused[0][1]
    assert office.count(tables.loops) == 2
    assert office.count(tables.candidates) == 1


def test_nobody_waits_for_one_role_twice(office: Office) -> None:
    """Maya was entered by hand on Monday; on Tuesday the file has her too."""
    office.imports(TOM)
    role = office.loop("Tom Ek").role
    by_hand = dataclasses.replace(
        office.loop("Tom Ek"),
        id=uuid.uuid4(),
        candidate=Candidate(
            id=uuid.uuid4(), name="Maya Lindqvist", email="maya@mail.example", zone="Europe/Stockholm"
        ),
        promise=None,
    )
    office.write(lambda store: store.add_loop(by_hand))
    report = office.imports(MAYA)
    assert [line for line, _ in report.refused] == [2]
    assert "is waiting for this role already" in report.refused[0][1]
    assert office.loop("Maya Lindqvist").role.id == role.id


def test_nobody_decides_about_themselves(office: Office) -> None:
    report = office.imports(MAYA | {"candidate_email": "Dana.Lee@acme.example"})
    assert report.refused == (
        (2, "candidate_email and manager_email are the same person: mend one of them."),
    )


def test_a_thousand_refusals_are_named_and_the_rest_is_counted(office: Office) -> None:
    report = office.imports(*[MAYA | {"stage": str(n), "candidate_email": "?"} for n in range(1200)])
    assert (len(report.refused), report.refused_more) == (1000, 200)
    lines = report_lines(report)
    assert (lines[0], len(lines)) == ("1200 refused.", 3), "neighbours with the same fault are one line"
    assert lines[1].startswith("lines 2 to 1001: candidate_email ")
    assert lines[-1] == "And 200 more. Mend these first, then import again."


def test_a_file_without_rows_or_without_our_columns(office: Office) -> None:
    assert report_lines(office.imports()) == ["The file holds no rows below its header."]
    with pytest.raises(CsvRefused):
        office.imports({"a": "1", "b": "2"})


# -- the next week ------------------------------------------------------------------------------------------


def test_a_changed_date_acts_and_the_old_one_is_not_counted(office: Office) -> None:
    office.imports(MAYA, TOM, reviewed=True)
    report = office.imports(MAYA | {"promised_by": "2026-11-27"}, TOM)
    assert report_lines(report) == ["1 changed, 1 unchanged."]
    maya = office.loop("Maya Lindqvist")
    assert maya.promise is not None
    assert (maya.promise.date, maya.promise.basis) == (dt.date(2026, 11, 27), Basis.STATED)
    assert office.promises(maya) == [
        (dt.date(2026, 11, 25), Basis.ASSUMED, PromiseState.KEPT),
        (dt.date(2026, 11, 27), Basis.STATED, PromiseState.CURRENT),
    ]
    with office.transactions.database.reading() as conn:
        assert verify(conn, office.workspace, maya.id) == 2
        facts = conn.scalar(sa.select(tables.audit.c.facts).where(tables.audit.c.what == "imported"))
    assert facts == {"columns": "promised_by", "date": "2026-11-27"}
    assert report_lines(office.imports(MAYA | {"promised_by": "2026-11-27"}, TOM)) == ["2 unchanged."]


def test_a_date_that_had_passed_stays_broken(office: Office) -> None:
    office.imports(MAYA | {"promised_by": "2026-11-19"})
    office.imports(MAYA | {"promised_by": "2026-12-01"})
    assert office.promises(office.loop("Maya Lindqvist")) == [
        (dt.date(2026, 11, 19), Basis.STATED, PromiseState.BROKEN),
        (dt.date(2026, 12, 1), Basis.STATED, PromiseState.CURRENT),
    ]


def test_a_date_replaces_an_assumed_one(office: Office) -> None:
    office.imports(MAYA | {"promised_by": ""})
    maya = office.loop("Maya Lindqvist")
    assert maya.promise is not None
    assert (maya.standing, maya.promise.basis) == (Standing.NEEDS_DATE, Basis.ASSUMED)
    office.imports(MAYA | {"promised_by": "", "interviewed_at": "2026-11-19T15:00"})
    maya = office.loop("Maya Lindqvist")
    assert maya.promise is not None
    assert maya.promise.date == dt.date(2026, 11, 27)
    office.imports(MAYA)
    maya = office.loop("Maya Lindqvist")
    assert maya.promise is not None
    assert (maya.standing, maya.promise.basis) == (Standing.AWAITING, Basis.STATED)


def test_a_date_that_a_letter_has_named_is_not_moved(office: Office) -> None:
    office.imports(MAYA)
    maya = office.loop("Maya Lindqvist")
    assert maya.promise is not None
    letters = Promise(
        id=uuid.uuid4(), date=dt.date(2026, 12, 1), zone=maya.candidate.zone, basis=Basis.LETTER, made_at=NOW
    )
    told = Change(
        loop=dataclasses.replace(maya, promise=letters),
        settled=maya.promise.settled(NOW),
        promise=letters,
        entry=Entry(what="letter_sent"),
    )
    office.write(lambda store: store.apply(told))
    report = office.imports(MAYA | {"promised_by": "2026-11-30"})
    assert report_lines(report)[0] == "1 unchanged."
    assert "a date that a letter names is not moved" in report_lines(report)[1]
    assert office.loop("Maya Lindqvist").promise == letters
    office.imports(MAYA | {"promised_by": "2026-11-30", "stage": "final"})
    maya = office.loop("Maya Lindqvist")
    assert (maya.stage, maya.promise) == ("final", letters)


def test_a_closed_loop_stays_closed(office: Office) -> None:
    office.imports(MAYA)
    maya = office.loop("Maya Lindqvist")
    done = turns.close_untold(maya, maya.owner, NOW, Closed.WITHDREW, recruiter=False)
    office.write(lambda store: store.apply(done))
    before = office.loop("Maya Lindqvist")
    report = office.imports(MAYA | {"promised_by": "2026-11-30", "candidate_name": "M. Lindqvist"})
    assert (report.unchanged, report.stood) == (1, 1)
    assert office.loop("Maya Lindqvist") == before


def test_stage_offer_and_what_the_candidate_wrote(office: Office) -> None:
    wrote = MAYA | {"candidate_wrote_at": "2026-11-19", "other_offer_by": "", "criteria": "SQL"}
    office.imports(wrote)
    first = office.loop("Maya Lindqvist").touches
    report = office.imports(
        wrote
        | {
            "stage": "final",
            "candidate_wrote_at": "2026-11-19|2026-11-20T10:00",
            "other_offer_by": "2026-11-26",
            "criteria": "SQL|Clear words",
        }
    )
    assert report.changed == 1
    maya = office.loop("Maya Lindqvist")
    assert maya.stage == "final"
    assert maya.touches[:1] == first
    assert [touch.at.day for touch in maya.touches] == [19, 20]
    assert maya.other_offer_by == dt.datetime(2026, 11, 26, 16, tzinfo=dt.UTC)
    assert maya.other_offer_heard_at == maya.touches[-1].at
    assert maya.role.criteria == ("SQL", "Clear words")


def test_an_offer_whose_time_has_passed_hurries_nobody_and_is_said(office: Office) -> None:
    """A refusal would be wrong: the same export was right yesterday. The loop's other news counts."""
    late = MAYA | {"other_offer_by": "2026-11-20", "candidate_wrote_at": "2026-11-19"}
    first = office.imports(late)
    assert (first.added, first.refused) == (1, ())
    maya = office.loop("Maya Lindqvist")
    assert maya.other_offer_by is None
    assert len(maya.touches) == 1
    [said] = report_lines(first)[1:]
    assert said == (
        "1 row was read as if other_offer_by was empty, because that time has passed (line 2). "
        "Does an offer still stand? Then write until when, and import again."
    )
    assert report_lines(office.imports(late)) == ["1 unchanged."], "said once"

    office.imports(late | {"other_offer_by": "2026-11-27"})
    assert office.loop("Maya Lindqvist").other_offer_by is not None
    back = office.imports(late | {"other_offer_by": "2026-11-21"})
    assert (back.changed, back.passed) == (1, (2,))
    assert office.loop("Maya Lindqvist").other_offer_by is None


def test_a_loop_goes_to_the_manager_the_file_names_now(office: Office) -> None:
    office.imports(MAYA)
    office.imports(MAYA | {"manager_email": "omar@acme.example", "manager_timezone": "Europe/London"})
    maya = office.loop("Maya Lindqvist")
    assert (maya.owner.email, maya.owner.zone) == ("omar@acme.example", "Europe/London")
    assert maya.role.manager == maya.owner
    assert office.member("dana.lee@acme.example").zone == "America/New_York"


def test_a_loop_that_was_handed_over_stays_there(office: Office) -> None:
    office.imports(MAYA)
    maya, rita = office.loop("Maya Lindqvist"), office.member("rita@acme.example")
    office.write(lambda store: store.apply(turns.hand_over(maya, maya.owner, NOW, rita)))
    office.imports(MAYA | {"stage": "final"})
    assert office.loop("Maya Lindqvist").owner.email == "rita@acme.example"


def test_what_members_and_recruiters_have_set_themselves_stands(office: Office) -> None:
    office.imports(MAYA)
    dana = dataclasses.replace(office.member("dana.lee@acme.example"), zone="Asia/Tokyo", country="JP")
    role = office.loop("Maya Lindqvist").role
    office.write(lambda store: store.save_member(dana))
    office.write(lambda store: store.save_role(dataclasses.replace(role, channel="C024BE91L")))
    office.imports(MAYA | {"channel": "", "stage": "final"}, TOM | {"channel": "#hiring"})
    assert office.member("dana.lee@acme.example") == dana
    assert office.loop("Tom Ek").role.channel == "C024BE91L"
    office.imports(MAYA | {"manager_timezone": "Europe/Oslo", "channel": "#data", "stage": "final"})
    assert office.member("dana.lee@acme.example").zone == "Europe/Oslo"
    assert office.loop("Tom Ek").role.channel == "#data"


def test_the_next_interview_is_looked_at_once_it_has_passed(office: Office) -> None:
    office.imports(MAYA)
    maya = office.loop("Maya Lindqvist")
    goes_on = turns.going_on(maya, maya.owner, NOW, dt.date(2026, 12, 1))
    office.write(lambda store: store.apply(goes_on))
    coming = MAYA | {"interviewed_at": "2026-11-30T15:00", "promised_by": "2026-12-04"}
    assert office.imports(coming).unchanged == 1
    assert office.loop("Maya Lindqvist").standing is Standing.GOING_ON
    office.transactions.clock.offset += dt.timedelta(days=8)
    assert office.imports(coming).changed == 1
    maya = office.loop("Maya Lindqvist")
    assert maya.promise is not None
    assert (maya.standing, maya.promise.date) == (Standing.AWAITING, dt.date(2026, 12, 4))
    assert office.imports(coming).unchanged == 1


def test_an_address_that_was_mended(office: Office) -> None:
    office.imports(MAYA)
    assert office.imports(MAYA | {"candidate_email": "maya.l@mail.example"}).changed == 1
    assert office.loop("Maya Lindqvist").candidate.email == "maya.l@mail.example"
    assert office.count(tables.candidates) == 1
