"""Hypothesis' strategies for where people are and when, and a loop between two places."""

from __future__ import annotations

import datetime as dt

from hypothesis import settings
from hypothesis import strategies as st

from bot.loops import Loop
from bot.people import Candidate
from tests import examples as ex

PLACES = st.sampled_from([
    ("Asia/Tokyo", "JP"), ("America/Los_Angeles", "US"), ("Europe/London", "GB"), ("Africa/Cairo", "EG"),
    ("Pacific/Kiritimati", "KI"), ("Asia/Shanghai", "CN"), ("Asia/Dubai", "AE"), ("Etc/UTC", ""),
])  # fmt: skip
MOMENTS = st.integers(0, 396 * 24 * 60).map(
    lambda minutes: dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
)
A_DAY = settings(max_examples=50, deadline=None)


def between(ours: tuple[str, str], theirs: tuple[str, str]) -> Loop:
    who = Candidate(
        id=ex.named("x"), name="Maya Lindqvist", email="maya@mail.example", zone=theirs[0], country=theirs[1]
    )
    return ex.loop(who, owner=ex.member("Olga Reiss", *ours))
