"""A click's use case, against the same SQL with the same parameters on bare sqlite3."""

from __future__ import annotations

import dataclasses
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.company import CHAT, NOW, TENANT, Company, Digest, copy, open_database
from benchmarks.measure import Options, Result, ms, spread
from bot import service
from bot.actions import Action, Place, Verb
from storage.database import Database
from storage.store import SqlStore

ROWS = 5
CLICKS = 300
WARM_UP = 20
MOST = 10
"""Statements a click, without BEGIN and COMMIT."""


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    parameters: Any
    many: bool


def run(_: Options) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "digests.db"
        company = Company(template)
        digests = [company.digest(ROWS) for _ in range(WARM_UP + CLICKS)]
        workspace = company.save()
        recorded = _recorded(open_database(copy(template, Path(folder) / "recorded.db")), workspace, digests)
        database = open_database(copy(template, Path(folder) / "ours.db"))
        bare = _bare(copy(template, Path(folder) / "bare.db"))
        ours: list[float] = []
        theirs: list[float] = []
        for digest, statements in zip(digests, recorded, strict=True):
            ours.append(click(database, workspace, digest))
            theirs.append(_replay(bare, statements))
        assert _letters(bare) == len(digests), "the replay writes"
        ours, theirs = ours[WARM_UP:], theirs[WARM_UP:]
        most = max(len(statements) for statements in recorded)
        database.close()
        bare.close()
    yield Result(
        what=f"a click's use case ({ROWS} rows) against its SQL on bare sqlite3",
        ratio=statistics.median(ours) / statistics.median(theirs),
        most=2,
        of=f"{spread(ours)}; bare p50 {ms(statistics.median(theirs))}",
        how=f"Send update with its commit, synchronous=FULL, one thread; {CLICKS} clicks and "
        "as many replays, in turns",
    )
    yield Result(what="statements a click, against the most allowed", ratio=most / MOST, most=1, of=f"{most}")


def click(database: Database, workspace: uuid.UUID, digest: Digest, place: int = 0) -> float:
    """Seconds of one Send update on the digest, as a chat adapter has it done; commit included."""
    loop = digest.loops[place]
    assert loop.promise is not None
    where = Place(surface=digest.surface)
    action = str(Action(verb=Verb.SEND_UPDATE, loop=loop.id, promise=loop.promise.id, place=where))

    def work(store: SqlStore) -> None:
        member = store.member_by_identity(CHAT, TENANT, digest.user)
        assert member is not None
        service.clicked(store, NOW, member, action)

    start = time.perf_counter()
    database.write(workspace, work)
    return time.perf_counter() - start


def _recorded(database: Database, workspace: uuid.UUID, digests: list[Digest]) -> list[list[Statement]]:
    """What each click sends to the database, with the parameters as the driver gets them."""
    sent: list[Statement] = []

    def note(_conn: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if not sql.startswith("BEGIN"):
            sent.append(Statement(sql, parameters, many))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    clicks = []
    for digest in digests:
        sent.clear()
        click(database, workspace, digest)
        clicks.append(list(sent))
    database.close()
    return clicks


def _bare(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        conn.execute(f"PRAGMA {pragma}")
    return conn


def _replay(conn: sqlite3.Connection, statements: list[Statement]) -> float:
    start = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    for one in statements:
        if one.many:
            conn.executemany(one.sql, one.parameters)
        else:
            conn.execute(one.sql, one.parameters).fetchall()
    conn.execute("COMMIT")
    return time.perf_counter() - start


def _letters(conn: sqlite3.Connection) -> int:
    count: int = conn.execute("SELECT count(*) FROM letters").fetchone()[0]
    return count
