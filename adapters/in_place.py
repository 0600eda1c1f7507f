"""A surface that a chat shows at once, as the answer to a click; what it cannot show the deliverer does."""

from __future__ import annotations

from bot.ports import ChatError, ChatTryLater
from bot.views.elements import Message
from storage.claiming import Claimed
from storage.store import SqlStore


def stands(store: SqlStore, view: Message) -> bool:
    """What changed nothing (another page, a remark) the deliverer has no reason to show."""
    known = store.surface(view.surface) if view.surface else None
    return known is not None and known.shown >= view.revision


def leave(store: SqlStore, claimed: Claimed, view: Message, problem: ChatError) -> bool:
    """To the deliverer, which waits as long as the chat has asked for. Whether nothing is left for it."""
    if isinstance(problem, ChatTryLater) and problem.after is not None:
        store.deliveries.lane_wait(claimed.lane, problem.after)
    store.deliveries.give_back(claimed)
    return stands(store, view)
