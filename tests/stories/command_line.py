"""The command line, as whoever looks after the machine types it: each command a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

FOLLOWUP = Path(sys.executable).parent / "followup"
PATIENCE_S = 120.0


def environment(**settings: str) -> dict[str, str]:
    """The machine's own, with these settings (`DATABASE_URL` and so on) and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOLLOWUP_")}
    return kept | {f"FOLLOWUP_{name}": value for name, value in settings.items()}


def followup(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command, and what came of it."""
    return run(FOLLOWUP, *words, **settings)


def run(program: str | Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Any program, and what came of it; none of them leaves a stack trace."""
    ended = subprocess.run(  # noqa: S603
        [program, *words],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


@contextlib.asynccontextmanager
async def started(*words: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command that goes on until it is told to stop; what it says comes in `stdout`."""
    process = await asyncio.create_subprocess_exec(
        FOLLOWUP, *words, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def until_says(process: asyncio.subprocess.Process, words: str) -> str:
    """Wait until a started command says this; all that it has said so far."""
    assert process.stdout is not None
    out = b""
    async with asyncio.timeout(PATIENCE_S):
        while words.encode() not in out:
            line = await process.stdout.readline()
            assert line, out.decode()
            out += line
    return out.decode()
