"""A restored database is told from the one in use, and nothing leaves from it before it has been settled."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.restoring import restored
from adapters.transactions import Clock, Transactions
from bot.loops import LetterState
from bot.policy import Policy
from storage import origin
from storage.database import Database
from storage.tables import deliveries, letters, nudges
from tests import postgresql
from tests.contracts.conftest import LATER, NOW, Company
from tests.databases import Databases


def put_back(acme: Company, databases: Databases, folder: Path) -> Database:
    """A backup made now, as docs/how-to/backup.md says, and restored beside the database in use."""
    backup = folder / "backup"
    if acme.database.takes_turns:
        origin.back_up(acme.database, backup, NOW)
        return Database(f"sqlite:///{backup}", Policy(), clock=lambda: LATER)
    url = databases.empty()
    own = acme.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    for command in (
        [postgresql.program("pg_dump"), "--format=custom", f"--file={backup}", own],
        [postgresql.program("pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={url}", str(backup)],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603
    return Database(url, Policy(), clock=lambda: LATER)


def test_the_database_in_use_is_none(acme: Company) -> None:
    acme.send(acme.loop())
    origin.check(acme.database)


def test_after_a_restore_letters_that_may_have_left_are_unknown_and_nothing_is_sent(
    acme: Company, databases: Databases, tmp_path: Path
) -> None:
    sent = acme.send(acme.loop("Maya Lindqvist"))
    silent = acme.loop("Tom Ek")
    again = put_back(acme, databases, tmp_path)
    origin.check(acme.database)
    with pytest.raises(origin.RestoredFirst, match=r"Run `followup restored --backup-at TIME` first"):
        origin.check(again)
    transactions = Transactions(again, Clock(LATER - dt.datetime.now(dt.UTC)))
    assert restored(transactions, NOW).startswith("1 letter had not been sent when the backup was made")
    origin.check(again)
    assert again.write(acme.workspace, lambda store: store.deliveries.claim(LATER, 9)) == []
    with again.reading() as conn:
        [row] = conn.execute(sa.select(letters.c.id, letters.c.state, letters.c.problem)).all()
        assert conn.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 0
        assert conn.scalar(sa.select(sa.func.count()).select_from(nudges)) == 0, "the pilot is empty here"
    assert (row.id, row.state) == (sent.id, LetterState.UNKNOWN)
    assert "restored from a backup" in row.problem
    policy = again.read(acme.workspace, lambda store: store.policy)
    assert policy.restored is not None
    assert policy.restored.backup_at == NOW
    assert again.read(acme.workspace, lambda store: store.loop(silent.id)) is not None
    assert restored(transactions, NOW).startswith("No letter was waiting")
    transactions.close()
