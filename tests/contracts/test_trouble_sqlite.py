"""SQLite's own trouble passes by itself: a disk without room, a lock that another program holds."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from bot.loops import LetterState
from storage.database import Database
from storage.tables import letters
from storage.trouble import named, passes
from tests.contracts.conftest import NOW, Company

DATABASES = ("sqlite",)


def in_state(acme: Company) -> dict[uuid.UUID, LetterState]:
    with acme.database.reading() as conn:
        return {row.id: row.state for row in conn.execute(sa.select(letters.c.id, letters.c.state))}


def fill_disk(acme: Company, *, full: bool) -> None:
    """No more pages for anybody: SQLite's own limit stands in for a disk without room."""
    with acme.database.engine.connect() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
        held = [acme.database.engine.connect() for _ in range(acme.database.connections - 1)]
        for one in (conn, *held):
            one.exec_driver_sql(f"PRAGMA max_page_count = {pages if full else 1_000_000}")
        for one in held:
            one.close()


def add_many(acme: Company) -> None:
    for _ in range(100):
        acme.loop("Somebody Else")


def test_a_full_disk_loses_nothing_and_is_over_when_there_is_room(acme: Company) -> None:
    loop = acme.loop()
    fill_disk(acme, full=True)
    with pytest.raises(sa.exc.OperationalError) as refused:
        add_many(acme)
    assert passes(refused.value)
    assert named(refused.value) == "OperationalError SQLITE_FULL"
    assert "mail.example" not in str(refused.value)
    before = in_state(acme)
    fill_disk(acme, full=False)
    letter = acme.send(loop)
    assert in_state(acme) == before | {letter.id: LetterState.QUEUED}


def test_a_lock_that_another_program_holds_is_said_and_passes(acme: Company) -> None:
    policy = acme.read(lambda store: store.policy)
    hurried = Database(str(acme.database.engine.url), policy, busy_s=0, clock=lambda: NOW)
    with acme.database.writing(), pytest.raises(sa.exc.OperationalError) as refused:
        hurried.write(acme.workspace, lambda store: store.recompute_due())
    assert passes(refused.value)
    assert named(refused.value) == "OperationalError SQLITE_BUSY"
    hurried.write(acme.workspace, lambda store: store.recompute_due())
    hurried.close()
