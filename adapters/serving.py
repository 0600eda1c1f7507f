"""Runs the bot until it is told to stop, and says what was left in flight."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from adapters.saying import say
from adapters.wiring import Running
from bot.errors import Sentence
from storage.claiming import Claimed
from storage.tables import DeliveryKind

log = structlog.get_logger()

SILENT_S = 75.0
"""Proxies keep a line for a minute and must not find it closed by us just then."""
STOP_WITHIN_S = 9.0
LAST_S = 0.5
"""For closing what is open still. Together less than the ten seconds that Docker gives."""


class NotListening(Sentence):
    """Nobody can be heard at this address; the text says why, and how to choose another."""


async def until_stopped(
    running: Running,
    app: web.Application | None,
    host: str,
    port: int,
    *,
    hears: bool = True,
    started: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve and work until told to stop. `hears`: people in the chats, too. Raises `NotListening`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    ends = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # The terminal was closed. Under nohup that is to change nothing.
        ends.append(signal.SIGHUP)
    for number in ends:
        loop.add_signal_handler(number, stop.set)
    server = await _listen(app, host, port) if app is not None else None
    try:
        for connection in running.connections:
            await connection.start(listens=hears)
        running.runner.start()
        if started is not None:
            await started()
        await stop.wait()
    finally:
        for number in ends:
            loop.remove_signal_handler(number)
        if running.deliverer.in_flight:
            say("Stopping; a delivery is being handed over and gets up to 7 seconds.")
        say(farewell(await _stop(running, server)))


def close(running: Running) -> None:
    """Close the database. One that does not answer holds no stop up: the process ends all the same.

    What it was asked may have been done or not; whoever takes the claims over finds out.
    """
    closing = threading.Thread(target=running.transactions.close, daemon=True)
    closing.start()
    closing.join(LAST_S)
    if closing.is_alive():
        log.warning("database_does_not_let_go")
        say("The database does not answer; ended without its word.")
        logging.shutdown()
        os._exit(1)


async def _stop(running: Running, server: web.AppRunner | None) -> tuple[Claimed, ...]:
    """Hear nobody any more, then let all that is under way finish side by side; what was left of it."""
    end = asyncio.get_running_loop().time() + STOP_WITHIN_S
    for site in tuple(server.sites) if server is not None else ():
        await site.stop()
    stops = [connection.stop() for connection in running.connections]
    if server is not None:
        stops.append(server.cleanup())
    stopping = asyncio.gather(*(_until(end, it) for it in stops))
    left = await running.runner.stop()
    await stopping
    end = max(end, asyncio.get_running_loop().time() + LAST_S)
    await asyncio.gather(*(_until(end, connection.close()) for connection in running.connections))
    return left


async def _until(end: float, stopping: Awaitable[None]) -> None:
    """What does not stop in time, or fails at it, holds nobody else up."""
    try:
        async with asyncio.timeout_at(end):
            await stopping
    except Exception as error:
        log.warning("not_stopped_in_order", error=type(error).__name__)


def server_of(app: web.Application, *, silent_s: float = SILENT_S) -> web.AppRunner:
    """Whoever holds a line without a whole head of a request on it is hung up on after `silent_s`."""
    return web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=0.5,
        keepalive_timeout=silent_s,
        # No chat packs what it sends; 200 KB of a stranger's would become 200 MB to go through.
        auto_decompress=False,
    )


async def _listen(app: web.Application, host: str, port: int) -> web.AppRunner:
    server = server_of(app)
    await server.setup()
    try:
        await web.TCPSite(server, host, port).start()
    except (OSError, UnicodeError) as error:
        with contextlib.suppress(Exception):
            await server.cleanup()
        raise NotListening(_why_not(host, port, error)) from error
    return server


def _why_not(host: str, port: int, error: Exception) -> str:
    if getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES):
        return (
            f"Port {port} on {host} is taken or not allowed: stop the other program, or choose another port "
            "with --port (make demo: DEMO_PORT=8001)."
        )
    return (
        f'"{host}" is no address of this machine: choose another with --host. 127.0.0.1 is heard on this '
        "machine alone, 0.0.0.0 from everywhere."
    )


def farewell(left: tuple[Claimed, ...]) -> str:
    """What was left in flight, in one sentence."""
    letters = sum(one.kind is DeliveryKind.LETTER for one in left)
    if letters:
        many = "1 letter was" if letters == 1 else f"{letters} letters were"
        return f"Stopped. {many} being handed over: whoever sent it will be asked whether it went out."
    if left:
        return "Stopped. A chat message was under way; it is shown again after the next start."
    return "Stopped. Nothing was in flight; what waits goes on after the next start."
