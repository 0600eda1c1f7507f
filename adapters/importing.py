"""The import of a CSV file into one workspace: a hundred rows a transaction, as often as one likes.

A row acts where it says something that it did not say the last time. What happened since then stands: a loop
that was closed stays closed, and a date that a letter has named is not moved. A row about people or a role
that are known already fills in what nobody has said; only a cell that has changed replaces what they set.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import itertools
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
import structlog

from adapters.csv_file import CsvRow, RowProblem, open_csv
from adapters.import_batch import BUSY_S, Batch, Line
from adapters.transactions import Transactions
from bot.calendar import WorkCalendar
from bot.errors import Sentence
from bot.imports import RowRefused, read_row
from bot.mail import single_line
from bot.uses import review
from storage.store import SqlStore

ROWS_AT_ONCE = 100
KEPT_REFUSALS = 1000
KEPT_LINES = 20
"""So many are named of those on which an offer has passed, and of columns that nobody knows."""
LONGEST_COLUMN = 60
PAUSE_S = 0.11
"""Where there is one writer at a time, we stand aside so long after every `BUSY_S` of writing.

SQLite knows no queue of writers: one that waits looks again every 100 ms, so that is how long it must find
the database free (https://www.sqlite.org/src/file/src/main.c, sqliteDefaultBusyCallback).
"""

Progress = Callable[[int, int], None]
"""Is told how many bytes have been read, and of how many."""

_log = structlog.get_logger()


class ImportStopped(Sentence):
    """The database could not be written to, so the import stopped. What went in before stays.

    Mend the database, then import the same file again: it goes on with the rest.
    """

    def __str__(self) -> str:
        return (
            "The database could not be written to, so the import stopped. What went in before stays: "
            "mend the database, then import the same file again."
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows: each is in one of the first four. `refused` holds lines and reasons.

    `refused_more` rows were refused beside those that are named. Of the rows in `changed` and `unchanged`,
    `stood` said something that does not count any more, because the candidate has been told since;
    `passed` are the first lines, of `passed_count`, that newly name another offer whose time is over.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[tuple[int, str], ...] = ()
    refused_more: int = 0
    stood: int = 0
    passed: tuple[int, ...] = ()
    passed_count: int = 0
    unknown_columns: tuple[str, ...] = ()


def report_lines(report: ImportReport) -> list[str]:
    """The report in plain sentences. They name lines and columns, never a person."""
    refused = len(report.refused) + report.refused_more
    counts = (
        (report.added, "added"),
        (report.changed, "changed"),
        (report.unchanged, "unchanged"),
        (refused, "refused"),
    )
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    lines = [f"{told}." if told else "The file holds no rows below its header."]
    lines += _refusals(report.refused)
    if report.refused_more:
        lines.append(f"And {report.refused_more} more. Mend these first, then import again.")
    if report.stood:
        lines.append(
            f"{_rows(report.stood)} overtaken: a loop that was closed stays closed, and a date that a letter "
            "names is not moved."
        )
    if report.passed_count:
        where = ", ".join(map(str, report.passed)) + (
            " …" if report.passed_count > len(report.passed) else ""
        )
        lines.append(
            f"{_rows(report.passed_count)} read as if other_offer_by was empty, because that time has passed "
            f"(line {where}). Does an offer still stand? Then write until when, and import again."
        )
    if report.unknown_columns:
        lines.append(f"Not read, because we know no such column: {_called(report.unknown_columns)}.")
    return lines


def _called(columns: Sequence[str]) -> str:
    """Names come from others: what a terminal would obey is left out, and not all of thousands are named."""
    named = ", ".join(single_line(name, LONGEST_COLUMN) for name in columns[:KEPT_LINES])
    return f"{named} and {more} more" if (more := len(columns) - KEPT_LINES) > 0 else named


def _refusals(refused: Sequence[tuple[int, str]]) -> list[str]:
    """One sentence for lines in a row that are refused for the same reason, such as a column left out."""
    told: list[tuple[range, str]] = []
    for line, reason in refused:
        if told and told[-1] == (range(told[-1][0].start, line), reason):
            told[-1] = (range(told[-1][0].start, line + 1), reason)
        else:
            told.append((range(line, line + 1), reason))
    return [
        f"line {lines[0]}: {reason}" if len(lines) == 1 else f"lines {lines[0]} to {lines[-1]}: {reason}"
        for lines, reason in told
    ]


def _rows(count: int) -> str:
    return "1 row was" if count == 1 else f"{count} rows were"


def import_file(
    transactions: Transactions,
    workspace: uuid.UUID,
    path: Path,
    *,
    reviewed: bool = False,
    progress: Progress | None = None,
    default_zone: str,
    default_country: str,
    admins: frozenset[str],
) -> ImportReport:
    """Import the file and tell what became of its rows. Stopped half-way, it goes on when called again.

    `reviewed`: the loops are real, so the clock looks at them at once; else they are silent until the
    recruiter has looked at them. `admins`: addresses, in lower case, whose new members are admins.
    Raises `CsvRefused` where the file cannot be read, `ImportStopped` where the database takes nothing.
    """
    file = open_csv(path)
    with closing(_Seen()) as seen:
        run = _Run(transactions, workspace, reviewed, default_zone, default_country, admins, seen)
        records = iter(file)
        while chunk := list(itertools.islice(records, ROWS_AT_ONCE)):
            run.take(chunk)
            if progress:
                progress(file.position, file.size)
        run.ask()
    return dataclasses.replace(run.report, unknown_columns=file.unknown_columns)


class _Seen:
    """Which line spoke of a key first. In a temporary file, as digests, however many there are."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def line(self, key: bytes) -> int | None:
        found = self._db.execute("SELECT line FROM seen WHERE key = ?", (key,)).fetchone()
        return None if found is None else int(found[0])

    def add(self, lines: Mapping[bytes, int]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", lines.items())

    def close(self) -> None:
        self._db.close()


class _Run:
    """One import: what it must remember from one transaction to the next."""

    def __init__(
        self,
        transactions: Transactions,
        workspace: uuid.UUID,
        reviewed: bool,
        default_zone: str,
        default_country: str,
        admins: frozenset[str],
        seen: _Seen,
    ) -> None:
        self.reviewed = reviewed
        self.default_zone = default_zone
        self.default_country = default_country
        self.admins = admins
        self.seen = seen
        self.report = ImportReport()
        self.unsaid: dict[uuid.UUID, frozenset[str]] = {}
        """Of the members this import has made: what no row has said of them so far."""
        self.reviewers: frozenset[uuid.UUID] = frozenset()
        self._transactions = transactions
        self._workspace = workspace
        self._today = WorkCalendar(default_zone).today(transactions.clock())
        self._busy = 0.0
        self._fits = ROWS_AT_ONCE
        """So many rows are likely to fit in one transaction."""

    def take(self, records: Sequence[CsvRow | RowProblem]) -> None:
        lines = []
        for record in records:
            if isinstance(record, RowProblem):
                self._refuse(record.line, record.reason)
                continue
            try:
                row = read_row(
                    record.cells,
                    default_zone=self.default_zone,
                    default_country=self.default_country,
                    today=self._today,
                )
            except RowRefused as refused:
                self._refuse(record.line, str(refused))
            else:
                lines.append(Line(record.line, row))
        if lines:
            self._write(lines)

    def _refuse(self, line: int, reason: str) -> None:
        report = self.report
        if len(report.refused) < KEPT_REFUSALS:
            self.report = dataclasses.replace(report, refused=(*report.refused, (line, reason)))
        else:
            self.report = dataclasses.replace(report, refused_more=report.refused_more + 1)

    def _write(self, lines: Sequence[Line]) -> None:
        """As many as there is time for in each transaction; where one fails, each row in its own."""
        while lines:
            lines = lines[self._write_some(lines[: self._fits]) :]

    def _write_some(self, lines: Sequence[Line]) -> int:
        """How many have been dealt with."""
        began = time.monotonic()
        try:
            batch = self._transactions.write_here(
                self._workspace, lambda store, now: Batch(self, store, now).take(lines)
            )
        except Exception as error:
            if len(lines) > 1:
                return sum(self._write_some([line]) for line in lines)
            if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError)):
                raise ImportStopped from error
            self._refuse(lines[0].number, self._trouble(lines[0].number, error))
        else:
            self._keep(batch)
            enough = batch.taken == len(lines)
            self._fits = min(2 * self._fits, ROWS_AT_ONCE) if enough else max(batch.taken, 1)
            lines = lines[: batch.taken]
        self._stand_aside(time.monotonic() - began)
        return len(lines)

    def _trouble(self, line: int, error: Exception) -> str:
        """The error's text is not logged: it may quote the row."""
        incident = uuid.uuid4().hex[:8]
        what = type(error.orig if isinstance(error, sa.exc.DBAPIError) else error).__name__
        _log.error("import_row_failed", line=line, incident=incident, error=what)
        return f"the database did not take this row ({what}): look for incident {incident} in the log."

    def _keep(self, batch: Batch) -> None:
        """What was committed, and only that, is counted and remembered."""
        report = self.report
        self.report = dataclasses.replace(
            report,
            added=report.added + batch.added,
            changed=report.changed + batch.changed,
            unchanged=report.unchanged + batch.unchanged,
            stood=report.stood + batch.stood,
            passed=(*report.passed, *batch.passed)[:KEPT_LINES],
            passed_count=report.passed_count + len(batch.passed),
        )
        for number, reason in batch.refused:
            self._refuse(number, reason)
        self.seen.add(batch.seen)
        self.unsaid |= batch.unsaid
        self.unsaid = {member: fields for member, fields in self.unsaid.items() if fields}
        self.reviewers |= batch.reviewers

    def _stand_aside(self, seconds: float) -> None:
        self._busy += seconds
        if self._busy >= BUSY_S and self._transactions.database.takes_turns:
            time.sleep(PAUSE_S)
            self._busy = 0.0

    def ask(self) -> None:
        """One message to everybody who has new loops to look at."""

        for reviewer in sorted(self.reviewers):
            began = time.monotonic()
            self._transactions.write_here(self._workspace, functools.partial(_ask, reviewer=reviewer))
            self._stand_aside(time.monotonic() - began)


def _ask(store: SqlStore, now: dt.datetime, reviewer: uuid.UUID) -> None:
    member = store.member(reviewer)
    if member and store.unreviewed_count(reviewer):
        review.ask(store, now, member)
