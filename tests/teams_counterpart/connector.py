"""The connector's REST API, strict where the service is: shapes, sizes, who may write where."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from tests.teams_counterpart.faults import Faults
from tests.teams_counterpart.memory import Json, Memory, User
from tests.teams_counterpart.microsoft import Microsoft

CARD = "application/vnd.microsoft.card.adaptive"
LONGEST = 100 * 1024
READS = ("member", "edit", "channels", "team")
"""What is answered with 200; what makes something, with 201."""
REGIONS = ("teams", "emea")
"""The service URLs: Teams moves people from one to another now and then."""


class Refused(Exception):
    """The connector says no."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message


class Connector:
    """calls: what the bot asked for, in order, as (call, body)."""

    def __init__(self, memory: Memory, microsoft: Microsoft, faults: Faults) -> None:
        self.memory = memory
        self.calls: list[tuple[str, Json]] = []
        self._microsoft = microsoft
        self._faults = faults

    def mount(self, app: web.Application) -> None:
        for region in REGIONS:
            self._mount_region(app, f"/{region}/v3/conversations")
            team = f"/{region}/v3/teams/{{team}}"
            app.router.add_get(f"{team}/conversations", self._serving("channels", self._channels))
            app.router.add_get(team, self._serving("team", self._team))

    def _mount_region(self, app: web.Application, base: str) -> None:
        app.router.add_post(base, self._serving("create", self._create))
        app.router.add_post(f"{base}/{{conversation}}/activities", self._serving("post", self._post))
        app.router.add_put(
            f"{base}/{{conversation}}/activities/{{activity}}", self._serving("edit", self._edit)
        )
        app.router.add_get(
            f"{base}/{{conversation}}/members/{{member}}", self._serving("member", self._member)
        )

    def called(self, call: str) -> list[Json]:
        return [body for name, body in self.calls if name == call]

    def _serving(
        self, call: str, work: Callable[[Mapping[str, str], Json], Json]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            if not self._microsoft.knows(request.headers.get("Authorization", "")):
                text = "Authorization has been denied for this request."
                return web.json_response({"message": text}, status=401)
            raw = await request.read()
            body = json.loads(raw) if raw else {}
            self.calls.append((call, body))
            fault = self._faults.next(call)
            if fault is not None and not fault.after:
                return await self._faults.answer(fault, request)
            try:
                if len(raw.decode().encode("utf-16-le")) > LONGEST:
                    raise Refused(413, "MessageSizeTooBig")  # noqa: TRY301
                answer = work(request.match_info, body)
            except Refused as refused:
                error = {"code": refused.code, "message": refused.message}
                return web.json_response({"error": error}, status=refused.status)
            if fault is not None:
                return await self._faults.answer(fault, request)
            return web.json_response(answer, status=200 if call in READS else 201)

        return serve

    # -- the calls ------------------------------------------------------------------------------------------

    def _create(self, _: Mapping[str, str], body: Json) -> Json:
        if body.get("bot", {}).get("id") != f"28:{self._microsoft.app_id}" or body.get("isGroup"):
            raise Refused(400, "BadArgument", "Bot is missing.")
        if {body.get("tenantId"), body["channelData"]["tenant"]["id"]} != {self.memory.tenant}:
            raise Refused(400, "BadArgument", "Tenant is missing.")
        (member,) = body["members"]
        user = self.memory.known_as(member["id"])
        if user is None or not user.installed:
            raise Refused(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )
        return {"id": user.chat}

    def _post(self, path: Mapping[str, str], body: Json) -> Json:
        self._may_write(path["conversation"])
        check_message(body)
        return {"id": self.memory.put(path["conversation"], body).id}

    def _edit(self, path: Mapping[str, str], body: Json) -> Json:
        self._may_write(path["conversation"])
        check_message(body)
        message = self.memory.messages.get(path["activity"])
        if message is None or message.gone or message.conversation != path["conversation"]:
            raise Refused(404, "ActivityNotFoundInConversation")
        self.memory.replace(message, body)
        return {"id": message.id}

    def _member(self, path: Mapping[str, str], _: Json) -> Json:
        self._may_write(path["conversation"])
        user = self.memory.known_as(path["member"])
        if user is None:
            raise Refused(404, "MemberNotFoundInConversation")
        return roster_entry(user, self.memory.tenant)

    def _channels(self, path: Mapping[str, str], _: Json) -> Json:
        self._may_look(path["team"])
        rooms = self.memory.channels.items()
        return {"conversations": [{"id": number, "name": name or None} for number, name in rooms]}

    def _team(self, path: Mapping[str, str], _: Json) -> Json:
        self._may_look(path["team"])
        return {"id": self.memory.team, "name": self.memory.team_name, "aadGroupId": self.memory.tenant}

    def _may_look(self, team: str) -> None:
        if team != self.memory.team:
            raise Refused(404, "TeamNotFound", "Team not found.")
        if self.memory.left:
            raise Refused(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )

    def _may_write(self, conversation: str) -> None:
        room, user = conversation.partition(";")[0], self.memory.in_chat(conversation)
        if user is None and room not in self.memory.channels:
            raise Refused(404, "ConversationNotFound", "Conversation not found.")
        if room in self.memory.left or (user is not None and not user.installed):
            raise Refused(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )


def roster_entry(user: User, tenant: str) -> Json:
    first, _, last = user.name.partition(" ")
    return {
        "id": user.account, "objectId": user.id, "aadObjectId": user.id, "name": user.name,
        "givenName": first, "surname": last, "email": user.email,
        "userPrincipalName": user.email, "tenantId": tenant,
        "userRole": "user", **user.about,
    }  # fmt: skip


# -- shapes -----------------------------------------------------------------------------------------------


def check_message(body: Json) -> None:
    """Raises `Refused` for what the service would not take, or would show in a way nobody meant."""
    if body.get("type") != "message":
        raise Refused(400, "BadSyntax", "This is no message.")
    for attachment in body.get("attachments", ()):
        if attachment.get("contentType") != CARD:
            raise Refused(400, "BadSyntax", "Unknown attachment type.")
        check_card(attachment["content"])
    if not body.get("attachments"):
        if not body.get("text"):
            raise Refused(400, "BadSyntax", "Activity must include a message body or an attachment.")
        if body.get("textFormat") != "plain":
            raise Refused(
                400, "NotPlain", "Text of ours is read as Markdown unless it says that it is plain."
            )
    elif not body.get("summary"):
        raise Refused(400, "NoSummary", "A locked phone would show nothing.")


def check_card(card: Json, *, dialog: bool = False) -> None:
    if card.get("type") != "AdaptiveCard" or not re.fullmatch(r"1\.[0-5]", str(card.get("version"))):
        raise Refused(400, "BadSyntax", "This is no card that Teams shows.")
    names = [element["id"] for element in parts(card) if str(element.get("type", "")).startswith("Input.")]
    if len(names) != len(set(names)):
        raise Refused(400, "BadSyntax", "Two inputs of one name.")
    for element in parts(card):
        if dialog and element.get("type") == "Action.Execute":
            raise Refused(400, "BadSyntax", "A dialog knows no Action.Execute.")


def parts(node: Any) -> list[Json]:
    """Everything in a card that is an object with a type, in order."""
    if isinstance(node, list):
        return [found for item in node for found in parts(item)]
    if not isinstance(node, dict):
        return []
    inner = [
        found for key, value in node.items() if key not in ("data", "fallback") for found in parts(value)
    ]
    return [node, *inner] if "type" in node else inner
