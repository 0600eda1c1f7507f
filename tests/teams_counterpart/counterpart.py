"""Microsoft's servers on one port of this machine: keys, tokens, the connector, and people's activities."""

from __future__ import annotations

import asyncio
import uuid
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.teams_counterpart.connector import CARD, Connector, check_card
from tests.teams_counterpart.faults import Faults
from tests.teams_counterpart.graph import Graph
from tests.teams_counterpart.memory import Json, Memory, User
from tests.teams_counterpart.microsoft import Microsoft

APP_ID = "7d1c1a6e-3a4f-4f0a-9b51-0c3b3f5f7c11"
TENANT = "2f0f9f0e-6c7e-4d39-8a0e-5b1f6f1f2a10"


class TeamsCounterpart:
    """Strict where Teams is strict. Use it as `async with`, then point the app at it and set `app_url`."""

    secret = "8Q~counterpart"

    def __init__(self, *, patience: float = 5.0) -> None:
        self.memory = Memory(TENANT)
        self.microsoft = Microsoft(APP_ID, self.secret, TENANT)
        self.faults = Faults()
        self.connector = Connector(self.memory, self.microsoft, self.faults)
        self.graph = Graph(self.memory, self.microsoft, self.faults, self.installs)
        self.app_url = ""
        self._patience = patience
        self._runner: web.AppRunner | None = None
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        server = web.Application(client_max_size=10 * 1024 * 1024)
        self.microsoft.mount(server)
        self.connector.mount(server)
        self.graph.mount(server)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.microsoft.base = self.base
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._patience))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.wakes.set()
        if self._http is not None:
            await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def http(self) -> aiohttp.ClientSession:
        assert self._http is not None
        return self._http

    @property
    def base(self) -> str:
        assert self._runner is not None
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    @property
    def service_url(self) -> str:
        return f"{self.base}/teams/"

    def settings(self) -> dict[str, Any]:
        """The settings that lead here."""
        return {
            "teams_app_id": APP_ID,
            "teams_app_password": self.secret,
            "teams_tenant_id": TENANT,
            "teams_openid_metadata_url": f"{self.base}/openid",
            "teams_login_url": f"{self.base}/login/",
            "teams_service_url_allow": (self.base,),
        }

    def graph_settings(self) -> dict[str, Any]:
        """Those that lead to Graph as well."""
        return {"teams_graph": True, "teams_graph_url": f"{self.base}/"}

    # -- activities -----------------------------------------------------------------------------------------

    def activity(self, user: User, kind: str, *, channel: str = "", **more: Any) -> Json:
        """Something that somebody does, as Teams tells of it: in their chat with the bot, or in a channel."""
        number = str(uuid.uuid4().int)[:13]
        where: Json = {"conversationType": "personal", "tenantId": TENANT, "id": user.chat}
        about: Json = {"tenant": {"id": TENANT}}
        if channel:
            where = {
                "conversationType": "channel", "tenantId": TENANT, "isGroup": True,
                "id": f"{channel};messageid={more.get('replyToId') or number}",
            }  # fmt: skip
            about |= {"teamsChannelId": channel, "channel": {"id": channel}, "team": {"id": self.memory.team}}
        client = {
            "type": "clientInfo",
            "locale": user.locale,
            "country": "GB",
            "platform": "Web",
            "timezone": user.tz,
        }
        return {
            "type": kind,
            "id": number if kind == "message" else f"f:{uuid.uuid4()}",
            "timestamp": "2026-11-23T14:30:00.123Z",
            "localTimestamp": "2026-11-23T09:30:00.123-05:00",
            "localTimezone": user.tz,
            "serviceUrl": self.service_url,
            "channelId": "msteams",
            "from": {"id": user.account, "name": user.name, "aadObjectId": user.id},
            "conversation": where,
            "recipient": {"id": f"28:{APP_ID}", "name": "Followup"},
            "entities": [client],
            "channelData": about,
            "locale": user.locale,
            **more,
        }

    async def send(self, activity: Json, *, token: str | None = None) -> tuple[int, Any]:
        """Post it to the app with a good token; the status and the body of the answer."""
        good = self.microsoft.mint(activity["serviceUrl"]) if token is None else token
        headers = {"Authorization": f"Bearer {good}"}
        async with self.http.post(self.app_url, json=activity, headers=headers) as answer:
            text = await answer.text()
            return answer.status, await answer.json() if text and answer.content_type.endswith(
                "json"
            ) else text

    async def tells(self, activity: Json) -> None:
        """Something to which no answer is shown."""
        status, said = await self.send(activity)
        assert status == 200, said

    async def invokes(self, user: User, name: str, value: Json, **more: Any) -> Json | None:
        """A click that waits for its answer; it must be of a kind that Teams shows."""
        return await self.invoked(self.activity(user, "invoke", name=name, value=value, **more))

    async def invoked(self, activity: Json) -> Json | None:
        status, body = await self.send(activity)
        assert status == 200, body
        if activity["name"] == "adaptiveCard/action":
            check_action_answer(body)
        elif body:
            check_task_answer(body)
        return body or None

    # -- what people do beside clicking ---------------------------------------------------------------------

    async def installs(self, user: User) -> None:
        """The app comes to somebody: Teams tells it twice."""
        user.installed = True
        added = [{"id": f"28:{APP_ID}"}, {"id": user.account, "aadObjectId": user.id}]
        await asyncio.gather(
            self.tells(self.activity(user, "installationUpdate", action="add")),
            self.tells(self.activity(user, "conversationUpdate", membersAdded=added)),
        )

    async def removes(self, user: User) -> None:
        user.installed = False
        await self.tells(self.activity(user, "installationUpdate", action="remove"))

    async def writes(self, user: User, text: str, channel: str = "") -> None:
        """In the chat with the bot; in a channel with a mention of it; without it nothing is heard."""
        more: Json = {"text": text, "textFormat": "plain"}
        activity = self.activity(user, "message", channel=channel, **more)
        if channel:
            mention = {"type": "mention", "mentioned": activity["recipient"], "text": "<at>Followup</at>"}
            activity["text"] = f"<at>Followup</at>&nbsp;{text}\n"
            activity["entities"].append(mention)
        await self.tells(activity)


def check_action_answer(body: Any) -> None:
    assert isinstance(body, dict), body
    assert body.keys() == {"statusCode", "type", "value"}, body
    assert body["statusCode"] == 200
    if body["type"] == CARD:
        check_card(body["value"])
    else:
        assert body["type"] == "application/vnd.microsoft.activity.message", body
        assert isinstance(body["value"], str)
        assert body["value"]


def check_task_answer(body: Any) -> None:
    task = body["task"]
    if task["type"] == "message":
        assert isinstance(task["value"], str)
        assert task["value"]
        return
    assert task["type"] == "continue"
    info = task["value"]
    assert info.keys() == {"title", "card", "height", "width"}
    assert info["title"]
    assert info["card"]["contentType"] == CARD
    check_card(info["card"]["content"], dialog=True)
