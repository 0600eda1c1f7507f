"""What the schema promises: brought up to date by steps, all or nothing, and recognised."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.policy import Policy
from storage import schema
from storage.columns import database_now
from storage.database import Database, DatabaseUrlRefused
from storage.tables import metadata

BROKEN = '''
"""A step that fails when half of it is done."""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("INSERT INTO half (id) VALUES (1)")
    raise RuntimeError("the power went out")
'''


@pytest.fixture
def new(empty_url: str) -> Iterator[Database]:
    """A database with nothing in it."""
    database = Database(empty_url, Policy())
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names())


def test_upgrading_twice_is_upgrading_once(new: Database) -> None:
    assert not schema.is_current(new)
    with pytest.raises(schema.SchemaUnknown, match="yet: run `followup migrate`"):
        schema.check(new)
    schema.upgrade(new)
    before = tables(new)
    schema.upgrade(new)
    assert tables(new) == before == {*metadata.tables, "alembic_version"}
    assert schema.is_current(new)
    schema.check(new)


def test_two_processes_may_upgrade_at_once(new: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        for it in [pool.submit(schema.upgrade, new) for _ in range(2)]:
            it.result()
    assert schema.is_current(new)


def test_the_steps_lead_to_the_tables_of_the_program(new: Database) -> None:
    schema.upgrade(new)
    with new.reading() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_partial_indexes_are_made_as_declared(new: Database) -> None:
    """Alembic does not compare their conditions."""
    schema.upgrade(new)
    found = {it["name"]: it for table in metadata.tables for it in sa.inspect(new.engine).get_indexes(table)}
    option = f"{new.engine.dialect.name}_where"
    for table in metadata.tables.values():
        for index in table.indexes:
            declared = index.dialect_options[new.engine.dialect.name]["where"]
            made = found[str(index.name)].get("dialect_options", {}).get(option)
            assert (declared is None) == (made is None), index.name
            if new.engine.dialect.name == "sqlite" and declared is not None:
                assert str(made) == str(declared)


def test_an_interrupted_step_leaves_nothing(new: Database, tmp_path: pathlib.Path) -> None:
    scripts = tmp_path / "migrations"
    (scripts / "versions").mkdir(parents=True)
    shutil.copy(pathlib.Path(schema.__file__).parent / "migrations" / "env.py", scripts)
    (scripts / "versions" / "0001_broken.py").write_text(BROKEN)
    with pytest.raises(RuntimeError, match="power"):
        schema.upgrade(new, scripts)
    assert tables(new) == set()
    schema.upgrade(new)
    assert schema.is_current(new)


def test_the_names_of_the_scripts_tell_the_revisions() -> None:
    """So that no process needs Alembic to see whether the schema is its own."""
    config = Config()
    config.set_main_option("script_location", str(pathlib.Path(schema.__file__).parent / "migrations"))
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert schema.revisions() == walked[::-1]


def test_a_newer_database_is_left_alone(new: Database) -> None:
    schema.upgrade(new)
    with new.writing() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (schema.upgrade, schema.is_current, schema.check):
        with pytest.raises(schema.SchemaUnknown, match=r"newer than this program .*9999.* install"):
            use(new)


def test_a_sqlite_file_loses_no_commit_and_holds_its_references(tmp_path: pathlib.Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'followup.db'}", Policy())
    with database.reading() as conn:
        told = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("mysql://host/db", "only sqlite:/// and postgresql://"),
        ("nonsense", "no database URL"),
        ("postgresql://fo:s3cret@host:port/db", "no database URL"),
        ("postgresql://fo:s3/cr@et#@host/db", "must be percent-encoded"),
    ],
)
def test_another_database_is_refused_in_a_sentence(url: str, says: str) -> None:
    with pytest.raises(DatabaseUrlRefused, match=says) as refused:
        Database(url, Policy())
    assert "s3" not in str(refused.value)
    assert "et#" not in str(refused.value)


def test_the_databases_clock_goes_on_and_is_kept_as_any_instant(new: Database) -> None:
    with new.reading() as conn:
        past, now, future = conn.execute(
            sa.select(database_now(-90), database_now(), database_now(0.5))
        ).one()
    assert past < now < future
    assert round((now - past).total_seconds(), 1) == 90
    assert now.utcoffset() is not None
