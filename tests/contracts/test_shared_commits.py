"""Outcomes that wait for their turn share a commit: each still stands or falls by itself."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import threading
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
import sqlalchemy as sa

from adapters.transactions import Clock, Transactions
from bot.changes import Overtaken
from storage.store import SqlStore
from tests.contracts.conftest import LATER, Company

Work = Callable[[SqlStore, dt.datetime], object]


@dataclasses.dataclass(frozen=True)
class Office:
    company: Company
    transactions: Transactions

    async def at_one_moment(self, *works: Work) -> list[object]:
        """What comes of these, all asked for while another outcome was being written."""
        async with self.busy():
            asked = [asyncio.create_task(self.asks(work)) for work in works]
            await asyncio.sleep(0)
        return await asyncio.gather(*asked, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Another outcome is being written until the end."""
        begun, goes_on = threading.Event(), threading.Event()

        def slow(_: SqlStore, __: dt.datetime) -> None:
            begun.set()
            goes_on.wait()

        under_way = asyncio.create_task(self.asks(slow))
        await asyncio.to_thread(begun.wait)
        yield
        goes_on.set()
        await under_way

    async def asks(self, work: Work) -> object:
        return await self.transactions.write_outcome(self.company.workspace, work)

    def names(self) -> set[str]:
        return {member.name for member in self.company.read(lambda store: store.members())}


@pytest.fixture
async def office(acme: Company) -> AsyncIterator[Office]:
    transactions = Transactions(acme.database, Clock(LATER - dt.datetime.now(dt.UTC)))
    yield Office(acme, transactions)
    transactions.close()


def hires(name: str, within: list[sa.Connection] | None = None) -> Work:
    """`within`: is told the transaction it was done in."""

    def work(store: SqlStore, _: dt.datetime) -> str:
        known = store.members()[0]
        email = f"{name.lower()}@acme.example"
        store.save_member(dataclasses.replace(known, id=uuid.uuid4(), name=name, email=email))
        if within is not None:
            within.append(store.conn)
        return name

    return work


async def test_what_waits_together_is_committed_once(office: Office) -> None:
    names = ["Ada", "Ben", "Cleo"]
    within: list[sa.Connection] = []
    assert await office.at_one_moment(*(hires(name, within) for name in names)) == names
    assert office.names() >= set(names)
    assert len(set(within)) == 1


async def test_what_waits_for_nobody_is_committed_by_itself(office: Office) -> None:
    within: list[sa.Connection] = []
    for name in ("Ada", "Ben"):
        await office.asks(hires(name, within))
    assert len(set(within)) == 2


async def test_who_fails_spoils_nobody_else(office: Office) -> None:
    def stumbles(store: SqlStore, now: dt.datetime) -> None:
        hires("Nobody")(store, now)
        raise ValueError("stumbled")

    before = office.names()
    ada, none, ben = await office.at_one_moment(hires("Ada"), stumbles, hires("Ben"))
    assert (ada, ben) == ("Ada", "Ben")
    assert isinstance(none, ValueError)
    assert office.names() == before | {"Ada", "Ben"}


async def test_who_was_overtaken_looks_again(office: Office) -> None:
    tries = iter([Overtaken("Somebody was quicker."), None])

    def overtaken(store: SqlStore, now: dt.datetime) -> object:
        if (error := next(tries)) is not None:
            raise error
        return hires("Ben")(store, now)

    assert await office.at_one_moment(hires("Ada"), overtaken) == ["Ada", "Ben"]
    assert office.names() >= {"Ada", "Ben"}


async def test_who_has_gone_away_before_is_not_written(office: Office) -> None:
    async with office.busy():
        stays = asyncio.create_task(office.asks(hires("Ada")))
        goes = asyncio.create_task(office.asks(hires("Ben")))
        await asyncio.sleep(0)
        goes.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await goes
    assert await stays == "Ada"
    assert "Ben" not in office.names()


async def test_many_are_shared_out_over_several_commits(office: Office) -> None:
    names = [f"P{number}" for number in range(50)]
    within: list[sa.Connection] = []
    assert await office.at_one_moment(*(hires(name, within) for name in names)) == names
    assert office.names() >= set(names)
    assert 3 <= len(set(within)) < 50
