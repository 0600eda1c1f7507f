"""The store's promises about surfaces and drafts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import sqlalchemy as sa

from bot.nudges import Surface, SurfaceKind
from storage import tables
from storage.store import SqlStore
from tests.contracts.conftest import LATER, NOW, Company, minutes


def kept(acme: Company, surface: Surface) -> Surface:
    found = acme.read(lambda store: store.surface(surface.id))
    assert found is not None
    return found


def queued(acme: Company) -> set[uuid.UUID]:
    return {it.subject_id for it in acme.read(lambda store: store.deliveries.waiting(99))}


def test_a_surface_is_opened_once_an_occasion(acme: Company) -> None:
    day = "2026-03-03"
    first, made = acme.write(lambda store: store.open_surface(SurfaceKind.DIGEST, acme.dana.id, day, NOW))
    again, remade = acme.write(
        lambda store: store.open_surface(SurfaceKind.DIGEST, acme.dana.id, day, NOW + minutes(1))
    )
    assert (made, remade, first) == (True, False, again)
    assert kept(acme, first) == first
    urgent, made = acme.write(
        lambda store: store.open_surface(SurfaceKind.URGENT, acme.dana.id, day, NOW, acme.rita.id)
    )
    assert made
    assert kept(acme, urgent) == urgent
    assert urgent.about == acme.rita.id
    assert acme.read(lambda store: store.surface(uuid.uuid4())) is None


def test_putting_loops_on_a_surface_queues_one_delivery(acme: Company) -> None:
    loop = acme.loop()
    digest = acme.digest(loop)
    acme.write(lambda store: store.put_on(digest.id, [loop.id], [], NOW))
    assert kept(acme, digest).revision == 3
    assert acme.count(tables.deliveries) == 1
    assert acme.count(tables.surface_loops) == 1


def test_bumping_queues_one_delivery_for_each(acme: Company) -> None:
    surfaces = [acme.digest(occasion=day) for day in ("2026-03-02", "2026-03-03")]
    acme.write(lambda store: store.bump([it.id for it in surfaces], NOW))
    acme.write(lambda store: store.bump([], NOW))
    assert [kept(acme, it).revision for it in surfaces] == [3, 3]
    assert queued(acme) == {it.id for it in surfaces}


def test_what_a_member_was_never_shown_is_queued_again(acme: Company) -> None:
    unread, read, old, ritas = (
        acme.digest(occasion="2026-03-03"),
        acme.digest(occasion="2026-03-02"),
        acme.digest(occasion="2026-03-01"),
        acme.digest(member=acme.rita),
    )
    acme.write(lambda store: store.mark_shown(read.id, 2))
    acme.write(lambda store: store.retire(SurfaceKind.DIGEST, acme.dana.id, unread.id, NOW))
    acme.sql(sa.delete(tables.deliveries))
    acme.write(lambda store: store.bump_unread(acme.dana.id, NOW))
    assert queued(acme) == {unread.id}
    assert [kept(acme, it).retired for it in (read, old, ritas)] == [True, True, False]


def test_a_new_digest_retires_the_older_ones_and_each_is_edited_a_last_time(acme: Company) -> None:
    old, older, new = (acme.digest(occasion=day) for day in ("2026-03-02", "2026-03-01", "2026-03-03"))
    ritas = acme.digest(member=acme.rita)
    while acme.claim():
        acme.sql(tables.deliveries.delete())
    acme.write(lambda store: store.retire(SurfaceKind.DIGEST, acme.dana.id, new.id, NOW))
    assert [kept(acme, it).retired for it in (old, older, new, ritas)] == [True, True, False, False]
    assert queued(acme) == {old.id, older.id}
    revision = kept(acme, old).revision
    acme.write(lambda store: store.retire(SurfaceKind.DIGEST, acme.dana.id, new.id, NOW))
    assert kept(acme, old).revision == revision


def test_a_chat_that_answers_in_place_needs_no_delivery(acme: Company) -> None:
    digest = acme.digest()
    acme.write(lambda store: store.mark_shown(digest.id, 1))
    assert queued(acme) == {digest.id}, "a newer revision still has to go out"
    acme.write(lambda store: store.mark_shown(digest.id, 2))
    assert queued(acme) == set()
    acme.write(lambda store: store.mark_shown(digest.id, 1))
    assert kept(acme, digest).shown == 2


def test_a_surface_has_an_address_once_it_is_posted(acme: Company) -> None:
    digest = acme.digest()
    assert acme.read(lambda store: store.surface_address(digest.id)) is None
    claimed = acme.claim_one()
    acme.write(lambda store: store.deliveries.finish_surface(claimed, 2, {"ts": "1.2"}, "slack"))
    assert acme.read(lambda store: store.surface_address(digest.id)) == ("slack", {"ts": "1.2"})
    assert kept(acme, digest) == dataclasses.replace(digest, revision=2, shown=2)


def test_a_later_draft_takes_the_place_of_the_one_before(acme: Company) -> None:
    loop = acme.loop()
    first = acme.write(lambda store: store.save_draft(loop.id, acme.dana.id, {"strength": "SQL"}))
    second = acme.write(lambda store: store.save_draft(loop.id, acme.dana.id, {"strength": "Ruhe"}))
    ritas = acme.write(lambda store: store.save_draft(loop.id, acme.rita.id, {}))
    assert len({first, second, ritas}) == 3
    assert acme.read(lambda store: store.draft(first)) is None
    draft = acme.read(lambda store: store.draft(second))
    assert draft is not None
    assert (draft.id, draft.loop, draft.member, draft.fields) == (
        second,
        loop.id,
        acme.dana.id,
        {"strength": "Ruhe"},
    )
    acme.write(lambda store: store.drop_draft(second))
    assert acme.read(lambda store: store.draft(second)) is None
    assert acme.read(lambda store: store.draft(ritas)) is not None


def test_the_newest_queue_is_the_live_one(acme: Company) -> None:
    def ask(at: dt.datetime) -> Surface:
        def work(store: SqlStore) -> Surface:
            surface, _ = store.open_surface(SurfaceKind.QUEUE, acme.rita.id, at.isoformat(), at)
            store.retire(SurfaceKind.QUEUE, acme.rita.id, surface.id, at)
            return surface

        return acme.write(work)

    assert acme.read(lambda store: store.queue_surface(acme.rita.id)) is None
    ask(NOW)
    second = ask(LATER)
    found = acme.read(lambda store: store.queue_surface(acme.rita.id))
    assert found is not None
    assert found.id == second.id
    assert acme.read(lambda store: store.queue_surface(acme.dana.id)) is None


def test_what_a_chat_answered_first_stands_where_it_says(acme: Company) -> None:
    digest = acme.digest()
    acme.write(lambda store: store.mark_shown(digest.id, 2, "page", {"message": "7"}))
    assert acme.read(lambda store: store.surface_address(digest.id)) == ("page", {"message": "7"})
    acme.write(lambda store: store.bump([digest.id], NOW))
    acme.write(lambda store: store.mark_shown(digest.id, 3))
    assert acme.read(lambda store: store.surface_address(digest.id)) == ("page", {"message": "7"})
