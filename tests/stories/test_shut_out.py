"""A chat takes nothing from the bot any more: its key, its token or its secret is no good.

That is the operator's to mend, and may take a weekend. It says nothing about the people in it: whoever was
taken for out of reach meanwhile would hear nothing of their candidates when it is mended.
"""

from __future__ import annotations

import datetime as dt

import pytest

from adapters.slack.vault import Vault
from storage.store import SqlStore
from tests.slack_counterpart import Team
from tests.stories.slack_house import HALF_PAST_NINE, HOUR, KEY, NEW_KEY, House
from tests.stories.slack_stage import slack_staged
from tests.stories.teams_stage import teams_staged
from tests.teams_counterpart import TeamsCounterpart

DATABASES = ("sqlite",)
"""What is waited for and what is given up is written down the same way in both."""
LONG_ENOUGH = "2026-11-23T16:00"
"""Six and a half hours later: more than any message is tried for."""


def out_of_reach(store: SqlStore, _: dt.datetime) -> list[str]:
    return [member.name for member in store.members() if not member.reachable]


def problems(store: SqlStore, _: dt.datetime) -> set[str]:
    """What `followup deliveries` says."""
    return {one.problem for one in store.deliveries.waiting(None)}


@pytest.mark.parametrize("code", ["invalid_auth", "ekm_access_denied"])
async def test_slack_takes_the_token_no_more_and_nobody_is_given_up(company: str, code: str) -> None:
    async with slack_staged(company, opens=False) as stage:
        stage.slack.faults.fail("chat.postMessage", error=code, times=10_000)
        await stage.opens()
        dana = await stage.person("dana")
        await dana.moves_clock(LONG_ENOUGH)
        assert await stage.reads(out_of_reach) == []
        assert any(code in why for why in await stage.reads(problems)), "the operator reads why"
        stage.slack.faults.mend()
        await dana.moves_clock("+1h")
        assert (await dana.digest()).row("Tomasz").buttons


async def test_a_key_that_was_dropped_too_early_costs_nobody_their_list(
    house: House, teams: tuple[Team, Team]
) -> None:
    """Another process has encrypted the token under a key that this one does not have yet."""
    team = teams[0]
    installed = await house.installed(team)
    await house.moves_on(installed.workspace, HALF_PAST_NINE)
    yesterday = await house.dana(team).digest()
    kept = Vault([KEY]).open(installed.secret)
    assert house.kept.swap(installed, Vault([NEW_KEY]).lock(kept))
    afternoon = HALF_PAST_NINE + dt.timedelta(days=1, hours=6)
    await house.moves_on(installed.workspace, afternoon)
    lost = house.database.read(installed.workspace, lambda store: out_of_reach(store, afternoon))
    assert {"Dana Lee", "Ravi Menon"}.isdisjoint(lost)
    assert house.kept.swap(house.found(team), Vault([KEY]).lock(kept))
    await house.moves_on(installed.workspace, afternoon + HOUR)
    today = await house.dana(team).digest()
    assert today.id != yesterday.id
    assert "Priya" in today.text


async def test_who_clicks_meanwhile_is_answered(house: House, teams: tuple[Team, Team]) -> None:
    """What a click brings along needs no token: the answer comes by that."""
    team = teams[0]
    installed = await house.installed(team)
    await house.moves_on(installed.workspace, HALF_PAST_NINE)
    dana = house.dana(team)
    button = (await dana.digest()).row("Priya").menu["Other date …"]
    kept = Vault([KEY]).open(installed.secret)
    assert house.kept.swap(installed, Vault([NEW_KEY]).lock(kept))
    await dana.acts(button)
    assert (await dana.reads())[-1].text == "Slack could not open this. Please try once more."


async def test_a_secret_in_entra_that_has_ended_costs_nobody_their_list(company: str) -> None:
    async with teams_staged(company, opens=False) as stage:
        right = changed(stage.teams, "another one")
        await stage.opens()
        dana = await stage.person("dana")
        await dana.moves_clock(LONG_ENOUGH)
        assert await stage.reads(out_of_reach) == []
        assert any("AADSTS7000215" in why for why in await stage.reads(problems)), "the operator reads why"
        changed(stage.teams, right)
        await dana.moves_clock("+1h")
        assert (await dana.digest()).row("Tomasz").buttons


def changed(teams: TeamsCounterpart, secret: str) -> str:
    """The bot's secret at Microsoft is another one now, and its tokens have ended; the one before."""
    teams.microsoft.given.clear()
    before, teams.microsoft.secret = teams.microsoft.secret, secret
    return before
