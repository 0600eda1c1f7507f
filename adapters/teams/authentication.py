"""Whether a request comes from the Bot Framework service and is meant for this bot.

Our own in place of the SDK's, which answers forged tokens with 500, blocks while it fetches keys, and lets
everybody in where no app id is set (docs/decisions/0004). Every requirement of
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
(Connector to bot) is checked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jwt

from adapters.teams.keys import SigningKeys

CHANNEL = "msteams"
LEEWAY_S = 300
"""Clocks may differ by five minutes."""
LONGEST = 16_384
"""No token of Microsoft's is nearly as long."""


class NotAuthentic(Exception):
    """This request is not one of Microsoft's for this bot; the text says why, and repeats nothing of it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds a token that is good: for activities of these channels, from this service URL."""

    service_url: str
    channels: frozenset[str]

    def vouches_for(self, activity: Mapping[str, Any]) -> None:
        """Raises `NotAuthentic` where the activity says otherwise than its token."""
        if not self.service_url or activity.get("serviceUrl") != self.service_url:
            raise NotAuthentic("The token is for another service URL than the activity's.")
        # Microsoft signs for other channels with the same keys, and there a client says itself who it is.
        if activity.get("channelId") != CHANNEL:
            raise NotAuthentic("The activity is of another channel than Teams.")
        if CHANNEL not in self.channels:
            raise NotAuthentic("The key is not endorsed for Teams.")


class Authentication:
    """Checks the Authorization header of a request."""

    def __init__(self, app_id: str, issuer: str, keys: SigningKeys) -> None:
        if not app_id:
            raise ValueError("Without an app id nobody's token could be told from another's.")
        self._app_id = app_id
        self._issuer = issuer
        self._keys = keys

    async def caller(self, authorization: str) -> Caller:
        """Who asks. Raises `NotAuthentic`, and `KeysUnavailable` before any key was fetched."""
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "bearer" or not token.isascii() or not 0 < len(token) <= LONGEST:
            raise NotAuthentic("There is no bearer token.")
        found = await self._keys.find(_key_id(token))
        if found is None:
            raise NotAuthentic("The token is signed with a key that Microsoft does not publish.")
        try:
            claims = jwt.decode(
                token,
                found.key,
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=self._issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise NotAuthentic(f"The token is not good ({type(error).__name__}).") from error
        url = claims.get("serviceurl") or claims.get("serviceUrl")
        return Caller(url if isinstance(url, str) else "", found.endorsements)


def _key_id(token: str) -> str:
    """The id of the key, read before anything is believed. Raises `NotAuthentic`."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise NotAuthentic("The token cannot be read.") from error
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or not kid:
        raise NotAuthentic("The token is not signed as Microsoft signs.")
    return kid
