"""Microsoft's side of the locks: OpenID metadata, keys, tokens for the bot and for activities.

Everything is signed for real, with RSA keys made here.
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://api.botframework.com"


class Key:
    """A key pair. `endorsements`: the channels it may speak for."""

    def __init__(self, endorsements: Sequence[str] = ("msteams",)) -> None:
        self.kid = uuid.uuid4().hex
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.endorsements = endorsements

    @property
    def jwk(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.private.public_key()))
        return {**public, "kid": self.kid, "use": "sig", "endorsements": list(self.endorsements)}


@functools.cache
def _first_key() -> Key:
    """To make one takes as long as a short test."""
    return Key()


class Microsoft:
    """Publishes keys, mints tokens, and gives the bot its own.

    down: it answers nothing but 503. slow_s: how long the keys take, each of their two documents.
    asked: how often the keys were fetched. given: tokens of the bot's.
    """

    def __init__(self, app_id: str, secret: str, tenant: str) -> None:
        self.app_id = app_id
        self.secret = secret
        self.tenant = tenant
        self.keys = [_first_key()]
        self.down = False
        self.slow_s = 0.0
        self.asked = 0
        self.given: list[str] = []
        self.given_for_graph: list[str] = []
        self.lasts_s = 3600
        self.base = ""

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/openid", self._metadata)
        app.router.add_get("/keys", self._published)
        app.router.add_post("/login/{tenant}/oauth2/v2.0/token", self._token)

    def rotate(self) -> None:
        """New keys in place of the old."""
        self.keys = [Key()]

    def mint(
        self,
        service_url: str,
        *,
        key: Key | None = None,
        headers: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A token as the connector service sends it; `claims` in place of its own, None for none."""
        signing, now = key or self.keys[0], int(time.time())
        body = {
            "iss": ISSUER,
            "aud": self.app_id,
            "serviceurl": service_url,
            "nbf": now - 5,
            "exp": now + 3600,
        }
        full = {name: value for name, value in {**body, **claims}.items() if value is not None}
        return jwt.encode(
            full, signing.private, algorithm="RS256", headers={"kid": signing.kid, **(headers or {})}
        )

    def knows(self, authorization: str, *, graph: bool = False) -> bool:
        """Whether this is the bot's own token, as given here: for Teams, or for Graph, never for both."""
        given = self.given_for_graph if graph else self.given
        return authorization.removeprefix("Bearer ") in given

    async def _metadata(self, _: web.Request) -> web.Response:
        await asyncio.sleep(self.slow_s)
        if self.down:
            return web.Response(status=503, text="<html>Service unavailable</html>", content_type="text/html")
        return web.json_response(
            {
                "issuer": ISSUER,
                "jwks_uri": f"{self.base}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _published(self, _: web.Request) -> web.Response:
        self.asked += 1
        await asyncio.sleep(self.slow_s)
        return web.json_response({"keys": [key.jwk for key in self.keys]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if self.down:
            return web.Response(status=503)
        if request.match_info["tenant"] != self.tenant:
            return _refused("AADSTS90002", "Tenant not found.")
        if form.get("client_id") != self.app_id:
            return _refused("AADSTS700016", "Application not found in the directory.")
        if form.get("client_secret") != self.secret:
            return _refused("AADSTS7000215", "Invalid client secret provided.")
        given = {f"{ISSUER}/.default": self.given, f"{self.base}/.default": self.given_for_graph}
        scope = str(form.get("scope"))
        if form.get("grant_type") != "client_credentials" or scope not in given:
            return _refused("AADSTS1002012", "The provided value for scope is not valid.")
        token = uuid.uuid4().hex
        given[scope].append(token)
        return web.json_response({"token_type": "Bearer", "expires_in": self.lasts_s, "access_token": token})


def _refused(code: str, text: str) -> web.Response:
    body = {"error": "invalid_client", "error_description": f"{code}: {text} Trace ID: 0"}
    return web.json_response(body, status=401)
