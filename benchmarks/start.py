"""What starting costs: imports alone, and a `serve` that answers, against the bare libraries."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.company import Company
from benchmarks.measure import Options, Result, status_of
from tests.ports import free_port

ROUNDS = 5
PATIENCE_S = 30.0

BARE_IMPORTS = "import aiohttp, sqlalchemy"
OUR_IMPORTS = "import adapters.cli, adapters.http, adapters.serving, adapters.runner"
OUR_SERVE = "from adapters.cli import main; main()"
BARE_SERVE = """
import sys
import sqlalchemy
from aiohttp import web
engine = sqlalchemy.create_engine(sys.argv[2])
async def ready(_):
    with engine.connect() as conn:
        conn.execute(sqlalchemy.text("SELECT name FROM workspaces")).all()
    return web.Response(text="ready")
app = web.Application()
app.router.add_get("/readyz", ready)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


class Cost(NamedTuple):
    """Seconds until ready, and the memory held then, in MiB."""

    seconds: float
    memory: float


def run(_: Options) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "followup.db"
        company = Company(path)
        company.manager()
        company.save()
        url = f"sqlite:///{path}"
        yield from _compared(
            "imports", lambda: imports(OUR_IMPORTS), lambda: imports(BARE_IMPORTS),
            f"fresh processes: `{OUR_IMPORTS}` against `{BARE_IMPORTS}`",
        )  # fmt: skip
        yield from _compared(
            "serve, until /readyz answers", lambda: _our_serve(url), lambda: _bare_serve(url),
            "`followup serve` against a bare aiohttp server with one SQLAlchemy query, same database",
        )  # fmt: skip


def _compared(what: str, ours: Callable[[], Cost], theirs: Callable[[], Cost], how: str) -> Iterator[Result]:
    ours()
    theirs()
    pairs = [(ours(), theirs()) for _ in range(ROUNDS)]
    for name, unit, field in (("time", "s", 0), ("memory", "MiB", 1)):
        a = statistics.median(pair[0][field] for pair in pairs)
        b = statistics.median(pair[1][field] for pair in pairs)
        of = f"{a:.2f} against {b:.2f} {unit}" if unit == "s" else f"{a:.0f} against {b:.0f} {unit}"
        taken = f"{how}; medians of {ROUNDS}, in turns" if field == 0 else ""
        yield Result(what=f"{what}: {name}", ratio=a / b, of=of, how=taken)


def imports(code: str) -> Cost:
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", f"{code}; print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    cost = Cost(time.perf_counter() - start, memory(process.pid))
    process.communicate(b"\n")
    return cost


def _our_serve(url: str) -> Cost:
    with serving(url) as (_, cost):
        return cost


@contextlib.contextmanager
def serving(url: str) -> Iterator[tuple[int, Cost]]:
    """`followup serve` on this database, ready: its process, and what that has cost."""
    port = free_port()
    settings = {
        "FOLLOWUP_DATABASE_URL": url,
        "FOLLOWUP_SMTP_URL": "smtp://127.0.0.1:9?starttls=never",
        "FOLLOWUP_MAIL_FROM": "hiring@acme.example",
        "FOLLOWUP_PILOT": "*",
    }
    command = [sys.executable, "-c", OUR_SERVE, "serve", "--port", str(port)]
    with _until_ready(command, port, settings) as ready:
        yield ready


def _bare_serve(url: str) -> Cost:
    port = free_port()
    with _until_ready([sys.executable, "-c", BARE_SERVE, str(port), url], port, {}) as (_, cost):
        return cost


@contextlib.contextmanager
def _until_ready(command: list[str], port: int, settings: dict[str, str]) -> Iterator[tuple[int, Cost]]:
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        command, env=os.environ | settings, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    while not _ready(port):
        if process.poll() is not None or time.perf_counter() - start > PATIENCE_S:
            process.kill()
            raise RuntimeError(f"{command[2][:40]} did not become ready")
        time.sleep(0.005)
    try:
        yield process.pid, Cost(time.perf_counter() - start, memory(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _ready(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return b" 200 " in line.recv(100)
    return False


def memory(pid: int) -> float:
    """What a process holds now, in MiB."""
    if found := status_of(str(pid), "VmRSS"):
        return found
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True)  # noqa: S603, S607
    return int(said.stdout) / 1024
