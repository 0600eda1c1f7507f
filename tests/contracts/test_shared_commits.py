"""On SQLite short writes that wait for their turn share a commit: each still stands or falls by itself."""

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

DATABASES = ("sqlite",)
Work = Callable[[SqlStore, dt.datetime], object]


@dataclasses.dataclass(frozen=True)
class Office:
    """The company at work, and how often something was committed there."""

    company: Company
    transactions: Transactions
    commits: list[int]

    async def at_one_moment(self, *works: Work) -> list[object]:
        """What comes of these, all asked for while another write was under way."""
        goes_on = threading.Event()
        under_way = asyncio.create_task(self.transactions.hop(goes_on.wait))
        asked = [asyncio.create_task(self.asks(work)) for work in works]
        await asyncio.sleep(0)
        self.commits.clear()
        goes_on.set()
        await under_way
        return await asyncio.gather(*asked, return_exceptions=True)

    async def asks(self, work: Work) -> object:
        return await self.transactions.write_briefly(self.company.workspace, work)

    def names(self) -> set[str]:
        return {member.name for member in self.company.read(lambda store: store.members())}


@pytest.fixture
async def office(acme: Company) -> AsyncIterator[Office]:
    commits: list[int] = []
    sa.event.listen(acme.database.engine, "commit", lambda _: commits.append(1))
    transactions = Transactions(acme.database, Clock(LATER - dt.datetime.now(dt.UTC)))
    yield Office(acme, transactions, commits)
    transactions.close()


def hires(name: str) -> Work:
    def work(store: SqlStore, _: dt.datetime) -> str:
        known = store.members()[0]
        email = f"{name.lower()}@acme.example"
        store.save_member(dataclasses.replace(known, id=uuid.uuid4(), name=name, email=email))
        return name

    return work


async def test_what_waits_together_is_committed_once(office: Office) -> None:
    names = ["Ada", "Ben", "Cleo"]
    assert await office.at_one_moment(*map(hires, names)) == names
    assert office.names() >= set(names)
    assert len(office.commits) == 1


async def test_what_waits_for_nobody_is_committed_by_itself(office: Office) -> None:
    for name in ("Ada", "Ben"):
        await office.asks(hires(name))
    assert len(office.commits) == 2


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


async def test_a_database_without_room_takes_none_of_them_and_says_so_to_each(office: Office) -> None:
    with office.company.database.reading() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()

    @sa.event.listens_for(office.company.database.engine, "begin")
    def _full(conn: sa.Connection) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fills(store: SqlStore, now: dt.datetime) -> None:
        hires("Ben")(store, now)
        store.conn.exec_driver_sql("CREATE TABLE filler AS SELECT zeroblob(1000000) AS room")

    before = office.names()
    answers = await office.at_one_moment(hires("Ada"), fills)
    assert [type(answer) for answer in answers] == [sa.exc.OperationalError] * 2
    assert office.names() == before
    assert await office.asks(hires("Ada")) == "Ada"


async def test_who_has_gone_away_before_is_not_written(office: Office) -> None:
    goes_on = threading.Event()
    under_way = asyncio.create_task(office.transactions.hop(goes_on.wait))
    stays = asyncio.create_task(office.asks(hires("Ada")))
    goes = asyncio.create_task(office.asks(hires("Ben")))
    await asyncio.sleep(0)
    goes.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await goes
    goes_on.set()
    await under_way
    assert await stays == "Ada"
    assert "Ben" not in office.names()


async def test_many_are_shared_out_over_several_commits(office: Office) -> None:
    names = [f"P{number}" for number in range(50)]
    assert await office.at_one_moment(*map(hires, names)) == names
    assert office.names() >= set(names)
    assert 3 <= len(office.commits) < 50
