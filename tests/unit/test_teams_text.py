"""Text as Teams shows it: cut, cleaned and disarmed, whatever somebody typed."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams import text
from tests.hostile_text import TEAMS_HOSTILE as HOSTILE
from tests.hostile_text import TEAMS_NASTY as NASTY
from tests.hostile_text import TURNING


@given(NASTY, st.integers(min_value=4, max_value=80))
def test_a_cut_text_has_room_and_ends_in_an_ellipsis(given_text: str, limit: int) -> None:
    cleaned = text.clean(given_text)
    shown = text.cut(cleaned, limit)
    # A "<" at the very end may come to stand before nothing that it could open; it never becomes longer.
    assert len(json.dumps(text.disarm(shown), ensure_ascii=False).encode()) - 2 <= limit
    assert shown == cleaned or (shown.endswith("…") and cleaned.startswith(shown[:-1]))


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
        ("abcdefghij", 7, "abcd…"),
        ("ab\u0301\u0302cd", 7, "a…"),
        ("a👩‍👩‍👧b", 10, "a…"),
        ("🇩🇪🇵🇱", 15, "🇩🇪…"),
        ("short", 5, "short"),
    ],
)
def test_a_cut_keeps_words_and_characters_whole(whole: str, limit: int, shown: str) -> None:
    assert text.cut(whole, limit) == shown


def test_unmarked_text_looks_like_what_it_was_and_formats_nothing() -> None:
    shown = text.unmarked(text.one_line(HOSTILE))
    assert not set("*_~`[]\\") & set(shown)
    for harm in ("](", "<at>", "<b>", "{{", "://", "\u202e", "\x07"):
        assert harm not in shown
    assert text.unmarked("1. Zoë O'Hara (Welder)").replace("\u2060", "") == "1. Zoë O'Hara (Welder)"
