"""What Microsoft Graph is asked every quarter of an hour: who is there whom nobody has met, and who is away.

Nothing waits for it: what Graph does not tell, or will not, is as it is without Graph.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Sequence

import structlog

from adapters.failing import say_failed
from adapters.teams.access import Access
from adapters.teams.chat import TeamsChat
from adapters.teams.client import TeamsRefused
from adapters.teams.directory import Person
from adapters.teams.graph import AT_ONCE, Graph, GraphLacks, NotInCatalogue
from adapters.teams.pace import keep_thread
from adapters.teams.tenants import NAME, Tenants
from adapters.transactions import Transactions
from bot import service
from bot.ladder import is_away
from bot.people import Member, Profile
from bot.ports import ChatError, ChatTryLater, ChatUnreachable
from storage.store import SqlStore

log = structlog.get_logger()

EVERY_S = 900.0
FIRST_S = 60.0
"""After the start, which has enough to do."""


class Rounds:
    """One a process; of several processes one goes each round."""

    def __init__(
        self, transactions: Transactions, tenants: Tenants, chat: TeamsChat, graph: Graph, access: Access
    ) -> None:
        self._transactions = transactions
        self._tenants = tenants
        self._chat = chat
        self._graph = graph
        self._access = access
        self._said: set[str] = set()
        """What lacks, and was said."""
        self._installs = True
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        wait = FIRST_S
        while True:
            await asyncio.sleep(wait)
            wait = EVERY_S
            try:
                if await self.takes_turn():
                    await self.go()
            except Exception as error:
                say_failed("teams_round_failed", error)

    async def takes_turn(self) -> bool:
        """Whether no other process has gone this round."""
        now = dt.datetime.now(dt.UTC)
        key = f"{NAME}/round/{int(now.timestamp() // EVERY_S)}"
        return await self._transactions.write(self._tenants.company, lambda store, _: store.hear(key, now))

    async def go(self) -> None:
        """Once round; the two halves know nothing of each other."""
        await self._unless_refused(self._meet_all)
        await self._unless_refused(self._see_who_is_away)

    async def _unless_refused(self, work: Callable[[], Awaitable[None]]) -> None:
        """What is not answered is asked again next time."""
        try:
            await work()
        except GraphLacks as lacks:
            self._say_once(str(lacks))
        except ChatError as error:
            log.warning("teams_graph_gave_no_answer", problem=str(error))

    def _say_once(self, what: str) -> None:
        if what not in self._said:
            self._said.add(what)
            log.warning("teams_graph_lacks", problem=what)

    # -- people who have not used the bot yet ---------------------------------------------------------------

    async def _meet_all(self) -> None:
        def unmet(store: SqlStore, _: dt.datetime) -> tuple[list[Member], str]:
            known = store.newest_address(NAME, self._access.tenant) or {}
            policy = store.policy
            # An app that comes to somebody is seen by them, so it is held back with everything else.
            unmet = () if policy.rehearsal or policy.nudges_paused else store.unmet()
            return [it for it in unmet if policy.addresses(it.email)], known.get("service_url", "")

        self._installs = True
        people, url = await self._transactions.read(self._tenants.company, unmet)
        for member in people:
            found = await self._graph.person(member.email)
            if found is not None:
                await self._meet(member, found, url or self._access.service_url)

    async def _meet(self, member: Member, found: Person, url: str) -> None:
        """Only who has the app can be written to, and Teams knows who has: a conversation is begun."""
        address = {
            "tenant": self._access.tenant,
            "user": found.user,
            "bot": self._access.bot,
            "service_url": url,
        }
        try:
            conversation = await self._chat.begin(address)
        except ChatUnreachable:
            # Who had the app and took it out is left in peace.
            if self._installs and not member.welcomed:
                await self._install(found.user)
            return
        except TeamsRefused as refused:
            log.info("teams_member_not_begun", member=str(member.id), problem=str(refused))
            return

        def link(store: SqlStore, now: dt.datetime) -> None:
            known = store.member(member.id)
            if known is None or not known.active or store.identity_of(known.id) is not None:
                return
            where = {**address, "conversation": conversation}
            store.link_identity(known.id, NAME, self._access.tenant, found.user, where, used_at=None)
            keep_thread(store, known.id)
            service.met(store, now, known, Profile())

        await self._transactions.write(self._tenants.company, link)

    async def _install(self, user: str) -> None:
        """Where that may be done; Teams tells of it as of any other installation."""
        try:
            await self._graph.install(user)
        except (GraphLacks, NotInCatalogue) as lacks:
            self._installs = False
            self._say_once(str(lacks))
        except ChatTryLater:
            raise
        except ChatError as refused:
            log.info("teams_app_not_installed", problem=str(refused))

    # -- absence --------------------------------------------------------------------------------------------

    async def _see_who_is_away(self) -> None:
        known = await self._transactions.read(
            self._tenants.company, lambda store, _: store.users_in(NAME, self._access.tenant)
        )
        users = list(known)
        for first in range(0, len(users), AT_ONCE):
            some: Sequence[str] = users[first : first + AT_ONCE]
            for user, out in (await self._graph.out_of_office(some)).items():
                if user in known:
                    await self._seen(known[user], user, out=out)

    async def _seen(self, member: Member, user: str, *, out: bool) -> None:
        if out == is_away(member, self._transactions.clock()):
            return
        await self._transactions.write(self._tenants.company, _seeing(member.id, user, out=out))


def _seeing(who: uuid.UUID, user: str, *, out: bool) -> Callable[[SqlStore, dt.datetime], None]:
    def see(store: SqlStore, now: dt.datetime) -> None:
        member = store.lock_member(who)
        if member is None or not store.policy.addresses(member.email):
            return
        # Once a day: who has said that they are back after all is believed.
        key = f"{NAME}/out/{user}/{member.calendar.today(now)}"
        if not out or store.hear(key, dt.datetime.now(dt.UTC)):
            service.out_of_office(store, now, member, out=out)

    return see
