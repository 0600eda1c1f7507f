"""Sheets: several letters between their first look and their undo."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bot.sheet import Line, Sheet
from storage.inserts import insert_or_update
from storage.tables import letters, sheets
from storage.transaction import Transaction

KEPT = dt.timedelta(days=1)
"""Long enough to come back to after lunch; the letters themselves are kept elsewhere."""

_SENT = sa.text("letters.state = 'sent'")
"""Written out, so that the planner sees that the partial index serves."""


class Sheets(Transaction):
    """The part of the store that keeps sheets."""

    def save_sheet(self, sheet: Sheet, now: dt.datetime) -> None:
        """Insert or overwrite. What the member's sheets of more than a day ago held is forgotten."""
        self.conn.execute(
            sa.delete(sheets).where(
                sheets.c.workspace_id == self._workspace,
                sheets.c.member_id == sheet.member,
                sheets.c.saved_at < now - KEPT,
            )
        )
        row = {
            "workspace_id": self._workspace, "id": sheet.id, "member_id": sheet.member, "sent": sheet.sent,
            "lines": [_line(line) for line in sheet.lines], "passed": [str(it) for it in sheet.passed],
            "saved_at": now,
        }  # fmt: skip
        insert_or_update(self.conn, sheets, ("workspace_id", "id"), [row])

    def lock_sheet(self, sheet: uuid.UUID) -> Sheet | None:
        """The sheet, locked until the transaction ends: of two clicks one comes after the other."""
        names = ("member_id", "lines", "passed", "sent")
        query = (
            sa.select(*(sheets.c[name] for name in names))
            .where(sheets.c.workspace_id == self._workspace, sheets.c.id == sheet)
            .with_for_update()
        )
        row = self.conn.execute(query).first()
        if row is None:
            return None
        return Sheet(
            id=sheet,
            member=row[0],
            lines=tuple(_read_line(line) for line in row[1]),
            passed=tuple(uuid.UUID(it) for it in row[2]),
            sent=row[3],
        )

    def written_to(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of the addresses to which a letter has been sent before."""
        query = sa.select(letters.c.to_address).where(
            letters.c.workspace_id == self._workspace,
            letters.c.to_address.in_(sorted(addresses)),
            _SENT,
        )
        return frozenset(self.conn.scalars(query.distinct()))


def _line(line: Line) -> dict[str, Any]:
    return {
        "loop": str(line.loop),
        "promise": str(line.promise or ""),
        "fields": dict(line.fields),
        "why": line.why,
        "letter": str(line.letter or ""),
    }


def _read_line(kept: Mapping[str, Any]) -> Line:
    return Line(
        loop=uuid.UUID(kept["loop"]),
        promise=uuid.UUID(kept["promise"]) if kept["promise"] else None,
        fields=kept["fields"],
        why=kept["why"],
        letter=uuid.UUID(kept["letter"]) if kept["letter"] else None,
    )
