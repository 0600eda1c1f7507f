"""A second lies between two messages to one person, counted from when the chat took the last one."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Mapping

import sqlalchemy as sa

from adapters.slack.spacing import GAP_S, Spacing
from bot.views.elements import Message
from storage.tables import lanes
from storage.transaction import chat_lane
from tests.contracts.conftest import Company
from tests.contracts.rooms import Room, delivering, listed

SECOND = dt.timedelta(seconds=1)
MILLISECOND = dt.timedelta(milliseconds=1)
"""A database's clock counts in them."""
ALMOST_S = GAP_S - 0.001
"""An event loop wakes as near as its clock's steps."""


class Behind(Room):
    """A chat that is slow to take a message; `took` is when it did."""

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        await asyncio.sleep(0.2)
        self.took = dt.datetime.now(dt.UTC)
        return await super().post(address, message)


async def test_a_message_that_was_late_keeps_whoever_claims_next_waiting_longer(acme: Company) -> None:
    room = Behind("behind")
    listed(acme, acme.dana, room)
    async with delivering(acme, room) as deliverer:
        await deliverer.drain(acme.workspace)
    lane = sa.select(lanes.c.free_at).where(lanes.c.name == chat_lane(acme.dana.id))
    with acme.database.engine.connect() as connection:
        free_at = connection.scalar(lane)
    assert free_at is not None
    assert free_at >= room.took + SECOND - MILLISECOND


async def test_a_process_that_is_behind_brings_no_two_messages_too_near() -> None:
    """The first one is held up on its way, and the next one is not."""
    spacing, clock = Spacing(), asyncio.get_running_loop().time
    answered: list[float] = []
    left: list[float] = []

    async def post(takes_s: float) -> None:
        async with spacing.message("T1", "D1"):
            left.append(clock())
            await asyncio.sleep(takes_s)
            answered.append(clock())

    async with asyncio.timeout(30):
        await post(0.2)
        await post(0)
        await asyncio.gather(post(0), post(0))
    assert left[1] - answered[0] > ALMOST_S
    assert min(after - before for before, after in itertools.pairwise(left)) > ALMOST_S


async def test_another_channel_waits_for_nobody() -> None:
    spacing, clock = Spacing(), asyncio.get_running_loop().time
    async with spacing.message("T1", "D1"), asyncio.timeout(GAP_S / 2):
        begun = clock()
        async with spacing.message("T1", "D2"), spacing.message("T2", "D1"):
            assert clock() - begun < GAP_S / 2
