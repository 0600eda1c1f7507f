"""The import of a CSV file: its rate, its memory, and what a click waits meanwhile."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import multiprocessing
import resource
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from adapters.importing import import_file
from adapters.transactions import Clock, Transactions
from benchmarks.click import click
from benchmarks.company import COUNTRY, NOW, ZONE, Company, Digest, copy, open_database, stopped_at
from benchmarks.measure import Options, Result, in_turns, percentile, spread, status_of

ROWS, FULL_ROWS, FEW_ROWS = 20_000, 100_000, 2_000
ROUNDS = 2
ROWS_AT_ONCE = 100
EVERY_S = 0.05
DIGESTS, DIGEST_ROWS = 500, 12
QUIET_S = 10.0
ROWS_A_MANAGER, ROWS_A_RECRUITER = 40, 1_000
HEADER = (
    "external_id", "candidate_name", "candidate_email", "role", "stage", "interviewed_at", "promised_by",
    "manager_email", "manager_name", "manager_timezone", "manager_country", "recruiter_email", "criteria",
)  # fmt: skip
TABLES = ("members", "roles", "candidates", "loops", "promises", "touches", "audit")
"""What an import writes, what is referred to before what refers to it."""


class Imported(NamedTuple):
    """Seconds, and how much the process grew meanwhile at most, in MiB."""

    seconds: float
    growth: float


def run(options: Options) -> Iterator[Result]:
    count = FULL_ROWS if options.full else ROWS
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = folder / "before.db"
        company = Company(template)
        digests = [company.digest(DIGEST_ROWS) for _ in range(DIGESTS)]
        workspace = company.save()
        many, few = write_csv(folder / "many.csv", count), write_csv(folder / "few.csv", FEW_ROWS)

        def once(file: Path, work: Path) -> Imported:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                return pool.submit(import_here, work, workspace, file).result()

        grown: list[float] = []

        def ours() -> float:
            imported = once(many, copy(template, folder / "ours.db"))
            grown.append(imported.growth)
            return imported.seconds

        def theirs() -> float:
            chunks = _written(folder / "ours.db", template)
            assert sum(len(chunk["loops"]) for chunk in chunks) == count, "every row became a loop"
            return _insert(copy(template, folder / "bare.db"), many, chunks)

        product, bare = in_turns(ours, theirs, ROUNDS)
        yield Result(
            what=f"import of {count:,} rows against csv.reader and bare sqlite3 inserts",
            ratio=product / bare,
            of=f"{count / product:,.0f} against {count / bare:,.0f} rows a second",
            how=f"the same rows of the same tables, {ROWS_AT_ONCE} loops a transaction; medians of {ROUNDS}, "
            "in turns",
        )
        small = once(few, copy(template, folder / "few.db")).growth
        yield Result(
            what=f"memory an import of {count:,} rows takes, against {FEW_ROWS:,}",
            ratio=statistics.median(grown) / max(small, 1),
            of=f"grows by {statistics.median(grown):.0f} MiB against {small:.0f} MiB",
            how="peak memory of a fresh process, less what it held before",
        )
        yield from _clicks(template, folder / "busy.db", workspace, digests, many)


def _clicks(
    template: Path, work: Path, workspace: uuid.UUID, digests: list[Digest], file: Path
) -> Iterator[Result]:
    """The same clicks with and without an import beside them: quiet, busy, quiet."""
    copy(template, work)
    context = multiprocessing.get_context("spawn")
    seconds = 0.0
    quiet: list[float] = []
    busy: list[float] = []
    with ProcessPoolExecutor(1, mp_context=context) as pool, context.Manager() as manager:
        quarter = DIGESTS // 4
        for during, left in (
            (False, digests[:quarter]),
            (True, digests[2 * quarter :]),
            (False, digests[quarter : 2 * quarter]),
        ):
            stop = manager.Event()
            clicking = pool.submit(click_until, work, workspace, left, stop)
            if during:
                with ProcessPoolExecutor(1, mp_context=context) as importer:
                    seconds = importer.submit(import_here, work, workspace, file).result().seconds
            else:
                time.sleep(QUIET_S)
            stop.set()
            (busy if during else quiet).extend(clicking.result())
    yield Result(
        what="what a click takes while a file is imported, p50",
        ratio=percentile(busy, 0.5) / percentile(quiet, 0.5),
        of=f"{spread(busy)} ({len(busy)} clicks, {seconds:.0f} s of import)",
        how=f"a click every {EVERY_S * 1000:.0f} ms in another process, through Database.write, on "
        f"digests of {DIGEST_ROWS} rows",
    )
    yield Result(
        what="the same, p99",
        ratio=percentile(busy, 0.99) / percentile(quiet, 0.99),
        of=f"when nothing is imported: {spread(quiet)} ({len(quiet)} clicks)",
    )


def import_here(database: Path, workspace: uuid.UUID, file: Path) -> Imported:
    """Import in this process, and tell what it took."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    clock: Clock = stopped_at(NOW)
    transactions = Transactions(open_database(database, clock), clock)
    transactions.database.workspaces()
    before = _peak()
    start = time.perf_counter()
    report = import_file(
        transactions, workspace, file, default_zone=ZONE, default_country=COUNTRY, admins=frozenset()
    )
    seconds = time.perf_counter() - start
    transactions.close()
    assert not report.refused, report.refused[:3]
    return Imported(seconds, _peak() - before)


def click_until(
    database: Path, workspace: uuid.UUID, digests: list[Digest], stop: threading.Event
) -> list[float]:
    """Send update on one row after the other; the seconds each took. Another process sets `stop`."""
    ours = open_database(database)
    waits: list[float] = []
    for place, digest in itertools.product(range(DIGEST_ROWS), digests):
        start = time.perf_counter()
        if stop.is_set():
            break
        waits.append(click(ours, workspace, digest, place))
        time.sleep(max(0.0, EVERY_S - (time.perf_counter() - start)))
    ours.close()
    return waits[1:]


def write_csv(path: Path, count: int) -> Path:
    """A file of so many candidates: a manager for every 40 rows, a recruiter for every 1,000."""
    met = (NOW - dt.timedelta(days=5)).date()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(count):
            boss, recruiter = number // ROWS_A_MANAGER, number // ROWS_A_RECRUITER
            writer.writerow(
                (
                    f"ATS-{number}", f"Priya Natarajan {number}", f"priya{number}@example.com",
                    f"Engineer {number % ROWS_A_MANAGER // 20}", "onsite", f"{met}T14:30",
                    met + dt.timedelta(days=7), f"lee{boss}@acme.example", f"Dana Lee {boss}", ZONE, COUNTRY,
                    f"ravi{recruiter}@acme.example", "Systems design|Debugging|Clear contracts",
                )
            )  # fmt: skip
    return path


Chunk = dict[str, list[tuple[Any, ...]]]


def _written(after: Path, before: Path) -> list[Chunk]:
    """The rows that an import wrote, in its order, for every 100 loops."""
    conn = sqlite3.connect(after)
    conn.execute("ATTACH ? AS before", (str(before),))
    tables = {
        table: conn.execute(
            f"SELECT * FROM {table} WHERE rowid > (SELECT coalesce(max(rowid), 0) FROM before.{table})"  # noqa: S608
        ).fetchall()
        for table in TABLES
    }
    conn.close()
    count = -(-len(tables["loops"]) // ROWS_AT_ONCE)
    first = {table: tables.pop(table) for table in ("members", "roles", "candidates")}
    chunks: list[Chunk] = []
    for number in range(count):
        chunk: Chunk = {table: _part(found, number, count) for table, found in first.items()}
        chunk |= {table: _part(found, number, count) for table, found in tables.items()}
        chunks.append(chunk)
    return chunks


def _part(found: list[tuple[Any, ...]], number: int, count: int) -> list[tuple[Any, ...]]:
    return found[len(found) * number // count : len(found) * (number + 1) // count]


def _insert(database: Path, file: Path, chunks: list[Chunk]) -> float:
    """Seconds to read the file and insert the same rows, with nothing thought about them."""
    conn = sqlite3.connect(database, isolation_level=None)
    # The rows are cut evenly, so a loop may come a transaction before its manager: keys are not checked.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = OFF"):
        conn.execute(f"PRAGMA {pragma}")
    start = time.perf_counter()
    with file.open(newline="", encoding="utf-8") as opened:
        reader = csv.reader(opened)
        next(reader)
        for chunk in chunks:
            list(itertools.islice(reader, ROWS_AT_ONCE))
            conn.execute("BEGIN IMMEDIATE")
            for table, found in chunk.items():
                if found:
                    marks = ", ".join("?" * len(found[0]))
                    conn.executemany(f"INSERT INTO {table} VALUES ({marks})", found)  # noqa: S608
            conn.execute("COMMIT")
    seconds = time.perf_counter() - start
    conn.close()
    return seconds


def _peak() -> float:
    """The most memory this process has held, in MiB."""
    if found := status_of("self", "VmHWM"):
        return found
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)
