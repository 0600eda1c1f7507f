"""One hop into a worker thread for each transaction: nothing waits inside one, nothing blocks the loop."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import functools
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import sqlalchemy as sa
import structlog

from adapters.shared_commits import SharedCommits, Waiting
from bot.changes import Overtaken
from storage.database import Database
from storage.store import SqlStore
from storage.transaction import Done
from storage.trouble import named, passes

log = structlog.get_logger()

T = TypeVar("T")
_Write = tuple[uuid.UUID, Callable[[SqlStore, dt.datetime], T]]
TRIES = 3
PATIENCE_S = 80.0
"""How long an outcome is kept at hand for a database that is away: as long as the claim is ours."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0
LONE_LOCK_MS = 1000
"""How long an outcome by itself waits for a lock in a thread, before it waits outside and tries again."""


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

    SQLite gets one writer thread beside its readers; PostgreSQL one pool of threads, as large as its
    connection pool, so that no thread waits for a connection.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._readers = ThreadPoolExecutor(database.connections, thread_name_prefix="database")
        self._writers = self._readers
        if database.takes_turns:
            self._writers = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._shared: SharedCommits[_Write[Any]] = SharedCommits(
            self._writers, self._together, self._alone, self._line
        )
        self._by_themselves = asyncio.Semaphore(max(1, database.connections // 2))

    async def write(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """Do the work and commit it. Where somebody was quicker it is done again, on what is there now."""
        return await self._hop(self._writers, lambda: self.write_here(workspace, work))

    async def write_briefly(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """`write` for what takes a moment: on SQLite, where writers take turns, several share one commit."""
        if not self.database.takes_turns:
            return await self.write(workspace, work)
        return await self._share(workspace, work)

    async def write_outcome(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """`write` what is known of something that has left, waiting for a database that is away.

        Several may share one commit; each is done again by itself where another one of them fails.

        Where the answer to a commit was lost the work is done again: it must find out by itself that it was
        done, as who no longer holds a claim does. Raises what the database raised once patience is at an end.
        """
        return await self._patiently(lambda: self._share(workspace, work))

    async def _share(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        return cast("T", await self._shared.write((workspace, work)))

    async def hop_outcome(self, work: Callable[[], T]) -> T:
        """The same of what belongs to no workspace's store."""
        return await self._patiently(lambda: self.hop(work))

    async def _patiently(self, write: Callable[[], Awaitable[T]]) -> T:
        end = asyncio.get_running_loop().time() + PATIENCE_S
        wait = FIRST_WAIT_S
        while True:
            try:
                return await write()
            except sa.exc.SQLAlchemyError as error:
                if not passes(error) or asyncio.get_running_loop().time() + wait > end:
                    raise
                log.warning("outcome_waits_for_the_database", error=named(error))
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_S)

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

    def write_here(
        self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T], *, lock_ms: int | None = None
    ) -> T:
        """The same as `write`, in the thread that calls."""
        for left in reversed(range(TRIES)):
            try:
                return self.database.write(
                    workspace, lambda store: work(store, self.clock()), _told, lock_ms=lock_ms
                )
            except Overtaken:
                if not left:
                    raise
        raise AssertionError

    def _together(self, waiting: Iterator[Waiting[_Write[Any]]]) -> list[object]:
        contexts: list[contextvars.Context] = []

        def works() -> Iterator[tuple[uuid.UUID, Callable[[SqlStore], object]]]:
            for one in waiting:
                workspace, work = one.work
                contexts.append(one.context)
                yield workspace, functools.partial(self._in_context, one.context, work)

        written = self.database.write_together(works())
        for context, (_, done) in zip(contexts, written, strict=True):
            context.run(_told, done)
        return [result for result, _ in written]

    def _in_context(
        self, context: contextvars.Context, work: Callable[[SqlStore, dt.datetime], T], store: SqlStore
    ) -> T:
        return context.run(work, store, self.clock())

    def _line(self, write: _Write[Any]) -> uuid.UUID | None:
        """All of SQLite's; on PostgreSQL those of one workspace, so that none waits for another's locks."""
        return None if self.database.takes_turns else write[0]

    async def _alone(self, write: _Write[T]) -> T:
        """Not many at a time, and none for long: clicks need the threads in which these wait for locks."""
        async with self._by_themselves:
            return await self._hop(self._writers, lambda: self.write_here(*write, lock_ms=LONE_LOCK_MS))

    async def _hop(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        # In the caller's context, so that what is logged there carries the id of the request.
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(pool, context.run, work)

    def close(self) -> None:
        """Let what runs finish, then close the database."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.database.close()
