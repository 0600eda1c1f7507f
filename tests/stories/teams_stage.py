"""The same stage with Teams in place of the page: `serve`'s own parts against a strict counterpart."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from aiohttp import web

from adapters.demo import demo_settings, prepare
from adapters.http import make_app
from adapters.mail.sink import MailSink, ReceivedMail
from adapters.mail.smtp import parse_smtp_url
from adapters.playground.clockwork import instant_of
from adapters.playground.mailbox import read_letter
from adapters.runner import ClockMover
from adapters.teams.app import Teams
from adapters.transactions import Clock
from adapters.wiring import Running, wire
from storage.store import SqlStore
from tests.stories.person import SeenLetter, message_of
from tests.stories.slack_stage import COLLEAGUES, HALF_PAST_NINE, without_gaps
from tests.teams_counterpart import TENANT, TeamsCounterpart, TeamsPerson

T = TypeVar("T")
PATIENCE_S = 30.0
"""Teams has five seconds; a machine that does ten other things at once is given more here."""


@dataclasses.dataclass(frozen=True)
class TeamsStage:
    """The running bot, Teams, and everybody in it. Its clock stands still unless a story moves it."""

    teams: TeamsCounterpart
    running: Running
    mover: ClockMover
    letters: list[ReceivedMail]
    app: web.Application

    @property
    def adapter(self) -> Teams:
        (found,) = self.running.connections
        assert isinstance(found, Teams)
        return found

    async def changes(self, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """What nobody does in Teams: an administrator of the machine at work, in one transaction."""
        return await self.running.transactions.write(self.running.workspace, work)

    async def reads(self, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        return await self.running.transactions.read(self.running.workspace, work)

    async def opens(self, clock: Clock) -> None:
        """It becomes half past nine. What is due is written down first: no lane has to be waited for then."""
        clock.offset = HALF_PAST_NINE - dt.datetime.now(dt.UTC)
        await self.changes(lambda store, _: store.set_clock_offset(clock.offset.total_seconds()))
        await self.running.runner.tick(self.running.workspace)
        await self.settled()

    async def settled(self) -> None:
        """Until everything that is due has been done and shown."""
        await self.adapter.background.finish()
        await self.changes(without_gaps)
        await self.running.runner.settle(self.running.workspace)
        await self.adapter.background.finish()

    async def person(self, first: str, *, old: bool = False) -> TeamsPerson:
        email = f"{COLLEAGUES[first][1]}@halden.example"

        def known(store: SqlStore, _: dt.datetime) -> uuid.UUID:
            member = store.member_by_email(email)
            assert member is not None
            return member.id

        member = await self.reads(known)
        return TeamsPerson(
            self.teams,
            email,
            settled=self.settled,
            moves_clock=lambda to: self._moves_clock(member, to),
            mailbox=self._mailbox,
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

    async def types_in_channel(self, person: TeamsPerson, text: str) -> str:
        """What is said in that channel; the answer comes in the personal chat."""
        return message_of(await person.types(text, channel=self.channel_id)).text

    async def _moves_clock(self, member: uuid.UUID, to: str) -> int:
        def target(store: SqlStore, now: dt.datetime) -> dt.datetime:
            found = store.member(member)
            assert found is not None
            return instant_of(found, now, to)

        at = await self.reads(target)
        await self.changes(without_gaps)
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


def hire_halden(teams: TeamsCounterpart, running: Running) -> None:
    """The demo's company in Teams: everybody of the file has an account there, and a client in their zone."""
    members = running.transactions.database.read(running.workspace, lambda store: store.members())
    zones = {member.email: member.zone for member in members}
    for name, local, _ in COLLEAGUES.values():
        email = f"{local}@halden.example"
        teams.memory.hire(email, name, tz=zones[email])
    teams.memory.add_channel("hiring-engineering")


@contextlib.asynccontextmanager
async def teams_staged(url: str, *, opens: bool = True, installed: bool = True) -> AsyncIterator[TeamsStage]:
    """The demo's company on this database, at half past nine, when the lists have come to Teams.

    `opens`: without it the clock stands at 09:25, and nothing has been sent. `installed`: all have the app.
    """
    letters: list[ReceivedMail] = []
    sink = MailSink(letters.append)
    smtp = parse_smtp_url(f"smtp://127.0.0.1:{await sink.start()}?starttls=never")
    database, clock, _ = prepare(url)
    async with TeamsCounterpart(patience=PATIENCE_S) as teams:
        settings = dataclasses.replace(demo_settings(url), **teams.settings())
        running = wire(settings, database, clock, {}, smtp)
        hire_halden(teams, running)
        app = make_app(running)
        server = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await server.setup()
        try:
            await web.TCPSite(server, "127.0.0.1", 0).start()
            teams.app_url = f"http://127.0.0.1:{server.addresses[0][1]}/api/messages"
            for connection in running.connections:
                await connection.start()
            mover = ClockMover(running.transactions, running.runner, clock)
            stage = TeamsStage(teams, running, mover, letters, app)
            for user in teams.memory.users.values():
                user.installed = installed
                if installed:
                    await teams.installs(user)
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
