"""What a database's errors mean, and what of them may be said: never a value that was sent to it."""

from __future__ import annotations

import sqlite3
from typing import Any

import sqlalchemy as sa

_QUOTING = ("22", "23")
"""Classes of PostgreSQL's errors whose text quotes what was sent: data exceptions, broken constraints.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""
_PASSING = ("08", "53", "57P", "58", "55P03", "25006")
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


def clashes(error: sa.exc.DBAPIError) -> bool:
    """Whether another transaction was in the way, and the same work may go well a moment later."""
    return getattr(error.orig, "sqlstate", None) in _CLASHING


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
