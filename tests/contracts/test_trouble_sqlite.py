"""SQLite's own trouble passes by itself: a disk without room, a lock that another program holds."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa

from adapters.transactions import Clock, Transactions
from bot.loops import LetterState
from storage.database import Database
from storage.store import SqlStore
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


async def test_a_full_disk_takes_none_of_those_in_one_commit_and_says_so_to_each(acme: Company) -> None:
    transactions = Transactions(acme.database, Clock())
    dana = acme.dana
    fill_disk(acme, full=True)

    def renames(store: SqlStore, _: dt.datetime) -> None:
        store.save_member(dataclasses.replace(dana, name="Dana B"))

    def fills(store: SqlStore, _: dt.datetime) -> None:
        store.conn.exec_driver_sql("CREATE TABLE filler AS SELECT zeroblob(1000000) AS room")

    goes_on = threading.Event()
    under_way = asyncio.create_task(transactions.hop(goes_on.wait))
    asked = [asyncio.create_task(transactions.write_briefly(acme.workspace, it)) for it in (renames, fills)]
    await asyncio.sleep(0)
    goes_on.set()
    await under_way
    for refused in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(refused, sa.exc.OperationalError)
        assert named(refused) == "OperationalError SQLITE_FULL"
    assert acme.read(lambda store: store.member(dana.id)) == dana
    await transactions.write_briefly(acme.workspace, renames)
    transactions.close()
