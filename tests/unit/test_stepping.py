"""The computer's clock is set back: what was planned for later runs now."""

from __future__ import annotations

import asyncio
import datetime as dt
import time

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from adapters.stepping import follow


async def test_a_clock_that_is_set_back_keeps_no_job_waiting() -> None:
    """A job of every second, an hour after the clock was set back by that: so is it left by APScheduler."""
    ran, back_s = asyncio.Event(), 0.0

    async def job() -> None:
        ran.set()

    scheduler = AsyncIOScheduler(timezone=dt.UTC)
    in_an_hour = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    scheduler.add_job(job, "interval", seconds=1, next_run_time=in_an_hour)
    scheduler.start()
    following = asyncio.create_task(follow(scheduler, lambda: time.time() - back_s, every_s=0.01))
    await asyncio.sleep(0.1)
    assert not ran.is_set(), "a clock that only runs on changes nothing"
    back_s = 3600.0
    await asyncio.wait_for(ran.wait(), 30)
    following.cancel()
    scheduler.shutdown(wait=False)
