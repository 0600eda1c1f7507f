"""What Teams keeps: people, conversations, messages with all they ever said, and what changed when."""

from __future__ import annotations

import dataclasses
import itertools
import uuid
from typing import Any

Json = dict[str, Any]


@dataclasses.dataclass
class User:
    """A colleague. `about` goes into their entry in a roster; `installed`: the app is there for them."""

    email: str
    name: str
    tz: str = "Europe/London"
    locale: str = "en-GB"
    installed: bool = True
    about: Json = dataclasses.field(default_factory=dict)
    id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    """The object id in Entra."""

    @property
    def account(self) -> str:
        return f"29:1{self.id.replace('-', '')}"

    @property
    def chat(self) -> str:
        """Their conversation with the bot."""
        return f"a:1{self.id.replace('-', '')}"


@dataclasses.dataclass
class Message:
    """Of the bot. `contents`: every state of it, oldest first."""

    id: str
    conversation: str
    contents: list[Json]
    gone: bool = False

    @property
    def content(self) -> Json:
        return self.contents[-1]


@dataclasses.dataclass(frozen=True)
class Change:
    """`version`: the how-manieth content of the message this is, from 0."""

    message: str
    conversation: str
    version: int


class Memory:
    """One tenant, one app."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.users: dict[str, User] = {}
        self.team = f"19:{uuid.uuid4().hex}@thread.tacv2"
        self.channels: dict[str, str] = {}
        """Id → name. The one that a team has from the start has the team's id, and no name."""
        self.team_name = "Halden Engineering"
        self.left: set[str] = set()
        """The channels of teams that the app was taken out of."""
        self.messages: dict[str, Message] = {}
        self.changes: list[Change] = []
        self._ids = itertools.count(1760000000001)

    def hire(self, email: str, name: str, **about: Any) -> User:
        user = User(email, name, **about)
        self.users[user.id] = user
        return user

    def add_channel(self, name: str) -> str:
        channel = f"19:{uuid.uuid4().hex}@thread.tacv2" if name else self.team
        self.channels[channel] = name
        return channel

    def user(self, email: str) -> User:
        return next(it for it in self.users.values() if it.email.casefold() == email.casefold())

    def in_chat(self, conversation: str) -> User | None:
        return next((it for it in self.users.values() if it.chat == conversation), None)

    def known_as(self, name: str) -> User | None:
        return next((it for it in self.users.values() if name in (it.id, it.account)), None)

    def put(self, conversation: str, content: Json) -> Message:
        message = Message(str(next(self._ids)), conversation, [content])
        self.messages[message.id] = message
        self.changes.append(Change(message.id, conversation, 0))
        return message

    def replace(self, message: Message, content: Json) -> None:
        message.contents.append(content)
        self.changes.append(Change(message.id, message.conversation, len(message.contents) - 1))

    def said_in(self, conversation: str) -> list[Message]:
        return [it for it in self.messages.values() if it.conversation == conversation and not it.gone]
