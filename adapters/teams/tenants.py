"""The one tenant the bot serves, and the company that it belongs to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from adapters.teams.pace import keep_pace
from adapters.transactions import Transactions
from bot.ports import ChatNotInstalled
from storage.installations import Installation, Installations
from storage.store import SqlStore

NAME = "teams"


class NotInstalled(ChatNotInstalled):
    """The bot does not serve this tenant."""


class Tenants:
    """A tenant belongs to the first workspace. Others are told so: a token of theirs proves nothing here."""

    def __init__(self, transactions: Transactions, tenant: str, workspace: uuid.UUID) -> None:
        self._transactions = transactions
        self._tenant = tenant
        self._workspace = workspace

    @property
    def company(self) -> uuid.UUID:
        return self._workspace

    def workspace(self, tenant: str) -> uuid.UUID:
        """The company of this tenant. Raises `NotInstalled`."""
        if tenant != self._tenant:
            raise NotInstalled("Followup serves another organisation. Ask the recruiter you work with.")
        return self._workspace

    def of(self, workspace: uuid.UUID) -> str:
        """The tenant of this company. Raises `NotInstalled`."""
        if workspace != self._workspace:
            raise NotInstalled("The bot is not in Teams for this company.")
        return self._tenant

    async def adopt(self) -> None:
        """The tenant of the settings becomes the company's only one; what was known of another ends."""
        installations = Installations(self._transactions.database)
        before = await self._transactions.look(lambda: installations.all(NAME, self._workspace))
        for other in before:
            if other.tenant != self._tenant:
                await self._transactions.write(self._workspace, _ending(other.tenant))
        if not any(it.tenant == self._tenant for it in before):
            adopted = Installation(
                chat=NAME, tenant=self._tenant, workspace=self._workspace, name=self._tenant, bot_user="",
                secret="", installed_at=dt.datetime.now(dt.UTC),
            )  # fmt: skip
            await self._transactions.hop(lambda: installations.save(adopted))
        await self._transactions.write(self._workspace, keep_pace)


def _ending(tenant: str) -> Callable[[SqlStore, dt.datetime], None]:
    return lambda store, now: store.end_installation(NAME, tenant, now)
