"""A made-up company of any size, written straight into the tables: valid rows, thousands a second."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import uuid
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adapters.transactions import Clock
from bot import ladder, telling
from bot.changes import Entry
from bot.letters.draft import Draft
from bot.loops import Decision, Loop, Standing
from bot.nudges import SurfaceKind
from bot.people import Candidate, Member, Role
from bot.policy import EVERYONE, Policy
from bot.promises import Basis, Promise
from storage import rows, schema, tables
from storage.audit import Head, link
from storage.database import Database
from storage.store import SqlStore
from storage.surfaces import CHAT_GAP_S
from storage.tables import DeliveryKind, DeliveryState
from storage.transaction import MAIL_LANE, chat_lane

NOW = dt.datetime(2026, 3, 3, 8, 31, tzinfo=dt.UTC)
"""Tuesday 3 March 2026, 09:31 in Berlin: a minute after the managers' digest slot."""
TODAY = NOW.date()
FAR = dt.date(2026, 3, 16)
ZONE, COUNTRY = "Europe/Berlin", "DE"
CHAT, TENANT = "slack", "T1"
POLICY = Policy(company="Acme", mail_from="hiring@acme.example", pilot=frozenset({EVERYONE}))
MANAGERS_A_RECRUITER = 25

_ORDER = (
    tables.members, tables.identities, tables.roles, tables.candidates, tables.loops, tables.promises,
    tables.audit, tables.lanes, tables.letters, tables.deliveries,
)  # fmt: skip
"""What a row refers to is written before it."""


def stopped_at(now: dt.datetime) -> Clock:
    """A clock that begins at `now` and goes on from there."""
    return Clock(now - dt.datetime.now(dt.UTC))


def open_database(where: Path | str, clock: Clock | None = None) -> Database:
    """A file of SQLite, or the URL of any database."""
    url = where if isinstance(where, str) else f"sqlite:///{where}"
    return Database(url, POLICY, clock=clock or stopped_at(NOW))


def copy(template: Path, to: Path) -> Path:
    """A fresh copy of a closed database, without what the last one left beside it."""
    for suffix in ("-wal", "-shm"):
        Path(f"{to}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(template, to)
    return to


@dataclasses.dataclass(slots=True)
class Digest:
    """A manager's digest of the day, posted already, and the loops on it. `surface` is known once saved."""

    manager: Member
    user: str
    loops: tuple[Loop, ...]
    surface: uuid.UUID = dataclasses.field(default_factory=uuid.uuid4)


class Company:
    """Rows for one workspace; nothing is in the database before `save`."""

    def __init__(self, where: Path | str) -> None:
        self._database = open_database(where)
        schema.upgrade(self._database)
        self.workspace = self._database.create_workspace("Acme", NOW)
        self._rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in _ORDER}
        self._digests: list[Digest] = []
        self._recruiters: list[Member] = []
        self._managers = 0
        self._looks: dict[tuple[dt.date, bool], dt.datetime | None] = {}

    def _add(self, table: sa.Table, values: dict[str, Any]) -> None:
        self._rows[table.name].append({"workspace_id": self.workspace, **values})

    def member(self, name: str, user: str) -> Member:
        new = Member(
            id=uuid.uuid4(), name=name, email=f"{user}@acme.example", zone=ZONE, country=COUNTRY,
            welcomed=True,
        )  # fmt: skip
        self._add(tables.members, rows.member_values(new))
        identity = {"chat": CHAT, "tenant": TENANT, "user_id": user, "address": {}, "last_used_at": NOW}
        self._add(tables.identities, {"id": uuid.uuid4(), "member_id": new.id, **identity})
        self._add(
            tables.lanes,
            {"name": chat_lane(new.id), "min_gap_s": CHAT_GAP_S, "max_in_flight": 1, "free_at": None},
        )
        return new

    def manager(self) -> tuple[Role, str]:
        """One more manager with one role, and the manager's name in the chat; a recruiter for every 25."""
        number = self._managers
        self._managers += 1
        if number % MANAGERS_A_RECRUITER == 0:
            self._recruiters.append(self.member(f"Rita Sand {number}", f"rita{number}"))
        user = f"dana{number}"
        role = Role(
            id=uuid.uuid4(),
            title=f"Data engineer {number}",
            manager=self.member(f"Dana Ott {number}", user),
            recruiter=self._recruiters[-1],
            criteria=("SQL", "Clarity"),
        )
        self._add(tables.roles, rows.role_values(role))
        return role, user

    def loop(self, role: Role, *, due: bool) -> Loop:
        """Somebody who waits: `due` today, with the clock looking now; else far away, looking later."""
        number = len(self._rows["loops"])
        candidate = Candidate(
            id=uuid.uuid4(), name=f"Maya Lindqvist {number}", email=f"maya{number}@mail.example", zone=ZONE,
            country=COUNTRY,
        )  # fmt: skip
        day = TODAY if due else FAR
        promise = Promise(
            id=uuid.uuid4(), date=day, zone=ZONE, basis=Basis.STATED, made_at=NOW - dt.timedelta(days=4)
        )
        loop = Loop(
            id=uuid.uuid4(),
            candidate=candidate,
            role=role,
            owner=role.manager,
            stage="onsite",
            interviewed_at=NOW - dt.timedelta(days=4),
            standing=Standing.AWAITING,
            promise=promise,
            reviewed_on=TODAY - dt.timedelta(days=4),
        )
        head, entry = link(Head(), self.workspace, loop.id, Entry(what="added"), NOW)
        loop = dataclasses.replace(loop, look_at=NOW if due else self._look_at(loop), audit_head=str(head))
        self._add(tables.candidates, rows.candidate_values(candidate))
        kept: dict[str, Any] = {
            "audit_head": loop.audit_head,
            "external_id": "",
            "import_key": None,
            "imported": {},
        }
        self._add(tables.loops, rows.loop_values(loop) | kept)
        self._add(tables.promises, rows.promise_values(promise, loop.id))
        self._rows["audit"].append(entry)
        return loop

    def _look_at(self, loop: Loop) -> dt.datetime | None:
        """Everybody here keeps the same hours, so it is computed once."""
        assert loop.promise is not None
        key = (loop.promise.date, loop.letter is None)
        if key not in self._looks:
            around = ladder.circle(loop, NOW, delegate=None, lead=())
            self._looks[key] = ladder.look_at(loop, around, POLICY, NOW)
        return self._looks[key]

    def digest(self, size: int) -> Digest:
        """One more manager, whose digest of today shows `size` loops that the clock has seen to."""
        role, user = self.manager()
        loops = tuple(self.loop(role, due=False) for _ in range(size))
        new = Digest(role.manager, user, loops)
        self._digests.append(new)
        return new

    def letter(self, loop: Loop) -> None:
        """A courtesy letter whose undo window has passed, and its delivery."""
        before = NOW - dt.timedelta(minutes=5)
        draft = Draft(decision=Decision.NO_DECISION, reason=telling.default_reason(loop), next_date=FAR)
        letter = telling.queue_courtesy(loop, loop.owner, POLICY, before, draft).letter
        assert letter is not None
        self._add(tables.letters, rows.letter_values(letter))
        self._add(
            tables.deliveries,
            {
                "id": uuid.uuid4(), "kind": DeliveryKind.LETTER, "subject_id": letter.id, "lane": MAIL_LANE,
                "state": DeliveryState.READY, "not_before": letter.not_before, "attempts": 0,
                "claim_token": None, "lease_until": None, "problem": "", "created_at": before,
            },
        )  # fmt: skip

    def save(self) -> uuid.UUID:
        """Write all rows and close the database, all of it in one file; the workspace."""
        with self._database.writing() as conn:
            for table in _ORDER:
                if self._rows[table.name]:
                    conn.execute(sa.insert(table), self._rows[table.name])
            conn.execute(sa.update(tables.due).values(at=NOW))
        if self._digests:
            self._database.write(self.workspace, self._post)
        if self._database.takes_turns:
            with self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
                conn.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        else:
            # As its manual says of a bulk load; else that is done a minute later, by itself.
            # https://www.postgresql.org/docs/current/populate.html
            with self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
                conn.execute(sa.text("ANALYZE"))
        self._database.close()
        return self.workspace

    def _post(self, store: SqlStore) -> None:
        """Open the digests, as if a chat had shown them."""
        for digest in self._digests:
            surface, _ = store.open_surface(
                SurfaceKind.DIGEST, digest.manager.id, TODAY.isoformat(), NOW, about=None
            )
            digest.surface = surface.id
            store.put_on(surface.id, [loop.id for loop in digest.loops], (), NOW)
        shown = tables.surfaces
        store.conn.execute(
            sa.update(shown).values(shown=shown.c.revision, chat=CHAT, address={"message": "1"})
        )
        store.conn.execute(
            sa.delete(tables.deliveries).where(tables.deliveries.c.kind == DeliveryKind.SURFACE)
        )
