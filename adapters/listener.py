"""Hears the hints of other processes that something is due, so that nobody waits for the next look."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import structlog

from storage.database import Database

log = structlog.get_logger()

LOOK_UP_EVERY_S = 1.0
"""How often it looks whether it is to stop."""
COME_BACK_AFTER_S = 5.0


class Listener:
    """A thread with a connection of its own. Where the server is away nothing but its hints is missing."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        """`wake` is called in the loop that `start` was called in."""
        self._database = database
        self._wake = wake
        self._stopping = threading.Event()

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, args=(loop,), name="listener", daemon=True).start()

    def stop(self) -> None:
        """It ends by itself soon after."""
        self._stopping.set()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stopping.is_set():
            try:
                for came in self._database.hear_hints(LOOK_UP_EVERY_S):
                    if self._stopping.is_set():
                        return
                    if came:
                        loop.call_soon_threadsafe(self._wake)
            except Exception as error:
                log.warning("no_hints", error=type(error).__name__)
                self._stopping.wait(COME_BACK_AFTER_S)
