"""A member's home: opened when they look at it, kept true from then on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from bot.nudges import SurfaceKind
from bot.people import Member
from bot.ports import Store
from bot.uses.desk import listed


def opened(store: Store, now: dt.datetime, member: Member) -> uuid.UUID:
    """The member looks at their home: it is shown anew, from its first page. The surface's id."""
    surface, _ = store.open_surface(SurfaceKind.HOME, member.id, "home", now)
    if surface.page:
        store.turn_page(surface.id, 0)
    store.put_on(surface.id, [loop.id for loop in listed(store, now, member)], (), now)
    return surface.id


def keep_true(store: Store, now: dt.datetime, member: uuid.UUID, loops: Sequence[uuid.UUID]) -> None:
    """Something about these loops has changed: they belong to the member's home, if there is one."""
    home = store.home_surface(member)
    if home is not None:
        store.put_on(home.id, loops, (), now)
