"""Microsoft's keys and our own token over time: fetched when due, renewed ahead, one fetch at a time."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from adapters.settings import Settings
from adapters.teams.access import Access, AppType
from adapters.teams.authentication import Authentication, NotAuthentic
from adapters.teams.keys import RENEW_S, KeysUnavailable, SigningKeys, read_keys
from adapters.teams.tokens import TokenRefused, Tokens
from adapters.wiring import teams_access
from bot.ports import ChatTryLater
from tests.teams_counterpart import APP_ID, TeamsCounterpart


@pytest.fixture
async def teams() -> AsyncIterator[TeamsCounterpart]:
    async with TeamsCounterpart() as counterpart:
        yield counterpart


class Watch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# -- keys -------------------------------------------------------------------------------------------------


async def test_before_any_key_was_fetched_nobody_is_judged(teams: TeamsCounterpart) -> None:
    keys = SigningKeys(f"{teams.base}/openid", clock=Watch())
    teams.microsoft.down = True
    with pytest.raises(KeysUnavailable):
        await keys.find("any")
    teams.microsoft.down = False
    assert await keys.find(teams.microsoft.keys[0].kid) is not None


async def test_many_who_wait_for_keys_share_one_fetch(teams: TeamsCounterpart) -> None:
    keys = SigningKeys(f"{teams.base}/openid", clock=Watch())
    kid = teams.microsoft.keys[0].kid
    found = await asyncio.gather(*(keys.find(kid) for _ in range(20)))
    assert all(found)
    assert teams.microsoft.asked == 1


async def test_keys_are_renewed_beside_those_who_use_them(teams: TeamsCounterpart) -> None:
    watch = Watch()
    keys = SigningKeys(f"{teams.base}/openid", clock=watch)
    old = teams.microsoft.keys[0].kid
    await keys.find(old)
    watch.now += RENEW_S + 1
    teams.microsoft.rotate()
    assert await keys.find(old) is not None, "nobody waits for the renewal"
    await keys.fetch()
    assert await keys.find(old) is None, "what Microsoft has taken back is good no more"
    assert await keys.find(teams.microsoft.keys[0].kid) is not None


async def test_both_documents_of_the_keys_must_come_within_one_patience(teams: TeamsCounterpart) -> None:
    """Whoever clicked has five seconds, and may be waiting for this."""
    teams.microsoft.slow_s = 0.6
    assert await read_keys(f"{teams.base}/openid", patience_s=10)
    with pytest.raises(TimeoutError):
        await read_keys(f"{teams.base}/openid", patience_s=1)


# -- our own token ----------------------------------------------------------------------------------------


def access(teams: TeamsCounterpart) -> Access:
    return teams_access(Settings(**teams.settings()))


@contextlib.asynccontextmanager
async def token_of(
    which: Access, watch: Watch, environ: dict[str, str] | None = None
) -> AsyncIterator[Tokens]:
    async with aiohttp.ClientSession(trust_env=True) as http:
        yield Tokens(which, lambda: http, environ=environ or {}, clock=watch)


async def test_a_token_is_fetched_once_and_renewed_before_it_ends(teams: TeamsCounterpart) -> None:
    watch, given = Watch(), teams.microsoft.given
    async with token_of(access(teams), watch) as tokens:
        assert set(await asyncio.gather(*(tokens.get() for _ in range(20)))) == {given[0]}
        assert len(given) == 1
        watch.now += 3600 - 100
        assert await tokens.get() == given[0], "the old one is good still, and the new one is on its way"
        watch.now += 200
        assert await tokens.get() == given[1], "the same fetch, waited for"
        assert len(given) == 2


async def test_the_login_service_may_be_down_while_the_token_is_good(teams: TeamsCounterpart) -> None:
    watch = Watch()
    async with token_of(access(teams), watch) as tokens:
        first = await tokens.get()
        teams.microsoft.down = True
        watch.now += 3600 - 100
        assert await tokens.get() == first
        watch.now += 200
        with pytest.raises(ChatTryLater):
            await tokens.get()


@pytest.fixture
async def identity() -> AsyncIterator[tuple[str, list[web.Request]]]:
    """A managed identity's endpoint, as App Service has it."""
    asked: list[web.Request] = []

    async def token(request: web.Request) -> web.Response:
        asked.append(request)
        if request.headers.get("X-IDENTITY-HEADER") != "secret" or request.query["client_id"] != APP_ID:
            return web.json_response({"error": "invalid_request", "error_description": ""}, status=400)
        return web.json_response({"access_token": "managed", "expires_on": "4102444800"})

    app = web.Application()

    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPFound("/msi/token")

    app.router.add_get("/msi/token", token)
    app.router.add_get("/elsewhere", moved)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/msi/token", asked
    await runner.cleanup()


async def test_a_managed_identity_needs_no_secret(
    teams: TeamsCounterpart, identity: tuple[str, list[web.Request]]
) -> None:
    url, asked = identity
    managed = dataclasses.replace(access(teams), app_type=AppType.MANAGED_IDENTITY, password="")
    environ = {"IDENTITY_ENDPOINT": url, "IDENTITY_HEADER": "secret"}
    async with token_of(managed, Watch(), environ) as tokens:
        assert [await tokens.get(), await tokens.get()] == ["managed", "managed"]
    assert len(asked) == 1
    assert asked[0].query["resource"] == "https://api.botframework.com"
    async with token_of(managed, Watch(), {**environ, "IDENTITY_HEADER": "another"}) as tokens:
        with pytest.raises(TokenRefused, match="invalid_request"):
            await tokens.get()
    assert teams.microsoft.given == [], "the login service is not asked"


async def test_graph_has_a_token_of_its_own_from_the_same_secret_or_identity(
    teams: TeamsCounterpart, identity: tuple[str, list[web.Request]]
) -> None:
    url, asked = identity
    async with aiohttp.ClientSession() as http:
        single = Tokens(access(teams), lambda: http, teams.base, environ={})
        assert await single.get() == teams.microsoft.given_for_graph[0]
        assert teams.microsoft.given == [], "Teams' own is another"
        # One for many tenants gets it in its own, where an admin has given the permissions.
        many = dataclasses.replace(access(teams), app_type=AppType.MULTI_TENANT)
        assert await Tokens(many, lambda: http, teams.base).get() == teams.microsoft.given_for_graph[1]
        managed = dataclasses.replace(access(teams), app_type=AppType.MANAGED_IDENTITY, password="")
        environ = {"IDENTITY_ENDPOINT": url, "IDENTITY_HEADER": "secret"}
        graph = "https://graph.microsoft.com"
        assert await Tokens(managed, lambda: http, graph, environ=environ).get() == "managed"
    assert asked[0].query["resource"] == graph


@pytest.mark.parametrize(
    ("login", "authority"),
    [
        ("https://login.microsoftonline.com/", "https://api.botframework.com"),
        ("https://login.microsoftonline.us/", "https://api.botframework.us"),
        ("https://login.microsoftonline.us.evil.example/", "https://api.botframework.com"),
    ],
)
async def test_the_us_government_has_an_authority_of_its_own(
    teams: TeamsCounterpart, login: str, authority: str
) -> None:
    which = dataclasses.replace(access(teams), login_url=login)
    assert which.authority == authority
    authentication = Authentication(APP_ID, which.authority, SigningKeys(f"{teams.base}/openid"))
    token = teams.microsoft.mint(teams.service_url, iss=authority)
    assert (await authentication.caller(f"Bearer {token}")).service_url == teams.service_url
    other = teams.microsoft.mint(teams.service_url, iss="https://api.botframework.azure.cn")
    with pytest.raises(NotAuthentic):
        await authentication.caller(f"Bearer {other}")


async def test_a_managed_identitys_secret_goes_by_no_proxy(
    teams: TeamsCounterpart, identity: tuple[str, list[web.Request]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = identity
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"{teams.base}/proxy")
    managed = dataclasses.replace(access(teams), app_type=AppType.MANAGED_IDENTITY, password="")
    environ = {"IDENTITY_ENDPOINT": url, "IDENTITY_HEADER": "secret"}
    async with token_of(managed, Watch(), environ) as tokens:
        assert await tokens.get() == "managed"
    assert len(asked) == 1


async def test_a_managed_identitys_secret_follows_no_redirect(
    teams: TeamsCounterpart, identity: tuple[str, list[web.Request]]
) -> None:
    url, asked = identity
    managed = dataclasses.replace(access(teams), app_type=AppType.MANAGED_IDENTITY, password="")
    elsewhere = url.replace("/msi/token", "/elsewhere")
    async with token_of(
        managed, Watch(), {"IDENTITY_ENDPOINT": elsewhere, "IDENTITY_HEADER": "secret"}
    ) as tokens:
        with pytest.raises(ChatTryLater):
            await tokens.get()
    assert asked == []
