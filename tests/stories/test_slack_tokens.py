"""Tokens of installed workspaces: they expire and are renewed once, and the keys that encrypt them change."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
import structlog

from adapters.slack.tenants import NotInstalled
from adapters.slack.vault import Locked, Vault
from bot.ports import ChatError, ChatTryLater
from storage.tables import installations
from tests.slack_counterpart import Team
from tests.stories.slack_house import (
    HALF_PAST_NINE,
    HOUR,
    KEY,
    NEW_KEY,
    House,
    Process,
    halden,
    housed,
    process,
    token_of,
)

# -- tokens that expire -----------------------------------------------------------------------------------


@pytest.fixture
async def team(house: House, teams: tuple[Team, Team]) -> Team:
    """Installed a moment ago; the code was exchanged."""
    await house.installed(teams[0])
    house.slack.calls.clear()
    return teams[0]


@pytest.fixture
async def two(house: House, team: Team) -> AsyncIterator[tuple[Process, Process]]:
    """`serve` and `worker`."""
    async with process(house) as one, process(house) as other:
        yield one, other


def renewals(house: House) -> list[str]:
    """How each was answered; empty where it was good."""
    return [call.error for call in house.slack.called("oauth.v2.access")]


async def test_a_fresh_token_is_used_as_it_is(house: House, team: Team, two: tuple[Process, Process]) -> None:
    first = token_of(house, team)
    two[0].later(9.9)
    assert await two[0].tenants.token(team.id) == first
    assert renewals(house) == []


@pytest.mark.parametrize("hours", [10.5, 13.0], ids=["near its end", "after its end"])
async def test_eight_at_the_same_moment_spend_one_refresh_token(
    house: House, team: Team, two: tuple[Process, Process], hours: float
) -> None:
    old = token_of(house, team)
    for one in two:
        one.later(hours)
    tokens = await asyncio.gather(*(one.tenants.token(team.id) for one in two * 4))
    assert renewals(house) == [""]
    new = token_of(house, team)
    assert new != old
    assert set(tokens) <= ({old, new} if hours < 12 else {new}), "nobody has got one that has expired"
    assert [await one.tenants.token(team.id) for one in two] == [new, new]
    assert renewals(house) == [""]


async def test_one_after_another_each_refresh_token_is_good_once(
    house: House, team: Team, two: tuple[Process, Process]
) -> None:
    one, other = two
    for hours in (11.0, 22.0, 33.0):
        before = token_of(house, team)
        one.now = other.now = dt.datetime.now(dt.UTC) + hours * HOUR
        assert await one.tenants.token(team.id) == await other.tenants.token(team.id) != before
    assert renewals(house) == ["", "", ""]


async def test_a_token_that_does_not_expire_is_never_renewed(company: str) -> None:
    async with housed(company, halden(), rotating=False) as house:
        await house.installed(house.slack.team)
        async with process(house) as one:
            one.later(24 * 365)
            assert await one.tenants.token(house.slack.team.id) == token_of(house, house.slack.team)
        assert len(house.slack.called("oauth.v2.access")) == 1, "the code's exchange alone"


async def test_where_slack_cannot_renew_it_now_the_old_token_serves_as_long_as_it_lives(
    house: House, team: Team, two: tuple[Process, Process]
) -> None:
    old = token_of(house, team)
    one = two[0]
    one.later(11)
    house.slack.faults.fail("oauth.v2.access", status=503)
    with structlog.testing.capture_logs() as logged:
        assert await one.tenants.token(team.id) == old
    assert [(it["event"], it["tenant"], it["code"]) for it in logged] == [
        ("slack_token_not_renewed", team.id, "ChatTryLater")
    ]
    kept = Vault([KEY]).open(house.found(team).secret)
    assert not any(secret in repr(logged) for secret in (kept.token, kept.refresh_token, KEY))
    one.later(2)
    end_lease(house)
    house.slack.faults.fail("oauth.v2.access", status=503)
    with pytest.raises(ChatTryLater):
        await one.tenants.token(team.id)
    end_lease(house)
    assert await one.tenants.token(team.id) == token_of(house, team) != old


def end_lease(house: House) -> None:
    """Half a minute goes by."""
    with house.database.writing() as conn:
        conn.execute(sa.update(installations).values(renewing_until=None))


async def test_where_slack_takes_the_refresh_token_no_more_a_sentence_says_what_to_do(
    house: House, team: Team, two: tuple[Process, Process]
) -> None:
    old = token_of(house, team)
    house.slack.installs.refresh_tokens.clear()
    one = two[0]
    one.later(11)
    assert await one.tenants.token(team.id) == old
    one.later(2)
    for _ in range(3):
        with pytest.raises(ChatError, match=r"Halden Instruments has expired.* at /slack/install"):
            await one.tenants.token(team.id)
    assert renewals(house) == ["invalid_refresh_token"], "what Slack refuses for good is not asked for again"
    await house.installed(team)
    one.now = dt.datetime.now(dt.UTC)
    assert await one.tenants.token(team.id) == token_of(house, team)
    one.later(11)
    assert await one.tenants.token(team.id) == token_of(house, team)
    assert renewals(house) == ["invalid_refresh_token", "", ""]


@pytest.fixture
async def renewing(house: House, team: Team, two: tuple[Process, Process]) -> asyncio.Task[str]:
    """The token has expired, and Slack is slow to give a new one."""
    two[0].later(13)
    house.slack.faults.hang("oauth.v2.access", 60)
    asking = asyncio.create_task(two[0].tenants.token(team.id))
    await house.slack.faults.hanging.wait()
    return asking


async def test_whoever_gives_up_waiting_loses_nobody_the_token(
    house: House, team: Team, two: tuple[Process, Process], renewing: asyncio.Task[str]
) -> None:
    old = token_of(house, team)
    renewing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await renewing
    house.slack.faults.wakes.set()
    await two[0].stored.finish()
    assert token_of(house, team) != old
    assert Vault([KEY]).open(house.found(team).secret).refresh_token in house.slack.installs.refresh_tokens


async def test_installed_anew_while_it_is_renewed_the_new_installation_stays(
    house: House, team: Team, renewing: asyncio.Task[str]
) -> None:
    await house.installed(team)
    new = token_of(house, team)
    house.slack.faults.wakes.set()
    assert await renewing == new == token_of(house, team)


async def test_taken_out_while_it_is_renewed_it_stays_out(
    house: House, team: Team, renewing: asyncio.Task[str]
) -> None:
    await house.slack.events.uninstalls(team)
    house.slack.faults.wakes.set()
    with pytest.raises(NotInstalled):
        await renewing
    assert house.found(team).secret == ""


async def test_what_expired_while_nobody_renews_it_is_not_waited_for_for_ever(
    house: House, team: Team, two: tuple[Process, Process]
) -> None:
    assert house.kept.may_renew(house.found(team), 30), "a process that has died since"
    two[0].later(13)
    with pytest.raises(ChatTryLater, match="another process is renewing it"):
        await two[0].tenants.token(team.id)
    assert renewals(house) == []


async def test_a_message_goes_out_with_the_renewed_token(house: House, team: Team) -> None:
    """Eleven hours later, as the database stands then."""
    installed = house.found(team)
    kept = Vault([KEY]).open(installed.secret)
    soon = dataclasses.replace(kept, expires_at=dt.datetime.now(dt.UTC) + HOUR)
    assert house.kept.swap(installed, Vault([KEY]).lock(soon))
    await house.moves_on(installed.workspace, HALF_PAST_NINE)
    assert "Priya" in (await house.dana(team).digest()).text
    assert renewals(house) == [""]
    assert {call.token for call in house.slack.called("chat.postMessage")} <= {
        kept.token,
        token_of(house, team),
    }


# -- keys -------------------------------------------------------------------------------------------------


async def test_a_new_key_takes_the_place_of_the_old_without_a_pause(company: str) -> None:
    teams = (halden(), halden("T0GLOBEX", "Globex"))
    async with housed(company, *teams) as house:
        for team in teams:
            await house.installed(team)
        before = [token_of(house, team) for team in teams]
    with structlog.testing.capture_logs() as logged:
        async with housed(company, *teams, keys=(NEW_KEY, KEY)) as house:
            assert [token_of(house, team, NEW_KEY) for team in teams] == before
    assert [it["changed"] for it in logged if it["event"] == "slack_tokens_under_first_key"] == [2]
    with structlog.testing.capture_logs() as logged:
        async with housed(company, *teams, keys=(NEW_KEY,)) as house, process(house, (NEW_KEY,)) as one:
            assert [await one.tenants.token(team.id) for team in teams] == before
    assert not logged


async def test_a_key_changes_while_the_token_is_renewed_and_neither_is_lost(
    house: House, team: Team, renewing: asyncio.Task[str]
) -> None:
    async with process(house, (NEW_KEY, KEY)) as other:
        await other.stored.under_first_key()
        assert token_of(house, team, NEW_KEY)
        with pytest.raises(Locked):
            Vault([KEY]).open(house.found(team).secret)
    async with process(house, (KEY, NEW_KEY)) as third:
        await third.stored.under_first_key()
    house.slack.faults.wakes.set()
    assert await renewing == token_of(house, team)
    assert renewals(house) == [""]


async def test_a_lost_key_stops_one_company_and_is_mended_by_a_new_installation(company: str) -> None:
    teams = (halden(), halden("T0GLOBEX", "Globex"))
    async with housed(company, *teams) as house:
        await house.installed(teams[0])
    with structlog.testing.capture_logs() as logged:
        async with housed(company, *teams, keys=(NEW_KEY,)) as house, process(house, (NEW_KEY,)) as one:
            assert [(it["event"], it["tenant"]) for it in logged] == [("slack_token_locked", teams[0].id)]
            await house.installed(teams[1])
            assert await one.tenants.token(teams[1].id)
            with pytest.raises(Locked, match="No key in FOLLOWUP_TOKEN_KEYS opens"):
                await one.tenants.token(teams[0].id)
            await house.installed(teams[0])
            assert await one.tenants.token(teams[0].id) == token_of(house, teams[0], NEW_KEY)
    assert KEY not in repr(logged)
