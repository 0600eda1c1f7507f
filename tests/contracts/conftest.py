"""A made-up company in an empty database, for every contract that needs one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from bot.changes import Change, Entry
from bot.loops import Decision, Letter, LetterKind, LetterState, Loop, Standing
from bot.nudges import Kind, Nudge, Surface, SurfaceKind
from bot.people import Candidate, Member, Role
from bot.policy import Policy
from bot.promises import Basis, Promise
from storage.claiming import Claimed
from storage.database import Database
from storage.store import SqlStore
from tests.databases import MIGRATED, Databases

T = TypeVar("T")

NOW = dt.datetime(2026, 3, 3, 10, 0, tzinfo=dt.UTC)
"""A Tuesday."""

LATER = NOW + dt.timedelta(minutes=5)


def minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


@dataclasses.dataclass(frozen=True, slots=True)
class Company:
    """A workspace with Dana, who hires, and Rita, who recruits."""

    database: Database
    workspace: uuid.UUID
    dana: Member
    rita: Member
    role: Role

    def write(self, work: Callable[[SqlStore], T]) -> T:
        return self.database.write(self.workspace, work)

    def read(self, work: Callable[[SqlStore], T]) -> T:
        return self.database.read(self.workspace, work)

    def member(self, name: str, **given: Any) -> Member:
        new = _member(name, **given)
        self.write(lambda store: store.save_member(new))
        return new

    def add_role(self, title: str, **given: Any) -> Role:
        values = {"manager": self.dana, "recruiter": self.rita} | given
        new = Role(id=uuid.uuid4(), title=title, **values)
        self.write(lambda store: store.add_role(new))
        return new

    def loop(self, name: str = "Maya Lindqvist", **given: Any) -> Loop:
        """A candidate who was interviewed yesterday and waits for news, due tomorrow."""
        values: dict[str, Any] = {
            "candidate": candidate(name),
            "role": self.role,
            "owner": self.dana,
            "stage": "onsite",
            "interviewed_at": NOW - dt.timedelta(days=1),
            "standing": Standing.AWAITING,
            "promise": promise(NOW.date() + dt.timedelta(days=1)),
            "reviewed_on": NOW.date(),
        }
        new = Loop(id=uuid.uuid4(), **(values | given))
        self.write(lambda store: store.add_loop(new))
        return self.now(new)

    def now(self, loop: Loop) -> Loop:
        """The loop as it is kept."""
        found = self.read(lambda store: store.loop(loop.id))
        assert found is not None
        return found

    def letter(self, loop: Loop, **given: Any) -> Letter:
        """A courtesy letter that Dana has not sent yet."""
        values: dict[str, Any] = {
            "kind": LetterKind.COURTESY,
            "decision": Decision.NO_DECISION,
            "to": loop.candidate.email,
            "state": LetterState.QUEUED,
            "queued_at": NOW,
            "not_before": NOW + minutes(1),
        }
        return Letter(
            id=uuid.uuid4(),
            loop=loop.id,
            by=self.dana.id,
            by_name=self.dana.name,
            subject="Your interview",
            text="Dear Maya",
            html="<p>Dear Maya</p>",
            message_id=f"<{uuid.uuid4()}@example.com>",
            sender_name=self.dana.name,
            reply_to=self.dana.email,
            promise=loop.promise.id if loop.promise else None,
            **(values | given),
        )

    def send(self, loop: Loop, **given: Any) -> Letter:
        """Dana presses "Send update"."""
        letter = self.letter(loop, **given)
        self.write(lambda store: store.apply(queued(self.now(loop), letter)))
        return letter

    def digest(self, *loops: Loop, occasion: str = "2026-03-03", member: Member | None = None) -> Surface:
        def work(store: SqlStore) -> Surface:
            surface, _ = store.open_surface(SurfaceKind.DIGEST, (member or self.dana).id, occasion, NOW)
            store.put_on(surface.id, [it.id for it in loops], [], NOW)
            return surface

        return self.write(work)

    def claim(self, now: dt.datetime = LATER, limit: int = 100) -> list[Claimed]:
        return self.write(lambda store: store.deliveries.claim(now, limit))

    def claim_one(self, now: dt.datetime = LATER) -> Claimed:
        (one,) = self.claim(now)
        return one

    def sql(self, statement: sa.Executable) -> None:
        """Something no part of the program does."""
        with self.database.writing() as conn:
            conn.execute(statement)

    def count(self, table: sa.Table) -> int:
        with self.database.reading() as conn:
            return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _member(name: str, **given: Any) -> Member:
    email = f"{name.partition(' ')[0].lower()}@acme.example"
    return Member(id=uuid.uuid4(), name=name, **({"email": email, "zone": "Europe/Berlin"} | given))


def candidate(name: str, **given: Any) -> Candidate:
    email = f"{name.partition(' ')[0].lower()}@mail.example"
    return Candidate(id=uuid.uuid4(), name=name, **({"email": email, "zone": "Europe/Berlin"} | given))


def promise(day: dt.date, **given: Any) -> Promise:
    values: dict[str, Any] = {"zone": "Europe/Berlin", "basis": Basis.STATED, "made_at": NOW} | given
    return Promise(id=uuid.uuid4(), date=day, **values)


def nudge(loop: Loop, to: Member, **given: Any) -> Nudge:
    values: dict[str, Any] = {"kind": Kind.DUE, "occasion": "2026-03-03", "not_before": NOW}
    return Nudge(loop=loop.id, recipient=to.id, **(values | given))


def queued(loop: Loop, letter: Letter) -> Change:
    return Change(loop=loop, entry=Entry(what="letter_queued", by=letter.by), letter=letter)


def company(
    database: Database, name: str = "Acme", people: Sequence[str] = ("Dana Ott", "Rita Sand")
) -> Company:
    workspace = database.create_workspace(name, NOW)
    dana, rita = (_member(it) for it in people)
    role = Role(
        id=uuid.uuid4(), title="Data engineer", manager=dana, recruiter=rita, criteria=("SQL", "Clarity")
    )

    def work(store: SqlStore) -> None:
        store.save_member(dana)
        store.save_member(rita)
        store.add_role(role)

    database.write(workspace, work)
    return Company(database, workspace, dana, rita, role)


@pytest.fixture
def empty_url(databases: Databases) -> str:
    """Where a database may be made."""
    return databases.empty()


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """A database with the schema and nothing in it."""
    database = Database(databases.copy(MIGRATED), Policy(company="Settings Ltd"), clock=lambda: NOW)
    yield database
    database.close()


@pytest.fixture
def acme(database: Database) -> Company:
    return company(database)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """What is sent to the database from now on, but the beginning and end of transactions."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(database.engine, "before_cursor_execute", note)
