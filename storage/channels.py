"""Team channels that asked for a weekly summary, and what was told in them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bot.summary import Channel, Figures, Summary
from storage.inserts import insert_or_ignore, insert_or_update
from storage.rows import pick
from storage.surfaces import CHAT_GAP_S
from storage.tables import DeliveryKind, channels, lanes, loops, roles, summaries
from storage.transaction import Transaction

_COLUMNS = ("id", "name", "called", "zone", "weekday", "at", "asked_by_id", "next_at", "problem")
_CHANNEL = sa.select(*pick(channels, _COLUMNS))
_DUE = (
    sa.select(channels.c.id)
    .where(
        channels.c.workspace_id == sa.bindparam("b_workspace"),
        channels.c.next_at <= sa.bindparam("b_now", type_=channels.c.next_at.type),
    )
    .order_by(channels.c.next_at, channels.c.id)
)
_SUMMARY = sa.select(
    *pick(summaries, ("id", "channel_id", "week", "since", "until", "roles", "figures", "posted"))
)


def channel_lane(channel: uuid.UUID) -> str:
    """The lane of all messages to one team's channel."""
    return f"channel:{channel}"


def counted(workspace: uuid.UUID, channel: Channel) -> sa.ColumnElement[bool]:
    """Whether a role is counted there: bound to it, or imported under its name; never confidential."""
    names = {channel.name, channel.called} - {""}
    return sa.and_(
        roles.c.workspace_id == workspace, roles.c.channel.in_(sorted(names)), sa.not_(roles.c.confidential)
    )


class Channels(Transaction):
    """The part of the store that keeps team channels and their summaries."""

    # -- channels -----------------------------------------------------------------------------------------

    def channel(self, name: str) -> Channel | None:
        return self._channel(_CHANNEL.where(channels.c.name == name))

    def channel_by_id(self, channel: uuid.UUID) -> Channel | None:
        return self._channel(_CHANNEL.where(channels.c.id == channel))

    def lock_channel(self, channel: uuid.UUID) -> Channel | None:
        return self._channel(_CHANNEL.where(channels.c.id == channel).with_for_update())

    def _channel(self, query: sa.Select[Any]) -> Channel | None:
        row = self.conn.execute(query.where(channels.c.workspace_id == self._workspace)).first()
        if row is None:
            return None
        return Channel(
            id=row[0], name=row[1], called=row[2], zone=row[3], weekday=row[4], at=row[5], asked_by=row[6],
            next_at=row[7], problem=row[8],
        )  # fmt: skip

    def save_channel(self, channel: Channel) -> None:
        row = {
            "workspace_id": self._workspace, "id": channel.id, "name": channel.name, "called": channel.called,
            "zone": channel.zone, "weekday": channel.weekday, "at": channel.at,
            "asked_by_id": channel.asked_by, "next_at": channel.next_at, "problem": channel.problem,
        }  # fmt: skip
        insert_or_update(self.conn, channels, ("workspace_id", "name"), [row])
        self._want(channel.next_at)

    def due_channels(self, now: dt.datetime) -> tuple[uuid.UUID, ...]:
        return tuple(self.conn.scalars(_DUE, {"b_workspace": self._workspace, "b_now": now}))

    def counted_roles(self, channel: Channel) -> Mapping[uuid.UUID, uuid.UUID]:
        query = sa.select(roles.c.id, roles.c.manager_id).where(counted(self._workspace, channel))
        return {row[0]: row[1] for row in self.conn.execute(query)}

    def waited_in(self, roles_: Iterable[uuid.UUID], at: dt.datetime) -> Mapping[uuid.UUID, uuid.UUID]:
        query = (
            sa.select(roles.c.id, roles.c.manager_id)
            .join(loops, sa.and_(loops.c.workspace_id == roles.c.workspace_id, loops.c.role_id == roles.c.id))
            .where(roles.c.workspace_id == self._workspace, roles.c.id.in_(list(roles_)), waiting_at(at))
            .distinct()
        )
        return {row[0]: row[1] for row in self.conn.execute(query)}

    # -- summaries ----------------------------------------------------------------------------------------

    def summary(self, summary: uuid.UUID) -> Summary | None:
        query = _SUMMARY.where(summaries.c.workspace_id == self._workspace, summaries.c.id == summary)
        row = self.conn.execute(query).first()
        return None if row is None else _summary(row)

    def summaries(self, channel: uuid.UUID, before: dt.datetime, limit: int) -> tuple[Summary, ...]:
        query = _SUMMARY.where(
            summaries.c.workspace_id == self._workspace,
            summaries.c.channel_id == channel,
            summaries.c.until < before,
        )
        rows = self.conn.execute(query.order_by(summaries.c.until.desc()).limit(limit))
        return tuple(_summary(row) for row in rows)

    def groups_told(self, after: dt.datetime) -> tuple[frozenset[uuid.UUID], ...]:
        query = _SUMMARY.where(summaries.c.workspace_id == self._workspace, summaries.c.until > after)
        found = [_summary(row) for row in self.conn.execute(query.order_by(summaries.c.until.desc()))]
        return tuple(it.roles for it in found if it.figures is not None)

    def add_summary(self, summary: Summary, not_before: dt.datetime) -> bool:
        told = summary.figures
        row = {
            "workspace_id": self._workspace, "id": summary.id, "channel_id": summary.channel,
            "week": summary.week, "since": summary.since, "until": summary.until,
            "roles": sorted(str(role) for role in summary.roles),
            "figures": None if told is None else dataclasses.asdict(told), "posted": summary.posted,
        }  # fmt: skip
        if not insert_or_ignore(self.conn, summaries, [row]):
            return False
        if summary.posted:
            lane = {
                "workspace_id": self._workspace, "name": channel_lane(summary.channel),
                "min_gap_s": CHAT_GAP_S, "max_in_flight": 1,
            }  # fmt: skip
            insert_or_ignore(self.conn, lanes, [lane])
            subject = (summary.id, channel_lane(summary.channel), not_before)
            self._enqueue(self._queue(DeliveryKind.SUMMARY, [subject]))
        return True


def waiting_at(at: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether somebody waited in a loop at that instant; one that nobody has reviewed counts for nothing."""
    return sa.and_(
        loops.c.reviewed_on.is_not(None),
        loops.c.interviewed_at <= at,
        sa.or_(loops.c.closed_at.is_(None), loops.c.closed_at > at),
    )


def _summary(row: sa.Row[Any]) -> Summary:
    return Summary(
        id=row[0], channel=row[1], week=row[2], since=row[3], until=row[4],
        roles=frozenset(uuid.UUID(role) for role in row[5]),
        figures=None if row[6] is None else Figures(**row[6]), posted=row[7],
    )  # fmt: skip
