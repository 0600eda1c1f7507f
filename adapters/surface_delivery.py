"""Shows surfaces in the chats: posted once, edited in place, always as they are at that moment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping

import structlog

from adapters.spacing import Spacing
from adapters.transactions import Transactions
from bot import service
from bot.nudges import Surface, SurfaceKind
from bot.people import Member
from bot.ports import (
    Chat,
    ChatError,
    ChatMessageGone,
    ChatNotInstalled,
    ChatShut,
    ChatTryLater,
    ChatUnreachable,
    Met,
)
from bot.views.elements import Message
from storage.claiming import Claimed
from storage.store import SqlStore

log = structlog.get_logger()

CHAT_TRIES = 20
"""A message that the chat refuses so often, over some two hours, cannot be posted to this member."""
PAUSED_WAIT = dt.timedelta(minutes=10)
NO_CHAT_WAIT = dt.timedelta(minutes=5)
"""Nobody can be written to before the operator, or an admin of the chat, has mended something."""
ASLEEP = "it is evening, weekend or holiday there"
REMINDS = frozenset({SurfaceKind.DIGEST, SurfaceKind.URGENT, SurfaceKind.WELCOME})
"""What a pause of nudges holds back. Whatever somebody asked for, or has to answer, goes on."""


class SurfaceDelivery:
    """One surface at a time for whoever calls; any number of calls at once."""

    def __init__(self, transactions: Transactions, chats: Mapping[str, Chat]) -> None:
        self._transactions = transactions
        self._chats = chats
        self._spacing = Spacing()

    async def deliver(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        """Show the newest state of one surface that was claimed."""
        try:
            found = await self._transactions.read(
                workspace, lambda store, now: _surface_now(store, now, claimed.subject_id)
            )
        except _NowhereYet as nowhere:
            await self._look_for(workspace, claimed, nowhere.member)
            return
        except _Paused:
            await self._wait(workspace, claimed, PAUSED_WAIT, "nudges are paused")
            return
        except _UpToDate as shown:
            # Unless it has moved since it was read.
            revision = shown.revision
            await self._transactions.write_outcome(
                workspace, lambda store, _: store.deliveries.finish_surface(claimed, revision)
            )
            return
        if found is None:
            await self._transactions.write_outcome(workspace, lambda store, _: store.deliveries.drop(claimed))
            return
        surface, message, home, posted, asleep_until = found
        try:
            async with self._spacing.message(claimed.lane, claimed.gap_s):
                chat, address = await self._show(surface, message, home, posted, asleep_until)
        except _Asleep as asleep:
            morning = asleep.until
            await self._transactions.write_outcome(
                workspace, lambda store, _: store.deliveries.later(claimed, morning, ASLEEP, failed=False)
            )
            return
        except _InNoChat:
            await self._wait(workspace, claimed, NO_CHAT_WAIT, "the member is in no chat we know")
            return
        except ChatTryLater as error:
            await self._chat_later(workspace, claimed, error)
            return
        except ChatUnreachable:
            log.warning("member_unreachable", member=str(surface.member))
            await self._transactions.write_outcome(
                workspace, lambda store, now: _unreachable(store, now, surface.member, claimed)
            )
            return
        except ChatError as error:
            await self._refused(workspace, claimed, surface, error)
            return
        await self._transactions.write_outcome(
            workspace,
            lambda store, _: store.deliveries.finish_surface(claimed, message.revision, address, chat),
        )

    async def _show(
        self,
        surface: Surface,
        message: Message,
        home: Place,
        posted: Place | None,
        asleep_until: dt.datetime | None,
    ) -> Place:
        """Where it stands now: edited in the chat that it was posted in, else posted where the member is now.

        It is posted anew where it was deleted, is too old, or stands where nobody can be written to any more;
        not if a newer one has taken its place, and not before a new message may ring. Raises `_InNoChat`,
        `_Asleep` and `ChatError`.
        """
        if posted is not None and (there := self._chats.get(posted[0])) is not None:
            try:
                await _put(there, surface, posted[1], message)
            except (ChatMessageGone, ChatNotInstalled, ChatUnreachable) as error:
                log.info("surface_gone", surface=str(surface.id), problem=type(error).__name__)
            else:
                return posted
            if surface.retired:
                return posted
        here = self._chats.get(home[0])
        if here is None:
            raise _InNoChat
        if surface.kind is SurfaceKind.HOME:
            await here.show_home(home[1], message)
            return home
        if asleep_until is not None:
            raise _Asleep(asleep_until)
        return home[0], await here.post(home[1], message)

    async def _look_for(self, workspace: uuid.UUID, claimed: Claimed, member: Member) -> None:
        """Nobody has met this member yet: the chats are asked who has the work email."""
        installed = False
        for name, chat in self._chats.items():
            try:
                met = await chat.find(workspace, member.email)
            except ChatNotInstalled:
                continue
            except ChatError as error:
                log.warning("member_not_looked_up", member=str(member.id), problem=str(error))
                later = error if isinstance(error, ChatTryLater) else ChatTryLater(str(error))
                await self._chat_later(workspace, claimed, later)
                return
            if met is not None:
                await self._transactions.write_outcome(workspace, _linking(name, member, met, claimed))
                return
            installed = True
        if not installed:
            await self._wait(workspace, claimed, NO_CHAT_WAIT, "the bot is installed in no chat yet")
            return
        log.warning("member_not_found", member=str(member.id))
        await self._transactions.write_outcome(
            workspace, lambda store, now: _unreachable(store, now, member.id, claimed)
        )

    async def _refused(
        self, workspace: uuid.UUID, claimed: Claimed, surface: Surface, error: ChatError
    ) -> None:
        """A message is tried again, and given up one day; a home is shown anew when somebody looks at it.

        Where the chat is shut to us altogether the message is not to blame, nor the member: it waits.
        """
        if surface.kind is SurfaceKind.HOME:
            log.warning("home_refused", member=str(surface.member), problem=str(error))
            await self._transactions.write_outcome(workspace, lambda store, _: store.deliveries.drop(claimed))
        elif isinstance(error, ChatShut):
            log.error("chat_shut", surface=str(surface.id), problem=str(error))
            await self._wait(workspace, claimed, NO_CHAT_WAIT, str(error))
        elif claimed.attempts >= CHAT_TRIES:
            # The chat is there and does not want it: whoever waits for an answer would wait for ever.
            log.error("surface_given_up", surface=str(surface.id), problem=str(error))
            await self._transactions.write_outcome(
                workspace, lambda store, now: _unreachable(store, now, surface.member, claimed)
            )
        else:
            log.warning("surface_refused", surface=str(surface.id), problem=str(error))
            await self._chat_later(workspace, claimed, ChatTryLater(str(error)))

    async def _chat_later(self, workspace: uuid.UUID, claimed: Claimed, error: ChatTryLater) -> None:
        """`Retry-After` holds the lane; anything else this delivery alone, ever longer."""
        seconds = error.after if error.after is not None else float(min(600, 2**claimed.attempts))

        def wait(store: SqlStore, now: dt.datetime) -> None:
            if error.after is not None:
                store.deliveries.lane_wait(claimed.lane, error.after)
            store.deliveries.later(claimed, now + dt.timedelta(seconds=seconds), str(error))

        await self._transactions.write_outcome(workspace, wait)

    async def _wait(self, workspace: uuid.UUID, claimed: Claimed, wait: dt.timedelta, why: str) -> None:
        await self._transactions.write_outcome(
            workspace, lambda store, now: store.deliveries.later(claimed, now + wait, why, failed=False)
        )


class _NowhereYet(Exception):
    """The member has not been met in any chat yet."""

    def __init__(self, member: Member) -> None:
        super().__init__()
        self.member = member


class _InNoChat(Exception):
    """The member is in none of the chats that we are in."""


class _Asleep(Exception):
    """A new message would ring in the member's quiet hours."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__()
        self.until = until


class _UpToDate(Exception):
    """The newest revision has been shown."""

    def __init__(self, revision: int) -> None:
        super().__init__()
        self.revision = revision


class _Paused(Exception):
    """Nudges are paused by an admin: what was not posted yet waits."""


Place = tuple[str, Mapping[str, str]]
"""A chat, and the address of a member or of a message in it."""
Found = tuple[Surface, Message, Place, Place | None, dt.datetime | None]


def _surface_now(store: SqlStore, now: dt.datetime, surface_id: uuid.UUID) -> Found | None:
    """What to show, where the member is, where it stands, and until when it may not ring.

    None where there is nothing or nobody.
    """
    surface = store.surface(surface_id)
    if surface is None:
        return None
    if surface.shown >= surface.revision:
        raise _UpToDate(surface.shown)
    if store.policy.rehearsal and surface.kind is not SurfaceKind.REHEARSAL:
        # Decided, and shown to nobody.
        raise _UpToDate(surface.revision)
    member: Member | None = store.member(surface.member)
    if member is None or not store.policy.addresses(member.email) or not member.active:
        return None
    home = store.identity_of(surface.member)
    if home is None:
        raise _NowhereYet(member)
    posted = store.surface_address(surface_id)
    if posted is None and surface.retired:
        return None
    if posted is None and surface.kind in REMINDS and store.policy.nudges_paused:
        raise _Paused
    message = service.shown(store, now, surface_id)
    if message is None:
        return None
    rings_at = service.may_ring_at(surface.kind, member, now)
    return surface, message, home, posted, rings_at if rings_at > now else None


async def _put(chat: Chat, surface: Surface, address: Mapping[str, str], message: Message) -> None:
    """In the place where it was shown before."""
    if surface.kind is SurfaceKind.HOME:
        await chat.show_home(address, message)
    else:
        await chat.edit(address, message)


def _unreachable(store: SqlStore, now: dt.datetime, member: uuid.UUID, claimed: Claimed) -> None:
    store.deliveries.drop(claimed)
    found = store.member(member)
    if found is not None and found.reachable:
        service.unreachable(store, now, found)


def _linking(
    chat: str, member: Member, met: Met, claimed: Claimed
) -> Callable[[SqlStore, dt.datetime], None]:
    """The member is known in the chat from now on; the message goes there at once."""

    def link(store: SqlStore, now: dt.datetime) -> None:
        known = store.member(member.id)
        if known is not None:
            store.link_identity(known.id, chat, met.tenant, met.user, met.address, now)
            service.met(store, now, known, met.profile)
        store.deliveries.give_back(claimed)

    return link
