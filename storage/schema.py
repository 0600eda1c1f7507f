"""The schema: brought up to date in one transaction, and recognised when it is another program's."""

from __future__ import annotations

import pathlib

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database

_MIGRATIONS = pathlib.Path(__file__).parent / "migrations"
_LOCK = 0x466F6C6C6F777570
"""Any number will do, if all processes that migrate use the same one."""


class SchemaUnknown(Exception):
    """The database is older or newer than this program; the text says what to do."""


def upgrade(database: Database, scripts: pathlib.Path = _MIGRATIONS) -> None:
    """Bring the schema up to date: all of it or nothing.

    Does nothing where it is; may run in several processes. Raises `SchemaUnknown` where the database is newer
    than this program.
    """
    with database.writing() as conn:
        if conn.dialect.name == "postgresql":
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config = _config(scripts)
        _refuse_newer(conn, config)
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the schema is this program's. Raises `SchemaUnknown` where it is newer."""
    with database.reading() as conn:
        config = _config(_MIGRATIONS)
        return _refuse_newer(conn, config) == ScriptDirectory.from_config(config).get_current_head()


def check(database: Database) -> None:
    """Raise `SchemaUnknown` unless the schema is the one this program was written for."""
    if not is_current(database):
        raise SchemaUnknown("The database is not up to date with this program: run `followup migrate`.")


def _config(scripts: pathlib.Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _refuse_newer(conn: sa.Connection, config: Config) -> str | None:
    """The revision of the database, one that this program knows, or None."""
    revision = MigrationContext.configure(conn).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaUnknown(
            f"The database is newer than this program (its schema is {revision}): install the newer version."
        )
    return revision
