"""The database: whether it answers, whether it can be written to, whether its tables are this program's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from adapters.database_trouble import trouble, whereabouts
from adapters.doctor.finding import Finding, State
from bot.people import Member
from storage import origin, schema
from storage.database import Database

_NAME = "database"
_MIGRATE = "Run `followup migrate`; it is safe to run twice."


def database(of: Database) -> Finding:
    """Writes nothing: a transaction that could is opened, and left empty. Makes no file where none is."""
    where = whereabouts(of.engine.url)
    if of.file is not None and not of.file.exists():
        return Finding(_NAME, State.WRONG, f"{where}: there is no such file.", _MIGRATE)
    try:
        with of.writing() as conn:
            conn.execute(sa.select(1))
        current = schema.is_current(of)
        restored = current and origin.is_copy(of)
    except schema.SchemaUnknown as newer:
        return Finding(
            _NAME, State.WRONG, f"{where}: {newer}", "Or name another database in FOLLOWUP_DATABASE_URL."
        )
    except sa.exc.DBAPIError as error:
        return Finding(_NAME, State.WRONG, *trouble(of.engine.url, error))
    if not current:
        return Finding(
            _NAME,
            State.WRONG,
            f"{where}: its tables are older than this program, or not there yet.",
            _MIGRATE,
        )
    if restored:
        return Finding(
            _NAME,
            State.WRONG,
            f"{where}: restored from a backup, or moved elsewhere, so `followup serve` does not start on it.",
            "Run `followup restored --backup-at TIME`, with when the backup was made: docs/how-to/backup.md.",
        )
    return Finding(_NAME, State.OK, f"{where}, schema current")


def admins_in(of: Database) -> frozenset[str]:
    """Work emails of the admins of every company in it."""
    return frozenset(member.email for member in _members(of) if member.admin)


def members_in(of: Database) -> frozenset[str]:
    """Work emails of everybody in it, in lower case."""
    return frozenset(member.email.lower() for member in _members(of))


def unreachable_in(of: Database) -> tuple[list[str], int]:
    """Work emails of those to whom no chat can write, and how many members there are in all."""
    everybody = list(_members(of))
    return [member.email for member in everybody if not member.reachable], len(everybody)


def _members(of: Database) -> Iterator[Member]:
    for workspace in of.workspaces():
        yield from of.read(workspace, lambda store: store.members())


def clock_of(of: Database) -> dt.datetime:
    """What time the database says it is; on SQLite that is this computer's clock."""
    with of.reading() as conn:
        now: dt.datetime = conn.execute(sa.select(sa.func.current_timestamp())).scalar_one()
    return now if now.tzinfo else now.replace(tzinfo=dt.UTC)
