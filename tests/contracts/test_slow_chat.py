"""A server that takes its time keeps no place from what goes elsewhere."""

from __future__ import annotations

import asyncio

from tests.contracts.conftest import Company
from tests.contracts.rooms import Room, delivering, listed

AT_ONCE = 2


async def test_a_slow_chat_delays_no_other(acme: Company) -> None:
    slow, quick = Room("slow"), Room("quick")
    slow.opens.clear()
    for number in range(3 * AT_ONCE):
        listed(acme, acme.member(f"Slow {number}", email=f"slow{number}@acme.example"), slow)
    listed(acme, acme.dana, quick)
    async with delivering(acme, slow, quick, at_once=AT_ONCE) as deliverer:
        await deliverer.start_due(acme.workspace)
        assert await asyncio.wait_for(quick.posted.get(), 60) == acme.dana.email
        assert slow.posted.empty()
        slow.opens.set()
        await deliverer.drain(acme.workspace)
        assert slow.posted.qsize() == 3 * AT_ONCE
