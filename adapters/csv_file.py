"""A CSV file from anywhere: its encoding, delimiter and line ends are found out, its rows come one by one."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process

from bot.errors import Sentence
from bot.imports import COLUMNS, REQUIRED

DELIMITERS = (",", ";", "\t")
MAX_ROW = 65_536
"""Characters in one row, and so what is in memory at any time."""
_CHUNK = 65_536


class CsvRefused(Sentence):
    """The file cannot be read at all: one sentence that says why and how to mend it."""


class CsvRow(NamedTuple):
    """The cells of a row by column name. `line` is where it begins in the file, from 1."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that is not a row: where it begins, and why. The rows after it are read all the same."""

    line: int
    reason: str


class CsvFile:
    """Rows of a CSV file, in bounded memory whatever its size. Iterating again begins again.

    `columns` are the header's names in our spelling, `unknown_columns` those we have no use for, as
    written. `position` of `size` bytes are read, for a progress bar; it moves in steps of some KB.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self.path = path
        self.encoding = encoding
        self.size = path.stat().st_size
        self._raw: io.BufferedReader | None = None
        self._done = 0
        self._first_row = 1
        self.delimiter, header = self._read_header()
        self.columns = tuple(_column(name) for name in header)
        self.unknown_columns = tuple(
            name.strip() or f"column {number}, which has no name"
            for number, name in enumerate(header, start=1)
            if _column(name) not in COLUMNS
        )
        _check_header(header, self.unknown_columns)

    @property
    def position(self) -> int:
        return self._done if self._raw is None else self._raw.tell()

    def __iter__(self) -> Iterator[CsvRow | RowProblem]:
        """Raises `CsvRefused` where the file was changed or taken away meanwhile."""
        self._done = 0
        try:
            with self.path.open("rb") as self._raw:
                lines = _Lines(io.TextIOWrapper(self._raw, encoding=self.encoding, newline=""))
                lines.skip(self._first_row - 1)
                while (record := lines.record(self.delimiter)) is not None:
                    if isinstance(record, RowProblem):
                        yield record
                    elif any(cell.strip() for cell in record.cells):
                        yield self._row(record)
                self._done = self.size
        except (OSError, UnicodeError) as error:
            raise CsvRefused("The file was changed while it was read: import it again.") from error
        finally:
            self._raw = None

    def _row(self, record: _Record) -> CsvRow | RowProblem:
        found, wanted = len(record.cells), len(self.columns)
        if found != wanted:
            return RowProblem(
                record.line,
                f"it has {found} cells and the header has {wanted}: "
                f'a cell that holds the separator must stand in "quotation marks".',
            )
        return CsvRow(record.line, dict(zip(self.columns, record.cells, strict=True)))

    def _read_header(self) -> tuple[str, list[str]]:
        """The delimiter and the header's names: of the possible delimiters, the one that makes more of it."""
        with self.path.open(encoding=self.encoding, newline="") as stream:
            lines = _Lines(stream)
            lines.skip_empty()
            said = re.fullmatch(r'"?sep=([,;\t])"?\s*', lines.peek())
            if said:  # Excel's own way to name the delimiter
                lines.skip(1)
                lines.skip_empty()
            if not lines.peek():
                raise CsvRefused(
                    f"The file is empty: its first line must name the columns {_names(REQUIRED)}."
                )
            start = lines.number
            choices: list[tuple[int, int, str, _Record, int]] = []
            problem = ""
            for rank, delimiter in enumerate(DELIMITERS):
                record = lines.record(delimiter)
                if isinstance(record, _Record):
                    known = sum(_column(name) in COLUMNS for name in record.cells)
                    choices.append((known, -rank, delimiter, record, lines.number))
                elif record is not None:
                    problem = record.reason
                lines.back_to(start)
        if not choices:
            raise CsvRefused(f"The header, line {start}, cannot be read: {problem}")
        _, _, delimiter, record, self._first_row = max(choices, key=lambda choice: choice[:2])
        return delimiter, record.cells


def open_csv(path: Path) -> CsvFile:
    """The file at `path`, its header read. Raises `CsvRefused`."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise CsvRefused("This is not a file: name a CSV file.")
        return CsvFile(path, _encoding_of(path))
    except FileNotFoundError as error:
        raise CsvRefused("There is no such file: check its name.") from error
    except OSError as error:
        raise CsvRefused(f"The file cannot be opened ({error.strerror}): check who may read it.") from error
    except UnicodeError as error:
        raise CsvRefused("The file was changed while it was read: import it again.") from error


class _Record(NamedTuple):
    line: int
    cells: list[str]


class _Lines:
    """The physical lines of a text, with a way back to the beginning of a row that has no end."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream = stream
        self._ahead: list[str] = []
        self._kept: list[str] = []
        self.number = 1
        """Of the line that comes next."""

    def _next(self) -> str:
        """The next line with its end, "" after the last. One longer than a row may be comes cut off."""
        if self._ahead:
            line = self._ahead.pop()
        else:
            line = self._stream.readline(MAX_ROW + 1)
            rest = line
            while len(rest) > MAX_ROW and not rest.endswith(("\n", "\r")):
                rest = self._stream.readline(MAX_ROW + 1)
        if line:
            self.number += 1
            self._kept.append(line)
        return line

    def back_to(self, number: int) -> None:
        """Go back to a line of the row just read."""
        while self.number > number:
            self._ahead.append(self._kept.pop())
            self.number -= 1

    def peek(self) -> str:
        number = self.number
        line = self._next()
        self.back_to(number)
        return line

    def skip(self, count: int) -> None:
        for _ in range(count):
            self._next()
            self._kept.clear()

    def skip_empty(self) -> None:
        while (line := self.peek()) and not line.strip():
            self.skip(1)

    def record(self, delimiter: str) -> _Record | RowProblem | None:
        """The next row, None after the last; where it makes no sense, the next begins a line later."""
        self._kept.clear()
        start = self.number
        first = self.peek()
        if not first:
            return None
        try:
            cells = next(csv.reader(self._lines_of_a_row(), delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration):
            reason = self._fault(first)
            self.back_to(start + 1)
            return RowProblem(start, reason)
        except _NulByteError:
            self.back_to(start + 1)
            return RowProblem(start, "it holds a NUL byte, which is no text: save the file as CSV again.")
        return _Record(start, cells)

    def _lines_of_a_row(self) -> Iterator[str]:
        size = 0
        while line := self._next():
            size += len(line)
            if size > MAX_ROW:
                return
            if "\0" in line:
                raise _NulByteError
            yield line

    @staticmethod
    def _fault(first: str) -> str:
        if len(first) > MAX_ROW:
            return f"it is longer than {MAX_ROW} characters: is this a line of a CSV file?"
        return 'a quotation mark in it is not closed, or not doubled inside a cell: write "" for each.'


class _NulByteError(Exception):
    """A line holds a NUL."""


def _column(name: str) -> str:
    """A header's name in our spelling: case, blanks and hyphens make no difference."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def _names(columns: tuple[str, ...] | list[str]) -> str:
    return ", ".join(columns)


def _check_header(header: list[str], unknown: tuple[str, ...]) -> None:
    columns = [_column(name) for name in header]
    twice = sorted({name for name in columns if name in COLUMNS and columns.count(name) > 1})
    if twice:
        raise CsvRefused(f"The header names {_names(twice)} twice: rename or delete one of the columns.")
    missing = [name for name in REQUIRED if name not in columns]
    if len(missing) == len(REQUIRED) and not set(columns) & set(COLUMNS):
        # What stands there is not repeated: it may be a person.
        raise CsvRefused(f"The first line names none of our columns: begin the file with {_names(REQUIRED)}.")
    if missing:
        hints = [hint for name in missing if (hint := _nearest(name, unknown))]
        mend = f"{', '.join(hints)}." if hints else "add what is missing."
        raise CsvRefused(f"The header lacks {_names(missing)}: {mend}")


def _nearest(column: str, unknown: tuple[str, ...]) -> str:
    near = process.extractOne(column, unknown, scorer=fuzz.WRatio, processor=_column, score_cutoff=60)
    return f"rename “{near[0][:60]}” to {column} if that is meant" if near else ""


def _encoding_of(path: Path) -> str:
    """The encoding in which the whole file can be read: UTF-8, else UTF-16, else Windows-1252 or Latin-1."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif wide := _without_mark(head):
        candidates = [wide]
    else:
        candidates = ["utf-8"]
    if _decodes(path, candidates[0]):
        return candidates[0]
    if candidates != ["utf-8"]:
        raise CsvRefused(f"The file begins as {candidates[0]} but does not go on so: save it as UTF-8.")
    _refuse_damaged_utf8(path)
    return "cp1252" if _decodes(path, "cp1252") else "latin-1"


def _without_mark(head: bytes) -> str:
    """UTF-16 that does not say so: every other byte of an English header is NUL."""
    even, odd = head[0::2], head[1::2]
    if len(head) < 8 or max(even.count(0), odd.count(0)) < 0.9 * len(odd):
        return ""
    if not even.count(0):
        return "utf-16-le"
    return "" if odd.count(0) else "utf-16-be"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_damaged_utf8(path: Path) -> None:
    """A file that is UTF-8 but for a few bytes would turn every other accent into two wrong letters."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    good = bad = 0
    line, bad_line = 1, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            wrong = text.count("\ufffd")
            if wrong and not bad_line:
                bad_line = line + text.count("\n", 0, text.index("\ufffd"))
            line += text.count("\n")
            bad += wrong
            good += sum(not character.isascii() for character in text) - wrong
    if good > bad > 0:
        raise CsvRefused(f"Line {bad_line} holds bytes that are not UTF-8, as the rest is: save it as UTF-8.")
