"""`followup serve` as its own process, from an empty folder to the candidate who has been told, in Slack."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import signal
from collections.abc import AsyncIterator
from typing import Literal

import pytest

from adapters.demo import CSV
from adapters.mail.sink import MailSink, ReceivedMail
from bot.policy import Policy
from storage.database import Database
from tests.databases import Databases
from tests.ports import free_port
from tests.slack_counterpart import SlackCounterpart, SlackPerson
from tests.slack_counterpart.reading import read_message
from tests.stories.chat_stage import HALF_PAST_NINE
from tests.stories.command_line import followup, started
from tests.stories.person import SeenMessage
from tests.stories.slack_stage import halden

PATIENCE_S = 60.0


def settings(url: str, slack: SlackCounterpart, smtp: int, mode: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "COMPANY": "Halden Instruments",
        "PILOT": "*",
        "UNDO_SECONDS": "1",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp}?starttls=never",
        "MAIL_FROM": "hiring@halden.example",
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_APP_TOKEN": slack.app_token if mode == "socket" else "",
    }


async def done(*words: str, **ours: str) -> None:
    """A command that must go well."""
    ended = await asyncio.to_thread(followup, *words, **ours)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def set_clock(url: str, at: dt.datetime) -> None:
    """From now on it is this instant for whoever opens the database."""
    database = Database(url, Policy())
    (workspace,) = database.workspaces()
    seconds = (at - dt.datetime.now(dt.UTC)).total_seconds()
    database.write(workspace, lambda store: store.set_clock_offset(seconds))
    database.close()


@contextlib.asynccontextmanager
async def served(port: int, **ours: str) -> AsyncIterator[asyncio.subprocess.Process]:
    async with started("serve", "--port", str(port), **ours) as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while b"Followup is running at" not in (line := await process.stdout.readline()):
                assert line, "It ended before it was running."
        yield process


async def sees(person: SlackPerson, slack: SlackCounterpart, what: str) -> SeenMessage:
    """Wait until the person has a message in which this stands."""

    def found() -> SeenMessage | None:
        messages = (read_message(m.ts, m.blocks, m.text) for m in slack.seen_by(person.user))
        return next((message for message in messages if what in message.text), None)

    while (message := found()) is None:
        changed = await slack.changes.until(slack.changes.mark, lambda _: True, PATIENCE_S)
        assert changed, f'Nothing came that says "{what}".'
    return message


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_from_an_empty_folder_to_a_candidate_who_has_been_told(
    databases: Databases, mode: Literal["http", "socket"]
) -> None:
    letters: asyncio.Queue[ReceivedMail] = asyncio.Queue()
    sink, port, url = MailSink(letters.put), free_port(), databases.empty()
    async with SlackCounterpart(halden(), mode=mode) as slack:
        ours = settings(url, slack, await sink.start(), mode)
        await done("migrate", **ours)
        set_clock(url, HALF_PAST_NINE - dt.timedelta(seconds=20))
        await done("import", str(CSV), **ours)
        slack.app_url = f"http://127.0.0.1:{port}/slack/events"
        async with served(port, **ours) as process:
            dana = SlackPerson(slack, "dana.lee@halden.example", within=PATIENCE_S)
            ravi = SlackPerson(slack, "ravi.menon@halden.example", within=PATIENCE_S)
            assert await dana.reads() == [], "imported candidates are silent until somebody has looked"

            await ravi.types("/followup review")
            review = await sees(ravi, slack, "Tomasz")
            await ravi.clicks(next(label for label in review.buttons if "all" in label.lower()), on=review)

            await sees(dana, slack, "waiting past your promised date")
            hello, *_ = await dana.reads()
            assert hello.heading == "Hello Dana, this is Followup", "before anything is asked"
            assert "Ravi Menon, recruiting at Halden Instruments, sent me." in hello.text
            answer = await dana.presses("Send update", "Tomasz")
            assert answer.row("Tomasz").text.startswith("Tomasz gets your update in")

            letter = await asyncio.wait_for(letters.get(), PATIENCE_S)
            assert letter.recipients == ("tomasz.zielinski@example.com",)
            await sees(dana, slack, "Told Mon 23 Nov")
            assert len(await dana.lists()) == 1, "the list was edited in place"
            assert letters.empty()

            process.send_signal(signal.SIGTERM)
            out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
            assert process.returncode == 0
            assert b"Stopped." in out
            assert b"Tomasz" not in out, "no name reaches a log"
            assert b"example.com" not in out
    await sink.stop()
