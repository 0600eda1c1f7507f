"""A workspace and a spreadsheet, for the stories of an import."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adapters.importing import ImportReport, import_file
from adapters.transactions import Clock, Transactions
from bot.loops import Loop
from bot.people import Member
from bot.policy import Policy
from bot.promises import Basis, PromiseState
from storage import tables
from storage.database import Database
from storage.store import SqlStore

NOW = dt.datetime(2026, 11, 23, 14, 25, tzinfo=dt.UTC)
"""Monday, 09:25 in New York."""
MAYA = {
    "candidate_name": "Maya Lindqvist",
    "candidate_email": "maya@mail.example",
    "role": "Data engineer",
    "manager_email": "dana.lee@acme.example",
    "manager_timezone": "America/New_York",
    "manager_country": "US",
    "recruiter_email": "rita@acme.example",
    "stage": "onsite",
    "interviewed_at": "2026-11-18T15:00",
    "promised_by": "2026-11-25",
    "candidate_timezone": "Europe/Stockholm",
    "external_id": "A-1",
}
TOM = MAYA | {"candidate_name": "Tom Ek", "candidate_email": "tom@mail.example", "external_id": "A-2"}


@dataclasses.dataclass(slots=True)
class Office:
    """A workspace on a file, and the folder of the spreadsheet."""

    transactions: Transactions
    workspace: uuid.UUID
    folder: Path

    def imports(self, *rows: Mapping[str, str], **options: Any) -> ImportReport:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        path = self.folder / "candidates.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns or list(MAYA), restval="")
            writer.writeheader()
            writer.writerows(rows)
        return self.imports_file(path, **options)

    def imports_file(self, path: Path, **options: Any) -> ImportReport:
        defaults: dict[str, Any] = {
            "default_zone": "Europe/Berlin",
            "default_country": "DE",
            "admins": frozenset({"rita@acme.example"}),
        }
        return import_file(self.transactions, self.workspace, path, **(defaults | options))

    def write(self, work: Callable[[SqlStore], Any]) -> Any:
        return self.transactions.write_here(self.workspace, lambda store, _: work(store))

    def loop(self, name: str) -> Loop:
        with self.transactions.database.reading() as conn:
            ids = conn.scalars(
                sa.select(tables.loops.c.id)
                .join(tables.candidates, tables.candidates.c.id == tables.loops.c.candidate_id)
                .where(tables.candidates.c.name == name)
            ).all()
        found: tuple[Loop, ...] = self.write(lambda store: store.loops(ids))
        assert len(found) == 1
        return found[0]

    def member(self, email: str) -> Member:
        found = self.write(lambda store: store.member_by_email(email))
        assert isinstance(found, Member)
        return found

    def promises(self, loop: Loop) -> list[tuple[dt.date, Basis, PromiseState]]:
        with self.transactions.database.reading() as conn:
            query = sa.select(tables.promises.c.date, tables.promises.c.basis, tables.promises.c.state).where(
                tables.promises.c.loop_id == loop.id
            )
            return [(row[0], row[1], row[2]) for row in conn.execute(query.order_by(tables.promises.c.date))]

    def dump(self) -> dict[str, list[Any]]:
        """Everything that is kept, but the moment of audit entries."""
        with self.transactions.database.reading() as conn:
            return {
                table.name: sorted(
                    repr([row[c] for c in table.c if (table.name, c.name) != ("audit", "at")])
                    for row in conn.execute(sa.select(table)).mappings()
                )
                for table in tables.metadata.sorted_tables
            }

    def count(self, table: sa.Table) -> int:
        with self.transactions.database.reading() as conn:
            return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def opened(url: str, tmp_path: Path) -> Iterator[Office]:
    clock = Clock(NOW - dt.datetime.now(dt.UTC))
    database = Database(url, Policy(pilot=frozenset({"*"})), clock=clock)
    transactions = Transactions(database, clock)
    yield Office(transactions, database.create_workspace("Acme", NOW), tmp_path)
    transactions.close()


def many(count: int) -> list[dict[str, str]]:
    return [
        MAYA
        | {
            "candidate_name": f"Candidate {n}",
            "candidate_email": f"candidate{n}@mail.example",
            "role": f"Role {n % 40}",
            "manager_email": f"manager{n % 40}@acme.example",
            "external_id": "",
            "candidate_wrote_at": "2026-11-19|2026-11-20",
        }
        for n in range(count)
    ]
