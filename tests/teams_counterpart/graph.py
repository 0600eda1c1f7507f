"""Microsoft Graph, as learn.microsoft.com documents the few calls that the bot makes of it.

Nothing is allowed that an admin has not permitted; what is asked in another form than documented is refused.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.teams_counterpart.faults import Faults
from tests.teams_counterpart.memory import Json, Memory, User
from tests.teams_counterpart.microsoft import Microsoft

FILTER = re.compile(r"mail eq '((?:[^']|'')*)' or userPrincipalName eq '((?:[^']|'')*)'")
EXTERNAL = re.compile(r"(teamsApp/)?externalId eq '([-0-9a-f]{36})'")
ALL = frozenset(
    {
        "User.Read.All",
        "Presence.Read.All",
        "AppCatalog.Read.All",
        "TeamsAppInstallation.ReadWriteSelfForUser.All",
    }
)


class Graph:
    """permitted: what an admin has. out: the object ids of who is out of office. calls: what was asked.

    in_catalogue: the package was uploaded. tells: is told of an installation, as Teams tells the bot.
    """

    CATALOGUE_ID = "b1c5353a-7aca-41b3-830f-27d5218fe0e5"

    def __init__(
        self,
        memory: Memory,
        microsoft: Microsoft,
        faults: Faults,
        tells: Callable[[User], Awaitable[None]],
    ) -> None:
        self.permitted = set(ALL)
        self.out: set[str] = set()
        self.presence: dict[str, Json] = {}
        self.in_catalogue = True
        self.calls: list[tuple[str, Any]] = []
        self._memory = memory
        self._microsoft = microsoft
        self._faults = faults
        self._tells = tells

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/v1.0/users", self._serving("users", "User.Read.All", self._users))
        app.router.add_post(
            "/v1.0/communications/getPresencesByUserId",
            self._serving("presences", "Presence.Read.All", self._presences),
        )
        app.router.add_get(
            "/v1.0/appCatalogs/teamsApps", self._serving("catalogue", "AppCatalog.Read.All", self._catalogue)
        )
        apps, self_ = (
            "/v1.0/users/{user}/teamwork/installedApps",
            "TeamsAppInstallation.ReadWriteSelfForUser.All",
        )
        app.router.add_get(apps, self._serving("installed", self_, self._installed))
        app.router.add_post(apps, self._serving("install", self_, self._install))

    def called(self, call: str) -> list[Any]:
        return [asked for name, asked in self.calls if name == call]

    def _serving(
        self, call: str, permission: str, work: Callable[[web.Request, Any], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            if not self._microsoft.knows(request.headers.get("Authorization", ""), graph=True):
                return _error(401, "InvalidAuthenticationToken")
            body = await request.json() if request.can_read_body else None
            self.calls.append((call, body if body is not None else dict(request.query)))
            if (fault := self._faults.next(call)) is not None:
                return await self._faults.answer(fault, request)
            if permission not in self.permitted:
                return _error(403, "Authorization_RequestDenied")
            return await work(request, body)

        return serve

    async def _users(self, request: web.Request, _: Any) -> web.Response:
        select = request.query.get("$select", "").split(",")
        everybody = list(self._memory.users.values())
        if request.query.get("$top") == "1":
            found = everybody[:1]
        elif asked := FILTER.fullmatch(request.query.get("$filter", "")):
            names = {text.replace("''", "'").casefold() for text in asked.groups()}
            found = [it for it in everybody if {it.email.casefold(), _principal(it).casefold()} & names]
        else:
            return _error(400, "Request_UnsupportedQuery")
        return web.json_response({"value": [{name: _user(it).get(name) for name in select} for it in found]})

    async def _presences(self, _: web.Request, body: Any) -> web.Response:
        if body.keys() != {"ids"} or not 0 < len(body["ids"]) <= 650:
            return _error(400, "BadRequest")
        known = [number for number in body["ids"] if number in self._memory.users]
        return web.json_response({"value": [self._presence(number) for number in known]})

    def _presence(self, user: str) -> Json:
        out = user in self.out
        return {
            "id": user,
            "availability": "Away" if out else "Available",
            "activity": "Away" if out else "Available",
            "outOfOfficeSettings": {"message": None, "isOutOfOffice": out},
            **self.presence.get(user, {}),
        }

    async def _catalogue(self, request: web.Request, _: Any) -> web.Response:
        asked = EXTERNAL.fullmatch(request.query.get("$filter", ""))
        if asked is None or asked[1]:
            return _error(400, "BadRequest")
        ours = self.in_catalogue and asked[2] == self._microsoft.app_id
        return web.json_response(
            {"value": [{"id": self.CATALOGUE_ID, "externalId": asked[2]}] if ours else []}
        )

    async def _installed(self, request: web.Request, _: Any) -> web.Response:
        asked = EXTERNAL.fullmatch(request.query.get("$filter", ""))
        user = self._memory.users.get(request.match_info["user"])
        if user is None or asked is None or request.query.get("$expand") != "teamsApp":
            return _error(400, "BadRequest")
        return web.json_response({"value": [{"id": "1"}] if user.installed else []})

    async def _install(self, request: web.Request, body: Any) -> web.Response:
        user = self._memory.users.get(request.match_info["user"])
        if user is None:
            return _error(404, "NotFound")
        bound = str(body.get("teamsApp@odata.bind", ""))
        if not bound.endswith(f"/v1.0/appCatalogs/teamsApps/{self.CATALOGUE_ID}"):
            return _error(400, "BadRequest")
        if user.installed:
            return _error(409, "Conflict")
        await self._tells(user)
        return web.Response(status=201)


def _principal(user: User) -> str:
    return str(user.about.get("userPrincipalName", user.email))


def _user(user: User) -> Json:
    """A user of Entra, with what `about` says otherwise."""
    return {
        "id": user.id,
        "displayName": user.name,
        "mail": user.email,
        "userPrincipalName": user.email,
        "userType": "Member",
        "accountEnabled": True,
        **user.about,
    }


def _error(status: int, code: str) -> web.Response:
    body = {"error": {"code": code, "message": "Graph says no.", "innerError": {"request-id": "0"}}}
    return web.json_response(body, status=status)
