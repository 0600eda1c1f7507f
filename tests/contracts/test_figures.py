"""What the metrics count in the database: what waits, what is stuck, and that old letters cost nothing."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.loops import Closed, LetterState, Standing
from bot.promises import Basis
from storage.database import Database
from storage.figures import Figures, figures
from storage.tables import letters
from tests.contracts.conftest import NOW, Company, minutes, promise


def counted(acme: Company, now: dt.datetime = NOW) -> Figures:
    with acme.database.reading() as conn:
        return figures(conn, acme.workspace, now)


def waiting(acme: Company, now: dt.datetime = NOW) -> dict[tuple[str, str, str], int]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in counted(acme, now).waiting:
        counts[one.kind.value, one.state, one.chat] += one.count
    return dict(counts)


def settle(acme: Company, name: str, state: LetterState, at: dt.datetime = NOW) -> None:
    """A letter whose delivery is over, in this state."""
    letter = acme.send(acme.loop(name))
    claimed = acme.claim_one(NOW + minutes(2))
    acme.write(lambda store: store.deliveries.finish_letter(claimed))
    acme.sql(sa.update(letters).where(letters.c.id == letter.id).values(state=state, settled_at=at))


def test_letters_that_nothing_delivers_any_more_are_counted_by_what_is_the_matter(acme: Company) -> None:
    for name, state in (("Maya", "held"), ("Noor", "unknown"), ("Olu", "failed"), ("Pia", "sent")):
        settle(acme, name, LetterState(state))
    settle(acme, "Quentin", LetterState.FAILED, NOW - dt.timedelta(days=29))
    acme.send(acme.loop("Rosa"))
    assert waiting(acme) == {
        ("letter", "held", ""): 1,
        ("letter", "unknown", ""): 1,
        ("letter", "failed", ""): 1,
        ("letter", "queued", ""): 1,
    }, "sent ones and those that failed long ago are nobody's business any more"
    assert counted(acme).unknown == 1


def test_a_letter_that_gets_another_try_says_so(acme: Company) -> None:
    letter = acme.send(acme.loop())
    acme.sql(sa.update(letters).where(letters.c.id == letter.id).values(state=LetterState.RETRY))
    assert waiting(acme) == {("letter", "retry", ""): 1}


def test_a_message_that_was_not_posted_yet_counts_for_the_chat_it_will_go_to(acme: Company) -> None:
    acme.digest(acme.loop())
    assert waiting(acme) == {("surface", "ready", ""): 1}, "nobody knows Dana in any chat"
    for chat, days in (("slack", 3), ("teams", 1), ("page", 2)):
        used = NOW - dt.timedelta(days=days)
        acme.write(
            lambda store, chat=chat, used=used: store.link_identity(  # type: ignore[misc]
                acme.dana.id, chat, "T", "U", {}, used
            )
        )
    assert waiting(acme) == {("surface", "ready", "teams"): 1}, "the one that she used last"


def test_who_waits_past_a_date_is_counted_for_as_long_as_they_wait(acme: Company) -> None:
    """Silence is not left out of the share of promises kept."""
    for name, zone in (("Maya", "America/Los_Angeles"), ("Noor", "Europe/Berlin"), ("Olu", "Asia/Tokyo")):
        acme.loop(name, promise=promise(NOW.date(), zone=zone))
    acme.loop("Pia", promise=promise(NOW.date() - dt.timedelta(days=99)))
    yesterday = NOW.date() - dt.timedelta(days=1)
    acme.loop("Quentin", promise=promise(yesterday, basis=Basis.ASSUMED))
    acme.loop("Rosa", promise=promise(yesterday), reviewed_on=None)
    gone = {"standing": Standing.CLOSED, "closed_as": Closed.WITHDREW, "closed_at": NOW}
    acme.loop("Sami", promise=promise(yesterday), **gone)
    berlin = dt.datetime.combine(NOW.date(), dt.time(17), zoneinfo.ZoneInfo("Europe/Berlin"))
    assert counted(acme, berlin - minutes(1)).promises_overdue == 2, "Olu in Tokyo, and Pia since long ago"
    assert counted(acme, berlin).promises_overdue == 2, "Noor can be told in time to the last instant"
    assert counted(acme, berlin + minutes(1)).promises_overdue == 3


@pytest.fixture
def plans(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement from now on, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(database.engine, "before_cursor_execute", note)


def test_letters_that_were_sent_are_not_looked_through(acme: Company, plans: list[tuple[str, Any]]) -> None:
    counted(acme)
    asked = [(it, given) for it, given in plans if "FROM letters" in it]
    assert len(asked) == 2
    sqlite = acme.database.engine.dialect.name == "sqlite"
    with acme.database.reading() as conn:
        if not sqlite:
            conn.exec_driver_sql("SET enable_seqscan = off")  # a table of no rows is quickest read whole
        for statement, given in asked:
            explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
            plan = "\n".join(map(str, conn.exec_driver_sql(f"{explain} {statement}", given)))
            assert "ix_letters_stuck" in plan


def test_promises_that_were_settled_are_not_looked_through(
    acme: Company, plans: list[tuple[str, Any]]
) -> None:
    counted(acme)
    [(statement, given)] = [it for it in plans if "promises.settled_at IS NULL" in it[0]]
    with acme.database.reading() as conn:
        sqlite = acme.database.engine.dialect.name == "sqlite"
        if not sqlite:
            conn.exec_driver_sql("SET enable_seqscan = off")  # a table of no rows is quickest read whole
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        plan = "\n".join(map(str, conn.exec_driver_sql(f"{explain} {statement}", given)))
    assert "ix_promises_current" in plan
