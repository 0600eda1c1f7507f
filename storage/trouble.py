"""What a database's errors mean, and what of them may be said: never a value that was sent to it."""

from __future__ import annotations

import sqlite3
from typing import Any

import sqlalchemy as sa

_QUOTING = ("22", "23")
"""Classes of PostgreSQL's errors whose text quotes what was sent: data exceptions, broken constraints.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_LOCK_NOT_HAD = "55P03"
_PASSING = ("08", "53", "57P", "58", _LOCK_NOT_HAD, "25006")
"""No connection, no room, shut down, trouble with its disk, a lock not had in time, a read-only standby."""
_SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)
_NOT_ALLOWED = ("42501", "3F000")
"""No privilege, or no schema in which this user might make a table."""
_TO_MEND = ("28", "3D", *_NOT_ALLOWED)
"""Who may not come in, a database that is not there, what may not be done there."""
_SQLITE_TO_MEND = frozenset(
    {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
)
_CLASHING = ("40001", "40P01", "23505")
"""serialization_failure, deadlock_detected, unique_violation: another process wrote the same key first."""


def passes(error: BaseException) -> bool:
    """Whether the cause lies with the database and may be gone by itself: away, locked, without room."""
    if not isinstance(error, sa.exc.DBAPIError):
        return isinstance(error, sa.exc.TimeoutError)
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in _SQLITE_PASSING
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    return str(state).startswith(_PASSING)


def lies_with_it(error: BaseException) -> bool:
    """Whether the cause lies with the database: it passes, or whoever looks after it must mend it."""
    if passes(error):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    if (code := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        return (code & 0xFF) in _SQLITE_TO_MEND
    if error.statement is None:
        return True  # it did not come as far as a connection: an option in the URL that nobody knows
    return str(getattr(error.orig, "sqlstate", None) or "").startswith(_TO_MEND)


def not_allowed(error: BaseException) -> bool:
    """Whether PostgreSQL answers, but does not let this user do what it takes."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _NOT_ALLOWED


def locked(error: BaseException) -> bool:
    """Whether another program was writing all the time that we waited."""
    orig = getattr(error, "orig", None)
    code = getattr(orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return getattr(orig, "sqlstate", None) == _LOCK_NOT_HAD


def clashes(error: BaseException) -> bool:
    """Whether another transaction was in the way, and the same work may go well a moment later."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _CLASHING


def in_the_way(error: BaseException) -> bool:
    """Whether it clashes, or another transaction held for too long what one of several wanted."""
    return clashes(error) or getattr(getattr(error, "orig", None), "sqlstate", None) == _LOCK_NOT_HAD


def named(error: BaseException) -> str:
    """Type and SQLSTATE: all that a log may hold of it."""
    if not isinstance(error, sa.exc.DBAPIError):
        return type(error).__name__
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    return f"{type(error.orig).__name__} {code}" if code else type(error.orig).__name__


def keep_values_out(engine: sa.Engine) -> None:
    """An error that reaches a log must not carry names and addresses there.

    PostgreSQL quotes rows in the details of its errors, and for some in their first line.
    """

    @sa.event.listens_for(engine, "handle_error")
    def _cleaned(context: sa.engine.ExceptionContext) -> None:
        error: Any = context.original_exception
        state = getattr(error, "sqlstate", None)
        if state is None:
            return
        says = "" if state.startswith(_QUOTING) else error.diag.message_primary or ""
        text = f"{says} [{state}]".strip()
        error.args = (text,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (f"({type(error).__name__}) {text}",)
