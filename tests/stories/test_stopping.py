"""The process is told to stop: nobody is heard any more, and everything under way ends side by side."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal

from aiohttp import web
from structlog.testing import capture_logs

from adapters.demo import demo_settings, prepare
from adapters.http import make_app
from adapters.mail.smtp import parse_smtp_url
from adapters.serving import until_stopped
from adapters.wiring import Running, wire
from tests.ports import free_port

NO_MAIL = parse_smtp_url("smtp://127.0.0.1:9?starttls=never")


@dataclasses.dataclass
class Chat:
    """A chat whose last work ends when the other's does, and not before."""

    together: asyncio.Barrier
    port: int
    heard: list[bool]
    closed: bool = False
    stubborn: bool = False

    def mount(self, app: web.Application) -> None:
        return

    async def start(self, *, listens: bool = True) -> None:
        self.heard.append(await _hears(self.port))

    async def stop(self) -> None:
        self.heard.append(await _hears(self.port))
        await self.together.wait()
        if self.stubborn:
            raise OSError("The line is dead.")

    async def close(self) -> None:
        self.closed = True


async def _hears(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def stopped(running: Running, port: int) -> None:
    async def started() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    async with asyncio.timeout(10):
        await until_stopped(running, make_app(running), "127.0.0.1", port, started=started)
    running.transactions.close()


def running_on(url: str, *chats: Chat) -> Running:
    database, clock, _ = prepare(url)
    return dataclasses.replace(wire(demo_settings(url), database, clock, {}, NO_MAIL), connections=chats)


async def test_nobody_is_heard_any_more_and_no_chat_waits_for_another(company: str) -> None:
    together, port = asyncio.Barrier(2), free_port()
    one, other = Chat(together, port, []), Chat(together, port, [])
    await stopped(running_on(company, one, other), port)
    assert one.heard == other.heard == [True, False]
    assert one.closed
    assert other.closed


async def test_a_chat_that_cannot_stop_holds_nobody_up(company: str) -> None:
    together, port = asyncio.Barrier(2), free_port()
    one, other = Chat(together, port, [], stubborn=True), Chat(together, port, [])
    with capture_logs() as logs:
        await stopped(running_on(company, one, other), port)
    assert one.closed
    assert other.closed
    assert [it["error"] for it in logs if it["event"] == "not_stopped_in_order"] == ["OSError"]
