"""What is outside: a mail server and a chat that take what they are given, or do not, as chance has it."""

from __future__ import annotations

import dataclasses
import random
import uuid
from collections.abc import Awaitable, Callable, Mapping

from bot.mail import (
    MailboxRefused,
    MailOutcomeUnknown,
    MailRefused,
    MailTryLater,
    MailWithdrawn,
    OutgoingMail,
)
from bot.people import Profile
from bot.ports import (
    ChannelRefused,
    ChatError,
    ChatMessageGone,
    ChatTryLater,
    ChatUnreachable,
    Met,
)
from bot.views.elements import Chart, Message


class Killed(BaseException):
    """The process dies at this moment: nobody writes down what has become of it."""


@dataclasses.dataclass(slots=True)
class MailServer:
    """Implements `bot.mail.Mailer`. `taken` are those whose content it got, whatever it said then."""

    chance: random.Random
    handed: Callable[[OutgoingMail, bool], None]
    """Told at DATA, when it was written down that the letter leaves; and whether the server takes it."""
    trouble: float = 0.0

    async def send(self, mail: OutgoingMail, before_data: Callable[[], Awaitable[bool]]) -> str:
        chance, bad = self.chance, self.chance.random() < self.trouble
        early = chance.choice((MailTryLater, MailTryLater, MailRefused, MailboxRefused, None, None, None))
        if bad and early is not None:
            raise early(code=None if early is MailTryLater else 550)
        if not await before_data():
            raise MailWithdrawn
        end = chance.choice((Killed, MailOutcomeUnknown, MailTryLater, MailRefused)) if bad else None
        if end is MailTryLater or end is MailRefused:
            self.handed(mail, False)
            raise end(code=451 if end is MailTryLater else 554)
        if end is None or chance.random() < 0.5:
            self.handed(mail, True)
        if end is Killed:
            raise Killed
        if end is MailOutcomeUnknown:
            raise MailOutcomeUnknown
        return "250 taken"

    async def close(self) -> None:
        pass


@dataclasses.dataclass(slots=True)
class Room:
    """Implements `bot.ports.Chat`: a conversation with each member, and the team's channels."""

    chance: random.Random
    posted: Callable[[str, Message], None]
    """Told of each message that came as a new one, with its bell, and to which work email."""
    shown: Callable[[str, Message], None]
    """Told of each message, new or changed, and of each home; in a channel there is no work email."""
    trouble: float = 0.0
    name: str = "walk"

    def _refuse(self, *ways: ChatError) -> None:
        if self.chance.random() < self.trouble:
            raise self.chance.choice(ways)

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        self._refuse(ChatTryLater("busy"))
        return Met(tenant="T", user=email, address={"email": email}, profile=Profile())

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        self._refuse(ChatTryLater("busy"), ChatTryLater("busy"), ChatError("odd"), ChatUnreachable("gone"))
        self.posted(address["email"], message)
        self.shown(address["email"], message)
        return address

    async def edit(self, address: Mapping[str, str], message: Message) -> None:
        self._refuse(ChatTryLater("busy"), ChatTryLater("busy"), ChatError("odd"), ChatMessageGone("deleted"))
        self.shown(address["email"], message)

    async def show_home(self, address: Mapping[str, str], message: Message) -> None:
        self._refuse(ChatTryLater("busy"), ChatError("odd"))
        self.shown(address["email"], message)

    async def post_channel(
        self, workspace: uuid.UUID, channel: str, message: Message, pictures: Mapping[Chart, bytes]
    ) -> None:
        self._refuse(ChatTryLater("busy"), ChannelRefused("Invite me."), ChatError("odd"))
        self.shown("", message)
