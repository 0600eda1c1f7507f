"""A new version has changed the tables; processes of this one still run, until they are replaced."""

from __future__ import annotations

import asyncio

from tests.databases import change, rows
from tests.stories.command_line import followup
from tests.stories.conftest import relayed


async def test_whoever_runs_already_goes_on_and_loses_nothing(monday: str) -> None:
    async with relayed(monday) as (stage, server):
        dana = await stage.person("dana")
        await dana.presses("Send update", "Tomasz")
        for step in (
            "ALTER TABLE letters ADD COLUMN read_at TEXT",
            "ALTER TABLE deliveries ADD COLUMN weight INTEGER NOT NULL DEFAULT 1",
            "ALTER TABLE members ADD COLUMN pronouns TEXT",
            "CREATE TABLE moods (workspace_id TEXT, mood TEXT)",
            "UPDATE alembic_version SET version_num = '9999'",
        ):
            change(monday, step)
        await dana.presses("Send update", "Zoë")
        form = await dana.opens("Other date", "Mei")
        await dana.submits(form, date="2026-12-02")
        await dana.moves_clock("+1d")
        assert len(server.accepted) == 3
        assert "1 candidate is waiting" in (await dana.digest()).heading, "the list of Tuesday has come"
    assert {row[0] for row in rows(monday, "SELECT state FROM letters")} == {"sent"}
    again = await asyncio.to_thread(followup, "tick", DATABASE_URL=monday)
    assert again.returncode == 1
    assert "newer than this program" in again.stderr
