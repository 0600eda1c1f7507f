"""Rows can be spread over machines by their workspace: every key begins with it, every statement names it."""

from __future__ import annotations

import re
from collections.abc import Set

import pytest
import sqlalchemy as sa

from bot import service
from bot.actions import Place, Verb, token
from bot.loops import LetterState
from bot.views.elements import Message
from storage.store import SqlStore
from storage.tables import metadata
from tests.contracts.conftest import LATER, NOW, Company

ACROSS = {"workspaces", "due", "installations", "install_states", "origin"}
"""What finds a workspace: it is read before one is known, by a key of its own."""

SCOPED = [table for table in metadata.sorted_tables if table.name not in ACROSS]
USES = re.compile(r'\b(?:FROM|JOIN|UPDATE|INTO)\s+"?(\w+)"?(?:\s+AS\s+"?(\w+)"?)?', re.IGNORECASE)


def first_columns(table: sa.Table) -> set[str]:
    """With which column each key, index and reference of a table begins."""
    keys = [key for key in table.constraints if isinstance(key, sa.schema.ColumnCollectionConstraint)]
    listed = [list(key.columns) for key in keys if not isinstance(key, sa.CheckConstraint)]
    listed += [list(index.columns) for index in table.indexes]
    return {columns[0].name for columns in listed}


@pytest.mark.parametrize("table", SCOPED, ids=lambda table: table.name)
def test_every_key_begins_with_the_workspace(table: sa.Table) -> None:
    assert first_columns(table) == {"workspace_id"}


def unscoped(statement: str) -> set[str]:
    """The tables of a statement whose workspace it does not name."""
    names = {table.name for table in SCOPED}
    used = {(table, alias or table) for table, alias in USES.findall(statement) if table in names}
    if re.match(r"\s*INSERT\b", statement, re.IGNORECASE):
        into = USES.search(statement)
        assert into is not None
        if "workspace_id" in statement.partition("VALUES")[0]:
            used.discard((into[1], into[2] or into[1]))
    return {table for table, alias in used if not re.search(rf'"?{alias}"?\.workspace_id', statement)}


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("SELECT loops.id FROM loops WHERE loops.workspace_id = ? AND loops.id = ?", set()),
        ("SELECT loops.id FROM loops WHERE loops.id = ?", {"loops"}),
        (
            "SELECT 1 FROM loops JOIN roles AS r ON r.id = loops.role_id WHERE loops.workspace_id = ?",
            {"roles"},
        ),
        ('INSERT INTO "lanes" ("name") VALUES (?)', {"lanes"}),
    ],
)
def test_the_check_itself_can_fail(statement: str, missing: set[str]) -> None:
    assert unscoped(statement) == missing


@pytest.fixture
def way(acme: Company, statements: list[str]) -> list[str]:
    """Every statement on the way of a click, a tick and a delivery, once each."""
    loop = acme.loop(look_at=NOW)
    surface = acme.digest(loop)
    statements.clear()
    acme.write(lambda store: service.tick(store, NOW, acme.dana.id))
    assert loop.promise is not None
    action = token(Verb.SEND_UPDATE, loop.id, loop.promise.id, Place(surface=surface.id))

    def click(store: SqlStore) -> None:
        member = store.member(acme.dana.id)
        assert member is not None
        assert isinstance(service.clicked(store, NOW, member, action), Message)

    acme.write(click)
    letter = acme.now(loop).letter
    assert letter is not None
    acme.write(lambda store: store.deliveries.lane_wait("mail", 0))
    for claimed in acme.claim(LATER):
        acme.write(lambda store, one=claimed: store.deliveries.renew(one))  # type: ignore[misc]
        if claimed.subject_id != letter.id:
            acme.write(lambda store, one=claimed: store.deliveries.finish_surface(one, 1, {}, "slack"))  # type: ignore[misc]
            continue
        acme.write(lambda store, one=claimed: store.begin_letter(letter.id, one.token))  # type: ignore[misc]
        acme.write(
            lambda store, one=claimed: service.settle_letter(  # type: ignore[misc]
                store, LATER, letter.id, LetterState.SENT, token=one.token
            )
        )
        acme.write(lambda store, one=claimed: store.deliveries.finish_letter(one))  # type: ignore[misc]
    acme.write(lambda store: store.recompute_due())
    acme.read(lambda store: store.due_members(LATER))
    kept = acme.now(loop).last_letter
    assert kept is not None
    assert kept.state is LetterState.SENT
    assert len(statements) > 30
    return list(dict.fromkeys(statements))


def test_every_statement_on_the_way_of_a_click_a_tick_and_a_delivery_names_it(way: list[str]) -> None:
    assert {it: found for it in way if (found := unscoped(it))} == {}


CALLS = re.compile(r"\b([a-z_]+)\(")
GAP = re.compile(r"make_interval\(secs => (?!%\()")
"""Seconds that are no parameter."""


def uncertain(statement: str, volatile: Set[str]) -> set[str]:
    """Why Citus would not take this change: what differs from row to row differs from machine to machine.

    "Functions used in UPDATE queries on distributed tables must not be VOLATILE"; and those that are STABLE,
    as time plus an interval is, "cannot be called with column references".
    """
    if not re.match(r"\s*(UPDATE|DELETE)\b|.*\bDO UPDATE\b", statement, re.IGNORECASE | re.DOTALL):
        return set()
    return {*GAP.findall(statement), *set(CALLS.findall(statement)) & volatile}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE deliveries SET lease_until=(clock_timestamp() + make_interval(secs => %(secs)s))",
        "UPDATE lanes SET free_at=(statement_timestamp() + make_interval(secs => lanes.min_gap_s))",
    ],
)
def test_that_check_can_fail_too(statement: str) -> None:
    assert uncertain(statement, {"clock_timestamp"})
