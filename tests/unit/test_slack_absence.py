"""What a Slack status says about somebody's absence."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.absence import AHEAD, BEGINS, EMOJI, WORDS, away_until

BERLIN = "Europe/Berlin"
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "absence.md"


def ends(text: str) -> int:
    """A local time in Berlin as Slack writes it."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo(BERLIN)).timestamp())


@pytest.mark.parametrize(
    ("text", "emoji"),
    [
        ("Vacationing", ":palm_tree:"),
        ("", ":palm_tree:"),
        ("Out sick", ""),
        ("OOO until Monday", ""),
        ("Im Urlaub ☀️", ""),
        ("En congés", ""),
        ("de férias", ""),
        ("På semester", ""),
        ("休暇中です", ""),
        ("back soon", ":face_with_thermometer:"),
        ("PTO!", ":smile:"),
        ("away", ":island::skin-tone-2:"),
        ("Holiday until Friday", ""),
        ("no meetings, vacation", ""),
        ("Nicht im Büro", ""),
        ("Ferien bis 4.12.", ""),
        ("Im Krankenstand", ""),
        ("En arrêt maladie", ""),
        ("Enferma", ""),
        ("In vacanza", ""),
        ("Op verlof", ""),
        ("Sjukskriven", ""),
        ("Sykmeldt", ""),
        ("Zwolnienie lekarskie", ""),
        ("夏休み", ""),
        ("度假中", ""),
        ("Medical leave until March", ""),
    ],
)
def test_these_are_away(text: str, emoji: str) -> None:
    assert away_until(text, emoji, ends("2026-12-04 23:59"), BERLIN, NOW) == dt.date(2026, 12, 4)


@pytest.mark.parametrize(
    ("text", "emoji"),
    [
        ("In a meeting", ":spiral_calendar_pad:"),
        ("Working remotely", ":house_with_garden:"),
        ("Commuting", ":bus:"),
        ("", ""),
        ("Absentminded", ""),
        ("crypto", ""),
        ("Planning the holidaymakers' tool", ""),
        ("Back from vacation", ""),
        ("Planning my holidays", ""),
        ("Not absent, just slow", ""),
        ("Holiday readiness project", ""),
        ("Semester planning", ""),
        ("Zurück aus dem Urlaub", ""),
        ("Merry everything", ":christmas_tree:"),
        ("Focus time", ":no_entry_sign:"),
        ("", ":sunny:"),
    ],
)
def test_these_are_not(text: str, emoji: str) -> None:
    assert away_until(text, emoji, ends("2026-12-04 23:59"), BERLIN, NOW) is None


@pytest.mark.parametrize(
    ("text", "emoji"),
    [
        ("Vacation next week", ""),
        ("Vacation next week", ":palm_tree:"),
        ("Off from Wednesday", ":palm_tree:"),
        ("Vacation tomorrow", ""),
        ("Vacation soon", ":palm_tree:"),
        ("PTO starting 1 Dec", ""),
        ("On leave from Dec 1", ""),
        ("On leave from 1/12 to 4/12", ""),
        ("Ab Mittwoch im Urlaub", ""),
        ("Ab 1.12. im Urlaub", ""),
        ("Urlaub ab morgen, zurück am 4.12.", ""),
        ("nächste Woche Urlaub", ""),
        ("en congés la semaine prochaine", ""),
        ("Vacaciones mañana", ""),
        ("来週休暇", ""),
        ("明天休假", ""),
        ("다음 주 휴가", ""),
    ],
)
def test_who_will_be_away_is_still_here(text: str, emoji: str) -> None:
    assert away_until(text, emoji, ends("2026-12-04 23:59"), BERLIN, NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "Vacation until tomorrow",
        "Vacation, back next week",
        "Vacation, back soon",
        "OOO today and tomorrow",
        "On leave through next week",
        "OOO from Monday",
        "On leave from 16 Nov to 4 Dec",
        "PTO from 1pm",
        "Working from home, sick leave",
        "Urlaub bis nächste Woche",
        "Im Urlaub, ab 7.12. wieder da",
        "Urlaub vom 16.11. bis 4.12.",
        "Im Urlaub, zurück ab Mittwoch",
        "来週まで休暇",
        "休假到下周",
        "다음 주까지 휴가",
    ],
)
def test_an_end_or_a_beginning_that_has_come_is_no_looking_ahead(text: str) -> None:
    assert away_until(text, "", ends("2026-12-04 23:59"), BERLIN, NOW) == dt.date(2026, 12, 4)


def test_without_an_end_it_is_not_known_when_nudges_may_come_again() -> None:
    assert away_until("Vacationing", ":palm_tree:", 0, BERLIN, NOW) is None


def test_what_is_over_is_over() -> None:
    assert away_until("Vacationing", ":palm_tree:", ends("2026-11-20 23:59"), BERLIN, NOW) is None


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("2026-11-27 23:59", dt.date(2026, 11, 27)),
        ("2026-11-28 00:00", dt.date(2026, 11, 27)),
        ("2026-11-27 17:00", dt.date(2026, 11, 27)),
        ("2026-11-27 12:00", dt.date(2026, 11, 26)),
        ("2026-11-23 15:00", None),
        ("2026-11-23 18:00", dt.date(2026, 11, 23)),
    ],
)
def test_a_day_counts_if_its_work_is_over_before_they_are_back(until: str, last: dt.date | None) -> None:
    assert away_until("sick leave", "", ends(until), BERLIN, NOW) == last


@given(
    st.text(),
    st.text(),
    st.integers(),
    st.sampled_from(["", "Europe/Berlin", "Nowhere/At_All", "../x", "\0"]),
)
def test_whatever_a_profile_holds_nothing_is_raised_and_no_day_before_today(
    text: str, emoji: str, expires: int, zone: str
) -> None:
    found = away_until(f"vacation {text}", emoji, expires, zone, NOW)
    assert found is None or found >= NOW.date() - dt.timedelta(days=1)


def test_every_word_and_emoji_stands_in_the_documents() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [word for word in (*sorted(EMOJI), *WORDS, *AHEAD, *BEGINS) if f"`{word}`" not in page]
    assert not missing
