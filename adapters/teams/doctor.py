"""Whether Microsoft knows us: keys, our own token by secret or identity, and that Teams can be reached."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import aiohttp

from adapters.doctor.finding import Finding, State
from adapters.teams.access import Access, AppType
from adapters.teams.authentication import CHANNEL
from adapters.teams.client import TeamsClient
from adapters.teams.graph import Graph
from adapters.teams.graph_doctor import GraphCheckup
from adapters.teams.keys import read_keys
from adapters.teams.tokens import TokenRefused
from bot.ports import ChatError

_PATIENCE_S = 10
_NETWORK = "May this computer call {url} by HTTPS? A proxy is read from HTTPS_PROXY."
_PORTAL = "portal.azure.com → your Azure Bot → Configuration"


class TeamsCheckup:
    """Asks Microsoft, and changes nothing there."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def findings(self) -> AsyncIterator[Finding]:
        yield await self._keys()
        client = TeamsClient(self._access)
        try:
            yield await self._token(client)
            yield await self._service(client)
            if self._access.graph_url:
                async for finding in GraphCheckup(Graph(self._access, lambda: client.session)).findings():
                    yield finding
        finally:
            await client.close()

    async def _keys(self) -> Finding:
        """Without them nobody's request can be told from anybody else's, and all are refused."""
        name, url = "teams keys", self._access.openid_url
        try:
            keys = await read_keys(url)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            what = f"No keys can be read at {url} ({type(error).__name__}); all requests are refused."
            return Finding(name, State.WRONG, what, _NETWORK.format(url=url))
        ours = sum(CHANNEL in key.endorsements for key in keys.values())
        if not ours:
            what = f"None of the {len(keys)} keys at {url} may speak for Teams; all requests are refused."
            mend = "FOLLOWUP_TEAMS_OPENID_METADATA_URL is for tests and government clouds: unset it."
            return Finding(name, State.WRONG, what, mend)
        return Finding(name, State.OK, f"{ours} of Microsoft's keys may speak for Teams")

    async def _token(self, client: TeamsClient) -> Finding:
        name = "teams token"
        managed = self._access.app_type is AppType.MANAGED_IDENTITY
        began = time.monotonic()
        try:
            await client.tokens.get()
        except TokenRefused as refused:
            what, mend = _REFUSED.get(refused.code, ("does not give the bot a token", _SEE))
            return Finding(name, State.WRONG, f"Microsoft {what} ({refused.code}).", mend)
        except ChatError as error:
            where = "the managed identity of this machine" if managed else self._access.login_url
            mend = _IDENTITY if managed else _NETWORK.format(url=self._access.login_url)
            return Finding(name, State.WRONG, f"{where} gives no answer: {error}", mend)
        by = "by managed identity" if managed else "for id and secret"
        return Finding(name, State.OK, f"Microsoft gives one {by}, in {time.monotonic() - began:.1f} s")

    async def _service(self, client: TeamsClient) -> Finding:
        """Whatever it answers: that it does."""
        name, url = "teams service", self._access.service_url
        timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
        try:
            async with client.session.get(url, timeout=timeout, allow_redirects=False):
                return Finding(
                    name, State.OK, f"{url} answers. Whether it reaches you, a message to the bot tells"
                )
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            what = f"{url} does not answer ({type(error).__name__}), so nothing can be said in Teams."
            return Finding(name, State.WRONG, what, _NETWORK.format(url=url))


_SEE = f"Compare FOLLOWUP_TEAMS_APP_ID and FOLLOWUP_TEAMS_TENANT_ID with {_PORTAL}."
_ANOTHER = (
    "entra.microsoft.com → App registrations → the bot's → Certificates & secrets → New client secret; put "
    "its value into FOLLOWUP_TEAMS_APP_PASSWORD."
)
_IDENTITY = (
    "A managed identity is there on Azure only: assign it to this machine under Identity → User assigned. "
    "Elsewhere use FOLLOWUP_TEAMS_APP_TYPE=SingleTenant and a secret."
)
_REFUSED = {
    "AADSTS7000215": ("does not take the secret", f"The id of a secret is not its value. {_ANOTHER}"),
    "AADSTS7000222": ("says that the secret has ended", _ANOTHER),
    "AADSTS700016": ("knows no such application in this tenant", _SEE),
    "AADSTS90002": ("knows no such tenant", _SEE),
    "AADSTS900023": ("knows no such tenant", _SEE),
    "invalid_request": ("has no such identity for this machine", _IDENTITY),
}
"""https://learn.microsoft.com/entra/identity-platform/reference-error-codes"""
