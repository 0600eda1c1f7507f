"""Chats at the port, each with the eyes of Dana, who sits in it: Slack, Teams, the playground."""

from __future__ import annotations

import base64
import dataclasses
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import pytest
import sqlalchemy as sa

from adapters.playground import channels, conversation, tables
from adapters.playground.chat import PlaygroundChat, address_of
from adapters.slack.channels import channel_name
from adapters.slack.chat import SlackChat
from adapters.slack.client import SlackClient
from adapters.slack.tenants import OneToken, Tenants
from adapters.transactions import Clock, Transactions
from bot.ports import Chat
from bot.views.elements import Chart, Heading, Message, Paragraph
from tests.contracts.conftest import NOW, Company
from tests.example_views import views
from tests.plain_text import plain
from tests.slack_counterpart import SlackCounterpart, Team
from tests.slack_counterpart.reading import read_message
from tests.slack_counterpart.teams import Channel
from tests.slack_counterpart.teams import Message as Posted
from tests.teams_counterpart import TENANT, TeamsCounterpart, cards
from tests.teams_counterpart.chat import address_in_teams, teams_chat

Address = Mapping[str, str]
MESSAGES = {name: view for name, view in views().items() if isinstance(view, Message)}
SUMMARY = MESSAGES["summary"]
[CHART] = [element for element in SUMMARY.elements if isinstance(element, Chart)]
PNG = b"\x89PNG\r\n\x1a\n and more"


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
