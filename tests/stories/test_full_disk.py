"""PostgreSQL's disk is full for a while: a letter that has left is not sent again, nor forgotten."""

from __future__ import annotations

import asyncio

from tests.databases import change, rows
from tests.stories.conftest import relayed

DATABASES = ("postgresql",)
FULL = (
    "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
)
"""As a server answers whose disk is full: disk_full."""
SENT_HAS_NO_ROOM = (
    "CREATE TRIGGER full_disk BEFORE UPDATE ON letters FOR EACH ROW WHEN (NEW.state = 'sent') "
    "EXECUTE FUNCTION no_room()"
)


async def test_a_letter_that_left_is_written_down_when_there_is_room_again(monday: str) -> None:
    async with relayed(monday) as (stage, server):
        dana = await stage.person("dana")
        await dana.presses("Send update", "Tomasz")
        change(monday, FULL)
        change(monday, SENT_HAS_NO_ROOM)
        moving = asyncio.create_task(dana.moves_clock("2026-11-23T09:35"))
        await asyncio.wait_for(server.until_accepted(1), 30)
        assert rows(monday, "SELECT state FROM letters") == [("sending",)]
        change(monday, "DROP TRIGGER full_disk ON letters")
        await moving
        assert rows(monday, "SELECT state FROM letters") == [("sent",)]
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 1
        assert (await dana.digest()).row("Tomasz").text.startswith("Told Mon 23 Nov")
