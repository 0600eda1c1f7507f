"""The first line of a message says what is true of its candidates now, whatever it was written for."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot import turns
from bot.actions import Place
from bot.loops import Closed, LetterState, Loop, Standing
from bot.nudges import Surface
from bot.promises import Basis
from bot.views import lists
from bot.views.elements import Paragraph
from tests import examples as ex
from tests.example_views import DIGEST, URGENT, viewer
from tests.examples import DANA, NOW, POLICY, at

LATER = at("2026-11-23 10:40")
TOLD = ex.told(ex.tomasz(), when=at("2026-11-23 10:32"))
QUEUED = ex.queued(ex.tomasz())


def heading(surface: Surface, *loops: Loop, now: dt.datetime = LATER) -> str:
    here = viewer(now=now, place=Place(surface=surface.id))
    return lists.shows(surface, loops, here).notification


def test_nobody_is_said_to_have_been_told_while_the_letter_has_yet_to_leave() -> None:
    assert heading(DIGEST, TOLD, ex.told(ex.aiko(), when=at("2026-11-23 10:32"))).startswith("Everybody")
    assert heading(DIGEST, TOLD, QUEUED) == "1 letter has yet to leave"
    assert heading(DIGEST, QUEUED, ex.queued(ex.aiko())) == "2 letters have yet to leave"
    assert heading(DIGEST, ex.mei(), QUEUED) == "1 candidate is waiting to hear from you"


def test_who_left_without_having_been_told_is_not_said_to_have_been() -> None:
    gone = turns.close_untold(ex.aiko(), DANA, NOW, Closed.WITHDREW, recruiter=False).loop
    assert heading(DIGEST, TOLD, gone) == "Nobody here is waiting for you any more"


def test_whose_interview_is_to_come_waits_for_nobody_and_has_not_been_told() -> None:
    moved = turns.moved_to(ex.aiko(), DANA, NOW, at("2026-11-30 17:00"), POLICY).loop
    assert heading(DIGEST, ex.mei(), moved) == "1 candidate is waiting to hear from you"
    assert heading(DIGEST, TOLD, moved) == "Nobody here is waiting for you any more"
    hurried = dataclasses.replace(moved, other_offer_by=at("2026-11-25 17:00"))
    assert heading(DIGEST, TOLD, hurried) == "1 candidate is waiting to hear from you"


def test_what_happens_if_nothing_is_done_is_said_of_as_many_as_wait() -> None:
    def last_line(surface: Surface, *loops: Loop) -> str:
        here = viewer(now=LATER, place=Place(surface=surface.id))
        quiet = (it for it in lists.shows(surface, loops, here).elements if isinstance(it, Paragraph))
        return [it.text for it in quiet][-1]

    one, two = "the candidate hears nothing", "the candidates hear nothing"
    for surface in (DIGEST, URGENT):
        assert one in last_line(surface, ex.tomasz(), TOLD)
        assert two in last_line(surface, ex.tomasz(), ex.mei())


def test_a_message_asks_for_a_letter_only_while_a_letter_needs_somebody() -> None:
    failed = ex.became(ex.tomasz(), LetterState.FAILED, "The mail server knows no such address (550).")
    assert heading(URGENT, failed) == "A letter needs you"
    called = turns.told_by_phone(failed, DANA, LATER, dt.date(2026, 12, 1), POLICY).loop
    assert heading(URGENT, called) == "The candidate has been told"
    withdrawn = ex.became(ex.tomasz(), LetterState.CANCELLED, "The promise changed after you clicked.")
    assert heading(URGENT, withdrawn) == "A letter needs you"


def test_what_came_of_a_letter_that_was_cancelled_is_said_until_the_candidate_was_told() -> None:
    here, tomorrow = viewer(now=LATER, place=Place(surface=DIGEST.id)), LATER + dt.timedelta(days=1)
    cancelled = ex.became(ex.tomasz(), LetterState.CANCELLED, "The promise changed after you clicked.")
    assert "The promise changed" in str(lists.shows(DIGEST, (cancelled,), here))
    told = turns.told_by_phone(cancelled, DANA, LATER, dt.date(2026, 12, 1), POLICY).loop
    here = dataclasses.replace(here, now=tomorrow)
    assert "The promise changed" not in str(lists.shows(DIGEST, (told,), here))


def test_a_date_that_has_been_stated_is_asked_for_no_more() -> None:
    assumed = ex.promise("2026-11-19", ex.TOMASZ.zone, basis=Basis.ASSUMED)
    asked = ex.tomasz(standing=Standing.NEEDS_DATE, promise=assumed)
    assert heading(URGENT, asked) == "Which date did you give after the interview?"
    stated = turns.stated(asked, DANA, NOW, dt.date(2026, 11, 27)).loop
    assert heading(URGENT, stated) == "A candidate is waiting to hear"
