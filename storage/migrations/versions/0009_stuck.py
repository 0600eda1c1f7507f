"""Letters that somebody has to see to: what the metrics count of them, without the many that were sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    stuck = sa.text("state IN ('held', 'unknown', 'failed')")
    op.create_index(
        "ix_letters_stuck",
        "letters",
        ["workspace_id", "state", "settled_at"],
        sqlite_where=stuck,
        postgresql_where=stuck,
    )
