"""Why a loop is stuck: one reason, the one to act on first, and since when."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest

from bot import turns
from bot.access import Viewpoint
from bot.loops import LetterState, Loop, TouchKind
from bot.stuck import Why, stuck
from bot.views import sheet
from tests import example_views
from tests import examples as ex

TUESDAY = ex.at("2026-11-24 09:30")
"""The second slot after a promise that was due on Friday."""
SOON = ex.NOW + dt.timedelta(hours=1)


def asked_twice(loop: Loop) -> Loop:
    asked = (ex.touch(TouchKind.WROTE, ex.at("2026-11-18 10:00")), ex.touch(TouchKind.WROTE, ex.NOW))
    return dataclasses.replace(loop, touches=asked)


@pytest.mark.parametrize(
    ("loop", "why"),
    [
        (ex.priya(), Why.OTHER_OFFER),
        (asked_twice(ex.tomasz()), Why.ASKED_TWICE),
        (turns.stuck(ex.tomasz(), ex.DANA, ex.NOW).loop, Why.STUCK),
        (ex.became(ex.tomasz(), LetterState.FAILED, "550"), Why.UNDELIVERED),
        (ex.became(ex.tomasz(), LetterState.UNKNOWN), Why.UNKNOWN),
        (ex.mei(), None),
        (ex.queued(turns.stuck(ex.tomasz(), ex.DANA, ex.NOW).loop), None),
        (ex.told(ex.tomasz()), None),
    ],
)
def test_each_reason_is_found(loop: Loop, why: Why | None) -> None:
    found = stuck(loop, ex.NOW)
    assert (found.why if found else None) == why


def failed_and_then(*, touched: bool = False, queued: bool = False) -> Loop:
    """A letter to Tomasz came back; then perhaps somebody called, or queued another and thought better."""
    loop = ex.became(ex.tomasz(), LetterState.FAILED, "550")
    if queued:
        loop = ex.queued(loop, state=LetterState.UNDONE, id=uuid.uuid4())
    if touched:
        loop = dataclasses.replace(loop, touches=(ex.touch(TouchKind.CALL, SOON, ex.DANA),))
    return loop


def test_a_letter_that_did_not_arrive_is_over_once_the_candidate_was_told() -> None:
    assert stuck(failed_and_then(touched=True), SOON) is None
    arrived = ex.queued(failed_and_then(), state=LetterState.SENT, id=uuid.uuid4(), settled_at=SOON)
    assert stuck(arrived, SOON) is None


def test_a_letter_that_was_undone_mends_nothing() -> None:
    found = stuck(failed_and_then(queued=True), ex.NOW)
    assert found is not None
    assert found.why is Why.UNDELIVERED


def test_the_recruiters_rung_is_reached_at_the_second_slot_and_not_before() -> None:
    assert stuck(ex.tomasz(), TUESDAY - dt.timedelta(seconds=1)) is None
    found = stuck(ex.tomasz(), TUESDAY)
    assert found is not None
    assert (found.why, found.since) == (Why.RUNG, TUESDAY)


def test_a_second_question_before_the_promised_date_alarms_nobody() -> None:
    early = asked_twice(ex.mei())
    assert stuck(early, ex.NOW) is None
    assert early.promise is not None
    found = stuck(early, early.promise.due)
    assert found is not None
    assert (found.why, found.since) == (Why.ASKED_TWICE, early.promise.due)


def test_whoever_cannot_be_reached_leaves_the_loop_to_the_recruiter() -> None:
    gone = dataclasses.replace(ex.mei(), owner=dataclasses.replace(ex.DANA, active=False))
    found = stuck(gone, ex.NOW)
    assert found is not None
    assert found.why is Why.UNREACHABLE


@pytest.mark.parametrize(
    ("loop", "point", "may"),
    [
        (ex.tomasz(), Viewpoint.OWNER, True),
        (ex.tomasz(), Viewpoint.DELEGATE, True),
        (ex.tomasz(), Viewpoint.RECRUITER, False),
        (ex.mei(), Viewpoint.OWNER, True),
        (ex.loop(ex.MEI, ex.ANALYST, promise=ex.promise("2026-11-30")), Viewpoint.OWNER, False),
        (ex.priya(), Viewpoint.OWNER, False),
        (ex.queued(ex.tomasz()), Viewpoint.OWNER, False),
        (ex.told(ex.tomasz()), Viewpoint.OWNER, False),
        (turns.going_on(ex.tomasz(), ex.DANA, ex.NOW, dt.date(2026, 12, 1)).loop, Viewpoint.OWNER, False),
    ],
)
def test_a_sheet_holds_who_is_owed_news_now_and_may_be_told_with_one_click(
    loop: Loop, point: Viewpoint, may: bool
) -> None:
    assert sheet.is_clearable(loop, point, example_views.viewer(now=ex.at("2026-11-23 12:00"))) is may
