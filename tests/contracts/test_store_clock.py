"""The store's promises about what is due: loops, nudges, and the workspace as a whole."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading

from bot.changes import Change, Entry
from bot.loops import Standing
from bot.nudges import Kind
from bot.ports import Store
from storage.transaction import AT_ONCE
from tests.contracts.conftest import LATER, NOW, Company, company, minutes, nudge


def due_at(acme: Company) -> dt.datetime | None:
    """When the workspace must be looked at next."""
    return dict(acme.database.due_at(NOW + dt.timedelta(days=9999))).get(acme.workspace)


def recompute(acme: Company) -> dt.datetime | None:
    at = acme.write(lambda store: store.recompute_due())
    assert due_at(acme) == at
    return at


def test_owners_of_due_loops_come_before_members_with_a_nudge(acme: Company) -> None:
    acme.loop("Due", look_at=NOW)
    acme.loop("Later", owner=acme.member("Later"), look_at=NOW + minutes(1))
    acme.loop("Silent", owner=acme.member("Silent"), look_at=NOW, reviewed_on=None)
    acme.loop("Closed", owner=acme.member("Closed"), look_at=NOW, standing=Standing.CLOSED)
    for member in (acme.rita, acme.dana):
        acme.write(lambda store, member=member: store.set_member_look_at(member.id, NOW))  # type: ignore[misc]
    assert acme.read(lambda store: store.due_members(NOW)) == (acme.dana.id, acme.rita.id)
    assert acme.read(lambda store: store.due_members(NOW - minutes(1))) == ()


def test_an_owners_due_loops(acme: Company) -> None:
    due = acme.loop("Due", look_at=NOW)
    later = acme.loop("Later", look_at=NOW + minutes(1))
    acme.loop("Silent", look_at=NOW, reviewed_on=None)
    acme.loop("Ritas", look_at=NOW, owner=acme.rita)
    assert acme.read(lambda store: store.due_loops(acme.dana.id, NOW)) == (due,)
    acme.write(lambda store: store.set_look_at({due.id: None, later.id: NOW}))
    assert acme.read(lambda store: store.due_loops(acme.dana.id, NOW)) == (
        dataclasses.replace(later, look_at=NOW),
    )
    acme.write(lambda store: store.set_look_at({}))


class TestNudges:
    def test_a_nudge_is_recorded_once(self, acme: Company) -> None:
        loop = acme.loop()
        first = nudge(loop, acme.dana)
        acme.write(lambda store: store.record_nudges([first]))
        acme.write(
            lambda store: store.record_nudges([nudge(loop, acme.dana, not_before=NOW - minutes(9)), first])
        )
        assert acme.read(lambda store: store.waiting_nudges(acme.dana.id, NOW)) == (first,)

    def test_another_occasion_kind_or_recipient_is_another_nudge(self, acme: Company) -> None:
        loop = acme.loop()
        several = [
            nudge(loop, acme.dana),
            nudge(loop, acme.dana, occasion="2026-03-04"),
            nudge(loop, acme.dana, kind=Kind.LATE, urgent=True),
            nudge(loop, acme.rita),
        ]
        acme.write(lambda store: store.record_nudges(several))
        found = acme.read(lambda store: store.nudges_about([loop.id], acme.dana.id))
        assert set(found) == set(several[:3])
        assert acme.read(lambda store: store.nudges_about([], acme.dana.id)) == ()

    def test_a_new_nudge_makes_its_recipient_due_and_an_old_one_does_not(self, acme: Company) -> None:
        loop = acme.loop()
        later, sooner = (
            nudge(loop, acme.dana, occasion=str(at), not_before=NOW + minutes(at)) for at in (9, 3)
        )
        acme.write(lambda store: store.record_nudges([later, sooner]))
        member = acme.read(lambda store: store.member(acme.dana.id))
        assert member == dataclasses.replace(acme.dana, look_at=NOW + minutes(3))
        acme.write(lambda store: store.save_member(acme.dana))
        assert acme.read(lambda store: store.member(acme.dana.id)) == member, "only the clock moves it"
        acme.write(lambda store: store.set_member_look_at(acme.dana.id, None))
        acme.write(lambda store: store.record_nudges([later, sooner]))
        assert acme.read(lambda store: store.member(acme.dana.id)) == acme.dana

    def test_a_nudge_waits_for_its_time_and_until_it_is_shown(self, acme: Company) -> None:
        loop = acme.loop()
        digest = acme.digest(loop)
        now, later = (
            nudge(loop, acme.dana),
            nudge(loop, acme.dana, occasion="later", not_before=NOW + minutes(3)),
        )
        acme.write(lambda store: store.record_nudges([now, later]))
        acme.write(lambda store: store.record_nudges([]))
        assert acme.read(lambda store: store.waiting_nudges(acme.dana.id, NOW)) == (now,)
        assert acme.read(lambda store: store.next_nudge(acme.dana.id, NOW)) == NOW + minutes(3)
        acme.write(lambda store: store.put_on(digest.id, [loop.id], [now, later], NOW))
        assert acme.read(lambda store: store.waiting_nudges(acme.dana.id, NOW + minutes(9))) == ()
        assert acme.read(lambda store: store.next_nudge(acme.dana.id, NOW)) is None
        shown = acme.read(lambda store: store.nudges_about([loop.id], acme.dana.id))
        assert {it.surface for it in shown} == {digest.id}

    def test_a_forgotten_nudge_stays_recorded_and_waits_no_longer(self, acme: Company) -> None:
        loop = acme.loop()
        now, later = nudge(loop, acme.dana), nudge(loop, acme.dana, occasion="later", not_before=LATER)
        acme.write(lambda store: store.record_nudges([now, later]))
        acme.write(lambda store: store.forget_nudges([now, later]))
        acme.write(lambda store: store.forget_nudges([]))
        acme.write(lambda store: store.record_nudges([now]))
        assert acme.read(lambda store: store.waiting_nudges(acme.dana.id, LATER)) == ()
        assert acme.read(lambda store: store.next_nudge(acme.dana.id, NOW)) is None
        assert set(acme.read(lambda store: store.nudges_about([loop.id], acme.dana.id))) == {now, later}


class TestDue:
    def test_nothing_is_due_in_a_new_workspace(self, acme: Company) -> None:
        assert due_at(acme) is None
        assert recompute(acme) is None

    def test_whatever_is_due_makes_the_workspace_due(self, acme: Company) -> None:
        loop = acme.loop(look_at=NOW + minutes(60))
        assert due_at(acme) == NOW + minutes(60)
        acme.write(lambda store: store.record_nudges([nudge(loop, acme.dana, not_before=NOW + minutes(50))]))
        assert due_at(acme) == NOW + minutes(50)
        acme.send(loop, not_before=NOW + minutes(40))
        assert due_at(acme) == NOW + minutes(40)
        acme.write(lambda store: store.set_look_at({loop.id: NOW + minutes(30)}))
        assert due_at(acme) == NOW + minutes(30)
        acme.digest(loop)
        assert due_at(acme) == NOW
        acme.send(acme.loop("Later"), not_before=NOW + minutes(70))
        assert due_at(acme) == NOW, "it is only ever lowered"

    def test_only_workspaces_that_are_due_are_named(self, acme: Company) -> None:
        acme.loop(look_at=NOW)
        other = company(acme.database, "Globex")
        other.loop(look_at=NOW - minutes(1))
        company(acme.database, "Quiet")
        assert acme.database.due_at(NOW) == [(other.workspace, NOW - minutes(1)), (acme.workspace, NOW)]
        assert acme.database.due_at(NOW - minutes(1)) == [(other.workspace, NOW - minutes(1))]

    def test_recomputing_finds_the_earliest_of_all(self, acme: Company) -> None:
        loop = acme.loop(look_at=NOW + minutes(60))
        acme.write(lambda store: store.record_nudges([nudge(loop, acme.dana, not_before=NOW + minutes(50))]))
        acme.send(loop, not_before=NOW + minutes(40))
        assert recompute(acme) == NOW + minutes(40)
        policy = acme.read(lambda store: store.policy)
        letters = dataclasses.replace(policy, letters_paused=True)
        acme.write(lambda store: store.save_policy(letters))
        assert recompute(acme) == NOW + minutes(50)
        acme.write(lambda store: store.save_policy(dataclasses.replace(letters, nudges_paused=True)))
        assert recompute(acme) == NOW + minutes(60)
        acme.write(lambda store: store.save_policy(policy))
        assert due_at(acme) == AT_ONCE, "what was paused may be due"
        assert recompute(acme) == NOW + minutes(40)
        assert acme.read(lambda store: store.next_instant(NOW)) == NOW + minutes(40)
        assert acme.read(lambda store: store.next_instant(NOW + minutes(40))) == NOW + minutes(50)
        assert acme.read(lambda store: store.next_instant(NOW + minutes(60))) is None

    def test_what_is_claimed_is_due_when_its_lease_ends(self, acme: Company) -> None:
        """The process that claimed it may have died."""
        acme.send(acme.loop())
        acme.claim_one()
        at = recompute(acme)
        assert at is not None
        assert at > NOW + minutes(2), "real time, not the story's"

    def test_an_instant_written_while_another_recomputes_is_not_lost(self, acme: Company) -> None:
        """A click has read an early `due`, so it need not lower it; before it commits, `due` is raised."""
        loop = acme.loop(look_at=NOW)
        acme.write(lambda store: store.set_look_at({loop.id: None}))
        clicked, computed = threading.Event(), threading.Event()

        def click(store: Store) -> None:
            store.member(acme.dana.id)
            change = Change(
                loop=dataclasses.replace(loop, look_at=NOW + minutes(5)), entry=Entry(what="clicked")
            )
            store.apply(change)
            clicked.set()
            if not acme.database.takes_turns:
                computed.wait()

        def compute() -> None:
            clicked.wait()
            acme.write(lambda store: store.recompute_due())
            computed.set()

        other = threading.Thread(target=compute)
        other.start()
        acme.write(click)
        other.join()
        assert due_at(acme) == NOW + minutes(5)


def test_all_open_loops_can_be_looked_at_again(acme: Company) -> None:
    loop = acme.loop("Open")
    acme.loop("Silent", reviewed_on=None)
    acme.loop("Closed", standing=Standing.CLOSED)
    assert acme.write(lambda store: store.look_at_all(NOW)) == 1
    assert acme.now(loop).look_at == NOW
    assert due_at(acme) == NOW


def test_what_a_member_recruits_for_can_be_looked_at_again(acme: Company) -> None:
    own = acme.loop("Own")
    elsewhere = acme.loop("Elsewhere", role=acme.add_role("Designer", recruiter=None))
    silent = acme.loop("Silent", reviewed_on=None)
    acme.write(lambda store: store.look_at_recruited(acme.rita.id, NOW))
    assert [acme.now(it).look_at for it in (own, elsewhere, silent)] == [NOW, None, None]
    assert due_at(acme) == NOW
