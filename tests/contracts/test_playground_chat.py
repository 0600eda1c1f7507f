"""What the playground as a chat promises beyond the others."""

from __future__ import annotations

import uuid

import pytest

from bot.ports import ChatMessageGone, ChatUnreachable
from bot.views.elements import Heading, Message
from tests.contracts import chat_rooms
from tests.contracts.chat_rooms import PlaygroundRoom

playground = chat_rooms.playground


def _surface(surface: uuid.UUID, revision: int) -> Message:
    text = f"Revision {revision}"
    return Message(notification=text, elements=(Heading(text),), surface=surface, revision=revision)


async def test_the_chat_edits_in_place_and_never_backwards(playground: PlaygroundRoom) -> None:
    surface, home = uuid.uuid4(), playground.dana
    posted = await playground.chat.post(home, _surface(surface, 1))
    await playground.chat.edit(posted, _surface(surface, 3))
    await playground.chat.edit(posted, _surface(surface, 2))
    assert await playground.chat.post(home, _surface(surface, 3)) == posted
    assert "Revision 3" in playground.reads(posted)
    assert playground.count() == 1


async def test_the_chat_says_when_there_is_nothing_to_edit_and_nobody_to_write_to(
    playground: PlaygroundRoom,
) -> None:
    with pytest.raises(ChatMessageGone):
        await playground.chat.edit({"message": str(uuid.uuid4())}, _surface(uuid.uuid4(), 1))
    with pytest.raises(ChatMessageGone):
        await playground.chat.edit({}, _surface(uuid.uuid4(), 1))
    with pytest.raises(ChatUnreachable):
        await playground.chat.post({"member": "nobody"}, _surface(uuid.uuid4(), 1))
