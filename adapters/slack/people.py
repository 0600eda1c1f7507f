"""What Slack tells of people unasked: a changed profile, somebody new, an account switched off."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import structlog

from adapters.slack.chat import met
from adapters.slack.directory import person
from adapters.slack.tenants import NAME, Tenants
from adapters.transactions import Transactions
from bot import service
from bot.people import Member
from storage.store import SqlStore

log = structlog.get_logger()


class People:
    """Keeps members as their profiles in Slack say."""

    def __init__(self, transactions: Transactions, tenants: Tenants) -> None:
        self._transactions = transactions
        self._tenants = tenants

    async def changed(self, tenant: str, user: Mapping[str, Any]) -> None:
        """A `user_change` or `team_join` event. Whoever is no member of ours is left alone."""
        workspace = await self._tenants.workspace(tenant)
        if workspace is None:
            return
        found = person(user, tenant, self._transactions.clock())
        name = str(user.get("id") or "")

        def concerns(store: SqlStore, _: dt.datetime) -> bool:
            known = store.member_by_identity(NAME, tenant, name)
            return known is not None or bool(found and store.member_by_email(found.email))

        # Everybody's every change is told, and a company's colleagues are rarely ours: look before writing.
        if not await self._transactions.read(workspace, concerns):
            return

        def change(store: SqlStore, now: dt.datetime) -> uuid.UUID | None:
            """Who can be reached no longer."""
            member = store.member_by_identity(NAME, tenant, name)
            if found is None:
                return _gone(store, now, member, tenant, name) if member is not None else None
            if member is None:
                member = store.member_by_email(found.email)
                if member is None:
                    return None
                seen = met(tenant, found)
                store.link_identity(member.id, NAME, tenant, name, seen.address, used_at=None)
            service.met(store, now, member, found.profile)
            return None

        lost = await self._transactions.write(workspace, change)
        if lost is not None:
            log.warning("member_unreachable", member=str(lost))


def _gone(store: SqlStore, now: dt.datetime, member: Member, tenant: str, name: str) -> uuid.UUID | None:
    """No full account any more: their id, where that is news."""
    store.forget_identity(NAME, tenant, name)
    if not member.reachable:
        return None
    service.unreachable(store, now, member)
    return member.id
