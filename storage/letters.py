"""Letters: moved from state to state by conditional updates only, so that each step happens once."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from bot.changes import LetterMove
from bot.loops import OPEN_LETTER, Letter, LetterState
from bot.telling import MAY_HAVE_LEFT
from storage import rows
from storage.rows import pick
from storage.surfaces import Surfaces
from storage.tables import DeliveryKind, DeliveryState, deliveries, letters
from storage.transaction import AT_ONCE, MAIL_LANE

_MAY_BEGIN = frozenset({LetterState.QUEUED, LetterState.RETRY})


class Letters(Surfaces):
    """The part of the store that keeps letters."""

    def letter(self, letter: uuid.UUID) -> Letter | None:
        query = sa.select(*pick(letters, rows.LETTER_COLUMNS)).where(*self._is_letter(letter))
        row = self.conn.execute(query).first()
        return None if row is None else rows.letter(row)

    def _is_letter(self, letter: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
        return (letters.c.workspace_id == self._workspace, letters.c.id == letter)

    def is_being_written_to(self, address: str) -> bool:
        """Whether a letter to this address is being handed over just now."""
        query = sa.select(letters.c.id).where(
            letters.c.workspace_id == self._workspace,
            letters.c.to_address == address,
            letters.c.state == LetterState.SENDING,
        )
        return self.conn.execute(query.limit(1)).first() is not None

    def begin_letter(self, letter: uuid.UUID, token: uuid.UUID) -> Letter | None:
        """queued or retry → sending, and one attempt more: commit this before DATA.

        None when the claim `token` is no longer ours, or the letter was undone, held or begun by somebody
        else: then it must not be sent.
        """
        if not self._holds(letter, token):
            return None
        begun = self.conn.execute(
            sa.update(letters)
            .where(*self._is_letter(letter), letters.c.state.in_(_MAY_BEGIN))
            .values(state=LetterState.SENDING, attempts=letters.c.attempts + 1, problem="")
        )
        return self.letter(letter) if begun.rowcount else None

    def _holds(self, subject: uuid.UUID, token: uuid.UUID) -> bool:
        """Whether the claim is still ours; locks the delivery, so it stays ours until the commit."""
        claim = sa.select(deliveries.c.id).where(
            deliveries.c.workspace_id == self._workspace,
            deliveries.c.subject_id == subject,
            deliveries.c.state == DeliveryState.CLAIMED,
            deliveries.c.claim_token == token,
        )
        return self.conn.execute(claim.with_for_update()).first() is not None

    def _may_move(self, move: LetterMove) -> sa.ColumnElement[bool]:
        return sa.exists().where(*self._is_letter(move.letter), letters.c.state.in_(move.come_from))

    def _move(self, move: LetterMove) -> bool:
        values: dict[str, Any] = {"state": move.to, "problem": move.problem}
        if move.not_before is not None:
            values["not_before"] = move.not_before
        if move.to not in OPEN_LETTER or move.to is LetterState.UNKNOWN:
            values["settled_at"] = move.at
        moved = self.conn.execute(
            sa.update(letters)
            .where(*self._is_letter(move.letter), letters.c.state.in_(move.come_from))
            .values(values)
        )
        return bool(moved.rowcount)

    def letters_that_may_have_left(self, limit: int) -> tuple[uuid.UUID, ...]:
        """Letters that were not sent yet when a backup was made."""
        query = sa.select(letters.c.id).where(
            letters.c.workspace_id == self._workspace, letters.c.state.in_(MAY_HAVE_LEFT)
        )
        return tuple(self.conn.scalars(query.order_by(letters.c.queued_at, letters.c.id).limit(limit)))

    # -- the brake ----------------------------------------------------------------------------------------

    def hold_letters(self, reason: str) -> int:
        """queued and retry → held, for `reason`; how many. What is being sent goes on."""
        held = self.conn.execute(
            sa.update(letters)
            .where(letters.c.workspace_id == self._workspace, letters.c.state.in_(_MAY_BEGIN))
            .values(state=LetterState.HELD, problem=reason)
            .returning(letters.c.id, letters.c.loop_id)
        ).all()
        if held:
            self.conn.execute(
                sa.delete(deliveries).where(
                    deliveries.c.workspace_id == self._workspace,
                    deliveries.c.subject_id.in_([row[0] for row in held]),
                    deliveries.c.state == DeliveryState.READY,
                )
            )
            self._enqueue(self._moved_by([row[1] for row in held], AT_ONCE))
        return len(held)

    def release_letters(self, reason: str | None = None) -> int:
        """held → queued, all or those held for `reason`.

        How many. Their deliveries keep the letters' own times.
        """
        mine = [letters.c.workspace_id == self._workspace, letters.c.state == LetterState.HELD]
        if reason is not None:
            mine.append(letters.c.problem == reason)
        freed = self.conn.execute(
            sa.update(letters)
            .where(*mine)
            .values(state=LetterState.QUEUED, problem="")
            .returning(letters.c.id, letters.c.loop_id, letters.c.not_before)
        ).all()
        if freed:
            mail = self._queue(DeliveryKind.LETTER, [(row[0], MAIL_LANE, row[2]) for row in freed])
            self._enqueue(mail + self._moved_by([row[1] for row in freed], AT_ONCE))
        return len(freed)
