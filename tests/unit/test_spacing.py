"""The gap between two messages of one lane, counted from the answer to the last one."""

from __future__ import annotations

import asyncio

from adapters.spacing import SLIP_S, Spacing

GAP_S = 0.5
ALMOST_S = GAP_S - SLIP_S - 0.001
"""An event loop wakes as near as its clock's steps."""


async def test_a_process_that_is_behind_brings_no_two_messages_too_near() -> None:
    """One is held up on its way and the next one is not; two come at one moment."""
    spacing, clock = Spacing(), asyncio.get_running_loop().time
    answered: list[float] = []
    left: list[float] = []

    async def post(takes_s: float) -> None:
        async with spacing.message("chat/dana", GAP_S):
            left.append(clock())
            await asyncio.sleep(takes_s)
            answered.append(clock())

    async with asyncio.timeout(30):
        await post(0.2)
        await asyncio.gather(post(0.1), post(0))
    assert len(left) == 3
    assert all(after - before > ALMOST_S for before, after in zip(answered, left[1:], strict=False))


async def test_another_lane_waits_for_nobody() -> None:
    spacing = Spacing()
    async with asyncio.timeout(30), spacing.message("chat/dana", 60), spacing.message("chat/ravi", 60):
        """Neither has waited for the other."""
    async with asyncio.timeout(30), spacing.message("chat/dana", 0):
        """It counts what its own lane asks for."""
