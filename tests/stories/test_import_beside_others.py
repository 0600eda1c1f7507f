"""An import that is killed, meets a full disk, or goes on while others work."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import sqlite3
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.importing import ImportStopped, report_lines
from storage import tables
from storage.store import SqlStore
from tests.databases import MIGRATED, Databases, SqliteFiles
from tests.stories.import_office import MAYA, TOM, Office, many, opened


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def office(databases: Databases, tmp_path: Path) -> Iterator[Office]:
    yield from opened(databases.copy(MIGRATED), tmp_path)


@pytest.fixture
def file_office(tmp_path: Path) -> Iterator[Office]:
    """On an SQLite file, for stories that break the file itself."""
    yield from opened(SqliteFiles(tmp_path, tmp_path).copy(MIGRATED), tmp_path)


def test_a_row_the_database_does_not_take_is_refused_and_the_others_go_in(
    file_office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office = file_office
    with office.transactions.database.writing() as conn:
        conn.exec_driver_sql(
            "CREATE TRIGGER no_tom BEFORE INSERT ON candidates WHEN new.name = 'Tom Ek' "
            "BEGIN SELECT RAISE(ABORT, 'not Tom Ek'); END"
        )
    report = office.imports(MAYA, TOM, TOM | {"candidate_name": "Una", "external_id": "A-3"})
    assert report.added == 2
    assert [line for line, _ in report.refused] == [3]
    told = "".join(report_lines(report)) + capsys.readouterr().out
    assert "the database did not take this row (IntegrityError)" in told
    assert "import_row_failed" in told
    assert "Tom" not in told
    assert "mail.example" not in told


def test_an_import_that_was_killed_goes_on_where_it_was(office: Office) -> None:
    rows = many(250)

    def kill(done: int, size: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        office.imports(*rows, progress=kill)
    assert office.count(tables.loops) == 100
    with office.transactions.database.reading() as conn:
        later = conn.scalar(sa.select(tables.deliveries.c.not_before))
    assert later is not None, "should nobody run it again, the recruiter is asked all the same"
    assert later > office.transactions.clock()
    report = office.imports(*rows)
    assert report_lines(report) == ["150 added, 100 unchanged."]
    assert (office.count(tables.loops), office.count(tables.surfaces)) == (250, 1)
    before = office.dump()
    assert report_lines(office.imports(*rows)) == ["250 unchanged."]
    assert office.dump() == before


def test_a_database_that_takes_nothing_stops_the_import(file_office: Office) -> None:
    office = file_office

    def fill_up(done: int, size: int) -> None:
        with office.transactions.database.reading() as conn:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
        for _ in range(5):
            conn = office.transactions.database.engine.connect()
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            held.append(conn)
        for one in held:
            one.close()

    held: list[sa.Connection] = []
    with pytest.raises(ImportStopped) as stopped:
        office.imports(*many(2000), progress=fill_up)
    assert "import the same file again" in str(stopped.value)
    assert office.count(tables.loops) % 100 == 0


def test_people_go_on_working_while_two_thousand_rows_come_in(office: Office) -> None:
    office.imports(TOM, reviewed=True)
    tom = office.loop("Tom Ek")
    clicks = itertools.count()
    errors: list[BaseException] = []
    done = threading.Event()

    def click(store: SqlStore, now: dt.datetime) -> None:
        store.set_look_at({tom.id: now})

    def work() -> None:
        while not done.wait(0.1):
            try:
                office.transactions.write_here(office.workspace, click)
            except BaseException as error:
                errors.append(error)
                return
            next(clicks)

    def progress(read: int, size: int) -> None:
        """The last tenth is traced: all of it would take minutes."""
        if read > 0.9 * size and not tracemalloc.is_tracing():
            tracemalloc.start()

    other = threading.Thread(target=work)
    other.start()
    try:
        report = office.imports(*many(2000), progress=progress)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        done.set()
        other.join()
    assert report.added == 2000
    assert errors == []
    assert next(clicks) > 5, "how long each waited is measured by `make bench`"
    assert kept < 500_000, "two hundred rows leave next to nothing behind"
    assert peak < 5_000_000


def test_others_get_their_turn_while_many_recruiters_are_asked(file_office: Office) -> None:
    """As in a company of 100,000 candidates, where each question counts for a tenth of a second."""
    office, recruiters, patience_s = file_office, 25, 2.0
    engine = office.transactions.database.engine
    asking, done = threading.Event(), threading.Event()
    turns: list[bool] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _counts(conn: sa.Connection, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith("SELECT count(*)"):
            asking.set()
            conn.exec_driver_sql(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
                "SELECT max(i) FROM n"
            )

    def work() -> None:
        with contextlib.closing(
            sqlite3.connect(str(engine.url.database), timeout=patience_s, isolation_level=None)
        ) as other:
            asking.wait()
            while not done.is_set():
                try:
                    other.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    turns.append(False)
                else:
                    other.execute("ROLLBACK")
                    turns.append(True)

    other = threading.Thread(target=work)
    other.start()
    try:
        office.imports(
            *(
                MAYA
                | {
                    "candidate_name": f"Maya {number}",
                    "candidate_email": f"maya{number}@mail.example",
                    "external_id": f"A-{number}",
                    "role": f"Data engineer {number}",
                    "recruiter_email": f"rita{number}@acme.example",
                }
                for number in range(recruiters)
            )
        )
    finally:
        asking.set()
        done.set()
        other.join()
    assert turns
    assert all(turns), f"somebody waited for {patience_s:g} s and was told that the database is locked"
