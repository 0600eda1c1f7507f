"""Backups of SQLite, and what must happen after any restore before a letter may leave."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

from adapters.transactions import Transactions
from bot.errors import Sentence
from bot.uses import operator
from storage import origin
from storage.store import SqlStore

AT_ONCE = 100
"""Rows in one transaction, so that nobody waits long."""


class BackupRefused(Sentence):
    """No backup can be made here; the text says why and how else."""


def back_up(transactions: Transactions, to: Path, now: dt.datetime) -> str:
    """What was done. Raises `BackupRefused`."""
    if not transactions.database.takes_turns:
        raise BackupRefused(
            "PostgreSQL has a program of its own for this: pg_dump --format=custom --file=FILE DATABASE-URL. "
            "See docs/how-to/backup.md."
        )
    if to.exists():
        raise BackupRefused(f"{to} exists already; a backup overwrites nothing. Choose another name.")
    try:
        origin.back_up(transactions.database, to, now)
    except (OSError, sqlite3.Error) as error:
        raise BackupRefused(f"The backup could not be written to {to}: {error}.") from error
    return f"Backed up to {to}. To use it: followup restored --backup-at {now.isoformat(timespec='seconds')}"


def restored(transactions: Transactions, backup_at: dt.datetime) -> str:
    """Nobody knows what left between the backup and now: letters not sent by then are asked about.

    May be interrupted and run again: only at its end may letters leave.
    """
    database = transactions.database
    letters = 0
    for workspace in database.workspaces():
        transactions.write_here(workspace, lambda store, now: operator.note_restore(store, now, backup_at))
        while open_letters := database.read(
            workspace, lambda store: store.letters_that_may_have_left(AT_ONCE)
        ):
            transactions.write_here(workspace, _losing_sight(open_letters))
            letters += len(open_letters)
    with database.writing() as conn:
        origin.note(conn)
    if not letters:
        return "No letter was waiting in the backup. `followup serve` may start."
    many = "1 letter" if letters == 1 else f"{letters} letters"
    return (
        f"{many} had not been sent when the backup was made and may have been since: each is unknown now, "
        "and whoever sent it is asked. `followup serve` may start; `followup deliveries --state unknown` "
        "lists them."
    )


def _losing_sight(letters: tuple[uuid.UUID, ...]) -> Callable[[SqlStore, dt.datetime], None]:
    def work(store: SqlStore, now: dt.datetime) -> None:
        for letter in letters:
            operator.lose_sight(store, now, letter)
            store.deliveries.forget(letter)

    return work
