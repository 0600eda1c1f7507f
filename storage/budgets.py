"""What a chat limits for a whole company, besides the lane of each member: posts, edits, look-ups.

A budget is a row of `lanes` under a name of its own, with the seconds between two and how many may come at
once. Where a chat has set none there is no limit.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from bot.nudges import SurfaceKind
from storage.columns import database_now
from storage.tables import DeliveryKind, identities, lanes, surfaces


class Budget(enum.StrEnum):
    """What a chat limits for a whole company besides each member's lane. The values name lanes."""

    POST = "chat/post"
    EDIT = "chat/edit"
    HOME = "chat/home"
    FIND = "chat/find"
    """Looking somebody up by email, before anything can be posted to them."""


_BY_SURFACE = (
    (
        sa.not_(
            sa.exists().where(
                identities.c.workspace_id == surfaces.c.workspace_id,
                identities.c.member_id == surfaces.c.member_id,
            )
        ),
        Budget.FIND.value,
    ),
    (surfaces.c.kind == SurfaceKind.HOME, Budget.HOME.value),
    (surfaces.c.chat != "", Budget.EDIT.value),
)


def spent_by(kind: sa.ColumnElement[DeliveryKind]) -> sa.Case[str]:
    """The budget that a delivery of this kind spends, with its surface joined to it; null for a letter."""
    return sa.case(
        (kind == DeliveryKind.SUMMARY, Budget.POST.value),
        (surfaces.c.id.is_(None), sa.null()),
        *_BY_SURFACE,
        else_=Budget.POST.value,
    )


@dataclasses.dataclass(slots=True)
class _Bucket:
    """A budget as GCRA has it (ITU-T I.371): one every `gap_s`, or up to `burst` at once after a rest.

    `free_at` is the theoretical arrival time of the next one.
    """

    gap_s: float
    burst: int
    now: dt.datetime
    free_at: dt.datetime | None
    spent: bool = False

    def spend(self) -> bool:
        """Take one, if one is left."""
        begin = max(self.free_at or self.now, self.now)
        after = begin + dt.timedelta(seconds=self.gap_s)
        if after - self.now > dt.timedelta(seconds=self.gap_s * self.burst):
            return False
        self.free_at, self.spent = after, True
        return True


_LOCKED = (
    sa.select(lanes.c.name, lanes.c.min_gap_s, lanes.c.max_in_flight, lanes.c.free_at, database_now())
    .where(
        lanes.c.workspace_id == sa.bindparam("b_workspace"),
        lanes.c.name.in_(sa.bindparam("b_names", expanding=True)),
    )
    .order_by(lanes.c.name)
    .with_for_update(of=lanes)
)
_SPENT = sa.update(lanes).where(
    lanes.c.workspace_id == sa.bindparam("b_workspace"), lanes.c.name == sa.bindparam("b_name")
)


def spend(
    conn: sa.Connection, workspace: uuid.UUID, wanted: Sequence[tuple[uuid.UUID, Budget | None]]
) -> list[uuid.UUID]:
    """As many of these deliveries, in their order, as the budgets have room for; what they spend is noted.

    The budgets are locked until the transaction ends, so that they hold across processes.
    """
    left = _left(conn, workspace, {budget for _, budget in wanted if budget is not None})
    taken = [one for one, budget in wanted if budget not in left or left[budget].spend()]
    for budget, bucket in left.items():
        if bucket.spent:
            conn.execute(_SPENT, {"b_workspace": workspace, "b_name": budget, "free_at": bucket.free_at})
    return taken


def _left(conn: sa.Connection, workspace: uuid.UUID, names: set[Budget]) -> dict[Budget | None, _Bucket]:
    if not names:
        return {}
    rows = conn.execute(_LOCKED, {"b_workspace": workspace, "b_names": sorted(names)})
    return {Budget(row[0]): _Bucket(row[1], row[2], row[4], row[3]) for row in rows}
