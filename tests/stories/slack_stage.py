"""The same stage with Slack in place of the page: `serve`'s own parts against a strict counterpart."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from typing import Literal

import sqlalchemy as sa

from adapters.background import Background
from adapters.demo import demo_settings, prepare
from adapters.slack.app import Slack
from adapters.wiring import wire
from tests.slack_counterpart import SlackCounterpart, SlackPerson, Team
from tests.slack_counterpart.elements import fields_of, options_of
from tests.slack_counterpart.memory import said_by_hand
from tests.slack_counterpart.reading import SeenModal, read_message
from tests.slack_counterpart.teams import Message
from tests.stories.chat_stage import COLLEAGUES, ChatStage, mail_sink, served
from tests.stories.person import SeenMessage, message_of

Mode = Literal["http", "socket"]
PATIENCE_S = 15.0
"""Slack has three seconds; a machine that does ten other things at once is given more here."""


@dataclasses.dataclass(frozen=True)
class SlackStage(ChatStage):
    """The running bot, Slack, and everybody in it."""

    slack: SlackCounterpart

    @property
    def adapter(self) -> Slack:
        (found,) = self.running.connections
        assert isinstance(found, Slack)
        return found

    @property
    def background(self) -> Background:
        return self.adapter.background

    async def person(self, first: str) -> SlackPerson:
        email = f"{COLLEAGUES[first][1]}@halden.example"
        member = await self.member(email)
        return SlackPerson(
            self.slack,
            email,
            moves_clock=lambda to: self.moves_clock(member, to),
            mailbox=self.mailbox,
            member=lambda: member,
            settled=self.settled,
        )

    @property
    def channel(self) -> str:
        """A team's channel, as the core knows it."""
        return f"slack:{self.slack.team.id}:{self._channel}"

    @property
    def _channel(self) -> str:
        (found,) = (it.id for it in self.slack.team.channels.values() if not it.is_im)
        return found

    async def takes_shortcut(self, person: SlackPerson, name: str, about: Message | None = None) -> SeenModal:
        """A global shortcut, or that of a message: the form it opens."""
        if about is None:
            await self.slack.app.shortcut(person.user, name)
        else:
            await self.slack.app.message_action(person.user, about, name)
        await self.settled()
        form = person.form()
        assert form is not None, f"The shortcut {name} opened no form."
        return form

    def pastes(self, person: SlackPerson, text: str) -> Message:
        """Somebody writes in the team's channel, where the bot does not listen."""
        channel = self.slack.team.channels[self._channel]
        return self.slack.memory.post(channel, person.user.id, said_by_hand(text))

    called = "#hiring-engineering"
    """By which a summary names that channel."""

    async def types_in_channel(self, person: SlackPerson, text: str) -> str:
        """What is said in that channel, and the answer."""
        seen = await person.types(text, channel=self._channel)
        return message_of(seen).text

    async def channel_reads(self, person: SlackPerson) -> list[SeenMessage]:
        """What everybody reads in that channel, oldest first."""
        return [read_message(it.ts, it.blocks, it.text) for it in self._public()]

    async def pictures(self, person: SlackPerson) -> list[tuple[str, bytes]]:
        """The pictures that stand in that channel, each with what is said in its place."""
        images = [block for it in self._public() for block in it.blocks if block["type"] == "image"]
        files = self.slack.memory.files
        return [(block["alt_text"], files[block["slack_file"]["id"]]["content"]) for block in images]

    def _public(self) -> list[Message]:
        there = [it for it in self.slack.memory.messages.values() if it.channel.id == self._channel]
        return [it for it in there if not it.ephemeral_to and not it.gone]


def choices(form: SeenModal, field: str) -> dict[str, str]:
    """What can be chosen there, by what it says."""
    options = options_of(dict(fields_of(form.view["blocks"]))[field])
    return {one["text"]["text"]: one["value"] for one in options}


def mislay_the_audit(stage: SlackStage) -> None:
    """From now on no click can be written down."""
    with stage.running.transactions.database.writing() as conn:
        conn.execute(sa.text("ALTER TABLE audit RENAME TO mislaid"))


def halden() -> Team:
    """The demo's company in Slack: everybody of the file has an account there."""
    team = Team(name="Halden Instruments")
    for name, local, zone in COLLEAGUES.values():
        team.hire(f"{local}@halden.example", name, tz=zone)
    team.add_channel("hiring-engineering")
    return team


@contextlib.asynccontextmanager
async def slack_staged(
    url: str, mode: Mode = "http", team: Team | None = None, *, opens: bool = True
) -> AsyncIterator[SlackStage]:
    """The demo's company on this database, at half past nine, when the lists have come to Slack.

    `opens`: without it the clock stands at 09:25, and nothing has been sent.
    """
    database, clock, _ = prepare(url)
    async with (
        mail_sink() as (smtp, letters),
        SlackCounterpart(team or halden(), mode=mode, patience=PATIENCE_S) as slack,
    ):
        settings = dataclasses.replace(
            demo_settings(url),
            slack_api_url=slack.api_url,
            slack_bot_token=slack.bot_token,
            slack_signing_secret=slack.signing_secret,
            slack_app_token=slack.app_token if mode == "socket" else "",
        )
        running = wire(settings, database, clock, {}, smtp)

        def reached_at(base: str) -> None:
            slack.app_url = f"{base}/slack/events"

        async with served(running, reached_at):
            stage = SlackStage(running, letters, slack)
            if opens:
                await stage.opens()
            yield stage
