"""SQLite and PostgreSQL side by side: databases in known states, made once and copied for every round."""

from __future__ import annotations

import contextlib
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.databases import KINDS, Databases, Kind, PostgresqlDatabases, SqliteFiles
from tests.postgresql import NoPostgresql, Shelf, end

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@contextlib.contextmanager
def kept_in(kind: Kind) -> Iterator[Databases]:
    """Where databases of this kind are made; all are gone at the end. Raises `NoPostgresql`."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as ends:
        folder = Path(name)
        if kind == "sqlite":
            yield SqliteFiles(folder, folder)
            return
        ends.callback(end, folder)
        shelf = Shelf(folder)
        _ = shelf.url
        yield PostgresqlDatabases(shelf, ends)


def on_both() -> Iterator[tuple[str, Databases]]:
    """The name of each kind, and where its databases are made. One that is not to be had is said."""
    for kind in KINDS:
        try:
            with kept_in(kind) as databases:
                yield NAMES[kind], databases
        except NoPostgresql as why:
            print(f"  left out: {why}")


def elsewhere(work: Callable[..., object], *given: object) -> None:
    """Do it in a process of its own, so that what it held does not count here."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=given)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{work.__name__} ended with {process.exitcode}.")
