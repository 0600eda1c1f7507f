"""The audit: append-only, and chained by hash for each loop, so that a changed or missing entry shows.

The head of a chain ("number:hash") is kept on the loop's row. So an entry is added without reading the one
before, and writing a loop only where the head still is the one that was read tells whether somebody was
quicker.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import uuid
from typing import Any

import sqlalchemy as sa

from bot.changes import Entry
from storage.tables import audit, loops


class AuditBroken(Exception):
    """The audit of a loop has been changed, cut or extended by other hands; the text says where."""


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a chain: its number, from 1, and its hash. (0, "") before the first."""

    seq: int = 0
    hash: str = ""

    @classmethod
    def read(cls, text: str) -> Head:
        """From the text kept on the loop's row."""
        seq, _, digest = text.partition(":")
        return cls(int(seq), digest) if text else cls()

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}" if self.seq else ""


def link(
    head: Head, workspace: uuid.UUID, loop: uuid.UUID, entry: Entry, at: dt.datetime
) -> tuple[Head, dict[str, Any]]:
    """The next entry of a chain: the new head, and the row to insert."""
    row: dict[str, Any] = {
        "workspace_id": workspace,
        "loop_id": loop,
        "seq": head.seq + 1,
        "at": at,
        "what": entry.what,
        "by_id": entry.by,
        "on_behalf_of_id": entry.on_behalf_of,
        "facts": dict(entry.facts),
        "prev": head.hash,
    }
    digest = _hash(row)
    return Head(head.seq + 1, digest), row | {"hash": digest}


def verify(conn: sa.Connection, workspace: uuid.UUID, loop: uuid.UUID) -> int:
    """How many entries a loop's chain has, all as they were written; else raises `AuditBroken`."""
    kept = conn.scalar(
        sa.select(loops.c.audit_head).where(loops.c.workspace_id == workspace, loops.c.id == loop)
    )
    query = (
        sa.select(audit)
        .where(audit.c.workspace_id == workspace, audit.c.loop_id == loop)
        .order_by(audit.c.seq)
    )
    head = Head()
    for row in conn.execute(query).mappings():
        if row["seq"] != head.seq + 1:
            raise AuditBroken(f"Entry {head.seq + 1} of loop {loop} is missing.")
        if row["prev"] != head.hash or row["hash"] != _hash(row):
            raise AuditBroken(f"Entry {row['seq']} of loop {loop} is not what was written.")
        head = Head(row["seq"], row["hash"])
    if kept != str(head):
        raise AuditBroken(f"The audit of loop {loop} does not end where the loop says it does.")
    return head.seq


def _hash(row: Any) -> str:
    """SHA-256 of the hash before and the entry as canonical JSON: keys sorted, no spaces, instants in UTC."""
    content = {
        "workspace": str(row["workspace_id"]),
        "loop": str(row["loop_id"]),
        "seq": row["seq"],
        "at": row["at"].astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "what": row["what"],
        "by": str(row["by_id"] or ""),
        "on_behalf_of": str(row["on_behalf_of_id"] or ""),
        "facts": row["facts"],
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{row['prev']}\n{canonical}".encode()).hexdigest()
