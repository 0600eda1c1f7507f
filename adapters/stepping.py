"""A computer whose clock is set: what the scheduler had planned by the old time is planned anew."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable

import structlog
from apscheduler.schedulers.base import BaseScheduler

log = structlog.get_logger()

STEP_S = 2.0
"""What drifts by less from one look to the next was not set: clocks are kept right by small corrections."""


async def follow(
    scheduler: BaseScheduler, wall: Callable[[], float] = time.time, *, every_s: float = 1.0
) -> None:
    """Whenever the wall clock is set, forward or back, every job of `scheduler` runs at once. Never ends.

    APScheduler plans by the wall clock: where that is set back by an hour, its jobs would wait for an hour,
    and go on waiting after it was set right. `wall`: the wall clock, in seconds; it is held against one that
    only runs on. A computer that slept looks like one whose clock was set forward, and is treated so.
    """
    apart = wall() - time.monotonic()
    while True:
        await asyncio.sleep(every_s)
        stepped = wall() - time.monotonic() - apart
        apart += stepped
        if abs(stepped) > STEP_S:
            log.warning("clock_was_set", seconds=round(stepped))
            for job in scheduler.get_jobs():
                job.modify(next_run_time=dt.datetime.now(dt.UTC))
