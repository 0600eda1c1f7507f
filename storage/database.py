"""The database: opens transactions, one workspace each, on SQLite or PostgreSQL."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.changes import Overtaken
from bot.errors import Sentence
from bot.policy import Policy
from storage.hints import hint, hints
from storage.store import SqlStore
from storage.tables import due, lanes, workspaces
from storage.transaction import MAIL_LANE, Done
from storage.trouble import clashes, keep_values_out

T = TypeVar("T")

BUSY_S = 10
"""How long a writer waits for another one on SQLite, where nothing else is said."""

MAIL_IN_FLIGHT = 4

_TRIES = 3
ANSWERS_IN_S = 10
"""How long a PostgreSQL that does not answer is waited for, when connecting, for a reply and for a lock."""
LONGEST_STATEMENT_S = 60
SHARED_LOCK_MS = 100
"""How long writes that share a commit wait for a lock. Less than PostgreSQL takes to notice that two
transactions wait for each other (`deadlock_timeout`, a second)."""


class DatabaseUrlRefused(Sentence):
    """FOLLOWUP_DATABASE_URL names no database that can be used; the text says why."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Database:
    """One database. May be shared between threads; every transaction has a connection of its own."""

    def __init__(
        self,
        url: str,
        policy: Policy,
        *,
        connections: int = 5,
        busy_s: float = BUSY_S,
        clock: Callable[[], dt.datetime] = _utc_now,
        hints: bool = False,
    ) -> None:
        """Open nothing yet; the schema is `storage.schema`'s.

        `url`: `sqlite:///FILE` or `postgresql://…`. `policy`: what holds where a workspace has not set
        anything else. `connections`: at most so many at a time. `busy_s`: how long a writer waits for
        another one (SQLite). `clock`: stamps audit entries.
        `hints`: whether other processes are told at once that something is due (PostgreSQL); without it
        they find it at their next look. Raises `DatabaseUrlRefused`.
        """
        self.connections = connections
        self.engine = _engine(url, connections, busy_s)
        self._reading = self.engine.execution_options(postgresql_readonly=True)
        self._policy = policy
        self._clock = clock
        self.hints = hints and not self.takes_turns

    @property
    def file(self) -> Path | None:
        """Where an SQLite database is kept; None on PostgreSQL."""
        return sqlite_file(self.engine.url)

    @property
    def takes_turns(self) -> bool:
        """Whether there is one writer at a time (SQLite)."""
        return self.engine.dialect.name == "sqlite"

    def write(
        self,
        workspace: uuid.UUID,
        work: Callable[[SqlStore], T],
        committed: Callable[[Sequence[Done]], None] | None = None,
        *,
        lock_ms: int | None = None,
    ) -> T:
        """Do `work` in one transaction and commit it; any exception rolls all of it back.

        `committed` is told afterwards what was done. `lock_ms`: how long a lock that somebody else holds is
        waited for on PostgreSQL, where not as long as ever.

        On PostgreSQL, where two transactions stand in each other's way or write the same key (two newcomers
        with one email address), `work` may be called again from the start. Raises `Overtaken` where the work
        was half done when somebody proved to be quicker, even if `work` caught that itself.
        """
        for left in reversed(range(_TRIES)):
            try:
                with self.writing(lock_ms) as conn:
                    result, done = self._work_in(conn, workspace, work)
            except sa.exc.DBAPIError as error:
                if not left or not clashes(error):
                    raise
            else:
                if committed is not None and done:
                    committed(done)
                return result
        raise AssertionError

    def write_together(
        self, works: Iterable[tuple[uuid.UUID, Callable[[SqlStore], T]]]
    ) -> list[tuple[T, Sequence[Done]]]:
        """Do several, each in its workspace, in one transaction; any exception rolls all of them back.

        Each one's result, and what was done. Raises as `write` does, and calls nothing again. A lock that
        somebody else holds is waited for only shortly: the others wait as well, and hold locks.
        """
        with self.writing(SHARED_LOCK_MS) as conn:
            return [self._work_in(conn, workspace, work) for workspace, work in works]

    def _work_in(
        self, conn: sa.Connection, workspace: uuid.UUID, work: Callable[[SqlStore], T]
    ) -> tuple[T, Sequence[Done]]:
        store = self._store(conn, workspace)
        result = work(store)
        if store.spoiled:
            raise Overtaken("Somebody was quicker.")
        if store.flush() and self.hints:
            hint(conn)
        return result, store.done

    def read(self, workspace: uuid.UUID, work: Callable[[SqlStore], T]) -> T:
        """Do `work` in one transaction that keeps nothing."""
        with self.reading() as conn:
            return work(self._store(conn, workspace))

    def _store(self, conn: sa.Connection, workspace: uuid.UUID) -> SqlStore:
        return SqlStore(conn, workspace, self._policy, self._clock, turns=self.takes_turns)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that reads alone; by itself for what belongs to no workspace."""
        with self._reading.connect() as conn:
            if self.takes_turns:
                conn.exec_driver_sql("BEGIN DEFERRED")
            yield conn

    @contextlib.contextmanager
    def writing(self, lock_ms: int | None = None) -> Iterator[sa.Connection]:
        """A transaction, committed at its end; by itself for what belongs to no workspace."""
        with self.engine.begin() as conn:
            if self.takes_turns:
                conn.exec_driver_sql("BEGIN IMMEDIATE")
            elif lock_ms is not None:
                conn.exec_driver_sql(f"SET LOCAL lock_timeout = '{lock_ms}ms'")
            yield conn

    def workspaces(self) -> tuple[uuid.UUID, ...]:
        """All workspaces, oldest first."""
        with self.reading() as conn:
            return tuple(
                conn.scalars(sa.select(workspaces.c.id).order_by(workspaces.c.created_at, workspaces.c.id))
            )

    def create_workspace(self, name: str, now: dt.datetime) -> uuid.UUID:
        """A new workspace: its row, its due instant, its mail lane."""
        with self.writing() as conn:
            return new_workspace(conn, name, now)

    def due_at(self, now: dt.datetime) -> list[tuple[uuid.UUID, dt.datetime]]:
        """Workspaces to be looked at by `now`, longest due first: all that is read across workspaces."""
        query = sa.select(due.c.workspace_id, due.c.at).where(due.c.at <= now)
        with self.reading() as conn:
            return [(row[0], row[1]) for row in conn.execute(query.order_by(due.c.at, due.c.workspace_id))]

    def hear_hints(self, every_s: float) -> Iterator[bool]:
        """Whether one came, at least every so many seconds; for a thread of its own."""
        return hints(self.engine.url, every_s)

    def close(self) -> None:
        self.engine.dispose()


def sqlite_file(url: sa.URL) -> Path | None:
    """The file that the URL of an SQLite database names; None for any other."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def new_workspace(
    conn: sa.Connection, name: str, now: dt.datetime, settings: Mapping[str, object] | None = None
) -> uuid.UUID:
    """The same as `Database.create_workspace`, in a transaction that does more."""
    new = uuid.uuid4()
    row = {
        "id": new,
        "name": name,
        "settings": dict(settings or {}),
        "clock_offset_s": 0.0,
        "data_version": "",
        "created_at": now,
    }
    mail = {"workspace_id": new, "name": MAIL_LANE, "min_gap_s": 0.0, "max_in_flight": MAIL_IN_FLIGHT}
    conn.execute(sa.insert(workspaces), row)
    conn.execute(sa.insert(due), {"workspace_id": new, "at": None})
    conn.execute(sa.insert(lanes), mail)
    return new


_ENCODE = "Characters such as / ? # @ : % in a user name or password must be percent-encoded (@ is %40)."


def _engine(url: str, connections: int, busy_s: float) -> sa.Engine:
    if url.startswith("postgresql") and url.count("@") > 1:
        # Read on, a part of the password would be taken for the host, and be shown as such.
        raise DatabaseUrlRefused(f"FOLLOWUP_DATABASE_URL has more than one @ in it. {_ENCODE}")
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # its text quotes pieces of the URL
        raise DatabaseUrlRefused(
            "FOLLOWUP_DATABASE_URL is no database URL. Write sqlite:///followup.db or "
            f"postgresql://user:password@host:5432/name. {_ENCODE}"
        ) from None
    match parsed.drivername:
        case "sqlite":
            return _sqlite(parsed, connections, busy_s)
        case "postgresql" | "postgresql+psycopg":
            return _postgresql(parsed, connections)
        case other:
            raise DatabaseUrlRefused(
                f"FOLLOWUP_DATABASE_URL begins with {other}://; only sqlite:/// and postgresql:// are known."
            )


def _postgresql(url: sa.URL, connections: int) -> sa.Engine:
    url = url.set(drivername="postgresql+psycopg")
    try:
        engine = sa.create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            # A connection that died with its server is noticed before it is used.
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                # Whatever the server, its role or PGCLIENTENCODING would have instead.
                "client_encoding": "utf8",
                # A statement is prepared on one connection, and forgotten there at each rollback: no gain.
                # Behind a pooler the next connection may know another by its name
                # (https://www.psycopg.org/psycopg3/docs/advanced/prepare.html).
                "prepare_threshold": None,
                "connect_timeout": ANSWERS_IN_S,
                # A server that vanished without a word is noticed as well.
                "keepalives_idle": ANSWERS_IN_S,
                "keepalives_interval": ANSWERS_IN_S // 3,
                "keepalives_count": 3,
                "tcp_user_timeout": ANSWERS_IN_S * 3000,
            },
        )
    except ModuleNotFoundError as error:
        raise DatabaseUrlRefused(
            "FOLLOWUP_DATABASE_URL names a PostgreSQL database, but its driver (psycopg 3) is not installed."
        ) from error
    keep_values_out(engine)

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: Any) -> None:
        encoding = connection.info.parameter_status("server_encoding") or "UTF8"
        if encoding != "UTF8":
            connection.close()
            raise DatabaseUrlRefused(
                f"The PostgreSQL database {url.database} keeps its text as {encoding}, in which the names of "
                "many people cannot be written. Make another one with `createdb --encoding=UTF8 "
                "--template=template0 NAME`, and name that in FOLLOWUP_DATABASE_URL."
            )
        # Whoever holds a lock for too long is said in an error, not in silence. (Poolers take no `options`.)
        connection.execute(f"SET lock_timeout = '{ANSWERS_IN_S}s'")
        connection.execute(f"SET statement_timeout = '{LONGEST_STATEMENT_S}s'")
        connection.commit()

    return engine


def _sqlite(url: sa.URL, connections: int, busy_s: float) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise DatabaseUrlRefused(
            "FOLLOWUP_DATABASE_URL must name a file: sqlite:///followup.db or sqlite:////var/lib/…."
        )
    if url.query or url.host:
        raise DatabaseUrlRefused(
            "FOLLOWUP_DATABASE_URL names an SQLite file and something beside it: there is no host, and there "
            "are no options after a question mark. Write sqlite:///followup.db or sqlite:////var/lib/…."
        )
    engine = sa.create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        # An error that reaches a log must not carry names and addresses there.
        hide_parameters=True,
        # The driver would begin transactions by itself, too late and never IMMEDIATE. `Database` begins them:
        # a listener for that would have SQLAlchemy look for listeners at every statement.
        connect_args={"timeout": busy_s, "isolation_level": None},
    )

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: Any) -> None:
        # A lost commit of "sending" would mean a second letter, hence FULL.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
