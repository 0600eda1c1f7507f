"""The playground as a chat: posting and editing are rows in its own tables."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from typing import TypeVar

from adapters.playground import channels, conversation
from adapters.playground.bell import Bell
from adapters.transactions import Clock
from bot.ports import ChannelRefused, ChatMessageGone, ChatUnreachable, Met
from bot.views.elements import Chart, Message
from storage.database import Database

T = TypeVar("T")

NAME = channels.CHAT


def address_of(member: uuid.UUID) -> dict[str, str]:
    """Where a member is reached here."""
    return {"member": str(member)}


class PlaygroundChat:
    """Implements `bot.ports.Chat` on a database in which `Playground.start` has made the tables."""

    name = NAME

    def __init__(self, database: Database, clock: Clock, bell: Bell | None = None) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell or Bell()
        self._turn = asyncio.Lock()

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        member = _id(address, "member")
        if member is None:
            raise ChatUnreachable("This address names no member of the playground.")
        posted = await self._in_thread(lambda: self._post(member, message))
        return {"message": str(posted)}

    async def edit(self, address: Mapping[str, str], message: Message) -> None:
        posted = _id(address, "message")
        if posted is None or not await self._in_thread(lambda: self._edit(posted, message)):
            raise ChatMessageGone("There is no such message in the playground.")

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        """Nobody: everybody in the demo has been let in at its start."""
        return None

    async def show_home(self, address: Mapping[str, str], message: Message) -> None:
        """It stands beside the conversation, and is drawn anew whenever somebody looks."""
        self._bell.ring()

    async def post_channel(
        self, workspace: uuid.UUID, channel: str, message: Message, pictures: Mapping[Chart, bytes]
    ) -> None:
        room = channels.id_of(channel)
        if not await self._in_thread(lambda: self._post_channel(room, message, pictures)):
            raise ChannelRefused("The playground has no such channel.")

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """One at a time: SQLite has one writer, and the others would only wait in threads."""
        async with self._turn:
            done = await asyncio.to_thread(work)
        self._bell.ring()
        return done

    def _post(self, member: uuid.UUID, message: Message) -> uuid.UUID:
        with self._database.writing() as conn:
            return conversation.add(conn, member, message, self._clock())

    def _post_channel(self, room: uuid.UUID, message: Message, pictures: Mapping[Chart, bytes]) -> bool:
        with self._database.writing() as conn:
            if not channels.exists(conn, room):
                return False
            for chart, png in pictures.items():
                channels.keep_picture(conn, chart, png)
            conversation.add(conn, room, message, self._clock())
            return True

    def _edit(self, posted: uuid.UUID, message: Message) -> bool:
        with self._database.writing() as conn:
            return conversation.replace(conn, posted, message)


def _id(address: Mapping[str, str], key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(address.get(key, ""))
    except ValueError:
        return None
