"""A chat at the port: it takes whatever comes, keeps whoever posts waiting, or refuses."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Mapping

from adapters.deliverer import AT_ONCE, Deliverer
from adapters.transactions import Clock, Transactions
from bot.people import Member
from bot.policy import EVERYONE, Policy
from bot.ports import ChatError, Met
from bot.views.elements import Chart, Message
from storage.database import Database
from tests.contracts.conftest import NOW, Company


class Room:
    """Implements `bot.ports.Chat`. `opens`: until then posts wait. `posted`: to whom, in order."""

    def __init__(self, name: str, *, refuses: ChatError | None = None) -> None:
        self.name = name
        self.opens = asyncio.Event()
        self.opens.set()
        self.posted: asyncio.Queue[str] = asyncio.Queue()
        self.refuses = refuses

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        await self.opens.wait()
        if self.refuses is not None:
            raise self.refuses
        self.posted.put_nowait(address["user"])
        return {"message": address["user"]}

    async def edit(self, address: Mapping[str, str], message: Message) -> None:
        """Nothing is edited here."""

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        return None

    async def show_home(self, address: Mapping[str, str], message: Message) -> None:
        """There is none."""

    async def post_channel(
        self, workspace: uuid.UUID, channel: str, message: Message, pictures: Mapping[Chart, bytes]
    ) -> None:
        """There is none."""


def listed(acme: Company, member: Member, room: Room) -> None:
    """The member reads this chat, and a list is due there."""
    user = member.email
    acme.write(lambda store: store.link_identity(member.id, room.name, "T1", user, {"user": user}, NOW))
    acme.digest(member=member)


@contextlib.asynccontextmanager
async def delivering(
    acme: Company, *rooms: Room, at: dt.datetime = NOW, at_once: int = AT_ONCE
) -> AsyncIterator[Deliverer]:
    """A deliverer that may write to everybody, on a clock that begins at `at`: in the middle of their day."""
    url = acme.database.engine.url.render_as_string(hide_password=False)
    database = Database(url.replace("+psycopg", ""), Policy(pilot=frozenset({EVERYONE})))
    transactions = Transactions(database, Clock(at - dt.datetime.now(dt.UTC)))
    deliverer = Deliverer(transactions, None, {room.name: room for room in rooms}, at_once=at_once)
    try:
        yield deliverer
    finally:
        await deliverer.stop()
        transactions.close()
