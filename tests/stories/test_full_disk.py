"""PostgreSQL's disk is full for a while: a letter that has left is not sent again, nor forgotten."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from tests.databases import change, rows
from tests.stories.conftest import relayed
from tests.stories.slack_stage import slack_staged

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


async def test_a_click_there_was_no_room_for_is_answered_and_costs_one_line_in_the_log(company: str) -> None:
    async with slack_staged(company) as stage:
        dana = await stage.person("dana")
        change(company, FULL)
        change(
            company,
            "CREATE TRIGGER full_disk BEFORE INSERT ON letters FOR EACH ROW EXECUTE FUNCTION no_room()",
        )
        with capture_logs() as logged:
            await dana.clicks("Send update", "Tomasz")
        answer = (await dana.reads())[-1].text
        assert "nothing was sent. The log knows more under" in answer
        [line] = [it for it in logged if it["log_level"] in ("warning", "error")]
        assert line["incident"] in answer
        assert (line["log_level"], line["error"]) == ("warning", "DiskFull 53100")
        assert "exc_info" not in line, "where it happened is of no use to anybody"
        change(company, "DROP TRIGGER full_disk ON letters")
        assert (await dana.presses("Send update", "Tomasz")).row("Tomasz").text.startswith("Tomasz gets your")
