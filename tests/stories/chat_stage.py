"""A stage with a chat in place of the page: `serve`'s own parts on the demo's company."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import sqlalchemy as sa
from aiohttp import web

from adapters.background import Background
from adapters.http import make_app
from adapters.mail.sink import MailSink, ReceivedMail
from adapters.mail.smtp import SmtpUrl, parse_smtp_url
from adapters.playground.clockwork import instant_of
from adapters.playground.mailbox import read_letter
from adapters.runner import ClockMover
from adapters.serving import server_of
from adapters.wiring import Running
from storage.store import SqlStore
from storage.tables import lanes
from storage.transaction import chat_lane
from tests.stories.person import SeenLetter

T = TypeVar("T")
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
HALF_PAST_NINE = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
"""In New York; the list of Monday 23 November 2026 comes."""


@dataclasses.dataclass(frozen=True)
class ChatStage(abc.ABC):
    """The running bot and the mail it has sent. Its clock stands still unless a story moves it."""

    running: Running
    letters: list[ReceivedMail]

    @property
    @abc.abstractmethod
    def background(self) -> Background:
        """What the chat's adapter does after it has answered."""

    @property
    def mover(self) -> ClockMover:
        return ClockMover(self.running.transactions, self.running.runner, self.running.clock)

    async def changes(self, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        """What nobody does in the chat: an administrator of the machine at work, in one transaction."""
        return await self.running.transactions.write(self.running.workspace, work)

    async def reads(self, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        return await self.running.transactions.read(self.running.workspace, work)

    async def opens(self) -> None:
        """The lists have come. What is due is written down first: no lane has to be waited for then."""
        if self.running.clock() < HALF_PAST_NINE:
            await self.strikes_half_past_nine()
        await self.settled()

    async def strikes_half_past_nine(self) -> None:
        """What is due is written down, and nothing has left."""
        await strike_half_past_nine(self.running)

    async def settled(self) -> None:
        """Until everything that is due has been done and shown."""
        await self.background.finish()
        await self.changes(without_gaps)
        await self.running.runner.settle(self.running.workspace)
        await self.background.finish()

    async def member(self, email: str) -> uuid.UUID:
        def known(store: SqlStore, _: dt.datetime) -> uuid.UUID:
            found = store.member_by_email(email)
            assert found is not None
            return found.id

        return await self.reads(known)

    async def moves_clock(self, member: uuid.UUID, to: str) -> int:
        """How many steps it took."""

        def target(store: SqlStore, now: dt.datetime) -> dt.datetime:
            found = store.member(member)
            assert found is not None
            return instant_of(found, now, to)

        at = await self.reads(target)
        await self.changes(without_gaps)
        steps = await self.mover.move_to(self.running.workspace, at)
        await self.settled()
        return steps

    async def mailbox(self) -> list[SeenLetter]:
        """What has reached candidates, newest first."""
        found = []
        for mail in reversed(self.letters):
            letter = read_letter(uuid.uuid4(), HALF_PAST_NINE, mail.recipients, mail.raw)
            to = ", ".join(letter.recipients)
            found.append(SeenLetter(to, letter.subject, " ".join(letter.text.split())))
        return found


async def strike_half_past_nine(running: Running) -> None:
    """What is due is written down, and nothing has left."""
    offset = running.clock.offset = HALF_PAST_NINE - dt.datetime.now(dt.UTC)
    await running.transactions.write(
        running.workspace, lambda store, _: store.set_clock_offset(offset.total_seconds())
    )
    await running.runner.tick(running.workspace)


def without_gaps(store: SqlStore, _: dt.datetime) -> None:
    """The counterparts of these stories have no rate limits, so nothing needs to wait for the real clock."""
    store.conn.execute(sa.update(lanes).values(min_gap_s=0, max_in_flight=5))
    for member in store.members():
        # Whoever gets a first message while the clock moves gets the next one at once, too.
        store.deliveries.lane(chat_lane(member.id), 0, 5)


def gaps_have_passed(store: SqlStore, _: dt.datetime) -> None:
    """Whatever was posted a moment ago, or took long to be, holds up nothing any more."""
    store.conn.execute(sa.update(lanes).values(free_at=None))


@contextlib.asynccontextmanager
async def mail_sink() -> AsyncIterator[tuple[SmtpUrl, list[ReceivedMail]]]:
    """A mail server that keeps what it is given."""
    letters: list[ReceivedMail] = []
    sink = MailSink(letters.append)
    try:
        yield parse_smtp_url(f"smtp://127.0.0.1:{await sink.start()}?starttls=never"), letters
    finally:
        await sink.stop()


@contextlib.asynccontextmanager
async def served(running: Running, reached_at: Callable[[str], None]) -> AsyncIterator[str]:
    """As `serve` runs it, but for the clock; its address, which `reached_at` is told before it connects."""
    server = server_of(make_app(running))
    await server.setup()
    try:
        await web.TCPSite(server, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{server.addresses[0][1]}"
        reached_at(base)
        for connection in running.connections:
            await connection.start()
        yield base
    finally:
        for connection in running.connections:
            await connection.stop()
        await running.runner.stop()
        await server.cleanup()
        for connection in running.connections:
            await connection.close()
        running.transactions.close()
