"""Sheets, and the letters that were sent to an address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Id, Json, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "sheets",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("lines", Json, nullable=False),
        sa.Column("passed", Json, nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["members.workspace_id", "members.id"],
            name="fk_sheets_workspace_id_member_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_sheets"),
    )
    op.create_index("ix_sheets_member", "sheets", ["workspace_id", "member_id", "saved_at"])
    sent = sa.text("state = 'sent'")
    op.create_index(
        "ix_letters_sent",
        "letters",
        ["workspace_id", "to_address"],
        sqlite_where=sent,
        postgresql_where=sent,
    )
