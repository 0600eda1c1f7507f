"""Where a command cannot do its work, its terminal shows a sentence that says why, never a stack trace."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.stories.command_line import FOLLOWUP, environment, followup

DATABASES = ("sqlite",)
MAIL = {"SMTP_URL": "smtp://127.0.0.1:1?starttls=never", "MAIL_FROM": "hiring@acme.example"}
APP_ID = "00000000-0000-0000-0000-000000000001"


def one_sentence(ended: subprocess.CompletedProcess[str]) -> str:
    """All that was said: one line, no log beside it. (That no command leaves a trace, `followup` sees to.)"""
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout == ""
    [line] = ended.stderr.splitlines()
    assert line.startswith("Error: ")
    return line


def csv(folder: Path) -> str:
    file = folder / "people.csv"
    file.write_text("candidate_name\nAda\n")
    return str(file)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    there = {"DATABASE_URL": f"sqlite:///{tmp_path / 'missing' / 'followup.db'}"}
    said = one_sentence(followup("migrate", **there))
    assert f"SQLite at {tmp_path / 'missing' / 'followup.db'} does not answer" in said
    assert f"There is no folder {tmp_path / 'missing'}: make it" in said
    said = one_sentence(followup("import", csv(tmp_path), **there))
    assert f"There is no database at {tmp_path / 'missing' / 'followup.db'} yet" in said


@pytest.mark.parametrize("command", ["migrate", "deliveries", "serve"])
def test_a_postgresql_that_is_down_is_named_without_its_password(command: str) -> None:
    url = f"postgresql://followup:s3cret@127.0.0.1:{free_port()}/hiring"
    said = one_sentence(followup(command, DATABASE_URL=url, **MAIL))
    assert "PostgreSQL at 127.0.0.1/hiring does not answer" in said
    assert "Does it run, and do host, user and password in FOLLOWUP_DATABASE_URL fit?" in said
    assert "s3cret" not in said


def test_an_option_that_postgresql_does_not_know() -> None:
    said = one_sentence(followup("migrate", DATABASE_URL="postgresql://followup@127.0.0.1/hiring?pool=5"))
    assert 'PostgreSQL at 127.0.0.1/hiring does not answer: invalid connection option "pool"' in said


@pytest.mark.parametrize(
    "beside",
    ["{file}?timeout=soon", "{file}?check_same_thread=maybe", "{file}?mode=ro", "//host/followup.db"],
)
def test_something_beside_the_file_of_sqlite(tmp_path: Path, beside: str) -> None:
    url = f"sqlite:///{beside.format(file=tmp_path / 'followup.db')}".replace("/////", "//")
    said = one_sentence(followup("migrate", DATABASE_URL=url))
    assert "FOLLOWUP_DATABASE_URL names an SQLite file and something beside it" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["tick --now", "restored --backup-at"])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_an_instant_far_from_our_times(tmp_path: Path, option: str, at: str) -> None:
    ours = {"DATABASE_URL": f"sqlite:///{tmp_path / 'followup.db'}"}
    assert followup("migrate", **ours).returncode == 0
    assert "far from our times: mend the year." in one_sentence(followup(*option.split(), at, **ours))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    for command in ("migrate", "deliveries"):
        said = one_sentence(followup(command, DATABASE_URL=f"sqlite:///{csv(tmp_path)}"))
        assert "file is not a database" in said


def test_a_database_that_another_program_is_writing_to(tmp_path: Path) -> None:
    ours = {"DATABASE_URL": f"sqlite:///{tmp_path / 'followup.db'}"}
    assert followup("migrate", **ours).returncode == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "followup.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said = one_sentence(followup("pause", "all", **ours))
    assert "Another program is writing to it. Try again when that has finished." in said
    assert followup("pause", "all", **ours).returncode == 0


@pytest.mark.parametrize("command", ["deliveries", "tick"])
def test_no_command_but_migrate_makes_a_database(tmp_path: Path, command: str) -> None:
    one_sentence(followup(command, DATABASE_URL=f"sqlite:///{tmp_path / 'followup.db'}"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    out = tmp_path / "missing" / "followup.zip"
    url = "https://followup.acme.example"
    said = one_sentence(followup("manifest", "teams", "--url", url, "--app-id", APP_ID, "--out", str(out)))
    assert f"{out} cannot be used: No such file or directory." in said


def test_something_in_the_place_of_the_demos_folder(tmp_path: Path) -> None:
    (tmp_path / ".demo").touch()
    ended = subprocess.run(  # noqa: S603
        [FOLLOWUP, "demo"], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert ".demo cannot be used: File exists. Something else is in its place" in one_sentence(ended)


@pytest.mark.parametrize(("command", "port"), [("demo", "99999"), ("serve", "0"), ("worker", "99999")])
def test_a_number_that_is_no_port(command: str, port: str) -> None:
    refused = followup(command, "--port", port)
    assert refused.returncode == 2
    assert "is not in the range 1<=x<=65535" in refused.stderr


def test_what_nobody_foresaw_is_a_sentence_with_an_id_and_the_log_knows_where(tmp_path: Path) -> None:
    """Somebody has written an address into the database where a number belongs."""
    ours = {"DATABASE_URL": f"sqlite:///{tmp_path / 'followup.db'}", "LOG_FORMAT": "json"}
    assert followup("migrate", **ours).returncode == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "followup.db")) as database:
        database.execute("UPDATE workspaces SET settings = ?", ('{"ada@example.com',))
        database.commit()
    ended = followup("pause", "all", **ours)
    assert ended.returncode == 1
    logged, said = ended.stderr.splitlines()
    line = json.loads(logged)
    assert line["event"] == "command_failed"
    assert line["command"] == "pause"
    assert line["error"] == "JSONDecodeError"
    assert "adapters/cli.py" in line["trace"]
    assert "storage/" in line["trace"]
    assert said.startswith("Error: Something went wrong that nobody foresaw (JSONDecodeError).")
    assert f"incident {line['incident']}" in said
    assert "ada@example.com" not in ended.stderr
