"""`followup doctor` tells an operator what is wrong and how to mend it: every time, and never a secret."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import uuid
from email.utils import format_datetime
from pathlib import Path

from adapters.demo import opened as opened_demo
from adapters.doctor.clock import clock, time_zones
from adapters.doctor.examine import _safely, examine
from adapters.doctor.finding import Finding, State, lines, summary
from bot.people import Member
from bot.policy import Policy
from bot.uses.pausing import pause_all
from storage.database import Database
from tests.databases import Kind, change
from tests.smtp_counterpart import Counterpart, Do, Stage
from tests.stories import doctor_stage
from tests.stories.command_line import FOLLOWUP, environment
from tests.stories.doctor_stage import (
    APP,
    BOT,
    PASSWORD,
    SECRET,
    Slack,
    of_slack,
    on_slack,
    relay,
    report,
    settings,
)

database, no_proxy, slack = doctor_stage.database, doctor_stage.no_proxy, doctor_stage.slack
NOW = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)


# -- the command --------------------------------------------------------------------------------------------


async def run(folder: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        FOLLOWUP, "doctor", *arguments,
        cwd=folder,
        env=environment() | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_where_all_is_well_every_line_says_so(
    tmp_path: Path, database: str, slack: Slack, kept_in: Kind
) -> None:
    async with Counterpart({Stage.EHLO: Do("250-counterpart.test\r\n250 AUTH PLAIN")}) as server:
        code, out = await run(
            tmp_path,
            **of_slack(slack, slack_signing_secret=SECRET),
            **settings(
                database_url=database,
                smtp_url=relay(server.port, f"followup:{PASSWORD}@"),
                mail_from="hiring@acme.example",
                admins="kim@acme.example",
                timezone="Europe/Berlin",
            ),
        )
    words = {line[6:].split("  ")[0].strip(): line.split()[0] for line in out.splitlines() if line[0] != " "}
    assert code == 0, out
    # Nobody owns acme.example, so there is nothing to be looked up.
    assert {name for name, state in words.items() if state == "warn"} == {"dmarc"}
    assert {"sqlite": "SQLite at", "postgresql": "PostgreSQL at"}[kept_in] in out
    assert "schema current" in out
    assert "logged in, takes letters from hiring@acme.example; nothing was sent" in out
    assert "the bot is in Acme and speaks as @followup" in out
    assert "dana@acme.example is in Slack as U0DANA" in out
    assert "agrees with Slack and the database" in out
    assert out.splitlines()[-1] == "Nothing is wrong, 1 to look at."
    for secret in (BOT, APP, SECRET, PASSWORD, "very-secret-ticket"):
        assert secret not in out
    assert server.accepted == []


async def test_with_nothing_set_it_names_what_lacks_and_goes_on_to_the_end(tmp_path: Path) -> None:
    code, out = await run(tmp_path)
    assert code == 1
    assert "wrong smtp" in out
    assert "Mend: Set it to your mail relay" in out
    assert "there is no such file" in out
    assert "FOLLOWUP_PILOT is empty: the bot addresses nobody." in out
    assert "docs/how-to/slack.md" in out
    assert out.splitlines()[-1].startswith("2 things are wrong, 3 to look at.")
    assert "Traceback" not in out
    assert os.listdir(tmp_path) == [], "a database was made by looking for it"


# -- settings -----------------------------------------------------------------------------------------------


async def test_every_wrong_setting_is_named_at_once_and_no_value_of_a_secret(database: str) -> None:
    environ = settings(
        database_url=database,
        timezone="Mars/Olympus",
        slack_bot_token=APP,
        smpt_url=f"smtp://followup:{PASSWORD}@mail.acme.example",
        pilot="*",
    )
    found = [finding async for finding in examine(environ)]
    refused = [finding for finding in found if finding.name == "settings"]
    assert [finding.state for finding in refused] == [State.WRONG, State.WRONG, State.WARN]
    assert {finding.what.split()[0] for finding in refused} == {
        "FOLLOWUP_TIMEZONE",
        "FOLLOWUP_SLACK_BOT_TOKEN",
        "FOLLOWUP_SMPT_URL",
    }
    assert refused[2].mend == "Did you mean FOLLOWUP_SMTP_URL?"
    assert not any(secret in str(found) for secret in (APP, PASSWORD))
    # The others were looked at all the same.
    assert {"database", "pilot", "time zones", "clock"} <= {finding.name for finding in found}


async def test_settings_of_slack_that_lack_another_are_named(database: str) -> None:
    found = await report(settings(database_url=database, slack_app_token=APP))
    assert found["slack"].state is State.WRONG
    assert "FOLLOWUP_SLACK_BOT_TOKEN" in found["slack"].what


# -- database -----------------------------------------------------------------------------------------------


async def test_tables_that_were_not_made_yet(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    found = await report(settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}"))
    assert found["database"].state is State.WRONG
    assert "followup migrate" in found["database"].mend


async def test_a_database_of_a_newer_program(database: str) -> None:
    change(database, "UPDATE alembic_version SET version_num = 'from the future'")
    found = await report(settings(database_url=database))
    assert found["database"].state is State.WRONG
    assert "newer than this program" in found["database"].what


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Not a database, but long enough to be looked at as one.\n" * 20)
    found = await report(settings(database_url=f"sqlite:///{tmp_path / 'notes.txt'}"))
    assert found["database"].state is State.WRONG
    assert "file is not a database" in found["database"].what


async def test_a_url_that_names_no_database_we_know(tmp_path: Path) -> None:
    found = await report(settings(database_url=f"mysql://followup:{PASSWORD}@db.acme.example/followup"))
    assert found["database"].what.startswith("FOLLOWUP_DATABASE_URL begins with mysql://")


# -- people -------------------------------------------------------------------------------------------------


async def test_admins_are_those_of_the_settings_and_who_is_none_any_more_is_named(database: str) -> None:
    opened = Database(database, Policy())
    workspace = opened.create_workspace("Acme", NOW)
    jo = Member(id=uuid.uuid4(), name="Jo", email="jo@acme.example", zone="UTC", admin=True)
    sam = Member(id=uuid.uuid4(), name="Sam", email="sam@acme.example", zone="UTC")
    opened.write(workspace, lambda store: store.save_member(jo))
    opened.write(workspace, lambda store: store.save_member(sam))
    opened.close()
    found = await report(settings(database_url=database, admins="kim@acme.example"))
    assert found["admins"].state is State.WARN
    assert found["admins"].what.startswith("jo@acme.example will not be admin any more")
    both = await report(settings(database_url=database, admins="kim@acme.example,T0ACME/jo@acme.example"))
    assert both["admins"] == Finding("admins", State.OK, "T0ACME/jo@acme.example, kim@acme.example")


async def test_the_pilot_is_said_as_it_is(database: str) -> None:
    everybody = await report(settings(database_url=database, pilot="*"))
    some = await report(settings(database_url=database, pilot="ravi@acme.example,dana@acme.example"))
    assert everybody["pilot"].what == "everybody may be addressed"
    assert some["pilot"].what == "dana@acme.example, ravi@acme.example and nobody else"


async def test_who_is_in_the_pilot_and_nowhere_else_is_named(database: str) -> None:
    opened = Database(database, Policy())
    workspace = opened.create_workspace("Acme", NOW)
    sam = Member(id=uuid.uuid4(), name="Sam", email="Sam@acme.example", zone="UTC")
    opened.write(workspace, lambda store: store.save_member(sam))
    opened.close()
    found = (await report(settings(database_url=database, pilot="sam@acme.example,dnaa@acme.example")))[
        "pilot"
    ]
    assert (found.state, found.what) == (State.WARN, "dnaa@acme.example: no member here has this work email.")


# -- what holds the bot back --------------------------------------------------------------------------------


async def test_what_is_paused_is_said_with_who_paused_it(database: str) -> None:
    opened = Database(database, Policy())
    workspace = opened.create_workspace("Acme", NOW)
    jo = Member(id=uuid.uuid4(), name="Jo Ito", email="jo@acme.example", zone="UTC", admin=True)
    opened.write(workspace, lambda store: store.save_member(jo))
    assert (await report(settings(database_url=database)))["paused"].what == "nothing is paused"
    opened.write(workspace, lambda store: pause_all(store, NOW, "letters", on=True, by=jo))
    opened.write(workspace, lambda store: pause_all(store, NOW, "nudges", on=True))
    opened.close()
    found = (await report(settings(database_url=database)))["paused"]
    assert found.state is State.WARN
    assert found.what == "Jo Ito has paused letters. Whoever runs Followup has paused nudges."


async def test_a_rehearsal_is_said_before_while_and_after_it_is_on(database: str) -> None:
    opened = Database(database, Policy())
    workspace = opened.create_workspace("Acme", NOW)
    assert (await report(settings(database_url=database)))["rehearsal"].state is State.OK
    before = (await report(settings(database_url=database, rehearsal="on")))["rehearsal"]
    assert "from the next start of `followup serve` on" in before.what
    opened.write(workspace, lambda store: store.begin_rehearsal(NOW))
    opened.close()
    on = (await report(settings(database_url=database, rehearsal="on")))["rehearsal"]
    assert "A rehearsal is on since 2026-11-23" in on.what
    over = (await report(settings(database_url=database)))["rehearsal"]
    assert "is over by the settings and goes on in the database" in over.what


async def test_in_a_rehearsal_no_test_message_is_written(slack: Slack) -> None:
    found = (await on_slack(slack, "dana@acme.example", rehearsal="on"))["slack write"]
    assert (found.state, "FOLLOWUP_REHEARSAL is on" in found.what) == (State.WRONG, True)
    assert "chat.postMessage" not in slack.methods()


async def test_a_demo_is_examined_in_a_moment(tmp_path: Path) -> None:
    async with opened_demo(f"sqlite:///{tmp_path / 'demo.db'}") as demo:
        assert await demo.examined() == "Nothing is wrong."
        await demo.running.transactions.write(
            demo.running.workspace, lambda store, now: pause_all(store, now, "all", on=True)
        )
        assert await demo.examined() == "Nothing is wrong, 1 to look at."
        await demo.running.runner.stop()


# -- clock, zones, and the report itself --------------------------------------------------------------------


async def test_a_clock_that_is_ten_minutes_off(slack: Slack) -> None:
    slack.date = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10), usegmt=True)
    found = (await on_slack(slack))["clock"]
    assert found.state is State.WARN
    assert "behind Slack" in found.what
    ahead = clock({"the database": dt.timedelta(seconds=-61), "Slack": dt.timedelta(seconds=59)})
    assert ahead.what.startswith("This computer's clock is 61 s ahead of the database.")


def test_time_zones_that_are_there_and_one_that_is_not() -> None:
    assert time_zones("Europe/Berlin").state is State.OK
    assert time_zones("Mars/Olympus").state is State.WRONG


async def test_a_check_that_breaks_is_a_finding_like_any_other() -> None:
    def breaks() -> Finding:
        raise RuntimeError(PASSWORD)

    found = await _safely("smtp", breaks)
    assert found.state is State.WRONG
    assert "RuntimeError" in found.what
    assert PASSWORD not in str(found)


def test_the_last_line_counts() -> None:
    ok, warn, wrong = (Finding("x", state, "y") for state in State)
    assert summary([ok]) == "Nothing is wrong."
    assert summary([ok, warn]) == "Nothing is wrong, 1 to look at."
    assert summary([wrong, warn]).startswith("1 thing is wrong, 1 to look at.")
    assert summary([wrong, wrong]).startswith("2 things are wrong. Mend it")
    assert list(lines(Finding("smtp", State.WRONG, "It is off.", "Switch it on."))) == [
        "wrong smtp          It is off.",
        "                    Mend: Switch it on.",
    ]
