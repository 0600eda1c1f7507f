"""The store's promises about reading loops."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from bot.changes import Change, Entry
from bot.loops import Closed, Detail, Loop, Standing, Touch, TouchKind
from bot.people import Absence, Member
from bot.promises import Basis, PromiseState
from storage.tables import loops
from tests.contracts.conftest import NOW, Company, candidate, minutes, promise

TODAY = NOW.date()


def names(acme: Company, member: Member) -> list[str]:
    return [it.candidate for it in acme.read(lambda store: store.names(member.id))]


def close(acme: Company, loop: Loop) -> Loop:
    closed = dataclasses.replace(
        acme.now(loop),
        standing=Standing.CLOSED,
        closed_as=Closed.WITHDREW,
        closed_at=NOW,
        promise=None,
        look_at=None,
    )
    acme.write(lambda store: store.apply(Change(loop=closed, entry=Entry(what="closed"))))
    return acme.now(closed)


def test_who_was_closed_lately_is_found_by_those_who_could_see_them(acme: Company) -> None:
    close(acme, acme.loop("Maya"))
    acme.loop("Noor")

    def ended(member: Member, since: dt.datetime) -> list[str]:
        return [it.candidate for it in acme.read(lambda store: store.names(member.id, closed_since=since))]

    assert names(acme, acme.dana) == ["Noor"]
    assert ended(acme.dana, NOW) == ended(acme.rita, NOW) == ["Maya"]
    assert ended(acme.dana, NOW + dt.timedelta(seconds=1)) == []
    assert ended(acme.member("Sam", email="sam@acme.example"), NOW) == []


def test_a_loop_comes_back_as_added(acme: Company) -> None:
    touches = (
        Touch(id=uuid.uuid4(), kind=TouchKind.CALL, at=NOW - dt.timedelta(days=2), by=acme.dana.id),
        Touch(id=uuid.uuid4(), kind=TouchKind.WROTE, at=NOW - dt.timedelta(days=1)),
    )
    loop = Loop(
        id=uuid.uuid4(),
        candidate=candidate("Maya", country="DE", language="de", agency_email="a@agency.example"),
        role=acme.role,
        owner=acme.rita,
        stage="phone",
        interviewed_at=NOW - dt.timedelta(days=3, microseconds=1),
        standing=Standing.AWAITING,
        detail=Detail.WAITING_FOR,
        promise=promise(TODAY),
        waiting_for=acme.dana,
        other_offer_by=NOW + dt.timedelta(days=4),
        other_offer_heard_at=NOW,
        next_date=TODAY + dt.timedelta(days=5),
        decide_by=TODAY + dt.timedelta(days=2),
        snoozed_until=NOW + dt.timedelta(hours=9),
        stuck_since=NOW,
        reviewed_on=TODAY,
        look_at=NOW,
        touches=touches,
    )
    acme.write(lambda store: store.add_loop(loop))
    found = acme.now(loop)
    assert dataclasses.replace(found, audit_head="") == loop
    assert found.audit_head
    assert acme.read(lambda store: store.loops([uuid.uuid4(), loop.id])) == (found,)
    assert acme.read(lambda store: store.loop(uuid.uuid4())) is None
    assert acme.read(lambda store: store.loops([])) == ()


def test_loops_come_in_the_order_asked_for(acme: Company) -> None:
    ids = [acme.loop(name).id for name in ("A", "B", "C")]
    assert [it.id for it in acme.read(lambda store: store.loops(ids[::-1]))] == ids[::-1]


def test_a_second_loop_of_a_person_leaves_the_first_ones_data_alone(acme: Company) -> None:
    first = acme.loop("Maya")
    renamed = dataclasses.replace(first.candidate, name="Somebody else")
    second = acme.loop(candidate=renamed, role=acme.add_role("Designer"), interviewed_at=NOW)
    assert second.candidate == first.candidate
    closed = close(acme, first)
    assert acme.read(lambda store: store.loops_of_candidate(first.candidate.id)) == (closed, second)


def test_letters_come_without_their_bodies_but_for_one(acme: Company) -> None:
    loop = acme.loop()
    letter = acme.send(loop, names_date=TODAY, in_reply_to="<x@y>", before=Standing.NEEDS_DATE)
    (kept,) = acme.now(loop).letters
    assert kept == dataclasses.replace(letter, text="", html="")
    assert acme.read(lambda store: store.letter(letter.id)) == letter
    assert acme.read(lambda store: store.letter(uuid.uuid4())) is None


def test_a_surface_brings_its_loops_closed_ones_too(acme: Company) -> None:
    late = acme.loop("Late", promise=promise(TODAY + dt.timedelta(days=9)))
    soon = close(acme, acme.loop("Soon"))
    digest = acme.digest(late, soon)
    surface, found = acme.read(lambda store: store.loops_on(digest.id))
    assert surface is not None
    assert surface.id == digest.id
    assert set(found) == {late, soon}
    empty = acme.digest(occasion="2026-03-04")
    surface, found = acme.read(lambda store: store.loops_on(empty.id))
    assert (surface is not None, found) == (True, ())
    assert acme.read(lambda store: store.loops_on(uuid.uuid4())) == (None, ())


def test_an_owner_sees_open_loops_that_were_reviewed(acme: Company) -> None:
    open_ = acme.loop("Open")
    close(acme, acme.loop("Closed"))
    unreviewed = acme.loop("Imported", reviewed_on=None)
    acme.loop("Ritas", owner=acme.rita)
    assert acme.read(lambda store: store.loops_owned(acme.dana.id)) == (open_,)
    assert acme.read(lambda store: store.unreviewed(acme.rita.id, 9)) == (unreviewed,)
    assert acme.read(lambda store: store.unreviewed_count(acme.rita.id)) == 1
    assert acme.read(lambda store: store.unreviewed_count(acme.dana.id)) == 0
    found = acme.read(lambda store: store.loops_of_role(acme.role.id))
    assert {it.candidate.name for it in found} == {"Open", "Imported", "Ritas"}


def test_without_a_recruiter_the_owner_reviews_what_was_imported(acme: Company) -> None:
    acme.loop("Ritas to look at", reviewed_on=None)
    own = acme.add_role("Designer", recruiter=None)
    sam = acme.member("Sam Berg")
    sams = acme.loop("Sams", role=own, owner=sam, reviewed_on=None)
    assert acme.read(lambda store: store.unreviewed(sam.id, 9)) == (sams,)
    assert sams.reviewer == sam
    assert acme.read(lambda store: store.unreviewed_count(acme.dana.id)) == 0, "she manages the role"
    seen = acme.loop("Seen", role=own, owner=sam)
    acme.sql(sa.update(loops).values(import_key="key").where(loops.c.id == seen.id))
    assert acme.read(lambda store: store.reviewed_since(sam.id, TODAY)) == ((sam.id, 1),)
    assert acme.read(lambda store: store.reviewed_since(acme.dana.id, TODAY)) == ()


def test_what_a_member_owns_and_nobody_has_looked_at(acme: Company) -> None:
    new = acme.loop("New", reviewed_on=None)
    old = acme.loop("Old", reviewed_on=None, interviewed_at=NOW - dt.timedelta(days=30))
    close(acme, acme.loop("Closed", reviewed_on=None))
    acme.loop("Seen")
    acme.loop("Ritas", owner=acme.rita, reviewed_on=None)
    assert acme.read(lambda store: store.unreviewed_owned(acme.dana.id)) == (old, new)


def test_a_recruiter_sees_the_oldest_promise_first(acme: Company) -> None:
    later = acme.loop("Later", promise=promise(TODAY + dt.timedelta(days=9)))
    undated = acme.loop("Undated", promise=None, standing=Standing.NEEDS_DATE)
    sooner = acme.loop("Sooner")
    acme.loop("Elsewhere", role=acme.add_role("Designer", recruiter=None))
    assert acme.read(lambda store: store.loops_recruited(acme.rita.id, 9)) == (sooner, later, undated)
    assert acme.read(lambda store: store.loops_recruited(acme.rita.id, 1)) == (sooner,)


def test_the_oldest_interview_is_reviewed_first(acme: Company) -> None:
    for name, days in (("New", 1), ("Old", 30), ("Middle", 7)):
        acme.loop(name, reviewed_on=None, interviewed_at=NOW - dt.timedelta(days=days))
    found = acme.read(lambda store: store.unreviewed(acme.rita.id, 2))
    assert [it.candidate.name for it in found] == ["Old", "Middle"]


class TestNames:
    """Whom a member may find."""

    @pytest.fixture
    def cleo(self, acme: Company) -> Member:
        return acme.member("Cleo")

    def test_own_managed_and_recruited_open_loops(self, acme: Company, cleo: Member) -> None:
        acme.loop("Maya")
        close(acme, acme.loop("Closed"))
        acme.loop("Screened", owner=cleo)
        assert names(acme, acme.dana) == ["Maya", "Screened"]
        assert names(acme, acme.rita) == ["Maya", "Screened"]
        assert names(acme, cleo) == ["Screened"]

    def test_co_managed_ones(self, acme: Company, cleo: Member) -> None:
        acme.loop("Maya", role=acme.add_role("Designer", co_managers=(cleo.id,)))
        assert names(acme, cleo) == ["Maya"]

    def test_those_of_a_member_one_stands_in_for(self, acme: Company, cleo: Member) -> None:
        acme.loop("Maya")
        away = Absence(start=TODAY, until=TODAY, delegate=cleo.id)
        acme.write(lambda store: store.save_member(dataclasses.replace(acme.dana, absence=away)))
        assert names(acme, cleo) == [], "not before accepting"
        away = dataclasses.replace(away, accepted=True)
        acme.write(lambda store: store.save_member(dataclasses.replace(acme.dana, absence=away)))
        assert names(acme, cleo) == ["Maya"]

    @pytest.mark.parametrize(("begun", "ended"), [(-9, -2), (2, 9)])
    def test_none_of_whom_one_stood_in_for_before_or_will(
        self, acme: Company, cleo: Member, begun: int, ended: int
    ) -> None:
        acme.loop("Maya")
        days = [TODAY + dt.timedelta(days=count) for count in (begun, ended)]
        away = Absence(start=days[0], until=days[1], delegate=cleo.id, accepted=True)
        dana, rita = (dataclasses.replace(it, absence=away) for it in (acme.dana, acme.rita))
        acme.write(lambda store: store.save_member(dana))
        acme.write(lambda store: store.save_member(rita))
        assert names(acme, cleo) == []

    def test_those_a_recruiter_recruits_for_whom_one_stands_in_for(self, acme: Company, cleo: Member) -> None:
        acme.loop("Maya")
        acme.loop("Secret", role=acme.add_role("Board", confidential=True))
        acme.loop("Elsewhere", role=acme.add_role("Designer", recruiter=None))
        away = Absence(start=TODAY, until=TODAY, delegate=cleo.id, accepted=True)
        acme.write(lambda store: store.save_member(dataclasses.replace(acme.rita, absence=away)))
        assert names(acme, cleo) == ["Maya"]

    def test_confidential_ones_only_for_those_named_on_the_role(self, acme: Company, cleo: Member) -> None:
        away = Absence(start=TODAY, until=TODAY, delegate=cleo.id, accepted=True)
        acme.write(lambda store: store.save_member(dataclasses.replace(acme.dana, absence=away)))
        acme.loop("Maya", role=acme.add_role("Board", confidential=True))
        screener = acme.member("Screener")
        acme.loop("Owned", role=acme.add_role("Board II", confidential=True), owner=screener)
        assert names(acme, cleo) == []
        assert names(acme, screener) == []
        assert names(acme, acme.dana) == ["Maya", "Owned"]

    def test_never_a_role_the_member_applied_for(self, acme: Company) -> None:
        acme.loop("Maya")
        assert names(acme, acme.rita) == ["Maya"]
        acme.loop(candidate=candidate("Rita", email="Rita@acme.example"))
        assert names(acme, acme.rita) == []


def test_promises_over_come_before_running_ones_newest_first(acme: Company) -> None:
    def add(day: int, made: int, **given: object) -> uuid.UUID:
        new = promise(TODAY + dt.timedelta(days=day), made_at=NOW + minutes(made), **given)
        acme.loop(f"Candidate {made}", promise=new)
        return new.id

    running = add(5, 1)
    past = add(-3, 2)
    kept = add(5, 3, state=PromiseState.KEPT, settled_at=NOW)
    running_newer = add(7, 4, basis=Basis.LETTER)
    add(-9, 5, basis=Basis.ASSUMED)
    acme.loop("Ritas", owner=acme.rita)
    found = acme.read(lambda store: store.promises_made_by(acme.dana.id, 9))
    assert [it.id for it in found] == [kept, past, running_newer, running]
    assert len(acme.read(lambda store: store.promises_made_by(acme.dana.id, 2))) == 2


def test_loading_a_hundred_loops_takes_as_many_statements_as_one(
    acme: Company, statements: list[str]
) -> None:
    for number in range(100):
        acme.loop(f"Candidate {number}")
    statements.clear()
    assert len(acme.read(lambda store: store.loops_owned(acme.dana.id))) == 100
    assert len(statements) == 3


def test_of_thousands_of_loops_the_owner_and_the_role_are_made_once(acme: Company) -> None:
    for _ in range(3):
        acme.loop()
    listed = acme.read(lambda store: store.loops_owned(acme.dana.id))
    assert len({id(one.owner) for one in listed}) == 1
    assert len({id(one.role) for one in listed}) == 1
    assert listed[0].owner is listed[0].role.manager


def test_a_namesake_is_somebody_else_who_waits_for_the_same_role_at_the_same_stage(acme: Company) -> None:
    first = acme.loop("Anna Kowalska")
    other_role = acme.add_role("Designer", recruiter=None)
    elsewhere = acme.loop(
        "Anna Kowalska", candidate=candidate("Anna Kowalska", email="a@x.test"), role=other_role
    )
    later = acme.loop("Anna Kowalska", candidate=candidate("Anna Kowalska", email="b@x.test"), stage="final")
    assert not any(acme.now(it).namesake for it in (first, elsewhere, later))
    second = acme.loop("Anna Kowalska", candidate=candidate("Anna Kowalska", email="c@x.test"))
    assert [acme.now(it).namesake for it in (first, second, later)] == [True, True, False]
    close(acme, second)
    assert not acme.now(first).namesake
