"""What a row says of a loop: true today, and nothing where there is nothing to say."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

from bot.access import Viewpoint
from bot.actions import LISTED
from bot.loops import Detail, Loop, Standing
from bot.promises import Basis
from bot.views.outcomes import detail_line
from bot.views.rows import promise_line
from bot.views.sheet import clear_button
from bot.views.viewer import Viewer
from tests import examples as ex
from tests.examples import DANA, NOW, POLICY, at

DANAS = Viewer(member=DANA, now=NOW, policy=POLICY, place=LISTED)
UNPROMISED = ex.promise("2026-11-27", basis=Basis.ASSUMED)


def test_on_the_day_of_the_interview_no_days_are_counted() -> None:
    today = ex.tomasz(standing=Standing.NEEDS_DATE, promise=UNPROMISED, interviewed_at=at("2026-11-23 08:00"))
    assert promise_line(today, DANAS) == "No date was promised."


def test_silence_counts_from_the_last_interview_though_a_letter_was_sent_before_it() -> None:
    told = ex.told(ex.tomasz(), ex.GOING_ON, when=at("2026-11-16 10:00"))
    assert told.last_told_at == at("2026-11-16 10:00")
    met_again = dataclasses.replace(
        told, standing=Standing.NEEDS_DATE, promise=UNPROMISED, interviewed_at=at("2026-11-19 11:00")
    )
    assert promise_line(met_again, DANAS) == "No date was promised; no news for 2 working days."


def test_where_somebody_else_accepted_the_row_says_by_when_news_is_due() -> None:
    due = dt.date(2026, 11, 24)
    said = "Somebody else accepted the offer: news is due by Tue 24 Nov."
    for detail in (Detail.PLAIN, Detail.OFFER_OUT):
        assert detail_line(ex.tomasz(detail=detail, decide_by=due), DANAS) == said
    assert "accepted" not in detail_line(ex.tomasz(standing=Standing.GOING_ON, decide_by=due), DANAS)


def test_a_list_of_thousands_looks_for_two_who_can_be_cleared_and_no_further() -> None:
    looked: list[Loop] = []

    def seen() -> Iterator[tuple[Loop, Viewpoint]]:
        for _ in range(10):
            looked.append(ex.tomasz())
            yield looked[-1], Viewpoint.OWNER

    assert clear_button(seen(), DANAS)
    assert len(looked) == 2
