"""What a test can have go wrong at the connector, by call, for the next so many."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import defaultdict, deque

from aiohttp import web


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An answer in place of the real one; `hang` waits first, until `wakes` is set."""

    status: int = 503
    text: str = ""
    code: str = ""
    retry_after: str = ""
    drop: bool = False
    after: bool = False
    """The work is done before things go wrong."""
    hang: bool = False


class Faults:
    """Calls: create, post, edit, member, channels, team; of Graph users, presences, catalogue, install."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.wakes = asyncio.Event()

    def fail(self, call: str, fault: Fault) -> None:
        self._waiting[call].append(fault)

    def mend(self) -> None:
        """From now on all goes well."""
        self._waiting.clear()

    def next(self, call: str) -> Fault | None:
        waiting = self._waiting[call]
        return waiting.popleft() if waiting else None

    async def answer(self, fault: Fault, request: web.Request) -> web.Response:
        if fault.hang:
            await self.wakes.wait()
        if fault.drop and request.transport is not None:
            request.transport.close()
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        if fault.code:
            body = {"error": {"code": fault.code, "message": "The connector says no."}}
            return web.json_response(body, status=fault.status, headers=headers)
        return web.Response(status=fault.status, text=fault.text, content_type="text/html", headers=headers)
