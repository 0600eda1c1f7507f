"""The store's promises about writing one change: all of it or nothing, once, and in few statements."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from bot.changes import Change, Entry, LetterMove, Overtaken
from bot.loops import Hold, Letter, LetterState, Loop, Standing, Touch, TouchKind
from bot.ports import Store
from bot.promises import Basis, PromiseState
from storage import audit, tables
from storage.tables import DeliveryKind
from storage.transaction import AT_ONCE
from tests.contracts.conftest import NOW, Company, minutes, nudge, promise, queued

BUDGET = 10
"""Statements a click may use, all told."""


def move(letter: Letter, to: LetterState, *come_from: LetterState, **given: Any) -> LetterMove:
    return LetterMove(letter=letter.id, come_from=frozenset(come_from), to=to, at=NOW, **given)


def everything(acme: Company) -> Mapping[str, int]:
    return {table.name: acme.count(table) for table in tables.metadata.sorted_tables}


def test_a_change_writes_the_loop_and_all_that_comes_with_it(acme: Company) -> None:
    loop = acme.loop()
    letter = acme.send(loop)
    loop = acme.now(loop)
    assert loop.promise is not None
    kept = loop.promise.settled(NOW)
    named = promise(NOW.date(), basis=Basis.LETTER)
    touch = Touch(id=uuid.uuid4(), kind=TouchKind.LETTER, at=NOW, by=acme.dana.id)
    after = dataclasses.replace(
        loop, promise=named, stage="decided", look_at=NOW + minutes(3), owner=acme.rita
    )
    change = Change(
        loop=after,
        entry=Entry(
            what="letter_sent", by=acme.rita.id, on_behalf_of=acme.dana.id, facts={"letter": str(letter.id)}
        ),
        move=move(letter, LetterState.SENT, LetterState.QUEUED),
        touch=touch,
        settled=kept,
        promise=named,
    )
    acme.write(lambda store: store.apply(change))
    found = acme.now(loop)
    assert (found.promise, found.stage, found.look_at, found.owner) == (
        named,
        "decided",
        after.look_at,
        acme.rita,
    )
    assert found.touches == (touch,)
    assert found.letters[0].state is LetterState.SENT
    assert found.letters[0].settled_at == NOW
    made = acme.read(lambda store: store.promises_made_by(acme.rita.id, 9))
    assert {(it.id, it.state) for it in made} == {
        (kept.id, PromiseState.KEPT),
        (named.id, PromiseState.CURRENT),
    }


def test_a_letter_comes_with_its_delivery_and_surfaces_with_theirs(acme: Company) -> None:
    loop = acme.loop()
    digest = acme.digest(loop)
    letter = acme.send(loop)
    surface = acme.read(lambda store: store.surface(digest.id))
    assert surface is not None
    assert surface.revision == 3, "opened, put on, changed"
    waiting = acme.read(lambda store: store.deliveries.waiting(9))
    assert {(it.kind, it.subject_id) for it in waiting} == {
        (DeliveryKind.LETTER, letter.id), (DeliveryKind.SURFACE, digest.id),
    }  # fmt: skip


def test_a_held_letter_has_no_delivery(acme: Company) -> None:
    acme.send(acme.loop(), state=LetterState.HELD)
    [held] = acme.read(lambda store: store.deliveries.waiting(9))
    assert held.state is None, "the operator sees it, and nothing would hand it over"
    assert not acme.read(lambda store: store.deliveries.due_count(NOW + dt.timedelta(days=9)))


def test_retired_surfaces_are_left_alone(acme: Company) -> None:
    loop = acme.loop()
    yesterday = acme.digest(loop, occasion="2026-03-02")
    today = acme.digest(loop)
    acme.write(lambda store: store.retire(today.kind, acme.dana.id, today.id, NOW))
    before = acme.read(lambda store: store.surface(yesterday.id))
    acme.send(loop)
    assert acme.read(lambda store: store.surface(yesterday.id)) == before


class TestTheBudget:
    def test_a_click_that_sends_a_letter(self, acme: Company, statements: list[str]) -> None:
        loop = acme.loop()
        digest = acme.digest(loop)
        acme.write(lambda store: store.link_identity(acme.dana.id, "slack", "T", "U", {}, NOW))
        letter = acme.letter(loop)

        def click(store: Any) -> None:
            assert store.member_by_identity("slack", "T", "U") == acme.dana
            assert store.policy.company == "Acme"
            _, (found,) = store.loops_on(digest.id)
            store.apply(queued(found, letter))

        statements.clear()
        acme.write(click)
        assert len(statements) <= BUDGET

    def test_a_logged_call(self, acme: Company, statements: list[str]) -> None:
        loop = acme.loop()
        digest = acme.digest(loop)
        touch = Touch(id=uuid.uuid4(), kind=TouchKind.CALL, at=NOW, by=acme.dana.id)

        def click(store: Store) -> None:
            store.member(acme.dana.id)
            _, (found,) = store.loops_on(digest.id)
            closed = dataclasses.replace(found, standing=Standing.CLOSED)
            assert found.promise
            settled = found.promise.settled(NOW)
            store.apply(Change(loop=closed, entry=Entry(what="called"), touch=touch, settled=settled))

        statements.clear()
        acme.write(click)
        assert len(statements) <= BUDGET + 1


class TestOvertaken:
    def test_a_second_open_letter_is_refused_and_nothing_kept(self, acme: Company) -> None:
        loop = acme.loop()
        acme.digest(loop)
        acme.send(loop)
        before = acme.now(loop), everything(acme)
        with pytest.raises(Overtaken):
            acme.send(loop)
        assert (acme.now(loop), everything(acme)) == before

    def test_a_letter_in_another_state_is_not_moved(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop)
        undo = Change(
            loop=acme.now(loop),
            entry=Entry(what="undone"),
            move=move(letter, LetterState.UNDONE, LetterState.QUEUED),
        )
        acme.write(lambda store: store.apply(undo))
        before = acme.now(loop), everything(acme)
        again = dataclasses.replace(undo, loop=before[0])
        with pytest.raises(Overtaken):
            acme.write(lambda store: store.apply(again))
        assert (acme.now(loop), everything(acme)) == before

    def test_who_read_the_loop_before_another_changed_it_is_refused(self, acme: Company) -> None:
        read = acme.loop()
        change = Change(loop=dataclasses.replace(read, stage="A"), entry=Entry(what="stage"))
        acme.write(lambda store: store.apply(change))
        with pytest.raises(Overtaken):
            acme.write(lambda store: store.apply(change))
        assert acme.now(read).stage == "A"

    def test_the_rest_of_the_transaction_goes_on(self, acme: Company) -> None:
        """One of three candidates already has a letter: the other two still get theirs."""
        loops = [acme.loop(name) for name in ("A", "B", "C")]
        acme.send(loops[1])

        def work(store: Store) -> list[str]:
            sent = []
            for loop in loops:
                now = store.loop(loop.id)
                assert now is not None
                try:
                    store.apply(queued(now, acme.letter(now)))
                except Overtaken:
                    continue
                sent.append(now.candidate.name)
            return sent

        assert acme.write(work) == ["A", "C"]
        assert [len(acme.now(it).letters) for it in loops] == [1, 1, 1]

    def test_one_transaction_may_change_a_loop_twice(self, acme: Company) -> None:
        loop = acme.loop()

        def work(store: Store) -> None:
            for stage in ("A", "B"):
                store.apply(Change(loop=dataclasses.replace(loop, stage=stage), entry=Entry(what="stage")))

        acme.write(work)
        assert acme.now(loop).stage == "B"
        with acme.database.reading() as conn:
            assert audit.verify(conn, acme.workspace, loop.id) == 3

    def test_undoing_one_letter_may_queue_the_next(self, acme: Company) -> None:
        loop = acme.loop()
        first = acme.send(loop)
        second = acme.letter(loop)
        change = Change(
            loop=acme.now(loop),
            entry=Entry(what="replaced"),
            move=move(first, LetterState.UNDONE, LetterState.QUEUED),
            letter=second,
        )
        acme.write(lambda store: store.apply(change))
        found = acme.now(loop).letter
        assert found is not None
        assert found.id == second.id

    @pytest.mark.parametrize("attempt", range(3))
    def test_of_two_clicks_at_once_one_sends_the_letter(self, acme: Company, attempt: int) -> None:
        loop = acme.loop(f"Maya {attempt}")
        acme.digest(loop)
        assert race(2, lambda: acme.write(lambda store: store.apply(queued(loop, acme.letter(loop))))) == 1
        assert len(acme.now(loop).letters) == 1
        assert acme.count(tables.letters) == 1

    def test_of_undo_and_dispatch_at_once_one_wins(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop)
        claimed = acme.claim_one()
        now = acme.now(loop)
        undo = Change(
            loop=now, entry=Entry(what="undone"), move=move(letter, LetterState.UNDONE, LetterState.QUEUED)
        )
        begun: list[bool] = []
        turns: Iterator[Callable[[], None]] = iter(
            [
                lambda: acme.write(lambda store: store.apply(undo)),
                lambda: begun.append(acme.write(lambda store: store.begin_letter(letter.id, claimed.token))),
            ]
        )

        def turn() -> None:
            next(turns)()

        undone = race(2, turn) == 2
        (kept,) = acme.now(loop).letters
        if undone:
            assert (kept.state, begun) == (LetterState.UNDONE, [False])
        else:
            assert kept.state is LetterState.SENDING


def race(runners: int, run: Callable[[], object]) -> int:
    """Run at the same time in so many threads; how many were not overtaken."""
    start = threading.Barrier(runners)

    def one() -> bool:
        start.wait()
        try:
            run()
        except Overtaken:
            return False
        return True

    with ThreadPoolExecutor(runners) as pool:
        return sum(it.result() for it in [pool.submit(one) for _ in range(runners)])


def test_a_change_that_fails_halfway_leaves_nothing(acme: Company) -> None:
    loop = acme.loop()
    acme.digest(loop)
    before = acme.now(loop), everything(acme)

    def work(store: Store) -> None:
        store.apply(queued(loop, acme.letter(loop)))
        store.record_nudges([nudge(loop, acme.dana)])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        acme.write(work)
    assert (acme.now(loop), everything(acme)) == before


class TestAudit:
    def changed(self, acme: Company) -> Loop:
        loop = acme.loop()
        for what in ("one", "two", "three"):
            entry = Entry(what=what, by=acme.dana.id, facts={"ü": "ß", "a": "b"})
            change = Change(loop=acme.now(loop), entry=entry)
            acme.write(lambda store, change=change: store.apply(change))  # type: ignore[misc]
        return loop

    def verify(self, acme: Company, loop: Loop) -> int:
        with acme.database.reading() as conn:
            return audit.verify(conn, acme.workspace, loop.id)

    def test_every_change_is_an_entry(self, acme: Company) -> None:
        loop = self.changed(acme)
        assert self.verify(acme, loop) == 4
        with acme.database.reading() as conn:
            entries = conn.execute(sa.select(tables.audit).order_by(tables.audit.c.seq)).all()
        assert [it.what for it in entries] == ["added", "one", "two", "three"]
        assert {it.at for it in entries} == {NOW}

    @pytest.mark.parametrize(
        "column", [{"what": "other"}, {"facts": {}}, {"by_id": None}, {"at": NOW + minutes(1)}, {"hash": "0"}]
    )
    def test_a_changed_entry_shows(self, acme: Company, column: dict[str, Any]) -> None:
        loop = self.changed(acme)
        acme.sql(sa.update(tables.audit).where(tables.audit.c.seq == 2).values(column))
        with pytest.raises(audit.AuditBroken, match="Entry 2"):
            self.verify(acme, loop)

    @pytest.mark.parametrize(("seq", "says"), [(2, "Entry 2"), (4, "does not end")])
    def test_a_missing_entry_shows(self, acme: Company, seq: int, says: str) -> None:
        loop = self.changed(acme)
        acme.sql(sa.delete(tables.audit).where(tables.audit.c.seq == seq))
        with pytest.raises(audit.AuditBroken, match=says):
            self.verify(acme, loop)


class TestTheBrake:
    def test_held_letters_go_back_with_their_own_times(self, acme: Company) -> None:
        first, second = acme.loop("A"), acme.loop("B")
        digest = acme.digest(first)
        letter = acme.send(first)
        acme.send(second, state=LetterState.HELD, hold=Hold.BRAKE, problem="too many")

        assert acme.write(lambda store: store.hold_letters("paused")) == 1
        held = acme.now(first).letter
        assert held is not None
        assert (held.state, held.hold, held.problem) == (LetterState.HELD, Hold.PAUSE, "paused")
        assert held.silences_until == held.not_before + dt.timedelta(days=1)
        assert acme.now(first).look_at == AT_ONCE, "the ladder waits no longer than a day"
        assert [it.subject_id for it in acme.claim()] == [digest.id]

        assert acme.write(lambda store: store.release_letters()) == 1
        assert acme.now(first).letters == (dataclasses.replace(letter, text="", html=""),)
        waiting = acme.read(lambda store: store.deliveries.waiting(9))
        assert [it.not_before for it in waiting if it.subject_id == letter.id] == [letter.not_before]
        assert acme.write(lambda store: store.release_letters()) == 0
        braked = acme.now(second).letter
        assert braked is not None
        assert (braked.state, braked.problem) == (LetterState.HELD, "too many"), "another lifts that"

    def test_undo_wins_from_held_too(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop)
        acme.write(lambda store: store.hold_letters("paused"))
        undo = move(letter, LetterState.UNDONE, LetterState.QUEUED, LetterState.RETRY, LetterState.HELD)
        change = Change(loop=acme.now(loop), entry=Entry(what="undone"), move=undo)
        acme.write(lambda store: store.apply(change))
        assert acme.write(lambda store: store.release_letters()) == 0

    def test_one_letter_is_released_by_a_change(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop, state=LetterState.HELD)
        release = move(letter, LetterState.QUEUED, LetterState.HELD, not_before=NOW + minutes(2))
        change = Change(loop=acme.now(loop), entry=Entry(what="approved"), move=release)
        acme.write(lambda store: store.apply(change))
        (claimed,) = acme.claim()
        assert claimed.subject_id == letter.id
