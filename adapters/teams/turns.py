"""One request in Teams as one transaction: who it is, what they did, and what is to be shown."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

import structlog

from adapters import in_place
from adapters.teams.asked import Asked
from adapters.teams.people import People
from adapters.teams.tenants import NAME, Tenants
from adapters.transactions import Transactions
from bot.changes import Refused
from bot.people import Member
from bot.ports import ChatError
from bot.views.elements import FieldErrors, Form, Message, View
from storage.claiming import Claimed
from storage.store import SqlStore
from storage.transaction import chat_lane

log = structlog.get_logger()

PATIENCE_S = 3.5
"""For looking somebody up: whoever clicked is to have an answer within five seconds."""

Use = Callable[[SqlStore, dt.datetime, Member], View]
Again = Callable[[SqlStore, dt.datetime, Member], View | None]


class Unserved(Exception):
    """Whoever asks is not to be served; the text says why, to them."""


class _Stranger(Exception):
    """Nobody has been met under this object id."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The view to show, None where the request had been heard before."""

    view: View | None
    home: Mapping[str, str]
    """Where the member is written to."""
    again: Form | None = None
    """The form in which something is wrong, as it was opened."""
    claimed: Claimed | None = None
    """Of a surface, its delivery: ours to show."""
    posted: Mapping[str, str] | None = None
    """Where that surface stands in Teams."""
    stands: bool = False
    """That surface cannot be changed just now, and has nothing new to show but its remark."""
    on_surface: bool = False
    """What was clicked is a message that follows the truth: nothing else may take its place."""


class Turns:
    """Every request goes through here, once."""

    def __init__(self, transactions: Transactions, tenants: Tenants, people: People) -> None:
        self._transactions = transactions
        self._tenants = tenants
        self._people = people

    async def take(self, asked: Asked, use: Use, *, again: Again | None = None, once: bool = True) -> Outcome:
        """Do it and commit; meet whoever asks first where that is somebody new. Raises `Unserved`.

        again: what opened the form that was sent, where one was. once: not when it was heard before.
        """

        def work(store: SqlStore, now: dt.datetime) -> Outcome:
            return self._work(store, now, asked, use, again, once=once)

        workspace = self._tenants.workspace(asked.tenant)
        try:
            return await self._transactions.write(workspace, work)
        except _Stranger:
            await self._meet(asked)
        try:
            return await self._transactions.write(workspace, work)
        except _Stranger:
            raise Unserved(STRANGER) from None

    async def _meet(self, asked: Asked) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                met = await self._people.meet(asked) if asked.user else None
        except Refused as refused:
            raise Unserved(str(refused)) from refused
        except (ChatError, TimeoutError) as error:
            log.warning("teams_stranger_not_met", problem=str(error) or "no answer in time")
            raise Unserved(_WHO_NOT_KNOWN) from error
        if met is None:
            raise Unserved(STRANGER)

    def _work(
        self, store: SqlStore, now: dt.datetime, asked: Asked, use: Use, again: Again | None, *, once: bool
    ) -> Outcome:
        member = store.member_who_came(NAME, asked.tenant, asked.user, now)
        if member is None or not member.active:
            raise _Stranger
        member = self._people.seen(store, now, member, asked)
        if once and asked.key and not store.hear(f"{NAME}:{asked.key}", dt.datetime.now(dt.UTC)):
            return Outcome(None, asked.address)
        view = use(store, now, member)
        home: Mapping[str, str] = asked.address
        if not asked.personal:
            home = store.address_in(NAME, asked.tenant, asked.user) or asked.address
        if isinstance(view, FieldErrors) and again is not None:
            opened = again(store, now, member)
            return Outcome(view, home, again=opened if isinstance(opened, Form) else None)
        if not isinstance(view, Message):
            return Outcome(view, home)
        lane = chat_lane(member.id)
        lets_out = store.deliveries.reserve(lane)
        if view.surface is None:
            clicked = asked.message
            on_surface = bool(clicked) and store.stands_at(member.id, NAME, "activity", clicked)
            return Outcome(view, home, on_surface=on_surface)
        posted = store.surface_address(view.surface)
        here = posted[1] if posted and posted[0] == NAME else None
        if not lets_out:
            return Outcome(view, home, posted=here, stands=in_place.stands(store, view))
        # Ours to show: so no edit of another process comes in between, and none is forgotten. Where somebody
        # is showing it at this moment, it is what they show.
        return Outcome(view, home, claimed=store.deliveries.take(view.surface, lane), posted=here)


STRANGER = (
    "I do not know you yet, and Teams shows me no full account of yours with a work email. Guests cannot use "
    "Followup; ask the recruiter you work with."
)
_WHO_NOT_KNOWN = (
    "Teams does not tell me just now who you are, so nothing was done. Try again in a moment; if it stays "
    "so, tell whoever looks after Followup to run its doctor."
)
