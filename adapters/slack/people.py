"""What Slack tells of people unasked: a changed profile, somebody new, an account switched off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from adapters.slack.chat import met
from adapters.slack.directory import person
from adapters.slack.tenants import NAME, Tenants
from adapters.transactions import Transactions
from bot import service
from storage.store import SqlStore


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

        def change(store: SqlStore, now: dt.datetime) -> None:
            member = store.member_by_identity(NAME, tenant, name)
            if found is None:
                if member is not None:
                    store.forget_identity(NAME, tenant, name)
                if member is not None and member.reachable:
                    service.unreachable(store, now, member)
                return
            if member is None:
                member = store.member_by_email(found.email)
                if member is None:
                    return
                seen = met(tenant, found)
                store.link_identity(member.id, NAME, tenant, name, seen.address, used_at=None)
            service.met(store, now, member, found.profile)

        await self._transactions.write(workspace, change)
