"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Id, Json, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("clock_offset_s", sa.Double(), nullable=False),
        sa.Column("data_version", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
    )
    op.create_table(
        "candidates",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("agency_email", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_candidates_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_candidates"),
    )
    op.create_index("ix_candidates_email", "candidates", ["workspace_id", "email_key"])
    op.create_table(
        "due",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_due_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_due"),
    )
    op.create_index("ix_due_at", "due", ["at"])
    op.create_table(
        "lanes",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("min_gap_s", sa.Double(), nullable=False),
        sa.Column("max_in_flight", sa.Integer(), nullable=False),
        sa.Column("free_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_lanes_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "name", name="pk_lanes"),
    )
    op.create_table(
        "members",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("delegate_id", Id, nullable=True),
        sa.Column("delegate_accepted", sa.Boolean(), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.Column("month_first", sa.Boolean(), nullable=True),
        sa.Column("look_at", UtcDateTime(), nullable=True),
        sa.Column("welcomed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "delegate_id"],
            ["members.workspace_id", "members.id"],
            name="fk_members_workspace_id_delegate_id",
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_members_workspace_id"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_members"),
    )
    op.create_index(
        "ix_members_look_at",
        "members",
        ["workspace_id", "look_at"],
        sqlite_where=sa.text("look_at IS NOT NULL"),
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_index(
        "uq_members_email",
        "members",
        ["workspace_id", "email_key"],
        unique=True,
        sqlite_where=sa.text("email_key <> ''"),
        postgresql_where=sa.text("email_key <> ''"),
    )
    op.create_table(
        "deliveries",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim_token", Id, nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "lane"],
            ["lanes.workspace_id", "lanes.name"],
            name="fk_deliveries_workspace_id_lane",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_deliveries"),
        sa.UniqueConstraint("workspace_id", "subject_id", name="uq_deliveries_workspace_id_subject_id"),
    )
    op.create_index("ix_deliveries_lane", "deliveries", ["workspace_id", "lane", "not_before"])
    op.create_table(
        "identities",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("address", Json, nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["members.workspace_id", "members.id"],
            name="fk_identities_workspace_id_member_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_identities"),
        sa.UniqueConstraint(
            "workspace_id", "chat", "tenant", "user_id", name="uq_identities_workspace_id_chat_tenant_user_id"
        ),
    )
    op.create_index("ix_identities_member", "identities", ["workspace_id", "member_id"])
    op.create_table(
        "roles",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("manager_id", Id, nullable=False),
        sa.Column("recruiter_id", Id, nullable=True),
        sa.Column("co_managers", Json, nullable=False),
        sa.Column("criteria", Json, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("applicants", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "manager_id"],
            ["members.workspace_id", "members.id"],
            name="fk_roles_workspace_id_manager_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "recruiter_id"],
            ["members.workspace_id", "members.id"],
            name="fk_roles_workspace_id_recruiter_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_roles"),
    )
    op.create_index("ix_roles_manager", "roles", ["workspace_id", "manager_id"])
    op.create_index("ix_roles_recruiter", "roles", ["workspace_id", "recruiter_id"])
    op.create_table(
        "surfaces",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("about_id", Id, nullable=True),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("address", Json, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "about_id"],
            ["members.workspace_id", "members.id"],
            name="fk_surfaces_workspace_id_about_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["members.workspace_id", "members.id"],
            name="fk_surfaces_workspace_id_member_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_surfaces"),
        sa.UniqueConstraint(
            "workspace_id",
            "kind",
            "member_id",
            "occasion",
            name="uq_surfaces_workspace_id_kind_member_id_occasion",
        ),
    )
    op.create_table(
        "loops",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("candidate_id", Id, nullable=False),
        sa.Column("role_id", Id, nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("interviewed_at", UtcDateTime(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("promise_id", Id, nullable=True),
        sa.Column("waiting_for_id", Id, nullable=True),
        sa.Column("other_offer_by", UtcDateTime(), nullable=True),
        sa.Column("other_offer_heard_at", UtcDateTime(), nullable=True),
        sa.Column("next_date", sa.Date(), nullable=True),
        sa.Column("decide_by", sa.Date(), nullable=True),
        sa.Column("snoozed_until", UtcDateTime(), nullable=True),
        sa.Column("stuck_since", UtcDateTime(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("closed_as", sa.Text(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("look_at", UtcDateTime(), nullable=True),
        sa.Column("audit_head", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("imported", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "candidate_id"],
            ["candidates.workspace_id", "candidates.id"],
            name="fk_loops_workspace_id_candidate_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "owner_id"],
            ["members.workspace_id", "members.id"],
            name="fk_loops_workspace_id_owner_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "role_id"],
            ["roles.workspace_id", "roles.id"],
            name="fk_loops_workspace_id_role_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "waiting_for_id"],
            ["members.workspace_id", "members.id"],
            name="fk_loops_workspace_id_waiting_for_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_loops"),
    )
    op.create_index("ix_loops_candidate", "loops", ["workspace_id", "candidate_id"])
    op.create_index(
        "ix_loops_look_at",
        "loops",
        ["workspace_id", "look_at"],
        sqlite_where=sa.text("standing <> 'closed' AND reviewed_on IS NOT NULL"),
        postgresql_where=sa.text("standing <> 'closed' AND reviewed_on IS NOT NULL"),
    )
    op.create_index(
        "ix_loops_owner",
        "loops",
        ["workspace_id", "owner_id", "look_at"],
        sqlite_where=sa.text("standing <> 'closed' AND reviewed_on IS NOT NULL"),
        postgresql_where=sa.text("standing <> 'closed' AND reviewed_on IS NOT NULL"),
    )
    op.create_index("ix_loops_role", "loops", ["workspace_id", "role_id"])
    op.create_index(
        "uq_loops_import_key",
        "loops",
        ["workspace_id", "import_key"],
        unique=True,
        sqlite_where=sa.text("import_key IS NOT NULL"),
        postgresql_where=sa.text("import_key IS NOT NULL"),
    )
    op.create_table(
        "audit",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("loop_id", Id, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by_id", Id, nullable=True),
        sa.Column("on_behalf_of_id", Id, nullable=True),
        sa.Column("facts", Json, nullable=False),
        sa.Column("prev", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "loop_id"],
            ["loops.workspace_id", "loops.id"],
            name="fk_audit_workspace_id_loop_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "loop_id", "seq", name="pk_audit"),
    )
    op.create_table(
        "drafts",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("loop_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "loop_id"],
            ["loops.workspace_id", "loops.id"],
            name="fk_drafts_workspace_id_loop_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "member_id"],
            ["members.workspace_id", "members.id"],
            name="fk_drafts_workspace_id_member_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_drafts"),
        sa.UniqueConstraint(
            "workspace_id", "loop_id", "member_id", name="uq_drafts_workspace_id_loop_id_member_id"
        ),
    )
    op.create_table(
        "letters",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("loop_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by_id", Id, nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("names_date", sa.Date(), nullable=True),
        sa.Column("promise_id", Id, nullable=True),
        sa.Column("before_standing", sa.Text(), nullable=False),
        sa.Column("before_detail", sa.Text(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "by_id"],
            ["members.workspace_id", "members.id"],
            name="fk_letters_workspace_id_by_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "loop_id"],
            ["loops.workspace_id", "loops.id"],
            name="fk_letters_workspace_id_loop_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_letters"),
    )
    op.create_index("ix_letters_loop", "letters", ["workspace_id", "loop_id", "queued_at"])
    op.create_index("ix_letters_message_id", "letters", ["workspace_id", "message_id"])
    op.create_index(
        "ix_loops_waiting_for",
        "loops",
        ["workspace_id", "waiting_for_id"],
        sqlite_where=sa.text("detail = 'waiting_for'"),
        postgresql_where=sa.text("detail = 'waiting_for'"),
    )
    op.create_index(
        "ix_letters_sending",
        "letters",
        ["workspace_id", "to_address"],
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "uq_letters_open",
        "letters",
        ["workspace_id", "loop_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('held', 'queued', 'sending', 'retry', 'unknown')"),
        postgresql_where=sa.text("state IN ('held', 'queued', 'sending', 'retry', 'unknown')"),
    )
    op.create_table(
        "nudges",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("loop_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("recipient_id", Id, nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("surface_id", Id, nullable=True),
        sa.Column("forgotten", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "loop_id"],
            ["loops.workspace_id", "loops.id"],
            name="fk_nudges_workspace_id_loop_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "recipient_id"],
            ["members.workspace_id", "members.id"],
            name="fk_nudges_workspace_id_recipient_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "surface_id"],
            ["surfaces.workspace_id", "surfaces.id"],
            name="fk_nudges_workspace_id_surface_id",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "loop_id", "kind", "occasion", "recipient_id", name="pk_nudges"
        ),
    )
    op.create_index(
        "ix_nudges_waiting",
        "nudges",
        ["workspace_id", "recipient_id", "not_before"],
        sqlite_where=sa.text("surface_id IS NULL AND NOT forgotten"),
        postgresql_where=sa.text("surface_id IS NULL AND NOT forgotten"),
    )
    op.create_table(
        "promises",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("loop_id", Id, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "loop_id"],
            ["loops.workspace_id", "loops.id"],
            name="fk_promises_workspace_id_loop_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_promises"),
    )
    op.create_index("ix_promises_loop", "promises", ["workspace_id", "loop_id"])
    op.create_table(
        "surface_loops",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("surface_id", Id, nullable=False),
        sa.Column("loop_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "loop_id"],
            ["loops.workspace_id", "loops.id"],
            name="fk_surface_loops_workspace_id_loop_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "surface_id"],
            ["surfaces.workspace_id", "surfaces.id"],
            name="fk_surface_loops_workspace_id_surface_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "surface_id", "loop_id", name="pk_surface_loops"),
    )
    op.create_index("ix_surface_loops_loop", "surface_loops", ["workspace_id", "loop_id", "surface_id"])
    op.create_table(
        "touches",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("loop_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by_id", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "by_id"],
            ["members.workspace_id", "members.id"],
            name="fk_touches_workspace_id_by_id",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "loop_id"],
            ["loops.workspace_id", "loops.id"],
            name="fk_touches_workspace_id_loop_id",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_touches"),
    )
    op.create_index("ix_touches_loop", "touches", ["workspace_id", "loop_id", "at"])
