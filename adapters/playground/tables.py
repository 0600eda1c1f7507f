"""The playground's own tables: what was said to whom, how far each has read, which letters arrived.

They exist in a demo's database only. `create_all` makes them when the demo starts; no migration knows them,
and, as a demo has one workspace, neither do their keys.
"""

from __future__ import annotations

import enum

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

from storage.columns import Id, Json, UtcDateTime, Words

metadata = MetaData()


class Author(enum.StrEnum):
    BOT = "bot"
    ME = "me"


messages = Table(
    "playground_messages", metadata,
    Column("id", Id, primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("member", Id, nullable=False),
    Column("author", Words(Author), nullable=False),
    Column("view", Json, nullable=False),
    Column("surface", Id),
    Column("at", UtcDateTime, nullable=False),
    Column("changed", Integer, nullable=False),
    Index("ix_playground_messages_member", "member", "seq"),
)  # fmt: skip
"""`changed` grows with every post and edit: the largest of a conversation is its version."""

reads = Table(
    "playground_reads", metadata,
    Column("member", Id, primary_key=True),
    Column("seq", Integer, nullable=False),
)  # fmt: skip
"""The last message that somebody, being this member, has had on the screen."""

mails = Table(
    "playground_mails", metadata,
    Column("id", Id, primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("at", UtcDateTime, nullable=False),
    Column("recipients", Json, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)  # fmt: skip

channels = Table(
    "playground_channels", metadata,
    Column("id", Id, primary_key=True),
    Column("called", Text, nullable=False, unique=True),
)  # fmt: skip
"""A team's channel. Its conversation stands in `messages` under its id, as a member's does under theirs."""

pictures = Table(
    "playground_pictures", metadata,
    Column("id", Id, primary_key=True),
    Column("png", LargeBinary, nullable=False),
)  # fmt: skip
