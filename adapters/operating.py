"""What `followup deliveries` shows and does: for the person who runs the bot, in no chat."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from adapters.transactions import Transactions
from bot.changes import Refused
from bot.errors import Sentence
from bot.loops import LetterState
from bot.uses import operator
from storage.tables import DeliveryKind, DeliveryState


class OperatorRefused(Sentence):
    """It cannot be done; the text says why and what to do instead."""


_STATES = sorted({*(str(it) for it in LetterState), *(str(it) for it in DeliveryState)})


def lines(
    transactions: Transactions, workspace: uuid.UUID, limit: int, kind: str | None, state: str, problem: str
) -> Iterator[str]:
    """One line each: id, kind, state, when, tries, and what stands in the way. Raises `OperatorRefused`."""
    if state and state not in _STATES:
        raise OperatorRefused(f'There is no state "{state}". There are {", ".join(_STATES)}.')
    of = DeliveryKind(kind) if kind else None
    found = transactions.database.read(
        workspace, lambda store: store.deliveries.waiting(None, kind=of, state=state, problem=problem)
    )
    for one in found[:limit]:
        due = one.not_before.isoformat(timespec="seconds")
        why = f"  {one.problem}" if one.problem else ""
        yield f"{one.subject_id}  {one.kind:8} {one.stands:8} due {due}  tries {one.attempts}{why}"
    if (more := len(found) - limit) > 0:
        yield f"… and {more} more. --limit {len(found)} shows them all."
    if not found:
        picked = state or problem or kind
        yield "Nothing here is like that." if picked else "Nothing is waiting to go out."


def settled(
    transactions: Transactions, workspace: uuid.UUID, retry: str, resolve: tuple[str, str] | None
) -> str:
    """What was done to the one delivery that is named; empty where none is. Raises `OperatorRefused`."""
    if retry and resolve:
        raise OperatorRefused(
            "--retry and --resolve do one thing each: give one of them. Nothing was changed."
        )
    if retry:
        return try_again(transactions, workspace, retry)
    return resolve_letter(transactions, workspace, *resolve) if resolve else ""


def try_again(transactions: Transactions, workspace: uuid.UUID, text: str) -> str:
    """Now instead of at its own time. Raises `OperatorRefused`."""
    subject = _id(text)
    database = transactions.database
    match database.read(workspace, lambda store: store.deliveries.kind_of(subject)):
        case DeliveryKind.SURFACE:
            what, again = "message", "The message is shown again as soon as its lane is free."
        case DeliveryKind.SUMMARY:
            what, again = "summary", "The summary is posted as soon as its channel's lane is free."
        case _:
            return _letter_again(transactions, workspace, subject)
    if not transactions.write_here(workspace, lambda store, _: store.deliveries.show_now(subject)):
        raise OperatorRefused(f"This {what} is being shown at this moment. Nothing was changed.")
    return again


def _letter_again(transactions: Transactions, workspace: uuid.UUID, letter: uuid.UUID) -> str:
    try:
        transactions.write_here(workspace, lambda store, now: operator.retry(store, now, letter))
    except Refused as refused:
        raise OperatorRefused(str(refused)) from None
    return "The letter gets its next try now."


def resolve_letter(transactions: Transactions, workspace: uuid.UUID, text: str, word: str) -> str:
    """A letter of which nobody knew has gone out, or has not. Raises `OperatorRefused`."""
    if word not in ("sent", "not-sent"):
        raise OperatorRefused(f'"{word}" says neither: write --resolve {text} sent, or not-sent.')
    subject = _id(text)
    went_out = word == "sent"
    try:
        transactions.write_here(
            workspace, lambda store, now: operator.resolve(store, now, subject, went_out=went_out)
        )
    except Refused as refused:
        raise OperatorRefused(str(refused)) from None
    if went_out:
        return "Noted: it went out. The candidate counts as told at the time it was handed over."
    return "Noted: it did not go out. Its sender sees that the candidate still waits."


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise OperatorRefused(
            f'"{text}" is no id. `followup deliveries` shows them at the start of each line.'
        ) from None
