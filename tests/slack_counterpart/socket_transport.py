"""Socket Mode: the app has called us, and envelopes go down its WebSockets (up to ten)."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import uuid
from typing import Any

from aiohttp import WSMsgType, web

from tests.slack_counterpart.installs import Installs
from tests.slack_counterpart.teams import APP, Json
from tests.slack_counterpart.transport import Ack, Kind, Retry, Unreached

MOST = 10


@dataclasses.dataclass(eq=False)
class Connection:
    """One WebSocket of the app; `transport` to cut it."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    gone: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)


class SocketTransport:
    """`envelopes`: everything that was sent. `acks`: all that came back. `connections`: those in use.

    patience: seconds the app has to acknowledge.
    """

    def __init__(self, installs: Installs, patience: float) -> None:
        self._installs = installs
        self._patience = patience
        self._acks: dict[str, asyncio.Future[Ack]] = {}
        self._changed = asyncio.Event()
        self._last: Connection | None = None
        self._open: set[Connection] = set()
        self.connections: list[Connection] = []
        self.envelopes: list[Json] = []
        self.acks: list[Ack] = []

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        for connection in self._open:
            connection.transport.abort()

    # -- the app's side of the line --------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if not self._installs.tear(request.query.get("ticket", "")):
            return web.Response(status=404)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.connections) >= MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        assert isinstance(request.transport, asyncio.Transport)
        connection = Connection(socket, request.transport)
        self.connections.append(connection)
        self._open.add(connection)
        try:
            await socket.send_json(self._hello())
            self._tell()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(json.loads(message.data))
        except ConnectionError:
            pass
        finally:
            self._open.discard(connection)
            connection.gone.set()
            self._retire(connection)
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "applink-counterpart", "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP},
        }

    def _retire(self, connection: Connection) -> None:
        """Send nothing down this one any more."""
        if connection in self.connections:
            self.connections.remove(connection)
        self._tell()

    def _tell(self) -> None:
        before, self._changed = self._changed, asyncio.Event()
        before.set()

    def _heard(self, said: Json) -> None:
        waiting = self._acks.get(said.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            payload = said.get("payload")
            waiting.set_result(Ack(200, json.dumps(payload) if payload else ""))

    # -- ours ------------------------------------------------------------------------------------------------

    async def connected(self, count: int = 1) -> None:
        """Wait until the app has so many connections."""
        try:
            async with asyncio.timeout(self._patience):
                while len(self.connections) != count:
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"The app has {len(self.connections)} connections, not {count}.") from None

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Ack:
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind == "slash_commands" or payload.get("type") == "view_submission",
        }
        if kind == "events_api":
            number, reason = (retry.number, retry.reason) if retry else (0, "")
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        return await self._send(envelope)

    async def replay(self, number: int, **changed: Any) -> Ack:
        """Send an envelope again, under its own id, but for what is given."""
        return await self._send({**self.envelopes[number], **changed})

    async def _send(self, envelope: Json) -> Ack:
        self.envelopes.append(envelope)
        connection = await self._connection(wait=envelope["type"] == "events_api")
        waiting: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._acks[envelope["envelope_id"]] = waiting
        gone = asyncio.create_task(connection.gone.wait())
        either: set[asyncio.Future[Any]] = {waiting, gone}
        try:
            with contextlib.suppress(ConnectionError):
                await connection.socket.send_json(envelope)
            await asyncio.wait(either, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                self.acks.append(waiting.result())
                return self.acks[-1]
            why = "the connection was lost" if gone.done() else f"no ack within {self._patience:g} s"
            raise Unreached("connection_failed" if gone.done() else "timeout", why)
        finally:
            gone.cancel()
            self._acks.pop(envelope["envelope_id"], None)

    async def _connection(self, *, wait: bool) -> Connection:
        """The next one in turn. An event waits for the app to come back, a click fails at once."""
        if not self.connections and wait:
            with contextlib.suppress(AssertionError):
                await self.connected()
        if not self.connections:
            raise Unreached("connection_failed", "no ack: the app has no open connection")
        known = self._last in self.connections
        at = (self.connections.index(self._last) + 1) % len(self.connections) if known and self._last else 0
        self._last = self.connections[at]
        return self._last

    async def disconnect(self, reason: str = "refresh_requested") -> Connection:
        """Ask the oldest connection to go: refresh_requested or link_disabled; or give it a `warning`.

        But for a warning it is used no more. Slack cuts it some seconds later: see `cut`.
        """
        oldest = self.connections[0]
        said = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-counterpart"}}
        await oldest.socket.send_json(said)
        if reason != "warning":
            self._retire(oldest)
        return oldest

    def cut(self, connection: Connection | None = None) -> None:
        """Drop a connection without a word; by default the oldest."""
        (connection or self.connections[0]).transport.abort()
