"""A sheet: updates to several candidates, looked at together, sent with one click and undone with one.

It is kept between its steps, because a chat's own memory is no place for names and addresses.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

MOST = 10
"""Lines of a sheet: what can be looked through before one click sends it all."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One candidate: the loop, and the promise that was current when the sheet was opened.

    `fields` is what was filled in (`what`, `to`, `date`, `reason`); `why` says why it was left out; `letter`
    is the one that was queued.
    """

    loop: uuid.UUID
    promise: uuid.UUID | None
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict)
    why: str = ""
    letter: uuid.UUID | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`passed` are the loops of the sheets before it: they do not come again in the next one."""

    id: uuid.UUID
    member: uuid.UUID
    lines: tuple[Line, ...]
    passed: tuple[uuid.UUID, ...] = ()
    sent: bool = False

    @property
    def loops(self) -> tuple[uuid.UUID, ...]:
        return tuple(line.loop for line in self.lines)

    def finished(self, lines: tuple[Line, ...]) -> Sheet:
        """After it was sent: what had been filled in is forgotten, what became of each line is kept."""
        bare = tuple(dataclasses.replace(line, fields={}) for line in lines)
        return dataclasses.replace(self, lines=bare, sent=True)
