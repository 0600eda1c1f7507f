"""What the bot answers to a click or a typed line, put where it belongs, in the same transaction."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping

from adapters.playground import conversation
from adapters.playground.channels import CHAT
from adapters.playground.conversation import Said
from adapters.playground.tables import Author
from bot import service
from bot.people import Member
from bot.views.elements import FieldErrors, Form, Message
from storage.store import SqlStore


class NotHere(LookupError):
    """There is no such member, message or letter in this demo."""


@dataclasses.dataclass(frozen=True, slots=True)
class AtHome:
    """The answer is the member's home as it now is."""

    view: Message


Answer = Said | AtHome | Form | FieldErrors


def act(
    store: SqlStore,
    now: dt.datetime,
    me: Member,
    action: str,
    message: uuid.UUID | None,
    fields: Mapping[str, str],
) -> Answer:
    view = service.clicked(store, now, me, action, fields)
    return answer(store, now, me, view, message)


def answer(
    store: SqlStore,
    now: dt.datetime,
    me: Member,
    view: Message | Form | FieldErrors,
    clicked: uuid.UUID | None,
) -> Answer:
    """Show the answer where it belongs: a surface in its own place, a private one where it was asked for."""
    if not isinstance(view, Message):
        return view
    if view.surface is not None and _is_home(store, me, view.surface):
        store.mark_shown(view.surface, view.revision)
        return AtHome(view)
    if view.surface is None and clicked is not None and _is_private(store, me, clicked):
        shown = clicked
        conversation.replace(store.conn, shown, view)
    else:
        shown = conversation.add(store.conn, me.id, view, now)
    if view.surface is not None:
        store.mark_shown(view.surface, view.revision, CHAT, {"message": str(shown)})
    conversation.mark_read(store.conn, me.id)
    said = conversation.get(store.conn, shown)
    if said is None:
        raise NotHere("The message has gone.")
    return said


def _is_home(store: SqlStore, me: Member, surface: uuid.UUID) -> bool:
    home = store.home_surface(me.id)
    return home is not None and home.id == surface


def _is_private(store: SqlStore, me: Member, message: uuid.UUID) -> bool:
    """Whether this is something the bot told only this member, and no surface."""
    found = conversation.get(store.conn, message)
    return (
        found is not None
        and found.member == me.id
        and found.author is Author.BOT
        and found.view.surface is None
    )
