"""Candidates by name: whether another of the same name waits for the same role, without reading them all."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_candidates_name", "candidates", ["workspace_id", "name"])
