"""The keys with which Microsoft signs its requests: fetched ahead of need, renewed, never waited for long.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import jwt
import structlog

log = structlog.get_logger()

PATIENCE_S = 3.0
"""An invoke is to be answered within five seconds, and this may stand in its way."""
RENEW_S = 12 * 3600.0
"""Microsoft says at least once a day."""
AGAIN_S = 60.0
"""So soon again where renewing failed."""
UNKNOWN_GAP_S = 10.0
"""However many unknown key ids come, the keys are fetched for them at most so often."""


class KeysUnavailable(Exception):
    """No key has ever been fetched: nobody's word can be checked yet."""


@dataclasses.dataclass(frozen=True, slots=True)
class SigningKey:
    """`endorsements` are the channels it may speak for."""

    key: jwt.PyJWK
    endorsements: frozenset[str]


class SigningKeys:
    """All keys of one OpenID metadata document. One a process."""

    def __init__(self, metadata_url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = metadata_url
        self._clock = clock
        self._keys: Mapping[str, SigningKey] = {}
        self._fetched_at: float | None = None
        self._asked_at: float | None = None
        """When they were last fetched for an unknown id."""
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> SigningKey | None:
        """The key of this id; None where there is none. Raises `KeysUnavailable`."""
        now = self._clock()
        if self._fetched_at is None:
            await self.fetch()
            if self._fetched_at is None:
                raise KeysUnavailable
        elif now - self._fetched_at > RENEW_S:
            self._start()
        if kid not in self._keys and (self._asked_at is None or now - self._asked_at >= UNKNOWN_GAP_S):
            self._asked_at = now
            await self.fetch()
        elif kid not in self._keys and self._fetching is not None:
            await asyncio.shield(self._fetching)
        return self._keys.get(kid)

    async def fetch(self) -> None:
        """Fetch them now; whoever else wants them meanwhile waits for the same. What fails is only logged."""
        await asyncio.shield(self._start())

    def _start(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._ended)
        return self._fetching

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _fetch(self) -> None:
        try:
            self._keys = await read_keys(self._url)
        except Exception as error:
            # The old keys stay in use; when there are none, nobody is let in.
            log.warning("teams_keys_not_fetched", error=type(error).__name__)
            if self._fetched_at is not None:
                self._fetched_at = self._clock() - RENEW_S + AGAIN_S
        else:
            self._fetched_at = self._clock()

    async def stop(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()


async def read_keys(metadata_url: str, patience_s: float = PATIENCE_S) -> Mapping[str, SigningKey]:
    """The keys as they are published now, within so many seconds for both documents together.

    Raises whatever aiohttp does, `TimeoutError`, and `ValueError` for no keys.
    """
    async with asyncio.timeout(patience_s), aiohttp.ClientSession(trust_env=True) as http:
        metadata = await _json(http, metadata_url)
        published = await _json(http, str(metadata.get("jwks_uri") or ""))
    found = dict(filter(None, map(_read, published.get("keys") or ())))
    if not found:
        raise ValueError("There is no key of a kind that we know.")
    return found


async def _json(http: aiohttp.ClientSession, url: str) -> Mapping[str, Any]:
    async with http.get(url) as response:
        response.raise_for_status()
        body = await response.json(content_type=None)
    if not isinstance(body, Mapping):
        raise ValueError("This is no JSON object.")  # noqa: TRY004
    return body


def _read(given: object) -> tuple[str, SigningKey] | None:
    if not isinstance(given, Mapping) or given.get("kty") != "RSA" or not given.get("kid"):
        return None
    try:
        key = jwt.PyJWK(dict(given), algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    endorsements = given.get("endorsements")
    names = endorsements if isinstance(endorsements, list) else []
    return str(given["kid"]), SigningKey(key, frozenset(map(str, names)))
