"""How many letters a member has queued lately, asked in one look at an index."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.loops import LetterState
from storage.tables import letters

_CAME_TO_NOTHING = (LetterState.UNDONE, LetterState.CANCELLED)


def nth_newest(member: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """When the member's n-th newest letter was queued, `b_skip` being n - 1; NULL where there are fewer.

    Those that were undone or cancelled do not count. Needs no `now`, so that it is read beside the member.
    """
    return (
        sa.select(letters.c.queued_at)
        .where(
            letters.c.workspace_id == sa.bindparam("b_workspace"),
            letters.c.by_id == member,
            letters.c.state.not_in(_CAME_TO_NOTHING),
        )
        .order_by(letters.c.queued_at.desc())
        .limit(1)
        .offset(sa.bindparam("b_skip", type_=sa.Integer))
        .scalar_subquery()
    )
