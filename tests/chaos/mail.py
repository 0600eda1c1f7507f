"""A mail server in a bad mood: at any stage it may refuse, hang, or hang up. It remembers what it did."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import enum
import random


class End(enum.StrEnum):
    """How a conversation about one letter ended, as the server saw it."""

    REFUSED = "refused"
    """It said no, with a code."""
    BEFORE = "over before DATA"
    CUT = "cut between DATA and the reply"
    """Nobody who sent it can know more than that."""
    TAKEN = "taken, and 250 was said"


@dataclasses.dataclass(slots=True)
class Letter:
    """What happened to the letters to one address."""

    taken: int = 0
    """How often the message arrived as a whole and was not refused."""
    ends: list[tuple[End, int]] = dataclasses.field(default_factory=list)
    """And the process that had sent it."""


@dataclasses.dataclass(slots=True)
class _Now:
    """The conversation about one letter, as far as it has come."""

    process: int = 0
    to: str = ""
    data: bool = False
    replied: bool = False


class _Gone(Exception):
    """We hang up."""


REFUSALS = {
    "greeting": ("421 4.3.2 closing", "554 5.3.2 no service"),
    "mail": ("421 4.3.2 closing", "451 4.3.0 local error", "535 5.7.8 credentials"),
    "rcpt": ("450 4.2.1 busy", "451 4.7.1 later", "550 5.1.1 unknown", "554 5.7.1 no"),
    "data": ("451 4.3.0 local error", "554 5.5.1 no"),
    "dot": ("421 4.3.2 closing", "451 4.3.0 try later", "550 5.7.1 content", "554 5.6.0 no"),
}


class MoodyServer:
    """`fault` is how likely it misbehaves at each stage; 0 makes it friendly."""

    def __init__(self, chance: random.Random, fault: float) -> None:
        self._chance = chance
        self.fault = fault
        self.letters: dict[str, Letter] = collections.defaultdict(Letter)
        self.faults: collections.Counter[str] = collections.Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        now = _Now()
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, _Gone):
                await self._converse(reader, writer, now)
        except asyncio.CancelledError:
            pass
        finally:
            self._ended(now)
            self._tasks.discard(task)
            writer.transport.abort()

    def _ended(self, now: _Now) -> None:
        """The letter that was talked about is over: the next one begins, or the line is gone."""
        if now.to:
            end = End.TAKEN if now.replied else End.CUT if now.data else End.BEFORE
            self.letters[now.to].ends.append((end, now.process))
        now.to, now.data, now.replied = "", False, False

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, now: _Now) -> None:
        await self._answer(writer, "greeting", "220 moody.test", now)
        while line := await reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            match verb.lower():
                case "ehlo":
                    now.process = int(rest.removeprefix("bot"))
                    await self._say(writer, "250-moody.test\r\n250 8BITMIME")
                case "rset":
                    self._ended(now)
                    await self._say(writer, "250 2.0.0 reset")
                case "mail":
                    self._ended(now)
                    await self._answer(writer, "mail", "250 2.1.0 sender", now)
                case "rcpt":
                    now.to = rest[rest.index("<") + 1 : rest.index(">")].lower()
                    await self._answer(writer, "rcpt", "250 2.1.5 recipient", now)
                case "data":
                    await self._message(reader, writer, now)
                case "quit":
                    self._ended(now)
                    await self._say(writer, "221 2.0.0 bye")
                    return
                case other:
                    raise AssertionError(f"{other} was not expected")

    async def _message(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, now: _Now) -> None:
        now.data = True
        if not await self._answer(writer, "data", "354 go on", now):
            return
        await reader.readline()
        await self._perhaps("in the middle of the message")
        await reader.readuntil(b"\r\n.\r\n")
        if self._unlucky() and self._chance.random() < 0.5:
            await self._refuse(writer, "dot", now)
            return
        self.letters[now.to].taken += 1
        await self._perhaps("after the final dot")
        now.replied = True
        await self._say(writer, "250 2.0.0 queued")
        await self._perhaps("after 250")

    async def _answer(self, writer: asyncio.StreamWriter, stage: str, reply: str, now: _Now) -> bool:
        """Whether it said yes."""
        if self._unlucky():
            if self._chance.random() < 0.6:
                await self._refuse(writer, stage, now)
                return False
            await self._cut(f"before the reply to {stage.upper()}")
        await self._say(writer, reply)
        return True

    async def _refuse(self, writer: asyncio.StreamWriter, stage: str, now: _Now) -> None:
        reply = self._chance.choice(REFUSALS[stage])
        self.faults[reply[:3]] += 1
        if now.to:
            self.letters[now.to].ends.append((End.REFUSED, now.process))
            now.to, now.data = "", False
        await self._say(writer, reply)
        if reply.startswith("421"):
            raise _Gone

    async def _perhaps(self, when: str) -> None:
        if self._unlucky():
            await self._cut(when)

    async def _cut(self, when: str) -> None:
        if self._chance.random() < 0.3:
            self.faults[f"hangs {when}"] += 1
            await asyncio.sleep(3600)
        self.faults[f"hangs up {when}"] += 1
        raise _Gone

    def _unlucky(self) -> bool:
        return self._chance.random() < self.fault

    async def _say(self, writer: asyncio.StreamWriter, reply: str) -> None:
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
