"""Slack's Web API as npm `emulate` knows it, which nobody here wrote, in a process of Node's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from selectolax.lexbor import LexborHTMLParser

from tests.node import FOLDER, NODE, end

PATIENCE_S = 30.0

Json = dict[str, Any]


class Emulator:
    """One Slack, made by `emulated`."""

    url = ""

    def __init__(self, process: asyncio.subprocess.Process, http: aiohttp.ClientSession) -> None:
        self._process = process
        self._http = http

    async def starts(self, seed: Json) -> None:
        self.url = f"http://127.0.0.1:{await self._hears(seed)}"

    async def later(self, seconds: int) -> None:
        """So much time goes by there."""
        await self._hears(seconds)

    async def _hears(self, word: object) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(word).encode() + b"\n")
        said = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE_S)
        assert said, "The emulator has ended; why stands on standard error."
        return int(said)

    async def call(self, token: str, method: str, **arguments: object) -> Json:
        """What it answers to one call, good or bad."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self._http.post(f"{self.url}/api/{method}", json=arguments, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            said: Json = await answer.json()
            return said

    async def views(self, of: str) -> list[str]:
        """The views of somebody (by user name) as its own page shows them: each its kind and its words."""
        async with self._http.get(self.url, params={"tab": "views"}) as page:
            seen = LexborHTMLParser(await page.text())
        rows = [
            [" ".join(cell.text(separator=" ").split()) for cell in row.css("td")] for row in seen.css("tr")
        ]
        return [f"{row[1]}: {row[4]}" for row in rows if len(row) == _VIEW_COLUMNS and row[2] == of]


_VIEW_COLUMNS = 8


@contextlib.asynccontextmanager
async def emulated(seed: Json) -> AsyncIterator[Emulator]:
    """`seed` is what `createEmulator` takes for Slack. It ends with the story, and with whoever runs it."""
    process = await asyncio.create_subprocess_exec(
        NODE, "slack_emulator.mjs", cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        async with aiohttp.ClientSession() as http:
            emulator = Emulator(process, http)
            await emulator.starts(seed)
            yield emulator
    finally:
        await end(process)
