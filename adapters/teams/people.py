"""Members as Teams shows them: met when they install the app or speak, gone when they take it out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections import OrderedDict
from collections.abc import Mapping

import structlog

from adapters.teams.asked import Asked
from adapters.teams.chat import TeamsChat
from adapters.teams.directory import Person
from adapters.teams.pace import keep_thread
from adapters.teams.tenants import NAME, Tenants
from adapters.transactions import Transactions
from bot import service
from bot.changes import Refused
from bot.people import Member, Profile
from storage.store import SqlStore

log = structlog.get_logger()

REMEMBERED = 20_000


class People:
    """Keeps where members are written to, and their profiles, as their own activities say."""

    def __init__(self, transactions: Transactions, tenants: Tenants, chat: TeamsChat) -> None:
        self._transactions = transactions
        self._tenants = tenants
        self._chat = chat
        self._written: OrderedDict[tuple[str, str], Mapping[str, str]] = OrderedDict()
        """Addresses known to be in the database, so that a click need not ask."""

    async def meet(self, asked: Asked) -> Person | None:
        """Find out who it is, and know them from now on; None for guests and strangers.

        Raises `Refused` where the bot may not address them, and `ChatError`.
        """
        found = await self._chat.person(asked.service_url, asked.conversation, asked.account, asked.tenant)
        if found is None or found.user != asked.user:
            return None

        def link(store: SqlStore, now: dt.datetime) -> None:
            member = service.welcomed(store, now, found.email, found.name, asked.profile)
            self._link(store, member, asked)

        await self._transactions.write(self._tenants.workspace(asked.tenant), link)
        return found

    async def installed(self, asked: Asked) -> None:
        """The app is there for this person: whatever was said of them before, they can be reached."""
        if not asked.personal or not asked.user:
            return
        self._written.pop((asked.tenant, asked.user), None)
        workspace = self._tenants.workspace(asked.tenant)

        def known(store: SqlStore, now: dt.datetime) -> bool:
            member = store.member_by_identity(NAME, asked.tenant, asked.user)
            if member is None or not member.active:
                return False
            self._link(store, member, asked)
            service.met(store, now, member, _kept(member, asked))
            return True

        if not await self._transactions.write(workspace, known):
            try:
                await self.meet(asked)
            except Refused:
                # Not in the pilot, or switched off: nothing is kept of them.
                return

    async def removed(self, asked: Asked) -> None:
        """The app was taken out for this person."""
        if not asked.personal or not asked.user:
            return
        self._written.pop((asked.tenant, asked.user), None)

        def gone(store: SqlStore, now: dt.datetime) -> uuid.UUID | None:
            """Who can be reached no longer."""
            member = store.member_by_identity(NAME, asked.tenant, asked.user)
            if member is None:
                return None
            store.forget_identity(NAME, asked.tenant, asked.user)
            if not member.reachable or store.identity_of(member.id) is not None:
                return None
            service.unreachable(store, now, member)
            return member.id

        lost = await self._transactions.write(self._tenants.workspace(asked.tenant), gone)
        if lost is not None:
            log.warning("member_unreachable", member=str(lost))

    def seen(self, store: SqlStore, now: dt.datetime, member: Member, asked: Asked) -> Member:
        """Somebody known has come: where they are written to, and their profile, as they are now."""
        if not member.reachable:
            member = service.heard_from(store, now, member)
        if asked.personal and self._written.get((asked.tenant, asked.user)) != asked.address:
            # Remembered when it is found there, not when it is written: this may yet be rolled back.
            if store.address_in(NAME, asked.tenant, asked.user) == asked.address:
                self._remember(asked)
            else:
                self._link(store, member, asked, used_at=now)
        if _has_moved(member, asked):
            member = service.met(store, now, member, _kept(member, asked))
        return member

    def _link(
        self, store: SqlStore, member: Member, asked: Asked, *, used_at: dt.datetime | None = None
    ) -> None:
        """A conversation that is known stays so when they speak in a channel.

        An app that was installed, perhaps by an admin for everybody, has not been used by anybody yet.
        """
        known = store.address_in(NAME, asked.tenant, asked.user) or {}
        address = {**known, **asked.address}
        store.link_identity(member.id, NAME, asked.tenant, asked.user, address, used_at)
        keep_thread(store, member.id)

    def _remember(self, asked: Asked) -> None:
        self._written[asked.tenant, asked.user] = asked.address
        self._written.move_to_end((asked.tenant, asked.user))
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)


def _has_moved(member: Member, asked: Asked) -> bool:
    profile = asked.profile
    zone = bool(profile.zone) and not member.own_zone and profile.zone != member.zone
    return zone or (bool(profile.language) and profile.language != member.language)


def _kept(member: Member, asked: Asked) -> Profile:
    """As the client says. Of absences it says nothing, so what another chat has said of one stays."""
    absence = member.absence
    until = absence.until if absence is not None and absence.by_chat else None
    return dataclasses.replace(asked.profile, away_until=until)
