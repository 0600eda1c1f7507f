"""A database that is away for a moment: what is written then fails, as when its server starts anew."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from storage.database import Database


@contextlib.contextmanager
def away(database: Database, *, writing: str, times: int = 2) -> Iterator[None]:
    """The next so many attempts to delete from or change this table lose their connection."""
    left = times
    writes = re.compile(rf"(DELETE FROM|UPDATE) {writing}\b")

    def cut(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal left
        if left and writes.match(statement):
            left -= 1
            raise sa.exc.OperationalError("", None, ConnectionError(), connection_invalidated=True)

    sa.event.listen(database.engine, "before_cursor_execute", cut)
    try:
        yield
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", cut)
    assert not left, "nobody wrote while the database was away"
