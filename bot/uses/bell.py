"""Messages that people must notice: a change of one that they have read rings no bell."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

from bot.nudges import Surface, SurfaceKind
from bot.ports import Store


def unread(
    store: Store,
    kind: SurfaceKind,
    member: uuid.UUID,
    occasion: str,
    now: dt.datetime,
    about: uuid.UUID | None = None,
) -> Surface:
    """The message of this occasion; where the chat has shown it already, one more."""
    for nth in itertools.count(1):
        named = occasion if nth == 1 else f"{occasion}/{nth}"
        surface, _ = store.open_surface(kind, member, named, now, about=about)
        if not surface.shown:
            return surface
    raise AssertionError
