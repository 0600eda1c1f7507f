"""The page that a surface shows: a change leaves whoever is looking where they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("surfaces", sa.Column("page", sa.Integer(), nullable=False, server_default="0"))
