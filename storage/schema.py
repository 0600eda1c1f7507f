"""The schema: brought up to date in one transaction, and recognised when it is another program's."""

from __future__ import annotations

import contextlib
import pathlib

import sqlalchemy as sa

from bot.errors import Sentence
from storage.database import Database

_MIGRATIONS = pathlib.Path(__file__).parent / "migrations"
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.Text))
_LOCK = 0x466F6C6C6F777570
"""Any number will do, if all processes that migrate use the same one."""


class SchemaUnknown(Sentence):
    """The database is older or newer than this program; the text says what to do."""


def upgrade(database: Database, scripts: pathlib.Path = _MIGRATIONS) -> None:
    """Bring the schema up to date: all of it or nothing.

    Does nothing where it is; may run in several processes. Raises `SchemaUnknown` where the database is newer
    than this program. A file that it makes is its owner's alone: names and letters come to stand in it.
    """
    if database.file is not None:
        # Where it is there already, it stays as it is; where it cannot be, SQLite says so next.
        with contextlib.suppress(OSError):
            database.file.touch(mode=0o600, exist_ok=False)
    with database.writing() as conn:
        if conn.dialect.name == "postgresql":
            # Another process may be at it already, and a new index over many rows takes as long as it takes.
            for limit in ("lock_timeout", "statement_timeout"):
                conn.execute(sa.select(sa.func.set_config(limit, "0", True)))
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        if _refuse_newer(conn, scripts) == revisions(scripts)[-1]:
            return
        # Every process asks for the schema, few change it: only those pay for Alembic, in time and memory.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the schema is this program's. Raises `SchemaUnknown` where it is newer."""
    return _current(database) == revisions()[-1]


def check(database: Database) -> None:
    """Raise `SchemaUnknown` unless the schema is the one this program was written for."""
    current = _current(database)
    if current is None and database.file is not None and not database.file.exists():
        raise SchemaUnknown(
            f"There is no database at {database.file} yet: run `followup migrate`, or name another one in "
            "FOLLOWUP_DATABASE_URL."
        )
    if current is None:
        raise SchemaUnknown(
            "The database has no tables yet: run `followup migrate`, or name another one in "
            "FOLLOWUP_DATABASE_URL."
        )
    if current != revisions()[-1]:
        raise SchemaUnknown("The database is not up to date with this program: run `followup migrate`.")


def _current(database: Database) -> str | None:
    """The revision of the database; None where nothing was made yet. Makes no file where none is."""
    if database.file is not None and not database.file.exists():
        return None
    with database.reading() as conn:
        return _refuse_newer(conn, _MIGRATIONS)


def revisions(scripts: pathlib.Path = _MIGRATIONS) -> list[str]:
    """All that this program knows, oldest first: the number that the name of each script begins with."""
    return sorted(script.stem.partition("_")[0] for script in (scripts / "versions").glob("[0-9]*.py"))


def _refuse_newer(conn: sa.Connection, scripts: pathlib.Path) -> str | None:
    """The revision of the database, one that this program knows, or None."""
    if not sa.inspect(conn).has_table(_VERSION.name):
        return None
    revision: str | None = conn.scalar(sa.select(_VERSION.c.version_num))
    if revision is not None and revision not in revisions(scripts):
        raise SchemaUnknown(
            f"The database is newer than this program (its schema is {revision}): install the newer version."
        )
    return revision
