"""What the person who runs the bot settles, in no chat. Each leaves an audit entry that names nobody."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot import unknown_letters
from bot.changes import Change, Entry, LetterMove, Refused
from bot.loops import Letter, LetterState, Loop
from bot.policy import Restored
from bot.ports import Store
from bot.uses.desk import write
from bot.uses.fate import tell

RESTORED = "The database was restored from a backup; the letter may have gone out after that was made."
OPERATOR = {"by": "operator"}


def retry(store: Store, now: dt.datetime, letter_id: uuid.UUID) -> None:
    """A letter that waits for its next try gets it now. Raises `Refused` for any other."""
    loop, letter = _found(store, letter_id)
    if letter.state is not LetterState.RETRY:
        raise Refused(_WHY_NOT.get(letter.state, "This letter is on its way already: nothing was changed."))
    move = LetterMove(
        letter=letter.id,
        come_from=frozenset({LetterState.RETRY}),
        to=LetterState.RETRY,
        at=now,
        problem=letter.problem,
        not_before=now,
    )
    note = Entry(what="letter_retried", facts={"letter": str(letter.id), **OPERATOR})
    write(store, now, Change(loop=loop, move=move, entry=note))


def resolve(store: Store, now: dt.datetime, letter_id: uuid.UUID, *, went_out: bool) -> None:
    """The operator has looked into the mail server's log. Raises `Refused` unless the letter is unknown."""
    loop, letter = _found(store, letter_id)
    if letter.state is not LetterState.UNKNOWN:
        raise Refused(
            f"This letter is {letter.state}, not unknown, so there is nothing to settle. Nothing was changed."
        )
    change = (
        unknown_letters.it_went_out(loop, None, now)
        if went_out
        else unknown_letters.did_not_go_out(loop, None, now)
    )
    facts = {**change.entry.facts, **OPERATOR}
    write(store, now, dataclasses.replace(change, entry=dataclasses.replace(change.entry, facts=facts)))


def note_restore(store: Store, now: dt.datetime, backup_at: dt.datetime) -> None:
    """From now on every candidate's row says of which time nothing is known, until they are told anew."""
    restored = Restored(backup_at=backup_at, at=now)
    store.save_policy(dataclasses.replace(store.policy, restored=restored))


def lose_sight(store: Store, now: dt.datetime, letter_id: uuid.UUID) -> None:
    """After a restore nobody knows whether this letter, not sent in the backup, has gone out since.

    Whoever can act on it is told.
    """
    loop, letter = _found(store, letter_id)
    if letter.state not in unknown_letters.MAY_HAVE_LEFT:
        return
    tell(store, now, write(store, now, unknown_letters.lost_sight_of(loop, letter, RESTORED, now)))


_WHY_NOT = {
    LetterState.UNKNOWN: "Nobody knows whether this letter went out, so it is never sent again by itself. "
    "Look for its Message-ID in the mail server's log, then say --resolve ID sent or --resolve ID not-sent.",
    LetterState.SENT: "This letter was sent: nothing was changed.",
    LetterState.FAILED: "This letter has failed for good; its sender knows why and can send another.",
    LetterState.HELD: "This letter is held, not failing: `followup resume letters` lets it go.",
    LetterState.QUEUED: "This letter waits for its time, not for another try: it can still be undone.",
}


def _found(store: Store, letter_id: uuid.UUID) -> tuple[Loop, Letter]:
    letter = store.letter(letter_id)
    loop = store.loop(letter.loop) if letter else None
    if letter is None or loop is None:
        raise Refused(f"There is no letter {letter_id} here. `followup deliveries` lists them.")
    return loop, letter
