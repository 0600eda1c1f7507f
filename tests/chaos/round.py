"""One round: processes are killed and the database goes away, until every letter has met its fate."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import multiprocessing
import os
import random
import signal
import time
import uuid
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import sqlalchemy as sa

from benchmarks.company import open_database
from bot.loops import LetterState
from storage.database import Database
from storage.tables import deliveries, lanes, letters
from storage.trouble import passes
from tests.chaos.chat import MoodyChat
from tests.chaos.mail import MoodyServer
from tests.chaos.office import fill
from tests.chaos.process import FASTER, STEPS, begin

SETTLED = (LetterState.SENT, LetterState.UNKNOWN, LetterState.FAILED, LetterState.CANCELLED)
LOOPS_EACH = 10
FAULT = 0.06
STOPS_WITHIN_S = 10.0
CALM_AFTER_S = 4.0
"""Once all have been killed that are to be, the counterparts calm down so that what waits can leave."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to happen."""

    letters: int
    processes: int
    kills: int
    restarts: int
    every_s: float
    """Between one blow and the next."""
    patience_s: float
    seed: int

    @property
    def within(self) -> dt.timedelta:
        """The bot's time in which all letters become due: while the blows fall, and as long again, so that
        whoever was begun last, on however slow a machine, has work on which to come to its step."""
        blows = len(STEPS) + 1 + self.kills + self.restarts
        return dt.timedelta(seconds=2 * blows * self.every_s * FASTER)


@dataclasses.dataclass(slots=True)
class Blows:
    """What did happen."""

    kills: int = 0
    own_deaths: dict[str, int] = dataclasses.field(default_factory=dict)
    dead: set[int] = dataclasses.field(default_factory=set)
    """Processes that were killed or killed themselves."""
    stops: int = 0
    restarts: int = 0
    other_ends: list[str] = dataclasses.field(default_factory=list)
    """Processes that ended otherwise than they were asked to, or not in time."""
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that the verdict needs."""

    url: str
    workspace: uuid.UUID
    server: MoodyServer
    chat: MoodyChat
    blows: Blows


@dataclasses.dataclass(eq=False, slots=True)
class _Bot:
    """A process. `step`: where it will kill itself, or ""."""

    process: BaseProcess
    step: str
    ready: Connection

    @classmethod
    def born(cls, url: str, smtp: int, chat: str, epoch: float, step: str, count: int, log: Path) -> _Bot:
        """From a process that has imported everything already, so that there is no time to die in before."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.chaos.process"])
        ours, theirs = context.Pipe()
        process = context.Process(
            target=begin, args=(url, smtp, chat, epoch, step, count, str(log), theirs), daemon=True
        )
        process.start()
        theirs.close()
        return cls(process, step, ours)

    @property
    def runs(self) -> bool:
        """It has taken up its work."""
        return self.ready.poll()


class Round:
    """`restart`: makes the database go away and come back; None where that is a file."""

    def __init__(self, url: str, plan: Plan, restart: Callable[[], None] | None, log: Path) -> None:
        self._url = url
        self._plan = plan
        self._restart = restart
        self._chance = random.Random(plan.seed)
        self._server = MoodyServer(random.Random(plan.seed + 1), FAULT)
        self._chat = MoodyChat(random.Random(plan.seed + 2), FAULT)
        self._blows = Blows()
        self._bots: list[_Bot] = []
        self._epoch = time.time()
        self._log = log
        self._database: Database = open_database(url)

    async def run(self) -> Outcome:
        workspace = await asyncio.to_thread(
            fill, self._url, self._plan.letters, LOOPS_EACH, self._plan.within
        )
        await self._server.start()
        await self._chat.start()
        started = self._epoch = time.time()
        try:
            for _ in range(self._plan.processes):
                self._begin()
            await self._strike()
            self._server.fault = self._chat.fault = 0.0
            await self._until_settled()
            await self._end_all()
        finally:
            for bot in self._bots:
                bot.process.kill()
                bot.process.join()
            await self._server.stop()
            await self._chat.stop()
            self._database.close()
        self._blows.seconds = time.time() - started
        return Outcome(self._url, workspace, self._server, self._chat, self._blows)

    # -- processes ----------------------------------------------------------------------------------------

    def _begin(self, step: str = "") -> None:
        self._bots.append(
            _Bot.born(
                self._url,
                self._server.port,
                self._chat.url,
                self._epoch,
                step,
                self._chance.randint(1, 5),
                self._log,
            )
        )

    async def _strike(self) -> None:
        """Each named step kills one process; others die at random moments or are stopped in good order."""
        blows = [*STEPS, *["random"] * self._plan.kills, "stop"]
        blows += ["restart"] * (self._plan.restarts if self._restart else 0)
        self._chance.shuffle(blows)
        for blow in blows:
            await asyncio.sleep(self._plan.every_s * self._chance.uniform(0.3, 1.0))
            if blow == "restart":
                assert self._restart is not None
                await asyncio.to_thread(self._restart)
                self._blows.restarts += 1
                continue
            victim = await self._somebody_running()
            self._bots.remove(victim)
            if blow == "stop":
                victim.process.terminate()
                await self._ends(victim, 0)
                self._blows.stops += 1
            else:
                victim.process.kill()
                await self._ends(victim, -signal.SIGKILL)
                self._blows.kills += 1
                self._blows.dead.add(victim.process.pid or 0)
            self._begin(blow if blow in STEPS else "")
        end = time.time() + CALM_AFTER_S
        while time.time() < end or any(bot.step for bot in self._bots):
            await asyncio.sleep(0.2)
            await self._replace_the_dead()
            if time.time() > end + self._plan.patience_s:
                raise AssertionError(f"Nobody came to {[bot.step for bot in self._bots if bot.step]}.")

    async def _somebody_running(self) -> _Bot:
        """One that is to die at no step of its own."""
        while True:
            await self._replace_the_dead()
            ready = [bot for bot in self._bots if bot.runs and not bot.step]
            if ready:
                return self._chance.choice(ready)
            await asyncio.sleep(0.05)

    async def _replace_the_dead(self) -> None:
        await self._mend_the_mailbox()
        for bot in list(self._bots):
            if bot.process.exitcode is None:
                continue
            self._bots.remove(bot)
            if bot.process.exitcode != -signal.SIGKILL or not bot.step:
                raise AssertionError(f"A process ended by itself with {bot.process.exitcode}.")
            self._blows.dead.add(bot.process.pid or 0)
            self._blows.own_deaths[bot.step] = self._blows.own_deaths.get(bot.step, 0) + 1
            self._begin()

    async def _end_all(self) -> None:
        for bot in self._bots:
            await asyncio.to_thread(bot.ready.poll, STOPS_WITHIN_S)
            bot.process.terminate()
        for bot in self._bots:
            await self._ends(bot, 0)

    async def _ends(self, bot: _Bot, code: int) -> None:
        """In time and with this exit code; else that is noted."""
        await asyncio.to_thread(bot.process.join, STOPS_WITHIN_S)
        found = bot.process.exitcode
        if found != code:
            how = f"did not end within {STOPS_WITHIN_S:g} s" if found is None else f"ended with {found}"
            self._blows.other_ends.append(f"process {bot.process.pid} {how} instead of with {code}")
            bot.process.kill()

    # -- the database -------------------------------------------------------------------------------------

    async def _mend_the_mailbox(self) -> None:
        """Credentials that were refused pause it for a quarter of an hour: an operator mends it at once."""

        def mend() -> None:
            try:
                with self._database.writing() as conn:
                    conn.execute(sa.update(lanes).where(lanes.c.name == "mail").values(free_at=None))
            except sa.exc.SQLAlchemyError as error:
                if not passes(error):
                    raise

        await asyncio.to_thread(mend)

    def _waiting(self) -> int:
        """Letters on their way, and what was not shown yet."""
        with self._database.reading() as conn:
            open_letters = sa.select(sa.func.count()).where(letters.c.state.not_in(SETTLED))
            left = conn.scalar(open_letters) or 0
            waits: int = conn.scalar(sa.select(sa.func.count()).select_from(deliveries)) or 0
            return left + waits

    async def _until_settled(self) -> None:
        end = time.time() + self._plan.patience_s
        while time.time() < end:
            if not await asyncio.to_thread(self._waiting):
                return
            await asyncio.sleep(0.3)
            await self._replace_the_dead()


def seed() -> int:
    return int(os.environ.get("CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
