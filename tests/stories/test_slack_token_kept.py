"""A refresh token is good once: what Slack gave for it is kept, though the database be away just then."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from adapters.slack.vault import Vault
from tests.slack_counterpart import Team
from tests.stories.slack_house import KEY, House, process, token_of

DATABASES = ("sqlite",)
"""Another program holds its lock; a PostgreSQL that restarts is the same to whoever writes."""


async def test_a_database_that_is_away_just_then_loses_no_company_its_token(
    house: House, teams: tuple[Team, Team]
) -> None:
    team = teams[0]
    await house.installed(team)
    old = token_of(house, team)
    async with process(house, busy_s=0) as one:
        one.later(13)
        house.slack.faults.hang("oauth.v2.access", 60)
        asking = asyncio.create_task(one.tenants.token(team.id))
        await house.slack.faults.hanging.wait()
        refused, loop = asyncio.Event(), asyncio.get_running_loop()

        @sa.event.listens_for(one.transactions.database.engine, "handle_error")
        def _(_: sa.engine.ExceptionContext) -> None:
            loop.call_soon_threadsafe(refused.set)

        with house.database.writing():
            house.slack.faults.wakes.set()
            await refused.wait()
        assert await asking == token_of(house, team) != old
        kept = Vault([KEY]).open(house.found(team).secret)
        assert kept.refresh_token in house.slack.installs.refresh_tokens, "the next renewal will do"
