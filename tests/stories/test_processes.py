"""Several processes on one PostgreSQL: they share the work, replace each other, and stop in time."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import datetime as dt
import email
from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.mail.sink import MailSink, ReceivedMail
from tests.chaos.office import fill
from tests.databases import Databases, change, rows
from tests.ports import free_port
from tests.smtp_counterpart import HANG, Counterpart
from tests.smtp_counterpart import Stage as Smtp
from tests.stories.command_line import started, until_says

DATABASES = ("postgresql",)
PATIENCE_S = 120.0
LETTERS = 40


@pytest.fixture
async def office(databases: Databases) -> str:
    """A company with letters that may leave now."""
    url = databases.empty()
    await asyncio.to_thread(fill, url, LETTERS, 10, dt.timedelta())
    change(url, "UPDATE lanes SET max_in_flight = 4 WHERE name = 'mail'")
    return url


@contextlib.asynccontextmanager
async def worker(
    url: str, smtp: int, *words: str, notify: str = "on"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """One more process, once it is at work."""
    async with started(
        "worker",
        *words,
        DATABASE_URL=url,
        NOTIFY=notify,
        PILOT="*",
        SMTP_URL=f"smtp://127.0.0.1:{smtp}?starttls=never",
        MAIL_FROM="hiring@acme.example",
    ) as process:
        await until_says(process, "is running.")
        yield process


async def stopped(process: asyncio.subprocess.Process) -> str:
    """SIGTERM; all it does must be settled within ten seconds. What it said."""
    process.terminate()
    assert process.stdout is not None
    out = b""
    async with asyncio.timeout(10):
        while b"Stopped." not in out:
            line = await process.stdout.readline()
            assert line, out.decode()
            out += line
    rest, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    said = (out + rest).decode()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    return said


def states(url: str) -> dict[str, int]:
    return dict(collections.Counter(row[0] for row in rows(url, "SELECT state FROM letters")))


@pytest.mark.parametrize("notify", ["on", "off"])
async def test_each_letter_leaves_once_while_one_process_takes_anothers_place(
    office: str, notify: str
) -> None:
    arrived: asyncio.Queue[ReceivedMail] = asyncio.Queue()
    sink = MailSink(arrived.put)
    port = await sink.start()
    ids = []
    async with worker(office, port, notify=notify) as first, worker(office, port, notify=notify) as second:
        async with asyncio.timeout(PATIENCE_S):
            ids += [(await arrived.get()).raw for _ in range(LETTERS // 4)]
        await stopped(first)
        async with worker(office, port, notify=notify) as third:
            await stopped(second)
            async with asyncio.timeout(PATIENCE_S):
                ids += [(await arrived.get()).raw for _ in range(LETTERS - len(ids))]
            await stopped(third)
    assert arrived.empty()
    assert len({email.message_from_bytes(raw)["Message-ID"] for raw in ids}) == LETTERS
    assert states(office) == {"sent": LETTERS}
    await sink.stop()


async def test_what_a_dead_process_had_claimed_is_taken_over_and_never_sent_blindly(office: str) -> None:
    change(office, "UPDATE lanes SET max_in_flight = 1 WHERE name = 'mail'")
    async with Counterpart({Smtp.DOT: HANG}) as server:
        async with worker(office, server.port) as dies, asyncio.timeout(PATIENCE_S):
            await server.hanging.wait()
            dies.kill()
            await dies.wait()
        assert states(office) == {"sending": 1, "queued": LETTERS - 1}
        # Ninety seconds pass on the database's clock.
        change(
            office,
            "UPDATE deliveries SET lease_until = lease_until - interval '90 seconds' WHERE state = 'claimed'",
        )
        change(office, "UPDATE due SET at = '2020-01-01T00:00Z'")
        async with worker(office, server.port) as lives, asyncio.timeout(PATIENCE_S):
            await server.until_accepted(LETTERS)
            await stopped(lives)
        assert len({email.message_from_bytes(it)["Message-ID"] for it in server.accepted}) == LETTERS
        assert len(server.accepted) == LETTERS, "the unknown one was taken before the process died"
    assert states(office) == {"sent": LETTERS - 1, "unknown": 1}


async def test_a_mail_server_that_hangs_delays_no_stop(office: str) -> None:
    change(office, "UPDATE lanes SET max_in_flight = 1 WHERE name = 'mail'")
    async with Counterpart({Smtp.DOT: HANG}) as server, worker(office, server.port) as process:
        async with asyncio.timeout(PATIENCE_S):
            await server.hanging.wait()
        said = await stopped(process)
        assert "1 letter was being handed over: whoever sent it will be asked" in said
    assert states(office) == {"unknown": 1, "queued": LETTERS - 1}


async def test_a_worker_is_watched_and_hears_nobody(office: str) -> None:
    port = free_port()
    async with (
        worker(office, 9, "--port", str(port)) as process,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        async with http.get("/readyz") as ready:
            assert (ready.status, await ready.text()) == (200, "ready\n")
        async with http.get("/metrics") as figures:
            assert "followup_tick_seconds" in await figures.text()
        async with http.post("/slack/events") as heard:
            assert heard.status == 404
        await stopped(process)
