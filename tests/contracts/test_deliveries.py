"""What deliveries promise: each is one process's at a time, lanes hold, and who lost a claim cannot write."""

from __future__ import annotations

import dataclasses
import datetime as dt
import multiprocessing
import threading
import uuid
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from bot.changes import Change, Entry, LetterMove, Overtaken
from bot.loops import Letter, LetterState, Loop
from bot.nudges import Surface
from bot.policy import Policy
from storage.claiming import Claimed
from storage.columns import database_now
from storage.database import Database
from storage.store import SqlStore
from storage.tables import DeliveryKind, DeliveryState, deliveries, lanes
from tests.contracts.conftest import LATER, NOW, Company, minutes


def states(acme: Company) -> dict[uuid.UUID, DeliveryState | None]:
    return {it.subject_id: it.state for it in acme.read(lambda store: store.deliveries.waiting(99))}


def end_leases(acme: Company) -> None:
    """As if the processes that hold claims had died two minutes ago."""
    ended = sa.update(deliveries).where(deliveries.c.state == DeliveryState.CLAIMED)
    acme.sql(ended.values(lease_until=database_now(-1)))


def free_lanes(acme: Company) -> None:
    """As if the gaps of all lanes had passed."""
    acme.sql(sa.update(lanes).values(free_at=database_now(-1)))


def settle(acme: Company, loop: Loop, letter: Letter, to: LetterState) -> Change:
    move = LetterMove(letter=letter.id, come_from=frozenset({LetterState.SENDING}), to=to, at=LATER)
    return Change(loop=acme.now(loop), entry=Entry(what=f"letter_{to}"), move=move)


class TestClaiming:
    def test_only_what_may_go_out_now(self, acme: Company) -> None:
        letter = acme.send(acme.loop())
        assert acme.claim(NOW) == [], "the undo window"
        (claimed,) = acme.claim(letter.not_before)
        assert (claimed.kind, claimed.subject_id, claimed.lane) == (DeliveryKind.LETTER, letter.id, "mail")
        assert (claimed.attempts, claimed.letter) == (0, LetterState.QUEUED)
        assert acme.claim() == [], "it is ours"

    def test_a_lane_takes_no_more_at_a_time_than_it_may(self, acme: Company) -> None:
        acme.write(lambda store: store.deliveries.lane("mail", 0, 2))
        for number in range(5):
            acme.send(acme.loop(f"C{number}"), not_before=NOW + minutes(number / 10))
        first = acme.claim()
        assert len(first) == 2
        assert acme.claim() == []
        acme.write(lambda store: store.deliveries.finish_letter(first[0]))
        assert len(acme.claim()) == 1

    def test_in_order_of_time(self, acme: Company) -> None:
        letters = [acme.send(acme.loop(f"C{at}"), not_before=NOW + minutes(at)) for at in (3, 1, 2)]
        assert [it.subject_id for it in acme.claim()] == [letters[1].id, letters[2].id, letters[0].id]

    def test_a_long_lane_starves_no_other(self, acme: Company) -> None:
        for number in range(9):
            acme.send(acme.loop(f"C{number}"))
        digest = acme.digest(member=acme.rita)
        claimed = acme.claim(limit=2)
        assert len(claimed) == 2
        assert digest.id in {it.subject_id for it in claimed}

    def test_a_gap_is_kept_on_the_databases_clock(self, acme: Company) -> None:
        surfaces = [acme.digest(occasion=day) for day in ("2026-03-02", "2026-03-03")]
        first = acme.claim_one()
        acme.write(lambda store: store.deliveries.drop(first))
        assert acme.claim(LATER + dt.timedelta(days=9)) == [], "whatever the clock of the story says"
        free_lanes(acme)
        assert {first.subject_id, acme.claim_one().subject_id} == {it.id for it in surfaces}

    def test_a_lane_told_to_wait_keeps_its_deliveries_own_times(self, acme: Company) -> None:
        digest = acme.digest()
        ritas = acme.digest(member=acme.rita)
        lane = f"chat:{acme.dana.id}"
        before = acme.read(lambda store: store.deliveries.waiting(9))
        acme.write(lambda store: store.deliveries.lane_wait(lane, 60))
        acme.write(lambda store: store.deliveries.lane_wait(lane, 1))
        assert acme.read(lambda store: store.deliveries.waiting(9)) == before
        assert [it.subject_id for it in acme.claim()] == [ritas.id]
        free_lanes(acme)
        assert acme.claim_one().subject_id == digest.id

    def test_a_lane_that_a_clock_set_back_has_shut_is_opened(self, acme: Company) -> None:
        digest = acme.digest()
        acme.digest(member=acme.rita)
        acme.write(lambda store: store.deliveries.lane_wait(f"chat:{acme.rita.id}", 86_400))
        acme.sql(
            sa.update(lanes).where(lanes.c.name == f"chat:{acme.dana.id}").values(free_at=database_now(3600))
        )
        assert acme.claim() == []
        acme.write(lambda store: store.recompute_due())
        assert not acme.database.due_at(LATER)
        acme.write(lambda store: store.deliveries.open_lanes())
        assert [it.subject_id for it in acme.claim()] == [digest.id], "what a chat asked for holds"
        assert acme.database.due_at(LATER), "whoever looks for what is due comes here at once"

    def test_paused_letters_stay_and_surfaces_go(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop)
        digest = acme.digest(loop)
        policy = acme.read(lambda store: store.policy)
        acme.write(lambda store: store.save_policy(dataclasses.replace(policy, letters_paused=True)))
        assert [it.subject_id for it in acme.claim()] == [digest.id]
        acme.write(lambda store: store.save_policy(policy))
        assert [it.subject_id for it in acme.claim()] == [letter.id]

    def test_a_letter_whose_process_died_is_seen_as_such_even_while_paused(self, acme: Company) -> None:
        letter = acme.send(acme.loop())
        dead = acme.claim_one()
        assert acme.write(lambda store: store.begin_letter(letter.id, dead.token))
        policy = acme.read(lambda store: store.policy)
        acme.write(lambda store: store.save_policy(dataclasses.replace(policy, letters_paused=True)))
        end_leases(acme)
        assert acme.claim_one().letter is LetterState.SENDING

    def test_two_processes_never_claim_the_same(self, acme: Company) -> None:
        acme.write(lambda store: store.deliveries.lane("mail", 0, 1000))
        letters = {acme.send(acme.loop(f"C{number}")).id for number in range(60)}
        url = acme.database.engine.url.set(drivername=acme.database.engine.url.get_backend_name())
        args = (url.render_as_string(hide_password=False), acme.workspace)
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            claims = [it.result() for it in [pool.submit(claim_all, *args) for _ in range(2)]]
        assert sorted(claims[0] + claims[1]) == sorted(letters)


def claim_all(url: str, workspace: uuid.UUID) -> list[uuid.UUID]:
    """Claim by threes until nothing is left; what was claimed."""
    database = Database(url, Policy())
    mine: list[uuid.UUID] = []
    misses = 0
    while misses < 3:
        claimed = database.write(workspace, lambda store: store.deliveries.claim(LATER, 3))
        mine += [it.subject_id for it in claimed]
        misses = 0 if claimed else misses + 1
    database.close()
    return mine


class TestLeases:
    def test_what_a_dead_process_held_is_claimed_again(self, acme: Company) -> None:
        acme.send(acme.loop())
        first = acme.claim_one()
        end_leases(acme)
        second = acme.claim_one()
        assert second.id == first.id
        assert second.token != first.token

    def test_a_renewed_lease_holds(self, acme: Company) -> None:
        acme.send(acme.loop())
        claimed = acme.claim_one()
        end_leases(acme)
        assert acme.write(lambda store: store.deliveries.renew(claimed))
        assert acme.claim() == []

    @pytest.mark.parametrize("outcome", ["renew", "drop", "finish_letter", "give_back"])
    def test_who_lost_it_writes_nothing(self, acme: Company, outcome: str) -> None:
        acme.send(acme.loop())
        lost = acme.claim_one()
        end_leases(acme)
        ours = acme.claim_one()
        before = acme.read(lambda store: store.deliveries.waiting(9))
        assert acme.write(lambda store: getattr(store.deliveries, outcome)(lost)) is False
        assert acme.write(lambda store: store.deliveries.later(lost, NOW, "late")) is False
        assert acme.read(lambda store: store.deliveries.waiting(9)) == before
        assert acme.write(lambda store: getattr(store.deliveries, outcome)(ours)) is True

    def test_who_lost_it_can_neither_begin_nor_settle_a_letter(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop)
        lost = acme.claim_one()
        end_leases(acme)
        ours = acme.claim_one()
        assert acme.write(lambda store: store.begin_letter(letter.id, lost.token)) is False
        assert acme.write(lambda store: store.begin_letter(letter.id, ours.token))
        change = settle(acme, loop, letter, LetterState.SENT)
        before = acme.now(loop)
        with pytest.raises(Overtaken):
            acme.write(lambda store: store.apply(change, token=lost.token))
        assert acme.now(loop) == before
        acme.write(lambda store: store.apply(change, token=ours.token))
        assert acme.now(loop).letters[0].state is LetterState.SENT


class TestALetter:
    def test_begins_and_is_settled_with_its_delivery_in_one_transaction(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop)
        claimed = acme.claim_one()
        assert acme.write(lambda store: store.begin_letter(letter.id, claimed.token))
        begun = acme.read(lambda store: store.letter(letter.id))
        assert begun == dataclasses.replace(letter, state=LetterState.SENDING, attempts=1)
        assert not acme.write(lambda store: store.begin_letter(letter.id, claimed.token)), "once"
        change = settle(acme, loop, letter, LetterState.SENT)

        def done(store: SqlStore) -> None:
            store.apply(change, token=claimed.token)
            assert store.deliveries.finish_letter(claimed)

        acme.write(done)
        assert states(acme) == {}
        assert acme.now(loop).letter is None

    def test_two_to_one_person_do_not_begin_at_one_moment(self, acme: Company) -> None:
        """Both processes ask before either has committed; on SQLite the second waits with its question."""
        address = "maya@mail.example"
        letters = [acme.send(acme.loop(name), to=address) for name in ("Maya Lindqvist", "M. Lindqvist")]
        tokens = {it.subject_id: it.token for it in acme.claim()}
        answered = threading.Event()

        def begin(store: SqlStore, letter: Letter) -> bool:
            return store.may_write_to(address) and store.begin_letter(letter.id, tokens[letter.id])

        def second() -> bool:
            def ask(store: SqlStore) -> bool:
                begun = begin(store, letters[1])
                answered.set()
                return begun

            return acme.write(ask)

        with ThreadPoolExecutor(1) as other:

            def first(store: SqlStore) -> tuple[bool, Future[bool]]:
                begun = begin(store, letters[0]), other.submit(second)
                # Long enough to be answered out of turn; who waits in turn is answered after this commits.
                answered.wait(0.5)
                return begun

            begun, later = acme.write(first)
            assert (begun, later.result()) == (True, False)

    def test_that_was_undone_is_not_begun(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop)
        claimed = acme.claim_one()
        undo = LetterMove(
            letter=letter.id, come_from=frozenset({LetterState.QUEUED}), to=LetterState.UNDONE, at=NOW
        )
        change = Change(loop=acme.now(loop), entry=Entry(what="undone"), move=undo)
        acme.write(lambda store: store.apply(change))
        assert acme.write(lambda store: store.begin_letter(letter.id, claimed.token)) is False

    def test_that_failed_for_now_is_tried_later(self, acme: Company) -> None:
        loop = acme.loop()
        letter = acme.send(loop)
        claimed = acme.claim_one()
        acme.write(lambda store: store.begin_letter(letter.id, claimed.token))
        change = settle(acme, loop, letter, LetterState.RETRY)

        def retry(store: SqlStore) -> None:
            store.apply(change, token=claimed.token)
            store.deliveries.later(claimed, LATER + minutes(1), "451 greylisted")

        acme.write(retry)
        assert acme.claim(LATER) == []
        again = acme.claim_one(LATER + minutes(1))
        assert (again.attempts, again.letter) == (1, LetterState.RETRY)
        assert acme.write(lambda store: store.begin_letter(letter.id, again.token))
        begun = acme.read(lambda store: store.letter(letter.id))
        assert begun is not None
        assert begun.attempts == 2

    def test_given_back_is_as_it_was(self, acme: Company) -> None:
        acme.send(acme.loop())
        claimed = acme.claim_one()
        acme.write(lambda store: store.deliveries.give_back(claimed))
        assert acme.claim_one().attempts == 0


class TestASurface:
    @pytest.fixture
    def digest(self, acme: Company) -> Surface:
        return acme.digest(acme.loop())

    @pytest.fixture
    def claimed(self, acme: Company, digest: Surface) -> Claimed:
        return acme.claim_one()

    def finish(self, acme: Company, claimed: Claimed, revision: int) -> bool:
        return acme.write(
            lambda store: store.deliveries.finish_surface(claimed, revision, {"ts": str(revision)}, "slack")
        )

    def test_shown_is_done(self, acme: Company, digest: Surface, claimed: Claimed) -> None:
        assert self.finish(acme, claimed, 2)
        assert states(acme) == {}

    def test_that_moved_meanwhile_is_queued_at_once(
        self, acme: Company, digest: Surface, claimed: Claimed
    ) -> None:
        acme.write(lambda store: store.bump([digest.id], NOW))
        assert states(acme) == {digest.id: DeliveryState.CLAIMED}, "still ours, and one delivery"
        assert self.finish(acme, claimed, 2)
        assert states(acme) == {digest.id: DeliveryState.READY}
        surface = acme.read(lambda store: store.surface(digest.id))
        assert surface is not None
        assert (surface.shown, surface.revision) == (2, 3)
        free_lanes(acme)
        assert self.finish(acme, acme.claim_one(), 3)
        assert states(acme) == {}

    def test_whose_claim_was_lost_keeps_the_newer_address(
        self, acme: Company, digest: Surface, claimed: Claimed
    ) -> None:
        end_leases(acme)
        free_lanes(acme)
        ours = acme.claim_one()
        assert self.finish(acme, claimed, 1) is False
        assert acme.read(lambda store: store.surface_address(digest.id)) is None
        assert self.finish(acme, ours, 2)
        assert acme.read(lambda store: store.surface_address(digest.id)) == ("slack", {"ts": "2"})

    def test_a_change_brings_a_delayed_delivery_forward(
        self, acme: Company, digest: Surface, claimed: Claimed
    ) -> None:
        acme.write(lambda store: store.deliveries.later(claimed, NOW + minutes(60), "503"))
        free_lanes(acme)
        assert acme.claim(LATER) == []
        acme.write(lambda store: store.bump([digest.id], NOW))
        (again,) = acme.claim(LATER)
        assert again.attempts == 1


def test_an_operator_sees_what_has_not_gone_out(acme: Company) -> None:
    digest = acme.digest()
    acme.send(acme.loop())
    claimed = next(it for it in acme.claim() if it.subject_id == digest.id)
    acme.write(lambda store: store.deliveries.later(claimed, LATER, "503"))
    first, second = acme.read(lambda store: store.deliveries.waiting(9))
    assert (first.subject_id, first.attempts, first.problem, first.state) == (
        digest.id,
        1,
        "503",
        DeliveryState.READY,
    )
    assert second.kind is DeliveryKind.LETTER
    assert len(acme.read(lambda store: store.deliveries.waiting(1))) == 1


def test_one_delivery_a_subject(acme: Company) -> None:
    digest = acme.digest()
    row: dict[str, Any] = {
        "workspace_id": acme.workspace, "id": uuid.uuid4(), "kind": DeliveryKind.SURFACE,
        "subject_id": digest.id, "lane": "mail", "state": DeliveryState.READY, "not_before": NOW,
        "attempts": 0, "problem": "", "created_at": NOW,
    }  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError):
        acme.sql(sa.insert(deliveries).values(row))


def test_what_could_go_out_by_now_is_counted_claimed_or_not(acme: Company) -> None:
    acme.send(acme.loop("Maya"))
    acme.send(acme.loop("Otto"), not_before=LATER + minutes(1))
    acme.digest()
    assert acme.read(lambda store: store.deliveries.due_count(LATER)) == 2
    acme.claim()
    assert acme.read(lambda store: store.deliveries.due_count(LATER)) == 2
    policy = acme.read(lambda store: store.policy)
    acme.write(lambda store: store.save_policy(dataclasses.replace(policy, letters_paused=True)))
    assert acme.read(lambda store: store.deliveries.due_count(LATER)) == 1
