"""Two processes on one PostgreSQL look at the same moment: what happens once a day or week happens once."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import datetime as dt
from collections.abc import AsyncIterator

import sqlalchemy as sa

from adapters.mail.sink import MailSink, ReceivedMail
from bot import service
from bot.policy import EVERYONE, Policy
from bot.views.elements import Message
from storage.database import Database
from storage.store import SqlStore
from tests.databases import Databases, change, driven, rows
from tests.slack_counterpart import SlackCounterpart
from tests.stories.command_line import started
from tests.stories.conftest import COMPANY
from tests.stories.slack_stage import halden
from tests.stories.test_slack_serve import set_clock, settings

DATABASES = ("postgresql",)
PATIENCE_S = 120.0
FRIDAY = dt.datetime(2026, 11, 27, 20, 0, 5, tzinfo=dt.UTC)
"""Five seconds after 15:00 in New York: the week's summary is due, and so are lists that nobody has had."""


def asks_for_summary(url: str, channel: str) -> None:
    """On Monday Ravi types it in the team's channel."""

    def types(store: SqlStore) -> None:
        ravi = store.member_by_email("ravi.menon@halden.example")
        assert ravi is not None
        monday = FRIDAY - dt.timedelta(days=4)
        assert isinstance(service.said(store, monday, ravi, "here", channel, "#hiring-engineering"), Message)

    database = Database(url, Policy(pilot=frozenset({EVERYONE})))
    (workspace,) = database.workspaces()
    database.write(workspace, types)
    database.close()


@contextlib.asynccontextmanager
async def working(**ours: str) -> AsyncIterator[None]:
    async with started("worker", **ours) as process:
        try:
            yield
        finally:
            process.terminate()
            said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
            assert b"Traceback" not in said, said.decode()


async def until(url: str, query: str, count: int) -> None:
    """Until the database answers so: other processes do what is waited for."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await asyncio.to_thread(rows, url, query) == [(count,)]:
                return
            await asyncio.sleep(0.05)


async def test_each_list_and_each_summary_comes_once(databases: Databases) -> None:
    url = await asyncio.to_thread(databases.copy, COMPANY)
    letters: asyncio.Queue[ReceivedMail] = asyncio.Queue()
    sink = MailSink(letters.put)
    team = halden()
    [channel] = team.channels.values()
    async with SlackCounterpart(team, patience=PATIENCE_S) as slack:
        asks_for_summary(url, f"slack:{team.id}:{channel.id}")
        set_clock(url, FRIDAY)
        change(url, "UPDATE due SET at = '2099-01-01T00:00Z'")
        ours = settings(url, slack, await sink.start(), "http")
        async with working(**ours), working(**ours):
            await until(url, _LISTENING, 2)
            assert rows(url, "SELECT kind FROM surfaces UNION SELECT week FROM summaries") == []
            with sa.create_engine(driven(url), poolclass=sa.NullPool).connect() as held:
                # Both begin their look and stop here; then both go on at once.
                held.execute(sa.text("LOCK TABLE members IN ACCESS EXCLUSIVE MODE"))
                change(url, "UPDATE due SET at = '2020-01-01T00:00Z'")
                await until(url, _WAITING, 2)
                held.rollback()
            await until(url, "SELECT count(*) FROM summaries", 1)
            await until(url, "SELECT count(*) FROM deliveries WHERE not_before < '2026-11-27T20:02Z'", 0)
        public = [it for it in slack.memory.messages.values() if it.channel.id == channel.id]
        assert [it.text for it in public] == [public[0].text]
    lists = rows(url, "SELECT member_id, count(*) FROM surfaces WHERE kind = 'digest' GROUP BY member_id")
    assert len(lists) > 1
    assert {count for _, count in lists} == {1}
    posted = collections.Counter((it.channel.id, it.text) for it in slack.memory.messages.values())
    assert set(posted.values()) == {1}, "nothing was said twice"
    assert letters.empty()
    await sink.stop()


_LISTENING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
)
_WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND relation = 'members'::regclass"
