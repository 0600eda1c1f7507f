"""How often Teams may be called, as lanes and budgets that all processes share.

What answers a click goes out at once and is noted in the lane, so that the rest keeps its distance.

A bot may send to one thread 7 times in 1 s, 8 in 2 s, 60 in 30 s, 1,800 an hour, and 50 times a second in a
whole tenant: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit.
"""

from __future__ import annotations

import datetime as dt
import uuid

from storage.budgets import Budget
from storage.store import SqlStore
from storage.transaction import chat_lane

THREAD_GAP_S = 2.0
"""Meets all four windows of a thread at once, and leaves room for what answers a click."""

PACES = ((Budget.POST, 18, 5), (Budget.EDIT, 18, 5))
"""A second, and at once after a rest; in the first second both. All together stay below 50, which leaves room
for clicks and look-ups."""


def keep_pace(store: SqlStore, _: dt.datetime) -> None:
    """Set the budgets of one company. Where it is in Slack too, Slack's narrower ones take their place."""
    for budget, a_second, at_once in PACES:
        store.deliveries.lane(budget, 1 / a_second, at_once)


def keep_thread(store: SqlStore, member: uuid.UUID) -> None:
    """Set the pace of messages to one member."""
    store.deliveries.lane(chat_lane(member), THREAD_GAP_S, 1)
