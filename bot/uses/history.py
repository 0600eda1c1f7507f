"""The history of a loop, for those who may write to the candidate, and for the lead."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from bot.access import Viewpoint, viewpoint
from bot.changes import Refused
from bot.ports import History
from bot.uses.desk import Desk, Fields
from bot.views import history as views
from bot.views.elements import View


def history(desk: Desk, _: Fields) -> View:
    """A page of it; the newest where none is named."""
    loop = desk.visible()
    point = viewpoint(desk.member, loop, desk.now, lead=desk.lead_ids())
    if point is Viewpoint.WAITED_FOR or point is None:
        raise Refused(
            f"You are asked for your word. {loop.owner.first_name} can tell you what happened so far."
        )
    kept = desk.store.history(loop.id)
    page = desk.action.argument if desk.action else ""
    return views.history(
        loop,
        kept,
        desk.store.names_of(_members(kept)),
        desk.viewer(),
        letters=point.may_write,
        page=int(page) if page.isdecimal() and page.isascii() else None,
    )


def _members(kept: History) -> set[uuid.UUID]:
    """Everybody a history may name."""
    return {it for it in _ids(kept) if it is not None}


def _ids(kept: History) -> Iterator[uuid.UUID | None]:
    for nudge in kept.nudges:
        yield nudge.recipient
        yield _read(nudge.occasion.rpartition("/")[2])
    for _, entry in kept.audit:
        yield entry.by
        yield entry.on_behalf_of
        yield from (_read(fact) for fact in entry.facts.values())


def _read(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
