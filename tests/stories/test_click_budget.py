"""A click is quick because it asks little of the database: at most ten statements, whatever it changes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from bot import service
from bot.actions import Action, Place, Verb
from bot.loops import Loop, Standing
from bot.nudges import SurfaceKind
from bot.people import Candidate, Member, Role
from bot.policy import EVERYONE, Policy
from bot.promises import Basis, Promise
from bot.views.elements import ChoiceField, DateField, Form, Message, TextField, View
from storage.database import Database
from storage.store import SqlStore
from tests.databases import MIGRATED, Databases
from tests.plain_text import buttons_of

NOW = dt.datetime(2026, 3, 3, 10, 0, tzinfo=dt.UTC)
"""A Tuesday, 11:00 in Berlin."""
BERLIN = "Europe/Berlin"
ROWS = 12
MOST = 10


class Digest:
    """Dana's digest of today with twelve people on it, and Dana's finger."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.workspace = database.create_workspace("Acme", NOW)
        self.dana, self.rita = _member("Dana Ott"), _member("Rita Sand")
        role = Role(id=uuid.uuid4(), title="Data engineer", manager=self.dana, recruiter=self.rita)
        self.loops = [_waiting(number, role) for number in range(ROWS)]
        self.surface = database.write(self.workspace, lambda store: self._open(store, role))
        self.sent: list[str] = []
        sa.event.listen(database.engine, "before_cursor_execute", self._note)

    @property
    def lock(self) -> int:
        """Where writers do not take turns, the hourly brake locks the member and counts anew."""
        return 0 if self.database.takes_turns else 1

    @property
    def most(self) -> int:
        """Of a click that queues a letter."""
        return MOST + 2 * self.lock

    def _open(self, store: SqlStore, role: Role) -> uuid.UUID:
        for member in (self.dana, self.rita):
            store.save_member(member)
        store.link_identity(self.dana.id, "chat", "T1", "U1", {}, NOW)
        store.add_role(role)
        for loop in self.loops:
            store.add_loop(loop)
        surface, _ = store.open_surface(SurfaceKind.DIGEST, self.dana.id, "2026-03-03", NOW)
        store.put_on(surface.id, [loop.id for loop in self.loops], [], NOW)
        return surface.id

    def _note(self, _conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            self.sent.append(statement)

    def click(self, verb: Verb, loop: Loop, now: dt.datetime = NOW) -> list[str]:
        """Press a button as an adapter has it done; the statements that took."""
        assert loop.promise is not None
        letter = self.now(loop).letter
        action = Action(
            verb=verb,
            loop=loop.id,
            promise=loop.promise.id,
            place=Place(surface=self.surface),
            argument=letter.id.hex if letter else "",
        )

        def work(store: SqlStore) -> object:
            member = store.member_by_identity("chat", "T1", "U1")
            assert member is not None
            return service.clicked(store, now, member, str(action))

        self.sent.clear()
        answer = self.database.write(self.workspace, work)
        assert isinstance(answer, Message)
        assert answer.surface == self.surface, "the whole digest is the answer"
        return list(self.sent)

    def press(self, action: str, fields: Mapping[str, str] | None = None) -> tuple[View, list[str]]:
        """Press any button, or submit a form; the answer, and the statements that took."""

        def work(store: SqlStore) -> View:
            member = store.member_by_identity("chat", "T1", "U1")
            assert member is not None
            return service.clicked(store, NOW, member, action, fields)

        self.sent.clear()
        return self.database.write(self.workspace, work), list(self.sent)

    def now(self, loop: Loop) -> Loop:
        found = self.database.read(self.workspace, lambda store: store.loop(loop.id))
        assert found is not None
        return found


def _member(name: str) -> Member:
    email = f"{name.partition(' ')[0].lower()}@acme.example"
    return Member(id=uuid.uuid4(), name=name, email=email, zone=BERLIN, welcomed=True)


def _waiting(number: int, role: Role) -> Loop:
    candidate = Candidate(
        id=uuid.uuid4(), name=f"Maya Lindqvist {number}", email=f"maya{number}@mail.example", zone=BERLIN
    )
    promise = Promise(id=uuid.uuid4(), date=dt.date(2026, 3, 2), zone=BERLIN, basis=Basis.STATED, made_at=NOW)
    return Loop(
        id=uuid.uuid4(),
        candidate=candidate,
        role=role,
        owner=role.manager,
        stage="onsite",
        interviewed_at=NOW - dt.timedelta(days=7),
        standing=Standing.AWAITING,
        promise=promise,
        reviewed_on=dt.date(2026, 2, 24),
    )


@pytest.fixture
def digest(databases: Databases) -> Iterator[Digest]:
    policy = Policy(company="Acme", mail_from="hiring@acme.example", pilot=frozenset({EVERYONE}))
    database = Database(databases.copy(MIGRATED), policy, clock=lambda: NOW)
    yield Digest(database)
    database.close()


def test_send_update_asks_little(digest: Digest) -> None:
    sent = digest.click(Verb.SEND_UPDATE, digest.loops[4])
    assert digest.now(digest.loops[4]).letter is not None
    assert len(sent) <= digest.most, sent


def test_undo_asks_little(digest: Digest) -> None:
    loop = digest.loops[4]
    digest.click(Verb.SEND_UPDATE, loop)
    sent = digest.click(Verb.UNDO, loop, NOW + dt.timedelta(seconds=20))
    assert digest.now(loop).letter is None
    assert len(sent) <= MOST, sent


def test_snooze_asks_little(digest: Digest) -> None:
    sent = digest.click(Verb.SNOOZE, digest.loops[4])
    assert digest.now(digest.loops[4]).snoozed_until is not None
    assert len(sent) <= MOST, sent


def test_a_click_on_a_digest_that_is_being_shown_asks_no_more(digest: Digest) -> None:
    """The letters of the rows beside it make no difference."""
    for loop in digest.loops[:4]:
        digest.click(Verb.SEND_UPDATE, loop)
    assert len(digest.click(Verb.SEND_UPDATE, digest.loops[5])) <= digest.most


# -- ten clicks in one -------------------------------------------------------------------------------------

LOOKS = 18
"""To open a sheet, or to review it: the list is read, however many stand on it."""
EACH = 6
"""A letter more costs what its own click would: loop, audit, letter, surfaces, delivery, the hourly brake."""


def test_a_sheet_of_ten_is_one_short_transaction(digest: Digest) -> None:
    sheet, opening = digest.press(str(Action(verb=Verb.CLEAR, place=Place(surface=digest.surface))))
    assert isinstance(sheet, Form)
    assert len(opening) <= LOOKS, opening
    filled = {
        field.name: field.value.isoformat()
        if isinstance(field, DateField) and field.value
        else str(field.value or "")
        for field in sheet.fields
        if isinstance(field, ChoiceField | DateField | TextField)
    }
    review, looking = digest.press(sheet.submit, filled)
    assert isinstance(review, Form)
    assert review.title == "10 letters"
    assert len(looking) <= LOOKS, looking
    sent, sending = digest.press(review.submit)
    assert isinstance(sent, Message)
    assert sent.notification.startswith("10 letters leave in")
    assert len(sending) <= LOOKS + 10 * (EACH + digest.lock), sending
    again, repeated = digest.press(review.submit)
    assert again == sent
    assert len(repeated) <= LOOKS, "a second click sends nothing more"
    (undo,) = (b for b in buttons_of(sent) if b.label == "Undo all 10")
    undone, undoing = digest.press(undo.action)
    assert isinstance(undone, Message)
    assert undone.notification == "Undone. Nothing was sent."
    assert len(undoing) <= LOOKS + 10 * EACH, undoing
