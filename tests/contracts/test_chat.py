"""What every chat promises the deliverer: `bot.ports.Chat`, on the counterparts and on the playground."""

from __future__ import annotations

import base64
import dataclasses
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

import pytest
import sqlalchemy as sa

from adapters.playground import channels, conversation, tables
from adapters.playground.chat import PlaygroundChat, address_of
from adapters.slack.channels import channel_name
from adapters.slack.chat import SlackChat
from adapters.slack.client import SlackClient
from adapters.slack.tenants import OneToken, Tenants
from adapters.transactions import Clock, Transactions
from bot.ports import (
    ChannelRefused,
    Chat,
    ChatError,
    ChatMessageGone,
    ChatNotInstalled,
    ChatTryLater,
    ChatUnreachable,
)
from bot.views.elements import Chart, Heading, Message, Paragraph
from tests.contracts.conftest import NOW, Company
from tests.example_views import views
from tests.plain_text import buttons_of, plain
from tests.slack_counterpart import Drop, SlackCounterpart, Team
from tests.slack_counterpart.reading import read_message
from tests.slack_counterpart.teams import Channel
from tests.slack_counterpart.teams import Message as Posted
from tests.teams_counterpart import TENANT, TeamsCounterpart, cards
from tests.teams_counterpart.chat import address_in_teams, teams_chat

Address = Mapping[str, str]
MESSAGES = {name: view for name, view in views().items() if isinstance(view, Message)}


def saying(text: str) -> Message:
    return Message(notification=text, elements=(Heading("News"), Paragraph(text)))


class Room(Protocol):
    """A chat, and the eyes of Dana, who sits in it."""

    @property
    def chat(self) -> Chat: ...

    @property
    def dana(self) -> Address: ...

    @property
    def channel(self) -> str:
        """A team's channel, as the core knows it."""
        ...

    def channel_reads(self) -> Sequence[str]:
        """What everybody reads there."""
        ...

    def pictures(self) -> Sequence[bytes]:
        """The pictures that are shown there."""
        ...

    def reads(self, address: Address) -> str:
        """What stands in a message, without regard to its looks."""
        ...

    def count(self) -> int:
        """How many messages Dana has."""
        ...

    def deletes(self, address: Address) -> None: ...


@dataclasses.dataclass(frozen=True)
class SlackRoom:
    chat: Chat
    dana: Address
    slack: SlackCounterpart

    @property
    def room(self) -> Channel:
        (found,) = (it for it in self.slack.team.channels.values() if not it.is_im)
        return found

    @property
    def channel(self) -> str:
        return channel_name(self.slack.team.id, self.room.id)

    def _public(self) -> list[Posted]:
        return [it for it in self.slack.memory.messages.values() if it.channel is self.room]

    def channel_reads(self) -> Sequence[str]:
        return [read_message(it.ts, it.blocks, it.text).text for it in self._public()]

    def pictures(self) -> Sequence[bytes]:
        files = self.slack.memory.files
        blocks = [block for it in self._public() for block in it.blocks if block["type"] == "image"]
        return [files[block["slack_file"]["id"]]["content"] for block in blocks]

    def reads(self, address: Address) -> str:
        message = self.slack.memory.messages[address["ts"]]
        return read_message(message.ts, message.blocks, message.text).text

    def count(self) -> int:
        return len(self.slack.seen_by(self.slack.user("dana@acme.example")))

    def deletes(self, address: Address) -> None:
        self.slack.memory.remove(self.slack.memory.messages[address["ts"]])


@dataclasses.dataclass(frozen=True)
class TeamsRoom:
    chat: Chat
    dana: Address
    teams: TeamsCounterpart

    @property
    def _room(self) -> str:
        (found,) = self.teams.memory.channels
        return found

    @property
    def channel(self) -> str:
        return f"teams:{TENANT}:{self._room}"

    def channel_reads(self) -> Sequence[str]:
        return [cards.read_message(it.id, it.content).text for it in self.teams.memory.said_in(self._room)]

    def pictures(self) -> Sequence[bytes]:
        shown = [cards.card_of(it.content) for it in self.teams.memory.said_in(self._room)]
        parts = [part for card in shown if card for part in card["body"] if part["type"] == "Image"]
        return [base64.b64decode(it["url"].removeprefix("data:image/png;base64,")) for it in parts]

    def reads(self, address: Address) -> str:
        message = self.teams.memory.messages[address["activity"]]
        return cards.read_message(message.id, message.content).text

    def count(self) -> int:
        return len(self.teams.memory.said_in(self.teams.memory.user("dana@acme.example").chat))

    def deletes(self, address: Address) -> None:
        self.teams.memory.messages[address["activity"]].gone = True


@dataclasses.dataclass(frozen=True)
class PlaygroundRoom:
    chat: Chat
    dana: Address
    acme: Company

    channel = channels.name_of("#hiring")

    def channel_reads(self) -> Sequence[str]:
        with self.acme.database.reading() as conn:
            said = conversation.latest(conn, channels.id_of(self.channel))
        return [plain(it.view) for it in said]

    def pictures(self) -> Sequence[bytes]:
        with self.acme.database.reading() as conn:
            said = conversation.latest(conn, channels.id_of(self.channel))
            charts = [e for it in said for e in it.view.elements if isinstance(e, Chart)]
            found = [channels.picture(conn, channels.picture_of(chart)) for chart in charts]
        return [png for png in found if png is not None]

    def reads(self, address: Address) -> str:
        with self.acme.database.reading() as conn:
            found = conversation.get(conn, uuid.UUID(address["message"]))
        assert found is not None
        return plain(found.view)

    def count(self) -> int:
        with self.acme.database.reading() as conn:
            return len(conversation.latest(conn, self.acme.dana.id))

    def deletes(self, address: Address) -> None:
        self.acme.sql(sa.delete(tables.messages).where(tables.messages.c.id == uuid.UUID(address["message"])))


@pytest.fixture
async def slack(acme: Company) -> AsyncIterator[SlackRoom]:
    team = Team("T0ACME", "Acme")
    dana = team.hire("Dana@ACME.example", "Dana Ott", tz="Europe/Berlin", locale="de-DE")
    team.add_channel("hiring", dana)
    transactions = Transactions(acme.database, Clock())
    async with SlackCounterpart(team) as counterpart:
        client = SlackClient(counterpart.api_url)
        tenants = Tenants(transactions, OneToken(counterpart.bot_token))
        tenants.installations.install(
            chat="slack", tenant=team.id, name="Acme", bot_user="B1", secret="", now=NOW
        )
        chat = SlackChat(client, tenants, transactions.clock)
        yield SlackRoom(chat, {"tenant": team.id, "user": dana.id}, counterpart)
        await client.close()
    transactions._writers.shutdown()
    transactions._readers.shutdown()


@pytest.fixture
def playground(acme: Company) -> PlaygroundRoom:
    tables.metadata.create_all(acme.database.engine)
    with acme.database.writing() as conn:
        channels.add(conn, "#hiring")
    return PlaygroundRoom(PlaygroundChat(acme.database, Clock()), address_of(acme.dana.id), acme)


@pytest.fixture
async def teams(acme: Company) -> AsyncIterator[TeamsRoom]:
    transactions = Transactions(acme.database, Clock())
    async with teams_chat(transactions, acme.workspace) as (chat, counterpart):
        dana = counterpart.memory.hire("dana@acme.example", "Dana Ott", tz="Europe/Berlin", locale="de-DE")
        counterpart.memory.add_channel("hiring-engineering")
        address = address_in_teams(counterpart, dana)
        link = (acme.dana.id, "teams", TENANT, dana.id, address, NOW)
        acme.write(lambda store: store.link_identity(*link))
        yield TeamsRoom(chat, address, counterpart)
    transactions._writers.shutdown()
    transactions._readers.shutdown()


@pytest.fixture(params=["slack", "teams", "playground"])
def room(
    request: pytest.FixtureRequest, slack: SlackRoom, teams: TeamsRoom, playground: PlaygroundRoom
) -> Room:
    rooms: dict[str, Room] = {"slack": slack, "teams": teams, "playground": playground}
    return rooms[request.param]


# -- every chat -------------------------------------------------------------------------------------------


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


SUMMARY = MESSAGES["summary"]
[CHART] = [element for element in SUMMARY.elements if isinstance(element, Chart)]
PNG = b"\x89PNG\r\n\x1a\n and more"


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


# -- a chat at the other end of a line --------------------------------------------------------------------


async def test_somebody_is_found_by_email_whatever_its_case(slack: SlackRoom, acme: Company) -> None:
    for email in ("dana@acme.example", "DANA@acme.EXAMPLE"):
        met = await slack.chat.find(acme.workspace, email)
        assert met is not None
        assert met.address == slack.dana
        assert (met.profile.zone, met.profile.away_until) == ("Europe/Berlin", None)


@pytest.mark.parametrize("about", [{"deleted": True}, {"is_restricted": True}, {"email": "d@x.example"}])
async def test_guests_strangers_and_deactivated_accounts_are_nobody(
    slack: SlackRoom, acme: Company, about: Mapping[str, object]
) -> None:
    dana = slack.slack.user("dana@acme.example")
    for name, value in about.items():
        setattr(dana, name, value)
    assert await slack.chat.find(acme.workspace, "dana@acme.example") is None
    with pytest.raises(ChatError):
        await slack.chat.find(uuid.uuid4(), "dana@acme.example")


CALLS: Mapping[str, str] = {
    "chat.postMessage": "post",
    "chat.update": "edit",
    "users.lookupByEmail": "find",
    "views.publish": "show_home",
}


async def attempt(slack: SlackRoom, acme: Company, what: str, posted: Address) -> None:
    match what:
        case "post":
            await slack.chat.post(slack.dana, saying("Three wait."))
        case "edit":
            await slack.chat.edit(posted, saying("Two wait."))
        case "find":
            await slack.chat.find(acme.workspace, "dana@acme.example")
        case _:
            await slack.chat.show_home(slack.dana, saying("Three wait."))


async def test_too_often_is_later_and_says_how_much_later(slack: SlackRoom, acme: Company) -> None:
    posted = await slack.chat.post(slack.dana, saying("Three wait."))
    for method, what in CALLS.items():
        slack.slack.faults.fail(method, status=429, retry_after=7)
        with pytest.raises(ChatTryLater) as later:
            await attempt(slack, acme, what, posted)
        assert later.value.after == 7, method
        await attempt(slack, acme, what, posted)


async def test_trouble_on_the_line_is_later(slack: SlackRoom, acme: Company) -> None:
    """Nothing is tried again by itself: what was done although the line dropped would be done twice."""
    posted = await slack.chat.post(slack.dana, saying("Three wait."))
    for method, what in CALLS.items():
        faults = slack.slack.faults
        faults.drop(method, Drop.BEFORE)
        faults.drop(method, Drop.AFTER)
        faults.fail(method, status=500)
        faults.fail(method, status=503)
        faults.fail(method, error="internal_error")
        faults.fail(method, error="service_unavailable")
        before = len(slack.slack.called(method))
        for _ in range(6):
            with pytest.raises(ChatTryLater) as later:
                await attempt(slack, acme, what, posted)
            assert later.value.after is None
        assert len(slack.slack.called(method)) == before + 6
        await attempt(slack, acme, what, posted)


async def test_slacks_refusals_are_the_ports(slack: SlackRoom, acme: Company) -> None:
    posted = await slack.chat.post(slack.dana, saying("Three wait."))
    gone = ("message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found")
    unreachable = ("channel_not_found", "user_not_found", "user_disabled", "is_archived", "cannot_dm_bot")
    expected: list[tuple[str, str, type[ChatError]]] = [
        *(("chat.update", code, ChatMessageGone) for code in gone),
        *(("chat.postMessage", code, ChatUnreachable) for code in unreachable),
        *((method, "not_authed", ChatError) for method in CALLS),
        *((method, "missing_scope", ChatError) for method in CALLS),
    ]
    for method, code, kind in expected:
        slack.slack.faults.fail(method, error=code)
        with pytest.raises(ChatError) as refused:
            await attempt(slack, acme, CALLS[method], posted)
        assert type(refused.value) is kind or kind is ChatError, (method, code)
        assert not isinstance(refused.value, ChatTryLater), (method, code)
        assert code in str(refused.value), "the operator reads Slack's own word"


# -- Slack's channels -------------------------------------------------------------------------------------


async def post_summary(slack: SlackRoom, acme: Company) -> None:
    await slack.chat.post_channel(acme.workspace, slack.channel, SUMMARY, {CHART: PNG})


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", {"error": "missing_scope"}),
        ("files.getUploadURLExternal", {"status": 429, "retry_after": 9}),
        ("files.completeUploadExternal", {"error": "storage_limit_reached"}),
        ("files.completeUploadExternal", {"status": 500}),
    ],
)
async def test_a_picture_that_slack_does_not_take_is_said_in_words(
    slack: SlackRoom, acme: Company, method: str, fault: Mapping[str, Any]
) -> None:
    slack.slack.faults.fail(method, **fault)
    await post_summary(slack, acme)
    [read] = slack.channel_reads()
    assert CHART.alt in read
    assert slack.pictures() == []


async def test_a_picture_that_slack_still_works_at_is_waited_for(slack: SlackRoom, acme: Company) -> None:
    slack.slack.memory.processing_s = 0.5
    await post_summary(slack, acme)
    assert slack.pictures() == [PNG]
    assert len(slack.channel_reads()) == 1


async def test_a_picture_that_slack_never_shows_is_said_in_words(slack: SlackRoom, acme: Company) -> None:
    slack.slack.memory.processing_s = 999.0
    await post_summary(slack, acme)
    [read] = slack.channel_reads()
    assert CHART.alt in read


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"has_bot": False}, "/invite @Followup"),
        ({"has_bot": False, "is_private": True}, "/invite @Followup"),
        ({"is_archived": True}, "archived"),
        ({"is_ext_shared": True}, "another company"),
    ],
)
async def test_why_a_channel_does_not_take_it_is_said_so_that_it_can_be_mended(
    slack: SlackRoom, acme: Company, about: Mapping[str, bool], why: str
) -> None:
    for name, value in about.items():
        setattr(slack.room, name, value)
    with pytest.raises(ChannelRefused, match=why):
        await post_summary(slack, acme)
    assert slack.channel_reads() == []


async def test_where_it_cannot_be_asked_who_reads_a_channel_nothing_is_posted(
    slack: SlackRoom, acme: Company
) -> None:
    slack.slack.faults.fail("conversations.info", error="missing_scope")
    with pytest.raises(ChannelRefused, match="install it again"):
        await post_summary(slack, acme)
    slack.slack.faults.fail("conversations.info", status=429, retry_after=7)
    with pytest.raises(ChatTryLater) as later:
        await post_summary(slack, acme)
    assert later.value.after == 7
    assert slack.channel_reads() == []


async def test_another_companys_channel_is_never_posted_in(slack: SlackRoom) -> None:
    with pytest.raises(ChatNotInstalled):
        await slack.chat.post_channel(uuid.uuid4(), slack.channel, SUMMARY, {})
    assert slack.channel_reads() == []


async def test_whoever_took_the_bot_out_unheard_is_believed(slack: SlackRoom, acme: Company) -> None:
    """The bot was down when Slack told of it: what it sends next is answered so."""
    posted = await slack.chat.post(slack.dana, saying("Three wait."))
    slack.slack.faults.fail("chat.postMessage", error="token_revoked")
    for method in ("chat.postMessage", "chat.update"):
        with pytest.raises(ChatNotInstalled, match="not installed"):
            await attempt(slack, acme, CALLS[method], posted)
    assert slack.slack.called("chat.update") == [], "nothing is sent there any more"
