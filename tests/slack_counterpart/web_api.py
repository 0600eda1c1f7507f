"""The Web API at /api/METHOD: token, scope, rate, faults, then the method; every call is recorded."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import math
from collections.abc import Callable, Mapping

from aiohttp import web

from tests.slack_counterpart import api_apps, api_chat, api_people, api_views
from tests.slack_counterpart.calls import Ask, Call
from tests.slack_counterpart.faults import Drop, Fault, Faults
from tests.slack_counterpart.installs import Installs, Token
from tests.slack_counterpart.memory import Memory
from tests.slack_counterpart.rates import Limiter
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import Json


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """`token`: whose it must be, the bot's or the app's; empty where none is needed."""

    run: Callable[[Ask], Json]
    scope: str = ""
    token: str = "bot"


METHODS: Mapping[str, Method] = {
    "auth.test": Method(api_people.auth_test),
    "auth.revoke": Method(api_apps.auth_revoke),
    "apps.connections.open": Method(api_apps.connections_open, "connections:write", "app"),
    "chat.delete": Method(api_chat.delete, "chat:write"),
    "chat.postEphemeral": Method(api_chat.post_ephemeral, "chat:write"),
    "chat.postMessage": Method(api_chat.post_message, "chat:write"),
    "chat.update": Method(api_chat.update, "chat:write"),
    "conversations.info": Method(api_people.conversations_info),
    "conversations.open": Method(api_people.conversations_open, "im:write"),
    "dnd.info": Method(api_people.dnd_info, "dnd:read"),
    "files.completeUploadExternal": Method(api_apps.complete_upload, "files:write"),
    "files.getUploadURLExternal": Method(api_apps.upload_url, "files:write"),
    "oauth.v2.access": Method(api_apps.oauth_access, token=""),
    "users.info": Method(api_people.users_info, "users:read"),
    "users.lookupByEmail": Method(api_people.lookup_by_email, "users:read.email"),
    "views.open": Method(api_views.open_view),
    "views.publish": Method(api_views.publish),
    "views.push": Method(api_views.push),
    "views.update": Method(api_views.update),
}


class WebApi:
    def __init__(self, memory: Memory, installs: Installs, faults: Faults, limiter: Limiter | None) -> None:
        self._memory = memory
        self._installs = installs
        self._faults = faults
        self._limiter = limiter
        self.calls: list[Call] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        call = Call(method=method, arguments={}, at=self._memory.clock())
        self.calls.append(call)
        try:
            call.arguments, call.token = await _arguments(request)
        except Refused as no:
            return self._refuse(call, no)
        return await self.with_fault(request, call, lambda: self._answer(call))

    async def with_fault(
        self, request: web.Request, call: Call, work: Callable[[], web.Response]
    ) -> web.StreamResponse:
        """Do the work, unless a test has ordered that something goes wrong here."""
        fault = await self._faults.next(call.method)
        if fault.drop is Drop.BEFORE:
            return _dropped(request)
        if fault.status or fault.error:
            return self._refuse(call, _ordered(fault))
        answer = work()
        if fault.drop is Drop.AFTER:
            call.status = 0
            return _dropped(request)
        return answer

    def _answer(self, call: Call) -> web.Response:
        method = METHODS.get(call.method)
        if method is None:
            return self._refuse(call, Refused("unknown_method", req_method=call.method))
        headers: dict[str, str] = {}
        try:
            ask = Ask(memory=self._memory, installs=self._installs, arguments=call.arguments, token=None)
            if method.token:
                ask.token = self._allowed(call, method, headers)
                call.team = ask.team.id
                self._check_rate(call, ask)
            said = {"ok": True, **method.run(ask)}
        except Refused as no:
            return self._refuse(call, no, headers)
        call.status, call.done = 200, True
        return web.json_response(said, headers=headers)

    def _allowed(self, call: Call, method: Method, headers: dict[str, str]) -> Token:
        """The token, if it is of the right kind and has the scope."""
        token = self._installs.check(call.token)
        if token.is_app != (method.token == "app"):
            raise Refused("not_allowed_token_type")
        provided = ",".join(sorted(token.scopes))
        headers |= {"x-oauth-scopes": provided, "x-accepted-oauth-scopes": method.scope}
        if method.scope and method.scope not in token.scopes:
            raise Refused("missing_scope", needed=method.scope, provided=provided)
        return token

    def _check_rate(self, call: Call, ask: Ask) -> None:
        if self._limiter is None:
            return
        channel = ask.text("channel")
        if channel in ask.team.users:
            channel = ask.team.dm(channel).id
        wait = self._limiter.wait(call.method, call.team, channel, self._memory.clock())
        if wait > 0:
            raise Refused("ratelimited", status=429, retry_after=math.ceil(wait))

    def _refuse(self, call: Call, no: Refused, headers: Mapping[str, str] | None = None) -> web.Response:
        call.status, call.error = no.status, no.error
        more = {} if no.retry_after is None else {"Retry-After": str(no.retry_after)}
        return web.json_response(no.body(), status=no.status, headers={**(headers or {}), **more})


def _ordered(fault: Fault) -> Refused:
    if fault.status == 429:
        return Refused("ratelimited", status=429, retry_after=fault.retry_after or 1)
    return Refused(fault.error or "internal_error", status=fault.status or 200)


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _arguments(request: web.Request) -> tuple[Json, str]:
    """What was asked, and the token it came with: in the header, or among the arguments."""
    given: Json = {key: _structured(key, value) for key, value in request.query.items()}
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        given |= body
    else:
        given |= {key: _structured(key, value) for key, value in (await request.post()).items()}
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind == "Basic":
        given |= _client(secret)
    inside = str(given.pop("token", ""))
    return given, secret if kind == "Bearer" else inside


def _client(secret: str) -> Json:
    try:
        client_id, _, client_secret = base64.b64decode(secret).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("invalid_client_id") from None
    return {"client_id": client_id, "client_secret": client_secret}


def _structured(key: str, value: object) -> object:
    """In a form or a query, whatever has structure is JSON in a string."""
    if key not in ("blocks", "view", "metadata", "files") or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused("invalid_blocks_format" if key == "blocks" else "invalid_arguments") from None
