"""Wakes whoever watches: something may have changed, look again."""

from __future__ import annotations

import asyncio
import contextlib


class Bell:
    """Rung by whatever changes what the page shows; each ring wakes everybody who waits."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    @property
    def next(self) -> asyncio.Event:
        """The ring to wait for. Take it before looking, so that none between is missed."""
        return self._next


async def rung(ring: asyncio.Event, within_s: float) -> None:
    """Returns at the ring, or after so many seconds without one."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(ring.wait(), within_s)
