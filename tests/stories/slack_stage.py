"""The same stage with Slack in place of the page: `serve`'s own parts against a strict counterpart."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Literal, TypeVar

import sqlalchemy as sa
from aiohttp import web

from adapters.demo import demo_settings, prepare
from adapters.http import make_app
from adapters.mail.sink import MailSink, ReceivedMail
from adapters.mail.smtp import parse_smtp_url
from adapters.playground.clockwork import instant_of
from adapters.playground.mailbox import read_letter
from adapters.runner import ClockMover
from adapters.slack.app import Slack
from adapters.transactions import Clock
from adapters.wiring import Running, wire
from storage.database import Database
from storage.store import SqlStore
from storage.tables import lanes
from tests.slack_counterpart import SlackCounterpart, SlackPerson, Team
from tests.slack_counterpart.reading import read_message
from tests.slack_counterpart.teams import Message
from tests.stories.person import SeenLetter, SeenMessage, message_of

T = TypeVar("T")
Mode = Literal["http", "socket"]
COLLEAGUES = {
    "dana": ("Dana Lee", "dana.lee", "America/New_York"),
    "ravi": ("Ravi Menon", "ravi.menon", "America/New_York"),
    "ingrid": ("Ingrid Sørensen", "ingrid.sorensen", "Europe/Oslo"),
    "katrin": ("Katrin Vogel", "katrin.vogel", "Europe/Berlin"),
    "sam": ("Sam Okafor", "sam.okafor", "Europe/London"),
    "yuki": ("Yuki Tanaka", "yuki.tanaka", "Asia/Tokyo"),
    "claire": ("Claire Tremblay", "claire.tremblay", "America/Toronto"),
    "lukas": ("Lukas Hofer", "lukas.hofer", "Europe/Vienna"),
}
PATIENCE_S = 15.0
"""Slack has three seconds; a machine that does ten other things at once is given more here."""
HALF_PAST_NINE = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)


@dataclasses.dataclass(frozen=True)
class SlackStage:
    """The running bot, Slack, and everybody in it. Its clock stands still unless a story moves it."""

    slack: SlackCounterpart
    running: Running
    mover: ClockMover
    letters: list[ReceivedMail]
    app: web.Application

    @property
    def adapter(self) -> Slack:
        (found,) = self.running.connections
        assert isinstance(found, Slack)
        return found

    async def changes(self, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """What nobody does in Slack: an administrator of the machine at work, in one transaction."""
        return await self.running.transactions.write(self.running.workspace, work)

    async def opens(self, clock: Clock) -> None:
        """It becomes half past nine. What is due is written down first: no lane has to be waited for then."""
        clock.offset = HALF_PAST_NINE - dt.datetime.now(dt.UTC)
        await self.changes(lambda store, _: store.set_clock_offset(clock.offset.total_seconds()))
        await self.running.runner.tick(self.running.workspace)
        await self.changes(without_gaps)
        await self.settled()

    async def settled(self) -> None:
        """Until everything that is due has been done and shown."""
        await self.adapter.background.finish()
        await self.running.runner.settle(self.running.workspace)
        await self.adapter.background.finish()

    async def person(self, first: str) -> SlackPerson:
        email = f"{COLLEAGUES[first][1]}@halden.example"

        def known(store: SqlStore) -> uuid.UUID:
            member = store.member_by_email(email)
            assert member is not None
            return member.id

        member = self.running.transactions.database.read(self.running.workspace, known)
        return SlackPerson(
            self.slack,
            email,
            moves_clock=lambda to: self._moves_clock(member, to),
            mailbox=self._mailbox,
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

    async def _moves_clock(self, member: uuid.UUID, to: str) -> int:
        def target(store: SqlStore, now: dt.datetime) -> dt.datetime:
            found = store.member(member)
            assert found is not None
            return instant_of(found, now, to)

        at = await self.running.transactions.read(self.running.workspace, target)
        steps = await self.mover.move_to(self.running.workspace, at)
        await self.settled()
        return steps

    async def _mailbox(self) -> list[SeenLetter]:
        found = []
        for mail in reversed(self.letters):
            letter = read_letter(uuid.uuid4(), HALF_PAST_NINE, mail.recipients, mail.raw)
            to = ", ".join(letter.recipients)
            found.append(SeenLetter(to, letter.subject, " ".join(letter.text.split())))
        return found


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
    letters: list[ReceivedMail] = []
    sink = MailSink(letters.append)
    smtp = parse_smtp_url(f"smtp://127.0.0.1:{await sink.start()}?starttls=never")
    database, clock, _ = prepare(url)
    async with SlackCounterpart(team or halden(), mode=mode, patience=PATIENCE_S) as slack:
        running = _wired(database, clock, slack, mode, smtp)
        app = make_app(running)
        server = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await server.setup()
        try:
            await web.TCPSite(server, "127.0.0.1", 0).start()
            slack.app_url = f"http://127.0.0.1:{server.addresses[0][1]}/slack/events"
            for connection in running.connections:
                await connection.start()
            mover = ClockMover(running.transactions, running.runner, clock)
            stage = SlackStage(slack, running, mover, letters, app)
            if opens:
                await stage.opens(clock)
            yield stage
        finally:
            for connection in running.connections:
                await connection.stop()
            await running.runner.stop()
            await server.cleanup()
            for connection in running.connections:
                await connection.close()
            await sink.stop()
            running.transactions.close()


def _wired(database: Database, clock: Clock, slack: SlackCounterpart, mode: Mode, smtp: object) -> Running:
    settings = dataclasses.replace(
        demo_settings(str(database.engine.url)),
        slack_api_url=slack.api_url,
        slack_bot_token=slack.bot_token,
        slack_signing_secret=slack.signing_secret,
        slack_app_token=slack.app_token if mode == "socket" else "",
    )
    return wire(settings, database, clock, {}, smtp)  # type: ignore[arg-type]


def without_gaps(store: SqlStore, _: dt.datetime) -> None:
    """The counterpart of these stories has no rate limits, so nothing needs to wait for the real clock."""
    store.conn.execute(sa.update(lanes).values(min_gap_s=0, max_in_flight=5))
