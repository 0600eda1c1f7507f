"""SQLite has one writer, and every commit waits for the disk: short writes that wait for it share one."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import dataclasses
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

from storage.trouble import passes

Work = TypeVar("Work")
MOST = 20
"""Writes in one commit."""
LONGEST_S = 0.02
"""Nothing more is begun in a commit after so many seconds: somebody's click may wait behind it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting(Generic[Work]):
    """A write that nobody has begun; to be done in the context of whoever asked for it."""

    work: Work
    context: contextvars.Context
    answer: asyncio.Future[object]


Answer = tuple[object, Exception | None]


class SharedCommits(Generic[Work]):
    """Each write is on the disk when it is answered, or it raises and nothing of it is.

    `together` does them all in one transaction and gives back their results, or keeps nothing of any and
    raises; `alone` does one. Both are called in a thread of `writer`. A write that was not kept is done again
    alone, so that one of them spoils no other.
    """

    def __init__(
        self,
        writer: Executor,
        together: Callable[[Iterator[Waiting[Work]]], Sequence[object]],
        alone: Callable[[Work], object],
    ) -> None:
        self._writer = writer
        self._together = together
        self._alone = alone
        self._waiting: deque[Waiting[Work]] = deque()

    async def write(self, work: Work) -> object:
        """What the work returned; raises what it raised, or what the database did."""
        loop = asyncio.get_running_loop()
        one = Waiting(work, contextvars.copy_context(), loop.create_future())
        self._waiting.append(one)
        # As many turns as writes: one that finds nothing was forestalled by an earlier one.
        self._writer.submit(self._turn, loop)
        return await one.answer

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        taken: list[Waiting[Work]] = []
        waiting = self._due(taken)
        if (first := next(waiting, None)) is None:
            return
        try:
            results = self._together(itertools.chain([first], waiting))
        except Exception as error:
            answers = [self._again(one, error) for one in taken]
        else:
            answers = [(result, None) for result in results]
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody waits any more
            loop.call_soon_threadsafe(_tell, list(zip(taken, answers, strict=True)))

    def _due(self, taken: list[Waiting[Work]]) -> Iterator[Waiting[Work]]:
        end = time.monotonic() + LONGEST_S
        while self._waiting and len(taken) < MOST and time.monotonic() < end:
            one = self._waiting.popleft()
            if not one.answer.cancelled():
                taken.append(one)
                yield one

    def _again(self, one: Waiting[Work], error: Exception) -> Answer:
        """By itself, unless the database was away for all of them."""
        if passes(error):
            return None, error
        try:
            return one.context.run(self._alone, one.work), None
        except Exception as its_own:
            return None, its_own


def _tell(answers: Sequence[tuple[Waiting[Work], Answer]]) -> None:
    """On the event loop. Whoever asked may have gone away meanwhile."""
    for one, (result, error) in answers:
        if one.answer.done():
            continue
        if error is None:
            one.answer.set_result(result)
        else:
            one.answer.set_exception(error)
