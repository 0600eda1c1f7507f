"""Every commit waits for the disk: short writes that nobody looks at share one."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import dataclasses
import functools
import itertools
import threading
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

from storage.trouble import in_the_way, passes

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


class _Again(Exception):
    """The commit it was in came to nothing through another one, as far as anybody knows."""


class SharedCommits(Generic[Work]):
    """Each write is on the disk when it is answered, or it raises and nothing of it is.

    `together` does several in one transaction and gives back their results, or keeps nothing of any and
    raises; it is called in a thread of `turns`. `alone` does one. A write that was not kept is done again
    alone, so that one of them spoils no other. `line`: only those of one line share a commit, and each line
    has one at a time.
    """

    def __init__(
        self,
        turns: Executor,
        together: Callable[[Iterator[Waiting[Work]]], Sequence[object]],
        alone: Callable[[Work], Awaitable[object]],
        line: Callable[[Work], Hashable],
    ) -> None:
        self._turns = turns
        self._together = together
        self._alone = alone
        self._line = line
        self._waiting: defaultdict[Hashable, deque[Waiting[Work]]] = defaultdict(deque)
        self._busy: set[Hashable] = set()
        self._lock = threading.Lock()
        """Of the two above, which any thread may change."""

    async def write(self, work: Work) -> object:
        """What the work returned; raises what it raised, or what the database did."""
        loop = asyncio.get_running_loop()
        one = Waiting(work, contextvars.copy_context(), loop.create_future())
        line = self._line(work)
        with self._lock:
            self._waiting[line].append(one)
        self._turns.submit(self._turn, line, loop)
        try:
            return await one.answer
        except _Again:
            return await self._alone(work)

    def _turn(self, line: Hashable, loop: asyncio.AbstractEventLoop) -> None:
        """As many turns as writes: one that finds nothing to do was forestalled by an earlier one."""
        with self._lock:
            if line in self._busy or line not in self._waiting:
                return
            self._busy.add(line)
        try:
            self._commit(self._waiting[line], loop)
        finally:
            self._next_turn(line, loop)

    def _next_turn(self, line: Hashable, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            self._busy.remove(line)
            if not self._waiting[line]:
                del self._waiting[line]
                return
        try:
            self._turns.submit(self._turn, line, loop)
        except RuntimeError:  # there are no more turns than were asked for: the program ends
            self._turn(line, loop)

    def _commit(self, waiting: deque[Waiting[Work]], loop: asyncio.AbstractEventLoop) -> None:
        taken: list[Waiting[Work]] = []
        due = _due(waiting, taken)
        if (first := next(due, None)) is None:
            return
        try:
            results = self._together(itertools.chain([first], due))
        except Exception as error:
            # Unless the database was away for all of them.
            away = passes(error) and not in_the_way(error)
            tell = functools.partial(_fail, taken, error if away else _Again())
        else:
            tell = functools.partial(_answer, taken, results)
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody waits any more
            loop.call_soon_threadsafe(tell)


def _due(waiting: deque[Waiting[Work]], taken: list[Waiting[Work]]) -> Iterator[Waiting[Work]]:
    end = time.monotonic() + LONGEST_S
    while waiting and len(taken) < MOST and time.monotonic() < end:
        one = waiting.popleft()
        if not one.answer.cancelled():
            taken.append(one)
            yield one


def _answer(taken: Sequence[Waiting[Work]], results: Sequence[object]) -> None:
    """On the event loop. Whoever asked may have gone away meanwhile."""
    for one, result in zip(taken, results, strict=True):
        if not one.answer.done():
            one.answer.set_result(result)


def _fail(taken: Sequence[Waiting[Work]], error: Exception) -> None:
    for one in taken:
        if not one.answer.done():
            one.answer.set_exception(error)
