"""What goes along to Slack and back with whoever installs the bot."""

from __future__ import annotations

import datetime as dt

import pytest

from adapters.slack.states import VALID, States

NOW = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
OURS = States("33fea0113f5b1e4d")


def test_it_is_good_for_ten_minutes_and_no_two_are_the_same() -> None:
    one, other = OURS.new(NOW), OURS.new(NOW)
    assert one != other
    assert OURS.until(one, NOW) == NOW + VALID
    assert States("33fea0113f5b1e4d").until(one, NOW + VALID - dt.timedelta(seconds=1)) == NOW + VALID
    assert OURS.until(one, NOW + VALID) is None


@pytest.mark.parametrize(
    "forged", ["", ".", "..", "made-up", "1.2.3", "9999999999.x.", "ä.ö.ü", "\udcff.\udcff"]
)
def test_what_is_made_up_is_none_of_ours(forged: str) -> None:
    assert OURS.until(forged, NOW) is None


def test_what_was_changed_or_signed_with_another_secret_is_none_of_ours() -> None:
    state = OURS.new(NOW)
    until, rest = state.split(".", 1)
    assert OURS.until(f"{int(until) + 3600}.{rest}", NOW) is None
    assert OURS.until(States("another").new(NOW), NOW) is None
