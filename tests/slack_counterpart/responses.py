"""response_url: five answers within thirty minutes to a command or a click."""

from __future__ import annotations

from aiohttp import web

from tests.slack_counterpart.api_chat import NEW_TEXT, content_of
from tests.slack_counterpart.calls import Call
from tests.slack_counterpart.memory import RESPONSE_URL_LIVES, RESPONSES, Memory, ResponseUrl
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import Json
from tests.slack_counterpart.web_api import WebApi


class Responses:
    """Recorded among the calls as `response_url`; faults are ordered under that name as well."""

    def __init__(self, memory: Memory, api: WebApi) -> None:
        self._memory = memory
        self._api = api

    async def handle(self, request: web.Request) -> web.StreamResponse:
        call = Call(method="response_url", arguments={}, at=self._memory.clock())
        self._api.calls.append(call)
        try:
            said = await request.json()
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        call.arguments = said
        name = request.match_info["id"]
        return await self._api.with_fault(request, call, lambda: self._answer(name, said, call))

    def _answer(self, name: str, said: Json, call: Call) -> web.Response:
        try:
            self._take(name, said, call)
        except Refused as no:
            call.status, call.error = no.status, no.error
            return web.json_response(no.body(), status=no.status)
        call.status, call.done = 200, True
        return web.json_response({"ok": True})

    def _take(self, name: str, said: Json, call: Call) -> None:
        url = self._memory.response_urls.get(name)
        if url is None:
            raise Refused("invalid_url", status=404)
        if self._memory.clock() - url.at > RESPONSE_URL_LIVES:
            raise Refused("expired_url", status=404)
        if url.used >= RESPONSES:
            raise Refused("used_url", status=404)
        call.team = url.user.team
        try:
            self._say(url, said)
        except Refused as no:
            no.status = 400
            raise
        url.used += 1

    def _say(self, url: ResponseUrl, said: Json) -> None:
        """In the place of the original, or as a message of its own: ephemeral unless it says otherwise."""
        original = url.message if url.message is not None and not url.message.gone else None
        if said.get("delete_original"):
            if original is not None:
                self._memory.remove(original, cause=url.cause)
            return
        content = content_of(said, NEW_TEXT)
        if said.get("replace_original") and original is not None:
            self._memory.edit(original, content, cause=url.cause)
            return
        bot = self._memory.teams[url.user.team].bot_user
        only_to = "" if said.get("response_type") == "in_channel" else url.user.id
        self._memory.post(url.channel, bot, content, only_to=only_to, cause=url.cause)
