"""A signed click in Slack with its real transaction, against a bare Bolt handler with the same SQL.

Three processes: ours (the Slack adapter on SQLite), theirs (Bolt on aiohttp with its own signature check; the
statements of the same clicks replayed on bare sqlite3 in one thread), and this one, which clicks and takes
what our side says through the clicks' response_urls.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import tempfile
import time
import urllib.parse
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.access import Access
from adapters.slack.app import Slack
from adapters.slack.tokens import encode
from adapters.transactions import Transactions
from benchmarks.click import Statement
from benchmarks.company import CHAT, NOW, TENANT, Company, Digest, copy, open_database, stopped_at
from benchmarks.measure import Options, Result, ms, percentile
from benchmarks.servers import Replaying, listening, process, until_told
from bot.actions import Action, Place, Verb
from storage.database import Database
from storage.installations import Installation, Installations
from storage.tables import surfaces
from tests.ports import free_port

ROWS = 5
WARM_UP, ONE_BY_ONE, AT_ONCE, TOGETHER = 40, 60, 32, 320
ROUNDS = 4
CLICKS = WARM_UP + ROUNDS * (ONE_BY_ONE + TOGETHER)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105
PATH = "/slack/events"
PATIENCE_S = 30.0
CHANNEL, POSTED = "D1", "1.1"


def run(_: Options) -> Iterator[Result]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        company = Company(Path(folder) / "template.db")
        digests = [company.digest(ROWS) for _ in range(CLICKS)]
        workspace = company.save()
        template = Path(folder) / "template.db"
        _install(template, workspace)
        dry, ours, bare = (copy(template, Path(folder) / f"{name}.db") for name in ("dry", "ours", "bare"))
        statements = asyncio.run(_recorded(dry, workspace, digests))
        slack = free_port()
        with (
            process(_serve_ours, ours, workspace, slack) as our_port,
            process(_serve_bare, bare, statements) as port,
        ):
            one, many = asyncio.run(_measured(digests, (our_port, port), slack))
    for what, (mine, theirs), least in (
        ("p50, one client", one, None),
        ("clicks a second, 32 clients", many, 0.6),
    ):
        if least is None:
            ratio, of = mine / theirs, f"{ms(mine)} against {ms(theirs)}"
            yield Result(what=f"a signed click, {what}", ratio=ratio, most=1.5, of=of, how=_HOW)
        else:
            of = f"{mine:.0f} against {theirs:.0f} a second"
            yield Result(what=f"a signed click, {what}", ratio=mine / theirs, least=least, of=of)


_HOW = (
    f"Send update on a list of {ROWS}, synchronous=FULL; medians of {ROUNDS} rounds in turns; ours also "
    "shows the list through response_url and settles that, and the one client waits for it"
)


def _install(template: Path, workspace: uuid.UUID) -> None:
    database = open_database(template)
    Installations(database).save(
        Installation(
            chat=CHAT, tenant=TENANT, workspace=workspace, name="Acme", bot_user="U0", secret="",
            installed_at=NOW,
        )
    )  # fmt: skip
    with database.writing() as conn:
        # Where the clicks say that they happen, so that the answer goes through their response_url.
        conn.execute(sa.update(surfaces).values(address={"channel": CHANNEL, "ts": POSTED}))
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


# -- our side ---------------------------------------------------------------------------------------------


def _slack(database: Database, workspace: uuid.UUID, port: int = 1) -> tuple[Slack, Transactions]:
    """`port`: where it believes Slack to be."""
    transactions = Transactions(database, stopped_at(NOW))
    there = f"http://127.0.0.1:{port}/api/"
    access = Access(api_url=there, bot_token="xoxb-1", signing_secret=SECRET)  # noqa: S106
    return Slack(access, transactions, workspace), transactions


async def _serve_ours(line: Connection, path: Path, workspace: uuid.UUID, port: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    slack, transactions = _slack(open_database(path), workspace, port)
    app = web.Application()
    slack.mount(app)
    await until_told(line, app)
    await slack.stop()
    await slack.close()
    transactions.close()


async def _recorded(path: Path, workspace: uuid.UUID, digests: Sequence[Digest]) -> list[list[Statement]]:
    """What each click sends to the database before it is acknowledged."""
    database = open_database(path)
    sent: list[Statement] = []

    def note(_conn: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            sent.append(Statement(sql, parameters, many))

    slack, transactions = _slack(database, workspace)
    app = web.Application()
    slack.mount(app)
    async with listening(app) as port, aiohttp.ClientSession() as http:
        await _click(http, port, digests[0], "http://127.0.0.1:1/")
        await slack.background.finish()
        sa.event.listen(database.engine, "before_cursor_execute", note)
        clicks: list[list[Statement]] = [[]]
        for digest in digests[1:]:
            sent.clear()
            await _click(http, port, digest, "http://127.0.0.1:1/")
            clicks.append(list(sent))
            await slack.background.finish()
    await slack.close()
    transactions.close()
    return clicks


# -- the bare side ----------------------------------------------------------------------------------------


async def _serve_bare(line: Connection, path: Path, clicks: Sequence[Sequence[Statement]]) -> None:
    replaying = Replaying(path, clicks)

    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=TENANT)

    bolt = AsyncApp(
        signing_secret=SECRET, authorize=authorize, process_before_response=True, client=AsyncWebClient()
    )

    @bolt.action("do.1")
    async def pressed(ack: Callable[[], Awaitable[object]]) -> None:
        await replaying.next()
        await ack()

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post(PATH, events)
    await until_told(line, app)
    replaying.close()


# -- clicking ---------------------------------------------------------------------------------------------


def _body(digest: Digest, response_url: str) -> bytes:
    loop = digest.loops[0]
    assert loop.promise is not None
    where = Place(surface=digest.surface)
    token = str(Action(verb=Verb.SEND_UPDATE, loop=loop.id, promise=loop.promise.id, place=where))
    payload = {
        "type": "block_actions",
        "team": {"id": TENANT, "domain": "acme"},
        "user": {"id": digest.user, "username": digest.user, "team_id": TENANT},
        "api_app_id": "A1",
        "container": {"type": "message", "message_ts": POSTED, "channel_id": CHANNEL, "is_ephemeral": False},
        "trigger_id": uuid.uuid4().hex,
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": CHANNEL, "name": "directmessage"},
        "response_url": response_url,
        "actions": [
            {
                "type": "button", "action_id": "do.1", "block_id": "do.r1.1", "value": encode(token),
                "action_ts": "1.2",
            }
        ],
    }  # fmt: skip
    return urllib.parse.urlencode({"payload": json.dumps(payload)}).encode()


async def _click(http: aiohttp.ClientSession, port: int, digest: Digest, response_url: str) -> float:
    body, at = _body(digest, response_url), str(int(time.time()))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": SignatureVerifier(SECRET).generate_signature(timestamp=at, body=body) or "",
    }
    start = time.perf_counter()
    async with http.post(f"http://127.0.0.1:{port}{PATH}", data=body, headers=headers) as answer:
        await answer.read()
        assert answer.status == 200, answer.status
    return time.perf_counter() - start


class _Clicking:
    """Somebody, or many at once, who click on one side and then on the other."""

    def __init__(
        self, http: aiohttp.ClientSession, digests: Sequence[Digest], sides: tuple[int, int]
    ) -> None:
        self._http = http
        self._ours = sides[0]
        self._stacks = {side: iter(digests) for side in sides}
        self.url = ""
        self.shown = asyncio.Event()

    async def shows(self, _: web.Request) -> web.Response:
        """What our side says through a response_url."""
        self.shown.set()
        return web.Response(text="ok")

    async def one_by_one(self, side: int, count: int) -> float:
        """p50 in seconds; ours has shown its answer before the next click."""
        took = []
        for digest in itertools.islice(self._stacks[side], count):
            self.shown.clear()
            took.append(await _click(self._http, side, digest, self.url))
            if side == self._ours:
                await asyncio.wait_for(self.shown.wait(), PATIENCE_S)
        return percentile(took, 0.5)

    async def together(self, side: int) -> float:
        """Clicks a second."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(digest: Digest) -> None:
            async with gate:
                await _click(self._http, side, digest, self.url)

        start = time.perf_counter()
        await asyncio.gather(*(one(digest) for digest in itertools.islice(self._stacks[side], TOGETHER)))
        return TOGETHER / (time.perf_counter() - start)


async def _measured(
    digests: Sequence[Digest], sides: tuple[int, int], slack: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """p50 in seconds with one client, and clicks a second with many: ours and theirs, at these ports."""
    ours, bare = sides
    async with aiohttp.ClientSession() as http:
        clicking = _Clicking(http, digests, sides)
        sink = web.Application()
        sink.router.add_post("/", clicking.shows)
        async with listening(sink, slack) as port:
            clicking.url = f"http://127.0.0.1:{port}/"
            for side in sides:
                await clicking.one_by_one(side, WARM_UP)
            alone: dict[int, list[float]] = {side: [] for side in sides}
            crowd: dict[int, list[float]] = {side: [] for side in sides}
            for _ in range(ROUNDS):
                for side in sides:
                    alone[side].append(await clicking.one_by_one(side, ONE_BY_ONE))
                for side in sides:
                    crowd[side].append(await clicking.together(side))
    one = statistics.median(alone[ours]), statistics.median(alone[bare])
    return one, (statistics.median(crowd[ours]), statistics.median(crowd[bare]))
