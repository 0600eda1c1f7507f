"""A database that cannot be used, for an operator's eyes: which and why, and how to mend it."""

from __future__ import annotations

import sqlalchemy as sa

from adapters.doctor.finding import overheard
from storage.database import sqlite_file
from storage.trouble import locked, not_allowed


def whereabouts(url: sa.URL) -> str:
    """Where it is, without user, password and options."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite at {url.database}"
    return f"PostgreSQL at {url.host or 'this computer'}/{url.database or ''}"


def trouble(url: sa.URL, error: sa.exc.SQLAlchemyError) -> tuple[str, str]:
    """What is wrong with it, and what to do about that."""
    said = overheard(str(getattr(error, "orig", error)), url.password or "").rstrip(".?")
    how = "refuses" if not_allowed(error) else "does not answer"
    return f"{whereabouts(url)} {how}: {said or type(error).__name__}.", _mend(url, error)


def _mend(url: sa.URL, error: sa.exc.SQLAlchemyError) -> str:
    if locked(error):
        return "Another program is writing to it. Try again when that has finished."
    if not_allowed(error):
        return "Whoever FOLLOWUP_DATABASE_URL names must own the database and its tables: docs/how-to/run.md."
    file = sqlite_file(url)
    if file is None:
        return "Does it run, and do host, user and password in FOLLOWUP_DATABASE_URL fit?"
    if not file.parent.is_dir():
        return f"There is no folder {file.parent}: make it, or name another file in FOLLOWUP_DATABASE_URL."
    return f"May whoever runs Followup read and write {file} and its folder, and is it a database?"
