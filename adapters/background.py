"""What goes on after a chat has its answer: kept in sight, so that a stop waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from adapters.failing import say_failed
from bot.ports import ChatError

log = structlog.get_logger()

GRACE_S = 5.0


class Background:
    """Tasks that may be lost without harm; what must happen was committed before. `chat` is for the log."""

    def __init__(self, chat: str) -> None:
        self._chat = chat
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or not (error := task.exception()):
            return
        if isinstance(error, ChatError):
            # The chat's own words, which name nobody; what had to happen has been committed.
            log.warning("not_shown", chat=self._chat, problem=str(error))
        else:
            say_failed("background_failed", error, chat=self._chat)

    async def finish(self, patience_s: float = GRACE_S) -> None:
        """Wait until nothing is left, or for so long; then end the rest."""
        end = asyncio.get_running_loop().time() + patience_s
        while self._tasks and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        for task in self._tasks:
            task.cancel()
