"""Where this database was made, so that one restored from a backup can be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import origin
from storage.columns import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "origin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("written_in", sa.Text(), nullable=False),
        sa.Column("copied_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_origin"),
    )
    origin.note(op.get_bind())
