"""Letters: moved from state to state by conditional updates only, so that each step happens once."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from typing import Any

import sqlalchemy as sa

from bot.changes import LetterMove
from bot.loops import OPEN_LETTER, UNDOABLE, Hold, Letter, LetterKind, LetterState, Loop
from bot.unknown_letters import MAY_HAVE_LEFT
from storage import rows
from storage.pace import nth_newest
from storage.rows import pick
from storage.surfaces import Surfaces
from storage.tables import DeliveryKind, DeliveryState, deliveries, letters, loops, members
from storage.transaction import AT_ONCE, MAIL_LANE

_MEMBER: sa.BindParameter[uuid.UUID] = sa.bindparam("b_member")
_NTH = sa.select(nth_newest(_MEMBER))
_LOCK = (
    sa.select(members.c.id)
    .where(members.c.workspace_id == sa.bindparam("b_workspace"), members.c.id == sa.bindparam("b_member"))
    .with_for_update(key_share=True)
)
_WORKSPACE: sa.BindParameter[uuid.UUID] = sa.bindparam("b_workspace")
_MAY_BEGIN = frozenset({LetterState.QUEUED, LetterState.RETRY})
_IS_LETTER = (letters.c.workspace_id == _WORKSPACE, letters.c.id == sa.bindparam("b_letter"))
_LETTER = sa.select(*pick(letters, rows.LETTER_COLUMNS)).where(*_IS_LETTER)
_BEING_WRITTEN_TO = (
    sa.select(letters.c.id)
    .where(
        letters.c.workspace_id == _WORKSPACE,
        letters.c.to_address == sa.bindparam("b_address"),
        letters.c.state == LetterState.SENDING,
    )
    .limit(1)
)
_BEGIN = (
    sa.update(letters)
    .where(*_IS_LETTER, letters.c.state.in_(_MAY_BEGIN))
    .values(state=LetterState.SENDING, attempts=letters.c.attempts + 1, problem="")
)
_HOLDS = (
    sa.select(deliveries.c.id)
    .where(
        deliveries.c.workspace_id == _WORKSPACE,
        deliveries.c.subject_id == sa.bindparam("b_subject"),
        deliveries.c.state == DeliveryState.CLAIMED,
        deliveries.c.claim_token == sa.bindparam("b_token"),
    )
    .with_for_update()
)


@functools.cache
def _moving(come_from: frozenset[LetterState], *, at_another_time: bool, settles: bool) -> sa.Update:
    """The update of a letter that is still in one of these states."""
    values = {"state": "b_to", "problem": "b_problem", "hold": "b_hold"}
    if at_another_time:
        values["not_before"] = "b_not_before"
    if settles:
        values["settled_at"] = "b_at"
    given = {name: sa.bindparam(key, type_=letters.c[name].type) for name, key in values.items()}
    return sa.update(letters).where(*_IS_LETTER, letters.c.state.in_(come_from)).values(given)


_FEEDBACK_TO_OTHERS = (
    sa.select(letters.c.text)
    .join(loops, sa.and_(loops.c.workspace_id == letters.c.workspace_id, loops.c.id == letters.c.loop_id))
    .where(
        letters.c.workspace_id == _WORKSPACE,
        loops.c.role_id == sa.bindparam("b_role"),
        loops.c.id != sa.bindparam("b_loop"),
        letters.c.kind == LetterKind.FEEDBACK,
        letters.c.state.in_([LetterState.SENT, *OPEN_LETTER]),
    )
    .order_by(letters.c.queued_at.desc(), letters.c.id)
    .limit(sa.bindparam("b_most", type_=sa.Integer))
)


class Letters(Surfaces):
    """The part of the store that keeps letters."""

    def letter(self, letter: uuid.UUID) -> Letter | None:
        row = self.conn.execute(_LETTER, self._this(letter)).first()
        return None if row is None else rows.letter(row)

    def feedback_to_others(self, loop: Loop, limit: int) -> tuple[str, ...]:
        """The newest feedback letters to others of the same role, as text; what was taken back is none."""
        given = {"b_workspace": self._workspace, "b_role": loop.role.id, "b_loop": loop.id, "b_most": limit}
        return tuple(self.conn.scalars(_FEEDBACK_TO_OTHERS, given))

    def _this(self, letter: uuid.UUID) -> dict[str, Any]:
        return {"b_workspace": self._workspace, "b_letter": letter}

    def is_being_written_to(self, address: str) -> bool:
        """Whether a letter to this address is being handed over just now."""
        given = {"b_workspace": self._workspace, "b_address": address}
        return self.conn.execute(_BEING_WRITTEN_TO, given).first() is not None

    def may_write_to(self, address: str) -> bool:
        """Whether no letter to this address is being handed over, and none begins to be before the commit.

        On PostgreSQL, where others may ask at the same moment, each waits for the commit of who asked first.
        """
        self._take_turn(address)
        return not self.is_being_written_to(address)

    def begin_letter(self, letter: uuid.UUID, token: uuid.UUID) -> bool:
        """queued or retry → sending, and one attempt more: commit this before DATA.

        False when the claim `token` is no longer ours, or the letter was undone, held or begun by somebody
        else: then it must not be sent.
        """
        return self._holds(letter, token) and bool(self.conn.execute(_BEGIN, self._this(letter)).rowcount)

    def _holds(self, subject: uuid.UUID, token: uuid.UUID) -> bool:
        """Whether the claim is still ours; locks the delivery, so it stays ours until the commit."""
        given = {"b_workspace": self._workspace, "b_subject": subject, "b_token": token}
        return self.conn.execute(_HOLDS, given).first() is not None

    def _move(self, move: LetterMove) -> bool:
        self._paces.clear()
        settles = move.to not in OPEN_LETTER or move.to is LetterState.UNKNOWN
        update = _moving(move.come_from, at_another_time=move.not_before is not None, settles=settles)
        moved = self.conn.execute(
            update,
            {
                **self._this(move.letter),
                "b_to": move.to,
                "b_problem": move.problem,
                "b_hold": move.hold,
                "b_not_before": move.not_before,
                "b_at": move.at,
            },
        )
        return bool(moved.rowcount)

    def letters_that_may_have_left(self, limit: int) -> tuple[uuid.UUID, ...]:
        """Letters that were not sent yet when a backup was made."""
        query = sa.select(letters.c.id).where(
            letters.c.workspace_id == self._workspace, letters.c.state.in_(MAY_HAVE_LEFT)
        )
        return tuple(self.conn.scalars(query.order_by(letters.c.queued_at, letters.c.id).limit(limit)))

    def loops_to_undo(self, member: uuid.UUID) -> tuple[uuid.UUID, ...]:
        query = sa.select(letters.c.loop_id).where(
            letters.c.workspace_id == self._workspace,
            letters.c.by_id == member,
            letters.c.state.in_(UNDOABLE),
        )
        return tuple(self.conn.scalars(query.order_by(letters.c.not_before, letters.c.id)))

    # -- the brakes ---------------------------------------------------------------------------------------

    def queued_before(self, member: uuid.UUID, count: int) -> dt.datetime | None:
        """When the `count`-th newest letter of this member was queued; None where there are fewer.

        Those that were undone or cancelled do not count. Where writers do not take turns the member's other
        letters wait for this transaction, so that no two of them can be the last one that may leave.
        """
        this = {"b_workspace": self._workspace, "b_member": member}
        if not self._turns:
            self.conn.execute(_LOCK, this)
        elif (member, count) in self._paces:
            return self._paces[member, count]
        found: dt.datetime | None = self.conn.scalar(_NTH, {**this, "b_skip": count - 1})
        return found

    def hold_letters(self, reason: str) -> int:
        """queued and retry → held while letters are paused; `reason` is the sentence their senders read.

        How many. What is being sent goes on. Their loops are looked at again: see `Letter.silences`.
        """
        held = self.conn.execute(
            sa.update(letters)
            .where(letters.c.workspace_id == self._workspace, letters.c.state.in_(_MAY_BEGIN))
            .values(state=LetterState.HELD, problem=reason, hold=Hold.PAUSE)
            .returning(letters.c.id, letters.c.loop_id)
        ).all()
        if held:
            self.conn.execute(
                sa.update(loops)
                .where(loops.c.workspace_id == self._workspace, loops.c.id.in_([row[1] for row in held]))
                .values(look_at=AT_ONCE)
            )
            self.conn.execute(
                sa.delete(deliveries).where(
                    deliveries.c.workspace_id == self._workspace,
                    deliveries.c.subject_id.in_([row[0] for row in held]),
                    deliveries.c.state == DeliveryState.READY,
                )
            )
            self._enqueue(self._moved_by([row[1] for row in held], AT_ONCE))
        return len(held)

    def release_letters(self) -> int:
        """held by a pause → queued; how many. Their deliveries keep the letters' own times."""
        mine = (
            letters.c.workspace_id == self._workspace,
            letters.c.state == LetterState.HELD,
            letters.c.hold == Hold.PAUSE,
        )
        freed = self.conn.execute(
            sa.update(letters)
            .where(*mine)
            .values(state=LetterState.QUEUED, problem="", hold=None)
            .returning(letters.c.id, letters.c.loop_id, letters.c.not_before)
        ).all()
        if freed:
            mail = self._queue(DeliveryKind.LETTER, [(row[0], MAIL_LANE, row[2]) for row in freed])
            self._enqueue(mail + self._moved_by([row[1] for row in freed], AT_ONCE))
        return len(freed)
