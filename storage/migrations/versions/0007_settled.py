"""Promises by when they were settled: what the metrics count of the last weeks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    settled = sa.text("settled_at IS NOT NULL")
    op.create_index(
        "ix_promises_settled",
        "promises",
        ["workspace_id", "settled_at"],
        sqlite_where=settled,
        postgresql_where=settled,
    )
