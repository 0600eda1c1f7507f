"""The database: whether it answers, whether it can be written to, whether its tables are this program's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from adapters.doctor.finding import Finding, State, overheard
from bot.people import Member
from storage import schema
from storage.database import Database

_NAME = "database"
_MIGRATE = "Run `followup migrate`; it is safe to run twice."


def database(of: Database) -> Finding:
    """Writes nothing: a transaction that could is opened, and left empty. Makes no file where none is."""
    where = _where(of.engine.url)
    file = _file(of.engine.url)
    if file is not None and not file.exists():
        return Finding(_NAME, State.WRONG, f"{where}: there is no such file.", _MIGRATE)
    try:
        with of.writing() as conn:
            conn.execute(sa.select(1))
        current = schema.is_current(of)
    except schema.SchemaUnknown as newer:
        return Finding(
            _NAME, State.WRONG, f"{where}: {newer}", "Or name another database in FOLLOWUP_DATABASE_URL."
        )
    except sa.exc.DBAPIError as error:
        reason = overheard(str(error.orig), of.engine.url.password or "")
        return Finding(_NAME, State.WRONG, f"{where} does not answer: {reason}.", _mend(file))
    if not current:
        return Finding(
            _NAME,
            State.WRONG,
            f"{where}: its tables are older than this program, or not there yet.",
            _MIGRATE,
        )
    return Finding(_NAME, State.OK, f"{where}, schema current")


def admins_in(of: Database) -> frozenset[str]:
    """Work emails of the admins of every company in it."""
    return frozenset(member.email for member in _members(of) if member.admin)


def members_in(of: Database) -> frozenset[str]:
    """Work emails of everybody in it, in lower case."""
    return frozenset(member.email.lower() for member in _members(of))


def _members(of: Database) -> Iterator[Member]:
    for workspace in of.workspaces():
        yield from of.read(workspace, lambda store: store.members())


def clock_of(of: Database) -> dt.datetime:
    """What time the database says it is; on SQLite that is this computer's clock."""
    with of.reading() as conn:
        now: dt.datetime = conn.execute(sa.select(sa.func.current_timestamp())).scalar_one()
    return now if now.tzinfo else now.replace(tzinfo=dt.UTC)


def _where(url: sa.URL) -> str:
    """Where it is, without user, password and options."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite at {url.database}"
    return f"PostgreSQL at {url.host or 'this computer'}/{url.database or ''}"


def _file(url: sa.URL) -> Path | None:
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _mend(file: Path | None) -> str:
    if file is not None:
        return f"May whoever runs Followup read and write {file} and its folder, and is it a database?"
    return "Does it run, and do host, user and password in FOLLOWUP_DATABASE_URL fit?"
