"""Databases for tests, on SQLite or PostgreSQL: empty ones, and copies of one in a known state."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import fcntl
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from bot.policy import Policy
from storage import schema
from storage.database import Database
from tests.postgresql import Shelf

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """A state that many tests begin in: `make(url)` brings an empty database into it."""

    name: str
    make: Callable[[str], None]


def _migrate(url: str) -> None:
    database = Database(url, Policy())
    schema.upgrade(database)
    database.close()


MIGRATED = Known("migrated", _migrate)
"""The schema and nothing in it."""


class Databases(abc.ABC):
    """Where one test's databases are made. All are removed at its end."""

    @abc.abstractmethod
    def empty(self) -> str:
        """The URL of a database in which there is nothing."""

    @abc.abstractmethod
    def copy(self, known: Known) -> str:
        """The URL of a database in this state."""


class SqliteFiles(Databases):
    """Files: kept states in the folder `shared` by all processes of a run, copies in the test's own."""

    def __init__(self, shared: Path, own: Path) -> None:
        self._shared = shared
        self._own = own

    def empty(self) -> str:
        return f"sqlite:///{self._own / f'{uuid.uuid4().hex}.db'}"

    def copy(self, known: Known) -> str:
        kept = self._shared / f"{known.name}.db"
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                making = kept.with_suffix(".making")
                known.make(f"sqlite:///{making}")
                making.rename(kept)
        url = self.empty()
        shutil.copy(kept, url.removeprefix("sqlite:///"))
        return url


class PostgresqlDatabases(Databases):
    """Databases of one server; what was made is dropped when `ends` is closed."""

    def __init__(self, shelf: Shelf, ends: contextlib.ExitStack) -> None:
        self._shelf = shelf
        self._ends = ends

    def empty(self) -> str:
        return self._ends.enter_context(self._shelf.copy())

    def copy(self, known: Known) -> str:
        return self._ends.enter_context(self._shelf.copy(self._shelf.template(known.name, known.make)))


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in a database, with nobody's help but the driver's."""
    engine = sa.create_engine(driven(url), poolclass=sa.NullPool)
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(sa.text(query))]


def change(url: str, statement: str, **given: object) -> None:
    """Something that no part of the program does."""
    engine = sa.create_engine(driven(url), poolclass=sa.NullPool)
    with engine.begin() as conn:
        conn.execute(sa.text(statement), given)


def driven(url: str) -> sa.URL:
    made = sa.make_url(url)
    return made.set(drivername="postgresql+psycopg") if made.drivername == "postgresql" else made
