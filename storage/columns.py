"""How a value is kept: instants in UTC, ids, JSON, words of an enum. And the database's own clock."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Word = TypeVar("Word", bound=enum.StrEnum)


class NaiveTime(TypeError):
    """A time without a zone was about to be stored; give one that knows its zone."""


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An instant.

    PostgreSQL keeps a timestamptz; SQLite a text of fixed width, so that its order is the order of time.
    Raises `NaiveTime` for a datetime without a zone; what comes back is in UTC.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.Text())

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveTime(f"{value.isoformat()} has no time zone, so it cannot be stored.")
        utc = value.astimezone(dt.UTC)
        return (
            utc
            if dialect.name == "postgresql"
            else f"{utc.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
        )

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            return value.astimezone(dt.UTC)
        return dt.datetime.fromisoformat(value)


class Words(sa.types.TypeDecorator[Word], Generic[Word]):
    """A member of a `StrEnum`, kept as its text."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, words: type[Word]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Word | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Word | None:
        return None if value is None else self.words(value)


Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
Id = sa.Uuid(as_uuid=True)


class DatabaseNow(FunctionElement[dt.datetime]):
    """The real time on the database's clock, plus a number of seconds.

    Leases and the gaps of lanes are measured by it, whatever the clocks of the processes say and however far
    a demo has moved its own `now`. Inside one transaction it goes on, from statement to statement: a lease
    is no longer for the wait for a lock. For all rows of a statement it is the same, so that engines which
    spread rows over machines take it in an UPDATE; there the seconds may name no column.
    """

    type = UtcDateTime()
    name = "database_now"
    inherit_cache = True


def database_now(seconds: float = 0.0) -> DatabaseNow:
    """The instant `seconds` from now, as the database sees it."""
    return DatabaseNow(sa.literal(float(seconds), sa.Double()))


@compiles(DatabaseNow, "sqlite")
def _sqlite_now(element: DatabaseNow, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"(strftime('%Y-%m-%dT%H:%M:%f', 'now', {seconds} || ' seconds') || '000Z')"


@compiles(DatabaseNow, "postgresql")
def _postgresql_now(element: DatabaseNow, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"(statement_timestamp() + make_interval(secs => {seconds}))"
