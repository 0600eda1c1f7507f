"""The playground: one browser page on which a newcomer is any member, and reads the candidates' mailbox.

Everything here is one transaction each: what was clicked, what the bot answered, and the conversation as it
reads afterwards commit together.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import assert_never

from adapters.playground import channels, conversation, mailbox
from adapters.playground.answers import Answer, NotHere, act, answer
from adapters.playground.bell import Bell
from adapters.playground.chat import NAME, address_of
from adapters.playground.clockwork import Clockwork
from adapters.playground.conversation import Said
from adapters.playground.mailbox import ArrivedMail, Letter, Mailbox
from adapters.playground.people import People, people
from adapters.playground.tables import Author, ReplyKind, metadata
from adapters.runner import ClockMover
from adapters.transactions import Transactions
from bot import service
from bot.changes import Refused
from bot.people import Member
from bot.ports import FoundName
from bot.uses.hearing import Heard, OtherOffer, Wrote
from bot.views.elements import Message
from storage.store import SqlStore
from storage.transaction import chat_lane

TENANT = "demo"
AT_ONCE = 1


class Playground:
    """The use cases of the page. `start` comes before anything else."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        mover: ClockMover,
        workspace: uuid.UUID,
        bell: Bell | None = None,
    ) -> None:
        self._transactions = transactions
        self._workspace = workspace
        self.bell = bell or Bell()
        self.clock = Clockwork(transactions, mover, workspace, self.bell)

    @property
    def now(self) -> dt.datetime:
        return self._transactions.clock()

    async def start(self) -> None:
        """Make the tables, and let the bot reach every member here. May be called again after an import."""
        await self._transactions.write(self._workspace, _open_for_all)

    # -- letters ------------------------------------------------------------------------------------------

    async def received(self, mail: ArrivedMail) -> None:
        """Keep a letter; it has arrived when this returns."""
        await self._transactions.write(
            self._workspace,
            lambda store, now: mailbox.keep(store.conn, mail.recipients, mail.raw, now),
        )
        self.bell.ring()

    async def mailbox(self) -> Mailbox:
        return await self._transactions.read(
            self._workspace, lambda store, _: mailbox.look(store.conn, store.workspace)
        )

    async def mail_state(self) -> str:
        """Another one whenever the mailbox looks different."""
        return await self._transactions.read(
            self._workspace, lambda store, _: mailbox.state(store.conn, store.workspace)
        )

    async def letter(self, mail: uuid.UUID) -> Letter:
        """One letter. Raises `NotHere`."""
        found = await self._transactions.read(self._workspace, lambda store, _: mailbox.get(store.conn, mail))
        if found is None:
            raise NotHere("There is no such letter.")
        return found

    async def reply(self, mail: uuid.UUID, kind: ReplyKind, day: dt.date | None, text: str) -> None:
        """Answer a letter as the candidate who got it; `day` is the deadline of another offer.

        Raises `NotHere`, and `Refused` where the core does not take it.
        """

        def hear(store: SqlStore, now: dt.datetime) -> None:
            letter = mailbox.get(store.conn, mail)
            if letter is None or letter.loop is None:
                raise NotHere("This letter belongs to no candidate.")
            service.heard(store, now, _event(letter.loop, now, kind, day))
            mailbox.answer(store.conn, mail, kind, text, now)

        await self._transactions.write(self._workspace, hear)
        self.bell.ring()

    # -- who is there -------------------------------------------------------------------------------------

    async def people(
        self, chosen: uuid.UUID | None = None, email: str = "", channel: uuid.UUID | None = None
    ) -> People:
        """Everybody, and the one we are: by id, by work email, or the first hiring manager.

        `channel` is looked into. Raises `NotHere` where nobody has that id or email, or no channel.
        """

        def look(store: SqlStore, now: dt.datetime) -> People:
            unread = conversation.unread(store.conn)
            found = people(store, now, unread, chosen, email)
            if found is None:
                raise NotHere("There is nobody like that in this demo.")
            if channel is None:
                return found
            room = next((one for one in found.rooms if one.id == channel), None)
            if room is None:
                raise NotHere("There is no such channel in this demo.")
            return dataclasses.replace(found, room=room)

        return await self._transactions.read(self._workspace, look)

    # -- the conversation ---------------------------------------------------------------------------------

    async def version(self, member: uuid.UUID) -> int:
        return await self._transactions.read(
            self._workspace, lambda store, _: conversation.version(store.conn, member)
        )

    async def conversation(self, member: uuid.UUID) -> tuple[Said, ...]:
        """The newest messages; from now on they count as read."""

        def look(store: SqlStore, _: dt.datetime) -> tuple[Said, ...]:
            conversation.mark_read(store.conn, member)
            return conversation.latest(store.conn, member)

        said = await self._transactions.write(self._workspace, look)
        self.bell.ring()
        return said

    async def said(self, message: uuid.UUID) -> Said:
        """One message of anybody's. Raises `NotHere`."""
        found = await self._transactions.read(
            self._workspace, lambda store, _: conversation.get(store.conn, message)
        )
        if found is None:
            raise NotHere("The message has gone.")
        return found

    async def names(self, member: uuid.UUID) -> tuple[FoundName, ...]:
        """Whom this member can name, to be completed while typing."""
        return await self._transactions.read(self._workspace, lambda store, _: store.names(member))

    async def home(self, member: uuid.UUID, *, opened: bool) -> Message:
        """The member's home; `opened` when they have just gone there. Raises `NotHere`."""

        def look(store: SqlStore, now: dt.datetime) -> Message:
            me = _member(store, member)
            there = store.home_surface(me.id)
            surface = there.id if there and not opened else service.home_opened(store, now, me)
            view = service.shown(store, now, surface)
            if view is None:
                raise NotHere("There is nothing to see here yet.")
            store.mark_shown(surface, view.revision)
            return view

        return await self._transactions.write(self._workspace, look)

    async def home_revision(self, member: uuid.UUID) -> int:
        """Grows with every change of the member's home; 0 before they first looked."""

        def look(store: SqlStore, _: dt.datetime) -> int:
            there = store.home_surface(member)
            return there.revision if there else 0

        return await self._transactions.read(self._workspace, look)

    async def channel(self, channel: uuid.UUID) -> tuple[Said, ...]:
        """The newest messages of a team's channel; from now on they count as read. Raises `NotHere`."""

        def look(store: SqlStore, _: dt.datetime) -> tuple[Said, ...]:
            if not channels.exists(store.conn, channel):
                raise NotHere("There is no such channel in this demo.")
            conversation.mark_read(store.conn, channel)
            return conversation.latest(store.conn, channel)

        said = await self._transactions.write(self._workspace, look)
        self.bell.ring()
        return said

    async def picture(self, picture: uuid.UUID) -> bytes:
        """A PNG. Raises `NotHere`."""
        found = await self._transactions.read(
            self._workspace, lambda store, _: channels.picture(store.conn, picture)
        )
        if found is None:
            raise NotHere("There is no such picture.")
        return found

    async def act(
        self, member: uuid.UUID, action: str, message: uuid.UUID | None, fields: Mapping[str, str]
    ) -> Answer:
        """A button was pressed, or a form submitted, in `message`. Raises `NotHere`."""
        answered = await self._transactions.write(
            self._workspace,
            lambda store, now: act(store, now, _member(store, member), action, message, fields),
        )
        self.bell.ring()
        return answered

    async def say(self, member: uuid.UUID, text: str, channel: uuid.UUID | None = None) -> Answer:
        """Something was typed, in private or in a team's channel; the answer is private. Raises `NotHere`."""

        def said(store: SqlStore, now: dt.datetime) -> Answer:
            me = _member(store, member)
            called = channels.called(store.conn, channel) if channel else ""
            if called is None:
                raise NotHere("There is no such channel in this demo.")
            conversation.add(store.conn, member, conversation.typed(text), now, Author.ME)
            name = channels.name_of(called) if called else ""
            return answer(store, now, me, service.said(store, now, me, text, name, called), None)

        answered = await self._transactions.write(self._workspace, said)
        self.bell.ring()
        return answered

    # -- the clock ----------------------------------------------------------------------------------------

    async def move_clock(self, member: uuid.UUID, to: str) -> int:
        """Move to what `clockwork.instant_of` understands; the steps it took.

        Raises `ClockRefused` and `NotHere`.
        """
        me = await self._transactions.read(self._workspace, lambda store, _: _member(store, member))
        return await self.clock.move(me, to)


def _open_for_all(store: SqlStore, now: dt.datetime) -> None:
    metadata.create_all(store.conn)
    for member in store.members():
        store.link_identity(member.id, NAME, TENANT, str(member.id), address_of(member.id), now)
        # Nothing is rate limited here, so a message need not wait for the one before.
        store.deliveries.lane(chat_lane(member.id), 0, AT_ONCE)


def _member(store: SqlStore, member: uuid.UUID) -> Member:
    found = store.member_by_identity(NAME, TENANT, str(member))
    if found is None or not found.active:
        raise NotHere("There is nobody like that in this demo.")
    return found


def _event(loop: uuid.UUID, now: dt.datetime, kind: ReplyKind, day: dt.date | None) -> Heard:
    match kind:
        case ReplyKind.QUESTION:
            return Wrote(loop=loop, at=now)
        case ReplyKind.THANKS:
            return Wrote(loop=loop, at=now, thanks=True)
        case ReplyKind.OTHER_OFFER:
            if day is None:
                raise Refused("Choose the day by which the other offer must be answered.")
            return OtherOffer(loop=loop, at=now, day=day)
        case _:
            assert_never(kind)
