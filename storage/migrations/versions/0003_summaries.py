"""Team channels that asked for a weekly summary, and what was told in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Id, Json, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("called", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("asked_by_id", Id, nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "asked_by_id"],
            ["members.workspace_id", "members.id"],
            name="fk_channels_workspace_id_asked_by_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_channels"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_channels_workspace_id_name"),
    )
    op.create_index(
        "ix_channels_next_at",
        "channels",
        ["workspace_id", "next_at"],
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "summaries",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("channel_id", Id, nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("figures", Json, nullable=True),
        sa.Column("posted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "channel_id"],
            ["channels.workspace_id", "channels.id"],
            name="fk_summaries_workspace_id_channel_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_summaries"),
        sa.UniqueConstraint(
            "workspace_id", "channel_id", "week", name="uq_summaries_workspace_id_channel_id_week"
        ),
    )
    op.create_index("ix_summaries_until", "summaries", ["workspace_id", "until"])
