"""What every chat promises the deliverer: `bot.ports.Chat`, on the counterparts and on the playground."""

from __future__ import annotations

import dataclasses

import pytest

from bot.ports import ChannelRefused, ChatError, ChatMessageGone, ChatTryLater, ChatUnreachable
from tests.contracts import chat_rooms
from tests.contracts.chat_rooms import (
    CHART,
    MESSAGES,
    PNG,
    SUMMARY,
    Address,
    PlaygroundRoom,
    Room,
    SlackRoom,
    TeamsRoom,
    saying,
)
from tests.contracts.conftest import Company
from tests.plain_text import buttons_of

slack, teams, playground = chat_rooms.slack, chat_rooms.teams, chat_rooms.playground


@pytest.fixture(params=["slack", "teams", "playground"])
def room(
    request: pytest.FixtureRequest, slack: SlackRoom, teams: TeamsRoom, playground: PlaygroundRoom
) -> Room:
    rooms: dict[str, Room] = {"slack": slack, "teams": teams, "playground": playground}
    return rooms[request.param]


async def test_what_is_posted_is_changed_where_it_stands(room: Room) -> None:
    first = await room.chat.post(room.dana, saying("Three wait."))
    second = await room.chat.post(room.dana, saying("A letter needs you."))
    assert first != second
    await room.chat.edit(first, saying("Two wait."))
    assert "Two wait." in room.reads(first)
    assert "Three wait." not in room.reads(first)
    assert "A letter needs you." in room.reads(second)
    assert room.count() == 2


async def test_what_is_gone_cannot_be_changed(room: Room) -> None:
    address = await room.chat.post(room.dana, saying("Three wait."))
    room.deletes(address)
    with pytest.raises(ChatMessageGone):
        await room.chat.edit(address, saying("Two wait."))
    assert room.count() == 0


async def test_an_address_is_kept_as_json_and_says_nothing_of_the_person(room: Room) -> None:
    address = await room.chat.post(room.dana, saying("Three wait."))
    assert all(isinstance(part, str) for item in address.items() for part in item)
    assert "dana" not in str(address).casefold()


@pytest.mark.parametrize("nobody", [{}, {"user": "U0NOBODY", "tenant": "T0ACME", "member": "nobody"}])
async def test_who_cannot_be_written_to_is_named_so(room: Room, nobody: Address) -> None:
    with pytest.raises(ChatError) as refused:
        await room.chat.post(nobody, saying("Three wait."))
    assert not isinstance(refused.value, ChatTryLater)
    if nobody:
        assert isinstance(refused.value, ChatUnreachable)


async def test_every_message_of_ours_can_be_posted_and_put_in_the_place_of_another(room: Room) -> None:
    for name, view in MESSAGES.items():
        plain = dataclasses.replace(view, surface=None)
        posted = await room.chat.post(room.dana, plain)
        shown = room.reads(posted)
        edited = await room.chat.post(room.dana, saying("Wait."))
        await room.chat.edit(edited, plain)
        assert room.reads(edited) == shown, name
        for button in buttons_of(view):
            assert button.label[:20] in shown, f"{name} has lost a button"


async def test_a_home_is_shown_where_there_is_a_place_for_it_and_is_no_message(room: Room) -> None:
    await room.chat.show_home(room.dana, saying("Three wait."))
    await room.chat.show_home(room.dana, saying("Two wait."))
    assert room.count() == 0


async def test_a_team_reads_what_is_posted_in_its_channel(room: Room, acme: Company) -> None:
    await room.chat.post_channel(acme.workspace, room.channel, SUMMARY, {CHART: PNG})
    [read] = room.channel_reads()
    assert "14 waiting (last week 16), 2 past their date" in read
    assert "My own list" in read
    assert room.pictures() == [PNG]
    assert room.count() == 0, "nobody got it as a message of their own"


async def test_without_a_picture_the_words_are_there(room: Room, acme: Company) -> None:
    await room.chat.post_channel(acme.workspace, room.channel, SUMMARY, {})
    [read] = room.channel_reads()
    assert CHART.alt in read
    assert room.pictures() == []


@pytest.mark.parametrize(
    "nowhere", ["", "elsewhere:C1", "slack:T0ACME:C0NOWHERE", "playground:#none", "teams:"]
)
async def test_a_channel_that_is_none_is_refused(room: Room, acme: Company, nowhere: str) -> None:
    with pytest.raises(ChannelRefused):
        await room.chat.post_channel(acme.workspace, nowhere, SUMMARY, {})
    assert room.channel_reads() == []
