"""Teams as npm `m365agentsplayground` knows it, which Microsoft wrote, in a process of Node's.

It sends no token and asks for none. What comes from it passes a gate here, where it gets one that is signed
with the counterpart's keys; whether the bot's own token is good is not asked. One person sits before it; what
it has no word for (a dialog) is sent as a raw activity, whose answer is read at the gate.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.node import FOLDER, NODE, end
from tests.ports import free_port
from tests.teams_counterpart import APP_ID, TENANT, TeamsCounterpart, User
from tests.teams_counterpart.memory import Change, Json, Message

CLI = FOLDER / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
PATIENCE_S = 30.0
OTHERS = 5
"""So many colleagues it wants, no more and no less."""
ASIDE = "19:aside@thread.v2"
"""A group chat in which nobody speaks."""


class AgentsPlayground(TeamsCounterpart):
    """The counterpart's people, keys and tokens; the chat itself is the playground's. Made by `playing`."""

    def __init__(self) -> None:
        super().__init__(patience=PATIENCE_S)
        self.port = free_port()
        self.answered: list[tuple[Json, int, Any]] = []
        """What came through the gate, with the bot's answer: activity, status, body."""
        self._news = asyncio.Condition()
        self._stream: aiohttp.ClientWebSocketResponse | None = None

    @property
    def service_url(self) -> str:
        return f"http://localhost:{self.port}/_connector"

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "teams_service_url_allow": (f"http://localhost:{self.port}",)}

    # -- the gate -------------------------------------------------------------------------------------------

    async def lets_in(self, request: web.Request) -> web.Response:
        """Something the playground tells the bot."""
        activity = await request.json()
        status, body = await super().send(activity)
        async with self._news:
            self.answered.append((activity, status, body))
            self._news.notify_all()
        return web.json_response(body, status=status) if body else web.Response(status=status)

    # -- what people do -------------------------------------------------------------------------------------

    async def send(self, activity: Json, *, token: str | None = None) -> tuple[int, Any]:
        """As the playground's own client does it; the bot's answer to it."""
        before = len(self.answered)
        await self._does(activity)
        [(_, status, body)] = await self._heard(before, 1)
        return status, body

    async def _does(self, activity: Json) -> None:
        room = activity["conversation"]["id"].partition(";")[0]
        clicked = {
            "from": {"id": activity["from"]["id"]},
            "conversation": {"id": activity["conversation"]["id"]},
            "replyToId": activity.get("replyToId"),
            "value": activity.get("value"),
        }
        if activity.get("name") == "adaptiveCard/action":
            await self._asks("_conversation/v1/invoke", {**clicked, "name": activity["name"]})
        elif activity["type"] == "message" and activity.get("value"):
            await self._asks("_conversation/v1/submit", clicked)
        elif activity["type"] == "message":
            at = [it for it in activity["entities"] if it["type"] == "mention"]
            said = {
                "from": clicked["from"],
                "text": activity["text"],
                "textFormat": "plain",
                "mentions": [{"mentioned": {"id": it["mentioned"]["id"]}, "text": it["text"]} for it in at],
            }
            await self._asks(f"_conversation/v1/conversations/{room}/messages", said)
        else:
            await self._asks("_internal/v1/customActivities", activity)

    async def installs(self, user: User) -> None:
        """It tells of it twice, as Teams does."""
        before = len(self.answered)
        await self._asks(f"_debug/conversation/{user.chat}/installation", {})
        assert {status for _, status, _ in await self._heard(before, 2)} == {200}

    async def _heard(self, before: int, many: int) -> list[tuple[Json, int, Any]]:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: len(self.answered) >= before + many)
        return self.answered[before:]

    async def _asks(self, path: str, body: Json) -> None:
        url = f"http://127.0.0.1:{self.port}/{path}"
        async with self.http.post(url, json=body) as answer:
            assert answer.status < 300, f"{path}: {answer.status} {await answer.text()}"

    # -- what the bot says ----------------------------------------------------------------------------------

    async def connects(self) -> None:
        """Once it is there: what it shows is heard from now on."""
        url = f"http://127.0.0.1:{self.port}/_ws_conversation/v1/conversations/stream"
        async with asyncio.timeout(PATIENCE_S):
            while self._stream is None:
                try:
                    self._stream = await self.http.ws_connect(url)
                except aiohttp.ClientError:
                    await asyncio.sleep(0.02)

    async def caught_up(self) -> None:
        """All that the bot has said so far has been read: up to a mark that goes the same way."""
        assert self._stream is not None
        mark: Json = {"type": "message", "text": "Up to here.", "textFormat": "plain"}
        await self._asks(f"_connector/v3/conversations/{ASIDE}/activities", mark)
        while (told := await self._stream.receive_json(timeout=PATIENCE_S))["actionConversationId"] != ASIDE:
            self._remember(told)

    def _remember(self, told: Json) -> None:
        room, message = told["actionConversationId"], told["message"]
        if message["from"]["id"] != f"28:{APP_ID}":
            return
        number = message["messageId"]
        content = {key: message[key] for key in ("text", "attachments") if message.get(key)}
        if told["action"] == "createMessage":
            self.memory.messages[number] = Message(number, room, [content])
            self.memory.changes.append(Change(number, room, 0))
        else:
            self.memory.replace(self.memory.messages[number], content)


def _company(teams: AgentsPlayground, before: User) -> Json:
    """What its file of settings says."""
    others = [user for user in teams.memory.users.values() if user is not before]
    channels = [{"id": number, "name": name} for number, name in teams.memory.channels.items()]
    kept = teams.memory
    team = {"id": kept.team, "name": kept.team_name, "aadGroupId": TENANT, "channels": channels}
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": f"28:{APP_ID}", "name": "Followup"},
        "currentUser": _person(before),
        "users": [_person(user) for user in others[:OTHERS]],
        "personalChat": {"id": before.chat},
        "groupChat": {"id": ASIDE, "name": "Aside"},
        "team": team,
    }


def _person(user: User) -> Json:
    first, _, last = user.name.partition(" ")
    return {
        "id": user.account, "name": user.name, "givenName": first, "surname": last,
        "aadObjectId": user.id, "userPrincipleName": user.email, "email": user.email,
    }  # fmt: skip


@contextlib.asynccontextmanager
async def playing(teams: AgentsPlayground, before: User) -> AsyncIterator[None]:
    """The playground runs, with the people and the channel of `teams`; `before` it sits one of them."""
    gate = web.Application(client_max_size=1024 * 1024)
    gate.router.add_post("/api/messages", teams.lets_in)
    runner = web.AppRunner(gate, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / ".m365agentsplayground.yml"
        settings.write_text(json.dumps(_company(teams, before)), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            NODE, "--require", FOLDER / "agents_playground.cjs", CLI,
            "start", "-e", bot, "-c", "msteams", "-p", str(teams.port), "--disable-telemetry",
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            env={**os.environ, "TEAMSAPPTESTER_BROWSER": "none", "TZ": before.tz},
        )  # fmt: skip
        try:
            await teams.connects()
            yield
        finally:
            await end(process)
            await runner.cleanup()
