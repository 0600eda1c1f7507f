"""The same file is imported twice at the same moment: by hand, say, while the nightly import runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy as sa

from tests.databases import MIGRATED, Databases, driven, rows
from tests.stories.command_line import followup, started
from tests.stories.test_same_moment import PATIENCE_S, until

DATABASES = ("postgresql",)


def people(folder: Path, *names: str) -> str:
    """A file in which these wait for the same role, without an id of another system."""
    file = folder / f"{names[0]}.csv"
    lines = [f"{name},{name}@example.com,Welder,dana@acme.example,2026-11-12" for name in names]
    header = "candidate_name,candidate_email,role,manager_email,interviewed_at"
    file.write_text("\n".join([header, *lines]))
    return str(file)


async def test_nobody_is_there_twice(databases: Databases, tmp_path: Path) -> None:
    url = await asyncio.to_thread(databases.copy, MIGRATED)
    ours = {"DATABASE_URL": url}
    ended = await asyncio.to_thread(followup, "import", people(tmp_path, "Ada"), **ours)
    assert ended.returncode == 0, "manager and role are there"
    file = people(tmp_path, "Bert", "Cleo")
    async with started("import", file, **ours) as one, started("import", file, **ours) as two:
        with sa.create_engine(driven(url), poolclass=sa.NullPool).connect() as held:
            # Both begin and stop before they have seen who is there; then both go on at once.
            held.execute(sa.text("LOCK TABLE candidates IN ACCESS EXCLUSIVE MODE"))
            await until(url, "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted", 2)
            held.rollback()
        said = [await asyncio.wait_for(it.communicate(), PATIENCE_S) for it in (one, two)]
    assert {it.returncode for it in (one, two)} == {0}, said
    assert rows(url, "SELECT email, count(*) FROM candidates GROUP BY email ORDER BY email") == [
        ("Ada@example.com", 1), ("Bert@example.com", 1), ("Cleo@example.com", 1),
    ]  # fmt: skip
