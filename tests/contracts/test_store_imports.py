"""The store's promises to an import."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
import sqlalchemy as sa

from bot.changes import Overtaken
from bot.loops import Loop
from bot.ports import Store
from storage import tables
from storage.imports import import_key
from storage.store import SqlStore
from tests.contracts.conftest import Company, candidate

CELLS = {"candidate_name": "Maya Lindqvist", "stage": "onsite"}


def add(acme: Company, external_id: str = "") -> Loop:
    model = acme.loop("Model")
    loop = dataclasses.replace(
        model, id=uuid.uuid4(), candidate=candidate("Maya Lindqvist"), promise=None, look_at=None
    )
    acme.write(lambda store: store.add_loop(loop, external_id, CELLS))
    return loop


@pytest.mark.parametrize("external_id", ["", "GH-1"])
def test_an_imported_row_is_found_again_and_its_changed_cells_told(acme: Company, external_id: str) -> None:
    loop = add(acme, external_id)
    key = import_key(external_id, loop.candidate.id, loop.role.id)
    found = acme.read(lambda store: store.find_imported([key, "external:other"]))
    assert set(found) == {key}
    row = found[key]
    assert row.loop == loop.id
    assert row.changed(CELLS) == {}
    assert row.changed(CELLS | {"stage": "final", "channel": "C1"}) == {"stage": "final", "channel": "C1"}
    acme.write(lambda store: store.set_imported(loop.id, CELLS | {"stage": "final"}))
    row = acme.read(lambda store: store.find_imported([key]))[key]
    assert row.changed(CELLS) == {"stage": "onsite"}
    assert acme.read(lambda store: store.find_imported([])) == {}


def test_a_row_is_imported_once(acme: Company) -> None:
    loop = add(acme, "GH-1")
    before = acme.count(tables.candidates), acme.count(tables.loops), acme.count(tables.audit)
    twin = dataclasses.replace(loop, id=uuid.uuid4(), candidate=candidate("Twin"))
    with pytest.raises(Overtaken):
        acme.write(lambda store: store.add_loop(twin, "GH-1", CELLS))
    assert (acme.count(tables.candidates), acme.count(tables.loops), acme.count(tables.audit)) == before


def test_half_written_work_is_never_kept_even_if_its_exception_was_caught(acme: Company) -> None:
    loop = add(acme, "GH-1")
    twin = dataclasses.replace(loop, id=uuid.uuid4(), candidate=candidate("Twin"))

    def work(store: Store) -> None:
        with pytest.raises(Overtaken):
            store.add_loop(twin, "GH-1", CELLS)

    with pytest.raises(Overtaken):
        acme.write(work)
    assert acme.read(lambda store: store.candidate_by_email("twin@mail.example")) is None


def test_loops_hold_nothing_that_names_a_person(acme: Company) -> None:
    add(acme)
    with acme.database.reading() as conn:
        rows = conn.execute(
            sa.select(sa.cast(tables.loops.c.imported, sa.Text), tables.loops.c.import_key)
        ).all()
    assert "Maya" not in repr(rows)
    assert "mail.example" not in repr(rows)


def test_look_ups_by_natural_key(acme: Company) -> None:
    loop = acme.loop("Maya Lindqvist")

    def look(store: SqlStore) -> list[object]:
        return [
            store.candidate_by_email("MAYA@mail.example"),
            store.candidate_by_email("nobody@mail.example"),
            store.role_by_title("DATA engineer", acme.dana.id),
            store.role_by_title("Data engineer", acme.rita.id),
        ]

    assert acme.read(look) == [loop.candidate, None, acme.role, None]


def test_what_was_just_saved_is_looked_up(acme: Company) -> None:
    maya = acme.loop("Maya").candidate

    def work(store: SqlStore) -> None:
        assert store.role_by_title("Designer", acme.dana.id) is None
        designer = dataclasses.replace(acme.role, id=uuid.uuid4(), title="Designer")
        store.add_role(designer)
        assert store.role_by_title("designer", acme.dana.id) == designer
        assert store.member_by_email("cleo@acme.example") is None
        cleo = dataclasses.replace(acme.dana, id=uuid.uuid4(), name="Cleo", email="cleo@acme.example")
        store.save_member(cleo)
        assert store.member_by_email("cleo@acme.example") == cleo
        assert store.candidate_by_email(maya.email) == maya
        store.save_candidate(dataclasses.replace(maya, language="de"))
        assert store.candidate_by_email(maya.email) == dataclasses.replace(maya, language="de")

    acme.write(work)


def test_a_hundred_rows_are_looked_up_in_few_statements(acme: Company, statements: list[str]) -> None:
    emails = [f"candidate{number}@mail.example" for number in range(100)]

    def work(store: SqlStore) -> None:
        store.candidates_by_email(emails)
        store.members_by_email([acme.dana.email, acme.rita.email])
        store.find_imported([f"external:{number}" for number in range(100)])
        for email in emails:
            store.candidate_by_email(email)
            store.member_by_email(acme.dana.email)
            store.role_by_title("Data engineer", acme.dana.id)

    statements.clear()
    acme.write(work)
    assert len(statements) <= 4
