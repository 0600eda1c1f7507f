"""The tenants the bot is installed in: which company each belongs to, and the token for it.

A tenant is a Slack team, or the organisation where the app was installed for all of an Enterprise Grid.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Protocol

from adapters.slack.client import SlackClient
from adapters.slack.pace import keep_pace
from adapters.transactions import Transactions
from bot import service
from bot.ports import ChatNotInstalled, ChatTryLater
from storage.installations import Installation, Installations

NAME = "slack"


class NotInstalled(ChatNotInstalled):
    """The bot is not installed in this tenant, or not any more."""


class Tokens(Protocol):
    """Where the token of an installation comes from."""

    async def of(self, installation: Installation) -> str:
        """The token to use now. Raises `ChatError` where there is none."""
        ...

    def replaced(self, installation: Installation, token: str) -> bool:
        """Whether another one has taken this token's place."""
        ...


class OneToken:
    """The token of the environment, for the one tenant that it was made in."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.adopted: Installation | None = None
        """What it is the token of, once Slack has said so."""

    async def of(self, installation: Installation) -> str:
        if self.adopted is not None and self.adopted.tenant != installation.tenant:
            raise NotInstalled("The token of the environment is another Slack workspace's.")
        return self._token

    def replaced(self, installation: Installation, token: str) -> bool:
        """Another process has connected since, and nobody but it knows with which token."""
        return self.adopted is not None and self.adopted.installed_at < installation.installed_at


class Tenants:
    """Looks tenants up. Which company one belongs to never changes, so that much is remembered."""

    def __init__(self, transactions: Transactions, tokens: Tokens) -> None:
        self._transactions = transactions
        self.installations = Installations(transactions.database)
        self._tokens = tokens
        self._workspaces: dict[str, uuid.UUID] = {}

    async def workspace(self, tenant: str) -> uuid.UUID | None:
        """The company this tenant belongs to; None where the bot is not installed in it."""
        if tenant not in self._workspaces:
            found = await self._find(tenant)
            if found is None or found.ended_at is not None:
                return None
            self._workspaces[tenant] = found.workspace
        return self._workspaces[tenant]

    async def token(self, tenant: str) -> str:
        """The token for this tenant, fresh. Raises `NotInstalled`, and `ChatError` where it cannot be had."""
        found = await self._find(tenant)
        if found is None or found.ended_at is not None:
            raise NotInstalled("The bot is not installed in this Slack workspace any more.")
        return await self._tokens.of(found)

    async def of(self, workspace: uuid.UUID) -> tuple[Installation, ...]:
        """Where this company has the bot installed.

        Raises `NotInstalled` where it has not: nobody can be looked for there, which is not the same as
        that they are not found. What is to be said to them waits.
        """
        found = await self._transactions.look(lambda: self.installations.all(NAME, workspace))
        if not found:
            raise NotInstalled("The bot is not installed in Slack for this company.")
        return found

    async def keep_pace(self) -> None:
        """Set what Slack limits for every company that is in it."""
        installed = await self._transactions.look(lambda: self.installations.all(NAME))
        for workspace in {it.workspace for it in installed}:
            await self._transactions.write(workspace, keep_pace)

    async def let_in(self, workspace: uuid.UUID) -> None:
        """The bot has just been installed for this company: whom nobody could reach before is looked for."""
        while await self._transactions.write(workspace, service.let_in):
            pass

    async def refused(self, tenant: str, token: str) -> None:
        """Slack takes this token no more: the bot was taken out.

        Raises `ChatTryLater` where another token has taken its place.
        """
        found = await self._find(tenant)
        if found is not None and found.ended_at is None and self._tokens.replaced(found, token):
            raise ChatTryLater("Slack takes a token no more that another has replaced meanwhile.")
        await self.end(tenant)

    async def end(self, tenant: str, at: dt.datetime | None = None) -> None:
        """The bot was taken out of this tenant, or its token revoked: nothing more goes there.

        `at`: when that was, to the second, in real time; what has been installed since is left alone.
        """
        found = await self._find(tenant)
        self._workspaces.pop(tenant, None)
        if found is not None and (at is None or at >= found.installed_at.replace(microsecond=0)):
            await self._transactions.write(
                found.workspace, lambda store, now: store.end_installation(NAME, tenant, now)
            )

    async def _find(self, tenant: str) -> Installation | None:
        return await self._transactions.look(lambda: self.installations.find(NAME, tenant))


async def adopt(
    client: SlackClient, tenants: Tenants, transactions: Transactions, token: str, workspace: uuid.UUID
) -> Installation:
    """The tenant that this token is of becomes the company's one installation.

    Raises `ChatError` where Slack does not take the token or cannot be reached.
    """
    about = await client.ask("auth.test", token)
    whole = bool(about.get("is_enterprise_install"))
    tenant = str(about["enterprise_id"] if whole else about["team_id"])
    installation = Installation(
        chat=NAME, tenant=tenant, workspace=workspace, name=str(about.get("team") or tenant),
        bot_user=str(about.get("user_id") or ""), secret="", installed_at=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    before = await transactions.look(lambda: tenants.installations.all(NAME, workspace))
    for other in before:
        if other.tenant != tenant:
            await tenants.end(other.tenant)
    await transactions.hop(lambda: tenants.installations.save(installation))
    if tenant not in {other.tenant for other in before}:
        await tenants.let_in(workspace)
    return installation
