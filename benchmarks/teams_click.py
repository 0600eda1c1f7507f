"""An authenticated Action.Execute in Teams with its real transaction, against a bare activity handler.

Three processes: ours (the Teams adapter on SQLite), theirs (an ActivityHandler of botbuilder behind aiohttp,
which checks the same token with PyJWT and keeps its key; the statements of the same clicks replayed on bare
sqlite3 in one thread), and this one, which clicks, and stands for Microsoft: keys, token, connector.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import sqlalchemy as sa
import structlog
from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.core.adapters import TestAdapter
from botbuilder.schema import Activity, InvokeResponse
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from adapters.teams.access import Access
from adapters.teams.answers import card
from adapters.teams.app import Teams
from adapters.transactions import Transactions
from benchmarks.click import Statement
from benchmarks.company import NOW, Company, Digest, copy, open_database, stopped_at
from benchmarks.measure import Options, Result, ms, percentile
from benchmarks.servers import Replaying, listening, process, until_told
from bot.actions import Action, Place, Verb
from storage.database import Database
from storage.tables import identities, surfaces
from tests.ports import free_port

ROWS = 5
WARM_UP, ONE_BY_ONE, AT_ONCE, TOGETHER = 40, 60, 32, 320
ROUNDS = 4
CLICKS = WARM_UP + ROUNDS * (ONE_BY_ONE + TOGETHER)
APP_ID, TENANT = "7d1c1a6e-3a4f-4f0a-9b51-0c3b3f5f7c11", "2f0f9f0e-6c7e-4d39-8a0e-5b1f6f1f2a10"
ISSUER, PATH = "https://api.botframework.com", "/api/messages"
PATIENCE_S = 30.0


def run(_: Options) -> Iterator[Result]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        company = Company(template)
        digests = [company.digest(ROWS) for _ in range(CLICKS)]
        workspace = company.save()
        microsoft = Microsoft(free_port())
        _move_to_teams(template, microsoft.service_url)
        names = ("dry", "ours", "bare")
        dry, ours, bare = (copy(template, Path(folder) / f"{name}.db") for name in names)
        statements = asyncio.run(_recorded(dry, workspace, digests, microsoft))
        with (
            process(_serve_ours, ours, workspace, microsoft.base) as our_port,
            process(_serve_bare, bare, statements, json.dumps(microsoft.jwk)) as port,
        ):
            one, many = asyncio.run(_measured(digests, our_port, port, microsoft))
    ratio, of = one[0] / one[1], f"{ms(one[0])} against {ms(one[1])}"
    yield Result(what="an Action.Execute, p50, one client", ratio=ratio, most=1.5, of=of, how=_HOW)
    ratio, of = many[0] / many[1], f"{many[0]:.0f} against {many[1]:.0f} a second"
    yield Result(what="an Action.Execute, clicks a second, 32 clients", ratio=ratio, least=0.6, of=of)


_HOW = (
    f"Send update on a list of {ROWS}, synchronous=FULL; medians of {ROUNDS} rounds in turns; ours also "
    "edits the message through the connector and settles that, and the one client waits for it"
)


class Microsoft:
    """Keys, a token for whoever asks, and a connector that takes everything. `shown` is set at each edit."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        self.service_url = f"{self.base}/teams/"
        self.shown = asyncio.Event()
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(RSAAlgorithm.to_jwk(key.public_key()))
        self.jwk = {**public, "kid": "k1", "use": "sig", "endorsements": ["msteams"]}
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": APP_ID, "serviceurl": self.service_url, "nbf": now, "exp": now + 7200}
        self.token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k1"})

    def app(self) -> web.Application:
        self.shown = asyncio.Event()
        app = web.Application()
        app.router.add_get(
            "/openid", lambda _: self._said({"issuer": ISSUER, "jwks_uri": f"{self.base}/keys"})
        )
        app.router.add_get("/keys", lambda _: self._said({"keys": [self.jwk]}))
        app.router.add_post(
            "/login/{rest:.*}", lambda _: self._said({"access_token": "t", "expires_in": 7200})
        )
        app.router.add_put("/teams/{rest:.*}", self._edited)
        return app

    async def _said(self, body: Any) -> web.Response:
        return web.json_response(body)

    async def _edited(self, request: web.Request) -> web.Response:
        await request.read()
        self.shown.set()
        return web.json_response({"id": "1"})


def _message(user: str) -> str:
    return f"m-{user}"


def _move_to_teams(template: Path, service_url: str) -> None:
    """The company of the other benchmarks sits in Slack."""
    database = open_database(template)
    with database.writing() as conn:
        users = {}
        for row in conn.execute(
            sa.select(identities.c.id, identities.c.member_id, identities.c.user_id)
        ).all():
            users[row.member_id] = row.user_id
            change = sa.update(identities).where(identities.c.id == row.id)
            address = _address(row.user_id, service_url)
            conn.execute(change.values(chat="teams", tenant=TENANT, address=address))
        for row in conn.execute(sa.select(surfaces.c.id, surfaces.c.member_id)).all():
            user = users[row.member_id]
            where = {"service_url": service_url, "conversation": f"a:{user}", "activity": _message(user)}
            conn.execute(
                sa.update(surfaces).where(surfaces.c.id == row.id).values(chat="teams", address=where)
            )
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _address(user: str, service_url: str) -> dict[str, str]:
    known = {"tenant": TENANT, "user": user, "bot": f"28:{APP_ID}", "service_url": service_url}
    return {**known, "conversation": f"a:{user}"}


# -- our side ---------------------------------------------------------------------------------------------


def _teams(database: Database, workspace: uuid.UUID, base: str) -> tuple[Teams, Transactions]:
    transactions = Transactions(database, stopped_at(NOW))
    access = Access(
        app_id=APP_ID, tenant=TENANT, password="s", openid_url=f"{base}/openid",  # noqa: S106
        login_url=f"{base}/login/", allow=(base,),
    )  # fmt: skip
    return Teams(access, transactions, workspace), transactions


async def _serve_ours(line: Connection, path: Path, workspace: uuid.UUID, base: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    teams, transactions = _teams(open_database(path), workspace, base)
    app = web.Application()
    teams.mount(app)
    await until_told(line, app)
    await teams.stop()
    await teams.close()
    transactions.close()


async def _recorded(
    path: Path, workspace: uuid.UUID, digests: Sequence[Digest], microsoft: Microsoft
) -> list[list[Statement]]:
    """What each click sends to the database before it is answered."""
    database = open_database(path)
    sent: list[Statement] = []

    def note(_conn: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            sent.append(Statement(sql, parameters, many))

    teams, transactions = _teams(database, workspace, microsoft.base)
    app = web.Application()
    teams.mount(app)
    async with (
        listening(microsoft.app(), microsoft.port),
        listening(app) as port,
        aiohttp.ClientSession() as http,
    ):
        await _click(http, port, digests[0], microsoft)
        await teams.background.finish(PATIENCE_S)
        sa.event.listen(database.engine, "before_cursor_execute", note)
        clicks: list[list[Statement]] = [[]]
        for digest in digests[1:]:
            sent.clear()
            await _click(http, port, digest, microsoft)
            clicks.append(list(sent))
            await teams.background.finish(PATIENCE_S)
        await teams.close()
    transactions.close()
    return clicks


# -- the bare side ----------------------------------------------------------------------------------------


class _Bare(ActivityHandler):  # type: ignore[misc]
    def __init__(self, replaying: Replaying) -> None:
        self._replaying = replaying

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        await self._replaying.next()
        shown = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Done."}]}
        turn_context.turn_state["answer"] = InvokeResponse(status=200, body=card(shown))


async def _serve_bare(line: Connection, path: Path, clicks: Sequence[Sequence[Statement]], jwk: str) -> None:
    replaying = Replaying(path, clicks)
    handler, adapter, key = _Bare(replaying), TestAdapter(), jwt.PyJWK(json.loads(jwk), algorithm="RS256")

    async def messages(request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        jwt.decode(token, key, algorithms=["RS256"], audience=APP_ID, issuer=ISSUER)
        context = TurnContext(adapter, Activity().deserialize(await request.json()))
        await adapter.run_pipeline(context, handler.on_turn)
        answer = context.turn_state["answer"]
        return web.json_response(answer.body, status=answer.status)

    app = web.Application()
    app.router.add_post(PATH, messages)
    await until_told(line, app)
    replaying.close()


# -- clicking ---------------------------------------------------------------------------------------------


def _activity(digest: Digest, microsoft: Microsoft) -> dict[str, Any]:
    loop = digest.loops[0]
    assert loop.promise is not None
    where = Place(surface=digest.surface)
    token = str(Action(verb=Verb.SEND_UPDATE, loop=loop.id, promise=loop.promise.id, place=where))
    action = {"type": "Action.Execute", "verb": "followup", "data": {"do": token}}
    return {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "id": f"f:{uuid.uuid4()}",
        "timestamp": "2026-03-03T08:31:00.123Z",
        "serviceUrl": microsoft.service_url,
        "channelId": "msteams",
        "from": {"id": f"29:{digest.user}", "name": "Somebody", "aadObjectId": digest.user},
        "conversation": {"conversationType": "personal", "tenantId": TENANT, "id": f"a:{digest.user}"},
        "recipient": {"id": f"28:{APP_ID}", "name": "Followup"},
        "channelData": {"tenant": {"id": TENANT}},
        "replyToId": _message(digest.user),
        "value": {"action": action, "trigger": "manual"},
    }


async def _click(http: aiohttp.ClientSession, port: int, digest: Digest, microsoft: Microsoft) -> float:
    body = _activity(digest, microsoft)
    headers = {"Authorization": f"Bearer {microsoft.token}"}
    start = time.perf_counter()
    async with http.post(f"http://127.0.0.1:{port}{PATH}", json=body, headers=headers) as answer:
        said = await answer.json()
        assert said["type"].endswith("card.adaptive"), said
    return time.perf_counter() - start


async def _one_by_one(
    http: aiohttp.ClientSession, port: int, digests: Sequence[Digest], microsoft: Microsoft, *, edits: bool
) -> float:
    """p50 in seconds; ours has edited the message before the next click."""
    took = []
    for digest in digests:
        microsoft.shown.clear()
        took.append(await _click(http, port, digest, microsoft))
        if edits:
            await asyncio.wait_for(microsoft.shown.wait(), PATIENCE_S)
    return percentile(took, 0.5)


async def _together(
    http: aiohttp.ClientSession, port: int, digests: Sequence[Digest], microsoft: Microsoft
) -> float:
    """Clicks a second."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(digest: Digest) -> None:
        async with gate:
            await _click(http, port, digest, microsoft)

    start = time.perf_counter()
    await asyncio.gather(*map(one, digests))
    return len(digests) / (time.perf_counter() - start)


async def _measured(
    digests: Sequence[Digest], ours: int, bare: int, microsoft: Microsoft
) -> tuple[tuple[float, float], tuple[float, float]]:
    """p50 in seconds with one client, and clicks a second with many: ours and theirs."""
    sides = ours, bare
    stacks = {side: iter(digests) for side in sides}

    def some(side: int, count: int) -> list[Digest]:
        return list(itertools.islice(stacks[side], count))

    alone: dict[int, list[float]] = {side: [] for side in sides}
    crowd: dict[int, list[float]] = {side: [] for side in sides}
    async with listening(microsoft.app(), microsoft.port), aiohttp.ClientSession() as http:
        for side in sides:
            await _one_by_one(http, side, some(side, WARM_UP), microsoft, edits=side == ours)
        for _ in range(ROUNDS):
            for side in sides:
                batch = some(side, ONE_BY_ONE)
                alone[side].append(await _one_by_one(http, side, batch, microsoft, edits=side == ours))
            for side in sides:
                crowd[side].append(await _together(http, side, some(side, TOGETHER), microsoft))
    one = statistics.median(alone[ours]), statistics.median(alone[bare])
    return one, (statistics.median(crowd[ours]), statistics.median(crowd[bare]))
