"""A rehearsal: everything is decided, nobody hears of it but the admins, and nothing of it comes back."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from adapters.demo import BEGINS, demo_settings
from adapters.mail.sink import MailSink, ReceivedMail
from adapters.mail.smtp import parse_smtp_url
from adapters.playground import channels, conversation, history
from adapters.playground.chat import PlaygroundChat
from adapters.playground.playground import Playground
from adapters.runner import ClockMover
from adapters.transactions import Clock
from adapters.wiring import Running, wire
from bot import service
from bot.views.elements import Message
from storage.database import Database
from storage.store import SqlStore
from tests.databases import Databases
from tests.stories.chat_stage import HALF_PAST_NINE
from tests.stories.command_line import followup
from tests.stories.conftest import COMPANY
from tests.stories.test_brakes import FIRST_NAMES, hiring_day

FRIDAY = dt.datetime(2026, 11, 27, 14, 5, tzinfo=dt.UTC)
"""15:05 in Oslo, where the admin is; 09:05 in New York."""
MONDAY = dt.datetime(2026, 11, 30, 14, 35, tzinfo=dt.UTC)
"""09:35 in New York."""


@dataclasses.dataclass(frozen=True)
class Company:
    """The demo's company as `serve` runs it, with these settings."""

    running: Running
    mover: ClockMover
    letters: list[ReceivedMail]

    async def moves_to(self, at: dt.datetime) -> None:
        await self.mover.move_to(self.running.workspace, at)

    async def types(self, email: str, text: str) -> Message:
        def said(store: SqlStore, now: dt.datetime) -> Message:
            member = store.member_by_email(email)
            assert member is not None
            view = service.said(store, now, member, text)
            assert isinstance(view, Message)
            return view

        return await self.running.transactions.write(self.running.workspace, said)

    async def heard(self) -> dict[str, list[str]]:
        """What came to whom: the first lines."""
        return await self.reads(
            lambda store, _: {
                member.name: lines
                for member in store.members()
                if (lines := [one.view.notification for one in conversation.latest(store.conn, member.id)])
            }
        )

    async def reports(self) -> list[str]:
        """Everything that came to anybody."""
        return [line for lines in (await self.heard()).values() for line in lines]

    async def reads(
        self, work: Callable[[SqlStore, dt.datetime], dict[str, list[str]]]
    ) -> dict[str, list[str]]:
        return await self.running.transactions.read(self.running.workspace, work)


@contextlib.asynccontextmanager
async def started(url: str, at: dt.datetime, *, rehearsal: bool) -> AsyncIterator[Company]:
    """A start of the bot at this instant, with the rehearsal on or off."""
    settings = dataclasses.replace(demo_settings(url), rehearsal=rehearsal)
    clock = Clock(at - dt.datetime.now(dt.UTC))
    database = Database(settings.database_url, settings.policy())
    letters: list[ReceivedMail] = []
    sink = MailSink(letters.append)
    smtp = parse_smtp_url(f"smtp://127.0.0.1:{await sink.start()}?starttls=never")
    chat = PlaygroundChat(database, clock)
    running = wire(settings, database, clock, {chat.name: chat}, smtp)
    mover = ClockMover(running.transactions, running.runner, clock)
    page = Playground(transactions=running.transactions, mover=mover, workspace=running.workspace)
    await page.start()
    await running.transactions.write(running.workspace, service.settle_rehearsal)
    try:
        yield Company(running, mover, letters)
    finally:
        await running.runner.stop()
        await sink.stop()
        running.transactions.close()


def text_of(message: Message) -> str:
    return " ".join(str(element) for element in message.elements)


async def test_a_rehearsal_tells_the_admins_alone_and_leaves_no_trace(company: str) -> None:
    async with started(company, BEGINS, rehearsal=True) as bot:
        await bot.moves_to(HALF_PAST_NINE)
        mine = await bot.types("dana.lee@halden.example", "update tomasz")
        assert "Tomasz gets your update in" in text_of(mine)
        await bot.moves_to(HALF_PAST_NINE + dt.timedelta(hours=1))
        row = await bot.types("dana.lee@halden.example", "tomasz")
        assert "Not sent. This is a rehearsal: nothing is sent." in text_of(row)
        listed = await bot.types("dana.lee@halden.example", "")
        assert "This is a rehearsal: nobody is written to, whatever is clicked." in text_of(listed)
        await bot.moves_to(FRIDAY)
        assert await bot.heard() == {
            "Ingrid Sørensen": ["This week in the rehearsal: what I would have asked"]
        }
        # What waits at the end must not leave once the rehearsal is over.
        late = await bot.types("dana.lee@halden.example", "update zoe o'hara")
        assert "gets your update in" in text_of(late)
    assert bot.letters == []

    printed = (await asyncio.to_thread(followup, "rehearsal", DATABASE_URL=company)).stdout.splitlines()
    assert printed[0].startswith("The rehearsal began at 2026-11-23 14:25 UTC.")
    assert printed[1].startswith("I would have asked ")
    assert printed[1].endswith("candidates would have waited past their date.")
    assert any(line.startswith("  Ravi Menon: ") for line in printed)

    async with started(company, FRIDAY + dt.timedelta(hours=6), rehearsal=False) as bot:
        await bot.moves_to(MONDAY)
        assert bot.letters == []
        heard = await bot.heard()
        assert len([line for line in heard["Dana Lee"] if "waiting" in line]) == 1, "one list, no backlog"
        row = await bot.types("dana.lee@halden.example", "tomasz")
        assert "Ravi is asked to step in on Tue 1 Dec if nothing is sent." in text_of(row), "as if due today"


async def test_a_rehearsal_that_goes_on_reports_each_friday_once(company: str) -> None:
    for at in (BEGINS, FRIDAY - dt.timedelta(hours=1)):
        async with started(company, at, rehearsal=True) as bot:
            await bot.moves_to(at + dt.timedelta(hours=2))
    async with started(company, FRIDAY + dt.timedelta(hours=2), rehearsal=True) as bot:
        await bot.moves_to(FRIDAY + dt.timedelta(days=7))
        assert list(await bot.heard()) == ["Ingrid Sørensen"]
        assert len(await bot.reports()) == 2


async def test_in_a_rehearsal_no_team_reads_a_summary(databases: Databases) -> None:
    room = channels.id_of(channels.name_of(history.CALLED))
    for rehearsal, count in ((True, 0), (False, 1)):
        async with started(databases.copy(COMPANY), BEGINS, rehearsal=rehearsal) as bot:
            await bot.running.transactions.write(bot.running.workspace, history.remember)
            with bot.running.transactions.database.reading() as conn:
                before = len(conversation.latest(conn, room))
            await bot.moves_to(FRIDAY + dt.timedelta(hours=6))
            with bot.running.transactions.database.reading() as conn:
                assert len(conversation.latest(conn, room)) - before == count


async def test_what_was_queued_before_a_rehearsal_waits_until_it_is_over(company: str) -> None:
    async with started(company, BEGINS, rehearsal=False) as bot:
        await bot.types("dana.lee@halden.example", "update tomasz")
    async with started(company, BEGINS + dt.timedelta(minutes=2), rehearsal=True) as bot:
        await bot.moves_to(BEGINS + dt.timedelta(hours=1))
        row = await bot.types("dana.lee@halden.example", "tomasz")
        assert "is held: A rehearsal has begun since, and it leaves when that is over." in text_of(row)
        assert bot.letters == []
    async with started(company, BEGINS + dt.timedelta(hours=2), rehearsal=False) as bot:
        await bot.moves_to(BEGINS + dt.timedelta(hours=3))
        [letter] = bot.letters
        assert letter.recipients == ("tomasz.zielinski@example.com",)


async def test_what_was_held_or_stuck_in_a_rehearsal_is_told_to_nobody_afterwards(
    company: str, tmp_path: Path
) -> None:
    ravi = "ravi.menon@halden.example"
    async with started(company, BEGINS, rehearsal=True) as bot:
        await hiring_day(bot.running, tmp_path)
        for first in FIRST_NAMES[:20]:
            await bot.types("dana.lee@halden.example", f"update {first}")
        held = await bot.types("dana.lee@halden.example", f"update {FIRST_NAMES[20]}")
        assert "is held: you have sent 20 letters" in text_of(held)
        asked = await bot.types(ravi, "queue")
        assert "This is a rehearsal, so the queue does not come as a message" in text_of(asked)
        await bot.moves_to(HALF_PAST_NINE + dt.timedelta(hours=1))
    async with started(company, HALF_PAST_NINE + dt.timedelta(hours=2), rehearsal=False) as bot:
        await bot.types(ravi, "update priya")
        await bot.moves_to(MONDAY)
        heard = (await bot.heard())["Ravi Menon"]
        assert not [line for line in heard if "held" in line or "stuck" in line], heard


async def test_its_report_is_no_nudge_that_a_pause_could_hold_back(company: str) -> None:
    ingrid = "ingrid.sorensen@halden.example"
    async with started(company, BEGINS, rehearsal=True) as bot:
        await bot.types(ingrid, "pause nudges")
        await bot.moves_to(FRIDAY)
        assert list(await bot.heard()) == ["Ingrid Sørensen"]
        await bot.types(ingrid, "resume nudges")
        await bot.types(ingrid, "pause nudges")
        await bot.moves_to(FRIDAY + dt.timedelta(days=7))
        assert len(await bot.reports()) == 2
