"""Who was closed lately, for a name that is typed afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    ended = sa.text("closed_at IS NOT NULL")
    op.create_index(
        "ix_loops_closed_at",
        "loops",
        ["workspace_id", "closed_at"],
        sqlite_where=ended,
        postgresql_where=ended,
    )
