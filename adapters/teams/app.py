"""Teams in this process: put together from the settings, started, and stopped in good order."""

from __future__ import annotations

import uuid

from aiohttp import web

from adapters.background import Background
from adapters.teams import about, endpoint
from adapters.teams.access import Access
from adapters.teams.authentication import Authentication
from adapters.teams.chat import TeamsChat
from adapters.teams.client import TeamsClient
from adapters.teams.conversation import Conversation
from adapters.teams.graph import Graph
from adapters.teams.hearing import Bot, Hearing
from adapters.teams.keys import SigningKeys
from adapters.teams.naming import ChannelNames
from adapters.teams.people import People
from adapters.teams.rounds import Rounds
from adapters.teams.showing import Showing
from adapters.teams.tenants import NAME, Tenants
from adapters.teams.turns import Turns
from adapters.transactions import Transactions


class Teams:
    """Everything of Teams': the chat for the deliverer, and what hears people. One a process."""

    def __init__(self, access: Access, transactions: Transactions, workspace: uuid.UUID) -> None:
        self._access = access
        self._client = TeamsClient(access)
        self._tenants = Tenants(transactions, access.tenant, workspace)
        self._keys = SigningKeys(access.openid_url)
        self.chat = TeamsChat(self._client, self._tenants, transactions)
        self.background = Background(NAME)
        people = People(transactions, self._tenants, self.chat)
        turns = Turns(transactions, self._tenants, people)
        showing = Showing(transactions, self._tenants, self.chat)
        graph = Graph(access, lambda: self._client.session) if access.graph_url else None
        self.rounds = Rounds(transactions, self._tenants, self.chat, graph, access) if graph else None
        names = ChannelNames(transactions, self._tenants, self._client)
        conversation = Conversation(turns, showing, names, self.background)
        self._hearing = Hearing(Bot(conversation, people))

    def mount(self, app: web.Application) -> None:
        authentication = Authentication(self._access.app_id, self._access.authority, self._keys)
        endpoint.mount(app, authentication, self._access.hosts, self._hearing)
        about.mount(app)

    async def start(self, *, listens: bool = True) -> None:
        """Fetch Microsoft's keys and our own token before they are needed.

        Where Microsoft cannot be reached the bot starts all the same: both are fetched again when needed.
        """
        await self._tenants.adopt()
        self.background.start(self._token())
        if listens:
            self.background.start(self._keys.fetch())
        if self.rounds is not None:
            self.rounds.start()

    async def _token(self) -> None:
        await self._client.tokens.get()

    async def stop(self) -> None:
        """Hear nobody any more; what was begun after an answer is finished."""
        if self.rounds is not None:
            await self.rounds.stop()
        await self.background.finish()
        await self._keys.stop()

    async def close(self) -> None:
        """Nothing is sent any more."""
        await self._client.close()
