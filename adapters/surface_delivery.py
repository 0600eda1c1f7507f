"""Shows surfaces in the chats: posted once, edited in place, always as they are at that moment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping

import structlog

from adapters.transactions import Transactions
from bot import service
from bot.nudges import Surface, SurfaceKind
from bot.people import Member
from bot.ports import Chat, ChatError, ChatMessageGone, ChatNotInstalled, ChatTryLater, ChatUnreachable, Met
from bot.views.elements import Message
from storage.claiming import Claimed
from storage.store import SqlStore

log = structlog.get_logger()

CHAT_TRIES = 20
PAUSED_WAIT = dt.timedelta(minutes=10)
NO_CHAT_WAIT = dt.timedelta(minutes=5)
REMINDS = frozenset({SurfaceKind.DIGEST, SurfaceKind.URGENT, SurfaceKind.WELCOME})
"""What a pause of nudges holds back. Whatever somebody asked for, or has to answer, goes on."""


class SurfaceDelivery:
    """One surface at a time for whoever calls; any number of calls at once."""

    def __init__(self, transactions: Transactions, chats: Mapping[str, Chat]) -> None:
        self._transactions = transactions
        self._chats = chats

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
        surface, message, chat_name, home, posted = found
        chat = self._chats.get(chat_name)
        if chat is None:
            await self._wait(workspace, claimed, NO_CHAT_WAIT, "the member is in no chat we know")
            return
        try:
            address = await _show(chat, surface, home, posted, message)
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
            lambda store, _: store.deliveries.finish_surface(claimed, message.revision, address, chat_name),
        )

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
        """A message is tried again; a home is shown anew when somebody looks at it."""
        if surface.kind is SurfaceKind.HOME:
            log.warning("home_refused", member=str(surface.member), problem=str(error))
            await self._transactions.write_outcome(workspace, lambda store, _: store.deliveries.drop(claimed))
        else:
            log.warning("surface_refused", surface=str(surface.id), problem=str(error))
            await self._chat_later(workspace, claimed, ChatTryLater(str(error)))

    async def _chat_later(self, workspace: uuid.UUID, claimed: Claimed, error: ChatTryLater) -> None:
        """`Retry-After` holds the lane; anything else this delivery alone, ever longer."""
        if claimed.attempts >= CHAT_TRIES:
            log.error("surface_given_up", surface=str(claimed.subject_id))
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


class _UpToDate(Exception):
    """The newest revision has been shown."""

    def __init__(self, revision: int) -> None:
        super().__init__()
        self.revision = revision


class _Paused(Exception):
    """Nudges are paused by an admin: what was not posted yet waits."""


Found = tuple[Surface, Message, str, Mapping[str, str], Mapping[str, str] | None]


def _surface_now(store: SqlStore, now: dt.datetime, surface_id: uuid.UUID) -> Found | None:
    """What to show and where; None where there is nothing to show or nobody to show it to."""
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
    chat, address = (posted[0], home[1]) if posted else home
    return surface, message, chat, address, posted[1] if posted else None


async def _show(
    chat: Chat,
    surface: Surface,
    home: Mapping[str, str],
    posted: Mapping[str, str] | None,
    message: Message,
) -> Mapping[str, str]:
    """Edit the message in place; one that was deleted or is too old is posted anew."""
    if surface.kind is SurfaceKind.HOME:
        await chat.show_home(home, message)
        return home
    if posted is not None:
        try:
            await chat.edit(posted, message)
        except ChatMessageGone:
            return await chat.post(home, message)
        return posted
    return await chat.post(home, message)


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
