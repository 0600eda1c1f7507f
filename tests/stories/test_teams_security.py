"""Who gets into `POST /api/messages`: whom Microsoft vouches for, nobody else. No answer is ever a 500."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import jwt
import pytest
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs

from adapters.demo import demo_settings, prepare
from adapters.http import make_app
from adapters.wiring import wire
from bot.actions import LISTED, Action, Verb
from tests.stories.teams_stage import teams_staged
from tests.teams_counterpart import Key, TeamsCounterpart
from tests.teams_counterpart.memory import Json


@pytest.fixture
async def teams(company: str) -> AsyncIterator[TeamsCounterpart]:
    async with teams_staged(company, opens=False, installed=False) as stage:
        yield stage.teams


async def post(teams: TeamsCounterpart, body: bytes | Json, authorization: str | None) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if authorization is not None:
        headers["Authorization"] = authorization
    async with teams.http.post(teams.app_url, data=raw, headers=headers) as answer:
        assert "Traceback" not in await answer.text()
        return answer.status


def hello(teams: TeamsCounterpart) -> Json:
    return teams.activity(teams.memory.user("dana.lee@halden.example"), "message", text="list")


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(teams: TeamsCounterpart) -> Json:
    found: Json = jwt.decode(teams.microsoft.mint(teams.service_url), options={"verify_signature": False})
    return found


def unsigned(teams: TeamsCounterpart) -> str:
    header = {"alg": "none", "typ": "JWT", "kid": teams.microsoft.keys[0].kid}
    return f"{part(header)}.{part(claims(teams))}."


def with_public_key_as_secret(teams: TeamsCounterpart) -> str:
    """The oldest trick: HS256 with what everybody can read."""
    key = teams.microsoft.keys[0]
    public = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': key.kid})}.{part(claims(teams))}"
    digest = hmac.new(public, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def changed(teams: TeamsCounterpart) -> str:
    """A good token in which somebody has changed a claim."""
    head, _, signature = teams.microsoft.mint(teams.service_url).split(".")
    return f"{head}.{part({**claims(teams), 'exp': int(time.time()) + 9999})}.{signature}"


def minted(**given: Any) -> Callable[[TeamsCounterpart], str]:
    return lambda teams: teams.microsoft.mint(teams.service_url, **given)


def forged(teams: TeamsCounterpart) -> str:
    """Another key under the id of a good one."""
    key = Key()
    key.kid = teams.microsoft.keys[0].kid
    return teams.microsoft.mint(teams.service_url, key=key)


NOW = int(time.time())
FORGED: dict[str, Callable[[TeamsCounterpart], str]] = {
    "forged": forged,
    "changed": changed,
    "unsigned": unsigned,
    "public key as secret": with_public_key_as_secret,
    "expired": minted(exp=NOW - 3600, nbf=NOW - 7200),
    "not yet valid": minted(nbf=NOW + 3600, exp=NOW + 7200),
    "never ends": minted(exp=None),
    "for another bot": minted(aud="11111111-1111-1111-1111-111111111111"),
    "for nobody": minted(aud=None),
    "for an empty app id": minted(aud=""),
    "issued by somebody else": minted(iss="https://sts.windows.net/evil/"),
    "issued by nobody": minted(iss=None),
    "another service URL": minted(serviceurl="https://evil.example/teams/"),
    "no service URL": minted(serviceurl=None),
    "a service URL of a strange shape": minted(serviceurl=["https://smba.trafficmanager.net/teams/"]),
    "an audience of a strange shape": minted(aud={"a": 1}),
    "an end that is no time": minted(exp="soon"),
    "an end beyond all floats": minted(exp=float("inf")),
    "no key id": minted(headers={"kid": ""}),
    "unknown key id": minted(headers={"kid": "nobody's"}),
    "a key id of a strange length": minted(headers={"kid": "k" * 5000}),
    "nothing": lambda _: "",
    "garbage": lambda _: "garbage",
    "dots": lambda _: "..",
    "not base64": lambda _: "!!!.???.***",
    "not ASCII": lambda _: "é.é.é",
    "header is a list": lambda _: f"{part([])}.{part({})}.",
    "header is deep": lambda _: f"{base64.urlsafe_b64encode(b'[' * 6000).decode()}.e30.",
    "very long": lambda _: "a" * 7000,
}


async def test_what_microsoft_does_not_vouch_for_stays_out(teams: TeamsCounterpart) -> None:
    for which, make in FORGED.items():
        assert await post(teams, hello(teams), f"Bearer {make(teams)}") == 401, which
    assert teams.connector.calls == [], "nothing was said, and nobody was looked up"


async def test_what_has_no_bearer_token_stays_out(teams: TeamsCounterpart) -> None:
    good = teams.microsoft.mint(teams.service_url)
    for authorization in (None, "", "Bearer", "Bearer ", good, f"Basic {good}", f"Bearer {good} {good}"):
        assert await post(teams, hello(teams), authorization) == 401, authorization


async def test_a_good_token_lets_in_and_what_it_vouches_for_only(teams: TeamsCounterpart) -> None:
    good = f"Bearer {teams.microsoft.mint(teams.service_url)}"
    assert await post(teams, hello(teams), good) == 200
    assert await post(teams, hello(teams), good.replace("Bearer", "bearer")) == 200
    elsewhere = {**hello(teams), "serviceUrl": "https://smba.trafficmanager.net/other/"}
    assert await post(teams, elsewhere, good) == 401
    for channel in ("webchat", "", None, ["msteams"], 5):
        assert await post(teams, {**hello(teams), "channelId": channel}, good) == 401, channel


async def test_a_key_speaks_for_its_own_channels_only(teams: TeamsCounterpart) -> None:
    teams.microsoft.keys = [Key(endorsements=("webchat", "skype"))]
    token = teams.microsoft.mint(teams.service_url)
    assert await post(teams, hello(teams), f"Bearer {token}") == 401


async def test_what_microsoft_vouches_for_in_another_channel_stays_out(teams: TeamsCounterpart) -> None:
    """Web Chat and Direct Line are signed for with the same keys, and who talks there names themselves."""
    teams.microsoft.keys = [Key(endorsements=("msteams", "webchat", "directline"))]
    token = f"Bearer {teams.microsoft.mint(teams.service_url)}"
    for channel in ("webchat", "directline"):
        assert await post(teams, {**hello(teams), "channelId": channel}, token) == 401, channel
    assert teams.connector.calls == []
    assert await post(teams, hello(teams), token) == 200


async def test_a_host_that_is_not_allowed_is_sent_nothing_even_if_microsoft_vouches_for_it(
    teams: TeamsCounterpart,
) -> None:
    for url in (
        "https://evil.example/teams/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "http://smba.trafficmanager.net/teams/",
        "https://evil.trafficmanager.net/teams/",
    ):
        token = teams.microsoft.mint(url)
        assert await post(teams, {**hello(teams), "serviceUrl": url}, f"Bearer {token}") == 403, url
    assert teams.connector.calls == []


async def test_new_keys_are_heard_of_at_once_and_strange_ids_do_not_make_us_ask_again_and_again(
    teams: TeamsCounterpart,
) -> None:
    assert await post(teams, hello(teams), f"Bearer {teams.microsoft.mint(teams.service_url)}") == 200
    old = teams.microsoft.keys[0]
    teams.microsoft.rotate()
    asked = teams.microsoft.asked
    assert await post(teams, hello(teams), f"Bearer {teams.microsoft.mint(teams.service_url)}") == 200
    assert teams.microsoft.asked == asked + 1
    assert (
        await post(teams, hello(teams), f"Bearer {teams.microsoft.mint(teams.service_url, key=old)}") == 401
    )
    for number in range(20):
        token = teams.microsoft.mint(teams.service_url, headers={"kid": f"strange-{number}"})
        assert await post(teams, hello(teams), f"Bearer {token}") == 401
    assert teams.microsoft.asked == asked + 1


async def test_while_microsoft_is_down_the_keys_we_have_are_good(teams: TeamsCounterpart) -> None:
    assert await post(teams, hello(teams), f"Bearer {teams.microsoft.mint(teams.service_url)}") == 200
    teams.microsoft.down = True
    assert await post(teams, hello(teams), f"Bearer {teams.microsoft.mint(teams.service_url)}") == 200
    strange = teams.microsoft.mint(teams.service_url, headers={"kid": "strange"})
    assert await post(teams, hello(teams), f"Bearer {strange}") == 401


# -- bodies -----------------------------------------------------------------------------------------------

UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"list",
    "a list": b"[]",
    "a number": b"5",
    "not UTF-8": b'{"type": "\xff"}',
    "deep": b"[" * 100_000,
}


async def test_what_cannot_be_read_is_a_bad_request(teams: TeamsCounterpart) -> None:
    good = f"Bearer {teams.microsoft.mint(teams.service_url)}"
    for which, body in UNREADABLE.items():
        assert await post(teams, body, good) == 400, which
        assert await post(teams, body, "Bearer nobody") == 401, "who is out learns nothing"


async def test_what_is_too_large_is_not_read(teams: TeamsCounterpart) -> None:
    good = f"Bearer {teams.microsoft.mint(teams.service_url)}"
    assert await post(teams, {**hello(teams), "text": "x" * 300_000}, good) == 413


HOSTILE: tuple[Any, ...] = (
    None, "", 5, True, [], {}, [[]], {"id": None}, {"id": 5}, {"data": []}, {"action": {"data": {"do": 5}}},
    {"data": {"submit": "x" * 9999}}, {"data": {"do": "send.1.2.3"}}, "\ud800", {"data": {"do": "\x00"}},
)  # fmt: skip


FIELDS = (
    "type", "id", "from", "conversation", "recipient", "channelData", "entities", "value", "name", "text",
    "replyToId", "locale", "localTimezone", "timestamp", "action", "membersAdded",
)  # fmt: skip


async def test_an_activity_of_any_shape_is_answered_and_nothing_goes_wrong(teams: TeamsCounterpart) -> None:
    """Each comes for the first time, so that none is answered only because another was heard before."""
    good = f"Bearer {teams.microsoft.mint(teams.service_url)}"
    dana = teams.memory.user("dana.lee@halden.example")
    teams.memory.user(dana.email).installed = True
    listing, adding = (str(Action(verb=verb, place=LISTED)) for verb in (Verb.LIST, Verb.ADD))
    shapes: list[Json] = [
        hello(teams),
        teams.activity(
            dana, "invoke", name="adaptiveCard/action", value={"action": {"data": {"do": listing}}}
        ),
        teams.activity(dana, "invoke", name="task/fetch", value={"data": {"open": adding}}),
        teams.activity(dana, "invoke", name="task/submit", value={"data": {"submit": adding}}),
        teams.activity(dana, "installationUpdate", action="add"),
        teams.activity(dana, "conversationUpdate", membersAdded=[]),
    ]
    with capture_logs() as logged:
        for shape in shapes:
            assert await post(teams, {**shape, "id": uuid.uuid4().hex}, good) == 200
            for field, hostile in itertools.product(FIELDS, HOSTILE):
                status = await post(teams, {**shape, "id": uuid.uuid4().hex, field: hostile}, good)
                assert status in (200, 400, 501), (shape["type"], field, hostile)
    assert [line for line in logged if line["log_level"] in ("error", "critical")] == []


# -- the settings -----------------------------------------------------------------------------------------


async def test_without_the_settings_there_is_no_such_page(company: str) -> None:
    database, clock, _ = prepare(company)
    running = wire(demo_settings(company), database, clock, {}, None)
    async with TestClient(TestServer(make_app(running))) as client:
        for authorization in ("", "Bearer x"):
            answer = await client.post("/api/messages", json={}, headers={"Authorization": authorization})
            assert answer.status == 404
    await running.runner.stop()
    running.transactions.close()
