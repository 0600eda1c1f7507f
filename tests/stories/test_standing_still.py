"""A database that stands still: whoever watches is told, nobody waits for ever, and a stop is a stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot.policy import Policy
from storage import schema
from storage.database import Database
from tests.databases import Databases, driven
from tests.ports import free_port
from tests.postgresql import NoPostgresql, OwnServer, new_folder
from tests.stories.command_line import started, until_says

DATABASES = ("postgresql",)
PATIENCE_S = 120.0
BUSY_S = 20.0
"""A stop takes ten seconds at most; twice that on a machine that does much else."""


@contextlib.contextmanager
def server() -> Iterator[OwnServer]:
    """A PostgreSQL that nobody else uses."""
    folder = new_folder()
    try:
        yield OwnServer(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def everybody(own: OwnServer) -> list[int]:
    """The server's processes, the first of them first."""
    first = int((own.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


@contextlib.contextmanager
def standing_still(own: OwnServer) -> Iterator[None]:
    """Its processes are there, and none of them does anything."""
    stopped = everybody(own)
    try:
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


@contextlib.asynccontextmanager
async def serve(url: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A running `followup serve`, and where it listens."""
    database = Database(url, Policy())
    await asyncio.to_thread(schema.upgrade, database)
    database.close()
    port = free_port()
    settings = {"DATABASE_URL": url, "PILOT": "*", "MAIL_FROM": "hiring@acme.example"}
    smtp = "smtp://127.0.0.1:9?starttls=never"
    async with started("serve", "--port", str(port), SMTP_URL=smtp, **settings) as process:
        await until_says(process, "is running at")
        yield process, f"http://127.0.0.1:{port}"


async def asked(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def until_ready_says(base: str, status: int, words: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not ((said := await asked(f"{base}/readyz"))[0] == status and words in said[1]):  # noqa: ASYNC110
            await asyncio.sleep(0.2)  # it is another process


async def test_a_database_that_does_not_answer_is_said_and_delays_no_stop() -> None:
    with server() as own:
        try:
            url = await asyncio.to_thread(own.start)
        except NoPostgresql as why:
            (pytest.fail if os.environ.get("TESTS_NEED_POSTGRESQL") else pytest.skip)(str(why))
        try:
            async with serve(url) as (process, base):
                await until_ready_says(base, 200, "ready")
                with standing_still(own):
                    await until_ready_says(base, 503, "The database does not answer.")
                    status, figures = await asked(f"{base}/metrics")
                    assert status == 200
                    assert "followup_database_up 0.0" in figures
                    assert "followup_tick_seconds_count" in figures, "what needs no database is still there"
                    process.terminate()
                    out, _ = await asyncio.wait_for(process.communicate(), BUSY_S)
                assert process.returncode == 1
                assert "The database does not answer; ended without its word." in out.decode()
        finally:
            own.stop()


async def test_a_lock_that_somebody_holds_is_said_until_it_is_let_go(databases: Databases) -> None:
    url = databases.empty()
    async with serve(url) as (process, base):
        await until_ready_says(base, 200, "ready")
        engine = sa.create_engine(driven(url), poolclass=sa.NullPool)
        with engine.begin() as conn:
            conn.exec_driver_sql("LOCK TABLE due IN ACCESS EXCLUSIVE MODE")
            await until_ready_says(base, 503, "The database refused what was due (LockNotAvailable 55P03)")
        await until_ready_says(base, 200, "ready")
        process.terminate()
        out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert process.returncode == 0, out.decode()
