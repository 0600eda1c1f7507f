"""What goes wrong between us and Teams, and what the port says of it. Nothing is repeated unasked."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from adapters.teams.chat import TeamsChat
from adapters.teams.client import TeamsRefused
from adapters.teams.tenants import NAME
from adapters.transactions import Clock, Transactions
from bot.ports import (
    ChannelRefused,
    ChatError,
    ChatMessageGone,
    ChatNotInstalled,
    ChatTryLater,
    ChatUnreachable,
)
from bot.uses.desk import say
from tests.contracts.conftest import NOW, Company
from tests.teams_counterpart import TENANT, Fault, TeamsCounterpart, User
from tests.teams_counterpart.chat import address_in_teams, teams_chat


class Room:
    def __init__(self, chat: TeamsChat, teams: TeamsCounterpart) -> None:
        self.chat = chat
        self.teams = teams
        self.dana: User = teams.memory.hire("dana@acme.example", "Dana Ott")
        self.address = address_in_teams(teams, self.dana)
        self.stranger = address_in_teams(teams, self.dana, conversation=False)
        self.posted: dict[str, str] = {}

    async def ready(self) -> Room:
        self.posted = dict(await self.chat.post(self.address, say("Three wait.")))
        return self

    @property
    def calls(self) -> dict[str, Callable[[], Awaitable[object]]]:
        return {
            "post": lambda: self.chat.post(self.address, say("Three wait.")),
            "edit": lambda: self.chat.edit(self.posted, say("Two wait.")),
            "create": lambda: self.chat.post(self.stranger, say("Three wait.")),
            "member": lambda: self.chat.person(
                self.teams.service_url, self.dana.chat, self.dana.account, TENANT
            ),
        }


@pytest.fixture
async def room(acme: Company) -> AsyncIterator[Room]:
    transactions = Transactions(acme.database, Clock())
    async with teams_chat(transactions, acme.workspace) as (chat, teams):
        yield await Room(chat, teams).ready()
    transactions._writers.shutdown()
    transactions._readers.shutdown()


async def test_too_often_is_later_and_says_how_much_later(room: Room) -> None:
    for call, attempt in room.calls.items():
        room.teams.faults.fail(call, Fault(status=429, retry_after="7"))
        with pytest.raises(ChatTryLater) as later:
            await attempt()
        assert later.value.after == 7, call
        await attempt()


async def test_trouble_is_later_and_nothing_is_repeated_by_itself(room: Room) -> None:
    html = "<html><body>Bad gateway</body></html>"
    faults = [
        Fault(status=412), Fault(status=429), Fault(status=502, text=html), Fault(status=503),
        Fault(status=504), Fault(drop=True), Fault(drop=True, after=True),
    ]  # fmt: skip
    for call, attempt in room.calls.items():
        before = len(room.teams.connector.called(call))
        for fault in faults:
            room.teams.faults.fail(call, fault)
            with pytest.raises(ChatTryLater) as later:
                await attempt()
            assert later.value.after is None, (call, fault)
        assert len(room.teams.connector.called(call)) == before + len(faults), call
        room.teams.faults.fail(call, Fault(status=500, text=html))
        with pytest.raises(ChatTryLater) as later:
            await attempt()
        assert later.value.after == 30, "a 500 is not to be tried again at once"
        await attempt()


FINAL = (
    "BotNotInConversationRoster", "ConversationBlockedByUser", "BotDisabledByAdmin", "MessageWritesBlocked",
)  # fmt: skip


@pytest.mark.parametrize("code", FINAL)
async def test_a_final_error_makes_the_member_unreachable_whatever_its_body_looks_like(
    room: Room, code: str
) -> None:
    faults = [
        Fault(status=403, code=code),
        Fault(status=403, text=f'{{"error": {{"code": "Forbidden", "message": "{code}: no"}}}}'),
        Fault(status=403, text=f"<html>{code}</html>"),
    ]
    for call in ("post", "create", "edit"):
        for fault in faults:
            room.teams.faults.fail(call, fault)
            with pytest.raises(ChatUnreachable, match=code):
                await room.calls[call]()


async def test_other_refusals_are_named_for_the_operator(room: Room) -> None:
    for call in ("post", "edit", "member"):
        room.teams.faults.fail(call, Fault(status=400, code="BadSyntax"))
        with pytest.raises(TeamsRefused, match="400 BadSyntax"):
            await room.calls[call]()
    room.teams.faults.fail("post", Fault(status=403))
    with pytest.raises(TeamsRefused) as refused:
        await room.calls["post"]()
    assert not isinstance(refused.value, ChatTryLater | ChatUnreachable)


async def test_a_conversation_that_is_lost_is_begun_anew_and_remembered(room: Room, acme: Company) -> None:
    lost = {**room.address, "conversation": "a:1lost"}
    link = (acme.dana.id, NAME, TENANT, room.dana.id, lost, NOW)
    acme.write(lambda store: store.link_identity(*link))
    posted = await room.chat.post(lost, say("Three wait."))
    assert posted["conversation"] == room.dana.chat
    assert acme.read(lambda store: store.address_in(NAME, TENANT, room.dana.id)) == room.address


async def test_the_first_message_to_somebody_begins_a_conversation_with_them_alone(room: Room) -> None:
    await room.calls["create"]()
    [asked] = room.teams.connector.called("create")
    assert asked["members"] == [{"id": room.dana.id}]
    assert asked["tenantId"] == TENANT
    room.dana.installed = False
    with pytest.raises(ChatUnreachable, match="BotNotInConversationRoster"):
        await room.calls["create"]()


async def test_a_message_in_a_conversation_that_is_gone_is_gone(room: Room) -> None:
    with pytest.raises(ChatMessageGone):
        await room.chat.edit({**room.posted, "conversation": "a:1lost"}, say("Two wait."))


async def test_one_token_serves_all_and_is_fetched_once(room: Room) -> None:
    given = room.teams.microsoft.given
    given.clear()
    with pytest.raises(TeamsRefused, match="401"):
        await room.calls["post"]()
    await asyncio.gather(*(room.calls["post"]() for _ in range(20)))
    assert len(given) == 1, "one that Teams does not take any more is replaced, once"


async def test_a_secret_that_is_not_taken_is_said_without_it(room: Room) -> None:
    room.teams.microsoft.given.clear()
    room.teams.microsoft.secret = "another"
    with pytest.raises(TeamsRefused):
        await room.calls["post"]()
    with pytest.raises(ChatError, match="AADSTS7000215") as refused:
        await room.calls["post"]()
    assert not isinstance(refused.value, ChatTryLater)
    assert room.teams.secret not in str(refused.value)
    room.teams.microsoft.down = True
    with pytest.raises(ChatTryLater):
        await room.calls["post"]()


async def test_a_slow_answer_delays_nobody_else(room: Room) -> None:
    room.teams.faults.fail("post", Fault(hang=True))
    slow = asyncio.ensure_future(room.calls["post"]())
    await asyncio.gather(*(room.calls["edit"]() for _ in range(5)))
    await room.calls["post"]()
    assert not slow.done()
    room.teams.faults.wakes.set()
    with pytest.raises(ChatTryLater):
        await slow


async def test_the_token_goes_to_no_other_host(room: Room) -> None:
    before = len(room.teams.connector.calls)
    for url in ("http://127.0.0.1:9/teams/", "https://evil.example/", "file:///etc/passwd", ""):
        with pytest.raises(ChatError):
            await room.chat.post({**room.address, "service_url": url}, say("Three wait."))
        with pytest.raises(ChatError):
            await room.chat.edit({**room.posted, "service_url": url}, say("Two wait."))
    assert len(room.teams.connector.calls) == before


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_an_address_that_would_lead_elsewhere_in_the_service_is_gone(room: Room, name: str) -> None:
    """Which message a form was opened in comes back from the client, so it may be anything."""
    before = len(room.teams.connector.calls)
    with pytest.raises(ChatMessageGone):
        await room.chat.edit({**room.posted, "activity": name}, say("Two wait."))
    assert len(room.teams.connector.calls) == before


async def test_guests_and_people_of_elsewhere_are_nobody(room: Room, acme: Company) -> None:
    dana = await room.calls["member"]()
    assert dana is not None
    for about in (
        {"userRole": "guest"},
        {"userRole": "anonymous"},
        {"userPrincipalName": "dana_acme.example#EXT#@other.example"},
        {"tenantId": "another"},
        {"tenantId": ""},
        {"tenantId": None},
        {"email": "", "userPrincipalName": ""},
        {"objectId": None, "aadObjectId": None},
    ):
        room.dana.about = about
        assert await room.calls["member"]() is None, about


async def test_nobody_is_found_by_email_before_they_have_the_app(room: Room, acme: Company) -> None:
    """That takes Microsoft Graph, which nobody has to grant."""
    assert room.dana.email
    assert await room.chat.find(acme.workspace, room.dana.email) is None


async def test_a_channel_where_the_bot_is_not_is_refused_with_what_mends_it(
    room: Room, acme: Company
) -> None:
    channel = f"teams:{TENANT}:{room.teams.memory.add_channel('hiring')}"
    with pytest.raises(ChannelRefused, match="Write to me there first"):
        await room.chat.post_channel(acme.workspace, channel, say("14 wait."), {})
    link = (acme.dana.id, NAME, TENANT, room.dana.id, room.address, NOW)
    acme.write(lambda store: store.link_identity(*link))
    await room.chat.post_channel(acme.workspace, channel, say("14 wait."), {})
    for fault in (Fault(status=403, code="BotNotInConversationRoster"), Fault(status=404)):
        room.teams.faults.fail("post", fault)
        with pytest.raises(ChannelRefused, match="Add Followup to that team"):
            await room.chat.post_channel(acme.workspace, channel, say("14 wait."), {})
    room.teams.faults.fail("post", Fault(status=429, retry_after="7"))
    with pytest.raises(ChatTryLater):
        await room.chat.post_channel(acme.workspace, channel, say("14 wait."), {})


async def test_another_company_is_not_in_teams(room: Room) -> None:
    with pytest.raises(ChatNotInstalled):
        await room.chat.find(uuid.uuid4(), "dana@acme.example")
