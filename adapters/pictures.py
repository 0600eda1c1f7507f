"""Pictures of charts, drawn in a process of their own that ends when it is done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence

import structlog

from bot.views.elements import Chart, Element

log = structlog.get_logger()

PATIENCE_S = 30.0
PROGRAM = (sys.executable, "-m", "adapters.picture_process")
_PNG = b"\x89PNG\r\n\x1a\n"


class PictureFailed(Exception):
    """A chart could not be drawn; the text is for the operator."""


class Pictures:
    """Draws one at a time. What cannot be drawn is said by its `alt`."""

    def __init__(self, program: Sequence[str] = PROGRAM, patience_s: float = PATIENCE_S) -> None:
        """`program` reads JSON and writes a PNG: see `adapters.picture_process`."""
        self._program = program
        self._patience_s = patience_s
        self._turn = asyncio.Lock()

    async def of(self, elements: Iterable[Element]) -> Mapping[Chart, bytes]:
        """A PNG for each chart among them that could be drawn."""
        drawn = {}
        for chart in elements:
            if isinstance(chart, Chart):
                try:
                    drawn[chart] = await self.draw(chart)
                except PictureFailed as failed:
                    log.warning("picture_failed", problem=str(failed))
        return drawn

    async def draw(self, chart: Chart) -> bytes:
        """One PNG. Raises `PictureFailed`."""
        asked = {"title": chart.title, "points": [[point.label, point.value] for point in chart.points]}
        async with self._turn:
            return await self._run(json.dumps(asked).encode())

    async def _run(self, asked: bytes) -> bytes:
        pipe, devnull = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                *self._program, stdin=pipe, stdout=pipe, stderr=devnull
            )
        except OSError as error:
            raise PictureFailed(f"The drawing process cannot be started ({type(error).__name__}).") from error
        try:
            async with asyncio.timeout(self._patience_s):
                drawn, _ = await process.communicate(asked)
        except TimeoutError:
            raise PictureFailed(f"The drawing process took more than {self._patience_s:g} s.") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode or not drawn.startswith(_PNG):
            raise PictureFailed(f"The drawing process ended with {process.returncode} and without a picture.")
        return drawn
