"""The program as a process: it starts, stops on Ctrl-C, is killed, and goes on where it was."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from adapters.demo import prepare, remember
from adapters.restoring import back_up
from adapters.transactions import Clock
from tests.ports import free_port
from tests.stories.command_line import FOLLOWUP, followup, started, until_says
from tests.stories.conftest import staged
from tests.stories.person import Person

PATIENCE_S = 60
ENDS_WITHIN_S = 10
"""From the signal to the end. People are promised two seconds, and it takes less where nothing else runs.
Tests share their machine, on which a process may wait seconds for its turn. What hangs takes far longer."""
PLAYGROUND = (
    *(("GET", path) for path in ("/", "/mailbox", "/live/1", "/home/1", "/static/playground/live.js")),
    *(("POST", path) for path in ("/say", "/act", "/clock", "/reply")),
)
DATABASES = ("sqlite",)
"""The demo keeps everything in a file."""


@pytest.fixture
def folder(tmp_path: Path, company: str) -> Path:
    """A folder with a space in its name, in which the demo has been started before."""
    place = tmp_path / "a folder"
    (place / ".demo").mkdir(parents=True)
    shutil.copy(company.removeprefix("sqlite:///"), place / ".demo" / "followup.db")
    return place


@contextlib.contextmanager
def demo(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    environ = {**os.environ, "BROWSER": "none"}
    process = subprocess.Popen(  # noqa: S603
        [FOLLOWUP, "demo", "--port", str(port), *options],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def ready(process: subprocess.Popen[str]) -> None:
    """Wait for the line that says where the page is; what the log tells may come before."""
    assert process.stdout is not None
    said = []
    async with asyncio.timeout(PATIENCE_S):
        while line := await asyncio.to_thread(process.stdout.readline):
            if re.match(r"Followup is running at http://127\.0\.0\.1:\d+", line):
                return
            said.append(line)
    raise AssertionError("".join(said))


@contextlib.asynccontextmanager
async def as_dana(port: int) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as http:
        yield await Person(http, f"http://127.0.0.1:{port}", "dana.lee@halden.example").sits_down()


async def test_ctrl_c_ends_it_at_once_and_says_what_was_left(folder: Path) -> None:
    """Also while somebody has the page open, which waits for news all the time."""
    port = free_port()
    with demo(folder, port) as process:
        await ready(process)
        async with as_dana(port) as dana, dana.page_left_open():
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, _ = await asyncio.to_thread(process.communicate, None, PATIENCE_S)
            took = time.monotonic() - began
        assert took < ENDS_WITHIN_S, out
        assert process.returncode == 0, out
        assert "Stopped. Nothing was in flight" in out
        assert "Traceback" not in out


async def test_a_second_demo_in_the_same_folder_says_where_the_first_one_runs(folder: Path) -> None:
    """`make demo FRESH=1 DEMO_PORT=…` in another terminal takes nothing from under the first one's feet."""
    port = free_port()
    with demo(folder, port) as first:
        await ready(first)
        with demo(folder, free_port(), "--fresh") as second:
            out, _ = await asyncio.to_thread(second.communicate, None, PATIENCE_S)
        assert second.returncode == 1
        assert f"A demo runs in {folder / '.demo'} already, at http://127.0.0.1:{port}." in out
        assert "in another folder" in out
        async with as_dana(port) as dana:
            assert (await dana.home()).text
        first.kill()
    with demo(folder, port) as again:
        await ready(again)


def test_the_demos_time_never_goes_back(company: str) -> None:
    """Whoever writes down an earlier time than is known already came too late."""
    database, clock, _ = prepare(company)
    thursday = Clock(clock.offset + dt.timedelta(days=3))
    remember(database, thursday)
    remember(database, clock)
    database.close()
    database, clock, _ = prepare(company)
    database.close()
    assert thursday() - clock() < dt.timedelta(hours=1)


async def test_a_move_of_the_clock_outlives_a_death_right_after_it(company: str) -> None:
    async with staged(company) as stage:
        await (await stage.person("dana")).moves_clock("2026-11-26T10:00")
        at = stage.demo.running.clock()
        copied = Path(company.removeprefix("sqlite:///")).with_name("as it died.db")
        back_up(stage.demo.running.transactions, copied, at)
    database, clock, _ = prepare(f"sqlite:///{copied}")
    database.close()
    assert at - clock() < dt.timedelta(hours=1)


async def test_a_letter_survives_the_death_of_the_process_and_leaves_once(folder: Path) -> None:
    port = free_port()
    with demo(folder, port) as process:
        await ready(process)
        async with as_dana(port) as dana:
            await dana.moves_clock("next-0930")
            await dana.clicks("Send update", "Tomasz")
            assert await dana.mailbox() == []
        process.kill()
    for _ in range(2):
        with demo(folder, port) as process:
            await ready(process)
            async with as_dana(port) as dana:
                await dana.moves_clock("+1h")
                [letter] = await dana.mailbox()
                assert letter.to == "tomasz.zielinski@example.com"
                assert (await dana.digest()).row("Tomasz").text.startswith("Told Mon 23 Nov")
            process.kill()
    with sqlite3.connect(folder / ".demo" / "followup.db") as database:
        assert database.execute("SELECT state, count(*) FROM letters GROUP BY 1").fetchall() == [("sent", 1)]


@pytest.fixture
def hears_sighup() -> Iterator[None]:
    """Whatever is started from here, though the tests themselves may run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hears_sighup")
async def test_who_reads_the_log_is_gone_and_the_work_goes_on(folder: Path) -> None:
    """A terminal that was closed, or a disk for logs that is full: each line of it fails from then on."""
    port = free_port()
    with demo(folder, port) as process:
        await ready(process)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        async with as_dana(port) as dana:
            await dana.moves_clock("next-0930")
            await dana.clicks("Send update", "Tomasz")
            await dana.moves_clock("+1h")
            [letter] = await dana.mailbox()
            assert letter.to == "tomasz.zielinski@example.com"
            assert (await dana.digest()).row("Tomasz").text.startswith("Told Mon 23 Nov")
        process.send_signal(signal.SIGHUP)
        assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0, "closing a terminal ends it in order"


class Pipe:
    """What a process logs into, and whoever reads that, or not."""

    def __init__(self) -> None:
        self._reads, self.writes = os.pipe()

    def fill(self) -> None:
        while select.select([], [self.writes], [], 0)[1]:
            os.write(self.writes, b"x" * select.PIPE_BUF)

    def read(self, until: bytes) -> bytes:
        """All that comes until this has come."""
        found = b""
        while until not in found:
            found += os.read(self._reads, 1 << 20)
        return found

    def close(self) -> None:
        os.close(self.writes)
        os.close(self._reads)


async def test_nobody_reads_the_log_any_more_and_the_work_goes_on(folder: Path) -> None:
    """A collector of logs that hangs: its pipe is full, and each line would wait for it without an end."""
    port, environ = free_port(), {**os.environ, "BROWSER": "none"}
    with contextlib.closing(Pipe()) as log:
        process = await asyncio.create_subprocess_exec(
            FOLLOWUP, "demo", "--port", str(port), cwd=folder, env=environ, stderr=log.writes
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.to_thread(log.read, b"Followup is running at")
                log.fill()
                async with as_dana(port) as dana:
                    await dana.moves_clock("next-0930")
                    await dana.clicks("Send update", "Tomasz")
                    await dana.moves_clock("+1h")
                    assert len(await dana.mailbox()) == 1
                    assert b"letter_sent" not in await asyncio.to_thread(log.read, b"x")
                    await dana.clicks("Send update", "Zoë")
                await asyncio.to_thread(log.read, b"Lines of this log were left out here: nobody read it.")
                log.fill()
                process.send_signal(signal.SIGINT)
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()


async def test_killed_while_the_letter_was_being_handed_over_nobody_is_written_to_twice(folder: Path) -> None:
    """The database is put as the process leaves it when it dies between DATA and the server's answer."""
    port = free_port()
    with demo(folder, port) as process:
        await ready(process)
        async with as_dana(port) as dana:
            await dana.moves_clock("next-0930")
            await dana.clicks("Send update", "Tomasz")
        process.kill()
    with sqlite3.connect(folder / ".demo" / "followup.db") as database:
        database.execute("UPDATE letters SET state = 'sending'")
        database.execute(
            "UPDATE deliveries SET state = 'claimed', claim_token = ?, lease_until = ? WHERE kind = 'letter'",
            ("0" * 32, "2020-01-01 00:00:00.000000"),
        )
    with demo(folder, port) as process:
        await ready(process)
        async with as_dana(port) as dana:
            await dana.moves_clock("+1h")
            assert await dana.mailbox() == []
            row = (await dana.digest()).row("Tomasz")
            assert "We cannot tell whether the letter to Tomasz went out" in row.text
            assert list(row.buttons) == ["It went out", "It did not", "Send again", "Ask the admin"]


def test_a_port_that_is_taken_is_said_in_a_sentence(folder: Path) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        with demo(folder, one.getsockname()[1]) as process:
            out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "is taken" in out
    assert "Traceback" not in out


def test_serve_refuses_what_it_cannot_work_with(tmp_path: Path) -> None:
    url = {"DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}"}
    mail = {"SMTP_URL": "smtp://127.0.0.1:1?starttls=never", "MAIL_FROM": "h@acme.example"}
    no_mail = followup("serve", **url)
    assert no_mail.returncode == 1
    assert "FOLLOWUP_SMTP_URL is not set" in no_mail.stderr
    no_tables = followup("serve", **url, **mail)
    assert no_tables.returncode == 1
    assert "run `followup migrate`" in no_tables.stderr
    assert followup("migrate", **url).returncode == 0
    again = followup("migrate", **url)
    assert again.returncode == 0
    assert "was up to date" in again.stdout
    for host in ("198.51.100.7", f"{'a' * 64}.example"):
        elsewhere = followup("serve", "--host", host, **url, **mail)
        assert elsewhere.returncode == 1
        assert f'"{host}" is no address of this machine' in elsewhere.stderr
    with sqlite3.connect(tmp_path / "own.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'from the future'")
    newer = followup("serve", **url, **mail)
    assert newer.returncode == 1
    assert "newer than this program" in newer.stderr
    wrong = followup("serve", **url, **mail, TIMEZONE="Mars/Olympus")
    assert wrong.returncode == 1
    assert "FOLLOWUP_TIMEZONE" in wrong.stderr


@pytest.mark.parametrize(
    ("typed", "meant"), [("migrat", "migrate"), ("Deliverys", "deliveries"), ("PUASE", "pause")]
)
def test_a_command_that_is_unknown_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    unknown = followup(typed)
    assert unknown.returncode == 2
    assert unknown.stderr.splitlines()[-1].endswith(f"Did you mean '{meant}'?")
    assert "Did you mean" not in followup("xyzzy").stderr


async def test_serve_shows_nothing_of_the_playground(tmp_path: Path) -> None:
    """There anybody could be anybody: it is the demo's alone."""
    port = free_port()
    ours = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}",
        "SMTP_URL": "smtp://127.0.0.1:1?starttls=never",
        "MAIL_FROM": "h@acme.example",
    }
    assert (await asyncio.to_thread(followup, "migrate", **ours)).returncode == 0
    async with started("serve", "--port", str(port), **ours) as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while b"Followup is running at" not in (line := await process.stdout.readline()):
                assert line, "It ended before it was running."
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            answers = {}
            for method, path in (("GET", "/healthz"), *PLAYGROUND):
                async with http.request(method, path) as answer:
                    answers[method, path] = answer.status
    assert answers == {("GET", "/healthz"): 200} | dict.fromkeys(PLAYGROUND, 404)


async def test_a_strangers_request_that_is_none_is_one_line_of_the_log(tmp_path: Path) -> None:
    """Whoever reaches the port can send what they like: it is not repeated, and it is no stack trace."""
    port = free_port()
    ours = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}",
        "SMTP_URL": "smtp://127.0.0.1:1?starttls=never",
        "MAIL_FROM": "h@acme.example",
        "LOG_FORMAT": "json",
    }
    assert (await asyncio.to_thread(followup, "migrate", **ours)).returncode == 0
    async with started("serve", "--port", str(port), **ours) as process:
        await until_says(process, "Followup is running at")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /\xff HTTP/1.1\r\nAuthorization: Bearer s3cret\r\n\r\n")
        assert b"400" in await reader.readline()
        writer.close()
        process.send_signal(signal.SIGTERM)
        out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    logged, farewell = out.decode().splitlines()
    line = json.loads(logged)
    assert (line["event"], line["library"]) == ("library_warned", "aiohttp.server")
    assert "Authorization" not in logged
    assert farewell.startswith("Stopped.")


def test_tick_in_the_future_is_for_a_demo_alone(tmp_path: Path, folder: Path) -> None:
    own = {"DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}"}
    assert followup("migrate", **own).returncode == 0
    assert followup("tick", **own).returncode == 0
    refused = followup("tick", "--now", "2099-01-01T00:00Z", **own)
    assert refused.returncode == 1
    assert "for a demo's database only" in refused.stderr
    demos = {"DATABASE_URL": f"sqlite:///{folder / '.demo' / 'followup.db'}", "PILOT": "*"}
    assert followup("tick", "--now", "2026-11-24T14:31Z", **demos).returncode == 0
    with sqlite3.connect(folder / ".demo" / "followup.db") as database:
        kinds = {row[0] for row in database.execute("SELECT kind FROM nudges")}
    assert {"due", "late"} <= kinds
