"""The same stage with Slack and Teams at once: a company whose people are in both."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from adapters.background import Background
from adapters.demo import demo_settings, prepare
from adapters.slack.app import Slack
from adapters.teams.app import Teams
from adapters.wiring import wire
from tests.slack_counterpart import SlackCounterpart, SlackPerson
from tests.stories.chat_stage import COLLEAGUES, ChatStage, mail_sink, served
from tests.stories.slack_stage import PATIENCE_S, halden
from tests.stories.teams_stage import hire_halden
from tests.teams_counterpart import TeamsCounterpart, TeamsPerson


@dataclasses.dataclass(frozen=True)
class BothStage(ChatStage):
    """The running bot, Slack, Teams, and everybody in both of them."""

    slack: SlackCounterpart
    teams: TeamsCounterpart

    @property
    def background(self) -> Background:
        """Slack's; `settled` waits for Teams' as well."""
        return next(it.background for it in self.running.connections if isinstance(it, Slack))

    async def settled(self) -> None:
        await next(it.background for it in self.running.connections if isinstance(it, Teams)).finish()
        await super().settled()

    async def in_slack(self, first: str) -> SlackPerson:
        member = await self.member(_email(first))
        return SlackPerson(self.slack, _email(first), settled=self.settled, member=lambda: member)

    async def in_teams(self, first: str) -> TeamsPerson:
        """With the app in Teams, which nobody has at first."""
        member = await self.member(_email(first))
        person = TeamsPerson(self.teams, _email(first), settled=self.settled, member=lambda: member)
        await self.teams.installs(person.user)
        await self.settled()
        return person


def _email(first: str) -> str:
    return f"{COLLEAGUES[first][1]}@halden.example"


@contextlib.asynccontextmanager
async def both_staged(url: str) -> AsyncIterator[BothStage]:
    """The demo's company on this database, at half past nine, when the lists have come to Slack."""
    database, clock, _ = prepare(url)
    async with (
        mail_sink() as (smtp, letters),
        SlackCounterpart(halden(), patience=PATIENCE_S) as slack,
        TeamsCounterpart(patience=PATIENCE_S) as teams,
    ):
        settings = dataclasses.replace(
            demo_settings(url),
            slack_api_url=slack.api_url,
            slack_bot_token=slack.bot_token,
            slack_signing_secret=slack.signing_secret,
            **teams.settings(),
        )
        running = wire(settings, database, clock, {}, smtp)
        hire_halden(teams, running)
        for user in teams.memory.users.values():
            user.installed = False

        def reached_at(base: str) -> None:
            slack.app_url, teams.app_url = f"{base}/slack/events", f"{base}/api/messages"

        async with served(running, reached_at):
            stage = BothStage(running, letters, slack, teams)
            await stage.opens()
            yield stage
