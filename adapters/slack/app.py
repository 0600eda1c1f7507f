"""Slack in this process: put together from the settings, started, and stopped in good order."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from typing import TYPE_CHECKING

import aiohttp
import structlog
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from adapters.answering import TIMING, Timing
from adapters.background import Background
from adapters.slack import endpoint
from adapters.slack.access import Access, SlackSettingsRefused
from adapters.slack.chat import SlackChat
from adapters.slack.client import SlackClient, SlackRefused
from adapters.slack.conversation import Conversation
from adapters.slack.listeners import bolt
from adapters.slack.people import People
from adapters.slack.socket import Socket
from adapters.slack.tenants import NAME, OneToken, Tenants, adopt
from adapters.transactions import Transactions
from bot.ports import ChatError

if TYPE_CHECKING:
    from adapters.slack.oauth import Oauth
    from adapters.slack.renewing import StoredTokens

log = structlog.get_logger()

AGAIN_S = 10.0
"""Where Slack could not be reached at the start, it is tried again so often."""


class Slack:
    """Everything of Slack's: the chat for the deliverer, and what hears people. One a process.

    With a bot token it is in one Slack workspace, which is `workspace`'s. With a client id others install it,
    and each tenant has a workspace of its own.
    """

    def __init__(self, access: Access, transactions: Transactions, workspace: uuid.UUID) -> None:
        self._access = access
        self._transactions = transactions
        self._workspace = workspace
        self._client = SlackClient(access.api_url)
        self._oauth: Oauth | None = None
        self._stored: StoredTokens | None = None
        self._one = OneToken(access.bot_token)
        if access.client_id:
            # Only who has many tenants pays for encryption, in start time and memory.
            from adapters.slack.oauth import Oauth  # noqa: PLC0415
            from adapters.slack.renewing import StoredTokens  # noqa: PLC0415
            from adapters.slack.vault import Vault  # noqa: PLC0415

            vault = Vault(access.token_keys)
            self._stored = StoredTokens(access, self._client, transactions, vault)
            self._tenants = Tenants(transactions, self._stored)
            self._oauth = Oauth(access, self._client, transactions, vault, self._tenants)
        else:
            self._tenants = Tenants(transactions, self._one)
        self.chat = SlackChat(self._client, self._tenants, transactions.clock)
        self.background = Background(NAME)
        plain = AsyncWebClient(base_url=access.api_url)
        conversation = Conversation(transactions, self._tenants, self._client, self.chat, self.background)
        self._bolt = bolt(conversation, People(transactions, self._tenants), self._tenants, plain)
        self._socket: Socket | None = None
        self._timing: Timing | None = None
        self._starting: asyncio.Task[None] | None = None

    def mount(self, app: web.Application) -> None:
        """Where Slack's requests come in. With Socket Mode they come another way; installations do not."""
        self._timing = app.get(TIMING)
        if self._oauth is not None:
            self._oauth.mount(app)
        if self._access.signing_secret and not self._access.app_token:
            endpoint.mount(app, self._bolt, self._access.signing_secret)

    async def start(self, *, listens: bool = True) -> None:
        """Learn which workspace the token is of, and connect. Raises `SlackSettingsRefused`.

        Tokens of many workspaces are put under the first key instead.

        Where Slack cannot be reached the bot starts all the same, and goes on trying. `listens`: whether this
        process hears people at all, or only writes to them.
        """
        try:
            await self._connect(listens=listens)
        except SlackRefused as refused:
            raise SlackSettingsRefused(_REFUSED_BOT.format(code=refused.code)) from refused
        except (ChatError, aiohttp.ClientError, TimeoutError) as error:
            self._try_again(error, listens=listens)

    def _try_again(self, error: Exception, *, listens: bool) -> None:
        log.warning("slack_out_of_reach", error=type(error).__name__)
        self._starting = asyncio.create_task(self._keep_trying(listens=listens))

    async def _connect(self, *, listens: bool) -> None:
        if self._stored is not None:
            await self._stored.under_first_key()
        else:
            token = self._access.bot_token
            adopted = await adopt(self._client, self._tenants, self._transactions, token, self._workspace)
            self._one.adopted = adopted
            log.info("slack_connected", tenant=adopted.tenant)
        await self._tenants.keep_pace()
        if listens and self._access.app_token and self._socket is None:
            url = await self._socket_url()
            plain = AsyncWebClient(base_url=self._access.api_url)
            socket = Socket(self._bolt, self._access.app_token, plain, self._timing)
            try:
                await socket.start(url)
            except BaseException:
                await socket.stop()
                raise
            self._socket = socket

    async def _socket_url(self) -> str:
        """Raises `SlackSettingsRefused` where Slack does not take the app token."""
        try:
            opened = await self._client.ask("apps.connections.open", self._access.app_token)
        except SlackRefused as refused:
            raise SlackSettingsRefused(_REFUSED_APP.format(code=refused.code)) from refused
        return str(opened["url"])

    async def _keep_trying(self, *, listens: bool) -> None:
        while True:
            await asyncio.sleep(AGAIN_S)
            try:
                await self._connect(listens=listens)
            except (SlackRefused, SlackSettingsRefused) as refused:
                log.warning("slack_refuses_us", problem=str(refused))
            except Exception as error:
                log.warning("slack_out_of_reach", error=type(error).__name__)
            else:
                return

    async def stop(self) -> None:
        """Hear nobody any more; what was begun after an acknowledgement is finished."""
        if self._starting is not None:
            self._starting.cancel()
        if self._socket is not None:
            with contextlib.suppress(Exception):
                await self._socket.stop()
            self._socket = None
        await self.background.finish()

    async def close(self) -> None:
        """Nothing is sent any more."""
        if self._stored is not None:
            await self._stored.finish()
        await self._client.close()


_REFUSED_BOT = (
    "Slack does not take FOLLOWUP_SLACK_BOT_TOKEN ({code}). Copy the Bot User OAuth Token again from your "
    "app's page at api.slack.com/apps, OAuth & Permissions; `followup doctor` tells more."
)
_REFUSED_APP = (
    "Slack does not take FOLLOWUP_SLACK_APP_TOKEN ({code}). Make an app-level token with connections:write "
    "on your app's page at api.slack.com/apps, Basic Information, and switch Socket Mode on."
)
