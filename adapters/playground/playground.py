"""The playground: one browser page on which a newcomer is any member, and reads the candidates' mailbox.

Everything here is one transaction each: what was clicked, what the bot answered, and the conversation as it
reads afterwards commit together.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from adapters.playground import channels, conversation, mailbox
from adapters.playground.chat import NAME, address_of
from adapters.playground.conversation import Said
from adapters.playground.mailbox import ArrivedMail, Letter
from adapters.playground.people import People, people
from adapters.playground.tables import Author, metadata
from adapters.runner import ClockMover
from adapters.transactions import Transactions
from bot import service
from bot.ladder import calendar_of
from bot.people import Member
from bot.views.elements import FieldErrors, Form, Message
from storage.store import SqlStore
from storage.transaction import chat_lane

TENANT = "demo"
AT_ONCE = 1
FARTHEST = dt.timedelta(days=92)
"""One move of the clock; farther takes minutes, as every step between is taken."""


class NotHere(LookupError):
    """There is no such member, message or letter in this demo."""


class ClockRefused(ValueError):
    """The clock cannot be moved there; the text says why."""


Answer = Said | Form | FieldErrors


class Playground:
    """The use cases of the page. `start` comes before anything else."""

    def __init__(self, *, transactions: Transactions, mover: ClockMover, workspace: uuid.UUID) -> None:
        self._transactions = transactions
        self._mover = mover
        self._workspace = workspace
        self._target: dt.datetime | None = None

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

    async def letters(self) -> tuple[int, tuple[Letter, ...]]:
        """The mailbox's version, and the letters in it, the newest first."""
        return await self._transactions.read(
            self._workspace, lambda store, _: (mailbox.version(store.conn), mailbox.newest(store.conn))
        )

    async def mail_version(self) -> int:
        """Grows with every letter."""
        return await self._transactions.read(self._workspace, lambda store, _: mailbox.version(store.conn))

    async def letter(self, mail: uuid.UUID) -> Letter:
        """One letter. Raises `NotHere`."""
        found = await self._transactions.read(self._workspace, lambda store, _: mailbox.get(store.conn, mail))
        if found is None:
            raise NotHere("There is no such letter.")
        return found

    # -- who is there -------------------------------------------------------------------------------------

    async def people(self, chosen: uuid.UUID | None = None, email: str = "") -> People:
        """Everybody, and the one we are: by id, by work email, or the first hiring manager.

        Raises `NotHere` where nobody has that id or email.
        """

        def look(store: SqlStore, now: dt.datetime) -> People:
            unread = conversation.unread(store.conn)
            found = people(store, now, unread, chosen, email)
            if found is None:
                raise NotHere("There is nobody like that in this demo.")
            return found

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

        return await self._transactions.write(self._workspace, look)

    async def channel(self, channel: uuid.UUID) -> tuple[Said, ...]:
        """The newest messages of a team's channel. Raises `NotHere`."""

        def look(store: SqlStore, _: dt.datetime) -> tuple[Said, ...]:
            if not channels.exists(store.conn, channel):
                raise NotHere("There is no such channel in this demo.")
            return conversation.latest(store.conn, channel)

        return await self._transactions.read(self._workspace, look)

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
        return await self._transactions.write(
            self._workspace,
            lambda store, now: _act(store, now, _member(store, member), action, message, fields),
        )

    async def say(self, member: uuid.UUID, text: str, channel: uuid.UUID | None = None) -> Answer:
        """Something was typed, in private or in a team's channel; the answer is private. Raises `NotHere`."""

        def said(store: SqlStore, now: dt.datetime) -> Answer:
            me = _member(store, member)
            called = channels.called(store.conn, channel) if channel else ""
            if called is None:
                raise NotHere("There is no such channel in this demo.")
            conversation.add(store.conn, member, conversation.typed(text), now, Author.ME)
            name = channels.name_of(called) if called else ""
            return _answer(store, now, me, service.said(store, now, me, text, name, called), None)

        return await self._transactions.write(self._workspace, said)

    # -- the clock ----------------------------------------------------------------------------------------

    @property
    def moving_to(self) -> dt.datetime | None:
        """Where the clock is being moved at this moment."""
        return self._target

    async def move_clock(self, member: uuid.UUID, to: str) -> int:
        """Move to "+1h", "+1d", "next-0930" (the member's next list) or an ISO 8601 instant.

        Gives the steps it took. Raises `ClockRefused` and `NotHere`.
        """
        me = await self._transactions.read(self._workspace, lambda store, _: _member(store, member))
        if self._target is not None:
            raise ClockRefused("The clock is moving already. Wait until it has arrived.")
        now = self._transactions.clock()
        target = instant_of(me, now, to)
        if target < now:
            raise ClockRefused("The clock moves forward only.")
        if target - now > FARTHEST:
            raise ClockRefused(f"At most {FARTHEST.days} days at a time: every day between is gone through.")
        self._target = target
        try:
            return await self._mover.move_to(self._workspace, target)
        finally:
            self._target = None


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


def _act(
    store: SqlStore,
    now: dt.datetime,
    me: Member,
    action: str,
    message: uuid.UUID | None,
    fields: Mapping[str, str],
) -> Answer:
    view = service.clicked(store, now, me, action, fields)
    return _answer(store, now, me, view, message)


def _answer(
    store: SqlStore,
    now: dt.datetime,
    me: Member,
    view: Message | Form | FieldErrors,
    clicked: uuid.UUID | None,
) -> Answer:
    """Show the answer where it belongs: a surface in its own place, a private one where it was asked for."""
    if not isinstance(view, Message):
        return view
    if view.surface is None and clicked is not None and _is_private(store, me, clicked):
        shown = clicked
        conversation.replace(store.conn, shown, view)
    else:
        shown = conversation.add(store.conn, me.id, view, now)
    if view.surface is not None:
        store.mark_shown(view.surface, view.revision, NAME, {"message": str(shown)})
    conversation.mark_read(store.conn, me.id)
    said = conversation.get(store.conn, shown)
    if said is None:
        raise NotHere("The message has gone.")
    return said


def _is_private(store: SqlStore, me: Member, message: uuid.UUID) -> bool:
    """Whether this is something the bot told only this member, and no surface."""
    found = conversation.get(store.conn, message)
    return (
        found is not None
        and found.member == me.id
        and found.author is Author.BOT
        and found.view.surface is None
    )


def instant_of(member: Member, now: dt.datetime, to: str) -> dt.datetime:
    """What "+1h", "+1d", "next-0930" or an ISO 8601 instant means to this member. Raises `ClockRefused`."""
    match to:
        case "+1h":
            return now + dt.timedelta(hours=1)
        case "+1d":
            # A day later on the member's clock, also where clocks are changed in between.
            local = calendar_of(member).local(now)
            return (local + dt.timedelta(days=1)).astimezone(dt.UTC)
        case "next-0930":
            return next(calendar_of(member).slots_after(now, member.digest_at)).astimezone(dt.UTC)
        case _:
            return _instant(member, now, to)


def _instant(member: Member, now: dt.datetime, to: str) -> dt.datetime:
    """ISO 8601; without an offset it is the member's own time."""
    try:
        instant = dt.datetime.fromisoformat(to)
    except ValueError:
        raise ClockRefused(
            "The clock moves by +1h or +1d, to next-0930, or to an instant as 2026-11-24T09:30-05:00."
        ) from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=calendar_of(member).local(now).tzinfo)
    return instant.astimezone(dt.UTC)
