"""The hourly brake: whatever is clicked, in whatever order and at once, it counts right."""

from __future__ import annotations

import dataclasses
import datetime as dt
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import telling
from bot.changes import Overtaken
from bot.letters.draft import Draft
from bot.loops import Decision, Hold, LetterState, Loop
from bot.ports import Store
from bot.uses.desk import write
from storage.database import Database
from tests.contracts.conftest import NOW, Company, company, minutes

UPDATE = Draft(decision=Decision.NO_DECISION, next_date=NOW.date() + dt.timedelta(days=3))
HOUR = dt.timedelta(hours=1)


def send(acme: Company, loop: Loop, now: dt.datetime = NOW) -> LetterState:
    """Dana presses "Send update"; what becomes of the letter."""

    def work(store: Store) -> LetterState:
        found = store.loop(loop.id)
        dana = store.member(acme.dana.id)
        assert found is not None
        assert dana is not None
        change = telling.queue_courtesy(found, dana, store.policy, now, UPDATE)
        after = write(store, now, change)
        assert after.letter is not None
        return after.letter.state

    return acme.write(work)


def undo(acme: Company, loop: Loop, now: dt.datetime) -> None:
    def work(store: Store) -> None:
        found = store.loop(loop.id)
        assert found is not None
        write(store, now, telling.undo(found, acme.dana, now))

    acme.write(work)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.integers(0, 70), st.sampled_from(("send", "send", "send", "undo")))),
    most=st.integers(1, 4),
)
def test_no_more_leave_in_an_hour_than_the_setting_says_and_no_fewer(
    database: Database, steps: list[tuple[int, str]], most: int
) -> None:
    policy = dataclasses.replace(database._policy, letters_an_hour=most)
    own = Database(database.engine.url.render_as_string(hide_password=False), policy, clock=lambda: NOW)
    acme = company(own)
    now = NOW
    sent: list[tuple[dt.datetime, Loop]] = []
    try:
        for wait, what in steps:
            now += minutes(wait)
            if what == "undo" and sent:
                undo(acme, sent.pop()[1], now)
            elif what == "send":
                loop = acme.loop()
                lately = sum(at > now - HOUR for at, _ in sent)
                state = send(acme, loop, now)
                assert state is (LetterState.HELD if lately >= most else LetterState.QUEUED)
                sent.append((now, loop))
    finally:
        own.close()


def test_clicks_at_once_do_not_race_past_it(acme: Company) -> None:
    loops = [acme.loop(f"Candidate {number}") for number in range(26)]

    def click(loop: Loop) -> LetterState:
        while True:
            try:
                return send(acme, loop)
            except Overtaken:
                continue

    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(click, loops))
    assert states.count(LetterState.QUEUED) == 20
    assert states.count(LetterState.HELD) == 6
    held = [letter for loop in loops if (letter := acme.now(loop).letter) and letter.hold is Hold.BRAKE]
    assert len(held) == 6
