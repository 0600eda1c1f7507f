"""What somebody sends over HTTP, whole. Whoever does not get to its end holds nothing of ours for long."""

from __future__ import annotations

import asyncio

from aiohttp import web

WITHIN_S = 5.0
"""A chat gives up on us sooner than that, so it sends its few hundred KB in far less."""


async def whole(request: web.Request) -> bytes:
    """The body. Raises an HTTP refusal where it does not come in time, or whoever sends it has hung up."""
    try:
        async with asyncio.timeout(WITHIN_S):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The request did not come to its end in time.\n") from None
    except ConnectionError:
        # Nobody is there to read it; it is no fault of ours either.
        raise web.HTTPBadRequest(text="The request broke off.\n") from None
