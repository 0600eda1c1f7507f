"""Outcomes that share a commit wait for nobody's lock for long, and two such commits not for each other."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import threading
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
import sqlalchemy as sa

from adapters import shared_commits
from adapters.transactions import Clock, Transactions
from bot.people import Member
from storage.database import ANSWERS_IN_S
from storage.store import SqlStore
from storage.tables import members
from tests.contracts.conftest import LATER, Company

DATABASES = ("postgresql",)
Work = Callable[[SqlStore, dt.datetime], str]


@pytest.fixture
async def transactions(acme: Company) -> AsyncIterator[Transactions]:
    made = Transactions(acme.database, Clock(LATER - dt.datetime.now(dt.UTC)))
    yield made
    made.close()


def renames(member: Member) -> Work:
    def work(store: SqlStore, _: dt.datetime) -> str:
        store.save_member(dataclasses.replace(member, name=f"{member.name} B"))
        return member.name

    return work


def name_of(acme: Company, member: Member) -> str:
    found = acme.read(lambda store: store.member(member.id))
    assert found is not None
    return found.name


async def test_who_waits_for_a_lock_holds_up_none_of_the_others(
    acme: Company, transactions: Transactions
) -> None:
    colleagues = [acme.member(name) for name in ("Ada", "Ben", "Cleo")]
    with acme.database.writing() as conn:
        ben = sa.select(members.c.id).where(members.c.id == colleagues[1].id)
        conn.execute(ben.with_for_update())
        asked = [
            asyncio.create_task(transactions.write_outcome(acme.workspace, renames(one)))
            for one in colleagues
        ]
        ada, waits, cleo = asked
        async with asyncio.timeout(ANSWERS_IN_S / 2):
            assert [await ada, await cleo] == ["Ada", "Cleo"]
        assert not waits.done()
    assert await waits == "Ben"
    assert {name_of(acme, one) for one in colleagues} == {"Ada B", "Ben B", "Cleo B"}


async def test_many_who_wait_for_locks_leave_threads_to_everybody_else(
    acme: Company, transactions: Transactions
) -> None:
    """As when somebody has changed many rows by hand, and has not committed yet."""
    waiting = [acme.member(f"W{number}") for number in range(2 * acme.database.connections)]
    ada, ben = acme.member("Ada"), acme.member("Ben")
    with acme.database.engine.connect() as conn:
        rows = sa.select(members.c.id).where(members.c.id.in_([one.id for one in waiting]))
        conn.execute(rows.with_for_update())
        asked = [
            asyncio.create_task(transactions.write_outcome(acme.workspace, renames(one)))
            for one in (*waiting, ada)
        ]
        await asyncio.wait(asked, timeout=1.0)  # by now they wait each by itself
        async with asyncio.timeout(ANSWERS_IN_S / 4):
            assert await transactions.write(acme.workspace, renames(ben)) == "Ben"
        async with asyncio.timeout(ANSWERS_IN_S):
            assert await asked[-1] == "Ada"
    assert await asyncio.gather(*asked[:-1]) == [one.name for one in waiting]


async def test_a_commit_is_of_one_company(acme: Company, transactions: Transactions) -> None:
    """Its rows may lie on a machine of their own, and its locks are nobody else's business."""
    companies = (acme.workspace, acme.database.create_workspace("Globex", LATER))
    within: dict[uuid.UUID, set[sa.Connection]] = {it: set() for it in companies}

    def looks(store: SqlStore, _: dt.datetime) -> None:
        within[store.workspace].add(store.conn)

    await asyncio.gather(*(transactions.write_outcome(it, looks) for _ in range(20) for it in companies))
    of_one, of_the_other = within.values()
    assert of_one
    assert of_the_other
    assert not of_one & of_the_other


async def test_two_commits_whose_locks_cross_are_both_kept(
    acme: Company, transactions: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_commits, "LONGEST_S", 10.0)  # also on a busy machine both are in one commit
    other = Transactions(acme.database, transactions.clock)
    ada, ben = acme.member("Ada"), acme.member("Ben")
    both_hold_one, all_have_asked = threading.Barrier(2, timeout=10), threading.Event()
    done: list[Transactions] = []

    def asks(by: Transactions, first: Member, second: Member) -> list[asyncio.Task[str]]:
        def holds(store: SqlStore, now: dt.datetime) -> str:
            name = renames(first)(store, now)
            if by not in done:
                done.append(by)
                all_have_asked.wait(10)
                both_hold_one.wait()
            else:
                again.append(name)
            return name

        return [asyncio.create_task(by.write_outcome(acme.workspace, it)) for it in (holds, renames(second))]

    again: list[str] = []
    asked = [*asks(transactions, ada, ben), *asks(other, ben, ada)]
    await asyncio.sleep(0)
    all_have_asked.set()
    async with asyncio.timeout(ANSWERS_IN_S / 2):
        assert await asyncio.gather(*asked) == ["Ada", "Ben", "Ben", "Ada"]
    assert again, "they stood in each other's way"
    assert {name_of(acme, one) for one in (ada, ben)} == {"Ada B", "Ben B"}
    other.close()
