"""What a test can have go wrong on Slack's side, by method, for the next so many calls."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import enum
from collections import defaultdict, deque


class Drop(enum.Enum):
    """The line is dropped before or after the work was done."""

    BEFORE = "before"
    AFTER = "after"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """First hang, then answer so, or drop the line. `error` is one of Slack's codes, with HTTP 200."""

    status: int = 0
    retry_after: int | None = None
    error: str = ""
    drop: Drop | None = None
    hang: float = 0.0


class Faults:
    """`wakes`: set it, and whatever hangs goes on at once."""

    def __init__(self) -> None:
        self._ordered: dict[str, deque[Fault]] = defaultdict(deque)
        self.wakes = asyncio.Event()
        self.hanging = asyncio.Event()

    def fail(
        self,
        method: str,
        *,
        times: int = 1,
        status: int = 0,
        retry_after: int | None = None,
        error: str = "",
    ) -> None:
        """Answer the next calls with an HTTP status (429 takes `retry_after`) or with an error code."""
        fault = Fault(status=status, retry_after=retry_after, error=error)
        self._ordered[method].extend([fault] * times)

    def drop(self, method: str, when: Drop, *, times: int = 1) -> None:
        self._ordered[method].extend([Fault(drop=when)] * times)

    def hang(self, method: str, seconds: float, *, times: int = 1) -> None:
        """Do the work of the next calls only so much later."""
        self._ordered[method].extend([Fault(hang=seconds)] * times)

    def mend(self) -> None:
        """From now on all goes well."""
        self._ordered.clear()

    async def next(self, method: str) -> Fault:
        """The fault of this call, after having hung as long as it says."""
        fault = self._ordered[method].popleft() if self._ordered[method] else Fault()
        if fault.hang:
            self.hanging.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wakes.wait(), fault.hang)
        return fault
