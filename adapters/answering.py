"""Somebody asks us something: it gets a number in the log, and how long the answer takes is measured.

Over HTTP and over a WebSocket alike.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
import uuid
from collections.abc import Iterator

import structlog
from aiohttp import web
from prometheus_client import Histogram


@contextlib.contextmanager
def numbered() -> Iterator[str]:
    """All that is logged inside has the same `request`: this number."""
    number = uuid.uuid4().hex[:8]
    with structlog.contextvars.bound_contextvars(request=number):
        yield number


@dataclasses.dataclass(slots=True)
class Answer:
    """How the block below ends; what never says so has failed."""

    status: int = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Timing:
    """How long a request was answered after, by route and status."""

    seconds: Histogram

    @contextlib.contextmanager
    def of(self, route: str) -> Iterator[Answer]:
        """The block is the answer to one request; it notes its status."""
        begun, answer = time.perf_counter(), Answer()
        try:
            yield answer
        finally:
            self.seconds.labels(route, str(answer.status)).observe(time.perf_counter() - begun)


TIMING = web.AppKey("timing", Timing)
"""For a chat that is mounted on the server, but hears people another way."""
