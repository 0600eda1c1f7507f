"""The HTTP server: health, readiness, and whatever a chat mounts beside them."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.answering import numbered
from adapters.failing import say_failed
from adapters.metrics import Metrics
from adapters.wiring import Running
from storage import schema

log = structlog.get_logger()

STALLED_S = 60.0
"""The clock looks every second, and a look at a large backlog takes a while."""
ANSWERS_WITHIN_S = 3.0
"""Whoever asks whether we are ready does not wait for ever."""


def make_app(running: Running, *, hears: bool = True) -> web.Application:
    """`hears`: whether people come in here; else only whoever watches the process."""
    app = web.Application(middlewares=[_no_stack_traces], client_max_size=1024**2)

    async def healthz(_: web.Request) -> web.Response:
        """The process answers."""
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        """The database answers and takes what is due, its schema is ours and the clock runs; else why not."""
        database = running.transactions.database
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await running.transactions.look(lambda: schema.check(database))
        except schema.SchemaUnknown as error:
            return web.Response(status=503, text=f"{error}\n")
        except Exception as error:
            log.warning("not_ready", error=type(error).__name__)
            return web.Response(status=503, text="The database does not answer.\n")
        if (since := running.runner.silent_s()) > STALLED_S:
            text = f"The clock has not looked at what is due for {since:.0f} seconds. The log may know why.\n"
            return web.Response(status=503, text=text)
        if running.runner.trouble:
            text = f"The database refused what was due ({running.runner.trouble}). The log knows more.\n"
            return web.Response(status=503, text=text)
        return web.Response(text="ready\n")

    metrics = Metrics(running.transactions)
    metrics.mount(app)
    running.runner.looked = metrics.tick.observe
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    for connection in running.connections if hears else ():
        connection.mount(app)
    return app


@web.middleware
async def _no_stack_traces(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What goes wrong unexpectedly is one sentence with an id; the log has the rest under that id."""
    with numbered() as number:
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception as error:
            say_failed("request_failed", error, path=request.path)
            text = f"Something went wrong on our side; nothing was sent. The log knows more under {number}.\n"
            return web.Response(status=500, text=text)
