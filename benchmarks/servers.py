"""Servers in processes of their own, and the bare side of a click: its statements on the bare driver."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import multiprocessing
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.click import Statement


class Replaying:
    """What each click sent to the database, click by click, in one thread on bare sqlite3."""

    def __init__(self, path: Path, clicks: Sequence[Sequence[Statement]]) -> None:
        self._conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._conn.execute(f"PRAGMA {pragma}")
        self._clicks = clicks
        self._waiting = itertools.count()
        self._one_writer = ThreadPoolExecutor(1)

    async def next(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._one_writer, self._replay)

    def _replay(self) -> None:
        self._conn.execute("BEGIN IMMEDIATE")
        for one in self._clicks[next(self._waiting)]:
            if one.many:
                self._conn.executemany(one.sql, one.parameters)
            else:
                self._conn.execute(one.sql, one.parameters).fetchall()
        self._conn.execute("COMMIT")

    def close(self) -> None:
        self._one_writer.shutdown()
        self._conn.close()


@contextlib.asynccontextmanager
async def listening(app: web.Application, port: int = 0) -> AsyncIterator[int]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def until_told(line: Connection, app: web.Application) -> None:
    async with listening(app) as port:
        line.send(port)
        await asyncio.to_thread(line.recv)


def _in_loop(work: Callable[..., Any], line: Connection, *given: Any) -> None:
    asyncio.run(work(line, *given))


@contextlib.contextmanager
def process(work: Callable[..., Any], *given: Any) -> Iterator[int]:
    """A server in a process of its own; its port."""
    context = multiprocessing.get_context("spawn")
    line, theirs = context.Pipe()
    process = context.Process(target=_in_loop, args=(work, theirs, *given))
    process.start()
    try:
        yield line.recv()
    finally:
        line.send("stop")
        process.join(10)
