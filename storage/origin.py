"""Whether this database is the one that was written to all the time, or a copy of how it once was.

A copy knows nothing of the letters that left after it was made, and would send what it still has to send a
second time. One row of the table `origin` tells:

- On SQLite `followup backup` writes into the copy when it was made. A file that was copied by other means
  cannot be told from the one it was copied from.
- On PostgreSQL the row holds the number of the transaction that wrote it, which the server keeps beside every
  row as well (`xmin`). What pg_restore or psql puts back is written by another transaction, so the two
  differ, whoever made the dump. A copy of the server's own files (a snapshot of the disk, recovery to a point
  in time, a standby that takes over) keeps both and cannot be told.

https://www.postgresql.org/docs/current/ddl-system-columns.html
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from bot.errors import Sentence
from storage.database import Database
from storage.tables import origin

_PAGES = 1000


class RestoredFirst(Sentence):
    """This database comes from a backup; the text says what to do before anything may be sent."""


def check(database: Database) -> None:
    """Raise `RestoredFirst` where letters may have left that this database knows nothing of."""
    if is_copy(database):
        raise RestoredFirst(
            "This database was restored from a backup, or was moved elsewhere, and does not know which "
            "letters have gone out since. Run `followup restored --backup-at TIME` first, with the time the "
            "backup was made, as in 2026-11-23T14:30Z: nothing is sent twice then. See docs/how-to/backup.md."
        )


def is_copy(database: Database) -> bool:
    with database.reading() as conn:
        if database.takes_turns:
            return conn.scalar(sa.select(origin.c.copied_at)) is not None
        same = sa.select(origin.c.written_in == sa.text("xmin::text"))
        return not conn.scalar(same)


def note(conn: sa.Connection) -> None:
    """From now on this is the database that is written to."""
    here = "''" if conn.dialect.name == "sqlite" else "pg_current_xact_id()::xid::text"
    conn.execute(sa.delete(origin))
    conn.execute(sa.insert(origin).values(id=1, written_in=sa.text(here), copied_at=None))


def back_up(database: Database, to: Path, now: dt.datetime) -> None:
    """Copy an SQLite database while others use it, by its online backup; the copy says that it is one.

    All of it or nothing: `to` is there once it is complete and on the disk. Nobody may read it who may not
    read the database. Raises `OSError` and `sqlite3.Error`.
    """
    making = to.with_name(f"{to.name}.part")
    making.unlink(missing_ok=True)
    making.touch(mode=0o600)
    shutil.copymode(str(database.engine.url.database), making)
    source = sqlite3.connect(f"file:{database.engine.url.database}?mode=ro", uri=True)
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(making)) as copy:
        source.backup(copy, pages=_PAGES)
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute(
            "UPDATE origin SET copied_at = ?",
            (now.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",),
        )
        copy.commit()
    with making.open("rb+") as file:
        os.fsync(file.fileno())
    making.replace(to)
