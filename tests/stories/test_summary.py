"""A team reads on Friday how its week went, and nobody reads of one person.

Who tries to, over several weeks: tests/contracts/test_store_summary.py.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import uuid
from collections.abc import AsyncIterator

import pytest

from adapters.deliverer import Deliverer
from adapters.demo import demo_settings
from adapters.pictures import Pictures
from adapters.playground.chat import PlaygroundChat
from adapters.playground.history import CALLED
from adapters.runner import Runner
from adapters.transactions import Clock, Transactions
from bot.summary import Figures, Summary
from bot.weeks import WEEK
from storage.database import Database
from storage.store import SqlStore
from tests.away import away
from tests.stories.conftest import Stage, staged
from tests.stories.person import Person, SeenMessage, message_of
from tests.stories.slack_stage import halden, slack_staged
from tests.stories.teams_stage import teams_staged

CHATS = ("page", "http", "teams")

FRIDAY = dt.datetime(2026, 11, 27, 20, 0, tzinfo=dt.UTC)
"""15:00 in New York."""


def says_no_names(message: SeenMessage, roles: set[str]) -> None:
    for name in ("Dana", "Ravi", "Claire", "Sam", "Priya", "Tomasz", *roles):
        assert name not in message.text


async def test_on_friday_the_team_reads_counts_and_each_their_own_list(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    said = await stage.types_in_channel(ravi, "/followup here")
    assert "Every Friday at 15:00, New York time, once I have been added" in said
    assert "So far" not in said, "Ravi recruits for three managers"
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("2026-11-27T14:59")
    assert await stage.channel_reads(dana) == []
    await dana.moves_clock("2026-11-27T15:01")

    [week] = await stage.channel_reads(dana)
    assert week.heading == f"{stage.called} · week to Fri 27 Nov"
    assert "Promises kept: " in week.text
    assert " candidate" in week.text
    assert "24 waiting, " in week.text
    assert "last week" not in week.text, "nothing was told before"
    assert "the next summary comes on Fri 4 Dec" in week.text
    roles = await stage.changes(lambda store, _: {role.title for role in store.roles_of(ravi.member)})
    says_no_names(week, roles)

    mine = message_of(await dana.clicks("My own list", on=week))
    assert "Priya" in mine.text
    assert await stage.channel_reads(dana) == [week], "the channel reads what it read before"
    assert not [message for message in await ravi.reads() if message.text == mine.text]


async def test_who_ends_it_gets_no_more_and_strangers_cannot(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    katrin = await stage.person("katrin")
    assert "No weekly summary comes here." in await stage.types_in_channel(ravi, "/followup here off")
    for time in ("25:00", "3pm", "10.99"):
        refused = await stage.types_in_channel(ravi, f"/followup here friday {time}")
        assert f'"{time}" is no time as I read it.' in refused
        assert refused.endswith("ollowup here friday 15:00.")
        assert refused.endswith("here friday 15:00.")
    said = await stage.types_in_channel(ravi, "/followup here tuesday 10:30")
    assert "Every Tuesday at 10:30, New York time" in said
    refused = await stage.types_in_channel(katrin, "/followup here off")
    assert "Only an admin, or somebody whose role is counted here" in refused
    ended = await stage.types_in_channel(dana, "/followup here off")
    assert "No more weekly summaries come here." in ended
    await dana.moves_clock("2026-11-24T10:31")
    assert await stage.channel_reads(dana) == []


async def test_one_role_is_nobodys_summary(stage: Stage, dana: Person) -> None:
    said = await stage.types_in_channel(dana, "/followup here welder monday 10:00")
    assert said.startswith("This channel gets the weekly summary for Welder: counts only, no names.")
    assert "So far it is 1: add the others' roles too." in said
    await dana.moves_clock("2026-11-30T10:01")
    [week] = await stage.channel_reads(dana)
    assert "would speak of fewer than 3 managers or 3 candidates" in week.text
    assert " waiting, " not in week.text


async def test_the_weeks_before_are_a_picture_in_the_channel(stage: Stage, ravi: Person) -> None:
    await stage.types_in_channel(ravi, "/followup here")
    await stage.changes(lambda store, _: ten_weeks_in_a_row(store, stage.channel))
    await ravi.moves_clock("2026-11-27T15:01")
    [(alt, png)] = await stage.pictures(ravi)
    assert png.startswith(b"\x89PNG")
    assert alt.startswith("Promises kept, week by week: 50 % to 18 Sep, 53 % to 25 Sep, ")
    [week] = await stage.channel_reads(ravi)
    assert "(last week 41)" in week.text


def ten_weeks_in_a_row(store: SqlStore, name: str) -> None:
    """What this channel read on the ten Fridays before."""
    channel = store.channel(name)
    assert channel is not None
    roles = frozenset(store.counted_roles(channel))
    for back in range(1, 11):
        until = FRIDAY - back * WEEK
        told = Figures(
            waiting=40 + back, past=9, heard=13, closed=7, share=0.8 - back * 0.03, moved=6, days=9
        )
        store.add_summary(
            Summary(
                id=uuid.uuid4(), channel=channel.id, week=channel.week_of(until), since=until - WEEK,
                until=until, roles=roles, figures=told, posted=False,
            ),
            until,
        )  # fmt: skip


# -- on the page alone --------------------------------------------------------------------------------------


@pytest.fixture
async def page(monday: str) -> AsyncIterator[Stage]:
    """The demo, in whose channel the summary comes already."""
    async with staged(monday) as stage:
        yield stage


async def test_the_demos_channel_has_a_past_and_a_picture_of_it(page: Stage) -> None:
    dana = await page.person("dana")
    await dana.moves_clock("2026-11-27T15:01")
    [week] = await page.channel_reads(dana, CALLED)
    assert week.heading == "#hiring · week to Fri 27 Nov"
    for figure in (
        "Promises kept: ",
        "Dates moved twice or more: ",
        "heard from us",
        "closed",
        "waiting",
    ):
        assert figure in week.text
    assert week.text.count("(last week ") == 7
    [(alt, png)] = await page.pictures(dana, CALLED)
    assert png.startswith(b"\x89PNG")
    assert alt.count(" % to ") == 12
    assert "78 % to 20 Nov" in alt


async def test_a_friday_slept_through_is_told_once_in_working_hours(page: Stage) -> None:
    dana = await page.person("dana")
    running = page.demo.running
    sunday = dt.datetime(2026, 11, 29, 15, 0, tzinfo=dt.UTC)
    running.clock.offset = sunday - dt.datetime.now(dt.UTC)
    await running.runner.settle(running.workspace)
    assert await page.channel_reads(dana, CALLED) == []
    await dana.moves_clock("2026-11-30T09:01")
    [week] = await page.channel_reads(dana, CALLED)
    assert week.heading == "#hiring · week to Fri 27 Nov"


async def test_two_processes_tell_it_once_and_without_a_picture_in_words(page: Stage) -> None:
    dana = await page.person("dana")
    await dana.moves_clock("2026-11-27T14:59")
    running = page.demo.running
    running.clock.offset = FRIDAY + dt.timedelta(seconds=30) - dt.datetime.now(dt.UTC)
    url = running.transactions.database.engine.url.render_as_string(hide_password=False)
    others = []
    for _ in range(2):
        database = Database(url, demo_settings(url).policy())
        clock = Clock(running.clock.offset)
        transactions = Transactions(database, clock)
        chat = PlaygroundChat(database, clock)
        blind = Pictures((sys.executable, "-c", "raise SystemExit(1)"))
        deliverer = Deliverer(transactions, None, {chat.name: chat}, blind)
        others.append((Runner(transactions, deliverer), transactions))
    await asyncio.gather(*(runner.settle(running.workspace) for runner, _ in others))
    [week] = await page.channel_reads(dana, CALLED)
    assert "Promises kept" in week.text
    for runner, transactions in others:
        await runner.stop()
        transactions.close()


# -- in Slack alone -----------------------------------------------------------------------------------------


async def test_a_channel_that_did_not_let_it_in_and_one_of_two_companies(company: str) -> None:
    team = halden()
    [channel] = team.channels.values()
    channel.has_bot = False
    async with slack_staged(company, team=team) as stage:
        ravi, ingrid = await stage.person("ravi"), await stage.person("ingrid")
        await stage.types_in_channel(ravi, "/followup here")
        await ravi.moves_clock("2026-11-27T15:01")
        assert await stage.channel_reads(ravi) == []
        [told] = await ingrid.messages_headed("The weekly summary could not be posted")
        assert "Invite me: type /invite @Followup in that channel." in told.text
        waiting = await stage.changes(lambda store, _: store.deliveries.waiting(50))
        assert [it.problem for it in waiting if it.kind == "summary"] == [
            "Invite me: type /invite @Followup in that channel. (Slack says not_in_channel.)"
        ]
        channel.has_bot, channel.is_ext_shared = True, True
        await ravi.moves_clock("+1h")
        assert await stage.channel_reads(ravi) == []
        assert len(await ingrid.messages_headed("The weekly summary could not be posted")) == 1
        channel.is_ext_shared = False
        await ravi.moves_clock("+1h")
        [week] = await stage.channel_reads(ravi)
        assert week.heading == "#hiring-engineering · week to Fri 27 Nov"
        assert await ingrid.messages_headed("The weekly summary could not be posted") == []
        [mended] = await ingrid.messages_headed("The weekly summary has been posted after all")
        assert mended.id == told.id


async def test_an_admin_reads_that_a_summary_was_dropped(company: str) -> None:
    team = halden()
    [channel] = team.channels.values()
    channel.has_bot = False
    async with slack_staged(company, team=team) as stage:
        ravi, ingrid = await stage.person("ravi"), await stage.person("ingrid")
        await stage.types_in_channel(ravi, "/followup here")
        await ravi.moves_clock("2026-11-27T15:01")
        channel.has_bot = True
        await stage.types_in_channel(ravi, "/followup here off")
        await ravi.moves_clock("+1h")
        [ended] = await ingrid.messages_headed("The weekly summary was not posted")
        assert "Somebody has ended the summaries there: there is nothing to do." in ended.text
        assert await stage.channel_reads(ravi) == []


async def test_it_is_posted_once_though_the_database_is_away_right_after(company: str) -> None:
    async with slack_staged(company, team=halden()) as stage:
        ravi = await stage.person("ravi")
        await stage.types_in_channel(ravi, "/followup here")
        await ravi.moves_clock("2026-11-27T14:59")
        stage.slack.faults.hang("chat.postMessage", 30)
        posting = asyncio.create_task(ravi.moves_clock("2026-11-27T15:01"))
        await asyncio.wait_for(stage.slack.faults.hanging.wait(), 15)
        with away(stage.running.transactions.database, writing="deliveries"):
            stage.slack.faults.wakes.set()
            await posting
        await ravi.moves_clock("+1h")
        assert len(await stage.channel_reads(ravi)) == 1


# -- in Teams alone -----------------------------------------------------------------------------------------


async def test_a_team_that_took_it_out_is_asked_to_take_it_back(company: str) -> None:
    async with teams_staged(company) as stage:
        ravi, ingrid = await stage.person("ravi"), await stage.person("ingrid")
        await stage.types_in_channel(ravi, "/followup here")
        stage.teams.memory.left.add(stage.channel_id)
        await ravi.moves_clock("2026-11-27T15:01")
        assert await stage.channel_reads(ravi) == []
        [told] = await ingrid.messages_headed("The weekly summary could not be posted")
        assert "Add Followup to that team under its Apps" in told.text
        stage.teams.memory.left.clear()
        await ravi.moves_clock("+1h")
        [week] = await stage.channel_reads(ravi)
        assert week.heading == "Hiring engineering · week to Fri 27 Nov"
