"""`POST /api/messages`: what people do in Teams, told by the Bot Framework service."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web

from adapters.body import whole
from adapters.teams.access import ServiceUrls
from adapters.teams.authentication import Authentication, NotAuthentic
from adapters.teams.hearing import Hearing, NotNow, Unreadable
from adapters.teams.keys import KeysUnavailable

log = structlog.get_logger()

PATH = "/api/messages"
LONGEST = 256 * 1024
"""No activity of Teams' is nearly as large."""


def mount(app: web.Application, authentication: Authentication, hosts: ServiceUrls, hearing: Hearing) -> None:
    """Answer what Teams sends: 401 where Microsoft does not vouch for it, 400 where it cannot be read."""

    async def messages(request: web.Request) -> web.Response:
        """What people do in Teams: words, clicks, dialogs, installations; vouched for by Microsoft."""
        try:
            caller = await authentication.caller(request.headers.get("Authorization", ""))
            activity = await _activity(request)
            if activity is None:
                return web.Response(status=400, text="This is no activity.\n")
            caller.vouches_for(activity)
        except NotAuthentic as refused:
            log.info("teams_request_refused", problem=str(refused))
            return web.Response(status=401, text="This request is not Microsoft's for this bot.\n")
        except KeysUnavailable:
            return web.Response(status=503, text="Microsoft's keys cannot be had at the moment.\n")
        if activity.get("serviceUrl") not in hosts:
            log.warning("teams_service_url_not_allowed")
            return web.Response(status=403, text="This service URL is not allowed here.\n")
        try:
            answer = await hearing.hear(activity)
        except Unreadable:
            return web.Response(status=400, text="This is no activity.\n")
        except NotNow:
            return web.Response(status=503, text="Not now; tell it again.\n")
        if answer is None:
            return web.Response()
        if answer.body is None:
            return web.Response(status=answer.status)
        return web.json_response(answer.body, status=answer.status)

    app.router.add_post(PATH, messages)


_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""Written as an escape, which has no backslash before its own."""


async def _activity(request: web.Request) -> Mapping[str, Any] | None:
    """The body, where it is a JSON object of a reasonable size."""
    if (request.content_length or 0) > LONGEST:
        raise web.HTTPRequestEntityTooLarge(LONGEST, request.content_length or 0)
    raw = await whole(request)
    if len(raw) > LONGEST:
        raise web.HTTPRequestEntityTooLarge(LONGEST, len(raw))
    if b"\\u0000" in raw:
        # No text has one, and no database would take it; somebody may have pasted it all the same.
        raw = _NUL.sub(rb"\1", raw)
    try:
        found = json.loads(raw)
        if b"\\u" in raw:
            # Half a character, written as an escape, is no text that could be kept.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
