"""A server that takes its time keeps no place from what goes elsewhere."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping

from adapters.deliverer import Deliverer
from adapters.transactions import Clock, Transactions
from bot.people import Member
from bot.policy import EVERYONE, Policy
from bot.ports import Met
from bot.views.elements import Chart, Message
from storage.database import Database
from tests.contracts.conftest import NOW, Company

AT_ONCE = 2


class Room:
    """A chat that takes whatever comes, or keeps whoever posts waiting until it `opens`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.opens = asyncio.Event()
        self.posted: asyncio.Queue[Mapping[str, str]] = asyncio.Queue()

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        await self.opens.wait()
        self.posted.put_nowait(address)
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


def listed(acme: Company, member: Member, chat: str) -> None:
    """The member reads this chat, and a list is due there."""
    user = member.email
    acme.write(lambda store: store.link_identity(member.id, chat, "T1", user, {"user": user}, NOW))
    acme.digest(member=member)


async def test_a_slow_chat_delays_no_other(acme: Company) -> None:
    slow, quick = Room("slow"), Room("quick")
    quick.opens.set()
    for number in range(3 * AT_ONCE):
        listed(acme, acme.member(f"Slow {number}", email=f"slow{number}@acme.example"), slow.name)
    listed(acme, acme.dana, quick.name)
    url = acme.database.engine.url.render_as_string(hide_password=False)
    everybody = Database(url.replace("+psycopg", ""), Policy(pilot=frozenset({EVERYONE})))
    transactions = Transactions(everybody, Clock())
    deliverer = Deliverer(transactions, None, {it.name: it for it in (slow, quick)}, at_once=AT_ONCE)
    await deliverer.start_due(acme.workspace)
    assert (await asyncio.wait_for(quick.posted.get(), 60))["user"] == acme.dana.email
    assert slow.posted.empty()
    slow.opens.set()
    await deliverer.drain(acme.workspace)
    assert slow.posted.qsize() == 3 * AT_ONCE
    await deliverer.stop()
    transactions.close()
