"""What the doctor is asked about: a Slack of its own, a database that `migrate` has made, and settings."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import web

from adapters.doctor.examine import examine
from adapters.doctor.finding import Finding, lines
from adapters.slack.manifest import SCOPES
from tests.databases import MIGRATED, Databases

BOT, APP, SECRET, PASSWORD = "xoxb-1-very-secret", "xapp-1-very-secret", "ab" * 16, "s3cret-of-the-relay"
DANA = {
    "id": "U0DANA",
    "team_id": "T0ACME",
    "tz": "Europe/London",
    "profile": {"email": "dana@acme.example", "real_name": "Dana Lee"},
}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


# -- Slack, as far as it is asked ---------------------------------------------------------------------------

Answer = dict[str, Any] | int
"""What a method says: an error's name under "error", any other body, or a bare HTTP status."""


@dataclasses.dataclass
class Slack:
    """Says yes to everything, unless told otherwise by `says`; `asked` is what it was asked, in order."""

    url: str = ""
    scopes: str = ",".join(SCOPES)
    date: str = ""
    says: dict[str, Answer] = dataclasses.field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, Any]]] = dataclasses.field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        is_json = request.content_type == "application/json"
        form = await request.json() if is_json else {**request.query, **await request.post()}
        self.asked.append((method, request.headers.get("Authorization", "").removeprefix("Bearer "), form))
        said = self.says.get(method, _YES.get(method, {}))
        if isinstance(said, int):
            return web.Response(status=said, text="<html>not Slack</html>", content_type="text/html")
        headers = {"x-oauth-scopes": self.scopes} if self.scopes else {}
        if self.date:
            headers["Date"] = self.date
        return web.json_response({"ok": "error" not in said, **said}, headers=headers)

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]


_YES: dict[str, Answer] = {
    "auth.test": {"team": "Acme", "team_id": "T0ACME", "user": "followup", "user_id": "U0BOT"},
    "users.lookupByEmail": {"user": DANA},
    "apps.connections.open": {"url": "wss://wss.slack.example/link/?ticket=very-secret-ticket"},
    "oauth.v2.access": {"error": "invalid_code"},
}


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    one = Slack()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", one.answer)
    server = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{server.addresses[0][1]}/api/"
    yield one
    await server.cleanup()


# -- what is asked of the doctor ----------------------------------------------------------------------------


@pytest.fixture
def database(databases: Databases) -> str:
    """The URL of a database that `followup migrate` has made."""
    return databases.copy(MIGRATED)


def settings(**given: str) -> dict[str, str]:
    return {f"FOLLOWUP_{name.upper()}": value for name, value in given.items()}


def of_slack(slack: Slack, **more: str) -> dict[str, str]:
    return settings(
        **{
            "slack_api_url": slack.url,
            "slack_bot_token": BOT,
            "slack_app_token": APP,
            "pilot": "dana@acme.example",
        }
        | more
    )


async def report(environ: Mapping[str, str], write_to: str = "") -> dict[str, Finding]:
    """What was found, by the name of the check; nothing of it repeats a secret."""
    found = [finding async for finding in examine(environ, write_to=write_to)]
    printed = "\n".join(line for finding in found for line in lines(finding))
    for secret in (BOT, APP, SECRET, PASSWORD, "very-secret"):
        assert secret not in printed
    return {finding.name: finding for finding in found}


async def on_slack(slack: Slack, write_to: str = "", **more: str) -> dict[str, Finding]:
    return await report(of_slack(slack, **more), write_to)


def relay(port: int, user: str = "") -> str:
    return f"smtp://{user}127.0.0.1:{port}?starttls=never"
