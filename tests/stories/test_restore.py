"""A restore in the middle of a day: as docs/how-to/backup.md says, and nothing is sent twice."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgresql
from tests.databases import Databases, Kind
from tests.stories.command_line import followup, run
from tests.stories.conftest import relayed


def at(url: str) -> dict[str, str]:
    """The settings of whoever works on this database."""
    return {
        "DATABASE_URL": url,
        "PILOT": "*",
        "SMTP_URL": "smtp://127.0.0.1:9?starttls=never",
        "MAIL_FROM": "hiring@halden.example",
    }


def back_up(kept_in: Kind, url: str, to: Path) -> None:
    made = (
        followup("backup", str(to), **at(url))
        if kept_in == "sqlite"
        else run(postgresql.program("pg_dump"), "--format=custom", f"--file={to}", url)
    )
    assert made.returncode == 0, made.stderr


def put_back(kept_in: Kind, databases: Databases, backup: Path) -> str:
    """The URL of the restored database."""
    if kept_in == "sqlite":
        return f"sqlite:///{backup}"
    url = databases.empty()
    restored = run(
        postgresql.program("pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={url}", str(backup)
    )
    assert restored.returncode == 0, restored.stderr
    return url


async def test_a_restore_in_the_middle_of_a_day_sends_nothing_twice(
    kept_in: Kind, databases: Databases, monday: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup of monday"
    async with relayed(monday) as (stage, server):
        dana = await stage.person("dana")
        await dana.presses("Send update", "Tomasz")
        await asyncio.to_thread(back_up, kept_in, monday, backup)
        await dana.presses("Send update", "Zoë")
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 2

    url = await asyncio.to_thread(put_back, kept_in, databases, backup)
    for command in ("serve", "worker", "tick"):
        refused = await asyncio.to_thread(followup, command, **at(url))
        assert refused.returncode == 1
        assert "Run `followup restored --backup-at TIME` first" in refused.stderr
    doctor = await asyncio.to_thread(followup, "doctor", **at(url))
    assert doctor.returncode == 1
    assert "Mend: Run `followup restored --backup-at TIME`" in doctor.stdout
    restored = ("restored", "--backup-at", "2026-11-23T14:30Z")
    told = await asyncio.to_thread(followup, *restored, **at(url))
    assert told.stdout.startswith("1 letter had not been sent when the backup was made"), told.stderr
    doctor = await asyncio.to_thread(followup, "doctor", **at(url))
    assert "schema current" in doctor.stdout, "nothing is to be told any more"
    again = await asyncio.to_thread(followup, *restored, **at(url))
    assert again.stdout.startswith("No letter was waiting in the backup.")

    async with relayed(url) as (stage, server):
        dana = await stage.person("dana")
        await dana.moves_clock("+1d")
        assert server.accepted == []
        digest = await dana.digest()
        assert "We cannot tell whether the letter to Tomasz went out" in digest.row("Tomasz").text
        assert "Letters to Zoë after Mon 23 Nov 09:30 are not known" in digest.row("Zoë").text
        await dana.presses("It went out", "Tomasz")
        await dana.presses("Send update", "Zoë")
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 1
        assert "are not known" not in (await dana.digest()).row("Zoë").text


def test_a_backup_overwrites_nothing_and_is_for_sqlite(kept_in: Kind, monday: str, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    refused = followup("backup", str(there), **at(monday))
    assert refused.returncode == 1
    assert ("exists already" if kept_in == "sqlite" else "pg_dump") in refused.stderr
    assert there.read_text() == "mine"


@pytest.fixture
def careless() -> Iterator[None]:
    """Files are made for everybody to read, as on most machines."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("careless")
def test_no_other_account_of_the_machine_reads_a_database_file_or_its_backup(tmp_path: Path) -> None:
    """Names, addresses and letters stand in both. Who is to read them is let in by whoever looks after it."""
    database, backup = tmp_path / "followup.db", tmp_path / "backup.db"
    assert followup("migrate", DATABASE_URL=f"sqlite:///{database}").returncode == 0
    assert readers(database) == 0o600
    back_up("sqlite", f"sqlite:///{database}", backup)
    assert readers(backup) == 0o600
    backup.unlink()
    database.chmod(0o640)
    back_up("sqlite", f"sqlite:///{database}", backup)
    assert readers(backup) == 0o640, "as wide as the database itself, and no wider"


def readers(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)
