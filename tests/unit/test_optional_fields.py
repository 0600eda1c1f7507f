"""What a form calls optional may be left empty; where that hangs on another field, its hint says so."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Mapping

import pytest

from bot import service
from bot.views.elements import CheckField, ChoiceField, DateField, Field, FieldErrors, Form, TextField, View
from storage import schema
from storage.database import Database
from storage.store import SqlStore
from tests import example_views
from tests import examples as ex

FORMS = {name: view for name, view in example_views.views().items() if isinstance(view, Form) and view.fields}
NEEDED = "Needed"
WRITTEN = {
    "to": "sam@acme.example", "whom": "sam@acme.example", "email": "new@mail.example", "name": "Nia Ode",
    "time": "12:00", "zone": "Europe/Berlin", "country": "DE", "digest_at": "09:30",
}  # fmt: skip
CHOSEN = {"decision": "not_going_on", "how": "untold"}
"""The choices that ask for most."""


class TakenBack(Exception):
    """So that the next form finds everything as it was."""


@dataclasses.dataclass(frozen=True)
class Acme:
    database: Database
    workspace: uuid.UUID


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    path = tmp_path_factory.mktemp("optional") / "forms.db"
    database = Database(f"sqlite:///{path}", ex.POLICY, clock=lambda: ex.NOW)
    schema.upgrade(database)
    workspace = database.create_workspace("Acme", ex.NOW)

    def set_up(store: SqlStore) -> None:
        for person in (ex.DANA, ex.RAVI, ex.SAM):
            store.save_member(person)
        for role in (ex.BACKEND, ex.ANALYST):
            store.add_role(role)
        for one in ex.waiting():
            store.add_loop(dataclasses.replace(one, letters=()))
        store.save_sheet(example_views.sheet_of(ex.tomasz(), ex.aiko(), ex.mei()), ex.NOW)

    database.write(workspace, set_up)
    yield Acme(database, workspace)
    database.close()


def _submitted(acme: Acme, form: Form, fields: Mapping[str, str]) -> View:
    """What Dana reads after she has sent the form off; nothing of it is kept."""
    seen: list[View] = []

    def work(store: SqlStore) -> None:
        seen.append(service.clicked(store, ex.NOW, ex.DANA, form.submit, fields))
        raise TakenBack

    with pytest.raises(TakenBack):
        acme.database.write(acme.workspace, work)
    return seen[0]


def _written(field: Field) -> str:
    match field:
        case TextField():
            return field.value or WRITTEN.get(field.name, "The queue of the payments service, in detail")
        case DateField():
            return field.value.isoformat() if field.value else "2026-12-01"
        case ChoiceField():
            return CHOSEN.get(field.name) or field.value or field.options[-1].value
        case CheckField():
            return "yes" if field.value else ""


@pytest.mark.parametrize("name", sorted(FORMS))
def test_what_is_called_optional_is_not_asked_for(name: str, acme: Acme) -> None:
    form = FORMS[name]
    empty = [field for field in form.fields if not isinstance(field, CheckField) and field.optional]
    filled = {field.name: _written(field) for field in form.fields}
    for field in empty:
        seen = _submitted(acme, form, {**filled, field.name: ""})
        asked = {at for at, _ in seen.errors} if isinstance(seen, FieldErrors) else set()
        assert field.name not in asked or field.hint.startswith(NEEDED), seen
