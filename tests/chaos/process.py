"""One process of the bot, as `followup worker` runs it, that may kill itself at a named step."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import TypeVar

import aiohttp

from adapters.deliverer import Deliverer
from adapters.mail.smtp import MailerPool, SmtpMailer, parse_smtp_url
from adapters.runner import Runner
from adapters.serving import until_stopped
from adapters.transactions import Clock, Transactions
from adapters.wiring import Running, set_up_logs
from benchmarks.company import NOW, POLICY
from bot.mail import Mailer, OutgoingMail
from storage.database import Database
from storage.store import SqlStore
from tests.chaos.chat import HttpChat

T = TypeVar("T")
LEASE_S = 15.0
FASTER = 240
"""A second here is four minutes for the bot, so that retries of hours are seen. Leases stay as they are."""
STEPS = (
    "claimed",
    "recipient accepted",
    "sending is committed",
    "server has replied",
    "outcome is committed",
    "message is being posted",
    "message is posted",
)
MAILERS = 6


class Death:
    """Comes at the `count`th time that `step` is reached."""

    def __init__(self, step: str, count: int) -> None:
        self._step = step
        self._left = count

    def at(self, step: str) -> None:
        if step == self._step:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class FastClock(Clock):
    """The same instant in every process, and quicker than the real one."""

    def __init__(self, epoch: float) -> None:
        super().__init__()
        self._epoch = epoch

    def __call__(self) -> dt.datetime:
        return NOW + dt.timedelta(seconds=(time.time() - self._epoch) * FASTER)


class DyingMailer(Mailer):
    def __init__(self, mailer: Mailer, death: Death) -> None:
        self._mailer = mailer
        self._death = death

    async def send(self, mail: OutgoingMail, before_data: Callable[[], Awaitable[bool]]) -> str:
        self._death.at("claimed")

        async def around() -> bool:
            self._death.at("recipient accepted")
            may = await before_data()
            self._death.at("sending is committed")
            return may

        reply = await self._mailer.send(mail, around)
        self._death.at("server has replied")
        return reply

    async def close(self) -> None:
        await self._mailer.close()


class DyingTransactions(Transactions):
    death: Death

    async def write_outcome(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        done = await super().write_outcome(workspace, work)
        self.death.at("outcome is committed")
        return done


class DyingChat(HttpChat):
    death: Death

    async def _call(self, what: str, which: str) -> str:
        self.death.at("message is being posted")
        said = await super()._call(what, which)
        self.death.at("message is posted")
        return said


async def run(
    url: str,
    smtp_port: int,
    chat_url: str,
    epoch: float,
    death: Death,
    started: Callable[[], Awaitable[None]],
) -> None:
    clock = FastClock(epoch)
    database = Database(url, POLICY, clock=clock, hints=True)
    transactions = DyingTransactions(database, clock)
    transactions.death = death
    smtp = parse_smtp_url(f"smtp://127.0.0.1:{smtp_port}?starttls=never")
    mailers = (
        SmtpMailer(
            smtp,
            clock,
            local_hostname=f"bot{os.getpid()}",
            connect_timeout=1,
            command_timeout=1,
            data_timeout=1.5,
        )
        for _ in range(MAILERS)
    )
    async with aiohttp.ClientSession() as session:
        chat = DyingChat(chat_url, session)
        chat.death = death
        deliverer = Deliverer(
            transactions, DyingMailer(MailerPool(mailers), death), {chat.name: chat}, lease_s=LEASE_S
        )
        running = Running(
            transactions=transactions,
            deliverer=deliverer,
            runner=Runner(transactions, deliverer),
            clock=clock,
            workspace=uuid.UUID(int=0),
        )
        await until_stopped(running, None, "", 0, started=started)
    transactions.close()


def begin(
    url: str, smtp_port: int, chat_url: str, epoch: float, step: str, count: int, log: str, ready: Connection
) -> None:
    """What the new process does; it says through `ready` that it runs."""
    with open(log, "a") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    set_up_logs("json")

    async def say_so() -> None:
        ready.send(True)

    asyncio.run(run(url, smtp_port, chat_url, epoch, Death(step, count), say_so))
