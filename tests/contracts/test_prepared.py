"""What writes on the way of a click is compiled once and sent as text, on both databases alike."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from storage.columns import NaiveTime
from storage.prepared import Prepared
from storage.tables import audit, workspaces
from tests.contracts.conftest import NOW, Company

RENAME = Prepared(
    sa.update(workspaces).where(workspaces.c.id == sa.bindparam("b_id")), sets=("name", "settings")
)
ADD = Prepared(sa.insert(audit))


def entry(acme: Company, seq: int, **other: Any) -> dict[str, Any]:
    return {
        "workspace_id": acme.workspace, "loop_id": acme.loop("Ada").id, "seq": seq, "at": NOW, "what": "test",
        "by_id": None, "on_behalf_of_id": None, "facts": {"of": "Größe"}, "prev": "", "hash": "h", **other,
    }  # fmt: skip


def test_it_counts_what_it_wrote_and_leaves_out_what_it_does_not_ask_for(acme: Company) -> None:
    given = {
        "b_id": acme.workspace,
        "name": "50 % & Söhne",
        "settings": {"feedback": "on"},
        "id": uuid.uuid4(),
    }
    assert acme.write(lambda store: RENAME.write(store.conn, given)) == 1
    assert acme.write(lambda store: RENAME.write(store.conn, given | {"b_id": uuid.uuid4()})) == 0
    policy = acme.read(lambda store: store.policy)
    assert (policy.company, policy.feedback) == ("50 % & Söhne", "on")


def test_many_are_written_with_the_types_of_their_columns(acme: Company) -> None:
    loop = acme.loop("Bo").id
    rows = [entry(acme, seq) | {"loop_id": loop} for seq in (7, 8)]
    assert acme.write(lambda store: ADD.write(store.conn, *rows)) == 2
    query = sa.select(audit).where(audit.c.loop_id == loop, audit.c.seq >= 7).order_by(audit.c.seq)
    found = acme.read(lambda store: store.conn.execute(query).mappings().all())
    assert [dict(row) for row in found] == rows


def test_a_value_that_its_column_refuses_is_not_sent(acme: Company) -> None:
    wrong = entry(acme, 7, at=NOW.replace(tzinfo=None))
    with pytest.raises(sa.exc.StatementError) as caught:
        acme.write(lambda store: ADD.write(store.conn, wrong))
    assert isinstance(caught.value.orig, NaiveTime)
    assert "Größe" not in str(caught.value)


def test_nothing_may_be_forgotten(acme: Company) -> None:
    with pytest.raises(KeyError, match="settings"):
        acme.write(lambda store: RENAME.write(store.conn, {"b_id": acme.workspace, "name": "Acme"}))
