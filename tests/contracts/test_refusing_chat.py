"""A chat that answers, and refuses a member's messages: for good, or for a day."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from adapters.surface_delivery import CHAT_TRIES
from bot.ports import ChatError, ChatTryLater
from storage.tables import deliveries
from tests.contracts.conftest import NOW, Company
from tests.contracts.rooms import Room, delivering, listed


def reachable(acme: Company) -> bool:
    dana = acme.read(lambda store: store.member(acme.dana.id))
    assert dana is not None
    return dana.reachable


async def test_who_is_refused_for_hours_counts_as_out_of_reach(acme: Company) -> None:
    room = Room("strict", refuses=ChatError("The chat answered 400."))
    listed(acme, acme.dana, room)
    async with delivering(acme, room) as deliverer:
        await deliverer.drain(acme.workspace)
        [waiting] = acme.read(lambda store: store.deliveries.waiting(9))
        assert waiting.attempts == 1
        assert reachable(acme), "once may be a moment's weakness"
        acme.sql(sa.update(deliveries).values(attempts=CHAT_TRIES, not_before=NOW))
        await deliverer.drain(acme.workspace)
    assert not reachable(acme)
    left = acme.read(lambda store: store.deliveries.waiting(9))
    assert not [it for it in left if it.attempts], "nothing is tried for ever"


async def test_a_list_that_the_chat_takes_at_night_only_comes_in_the_morning(acme: Company) -> None:
    room = Room("tired", refuses=ChatTryLater("Come back later."))
    listed(acme, acme.dana, room)
    at_night, in_the_morning = NOW + dt.timedelta(hours=11), NOW + dt.timedelta(hours=22, minutes=31)
    async with delivering(acme, room) as deliverer:
        await deliverer.drain(acme.workspace)
    room.refuses = None
    async with delivering(acme, room, at=at_night) as deliverer:
        await deliverer.drain(acme.workspace)
        assert room.posted.empty(), "it is ten in the evening in Berlin"
    async with delivering(acme, room, at=in_the_morning) as deliverer:
        await deliverer.drain(acme.workspace)
        assert room.posted.qsize() == 1
