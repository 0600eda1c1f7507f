"""A mail server that delivers to a callback: the demo's mailbox, and a counterpart for tests."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable

from aiosmtpd.smtp import SMTP, Envelope, Session

_HOST = "127.0.0.1"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """One accepted message: who the envelope says it is from and to, and its bytes as they came."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes = dataclasses.field(repr=False)


class MailSink:
    """Plain SMTP on a free port of this computer, in the running event loop. No TLS, no AUTH; SMTPUTF8.

    `received` is called for each message, and awaited if it can be, before the message is answered with 250;
    if it raises, the answer is 451 and the sender keeps the message.
    """

    def __init__(self, received: Callable[[ReceivedMail], Awaitable[None] | None]) -> None:
        self._received = received
        self._server: asyncio.Server | None = None
        self._connections: list[SMTP] = []

    async def start(self) -> int:
        """Listen, and return the port."""
        if self._server is not None:
            raise RuntimeError("This sink is already listening.")
        # aiosmtpd writes every command, addresses included, to this log at INFO.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, _HOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Stop listening and close every connection. Harmless if not started."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            if isinstance(connection.transport, asyncio.WriteTransport):
                connection.transport.abort()
        self._connections.clear()
        await self._server.wait_closed()
        self._server = None

    def _connection(self) -> SMTP:
        self._connections = [one for one in self._connections if one.transport is not None]
        connection = SMTP(
            _Handler(self._received), hostname="sink.localhost", ident="sink", enable_SMTPUTF8=True
        )
        self._connections.append(connection)
        return connection


class _Handler:
    def __init__(self, received: Callable[[ReceivedMail], Awaitable[None] | None]) -> None:
        self._received = received

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        kept = self._received(
            ReceivedMail(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                raw=envelope.original_content or b"",
            )
        )
        if kept is not None:
            await kept
        return "250 2.0.0 accepted"

    async def handle_exception(self, _error: Exception) -> str:
        return "451 4.3.0 not accepted"
