"""Deliveries: who takes one, how long it is theirs, and what became of it.

Everything here happens inside one transaction of one workspace (`store.deliveries`). The times at which
something may go out are product time, given as `now`; leases and the gaps of lanes are on the database's
clock. Whoever lost the lease of a claim cannot write: every outcome names the claim's token and gives False,
with nothing written, where another process holds the delivery now.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from bot.loops import LetterState
from storage.budgets import Budget
from storage.claiming import Claimed, Claiming
from storage.columns import database_now
from storage.inserts import insert_or_update
from storage.tables import (
    STUCK_LETTER_STATES,
    DeliveryKind,
    DeliveryState,
    deliveries,
    lanes,
    letters,
    surfaces,
)
from storage.transaction import AT_ONCE, MAIL_LANE

LEASE_S = 90.0
"""Renew well before: every 30 seconds."""
LONGEST_WAIT_S = 900.0
"""No lane is shut for longer at a time."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery as an operator sees it."""

    id: uuid.UUID
    kind: DeliveryKind
    subject_id: uuid.UUID
    lane: str
    state: DeliveryState | None
    not_before: dt.datetime
    attempts: int
    problem: str
    created_at: dt.datetime
    letter: LetterState | None = None

    @property
    def stands(self) -> str:
        """A letter's own state says more than its delivery's, which is None where there is nothing to do."""
        return str(self.letter or self.state)


_SOMEBODYS_TURN = (LetterState.UNKNOWN, LetterState.HELD)
_IS_OURS = (
    deliveries.c.workspace_id == sa.bindparam("b_workspace"),
    deliveries.c.id == sa.bindparam("b_id"),
    deliveries.c.state == DeliveryState.CLAIMED,
    deliveries.c.claim_token == sa.bindparam("b_token"),
)
_DROP = sa.delete(deliveries).where(*_IS_OURS)
_OURS = sa.update(deliveries).where(*_IS_OURS)
_IS_SURFACE = (
    surfaces.c.workspace_id == sa.bindparam("b_workspace"),
    surfaces.c.id == sa.bindparam("b_surface"),
)
_REVISION = sa.select(surfaces.c.revision).where(*_IS_SURFACE).with_for_update()
_SHOWN = sa.update(surfaces).where(*_IS_SURFACE)


class Deliveries:
    """The deliveries of one workspace, inside one transaction."""

    def __init__(
        self,
        conn: sa.Connection,
        workspace: uuid.UUID,
        paused: Callable[[], bool],
        want: Callable[[dt.datetime], None],
    ) -> None:
        """`paused`: whether letters are; `want`: asks that the workspace is looked at by an instant."""
        self._conn = conn
        self._workspace = workspace
        self._paused = paused
        self._want = want

    def lane(self, name: str, min_gap_s: float, max_in_flight: int) -> None:
        """Make a lane, or set its limits: seconds between two deliveries, and how many at a time."""
        values = {"name": name, "min_gap_s": min_gap_s, "max_in_flight": max_in_flight}
        row = {"workspace_id": self._workspace, **values}
        insert_or_update(self._conn, lanes, ("workspace_id", "name"), [row])

    def lane_wait(self, lane: str, seconds: float) -> None:
        """Nothing more in this lane for so long (a Retry-After); its deliveries keep their own times.

        `LONGEST_WAIT_S` at most: who is still refused then, waits anew.
        """
        until = database_now(min(seconds, LONGEST_WAIT_S))
        self._conn.execute(
            sa.update(lanes)
            .where(
                lanes.c.workspace_id == self._workspace,
                lanes.c.name == lane,
                sa.or_(lanes.c.free_at.is_(None), lanes.c.free_at < until),
            )
            .values(free_at=until)
        )

    def open_lanes(self) -> None:
        """Those shut for longer than anybody shuts one: the database's clock has been set back since."""
        opened = self._conn.execute(
            sa.update(lanes)
            .where(
                lanes.c.workspace_id == self._workspace,
                lanes.c.free_at > database_now(LONGEST_WAIT_S + 1),
            )
            .values(free_at=None)
        )
        if opened.rowcount:
            self._want(AT_ONCE)

    # -- taking -------------------------------------------------------------------------------------------

    def claim(self, now: dt.datetime, limit: int, lease_s: float = LEASE_S) -> list[Claimed]:
        """Take at most `limit` deliveries that may go out now, no more than their lanes allow.

        Commit, then deliver, then write the outcome in another transaction.
        """
        return self.claim_some(now, limit, lease_s)[0]

    def claim_some(
        self, now: dt.datetime, limit: int, lease_s: float = LEASE_S
    ) -> tuple[list[Claimed], bool]:
        """The same, and whether the limit left any behind that may go out now."""
        return Claiming(self._conn, self._workspace).claim(now, limit, lease_s, paused=self._paused())

    def take(self, surface: uuid.UUID, lane: str, lease_s: float = LEASE_S) -> Claimed | None:
        """The delivery of this surface, for a chat that shows it in place at once.

        Made where none waits. None where another process is showing the surface at this moment: that one
        sees that the revision has moved.
        """
        return Claiming(self._conn, self._workspace).claim_surface(surface, lane, lease_s)

    def lets_out(self, lane: str, budget: Budget) -> bool:
        """Whether somebody who shows a surface at once may do it through this lane and budget now."""
        return Claiming(self._conn, self._workspace).lets_out(lane, budget)

    def reserve(self, lane: str) -> bool:
        """Somebody shows something at once: what waits in this lane keeps its gap to that, too.

        False where the chat has told the lane to wait (a Retry-After): then it is the deliverer's to show.
        """
        return Claiming(self._conn, self._workspace).reserve(lane)

    def free_in(self, now: dt.datetime) -> float | None:
        """Seconds until a lane or a budget lets out what is due and has to wait for it; None for nothing."""
        return Claiming(self._conn, self._workspace).free_in(now)

    def renew(self, claimed: Claimed, lease_s: float = LEASE_S) -> bool:
        """Ours for longer; False when it is another's by now: then stop."""
        return self._set(claimed, lease_until=database_now(lease_s))

    # -- outcomes -----------------------------------------------------------------------------------------

    def finish_surface(
        self, claimed: Claimed, revision_shown: int, address: Mapping[str, str] | None = None, chat: str = ""
    ) -> bool:
        """People see this revision of the message at `address`. One that came meanwhile is queued at once.

        Without an address it is where it was.
        """
        this = {"b_workspace": self._workspace, "b_surface": claimed.subject_id}
        # The surface first, then its delivery: in the order in which a change locks them.
        revision = self._conn.scalar(_REVISION, this)
        if revision is not None and revision > revision_shown:
            ours = self._ready(claimed, not_before=AT_ONCE, attempts=0, problem="")
            self._want(AT_ONCE)
        else:
            ours = self.drop(claimed)
        if ours:
            where = {} if address is None else {"address": dict(address), "chat": chat}
            self._conn.execute(_SHOWN, {**this, "shown": revision_shown, **where})
        return ours

    def finish_letter(self, claimed: Claimed) -> bool:
        """The letter is sent, failed or unknown: there is nothing left to deliver."""
        return self.drop(claimed)

    def later(self, claimed: Claimed, not_before: dt.datetime, problem: str, *, failed: bool = True) -> bool:
        """Again from `not_before` on. `problem` is for the operator and names nobody.

        `failed`: it was tried, which counts; else it only has to wait.
        """
        self._want(not_before)
        attempts = deliveries.c.attempts + (1 if failed else 0)
        return self._ready(claimed, not_before=not_before, problem=problem, attempts=attempts)

    def give_back(self, claimed: Claimed) -> bool:
        """Not tried (the process stops): as it was."""
        self._want(AT_ONCE)
        return self._ready(claimed)

    def drop(self, claimed: Claimed) -> bool:
        """Nothing to deliver any more: undone, cancelled, gone."""
        return bool(self._conn.execute(_DROP, self._ours(claimed)).rowcount)

    def waiting(
        self, limit: int | None, *, kind: DeliveryKind | None = None, state: str = "", problem: str = ""
    ) -> list[Waiting]:
        """What has not gone out, with the most failed attempts first; all of it without a `limit`.

        A letter is in the letter's own state; those that are unknown, failed or held have no delivery any
        more and are found by that `state`. `problem`: only where this is part of it, whatever its case.
        """
        return [
            one
            for one in self._waiting(kind, state)
            if (not state or one.stands == state) and problem.casefold() in one.problem.casefold()
        ][:limit]

    def _waiting(self, kind: DeliveryKind | None, state: str) -> Iterator[Waiting]:
        of_letter = sa.and_(
            letters.c.workspace_id == deliveries.c.workspace_id, letters.c.id == deliveries.c.subject_id
        )
        names = [field.name for field in dataclasses.fields(Waiting) if field.name != "letter"]
        query = (
            sa.select(*(deliveries.c[name] for name in names), letters.c.state.label("letter"))
            .join(letters, of_letter, isouter=True)
            .where(deliveries.c.workspace_id == self._workspace)
            .order_by(deliveries.c.attempts.desc(), deliveries.c.not_before, deliveries.c.id)
        )
        if kind is not None:
            query = query.where(deliveries.c.kind == kind)
        for row in self._conn.execute(query).mappings():
            yield Waiting(**row)
        if kind in (None, DeliveryKind.LETTER):
            yield from self._without_delivery(state)

    def _without_delivery(self, state: str) -> Iterator[Waiting]:
        """Letters that somebody has to settle or to let go; failed ones, which are over, only when asked."""
        query = sa.select(letters).where(
            letters.c.workspace_id == self._workspace,
            sa.text(STUCK_LETTER_STATES),
            letters.c.state.in_([LetterState.FAILED] if state == LetterState.FAILED else _SOMEBODYS_TURN),
        )
        for row in self._conn.execute(query.order_by(letters.c.queued_at, letters.c.id)).mappings():
            yield Waiting(
                id=row["id"], kind=DeliveryKind.LETTER, subject_id=row["id"], lane=MAIL_LANE,
                state=None, letter=row["state"], not_before=row["not_before"], attempts=row["attempts"],
                problem=row["problem"], created_at=row["queued_at"],
            )  # fmt: skip

    def kind_of(self, subject: uuid.UUID) -> DeliveryKind | None:
        """What that waits this id names; None for nothing."""
        query = sa.select(deliveries.c.kind).where(
            deliveries.c.workspace_id == self._workspace, deliveries.c.subject_id == subject
        )
        found: DeliveryKind | None = self._conn.scalar(query)
        return found

    def forget(self, subject: uuid.UUID) -> None:
        """Deliver this no more, whoever has claimed it."""
        this = (deliveries.c.workspace_id == self._workspace, deliveries.c.subject_id == subject)
        self._conn.execute(sa.delete(deliveries).where(*this))

    def show_now(self, subject: uuid.UUID) -> bool:
        """A surface or summary that waits for another try gets it at once; whether it waited."""
        ready = (
            deliveries.c.workspace_id == self._workspace,
            deliveries.c.subject_id == subject,
            deliveries.c.kind != DeliveryKind.LETTER,
            deliveries.c.state == DeliveryState.READY,
        )
        self._want(AT_ONCE)
        return bool(
            self._conn.execute(sa.update(deliveries).where(*ready).values(not_before=AT_ONCE)).rowcount
        )

    def due_count(self, now: dt.datetime) -> int:
        """How many could go out by now if their lanes were free, those being handed over included."""
        own = deliveries.c
        query = sa.select(sa.func.count()).where(own.workspace_id == self._workspace, own.not_before <= now)
        if self._paused():
            query = query.where(own.kind != DeliveryKind.LETTER)
        return self._conn.scalar(query) or 0

    def _ready(self, claimed: Claimed, **values: Any) -> bool:
        return self._set(claimed, state=DeliveryState.READY, claim_token=None, lease_until=None, **values)

    def _set(self, claimed: Claimed, **values: Any) -> bool:
        changed = self._conn.execute(_OURS.values(values), self._ours(claimed))
        return bool(changed.rowcount)

    def _ours(self, claimed: Claimed) -> dict[str, Any]:
        return {"b_workspace": self._workspace, "b_id": claimed.id, "b_token": claimed.token}
