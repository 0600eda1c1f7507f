"""Why a letter is held, and how many letters a member has queued lately."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("letters", sa.Column("hold", sa.Text(), nullable=True))
    op.execute("UPDATE letters SET hold = 'pause' WHERE state = 'held'")
    op.create_index("ix_letters_by", "letters", ["workspace_id", "by_id", "queued_at"])
