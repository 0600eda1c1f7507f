"""The adapter's chat alone, without a server that hears people: for what is sent."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator

from adapters.settings import Settings
from adapters.teams.chat import TeamsChat
from adapters.teams.client import TeamsClient
from adapters.teams.tenants import Tenants
from adapters.transactions import Transactions
from adapters.wiring import teams_access
from tests.teams_counterpart.counterpart import APP_ID, TENANT, TeamsCounterpart
from tests.teams_counterpart.memory import User


@contextlib.asynccontextmanager
async def teams_chat(
    transactions: Transactions, workspace: uuid.UUID
) -> AsyncIterator[tuple[TeamsChat, TeamsCounterpart]]:
    async with TeamsCounterpart() as counterpart:
        client = TeamsClient(teams_access(Settings(**counterpart.settings())))
        try:
            yield TeamsChat(client, Tenants(transactions, TENANT, workspace), transactions), counterpart
        finally:
            counterpart.faults.wakes.set()
            await client.close()


def address_in_teams(
    counterpart: TeamsCounterpart, user: User, *, conversation: bool = True
) -> dict[str, str]:
    """Where somebody is written to; without a conversation, that is to be begun first."""
    url = counterpart.service_url
    known = {"tenant": TENANT, "user": user.id, "bot": f"28:{APP_ID}", "service_url": url}
    return {**known, "conversation": user.chat} if conversation else known
