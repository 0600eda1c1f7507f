"""`followup demo`: a made-up company on SQLite, its own mail sink, and a page to click through it all."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import os
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import sqlalchemy as sa
from aiohttp import web

from adapters.doctor.examine import examine_demo
from adapters.doctor.finding import summary
from adapters.http import make_app
from adapters.importing import import_file
from adapters.mail.sink import MailSink, ReceivedMail
from adapters.mail.smtp import SmtpUrl, parse_smtp_url
from adapters.playground import history
from adapters.playground.bell import Bell
from adapters.playground.chat import PlaygroundChat
from adapters.playground.pages import mount
from adapters.playground.playground import Playground
from adapters.runner import ClockMover, refresh_looks
from adapters.saying import say
from adapters.serving import until_stopped
from adapters.settings import Settings
from adapters.slack import render as slack
from adapters.teams import render as teams
from adapters.transactions import Clock, Transactions
from adapters.wiring import Running, open_workspace, wire
from bot.policy import EVERYONE, FeedbackPolicy
from bot.views.elements import Message
from storage import schema
from storage.columns import UtcDateTime
from storage.database import Database
from storage.store import SqlStore

COMPANY = "Halden Instruments"
BEGINS = dt.datetime(2026, 11, 23, 14, 25, tzinfo=dt.UTC)
"""Monday 23 November 2026, 09:25 in New York."""
LEAD = "ingrid.sorensen@halden.example"
CSV = Path(__file__).parent / "playground" / "demo.csv"
REMEMBER_EVERY_S = 5.0

_metadata = sa.MetaData()
_last_seen = sa.Table(
    "demo_last_seen", _metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", UtcDateTime())
)


def demo_settings(url: str) -> Settings:
    return dataclasses.replace(
        Settings(),
        database_url=url,
        company=COMPANY,
        admins=frozenset({LEAD}),
        recruiting_lead=LEAD,
        pilot=frozenset({EVERYONE}),
        mail_from="hiring@halden.example",
        timezone="America/New_York",
    )


def prepare(url: str, *, reviewed: bool = True) -> tuple[Database, Clock, Settings]:
    """The demo's database: made and filled the first time, taken up where it was left afterwards.

    The demo's time stands still while nobody runs it. `reviewed` tells whether the imported candidates have
    been looked at already, as the story of the demo has it.
    """
    settings = demo_settings(url)
    clock = Clock()
    database = Database(url, settings.policy())
    schema.upgrade(database)
    _metadata.create_all(database.engine)
    clock.offset = (_remembered(database) or BEGINS) - dt.datetime.now(dt.UTC)
    workspace = open_workspace(database, settings, clock)
    transactions = Transactions(database, clock)

    def begin(store: SqlStore, _: dt.datetime) -> bool:
        store.set_clock_offset(clock.offset.total_seconds())
        if store.policy.feedback is not FeedbackPolicy.ON:
            store.save_policy(dataclasses.replace(store.policy, feedback=FeedbackPolicy.ON))
        return not store.members()

    def acquainted(store: SqlStore, _: dt.datetime) -> None:
        """The story begins when the bot has been there for a while."""
        for member in store.members():
            store.save_member(dataclasses.replace(member, welcomed=True))

    if transactions.write_here(workspace, begin):
        import_file(
            transactions,
            workspace,
            CSV,
            reviewed=reviewed,
            default_zone=settings.timezone,
            default_country="US",
            admins=settings.admins,
        )
        if reviewed:
            transactions.write_here(workspace, acquainted)
    refresh_looks(transactions, workspace)
    remember(database, clock)
    return database, clock, settings


def _remembered(database: Database) -> dt.datetime | None:
    with database.reading() as conn:
        found: dt.datetime | None = conn.scalar(sa.select(_last_seen.c.at))
        return found


def remember(database: Database, clock: Clock) -> None:
    """Keep what time it is in the demo, for the next start; never an earlier one than was kept before."""
    with database.writing() as conn:
        now, kept = clock(), conn.scalar(sa.select(_last_seen.c.at))
        if kept is None:
            conn.execute(sa.insert(_last_seen).values(id=1, at=now))
        elif kept < now:
            conn.execute(sa.update(_last_seen).values(at=now))


def dialects() -> Mapping[str, Callable[[Message], object]]:
    """What the page shows of any message: the JSON that other chats would be sent."""
    return {
        "Slack Block Kit": lambda view: dataclasses.asdict(slack.message(view)),
        "Teams Adaptive Card": teams.message,
    }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A demo that is wired but not started: its parts, and the page they are served on."""

    running: Running
    mover: ClockMover
    app: web.Application
    settings: Settings
    smtp: SmtpUrl

    async def examined(self) -> str:
        """The last line of what `followup doctor` would say of it."""
        return summary(await examine_demo(self.settings, self.running.transactions.database, self.smtp))


@contextlib.asynccontextmanager
async def opened(url: str, smtp: SmtpUrl | None = None) -> AsyncIterator[Demo]:
    """The demo over this database, with its mail sink listening; all of it closed afterwards.

    `smtp`: another mail server than the sink.
    """
    async with contextlib.AsyncExitStack() as closing:
        database, clock, settings = await asyncio.to_thread(prepare, url)
        closing.callback(database.close)
        arrived: list[Callable[[ReceivedMail], Awaitable[None]]] = []

        async def received(mail: ReceivedMail) -> None:
            for keep in arrived:
                await keep(mail)

        sink = MailSink(received)
        closing.push_async_callback(sink.stop)
        own = parse_smtp_url(f"smtp://127.0.0.1:{await sink.start()}?starttls=never")
        bell = Bell()
        chat = PlaygroundChat(database, clock, bell)
        running = wire(settings, database, clock, {chat.name: chat}, smtp or own)
        closing.callback(running.transactions.close)
        closing.callback(remember, database, clock)
        # Here too: whatever arrives is written down, so nothing may arrive once that has been closed.
        closing.push_async_callback(sink.stop)
        mover = ClockMover(
            running.transactions, running.runner, clock, moved=lambda: remember(database, clock)
        )
        playground = Playground(
            transactions=running.transactions, mover=mover, workspace=running.workspace, bell=bell
        )
        arrived.append(playground.received)
        await playground.start()
        await running.transactions.write(running.workspace, history.remember)
        app = make_app(running)
        mount(app, playground, dialects())
        remembering = asyncio.create_task(_keep_remembering(running.transactions, clock))
        closing.push_async_callback(_ended, remembering)
        yield Demo(running=running, mover=mover, app=app, settings=settings, smtp=smtp or own)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def run(url: str, port: int) -> None:
    """Everything the demo needs, until Ctrl-C."""
    async with opened(url) as demo:

        async def started() -> None:
            await demo.running.runner.settle(demo.running.workspace)
            address = f"http://127.0.0.1:{port}"
            say(f"Followup is running at {address}  (Ctrl-C ends it; make demo FRESH=1 starts over)")
            say(f"followup doctor: {await demo.examined()}")
            if os.environ.get("BROWSER", "") != "none":
                await asyncio.to_thread(webbrowser.open, address)

        await until_stopped(demo.running, demo.app, "127.0.0.1", port, started=started)


async def _keep_remembering(transactions: Transactions, clock: Clock) -> None:
    while True:
        await asyncio.sleep(REMEMBER_EVERY_S)
        await transactions.hop(lambda: remember(transactions.database, clock))
