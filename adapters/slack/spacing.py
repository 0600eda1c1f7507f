"""A message a second into each channel, as it is counted where it matters: at Slack's door.

The lanes of deliveries keep the pace for all processes, from one claim to the next. What then delays one
message and not the next one, a busy machine for example, would bring the two too near each other; so each
process also waits until a second has passed since Slack answered to the last one.

https://docs.slack.dev/apis/web-api/rate-limits, "Posting messages".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

GAP_S = 1.0


class Spacing:
    """Of one process; its times are those of the event loop that it is used in."""

    def __init__(self) -> None:
        self._free_at: dict[tuple[str, str], float] = {}
        """Of channels that were written to in the last second, by tenant and channel."""

    @contextlib.asynccontextmanager
    async def message(self, tenant: str, channel: str) -> AsyncIterator[None]:
        """Post one message inside: not before the last one's second has passed."""
        clock, where = asyncio.get_running_loop().time, (tenant, channel)
        leaves_at = max(clock(), self._free_at.get(where, 0.0))
        self._free_at = {one: at for one, at in self._free_at.items() if at > clock()}
        self._free_at[where] = leaves_at + GAP_S
        await asyncio.sleep(max(0.0, leaves_at - clock()))
        try:
            yield
        finally:
            self._free_at[where] = max(self._free_at.get(where, 0.0), clock() + GAP_S)
