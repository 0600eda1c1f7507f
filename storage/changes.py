"""Writing: a new loop, and one change of one loop with everything it causes."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from bot.changes import Change, Entry, Overtaken
from bot.loops import OPEN_LETTER, Letter, LetterState, Loop
from storage import rows
from storage.audit import Head, link
from storage.imports import Imports, import_key
from storage.inserts import insert_or_ignore, insert_or_update
from storage.letters import Letters
from storage.loops import Loops
from storage.prepared import Prepared
from storage.tables import DeliveryKind, audit, candidates, letters, loops, promises, touches
from storage.transaction import AT_ONCE, MAIL_LANE, Done

_AUDIT = Prepared(sa.insert(audit))
_WRITTEN = (
    *(name for name in rows.LOOP_COLUMNS if name != "id"),
    "candidate_id", "role_id", "owner_id", "promise_id", "waiting_for_id",
)  # fmt: skip


@functools.cache
def _update(*, come_from: frozenset[LetterState] | None, opens: bool, makes_room: bool) -> Prepared:
    """The update of a loop that nobody has written meanwhile.

    `come_from`: only where the letter to be moved is in one of these states. `opens`: only where no letter
    of the loop is open, but (`makes_room`) for the one that is moved out of the way.
    """
    workspace: sa.BindParameter[uuid.UUID] = sa.bindparam("b_workspace")
    loop: sa.BindParameter[uuid.UUID] = sa.bindparam("b_loop")
    moved: sa.BindParameter[uuid.UUID] = sa.bindparam("b_letter")
    same = [
        loops.c.workspace_id == workspace,
        loops.c.id == loop,
        loops.c.audit_head == sa.bindparam("b_before"),
    ]
    if come_from is not None:
        movable = (letters.c.workspace_id == workspace, letters.c.id == moved, _in_state(come_from))
        same.append(sa.exists().where(*movable))
    if opens:
        other = [letters.c.workspace_id == workspace, letters.c.loop_id == loop]
        if makes_room:
            other.append(letters.c.id != moved)
        same.append(sa.not_(sa.exists().where(*other, _in_state(OPEN_LETTER))))
    return Prepared(sa.update(loops).where(*same), sets=_WRITTEN)


def _in_state(states: Collection[LetterState]) -> sa.TextClause:
    words = ", ".join(f"'{state}'" for state in sorted(states))
    return sa.text(f"letters.state IN ({words})")


class Changes(Imports, Loops, Letters):
    """The part of the store that writes loops."""

    def add_loop(self, loop: Loop, external_id: str = "", imported: Mapping[str, str] | None = None) -> None:
        """Insert candidate (unless the id exists), loop, its promise and touches, and an audit entry.

        Raises `Overtaken` where a row with the same import key has been imported already.
        """
        insert_or_ignore(self.conn, candidates, [self._row(rows.candidate_values(loop.candidate))])
        self._candidates.pop(rows.email_key(loop.candidate.email), None)
        head, entry = self._entry("", loop.id, Entry(what="added"))
        from_import = bool(external_id) or imported is not None
        key = import_key(external_id, loop.candidate.id, loop.role.id) if from_import else None
        values = rows.loop_values(loop) | {
            "audit_head": head,
            "external_id": external_id,
            "import_key": key,
            "imported": self._digests(loop.id, imported or {}),
        }
        if not insert_or_ignore(self.conn, loops, [self._row(values)]):
            self.spoiled = True
            raise Overtaken("This row has been imported already.")
        if loop.promise:
            self.conn.execute(sa.insert(promises), self._row(rows.promise_values(loop.promise, loop.id)))
        if loop.touches:
            said = [self._row(rows.touch_values(touch, loop.id)) for touch in loop.touches]
            self.conn.execute(sa.insert(touches), said)
        _AUDIT.write(self.conn, entry)
        self._want(loop.look_at)
        if member := self.member_by_email(loop.candidate.email):
            self._note_applicant(loop.role.id, member.id)

    def apply(self, change: Change, *, token: uuid.UUID | None = None) -> None:
        """Write one change: the loop, its promise(s), touch, letter with its delivery, and audit entry.

        Bumps every live surface that shows the loop and queues one delivery for each of those. Nothing is
        written where the loop is not the one that was read any more (its audit has gone on), a letter is in
        another state than `change.move` says, or a second open letter would arise: then `Overtaken` is
        raised, and the transaction is as it was before. `token`: move the letter only if this claim of it is
        still ours.
        """
        loop, move, letter = change.loop, change.move, change.letter
        if token is not None and (move is None or not self._holds(move.letter, token)):
            raise Overtaken("Another process has taken this letter over.")
        self._write_loop(change)
        if (move and not self._move(move)) or (letter and not self._insert_letter(letter)):
            # On PostgreSQL a letter can change between the look at it in `_write_loop` and here.
            self.spoiled = True
            raise Overtaken("The letter has changed meanwhile.")
        moved = [self._row(rows.promise_values(x, loop.id)) for x in (change.settled, change.promise) if x]
        if moved:
            insert_or_update(self.conn, promises, ("workspace_id", "id"), moved)
        if change.touch:
            values = self._row(rows.touch_values(change.touch, loop.id))
            insert_or_ignore(self.conn, touches, [values])
        self._enqueue(self._mail(change, ours=token is not None) + self._moved_by([loop.id], AT_ONCE))
        self._want(loop.look_at)
        about = letter.id if letter else move.letter if move else None
        self.done.append(Done(change.entry.what, loop.id, change.entry.by, about))

    def _write_loop(self, change: Change) -> None:
        """The loop and its audit entry, only where everything still is as the change assumes."""
        loop, move, letter = change.loop, change.move, change.letter
        before = self._heads.get(loop.id, loop.audit_head)
        head, entry = self._entry(before, loop.id, change.entry)
        opens = letter is not None and letter.open
        makes_room = opens and move is not None and move.to not in OPEN_LETTER
        update = _update(come_from=move.come_from if move else None, opens=opens, makes_room=makes_room)
        given = {
            **rows.loop_values(loop),
            "audit_head": head,
            "b_workspace": self._workspace,
            "b_loop": loop.id,
            "b_before": before,
            "b_letter": move.letter if move else None,
        }
        if not update.write(self.conn, given):
            raise Overtaken("Somebody was quicker.")
        _AUDIT.write(self.conn, entry)
        self._heads[loop.id] = head

    def _entry(self, before: str, loop: uuid.UUID, entry: Entry) -> tuple[str, dict[str, Any]]:
        head, row = link(Head.read(before), self._workspace, loop, entry, self._product_now())
        return str(head), row

    def _insert_letter(self, letter: Letter) -> bool:
        self._paces.clear()
        return bool(insert_or_ignore(self.conn, letters, [self._row(rows.letter_values(letter))]))

    def _mail(self, change: Change, *, ours: bool) -> list[dict[str, Any]]:
        """The delivery of the change's letter.

        Whoever claimed a letter sets the time of its delivery themselves.
        """
        letter, move = change.letter, change.move
        waiting = (LetterState.QUEUED, LetterState.RETRY)
        if letter and letter.state in waiting:
            return self._queue(DeliveryKind.LETTER, [(letter.id, MAIL_LANE, letter.not_before)])
        if move and move.to in waiting and not ours:
            return self._queue(DeliveryKind.LETTER, [(move.letter, MAIL_LANE, move.not_before or move.at)])
        return []

    def _row(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {"workspace_id": self._workspace, **values}
