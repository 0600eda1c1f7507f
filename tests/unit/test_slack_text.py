"""Text as Slack shows it: cut, cleaned and disarmed, whatever somebody typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import text
from tests.hostile_text import SLACK_NASTY as NASTY
from tests.hostile_text import TURNING
from tests.slack_counterpart.block_kit import units


@given(NASTY, st.integers(min_value=1, max_value=80))
def test_a_cut_text_has_room_and_ends_in_an_ellipsis(given_text: str, limit: int) -> None:
    cleaned = text.clean(given_text)
    shown = text.cut(cleaned, limit)
    assert len(text.escape(shown)) <= limit
    assert units(text.disarm(shown)) <= limit
    assert shown == cleaned or (shown.endswith("…") and cleaned.startswith(shown[:-1]))


@given(NASTY, st.integers(min_value=8, max_value=80))
def test_pieces_lose_nothing_but_the_blanks_between_them(given_text: str, limit: int) -> None:
    cleaned = text.clean(given_text)
    found = text.pieces(cleaned, limit)
    assert all(0 < text.size(piece) <= limit for piece in found)
    assert "".join("".join(found).split()) == "".join(cleaned.split())


@given(NASTY)
def test_cleaned_text_holds_nothing_unseen(given_text: str) -> None:
    shown = text.clean(given_text)
    assert not any(
        (unicodedata.category(c) in ("Cc", "Cs") and c != "\n") or unicodedata.bidirectional(c) in TURNING
        for c in shown
    )
    assert "\n" not in text.one_line(given_text)


@pytest.mark.parametrize(
    ("whole", "limit", "shown"),
    [
        ("Feedback for Priya · Backend Engineer", 24, "Feedback for Priya…"),
        ("abcdefghij", 5, "abcd…"),
        ("ab\u0301\u0302cd", 4, "a…"),
        ("a👩‍👩‍👧b", 6, "a…"),
        ("🇩🇪🇵🇱", 7, "🇩🇪…"),
        pytest.param("a" + "\u0301" * 90, 20, "a" + "\u0301" * 18 + "…", id="a heap of accents"),
        ("short", 5, "short"),
    ],
)
def test_a_cut_keeps_words_and_characters_whole(whole: str, limit: int, shown: str) -> None:
    assert text.cut(whole, limit) == shown


@given(NASTY)
def test_disarmed_text_calls_nobody_and_links_nowhere(given_text: str) -> None:
    shown = text.disarm(text.clean(given_text))
    assert not any(mark in shown for mark in ("<!", "<@", "<#", "<https:", "<mailto:"))
    assert shown.replace("\u2060", "") == text.clean(given_text)
    assert "<" not in text.escape(given_text)
