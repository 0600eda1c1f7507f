"""What is known of a letter when the process must end is written down, however late it came to be known."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Awaitable, Callable

import pytest

from adapters import deliverer
from adapters.deliverer import Deliverer
from adapters.transactions import Clock, Transactions
from bot.loops import LetterState
from bot.mail import OutgoingMail
from bot.policy import Policy
from storage.database import Database
from storage.store import SqlStore
from tests.contracts.conftest import LATER, Company


class Relay:
    """Implements `bot.mail.Mailer`. `at_data`: it has the letter; `answers`: until then it says nothing."""

    def __init__(self) -> None:
        self.at_data, self.answers = asyncio.Event(), asyncio.Event()

    async def send(self, mail: OutgoingMail, before_data: Callable[[], Awaitable[bool]]) -> str:
        assert await before_data()
        self.at_data.set()
        await self.answers.wait()
        return "250 taken"

    async def close(self) -> None:
        """There is no line."""


async def test_a_letter_that_was_taken_at_the_last_moment_is_sent(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = acme.send(acme.loop())
    url = acme.database.engine.url.render_as_string(hide_password=False)
    database = Database(url.replace("+psycopg", ""), Policy(mail_from="hiring@acme.example"))
    transactions = Transactions(database, Clock(LATER - dt.datetime.now(dt.UTC)))
    relay = Relay()
    delivers = Deliverer(transactions, relay, {})
    await delivers.start_due(acme.workspace)
    await relay.at_data.wait()

    begun, goes_on = threading.Event(), threading.Event()

    def slow(_: SqlStore, __: dt.datetime) -> None:
        begun.set()
        goes_on.wait(10)

    another = asyncio.create_task(transactions.write_outcome(acme.workspace, slow))
    await asyncio.to_thread(begun.wait)
    relay.answers.set()
    await asyncio.sleep(0)  # it is taken; what became of it waits behind the other outcome

    monkeypatch.setattr(deliverer, "GRACE_S", 0.0)
    monkeypatch.setattr(deliverer, "CUT_OFF_S", 10.0)
    asyncio.get_running_loop().call_later(0.2, goes_on.set)
    await delivers.stop()
    await another
    transactions.close()
    kept = acme.read(lambda store: store.letter(letter.id))
    assert kept is not None
    assert kept.state is LetterState.SENT
