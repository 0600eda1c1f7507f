"""Microsoft Graph, where the company lets the bot ask it: who has a work email, who is out of office.

Each thing needs a permission of its own, which an admin gives or not; without it that thing is left out.
https://learn.microsoft.com/graph/permissions-reference
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import aiohttp

from adapters.teams.access import Access
from adapters.teams.directory import Person, by_email
from adapters.teams.tokens import Tokens
from bot.ports import ChatError, ChatTryLater

PEOPLE = "User.Read.All"
PRESENCE = "Presence.Read.All"
CATALOG = "AppCatalog.Read.All"
INSTALL = "TeamsAppInstallation.ReadWriteSelfForUser.All"
PATIENCE_S = 10
AT_ONCE = 650
"""Ids in one question about presences."""

Json = Mapping[str, Any]


class GraphLacks(ChatError):
    """An admin has not given the bot this permission."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"Microsoft Graph refuses what {permission} would allow.")
        self.permission = permission


class NotInCatalogue(ChatError):
    """The package has not been uploaded to the organisation's catalogue of apps."""

    def __init__(self) -> None:
        super().__init__("The bot's package is not in the organisation's catalogue of apps.")


class Graph:
    """One token for all; nothing is repeated here. Every call raises `GraphLacks` and other `ChatError`s."""

    def __init__(self, access: Access, http: Callable[[], aiohttp.ClientSession]) -> None:
        self._base = access.graph_url
        self._app_id = access.app_id
        self._http = http
        self.tokens = Tokens(access, http, self._base.rstrip("/"))
        self._app = ""

    async def person(self, email: str) -> Person | None:
        """Whoever has this work email and a full account. learn.microsoft.com/graph/api/user-list"""
        text = email.replace("'", "''")
        query = {
            "$filter": f"mail eq '{text}' or userPrincipalName eq '{text}'",
            "$select": "id,displayName,mail,userPrincipalName,userType,accountEnabled",
        }
        return by_email((await self._call("GET", "users", PEOPLE, query=query)).get("value"), email)

    async def out_of_office(self, users: Iterable[str]) -> Mapping[str, bool]:
        """Whether each of at most 650 is out of office now; of whom Graph knows nothing, nothing.

        https://learn.microsoft.com/graph/api/cloudcommunications-getpresencesbyuserid
        """
        path = "communications/getPresencesByUserId"
        found = (await self._call("POST", path, PRESENCE, body={"ids": list(users)})).get("value")
        seen = [it for it in found if isinstance(it, Mapping)] if isinstance(found, list) else []
        return {str(it.get("id")): _is_out(it) for it in seen if it.get("activity") not in UNKNOWN}

    async def install(self, user: str) -> None:
        """Put the app into somebody's Teams; nothing happens where it is there already.

        https://learn.microsoft.com/graph/api/userteamwork-post-installedapps
        """
        body = {"teamsApp@odata.bind": f"{self._base}v1.0/appCatalogs/teamsApps/{await self.app()}"}
        await self._call("POST", _installed(user), INSTALL, body=body, fine=(409,))

    async def app(self) -> str:
        """The id that the organisation's catalogue gave our package. Raises `NotInCatalogue`."""
        if not self._app:
            query = {"$filter": f"externalId eq '{self._app_id}'"}
            found = (await self._call("GET", "appCatalogs/teamsApps", CATALOG, query=query)).get("value")
            first = next(iter(found), None) if isinstance(found, list) else None
            if not isinstance(first, Mapping) or not isinstance(first.get("id"), str):
                raise NotInCatalogue
            self._app = first["id"]
        return self._app

    async def probe(self, user: str) -> None:
        """Whether `install` may be done, without doing it."""
        query = {"$expand": "teamsApp", "$filter": f"teamsApp/externalId eq '{self._app_id}'"}
        await self._call("GET", _installed(user), INSTALL, query=query)

    async def anybody(self) -> str:
        """The id of one user of the organisation."""
        query = {"$top": "1", "$select": "id"}
        found = (await self._call("GET", "users", PEOPLE, query=query)).get("value")
        first = next(iter(found), None) if isinstance(found, list) else None
        return str(first.get("id") or "") if isinstance(first, Mapping) else ""

    async def _call(
        self,
        method: str,
        path: str,
        permission: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        fine: Collection[int] = (),
    ) -> Json:
        token = await self.tokens.get()
        try:
            async with self._http().request(
                method,
                f"{self._base}v1.0/{path}",
                params=query,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
                allow_redirects=False,
            ) as response:
                text = (await response.read()).decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ChatTryLater(f"Microsoft Graph cannot be reached ({type(error).__name__}).") from error
        if response.status < 300 or response.status in fine:
            return _object(text)
        if response.status == 401:
            self.tokens.forget(token)
        if response.status == 403:
            raise GraphLacks(permission)
        if response.status == 429 or response.status >= 500:
            raise ChatTryLater(f"Microsoft Graph has trouble ({response.status}).")
        raise ChatError(f"Microsoft Graph refuses a question ({response.status}).")


def _installed(user: str) -> str:
    return f"users/{urllib.parse.quote(user, safe='')}/teamwork/installedApps"


UNKNOWN = (None, "PresenceUnknown")


def _is_out(presence: Json) -> bool:
    """learn.microsoft.com/graph/api/resources/presence"""
    settings = presence.get("outOfOfficeSettings")
    says_so = isinstance(settings, Mapping) and settings.get("isOutOfOffice") is True
    return says_so or presence.get("activity") == "OutOfOffice"


def _object(text: str) -> Json:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}
