"""What an import remembers: which loop a row became, and what its cells said the last time.

Cells name people, and loops may hold no personal data. So only a digest of each is kept: enough to see that a
cell has changed, and nothing to read.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from storage.tables import loops
from storage.transaction import Transaction


class Imported(NamedTuple):
    """A row that was imported before. `cells` holds digests, by column."""

    loop: uuid.UUID
    cells: Mapping[str, str]

    def changed(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Those of these cells that differ from what was last imported; columns that are new too."""
        return {
            name: text
            for name, text in cells.items()
            if self.cells.get(name) != digest(self.loop, name, text)
        }


def import_key(external_id: str, candidate: uuid.UUID, role: uuid.UUID) -> str:
    """The key of an imported row: its external id, else who waits for what."""
    return f"external:{external_id}" if external_id else f"loop:{candidate}:{role}"


def digest(loop: uuid.UUID, column: str, text: str) -> str:
    """Another one for each loop, so that equal cells do not show."""
    return hashlib.sha256(f"{loop}\n{column}\n{text}".encode()).hexdigest()[:32]


class Imports(Transaction):
    """The part of the store that remembers imports."""

    def find_imported(self, keys: Sequence[str]) -> dict[str, Imported]:
        """By `import_key`."""
        if not keys:
            return {}
        query = sa.select(loops.c.import_key, loops.c.id, loops.c.imported).where(
            loops.c.workspace_id == self._workspace, loops.c.import_key.in_(list(keys))
        )
        return {row[0]: Imported(row[1], row[2]) for row in self.conn.execute(query)}

    def set_imported(self, loop: uuid.UUID, cells: Mapping[str, str]) -> None:
        """What the row's cells say now, all of them."""
        self.conn.execute(
            sa.update(loops)
            .where(loops.c.workspace_id == self._workspace, loops.c.id == loop)
            .values(imported=self._digests(loop, cells))
        )

    def _digests(self, loop: uuid.UUID, cells: Mapping[str, str]) -> dict[str, str]:
        return {name: digest(loop, name, text) for name, text in cells.items()}
