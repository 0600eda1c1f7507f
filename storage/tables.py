"""The tables. Every one has the workspace first in its keys, so that one company's rows never meet another's.

Personal data is in `candidates`, `letters`, `touches`, `drafts` and `sheets` only, and a member's name and
work email in `members`; everything else holds ids, dates and states.
"""

from __future__ import annotations

import enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Date, Double, Integer, Table, Text, Time

from bot.loops import Closed, Decision, Detail, Hold, LetterKind, LetterState, Standing, TouchKind
from bot.nudges import Kind, SurfaceKind
from bot.promises import Basis, PromiseState
from storage.columns import Id, Json, UtcDateTime, Words


class DeliveryKind(enum.StrEnum):
    LETTER = "letter"
    SURFACE = "surface"
    SUMMARY = "summary"


class DeliveryState(enum.StrEnum):
    READY = "ready"
    CLAIMED = "claimed"


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _id(name: str = "id") -> Column[Any]:
    return Column(name, Id, nullable=False)


def _maybe_id(name: str) -> Column[Any]:
    return Column(name, Id)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _at(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime, nullable=nullable)


def _word(name: str, words: type[enum.StrEnum], *, nullable: bool = False) -> Column[Any]:
    return Column(name, Words(words), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Json, nullable=nullable)


def _key(*columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("workspace_id", *columns)


def _unique(*columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("workspace_id", *columns)


def _of(column: str, table: str) -> sa.ForeignKeyConstraint:
    """A row of another table of the same workspace."""
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"])


def _in_workspace() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"])


def _index(name: str, *columns: str, where: str | None = None, unique: bool = False) -> sa.Index:
    only: dict[str, Any] = (
        {} if where is None else {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}
    )
    return sa.Index(name, "workspace_id", *columns, unique=unique, **only)


OPEN_AND_REVIEWED = "standing <> 'closed' AND reviewed_on IS NOT NULL"
OPEN_LETTER_STATES = "state IN ('held', 'queued', 'sending', 'retry', 'unknown')"
STUCK_LETTER_STATES = "state IN ('held', 'unknown', 'failed')"
"""What no delivery takes any further. A query that says this in these words is served by an index."""

workspaces = Table(
    "workspaces", metadata,
    Column("id", Id, primary_key=True),
    _text("name"),
    _json("settings"),
    Column("clock_offset_s", Double, nullable=False),
    _text("data_version"),
    _at("created_at"),
)  # fmt: skip

due = Table(
    "due", metadata,
    Column("workspace_id", Id, primary_key=True),
    _at("at", nullable=True),
    _in_workspace(),
    sa.Index("ix_due_at", "at"),
)  # fmt: skip

members = Table(
    "members", metadata,
    _id("workspace_id"), _id(),
    _text("name"),
    _text("email"),
    _text("email_key"),
    _text("zone"),
    _text("country"),
    _flag("admin"),
    _flag("active"),
    _flag("reachable"),
    Column("away_from", Date),
    Column("away_until", Date),
    _maybe_id("delegate_id"),
    _flag("delegate_accepted"),
    Column("digest_at", Time, nullable=False),
    Column("month_first", Boolean),
    _at("look_at", nullable=True),
    _flag("welcomed"),
    Column("away_by_chat", Boolean, nullable=False, server_default=sa.false()),
    Column("own_zone", Boolean, nullable=False, server_default=sa.false()),
    Column("language", Text, nullable=False, server_default=""),
    _key("id"), _in_workspace(), _of("delegate_id", "members"),
    _index("uq_members_email", "email_key", where="email_key <> ''", unique=True),
    _index("ix_members_look_at", "look_at", where="look_at IS NOT NULL"),
)  # fmt: skip

identities = Table(
    "identities", metadata,
    _id("workspace_id"), _id(), _id("member_id"),
    _text("chat"),
    _text("tenant"),
    _text("user_id"),
    _json("address"),
    _at("last_used_at"),
    _key("id"), _of("member_id", "members"), _unique("chat", "tenant", "user_id"),
    _index("ix_identities_member", "member_id"),
)  # fmt: skip

# Which company a chat's team belongs to is asked before the company is known: like `due`, this is read across
# workspaces, by its own key.
installations = Table(
    "installations", metadata,
    _text("chat"),
    _text("tenant"),
    _id("workspace_id"),
    _text("name"),
    _text("bot_user"),
    _text("secret"),
    _at("installed_at"),
    _at("ended_at", nullable=True),
    _at("renewing_until", nullable=True),
    sa.PrimaryKeyConstraint("chat", "tenant"), _in_workspace(),
    sa.Index("ix_installations_workspace", "workspace_id"),
)  # fmt: skip

# Somebody is on their way through the pages of a chat on which an app is installed; no company is known yet.
install_states = Table(
    "install_states", metadata,
    Column("digest", Text, primary_key=True),
    _at("until"),
    sa.Index("ix_install_states_until", "until"),
)  # fmt: skip

heard = Table(
    "heard", metadata,
    _id("workspace_id"),
    _text("key"),
    _at("at"),
    _key("key"), _in_workspace(),
    _index("ix_heard_at", "at"),
)  # fmt: skip

roles = Table(
    "roles", metadata,
    _id("workspace_id"), _id(),
    _text("title"),
    _id("manager_id"),
    _maybe_id("recruiter_id"),
    _json("co_managers"),
    _json("criteria"),
    _text("channel"),
    _flag("confidential"),
    _json("applicants"),
    _key("id"), _of("manager_id", "members"), _of("recruiter_id", "members"),
    _index("ix_roles_manager", "manager_id"),
    _index("ix_roles_recruiter", "recruiter_id"),
)  # fmt: skip

candidates = Table(
    "candidates", metadata,
    _id("workspace_id"), _id(),
    _text("name"),
    _text("email"),
    _text("email_key"),
    _text("zone"),
    _text("country"),
    _text("language"),
    _text("agency_email"),
    _key("id"), _in_workspace(),
    _index("ix_candidates_email", "email_key"),
    _index("ix_candidates_name", "name"),
)  # fmt: skip

# promise_id refers to no table: a loop and its first promise would each have to be there before the other.
loops = Table(
    "loops", metadata,
    _id("workspace_id"), _id(), _id("candidate_id"), _id("role_id"), _id("owner_id"),
    _text("stage"),
    _at("interviewed_at"),
    _word("standing", Standing),
    _word("detail", Detail),
    _maybe_id("promise_id"),
    _maybe_id("waiting_for_id"),
    _at("other_offer_by", nullable=True),
    _at("other_offer_heard_at", nullable=True),
    Column("next_date", Date),
    Column("decide_by", Date),
    _at("snoozed_until", nullable=True),
    _at("stuck_since", nullable=True),
    Column("reviewed_on", Date),
    _word("closed_as", Closed, nullable=True),
    _at("closed_at", nullable=True),
    _at("look_at", nullable=True),
    _text("audit_head"),
    _text("external_id"),
    Column("import_key", Text),
    _json("imported"),
    _key("id"),
    _of("candidate_id", "candidates"), _of("role_id", "roles"), _of("owner_id", "members"),
    _of("waiting_for_id", "members"),
    _index("ix_loops_owner", "owner_id", "look_at", where=OPEN_AND_REVIEWED),
    _index("ix_loops_look_at", "look_at", where=OPEN_AND_REVIEWED),
    _index("ix_loops_candidate", "candidate_id"),
    _index("ix_loops_role", "role_id"),
    _index("ix_loops_closed_at", "closed_at", where="closed_at IS NOT NULL"),
    _index("uq_loops_import_key", "import_key", where="import_key IS NOT NULL", unique=True),
    _index("ix_loops_waiting_for", "waiting_for_id", where="detail = 'waiting_for'"),
)  # fmt: skip

promises = Table(
    "promises", metadata,
    _id("workspace_id"), _id(), _id("loop_id"),
    Column("date", Date, nullable=False),
    _text("zone"),
    _word("basis", Basis),
    _at("made_at"),
    _word("state", PromiseState),
    _at("settled_at", nullable=True),
    _key("id"), _of("loop_id", "loops"),
    _index("ix_promises_loop", "loop_id"),
    _index("ix_promises_settled", "settled_at", where="settled_at IS NOT NULL"),
    _index("ix_promises_current", "date", where="settled_at IS NULL"),
)  # fmt: skip

touches = Table(
    "touches", metadata,
    _id("workspace_id"), _id(), _id("loop_id"),
    _word("kind", TouchKind),
    _at("at"),
    _maybe_id("by_id"),
    _key("id"), _of("loop_id", "loops"), _of("by_id", "members"),
    _index("ix_touches_loop", "loop_id", "at"),
)  # fmt: skip

letters = Table(
    "letters", metadata,
    _id("workspace_id"), _id(), _id("loop_id"),
    _word("kind", LetterKind),
    _word("decision", Decision),
    _word("state", LetterState),
    _id("by_id"),
    _text("by_name"),
    _text("to_address"),
    _text("subject"),
    _text("text"),
    _text("html"),
    _text("message_id"),
    _text("sender_name"),
    _text("reply_to"),
    _text("in_reply_to"),
    _at("queued_at"),
    _at("not_before"),
    Column("names_date", Date),
    _maybe_id("promise_id"),
    _word("before_standing", Standing),
    _word("before_detail", Detail),
    _at("settled_at", nullable=True),
    Column("attempts", Integer, nullable=False),
    _text("problem"),
    _word("hold", Hold, nullable=True),
    _key("id"), _of("loop_id", "loops"), _of("by_id", "members"),
    _index("uq_letters_open", "loop_id", where=OPEN_LETTER_STATES, unique=True),
    _index("ix_letters_loop", "loop_id", "queued_at"),
    _index("ix_letters_message_id", "message_id"),
    _index("ix_letters_by", "by_id", "queued_at"),
    _index("ix_letters_sending", "to_address", where="state = 'sending'"),
    _index("ix_letters_sent", "to_address", where="state = 'sent'"),
    _index("ix_letters_stuck", "state", "settled_at", where=STUCK_LETTER_STATES),
)  # fmt: skip

drafts = Table(
    "drafts", metadata,
    _id("workspace_id"), _id(), _id("loop_id"), _id("member_id"),
    _json("fields"),
    _at("saved_at"),
    _key("id"), _of("loop_id", "loops"), _of("member_id", "members"), _unique("loop_id", "member_id"),
)  # fmt: skip

sheets = Table(
    "sheets", metadata,
    _id("workspace_id"), _id(), _id("member_id"),
    _json("lines"),
    _json("passed"),
    _flag("sent"),
    _at("saved_at"),
    _key("id"), _of("member_id", "members"),
    _index("ix_sheets_member", "member_id", "saved_at"),
)  # fmt: skip

surfaces = Table(
    "surfaces", metadata,
    _id("workspace_id"), _id(),
    _word("kind", SurfaceKind),
    _id("member_id"),
    _text("occasion"),
    _at("opened_at"),
    Column("revision", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    _flag("retired"),
    _maybe_id("about_id"),
    Column("page", Integer, nullable=False, server_default="0"),
    _text("chat"),
    _json("address", nullable=True),
    _key("id"), _of("member_id", "members"), _of("about_id", "members"),
    _unique("kind", "member_id", "occasion"),
)  # fmt: skip

surface_loops = Table(
    "surface_loops", metadata,
    _id("workspace_id"), _id("surface_id"), _id("loop_id"),
    Column("position", Integer, nullable=False),
    _key("surface_id", "loop_id"), _of("surface_id", "surfaces"), _of("loop_id", "loops"),
    _index("ix_surface_loops_loop", "loop_id", "surface_id"),
)  # fmt: skip

nudges = Table(
    "nudges", metadata,
    _id("workspace_id"), _id("loop_id"),
    _word("kind", Kind),
    _text("occasion"),
    _id("recipient_id"),
    _at("not_before"),
    _flag("urgent"),
    _maybe_id("surface_id"),
    _flag("forgotten"),
    _key("loop_id", "kind", "occasion", "recipient_id"),
    _of("loop_id", "loops"), _of("recipient_id", "members"), _of("surface_id", "surfaces"),
    _index("ix_nudges_waiting", "recipient_id", "not_before", where="surface_id IS NULL AND NOT forgotten"),
)  # fmt: skip

lanes = Table(
    "lanes", metadata,
    _id("workspace_id"),
    _text("name"),
    Column("min_gap_s", Double, nullable=False),
    Column("max_in_flight", Integer, nullable=False),
    _at("free_at", nullable=True),
    _key("name"), _in_workspace(),
)  # fmt: skip

deliveries = Table(
    "deliveries", metadata,
    _id("workspace_id"), _id(),
    _word("kind", DeliveryKind),
    _id("subject_id"),
    _text("lane"),
    _word("state", DeliveryState),
    _at("not_before"),
    Column("attempts", Integer, nullable=False),
    _maybe_id("claim_token"),
    _at("lease_until", nullable=True),
    _text("problem"),
    _at("created_at"),
    _key("id"), _unique("subject_id"),
    sa.ForeignKeyConstraint(["workspace_id", "lane"], ["lanes.workspace_id", "lanes.name"]),
    _index("ix_deliveries_lane", "lane", "not_before"),
)  # fmt: skip

# A team's channel in which a weekly summary was asked for.
channels = Table(
    "channels", metadata,
    _id("workspace_id"), _id(),
    _text("name"),
    _text("called"),
    _text("zone"),
    Column("weekday", Integer, nullable=False),
    Column("at", Time, nullable=False),
    _id("asked_by_id"),
    _at("next_at", nullable=True),
    _text("problem"),
    _key("id"), _of("asked_by_id", "members"), _unique("name"),
    _index("ix_channels_next_at", "next_at", where="next_at IS NOT NULL"),
)  # fmt: skip

# What was told in a channel, as it was told: figures and the ids of the roles behind them.
summaries = Table(
    "summaries", metadata,
    _id("workspace_id"), _id(), _id("channel_id"),
    _text("week"),
    _at("since"),
    _at("until"),
    _json("roles"),
    _json("figures", nullable=True),
    _flag("posted"),
    _key("id"), _of("channel_id", "channels"), _unique("channel_id", "week"),
    _index("ix_summaries_until", "until"),
)  # fmt: skip

audit = Table(
    "audit", metadata,
    _id("workspace_id"), _id("loop_id"),
    Column("seq", Integer, nullable=False),
    _at("at"),
    _text("what"),
    _maybe_id("by_id"),
    _maybe_id("on_behalf_of_id"),
    _json("facts"),
    _text("prev"),
    _text("hash"),
    _key("loop_id", "seq"), _of("loop_id", "loops"),
)  # fmt: skip

# Says whether this database is a restored copy (see storage/origin.py): of no workspace, one row.
origin = Table(
    "origin", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _text("written_in"),
    _at("copied_at", nullable=True),
)  # fmt: skip
