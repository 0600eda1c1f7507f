"""The inserts that may meet a row that is there already, in the words that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert


def insert_or(conn: sa.Connection, table: sa.Table) -> Insert:
    """An insert in the database's dialect, to which `on_conflict_do_update` can be added."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def insert_or_ignore(conn: sa.Connection, table: sa.Table) -> Insert:
    """Insert unless any unique key is taken: nothing is raised, so the transaction stays usable."""
    return insert_or(conn, table).on_conflict_do_nothing()


def inserted(conn: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert one row unless any unique key is taken; whether it was inserted."""
    result = conn.execute(
        insert_or_ignore(conn, table), dict(row), execution_options={"preserve_rowcount": True}
    )
    return result.rowcount == 1


def insert_or_update(
    conn: sa.Connection, table: sa.Table, key: Sequence[str], update: Sequence[str]
) -> Insert:
    """Insert, or where `key` is taken overwrite the columns `update`."""
    insert = insert_or(conn, table)
    return insert.on_conflict_do_update(
        index_elements=list(key), set_={name: insert.excluded[name] for name in update}
    )
