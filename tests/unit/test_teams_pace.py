"""What all processes together send to Teams stays below what it takes from a bot in one tenant."""

from __future__ import annotations

import datetime as dt

from adapters.teams.pace import PACES
from storage.budgets import _Bucket

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
A_SECOND = 50
"""https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit"""
LEFT_TO_PEOPLE = 4
"""Answers to clicks, and looking newcomers up, wait for no budget."""


def test_no_second_is_fuller_than_teams_allows_however_much_is_due() -> None:
    sent = sorted(at for _, a_second, at_once in PACES for at in _with_everything_due(a_second, at_once))
    fullest = max(sum(at <= other < at + dt.timedelta(seconds=1) for other in sent) for at in sent)
    assert fullest <= A_SECOND - LEFT_TO_PEOPLE
    assert fullest > A_SECOND / 2, "and a company is told in minutes"


def _with_everything_due(a_second: int, at_once: int) -> list[dt.datetime]:
    """When a budget lets out one, in the three seconds after a rest."""
    free_at, sent = None, []
    for passed in range(0, 3000, 5):
        now = NOON + dt.timedelta(milliseconds=passed)
        bucket = _Bucket(1 / a_second, at_once, now, free_at)
        while bucket.spend():
            sent.append(now)
        free_at = bucket.free_at
    return sent
