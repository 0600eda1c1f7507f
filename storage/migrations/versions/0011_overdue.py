"""Promises whose time has passed while somebody waits: what the metrics count, without those settled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    current = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_promises_current",
        "promises",
        ["workspace_id", "date"],
        sqlite_where=current,
        postgresql_where=current,
    )
