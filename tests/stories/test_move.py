"""One machine is not enough any more: from SQLite to PostgreSQL in the middle of a day."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.tables import metadata
from tests.databases import Databases, SqliteFiles, change, rows
from tests.ports import free_port
from tests.stories.command_line import followup, started, until_says
from tests.stories.conftest import MONDAY, relayed
from tests.stories.test_restore import at

DATABASES = ("postgresql",)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """An SQLite database in which it is Monday, 09:30."""
    return SqliteFiles(tmp_path, tmp_path).copy(MONDAY).removeprefix("sqlite:///")


def counted(url: str) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: rows(url, str(sa.select(sa.func.count()).select_from(table)))[0][0]
        for table in metadata.sorted_tables
    }


async def test_a_company_moves_to_postgresql_and_goes_on_where_it_was(
    databases: Databases, file: str
) -> None:
    async with relayed(f"sqlite:///{file}") as (stage, server):
        dana = await stage.person("dana")
        await dana.asks("/followup away until 4 dec delegate @sam")
        await dana.presses("Send update", "Tomasz")
    before, url = counted(f"sqlite:///{file}"), databases.empty()

    moved = await asyncio.to_thread(followup, "move", file, **at(url))
    assert moved.returncode == 0, moved.stderr
    assert moved.stdout.startswith(f"All {sum(before.values()) - 1} rows of {file} are in PostgreSQL now.")
    assert counted(url) == before
    refused = await asyncio.to_thread(followup, "serve", **at(f"sqlite:///{file}"))
    assert refused.returncode == 1, "nothing leaves from both"
    assert "was moved elsewhere" in refused.stderr

    async with relayed(url) as (stage, server):
        dana = await stage.person("dana")
        assert "Tomasz gets your update" in (await dana.asks("/followup")).row("Tomasz").text
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 1
        assert (await dana.asks("/followup tomasz")).row("Tomasz").text.startswith("Told Mon 23 Nov")
        assert "Welcome back" in (await dana.asks("/followup back")).text


async def test_nothing_moves_while_a_process_has_the_file_open(databases: Databases, file: str) -> None:
    url = databases.empty()
    async with started("serve", "--port", str(free_port()), **at(f"sqlite:///{file}")) as process:
        await until_says(process, "Followup is running at")
        refused = await asyncio.to_thread(followup, "move", file, **at(url))
        assert refused.returncode == 1
        assert "Another process has" in refused.stderr
    moved = await asyncio.to_thread(followup, "move", file, **at(url))
    assert moved.returncode == 0, moved.stderr
    other = await asyncio.to_thread(followup, "move", file, **at(url))
    assert "restored from a backup, or was moved elsewhere" in other.stderr


async def test_a_database_that_has_been_used_is_not_written_over(company: str, file: str) -> None:
    refused = await asyncio.to_thread(followup, "move", file, **at(company))
    assert "has been used already, so nothing was moved" in refused.stderr
    wrong = await asyncio.to_thread(followup, "move", file, **at(f"sqlite:///{file}"))
    assert "Name the new database in FOLLOWUP_DATABASE_URL" in wrong.stderr
    await asyncio.to_thread(Path(file).write_text, "candidate_name,candidate_email")
    unreadable = await asyncio.to_thread(followup, "move", file, **at(company))
    assert f"{file} cannot be read as a database of Followup's" in unreadable.stderr


FULL = """
CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER is_full BEFORE INSERT ON candidates EXECUTE FUNCTION is_full()
"""


async def test_a_move_that_stops_half_way_has_moved_nothing_and_is_made_again(
    databases: Databases, file: str
) -> None:
    here, url = f"sqlite:///{file}", databases.empty()
    migrated = await asyncio.to_thread(followup, "migrate", **at(url))
    assert migrated.returncode == 0, migrated.stderr
    empty = counted(url)
    change(url, FULL)  # Members, who come before candidates, have gone in by then.
    stopped = await asyncio.to_thread(followup, "move", file, **at(url))
    assert stopped.returncode == 1
    assert "no space left on device" in stopped.stderr
    assert counted(url) == empty
    async with started("serve", "--port", str(free_port()), **at(here)) as process:
        await until_says(process, "Followup is running at")
    change(url, "DROP FUNCTION is_full CASCADE")
    moved = await asyncio.to_thread(followup, "move", file, **at(url))
    assert moved.returncode == 0, moved.stderr
    assert counted(url) == counted(here)
