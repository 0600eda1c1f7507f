"""Surfaces.

Messages that follow the truth. Whatever changes them gives them a new revision and one delivery.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.nudges import Nudge, Surface, SurfaceKind
from storage import rows
from storage.columns import UtcDateTime
from storage.inserts import insert_or_ignore
from storage.nudges import keys, update_each
from storage.rows import pick
from storage.tables import (
    DeliveryKind,
    DeliveryState,
    deliveries,
    lanes,
    loops,
    nudges,
    surface_loops,
    surfaces,
)
from storage.transaction import Transaction, chat_lane

CHAT_GAP_S = 1.02
"""From one claim to the next. Slack takes one message a second and channel; a little more, as one may travel
quicker than the last.

https://docs.slack.dev/apis/web-api/rate-limits. Adapters may set another.
"""


_WAITS_UNTIL: sa.ColumnElement[dt.datetime] = sa.literal_column(
    "(SELECT waits.not_before FROM deliveries AS waits WHERE waits.workspace_id = surfaces.workspace_id"
    " AND waits.subject_id = surfaces.id AND surfaces.shown = 0)",
    UtcDateTime(),
)
"""Of a message that nobody has read yet. Written out: of RETURNING, SQLite is given names without tables."""
_changed, _same_person = loops.alias("changed"), loops.alias("same_person")
_SAME_PEOPLE = (
    sa.select(_same_person.c.id)
    .join(
        _changed,
        sa.and_(
            _changed.c.workspace_id == _same_person.c.workspace_id,
            _changed.c.candidate_id == _same_person.c.candidate_id,
        ),
    )
    .where(
        _changed.c.workspace_id == sa.bindparam("b_workspace"),
        _changed.c.id.in_(sa.bindparam("b_loops", expanding=True)),
    )
)
"""What is told of one loop stands beside the same person's others as well."""
_SHOWING = (
    sa.update(surfaces)
    .where(
        surfaces.c.workspace_id == sa.bindparam("b_workspace"),
        surfaces.c.id.in_(
            sa.select(surface_loops.c.surface_id).where(
                surface_loops.c.workspace_id == sa.bindparam("b_workspace"),
                surface_loops.c.loop_id.in_(_SAME_PEOPLE),
            )
        ),
        sa.not_(surfaces.c.retired),
    )
    .values(revision=surfaces.c.revision + 1)
    .returning(surfaces.c.id, surfaces.c.member_id, _WAITS_UNTIL)
)

_THIS = (
    surfaces.c.workspace_id == sa.bindparam("b_workspace"),
    surfaces.c.id == sa.bindparam("b_surface"),
)
_ONE = sa.select(*pick(surfaces, rows.SURFACE_COLUMNS)).where(*_THIS)
_WHERE = sa.select(surfaces.c.chat, surfaces.c.address).where(*_THIS)
_LIVE = (
    sa.select(*pick(surfaces, rows.SURFACE_COLUMNS))
    .where(
        surfaces.c.workspace_id == sa.bindparam("b_workspace"),
        surfaces.c.kind == sa.bindparam("b_kind", type_=surfaces.c.kind.type),
        surfaces.c.member_id == sa.bindparam("b_member"),
        sa.not_(surfaces.c.retired),
    )
    .order_by(surfaces.c.opened_at.desc(), surfaces.c.id)
    .limit(1)
)


class Surfaces(Transaction):
    """The part of the store that keeps surfaces."""

    def surface(self, surface: uuid.UUID) -> Surface | None:
        row = self.conn.execute(_ONE, {"b_workspace": self._workspace, "b_surface": surface}).first()
        return None if row is None else rows.surface(row)

    def surface_address(self, surface: uuid.UUID) -> tuple[str, Mapping[str, str]] | None:
        """The chat and the address of the message, once it has been posted."""
        row = self.conn.execute(_WHERE, {"b_workspace": self._workspace, "b_surface": surface}).first()
        return None if row is None or row[1] is None else (row[0], row[1])

    def stands_at(self, member: uuid.UUID, chat: str, key: str, value: str) -> bool:
        """Whether a surface of this member stands at an address with this value."""
        query = sa.select(surfaces.c.id).where(
            surfaces.c.workspace_id == self._workspace,
            surfaces.c.member_id == member,
            surfaces.c.chat == chat,
            surfaces.c.address[key].as_string() == value,
        )
        return self.conn.scalar(query.limit(1)) is not None

    def home_surface(self, member: uuid.UUID) -> Surface | None:
        return self._live(SurfaceKind.HOME, member)

    def queue_surface(self, member: uuid.UUID) -> Surface | None:
        return self._live(SurfaceKind.QUEUE, member)

    def review_surface(self, member: uuid.UUID) -> Surface | None:
        return self._live(SurfaceKind.REVIEW, member)

    def _live(self, kind: SurfaceKind, member: uuid.UUID) -> Surface | None:
        given = {"b_workspace": self._workspace, "b_kind": kind, "b_member": member}
        row = self.conn.execute(_LIVE, given).first()
        return None if row is None else rows.surface(row)

    def _is(self, surface: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
        return (surfaces.c.workspace_id == self._workspace, surfaces.c.id == surface)

    def open_surface(
        self,
        kind: SurfaceKind,
        member: uuid.UUID,
        occasion: str,
        now: dt.datetime,
        about: uuid.UUID | None = None,
    ) -> tuple[Surface, bool]:
        new = Surface(
            id=uuid.uuid4(), kind=kind, member=member, occasion=occasion, opened_at=now, about=about
        )
        values = {
            "workspace_id": self._workspace, "id": new.id, "kind": kind, "member_id": member,
            "occasion": occasion, "opened_at": now, "revision": new.revision, "shown": new.shown,
            "retired": False, "about_id": about, "chat": "", "address": None,
        }  # fmt: skip
        if insert_or_ignore(self.conn, surfaces, [values]):
            lane = {
                "workspace_id": self._workspace, "name": chat_lane(member), "min_gap_s": CHAT_GAP_S,
                "max_in_flight": 1,
            }  # fmt: skip
            insert_or_ignore(self.conn, lanes, [lane])
            return new, True
        query = sa.select(*pick(surfaces, rows.SURFACE_COLUMNS)).where(
            surfaces.c.workspace_id == self._workspace,
            surfaces.c.kind == kind,
            surfaces.c.member_id == member,
            surfaces.c.occasion == occasion,
        )
        return rows.surface(self.conn.execute(query).one()), False

    def put_on(
        self, surface: uuid.UUID, loops: Sequence[uuid.UUID], nudges_: Sequence[Nudge], now: dt.datetime
    ) -> None:
        if loops:
            last = sa.select(sa.func.max(surface_loops.c.position)).where(
                surface_loops.c.workspace_id == self._workspace, surface_loops.c.surface_id == surface
            )
            shown = [
                {"workspace_id": self._workspace, "surface_id": surface, "loop_id": loop, "position": place}
                for place, loop in enumerate(loops, start=(self.conn.scalar(last) or 0) + 1)
            ]
            insert_or_ignore(self.conn, surface_loops, shown)
        if nudges_:
            shown_there = update_each(self._workspace).values(surface_id=surface)
            self.conn.execute(shown_there, keys(nudges_))
        self.bump([surface], now)

    def turn_page(self, surface: uuid.UUID, page: int) -> None:
        self.conn.execute(sa.update(surfaces).where(*self._is(surface)).values(page=page))

    def bump(self, surfaces_: Sequence[uuid.UUID], now: dt.datetime) -> None:
        if surfaces_:
            self._enqueue(self._moved(surfaces.c.id.in_(surfaces_), not_before=now))

    def bump_unread(self, member: uuid.UUID, now: dt.datetime) -> None:
        unread = (surfaces.c.member_id == member, surfaces.c.shown == 0, sa.not_(surfaces.c.retired))
        self._enqueue(self._moved(*unread, not_before=now))

    def bump_occasion(
        self, kind: SurfaceKind, occasion: str, now: dt.datetime, *, last: bool = False
    ) -> None:
        live = (surfaces.c.kind == kind, surfaces.c.occasion == occasion, sa.not_(surfaces.c.retired))
        self._enqueue(self._moved(*live, not_before=now, **({"retired": True} if last else {})))

    def bump_showing(self, loops: Sequence[uuid.UUID], now: dt.datetime) -> None:
        if loops:
            self._enqueue(self._moved_by(loops, not_before=now))

    def retire(self, kind: SurfaceKind, member: uuid.UUID, keep: uuid.UUID, now: dt.datetime) -> None:
        live = (
            surfaces.c.kind == kind,
            surfaces.c.member_id == member,
            surfaces.c.id != keep,
            sa.not_(surfaces.c.retired),
        )
        unread = sa.select(surfaces.c.id).where(
            surfaces.c.workspace_id == self._workspace, surfaces.c.shown == 0, *live
        )
        lost = sa.select(surface_loops.c.loop_id).where(
            surface_loops.c.workspace_id == self._workspace, surface_loops.c.surface_id.in_(unread)
        )
        loops = tuple(dict.fromkeys(self.conn.scalars(lost)))
        if loops:
            # The chat was out of reach: what nobody has read comes with the new list.
            self.conn.execute(
                sa.update(nudges)
                .where(nudges.c.workspace_id == self._workspace, nudges.c.surface_id.in_(unread))
                .values(surface_id=keep)
            )
            self.put_on(keep, loops, (), now)
        self._enqueue(self._moved(*live, not_before=now, retired=True))

    def mark_shown(
        self, surface: uuid.UUID, revision: int, chat: str = "", address: Mapping[str, str] | None = None
    ) -> None:
        """A chat answered in place.

        People see this revision, so the delivery that waits for it is not needed. `chat` and `address`: where
        it stands, if the answer is its first message.
        """
        where: dict[str, Any] = {} if address is None else {"chat": chat, "address": dict(address)}
        self.conn.execute(
            sa.update(surfaces)
            .where(*self._is(surface), surfaces.c.shown < revision)
            .values(shown=revision, **where)
        )
        newer = sa.exists().where(*self._is(surface), surfaces.c.revision > revision)
        self.conn.execute(
            sa.delete(deliveries).where(
                deliveries.c.workspace_id == self._workspace,
                deliveries.c.subject_id == surface,
                deliveries.c.state == DeliveryState.READY,
                sa.not_(newer),
            )
        )

    def _moved(
        self, *where: sa.ColumnElement[bool], not_before: dt.datetime, **also: Any
    ) -> list[dict[str, Any]]:
        """A new revision of these surfaces, in one statement; the rows of their deliveries."""
        moved = self.conn.execute(
            sa.update(surfaces)
            .where(surfaces.c.workspace_id == self._workspace, *where)
            .values(revision=surfaces.c.revision + 1, **also)
            .returning(surfaces.c.id, surfaces.c.member_id)
        ).all()
        return self._queue(DeliveryKind.SURFACE, [(row[0], chat_lane(row[1]), not_before) for row in moved])

    def _moved_by(self, loops: Sequence[uuid.UUID], not_before: dt.datetime) -> list[dict[str, Any]]:
        """A new revision of every live surface that shows one of these loops.

        One that nobody has read yet, and that waits for somebody's morning, goes on waiting for that.
        """
        moved = self.conn.execute(_SHOWING, {"b_workspace": self._workspace, "b_loops": loops}).all()
        return self._queue(
            DeliveryKind.SURFACE, [(row[0], chat_lane(row[1]), row[2] or not_before) for row in moved]
        )
