"""What people call a team's channel, which no message from it says: Teams is asked, for the summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.teams.asked import Asked
from adapters.teams.client import TeamsClient, TeamsRefused
from adapters.teams.tenants import Tenants
from adapters.transactions import Transactions
from bot import service

log = structlog.get_logger()

LONGEST = 100
"""Characters; Teams takes 50 for a channel and 256 for a team."""


class ChannelNames:
    """Learns the names of channels to which a summary comes. Without one a summary is headed "Hiring"."""

    def __init__(self, transactions: Transactions, tenants: Tenants, client: TeamsClient) -> None:
        self._transactions = transactions
        self._tenants = tenants
        self._client = client

    async def learn(self, asked: Asked) -> None:
        """Somebody has spoken to the bot in a channel: keep what it is called now. Raises `ChatTryLater`."""
        workspace, channel = self._tenants.workspace(asked.tenant), asked.channel
        if not channel or not asked.team:
            return
        if not await self._transactions.read(
            workspace, lambda store, _: service.channel_wants_name(store, channel)
        ):
            return
        try:
            called = asked.called or await self._called(asked)
        except TeamsRefused as refused:
            log.info("teams_channel_not_named", problem=str(refused))
            return
        if called := called.strip()[:LONGEST]:
            await self._transactions.write(
                workspace, lambda store, _: service.channel_named(store, channel, called)
            )

    async def _called(self, asked: Asked) -> str:
        """The channel that every team has from the start has no name of its own: it has the team's.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
        """
        found = (await self._client.channels(asked.service_url, asked.team)).get("conversations")
        rooms = [it for it in found if isinstance(it, Mapping)] if isinstance(found, list) else []
        here = asked.conversation.partition(";")[0]
        name = next((_name(it) for it in rooms if it.get("id") == here), "")
        if name or here != asked.team:
            return name
        return _name(await self._client.team(asked.service_url, asked.team))


def _name(about: Mapping[str, Any]) -> str:
    found = about.get("name")
    return found if isinstance(found, str) else ""
