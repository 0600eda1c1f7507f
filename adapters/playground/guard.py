"""What stands before every request: it comes from this computer's own page, and an error is a sentence.

The page can click as anybody, so a page elsewhere must not be able to reach it: not by a name that it has
made to point here (DNS rebinding: the Host is checked), nor by posting from the browser that has both open
(CSRF: Sec-Fetch-Site, or else Origin, is checked). https://www.w3.org/TR/fetch-metadata/
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from adapters.failing import say_failed

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""A letter's own styles may stand in it; it loads nothing and runs nothing."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Wrong(Exception):
    """The request cannot be done; the text is for the person at the page."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def guarded(handler: Handler) -> Handler:
    """Let only the page itself in, add the headers that hold it together, and turn errors into sentences."""

    @functools.wraps(handler)
    async def guard(request: web.Request) -> web.StreamResponse:
        try:
            _only_from_here(request)
            response = await handler(request)
        except Wrong as wrong:
            response = _sentence(str(wrong), wrong.status)
        except web.HTTPException as answered:
            response = _sentence(answered.text or answered.reason, answered.status)
        except Exception as error:
            number = uuid.uuid4().hex[:8]
            say_failed("playground_failed", error, id=number)
            text = f"Something went wrong here, and nothing was changed. The log has it under {number}."
            response = _sentence(text, 500)
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return guard


def _sentence(text: str, status: int) -> web.Response:
    return web.json_response({"kind": "error", "text": text}, status=status)


def _only_from_here(request: web.Request) -> None:
    host = request.headers.get("Host", "")
    if _name(f"http://{host}") not in HERE:
        raise Wrong("The playground answers on localhost and 127.0.0.1 only.", 403)
    site = request.headers.get("Sec-Fetch-Site")
    if request.method in ("GET", "HEAD"):
        elsewhere = (
            site in ("cross-site", "same-site") and request.headers.get("Sec-Fetch-Mode") != "navigate"
        )
    elif site is not None:
        elsewhere = site != "same-origin"
    else:
        elsewhere = request.headers.get("Origin") != f"http://{host}"
    if elsewhere:
        raise Wrong("Only the playground's own page may do this: send its address as Origin.", 403)


def _name(url: str) -> str | None:
    try:
        return URL(url).host
    except ValueError:
        return None
