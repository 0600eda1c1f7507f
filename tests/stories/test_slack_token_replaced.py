"""A token of Slack's that was replaced is refused: that ends nothing for whoever has the new one."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

from adapters.demo import demo_settings
from adapters.runner import ClockMover
from adapters.wiring import Running, wire
from storage.installations import Installations
from tests.slack_counterpart import Team
from tests.stories.chat_stage import HALF_PAST_NINE
from tests.stories.slack_house import HOUR, House, token_of
from tests.stories.slack_stage import SlackStage, slack_staged

DATABASES = ("sqlite",)
"""Which token is whose is read and written the same way in both."""


@contextlib.asynccontextmanager
async def another_process(stage: SlackStage, url: str) -> AsyncIterator[Running]:
    """It is connected with a new token, and that of before has been revoked."""
    new = stage.slack.installs.issue(stage.slack.team).value
    settings = dataclasses.replace(demo_settings(url), slack_api_url=stage.slack.api_url, slack_bot_token=new)
    running = wire(settings, stage.running.transactions.database, stage.running.clock, {}, None)
    (slack,) = running.connections
    try:
        await slack.start(listens=False)
        stage.slack.installs.tokens[stage.slack.bot_token].revoked = True
        yield running
    finally:
        await slack.stop()
        await running.runner.stop()
        await slack.close()


async def test_the_process_of_before_ends_nothing_for_the_one_with_the_new_token(company: str) -> None:
    """The operator has replaced the token and starts the processes anew, one after the other."""
    async with slack_staged(company, opens=False) as stage, another_process(stage, company) as new:
        await stage.opens()
        dana = await stage.person("dana")
        assert await dana.reads() == [], "with the old token nothing goes out"
        installed = Installations(new.transactions.database).find("slack", stage.slack.team.id)
        assert installed is not None
        assert installed.ended_at is None
        mover = ClockMover(new.transactions, new.runner, new.clock)
        await mover.move_to(new.workspace, HALF_PAST_NINE + HOUR)
        assert (await dana.digest()).row("Tomasz").buttons


async def test_what_was_on_its_way_with_the_token_of_before_ends_no_new_installation(
    house: House, teams: tuple[Team, Team]
) -> None:
    """It was taken out and installed again while Slack was slow with a message."""
    team = teams[0]
    first = await house.installed(team)
    house.slack.faults.hang("chat.postMessage", 60, times=20)
    moving = asyncio.create_task(house.moves_on(first.workspace, HALF_PAST_NINE))
    await house.slack.faults.hanging.wait()
    house.slack.installs.take_away(team)
    await house.installed(team)
    house.slack.faults.mend()
    house.slack.faults.wakes.set()
    await moving
    assert house.found(team).ended_at is None
    assert token_of(house, team)
    await house.moves_on(first.workspace, HALF_PAST_NINE + HOUR)
    assert "Priya" in (await house.dana(team).digest()).text
