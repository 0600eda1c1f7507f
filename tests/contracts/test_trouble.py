"""A database that is away for a while, and a clock that jumps: nothing is lost, nothing happens twice."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from adapters.transactions import Clock, Transactions
from storage.store import SqlStore
from tests.contracts.conftest import LATER, NOW, Company, minutes


async def test_an_outcome_waits_for_a_database_that_is_away(acme: Company) -> None:
    acme.send(acme.loop())
    claimed = acme.claim_one()
    transactions = Transactions(acme.database, Clock(LATER - dt.datetime.now(dt.UTC)))
    tries = []

    def settle(store: SqlStore, _: dt.datetime) -> bool:
        tries.append(1)
        if len(tries) < 3:
            # As when the server ends this connection.
            raise sa.exc.OperationalError("", None, ConnectionError(), connection_invalidated=True)
        return store.deliveries.drop(claimed)

    assert await transactions.write_outcome(acme.workspace, settle)
    assert len(tries) == 3
    transactions.close()


def test_a_clock_that_jumps_back_and_forth_sends_nothing_early_or_twice(acme: Company) -> None:
    letter = acme.send(acme.loop())
    assert acme.claim(NOW - minutes(60 * 24)) == []
    [one] = acme.claim(LATER)
    for jumped in (NOW - minutes(60 * 24 * 365), NOW + minutes(60 * 24 * 365), LATER):
        assert acme.claim(jumped) == [], "the lease is on the database's clock"
    assert one.subject_id == letter.id
    assert acme.write(lambda store: store.deliveries.give_back(one))
    assert [it.subject_id for it in acme.claim(LATER)] == [letter.id]
