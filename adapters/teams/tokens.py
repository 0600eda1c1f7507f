"""The bot's own token for Teams, or for Graph: one a process, renewed before it ends, one fetch at a time.

With a secret: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
With a managed identity: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token,
in App Service and Container Apps: https://learn.microsoft.com/azure/app-service/overview-managed-identity.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp

from adapters.teams.access import Access, AppType
from bot.ports import ChatShut, ChatTryLater

MANY = "botframework.com"
"""The tenant in which bots of many tenants get their token for Teams."""
IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"
EARLY_S = 300.0
"""Renewed so long before it ends."""
PATIENCE_S = 5.0


class TokenRefused(ChatShut):
    """Microsoft gives no token for this id and secret, or identity; `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Microsoft gives the bot no token ({code}). `followup doctor` tells more.")
        self.code = code


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class _Token:
    value: str
    until: float


class Tokens:
    """Gives the token that is good now, for one resource: Teams unless another is named."""

    def __init__(
        self,
        access: Access,
        http: Callable[[], aiohttp.ClientSession],
        resource: str = "",
        *,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access = access
        self._http = http
        self._resource = resource or access.authority
        self._environ = os.environ if environ is None else environ
        self._clock = clock
        self._token: _Token | None = None
        self._fetching: asyncio.Task[_Token] | None = None

    async def get(self) -> str:
        """Raises `TokenRefused`, or `ChatTryLater` where the login service cannot be reached.

        While it can still be used, an old token is, and the new one is fetched beside.
        """
        token, now = self._token, self._clock()
        if token is not None and now < token.until:
            if now > token.until - EARLY_S:
                self._start()
            return token.value
        return (await asyncio.shield(self._start())).value

    def forget(self, value: str) -> None:
        """Teams does not take this one any more."""
        if self._token is not None and self._token.value == value:
            self._token = None

    def _start(self) -> asyncio.Task[_Token]:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._ended)
        return self._fetching

    def _ended(self, task: asyncio.Task[_Token]) -> None:
        self._fetching = None
        if not task.cancelled() and task.exception() is None:
            self._token = task.result()

    async def _fetch(self) -> _Token:
        began = self._clock()
        try:
            async with asyncio.timeout(PATIENCE_S), self._asking() as response:
                body = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ChatTryLater(f"The login service cannot be reached ({type(error).__name__}).") from error
        value = body.get("access_token") if isinstance(body, Mapping) else None
        if response.status >= 500 or response.status == 429 or not isinstance(body, Mapping):
            raise ChatTryLater(f"The login service has trouble ({response.status}).")
        if not isinstance(value, str) or not value:
            raise TokenRefused(_code(body))
        return _Token(value, began + _seconds(body))

    def _asking(self) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
        if self._access.app_type is AppType.MANAGED_IDENTITY:
            return self._asking_the_machine()
        elsewhere = self._access.app_type is AppType.MULTI_TENANT and self._resource == self._access.authority
        tenant = MANY if elsewhere else self._access.tenant
        form = {
            "grant_type": "client_credentials",
            "client_id": self._access.app_id,
            "client_secret": self._access.password,
            "scope": f"{self._resource}/.default",
        }
        url = f"{self._access.login_url}{tenant}/oauth2/v2.0/token"
        return self._http().post(url, data=form, allow_redirects=False)

    @contextlib.asynccontextmanager
    async def _asking_the_machine(self) -> AsyncIterator[aiohttp.ClientResponse]:
        """Of the machine that we run on, so by no proxy and nowhere else: the header is a secret."""
        query = {"resource": self._resource, "client_id": self._access.app_id}
        if (endpoint := self._environ.get("IDENTITY_ENDPOINT")) is not None:
            headers = {"X-IDENTITY-HEADER": self._environ.get("IDENTITY_HEADER", "")}
            query["api-version"] = "2019-08-01"
        else:
            endpoint, headers = IMDS, {"Metadata": "true"}
            query["api-version"] = "2018-02-01"
        async with (
            aiohttp.ClientSession(trust_env=False) as direct,
            direct.get(endpoint, params=query, headers=headers, allow_redirects=False) as response,
        ):
            yield response


def _seconds(body: Mapping[str, Any]) -> float:
    """How long it lasts. App Service says the instant alone."""
    if str(body.get("expires_in", "")).isdecimal():
        return float(body["expires_in"])
    if str(body.get("expires_on", "")).isdecimal():
        return max(0.0, float(body["expires_on"]) - time.time())
    return EARLY_S


def _code(body: Mapping[str, Any]) -> str:
    """`AADSTS7000215` says more than `invalid_client`; the rest of the text holds ids and is left out."""
    about = str(body.get("error_description") or body.get("error") or "no reason given")
    word = re.match(r"\w{1,60}", about)
    return word[0] if word else "no reason given"
