"""A member who is in Slack and in Teams: each message stays where it is, the next comes where they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.databases import Databases
from tests.slack_counterpart import SlackPerson
from tests.slack_counterpart.reading import read_message
from tests.stories.both_stage import BothStage, both_staged
from tests.stories.conftest import COMPANY
from tests.teams_counterpart import TeamsPerson


@pytest.fixture
async def stage(databases: Databases) -> AsyncIterator[BothStage]:
    """At 09:30 in New York the lists have come to Slack; nobody has been in Teams yet."""
    async with both_staged(await asyncio.to_thread(databases.copy, COMPANY)) as stage:
        yield stage


@pytest.fixture
async def slack(stage: BothStage) -> SlackPerson:
    return await stage.in_slack("dana")


@pytest.fixture
async def teams(stage: BothStage, slack: SlackPerson) -> TeamsPerson:
    """Dana, who reads her list in Slack, has found the bot in Teams and said so there."""
    person = await stage.in_teams("dana")
    await person.types("help")
    return person


async def test_a_list_that_stands_in_slack_is_edited_there_by_what_is_said_in_teams(
    stage: BothStage, slack: SlackPerson, teams: TeamsPerson
) -> None:
    before = await slack.lists()
    assert not await teams.lists()
    await teams.types("update Tomasz")
    await stage.settled()
    after = await slack.lists()
    assert [it.id for it in after] == [it.id for it in before]
    assert "gets your update" in after[-1].row("Tomasz").text
    assert not await teams.lists(), "one list, in one place"


async def test_a_list_that_was_deleted_in_slack_comes_anew_in_teams(
    stage: BothStage, slack: SlackPerson, teams: TeamsPerson
) -> None:
    for message in await slack.lists():
        stage.slack.memory.remove(stage.slack.memory.messages[message.id])
    await teams.types("update Tomasz")
    await stage.settled()
    assert not await slack.lists()
    assert len(await teams.lists()) == 1


async def test_a_home_tab_that_was_shown_in_slack_is_kept_up_there(
    stage: BothStage, slack: SlackPerson, teams: TeamsPerson
) -> None:
    assert "Tomasz" in (await slack.home()).text
    await teams.types("update Tomasz")
    await stage.settled()
    home = stage.slack.memory.homes[slack.user.id]
    assert "gets your update" in read_message(home.id, home.blocks).row("Tomasz").text


async def test_when_slack_is_given_up_the_list_of_the_day_comes_in_teams(
    stage: BothStage, slack: SlackPerson, teams: TeamsPerson
) -> None:
    await stage.slack.events.uninstalls(stage.slack.team)
    await teams.types("update Tomasz")
    await stage.settled()
    assert "gets your update" in (await teams.digest()).row("Tomasz").text


# -- where the next message comes --------------------------------------------------------------------------


async def test_the_next_list_comes_to_the_chat_used_last(
    stage: BothStage, slack: SlackPerson, teams: TeamsPerson
) -> None:
    await stage.moves_clock(teams.member, "next-0930")
    assert len(await slack.lists()) == 0, "yesterday's says that there is a newer one"
    assert len(await teams.lists()) == 1
    await slack.types("help")
    await stage.moves_clock(teams.member, "next-0930")
    assert len(await slack.lists()) == 1
    assert not await teams.lists()


async def test_an_app_that_was_installed_for_everybody_draws_nobody_away(
    stage: BothStage, slack: SlackPerson
) -> None:
    await stage.in_teams("dana")
    await stage.moves_clock(slack.member, "next-0930")
    assert len(await slack.lists()) == 1
