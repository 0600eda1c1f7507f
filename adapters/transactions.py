"""One hop into a worker thread for each transaction: nothing waits inside one, nothing blocks the loop."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from bot.changes import Overtaken
from storage.database import Database
from storage.store import SqlStore
from storage.transaction import Done

log = structlog.get_logger()

T = TypeVar("T")
TRIES = 3
THREADS = 5


class Clock:
    """The product's time: the machine's, moved forward in a demo."""

    def __init__(self, offset: dt.timedelta = dt.timedelta()) -> None:
        self.offset = offset

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.offset


def _told(done: Sequence[Done]) -> None:
    """Who did what, for the log: a letter is followed by its id from here to `letter_sent`."""
    for one in done:
        ids = {"loop": one.loop, "member": one.by, "letter": one.letter}
        log.info(one.what, **{name: str(found) for name, found in ids.items() if found})


class Transactions:
    """Runs plain functions of (store, now), each in its own transaction in a worker thread.

    SQLite gets one writer thread, PostgreSQL as many as it has connections.
    """

    def __init__(self, database: Database, clock: Clock, threads: int = THREADS) -> None:
        self.database = database
        self.clock = clock
        writers = 1 if database.takes_turns else threads
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="write")
        self._readers = ThreadPoolExecutor(threads, thread_name_prefix="read")

    async def write(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """Do the work and commit it. Where somebody was quicker it is done again, on what is there now."""
        return await self._hop(self._writers, lambda: self.write_here(workspace, work))

    async def read(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        return await self._hop(
            self._readers,
            lambda: self.database.read(workspace, lambda store: work(store, self.clock())),
        )

    async def look(self, work: Callable[[], T]) -> T:
        """Any other call that reads."""
        return await self._hop(self._readers, work)

    async def hop(self, work: Callable[[], T]) -> T:
        """Any other call that touches the database."""
        return await self._hop(self._writers, work)

    def write_here(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """The same as `write`, in the thread that calls."""
        for left in reversed(range(TRIES)):
            try:
                return self.database.write(workspace, lambda store: work(store, self.clock()), _told)
            except Overtaken:
                if not left:
                    raise
        raise AssertionError

    async def _hop(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        # In the caller's context, so that what is logged there carries the id of the request.
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(pool, context.run, work)

    def close(self) -> None:
        """Let what runs finish, then close the database."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.database.close()
