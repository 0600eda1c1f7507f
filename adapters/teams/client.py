"""The connector: the REST service through which a bot speaks in Teams, one call at a time.

Natively asynchronous and our own: the SDK's sends in threads, builds a client for every turn, tries updates
four times unasked, and fails on error pages (docs/decisions/0021). Nothing is retried here.
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

import aiohttp

from adapters.teams.access import Access
from adapters.teams.tokens import Tokens
from bot.ports import ChatError, ChatShut, ChatTryLater

PATIENCE_S = 10
PER_HOST = 25
"""Connections to one service URL: a slow one takes none from the others."""
LATER = frozenset({412, 429, 502, 503, 504})
"""https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit and its error codes."""
FAULT_WAIT_S = 30.0
"""A 500 is not to be tried again at once."""


class TeamsRefused(ChatError):
    """Teams answered that it will not; `code` is its own word for why."""

    def __init__(self, what: str, status: int, code: str) -> None:
        super().__init__(f"Teams refuses {what}: {status} {code}.".replace(" .", "."))
        self.status = status
        self.code = code


class TeamsShut(TeamsRefused, ChatShut):
    """It will do so for nobody: it does not take the bot's token, or our settings do not let us ask."""


class TeamsClient:
    """One connection pool and one token for everything that is sent. Close it at the end."""

    def __init__(self, access: Access) -> None:
        self._hosts = access.hosts
        self._session: aiohttp.ClientSession | None = None
        self.tokens = Tokens(access, lambda: self.session)

    @property
    def session(self) -> aiohttp.ClientSession:
        """Made at the first call, inside the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=PER_HOST),
                timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
                trust_env=True,
            )
            # aiohttp repeats a PUT by itself where the connection drops, and has no public word against it.
            self._session._retry_connection = False  # noqa: SLF001
        return self._session

    # -- what a bot can do -----------------------------------------------------------------------------------

    async def create(self, service_url: str, parameters: Mapping[str, object]) -> str:
        """A conversation with one person; its id."""
        answer = await self._call("POST", service_url, "/v3/conversations", "a new conversation", parameters)
        return _id(answer)

    async def post(self, service_url: str, conversation: str, activity: Mapping[str, object]) -> str:
        """The id of the message."""
        path = f"/v3/conversations/{_quoted(conversation)}/activities"
        return _id(await self._call("POST", service_url, path, "a message", activity))

    async def update(
        self, service_url: str, conversation: str, message: str, activity: Mapping[str, object]
    ) -> None:
        """Put this in the place of a message."""
        path = f"/v3/conversations/{_quoted(conversation)}/activities/{_quoted(message)}"
        await self._call("PUT", service_url, path, "an edit", activity)

    async def member(self, service_url: str, conversation: str, user: str) -> Mapping[str, Any]:
        """Somebody in a conversation, with their work email."""
        path = f"/v3/conversations/{_quoted(conversation)}/members/{_quoted(user)}"
        return await self._call("GET", service_url, path, "a look-up")

    async def channels(self, service_url: str, team: str) -> Mapping[str, Any]:
        """The channels of a team that has the app."""
        return await self._call("GET", service_url, f"/v3/teams/{_quoted(team)}/conversations", "a look-up")

    async def team(self, service_url: str, team: str) -> Mapping[str, Any]:
        """A team that has the app, with its name."""
        return await self._call("GET", service_url, f"/v3/teams/{_quoted(team)}", "a look-up")

    # -- one call --------------------------------------------------------------------------------------------

    async def _call(
        self,
        method: str,
        service_url: str,
        path: str,
        what: str,
        body: Mapping[str, object] | None = None,
    ) -> Mapping[str, Any]:
        """Raises `TeamsRefused`, or `ChatTryLater` where Teams cannot now or cannot be reached."""
        if service_url not in self._hosts:
            raise TeamsShut(what, 0, "this service URL is not allowed")
        token = await self.tokens.get()
        try:
            async with self.session.request(
                method,
                service_url.rstrip("/") + path,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                allow_redirects=False,
            ) as response:
                # Error pages are HTML as often as JSON.
                text = (await response.read()).decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ChatTryLater(f"Teams cannot be reached ({type(error).__name__}).") from error
        if response.status < 300:
            return _object(text)
        if response.status == 401:
            self.tokens.forget(token)
        raise _translated(what, response.status, text, response.headers)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _translated(what: str, status: int, text: str, headers: Mapping[str, str]) -> ChatError:
    if status in LATER:
        return ChatTryLater(f"Teams wants {what} later ({status}).", _seconds(headers))
    if status >= 500:
        return ChatTryLater(f"Teams has trouble with {what} ({status}).", FAULT_WAIT_S)
    return (TeamsShut if status == 401 else TeamsRefused)(what, status, _code(text))


def _seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def _code(text: str) -> str:
    """The error's name: one of those we know wherever it stands in the text, else as the JSON says."""
    if known := next((known for known in _KNOWN if known in text), ""):
        return known
    error = _object(text).get("error")
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else ""


_KNOWN = (
    "BotNotInConversationRoster", "ConversationBlockedByUser", "BotDisabledByAdmin", "MessageWritesBlocked",
    "ConversationNotFound",
)  # fmt: skip


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _id(answer: Mapping[str, Any]) -> str:
    found = answer.get("id")
    return found if isinstance(found, str) else ""


def _quoted(part: str) -> str:
    """One step of a path; not one that stays where it is or goes back. Raises `TeamsRefused`."""
    if part in ("", ".", ".."):
        raise TeamsRefused("an address", 404, "it names nothing")
    return urllib.parse.quote(part, safe="")
