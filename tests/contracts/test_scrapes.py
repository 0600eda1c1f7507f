"""`GET /metrics` asked by many at once: however often that is, it takes little of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler

from adapters.metrics import Metrics
from adapters.transactions import Clock, Transactions
from bot.policy import Policy
from storage.database import Database
from tests.contracts.conftest import company
from tests.databases import MIGRATED, Databases

MANY = 8


@pytest.fixture
def narrow(databases: Databases) -> Iterator[Transactions]:
    """A company whose database lets one connection in at a time."""
    database = Database(databases.copy(MIGRATED), Policy(), connections=1)
    company(database)
    transactions = Transactions(database, Clock())
    yield transactions
    transactions.close()


async def test_a_scrape_holds_one_connection_at_a_time(narrow: Transactions) -> None:
    app = web.Application()
    Metrics(narrow).mount(app)
    async with TestClient(TestServer(app)) as client, asyncio.timeout(20), client.get("/metrics") as answer:
        assert answer.status == 200


async def test_those_who_scrape_together_share_one_reading(narrow: Transactions) -> None:
    all_ask, asking = asyncio.Event(), 0

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal asking
        asking += 1
        if asking == MANY:
            all_ask.set()
        return await handler(request)

    readings: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM workspaces" in statement:
            readings.append(statement)

    sa.event.listen(narrow.database.engine, "before_cursor_execute", note)
    app = web.Application(middlewares=[counted])
    Metrics(narrow).mount(app)

    async def once(client: TestClient[web.Request, web.Application]) -> int:
        async with client.get("/metrics") as answer:
            return answer.status

    async with TestClient(TestServer(app)) as client, asyncio.timeout(20):
        with narrow.database.reading():  # the only connection: nothing can be read before all have asked
            asked = [asyncio.create_task(once(client)) for _ in range(MANY)]
            await all_ask.wait()
        assert await asyncio.gather(*asked) == [200] * MANY
        assert len(readings) == 1
        assert await once(client) == 200
        assert len(readings) == 2, "whoever comes later is shown what is true then"
