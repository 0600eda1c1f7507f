"""A mail server that misbehaves exactly where it is told to, on a raw socket."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import enum
from collections.abc import Mapping
from types import TracebackType


class Stage(enum.StrEnum):
    """Where in the conversation. Named by the command that was just read, but for the four noted."""

    CONNECT = "connect"
    """Before the greeting."""
    EHLO = "ehlo"
    HELO = "helo"
    STARTTLS = "starttls"
    AUTH = "auth"
    RSET = "rset"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    """After 354 and some lines of the message."""
    DOT = "dot"
    """The message has arrived as a whole; the server may have queued it."""
    ACCEPTED = "accepted"
    """After 250 for the message was written."""
    QUIT = "quit"


@dataclasses.dataclass(frozen=True, slots=True)
class Do:
    """Say `reply` (if any), then perhaps hang, drop the line, or reset it."""

    reply: str = ""
    drop: bool = False
    reset: bool = False
    hang: bool = False


DROP = Do(drop=True)
RESET = Do(reset=True)
HANG = Do(hang=True)

_FRIENDLY = {
    Stage.CONNECT: "220 counterpart.test",
    Stage.EHLO: "250-counterpart.test\r\n250 8BITMIME",
    Stage.HELO: "250 counterpart.test",
    Stage.AUTH: "235 2.7.0 welcome",
    Stage.RSET: "250 2.0.0 reset",
    Stage.MAIL: "250 2.1.0 sender",
    Stage.RCPT: "250 2.1.5 recipient",
    Stage.DATA: "354 go on",
    Stage.DOT: "250 2.0.0 queued as 1",
    Stage.QUIT: "221 2.0.0 bye",
}

Script = Mapping[Stage, Do]


class Counterpart:
    """Follows one script a connection; once they are used up it is friendly.

    commands: what was said to it, one list a connection, verbs only.
    accepted: the messages it took, as bytes: those it answered with 250 or dropped the line on after the
        final dot (a server that queues a message and then loses the line has taken it).
    hanging: set once it hangs. wakes: set it, and what hung answers as a friendly server does, late.
    """

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.commands: list[list[str]] = []
        self.accepted: list[bytes] = []
        self._taken = asyncio.Condition()
        self.hanging = asyncio.Event()
        self.wakes = asyncio.Event()
        self.port = 0

    async def __aenter__(self) -> Counterpart:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def until_accepted(self, count: int) -> None:
        """Wait until so many messages have been taken."""
        async with self._taken:
            await self._taken.wait_for(lambda: len(self.accepted) >= count)

    async def until_all_left(self) -> None:
        """Wait until no connection is open any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        commands: list[str] = []
        self.commands.append(commands)
        script = self._scripts.pop(0) if self._scripts else {}
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._converse(reader, writer, script, commands)
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, script: Script, commands: list[str]
    ) -> None:
        await self._do(writer, script, Stage.CONNECT)
        while line := await reader.readline():
            verb = line.decode().split()[0].lower()
            commands.append(verb)
            await self._do(writer, script, Stage(verb))
            if verb == Stage.QUIT:
                return
            answer = script.get(Stage.DATA, Do("354"))
            if verb == Stage.DATA and answer.reply.startswith("354"):
                await self._message(reader, writer, script)

    async def _message(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, script: Script
    ) -> None:
        if Stage.BODY in script:
            await reader.readline()
            await self._do(writer, script, Stage.BODY)
        message = await reader.readuntil(b"\r\n.\r\n")
        answer = script.get(Stage.DOT, Do("250"))
        if not answer.reply or answer.reply.startswith("250"):
            self.accepted.append(message.removesuffix(b".\r\n"))
            async with self._taken:
                self._taken.notify_all()
        await self._do(writer, script, Stage.DOT)
        if Stage.ACCEPTED in script:
            await self._do(writer, script, Stage.ACCEPTED)

    async def _do(self, writer: asyncio.StreamWriter, script: Script, stage: Stage) -> None:
        do = script.get(stage, Do(_FRIENDLY.get(stage, "")))
        if do.reply:
            writer.write(do.reply.encode() + b"\r\n")
            await writer.drain()
        if do.hang:
            self.hanging.set()
            await self.wakes.wait()
            writer.write(_FRIENDLY.get(stage, "").encode() + b"\r\n")
        if do.reset:
            writer.transport.abort()
        if do.drop:
            writer.close()
        if do.drop or do.reset:
            raise ConnectionAbortedError
