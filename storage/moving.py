"""From an SQLite file to PostgreSQL, all in one transaction: where one machine is not enough any more."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3

import sqlalchemy as sa

from bot.errors import Sentence
from storage import origin, schema
from storage.database import Database
from storage.tables import metadata
from storage.trouble import named

_AT_ONCE = 1000
_MADE_BY_MIGRATE = ("workspaces", "due", "lanes")
_MOVED = tuple(table for table in metadata.sorted_tables if table.name != "origin")
"""Each after those that it refers to. `origin` is about one database, and each has its own."""


class MoveRefused(Sentence):
    """Nothing was moved; the text says why, and what to do."""


def move(source: Database, target: Database, now: dt.datetime) -> int:
    """Copy every row of an SQLite `source` into an empty PostgreSQL `target`; how many there were.

    All or nothing. From then on the file is a copy to whoever opens it, so that nothing leaves from both.
    Raises `MoveRefused`, `SchemaUnknown` and `RestoredFirst`.
    """
    if source.file is None or target.file is not None:
        raise MoveRefused(
            "Rows are moved from an SQLite file to PostgreSQL. Name the new database in "
            "FOLLOWUP_DATABASE_URL, as in postgresql://followup:PASSWORD@HOST/followup."
        )
    try:
        schema.check(source)
        origin.check(source)
        _in_use_by_nobody(source)
    except sa.exc.DatabaseError as error:
        raise MoveRefused(
            f"{source.file} cannot be read as a database of Followup's ({named(error)}); nothing was moved. "
            "Is it the file that FOLLOWUP_DATABASE_URL named until now?"
        ) from None
    schema.upgrade(target)
    with source.writing() as old:
        with target.writing() as new:
            _clear(new)
            rows = sum(_copy(table, old, new) for table in _MOVED)
        old.execute(sa.update(metadata.tables["origin"]).values(copied_at=now))
    return rows


def _in_use_by_nobody(source: Database) -> None:
    """A process that goes on with the file would send what the new database sends as well.

    SQLite leaves its write-ahead log only where no other connection is open:
    https://www.sqlite.org/pragma.html#pragma_journal_mode
    """
    source.close()
    with contextlib.closing(sqlite3.connect(f"file:{source.file}?mode=rw", uri=True, timeout=1)) as alone:
        try:
            alone.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:
            raise MoveRefused(
                f"Another process has {source.file} open. Stop every `followup serve` and `worker` on it "
                "first; nothing was moved."
            ) from None


def _clear(new: sa.Connection) -> None:
    """What `migrate` has made goes; where there is more, nothing does."""
    for table in _MOVED:
        if table.name not in _MADE_BY_MIGRATE and new.scalar(sa.select(sa.exists().select_from(table))):
            raise MoveRefused(
                "The database that FOLLOWUP_DATABASE_URL names has been used already, so nothing was moved "
                "into it. Name an empty one."
            )
    for table in reversed(_MOVED):
        if table.name in _MADE_BY_MIGRATE:
            new.execute(sa.delete(table))


def _copy(table: sa.Table, old: sa.Connection, new: sa.Connection) -> int:
    """How many rows. A reference to a row of the same table is put in when all of them are there."""
    own = {
        name
        for key in table.foreign_key_constraints
        if key.referred_table is table
        for name in key.column_keys
        if table.c[name].nullable
    }
    later = []
    count = 0
    found = old.execute(sa.select(table).execution_options(yield_per=_AT_ONCE))
    for part in found.mappings().partitions():
        rows = [dict(row) for row in part]
        later += [row.copy() for row in rows if any(row[name] is not None for name in own)]
        new.execute(sa.insert(table), [row | dict.fromkeys(own) for row in rows])
        count += len(rows)
    for row in later:
        same = (column == row[column.name] for column in table.primary_key)
        new.execute(sa.update(table).where(*same).values({name: row[name] for name in own}))
    return count
