"""Strangers who begin to say something and never end, or pack much into little: they get no hold on us."""

from __future__ import annotations

import asyncio
import gzip
import urllib.parse
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from adapters.serving import server_of
from tests.stories.slack_stage import SlackStage

CHATS = ("http",)
DATABASES = ("sqlite",)
HEAD = b"POST /slack/events HTTP/1.1\r\nHost: followup\r\n"
PATIENCE_S = 60.0

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def says(port: int, *parts: bytes) -> Line:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    return reader, writer


async def hears(line: Line) -> bytes:
    """What comes back until the line is closed."""
    heard = await asyncio.wait_for(line[0].read(), PATIENCE_S)
    line[1].close()
    return heard


def port_of(stage: SlackStage) -> int:
    port = urllib.parse.urlsplit(stage.slack.app_url).port
    assert port is not None
    return port


async def test_a_body_that_does_not_end_is_not_waited_for(stage: SlackStage) -> None:
    line = await says(port_of(stage), HEAD, b"Content-Length: 1000000\r\n\r\n", b"payload=")
    assert (await hears(line)).startswith(b"HTTP/1.1 408 ")


async def test_who_hangs_up_in_the_middle_is_no_fault_of_ours(stage: SlackStage) -> None:
    port = port_of(stage)
    with capture_logs() as logged:
        head = b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
        reader, writer = await says(port, HEAD, head)
        await reader.readuntil(b"100 Continue\r\n\r\n")
        writer.write(b"payload=")
        await writer.drain()
        writer.transport.abort()
        # Heard after it, on another line.
        await hears(await says(port, HEAD, b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"))
    assert [line for line in logged if line["log_level"] in ("error", "critical")] == []


async def test_what_is_packed_is_not_unpacked(stage: SlackStage) -> None:
    packed = gzip.compress(bytes(50_000_000))
    head = b"Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    line = await says(port_of(stage), HEAD, head, packed)
    assert (await hears(line)).startswith(b"HTTP/1.1 401 "), "too large is what was unpacked"


@pytest.fixture
async def quick_port() -> AsyncIterator[int]:
    """Of a server that hangs up on the silent at once."""
    server = server_of(web.Application(), silent_s=0.1)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    yield server.addresses[0][1]
    await server.cleanup()


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nX-Slow: "])
async def test_who_never_says_what_they_want_is_hung_up_on(quick_port: int, begun: bytes) -> None:
    assert await hears(await says(quick_port, begun)) == b""
