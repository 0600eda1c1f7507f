"""The gap between two messages, as it is counted where it matters: at the chat's door.

A lane keeps its gap for all processes, from one claim to the next. What then delays one message and not
the next one, a busy machine for example, would bring the two too near each other; so each process also counts
from the answer to the last one.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

SLIP_S = 0.02
"""A lane's gap is by so much longer than what the chat asks for."""


@dataclasses.dataclass(slots=True)
class _Lane:
    """`answered_at`: in seconds on the event loop's clock."""

    answered_at: float = float("-inf")
    turn: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)


class Spacing:
    """Of one process, by lane; of those whose gap lasts."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._longest_s = 0.0

    @contextlib.asynccontextmanager
    async def message(self, lane: str, gap_s: float) -> AsyncIterator[None]:
        """Hand over one message inside: not before the gap to the last one has passed."""
        clock = asyncio.get_running_loop().time
        self._longest_s = max(self._longest_s, gap_s)
        over = clock() - self._longest_s
        self._lanes = {
            name: it for name, it in self._lanes.items() if it.turn.locked() or it.answered_at > over
        }
        this = self._lanes.setdefault(lane, _Lane())
        async with this.turn:
            await asyncio.sleep(max(0.0, this.answered_at + gap_s - SLIP_S - clock()))
            try:
                yield
            finally:
                this.answered_at = clock()
