"""What a chat limits for a whole company is kept to, whichever process claims."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from storage.budgets import Budget, _Bucket
from storage.store import SqlStore
from storage.tables import lanes
from tests.contracts.conftest import LATER, NOW, Company

FOR_EVER = 3600.0
"""Seconds between two: no test lasts until the second."""


def members(acme: Company, count: int) -> None:
    """So many members, each known in the chat, each with a list that has come due."""
    for number in range(count):
        one = acme.member(f"Member{number} Ott")
        acme.write(lambda store, one=one: store.link_identity(one.id, "chat", "T1", one.email, {}, NOW))  # type: ignore[misc]
        acme.digest(member=one)


def limit(acme: Company, budget: Budget, at_once: int, gap_s: float = FOR_EVER) -> None:
    acme.write(lambda store: store.deliveries.lane(budget, gap_s, at_once))


def test_no_more_are_posted_at_once_than_the_company_may(acme: Company) -> None:
    members(acme, 5)
    limit(acme, Budget.POST, 3)
    assert len(acme.claim()) == 3
    assert acme.claim() == [], "whatever the clock of the story says"
    assert acme.claim(LATER + dt.timedelta(days=9)) == []


def test_without_a_budget_only_the_lanes_count(acme: Company) -> None:
    members(acme, 5)
    assert len(acme.claim()) == 5


def test_letters_spend_nothing_of_it(acme: Company) -> None:
    members(acme, 1)
    limit(acme, Budget.POST, 1)
    for name in ("Ada", "Bo"):
        acme.send(acme.loop(name))
    assert len(acme.claim()) == 3


def test_an_edit_spends_another_budget_than_a_post(acme: Company) -> None:
    members(acme, 2)
    limit(acme, Budget.POST, 9)
    limit(acme, Budget.EDIT, 1)
    posted = acme.claim()
    assert len(posted) == 2

    def shown(store: SqlStore) -> None:
        for one in posted:
            store.deliveries.finish_surface(one, 9, {"ts": "1"}, "chat")
        store.bump([one.subject_id for one in posted], NOW)

    acme.write(shown)
    acme.sql(sa.update(lanes).values(free_at=None))
    assert len(acme.claim()) == 1


def test_whoever_must_be_looked_up_first_spends_that(acme: Company) -> None:
    limit(acme, Budget.FIND, 1)
    limit(acme, Budget.POST, 1)
    acme.digest(member=acme.rita)
    acme.digest(member=acme.dana)
    members(acme, 1)
    assert len(acme.claim()) == 2, "one look-up, one post"


def test_when_to_look_again_is_known(acme: Company) -> None:
    assert acme.write(lambda store: store.deliveries.free_in(LATER)) is None
    members(acme, 3)
    limit(acme, Budget.POST, 2, gap_s=10)
    assert len(acme.claim()) == 2
    wait = acme.write(lambda store: store.deliveries.free_in(LATER))
    assert wait is not None
    assert 5 < wait <= 10, "the third may be posted when the budget has room for one"


def test_a_click_takes_the_delivery_of_what_it_shows_itself(acme: Company) -> None:
    digest = acme.digest(acme.loop())
    lane = f"chat:{acme.dana.id}"
    mine = acme.write(lambda store: store.deliveries.take(digest.id, lane))
    assert mine is not None
    assert acme.claim() == []
    assert acme.write(lambda store: store.deliveries.take(digest.id, lane)) is None, "one shows it at a time"
    acme.write(lambda store: store.deliveries.finish_surface(mine, 99))
    again = acme.write(lambda store: store.deliveries.take(digest.id, lane))
    assert again is not None, "where none waits one is made: there is something to say about the click"
    acme.write(lambda store: store.deliveries.give_back(again))
    assert [it.subject_id for it in acme.claim()] == [digest.id]


def test_what_is_shown_at_once_heeds_lane_and_budget_and_spends_nothing(acme: Company) -> None:
    acme.write(lambda store: store.link_identity(acme.dana.id, "chat", "T1", "U1", {}, NOW))
    digest = acme.digest(acme.loop())
    lane = f"chat:{acme.dana.id}"

    def free() -> bool:
        return acme.write(lambda store: store.deliveries.lets_out(lane, Budget.POST))

    assert free(), "where nothing is limited"
    limit(acme, Budget.POST, 1)
    assert free()
    assert free(), "nothing was spent"
    assert [it.subject_id for it in acme.claim()] == [digest.id]
    acme.sql(sa.update(lanes).where(lanes.c.name == lane).values(free_at=None))
    assert not free(), "the budget is spent"
    assert acme.write(lambda store: store.deliveries.lets_out(lane, Budget.EDIT)), "another one is not"
    limit(acme, Budget.POST, 2)
    assert free(), "there is a burst"
    acme.write(lambda store: store.deliveries.lane_wait(lane, 60))
    assert not free(), "the lane waits"


@given(
    st.integers(min_value=1, max_value=20),
    st.floats(min_value=0.01, max_value=10),
    st.lists(st.floats(min_value=0, max_value=30), max_size=60),
)
def test_a_budget_never_lets_out_more_than_its_rate_and_burst(
    burst: int, gap_s: float, waits: list[float]
) -> None:
    now, free_at, spent = NOW, None, []
    for wait in waits:
        now += dt.timedelta(seconds=wait)
        bucket = _Bucket(gap_s, burst, now, free_at)
        if bucket.spend():
            spent.append(now)
            free_at = bucket.free_at
    for first in range(len(spent)):
        for last in range(first, len(spent)):
            seconds = (spent[last] - spent[first]).total_seconds()
            assert last - first + 1 <= burst + seconds / gap_s + 1e-3
    assert not waits or spent, "the first is always let out"
