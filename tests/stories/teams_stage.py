"""The same stage with Teams in place of the page: `serve`'s own parts against a strict counterpart."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
from collections.abc import AsyncIterator

from adapters.background import Background
from adapters.demo import demo_settings, prepare
from adapters.teams.app import Teams
from adapters.wiring import Running, wire
from tests.stories.chat_stage import COLLEAGUES, ChatStage, mail_sink, served
from tests.stories.person import SeenMessage, message_of
from tests.teams_counterpart import TENANT, TeamsCounterpart, TeamsPerson
from tests.teams_counterpart.cards import card_of, read_message

PATIENCE_S = 30.0
"""Teams has five seconds; a machine that does ten other things at once is given more here."""

PNG = "data:image/png;base64,"


@dataclasses.dataclass(frozen=True)
class TeamsStage(ChatStage):
    """The running bot, Teams, and everybody in it."""

    teams: TeamsCounterpart

    @property
    def adapter(self) -> Teams:
        (found,) = self.running.connections
        assert isinstance(found, Teams)
        return found

    @property
    def background(self) -> Background:
        return self.adapter.background

    async def person(self, first: str, *, old: bool = False) -> TeamsPerson:
        email = f"{COLLEAGUES[first][1]}@halden.example"
        member = await self.member(email)
        return TeamsPerson(
            self.teams,
            email,
            settled=self.settled,
            moves_clock=lambda to: self.moves_clock(member, to),
            mailbox=self.mailbox,
            member=lambda: member,
            old=old,
        )

    @property
    def channel(self) -> str:
        """A team's channel, as the core knows it."""
        return f"teams:{TENANT}:{self.channel_id}"

    @property
    def channel_id(self) -> str:
        (found,) = self.teams.memory.channels
        return found

    called = "Hiring engineering"
    """By which a summary names that channel. What is said in it does not tell that: Teams is asked."""

    async def types_in_channel(self, person: TeamsPerson, text: str) -> str:
        """What is said in that channel, to the bot by its name; the answer comes in the personal chat."""
        words = text.removeprefix("/followup ")
        return message_of(await person.types(words, channel=self.channel_id)).text

    async def channel_reads(self, person: TeamsPerson) -> list[SeenMessage]:
        """What everybody reads in that channel, oldest first; not the answers under what somebody wrote."""
        return [read_message(it.id, it.content) for it in self.teams.memory.said_in(self.channel_id)]

    async def pictures(self, person: TeamsPerson) -> list[tuple[str, bytes]]:
        """The pictures that stand in that channel, each with what is said in its place."""
        cards = [card_of(it.content) for it in self.teams.memory.said_in(self.channel_id)]
        images = [it for card in cards if card for it in card["body"] if it["type"] == "Image"]
        return [(it["altText"], base64.b64decode(it["url"].removeprefix(PNG))) for it in images]


def hire_halden(teams: TeamsCounterpart, running: Running) -> None:
    """The demo's company in Teams: everybody of the file has an account there, and a client in their zone."""
    members = running.transactions.database.read(running.workspace, lambda store: store.members())
    zones = {member.email: member.zone for member in members}
    for name, local, _ in COLLEAGUES.values():
        email = f"{local}@halden.example"
        teams.memory.hire(email, name, tz=zones[email])
    teams.memory.add_channel("Hiring engineering")


@contextlib.asynccontextmanager
async def teams_staged(
    url: str, *, opens: bool = True, installed: bool = True, graph: bool = False
) -> AsyncIterator[TeamsStage]:
    """The demo's company on this database, at half past nine, when the lists have come to Teams.

    `opens`: without it the clock stands at 09:25, and nothing has been sent. `installed`: all have the app.
    `graph`: the bot may ask Microsoft Graph.
    """
    database, clock, _ = prepare(url)
    async with mail_sink() as (smtp, letters), TeamsCounterpart(patience=PATIENCE_S) as teams:
        more = teams.graph_settings() if graph else {}
        settings = dataclasses.replace(demo_settings(url), **teams.settings(), **more)
        running = wire(settings, database, clock, {}, smtp)
        hire_halden(teams, running)

        def reached_at(base: str) -> None:
            teams.app_url = f"{base}/api/messages"

        async with served(running, reached_at):
            stage = TeamsStage(running, letters, teams)
            for user in teams.memory.users.values():
                user.installed = installed
                if installed:
                    await teams.installs(user)
            if opens:
                await stage.opens()
            yield stage
