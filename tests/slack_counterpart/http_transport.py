"""Signed POSTs to the app's /slack/events."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Callable, Mapping
from typing import assert_never

import aiohttp

from tests.slack_counterpart.teams import Json
from tests.slack_counterpart.transport import Ack, Kind, Retry, Unreached


@dataclasses.dataclass(frozen=True, slots=True)
class SignedRequest:
    """One request as it went out, byte for byte, and what came back (status 0: nothing did)."""

    headers: Mapping[str, str]
    body: bytes
    status: int


class HttpTransport:
    """`url` is where the app listens; it may be set later. `patience`: seconds it has to acknowledge."""

    def __init__(self, secret: str, url: str, patience: float, wall: Callable[[], float]) -> None:
        self.url = url
        self.requests: list[SignedRequest] = []
        self._secret = secret
        self._patience = patience
        self._wall = wall
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._http = aiohttp.ClientSession()

    async def stop(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Ack:
        headers = {"User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", "Accept": "*/*"}
        match kind:
            case "events_api":
                headers["Content-Type"] = "application/json"
                body = json.dumps(payload)
            case "interactive":
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urllib.parse.urlencode({"payload": json.dumps(payload)})
            case "slash_commands":
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urllib.parse.urlencode(payload)
            case _:
                assert_never(kind)
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        return await self._post(headers | self.signed(body.encode()), body.encode())

    def signed(self, body: bytes, *, age: float = 0, secret: str = "") -> dict[str, str]:
        """The two headers of a signature made so many seconds ago, with our secret or another."""
        timestamp = str(int(self._wall() - age))
        base = b"v0:" + timestamp.encode() + b":" + body
        digest = hmac.new((secret or self._secret).encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    async def replay(
        self,
        number: int,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        age: float | None = None,
        secret: str = "",
    ) -> Ack:
        """Send a request again, byte for byte, but for what is given.

        `body` keeps the old signature; `age` (s) or `secret` sign anew, as of then or with another secret;
        `headers` come last.
        """
        before = self.requests[number]
        content = before.body if body is None else body
        signed = self.signed(content, age=age or 0, secret=secret) if age is not None or secret else {}
        return await self._post({**before.headers, **signed, **(headers or {})}, content)

    async def _post(self, headers: Mapping[str, str], body: bytes) -> Ack:
        assert self._http is not None, "The counterpart has not been started."
        assert self.url, "The counterpart does not know yet where the app listens."
        status = 0
        try:
            async with (
                asyncio.timeout(self._patience),
                self._http.post(self.url, data=body, headers=headers) as answer,
            ):
                no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
                ack = Ack(answer.status, await answer.text(), no_retry)
                status = ack.status
        except TimeoutError:
            raise Unreached("http_timeout", f"no ack within {self._patience:g} s") from None
        except aiohttp.ClientError as error:
            raise Unreached("connection_failed", f"no ack: {error!r}") from error
        finally:
            self.requests.append(SignedRequest(headers, body, status))
        return ack
