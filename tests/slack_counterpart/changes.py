"""Everything that anybody could see change in Slack, in order; who waits for it is woken at once."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
from collections.abc import Callable


class Kind(enum.StrEnum):
    MESSAGE = "message"
    VIEW = "view"
    HOME = "home"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`id` is a message's ts or a view's id; `cause` the trigger_id of the interaction that it answers.

    `user`: who alone sees it; empty for a message in a channel. `new`: nothing was there before.
    `version`: the how-manieth content of a message this is, from 0.
    """

    kind: Kind
    id: str
    user: str
    new: bool
    cause: str = ""
    version: int = 0


class Changes:
    def __init__(self) -> None:
        self._all: list[Change] = []
        self._more = asyncio.Event()

    @property
    def mark(self) -> int:
        """Now; for `since` and `until`."""
        return len(self._all)

    def note(self, change: Change) -> None:
        self._all.append(change)
        before, self._more = self._more, asyncio.Event()
        before.set()

    def since(self, mark: int, wanted: Callable[[Change], bool] = lambda _: True) -> list[Change]:
        return [change for change in self._all[mark:] if wanted(change)]

    async def until(self, mark: int, wanted: Callable[[Change], bool], within: float) -> list[Change]:
        """What changed since, as soon as there is anything; nothing where nothing came within so many s."""
        try:
            async with asyncio.timeout(within):
                while not (found := self.since(mark, wanted)):
                    await self._more.wait()
        except TimeoutError:
            return []
        return found
