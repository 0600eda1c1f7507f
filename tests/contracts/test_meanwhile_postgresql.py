"""On PostgreSQL others write while somebody works: what they have written holds."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from bot import service
from bot.loops import Loop
from bot.uses.hearing import OtherOffer
from tests.contracts.conftest import NOW, Company, minutes

DATABASES = ("postgresql",)


@contextlib.contextmanager
def meanwhile(acme: Company, begins: str, work: Callable[[], object]) -> Iterator[None]:
    """Somebody else does this and commits it when the first statement that begins so is about to run."""
    waits = [work]

    def interrupt(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(begins) and waits:
            waits.pop()()

    sa.event.listen(acme.database.engine, "before_cursor_execute", interrupt)
    try:
        yield
    finally:
        sa.event.remove(acme.database.engine, "before_cursor_execute", interrupt)
    assert not waits, f"nothing began with {begins}"


def has_other_offer(acme: Company, loop: Loop) -> None:
    day = NOW.date() + dt.timedelta(days=1)
    event = OtherOffer(loop=loop.id, at=NOW, day=day)
    acme.write(lambda store: service.heard(store, NOW + minutes(1), event))


def test_what_is_heard_while_the_clock_looks_is_looked_at_at_once(acme: Company) -> None:
    """Else the manager would hear of another offer with the next morning's list."""
    loop = acme.loop(look_at=NOW)
    with meanwhile(acme, "UPDATE loops SET look_at", lambda: has_other_offer(acme, loop)):
        acme.write(lambda store: service.tick(store, NOW, acme.dana.id))
    assert acme.now(loop).other_offer_by is not None
    assert acme.now(loop).look_at == NOW + minutes(1)


def test_of_a_recruiter_who_went_away_while_the_clock_looked_it_looks_again(acme: Company) -> None:
    loop = acme.loop(look_at=NOW)

    def goes_away() -> None:
        acme.write(lambda store: store.look_at_recruited(acme.rita.id, NOW + minutes(1)))

    with meanwhile(acme, "UPDATE loops SET look_at", goes_away):
        acme.write(lambda store: service.tick(store, NOW, acme.dana.id))
    assert acme.now(loop).look_at == NOW + minutes(1)
