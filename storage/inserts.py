"""The inserts that may meet a row that is there already, in the words that SQLite and PostgreSQL share.

SQLAlchemy has them in two dialects and compiles them anew at every call (their `Insert` has no cache key).
The text is the same for both, so it is written out here once for each table and set of columns.
https://www.sqlite.org/lang_upsert.html, https://www.postgresql.org/docs/current/sql-insert.html
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from storage.prepared import Prepared


def insert_or_ignore(conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows unless any unique key is taken; how many were inserted.

    Nothing is raised where a key is taken, so the transaction stays usable.
    """
    return _insert(conn, table, rows, "ON CONFLICT DO NOTHING")


def insert_or_update(
    conn: sa.Connection,
    table: sa.Table,
    key: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    keep: Sequence[str] = (),
) -> None:
    """Insert rows; where `key` is taken, overwrite every other column that is given, but those to `keep`."""
    given = [name for name in rows[0] if name not in (*key, *keep, "id")]
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in given)
    names = ", ".join(f'"{name}"' for name in key)
    _insert(conn, table, rows, f"ON CONFLICT ({names}) DO UPDATE SET {sets}")


def insert_or(
    conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], on_conflict: str
) -> None:
    """Insert rows; `on_conflict` says in SQL what happens where a key is taken."""
    _insert(conn, table, rows, on_conflict)


def _insert(conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], on_conflict: str) -> int:
    return _statement(table, tuple(rows[0]), on_conflict).write(conn, *rows)


@functools.cache
def _statement(table: sa.Table, columns: tuple[str, ...], on_conflict: str) -> Prepared:
    names = ", ".join(f'"{name}"' for name in columns)
    slots = ", ".join(f":{name}" for name in columns)
    typed = [sa.bindparam(name, type_=table.c[name].type) for name in columns]
    sql = f'INSERT INTO "{table.name}" ({names}) VALUES ({slots}) {on_conflict}'  # noqa: S608
    return Prepared(sa.text(sql).bindparams(*typed))
