"""Slack's Web API, one call at a time, with its errors as the chat port knows them.

Nothing is retried here: a message that was posted although the connection dropped would be posted twice.
Whoever asked decides, and for deliveries that is the deliverer.
"""

from __future__ import annotations

import asyncio
import logging
import urllib.parse
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import ChatError, ChatShut, ChatTryLater

RESPONSES = "hooks.slack.com"
"""Where every `response_url` of Slack's is."""
TIMEOUT_S = 10
CONNECTIONS = 50
SILENT = logging.CRITICAL + 1
"""The SDK would log whole bodies, which hold names."""


class SlackRefused(ChatError):
    """Slack answered that it will not; `code` is its own word for why."""

    def __init__(self, method: str, code: str, needed: str = "") -> None:
        lacks = f"; the scope {needed} lacks" if needed else ""
        super().__init__(f"Slack refuses {method}: {code}{lacks}.")
        self.code = code
        self.needed = needed


class SlackShut(SlackRefused, ChatShut):
    """It will do so for nobody: what lacks is the bot's, or the whole workspace's."""


class SlackClient:
    """One connection pool for all tenants; every call names its token. Close it at the end."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._session: aiohttp.ClientSession | None = None
        self._logger = logging.getLogger("followup.slack")
        self._logger.setLevel(SILENT)

    @property
    def session(self) -> aiohttp.ClientSession:
        """Made at the first call, inside the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                trust_env=True,
            )
        return self._session

    def web(self, token: str | None = None) -> AsyncWebClient:
        """The SDK's own client over the same connections."""
        return AsyncWebClient(
            token=token,
            base_url=self._api_url,
            timeout=TIMEOUT_S,
            session=self.session,
            retry_handlers=[],
            logger=self._logger,
        )

    async def ask(self, method: str, token: str, /, **arguments: object) -> Mapping[str, Any]:
        """A method that reads; its arguments go as a form, which every one of them takes."""
        return await self._call(method, token, data=arguments)

    async def tell(self, method: str, token: str, /, **arguments: object) -> Mapping[str, Any]:
        """A method that writes; its arguments go as JSON."""
        return await self._call(method, token, json=arguments)

    async def _call(self, method: str, token: str, **body: Any) -> Mapping[str, Any]:
        """Raises `SlackRefused`, or `ChatTryLater` where Slack cannot now or cannot be reached."""
        try:
            response = await self.web(token).api_call(method, **body)
        except SlackApiError as error:
            raise _translated(method, error) from error
        except (SlackClientError, aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise ChatTryLater(f"Slack cannot be reached ({type(error).__name__}).") from error
        return response.data if isinstance(response.data, Mapping) else {}

    async def respond(self, url: str, body: Mapping[str, object]) -> None:
        """Answer through a `response_url`. Raises `ChatError` where it is used up, too old or unreachable."""
        if not self._is_slacks(url):
            raise ChatError("This response_url is none of Slack's.")
        try:
            async with self.session.post(url, json=body, allow_redirects=False) as response:
                if response.status >= 300:
                    raise ChatError(f"Slack takes no answer at this response_url ({response.status}).")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ChatTryLater(f"Slack cannot be reached ({type(error).__name__}).") from error

    async def upload(self, token: str, content: bytes, *, filename: str, title: str, alt: str) -> str:
        """A picture for use in blocks, shared nowhere by itself; its id. Raises `ChatError`.

        https://docs.slack.dev/messaging/working-with-files#upload
        """
        begun = await self.ask(
            "files.getUploadURLExternal", token, filename=filename, length=len(content), alt_txt=alt
        )
        url, file = str(begun.get("upload_url") or ""), str(begun.get("file_id") or "")
        try:
            async with self.session.post(url, data=content, allow_redirects=False) as response:
                if response.status != 200:
                    raise ChatTryLater(f"Slack took no picture ({response.status}).")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ChatTryLater(f"Slack cannot be reached ({type(error).__name__}).") from error
        await self.tell("files.completeUploadExternal", token, files=[{"id": file, "title": title}])
        return file

    def _is_slacks(self, url: str) -> bool:
        """Names go to Slack alone, or to the counterpart that stands for it."""
        there, api = urllib.parse.urlsplit(url), urllib.parse.urlsplit(self._api_url)
        if (there.scheme, there.netloc) == (api.scheme, api.netloc):
            return True
        return there.scheme == "https" and there.netloc == RESPONSES

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _translated(method: str, error: SlackApiError) -> ChatError:
    response = error.response
    status = getattr(response, "status_code", 0) or 0
    if status == 429:
        return ChatTryLater(f"Slack wants {method} less often.", _seconds(response.headers))
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, Mapping) else None
    if status >= 500 or not isinstance(code, str) or code in _PASSING:
        return ChatTryLater(f"Slack has trouble with {method} ({code or status}).")
    refused = SlackShut if code in _SHUT else SlackRefused
    return refused(method, code, str(data.get("needed") or "") if isinstance(data, Mapping) else "")


_SHUT = frozenset(
    {
        "not_authed", "invalid_auth", "token_expired", "access_denied", "no_permission", "missing_scope",
        "not_allowed_token_type", "org_login_required", "ekm_access_denied", "enterprise_is_restricted",
        "team_access_not_granted", "team_added_to_org", "two_factor_setup_required", "accesslimited",
    }
)  # fmt: skip
"""https://docs.slack.dev/reference/methods/chat.postMessage#errors"""

_PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"}
)


def _seconds(headers: Mapping[str, Any]) -> float:
    found = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    text = found[0] if isinstance(found, list) and found else found
    return float(text) if str(text).isdecimal() else 30.0
