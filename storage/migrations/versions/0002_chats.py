"""Installations of chats, what was heard from them, and what a profile there tells of a member."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Id, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "installations",
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bot_user", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("installed_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("renewing_until", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_installations_workspace_id"),
        sa.PrimaryKeyConstraint("chat", "tenant", name="pk_installations"),
    )
    op.create_index("ix_installations_workspace", "installations", ["workspace_id"])
    op.create_table(
        "install_states",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_install_states"),
    )
    op.create_index("ix_install_states_until", "install_states", ["until"])
    op.create_table(
        "heard",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_heard_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "key", name="pk_heard"),
    )
    op.create_index("ix_heard_at", "heard", ["workspace_id", "at"])
    for name in ("away_by_chat", "own_zone"):
        op.add_column("members", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("members", sa.Column("language", sa.Text(), nullable=False, server_default=""))
