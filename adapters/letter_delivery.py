"""Hands letters to the mail server: checked once more, never twice, and what became of them written down."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import uuid
from collections.abc import Callable

import sqlalchemy as sa
import structlog

from adapters.transactions import Transactions
from bot import service
from bot.changes import Overtaken
from bot.dispatch import BEFORE_DATA
from bot.loops import Letter, LetterState
from bot.mail import (
    MailboxRefused,
    Mailer,
    MailError,
    MailOutcomeUnknown,
    MailRefused,
    MailTryLater,
    MailWithdrawn,
    OutgoingMail,
)
from bot.policy import Policy
from storage.claiming import Claimed
from storage.store import SqlStore
from storage.trouble import named, passes

log = structlog.get_logger()

RETRY_MINUTES = (1, 5, 15, 60)
HOURLY_UNTIL = 12
"""1, 5, 15, 60 minutes, then hourly up to eight hours after the first try; then a human is told."""
MAILBOX_WAIT_S = 900.0
ONE_AT_A_TIME = dt.timedelta(seconds=15)
"""Letters to the same person leave one after the other, also when two roles write."""
NO_RELAY_WAIT = dt.timedelta(minutes=5)
DATABASE_AWAY = "Followup's own database was away for a moment, so the letter was not handed over."


def retry_after(failed: int) -> dt.timedelta | None:
    """How long to wait after this many failed tries; None: give up and tell a human."""
    if failed <= len(RETRY_MINUTES):
        return dt.timedelta(minutes=RETRY_MINUTES[failed - 1])
    return dt.timedelta(hours=1) if failed < HOURLY_UNTIL else None


def for_sender(error: MailError) -> str:
    """What the sender of a letter reads: the sentence, and where the server answered, what it said."""
    said = str(error).rstrip(".")
    if error.code is None:
        return f"{said}."
    said = f"{said} ({error.code})"
    return f"{said}: “{error.reason}”." if error.reason else f"{said}."


class LetterDelivery:
    """One letter at a time for whoever calls; any number of calls at once."""

    def __init__(self, transactions: Transactions, mailer: Mailer | None) -> None:
        self._transactions = transactions
        self._mailer = mailer
        self.stopping = False
        """No letter goes past DATA any more: those before it are given back, for others to send."""

    async def deliver(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        """Hand over one letter that was claimed, or say why not, and settle it."""
        if claimed.letter is LetterState.SENDING:
            await self._settle(
                workspace,
                claimed,
                LetterState.UNKNOWN,
                "The program stopped while the mail server was taking the letter.",
            )
            return
        letter, policy, wait = await self._transactions.read(
            workspace, lambda store, now: _to_send(store, now, claimed.subject_id)
        )
        if letter is None or letter.state not in BEFORE_DATA:
            await self._transactions.write_outcome(workspace, lambda store, _: _let_go(store, claimed))
        elif policy.rehearsal:
            await self._transactions.write_outcome(workspace, _rehearse(claimed))
        elif self._mailer is None:
            await self._wait(workspace, claimed, NO_RELAY_WAIT, "no mail relay is set up")
        elif wait:
            await self._wait(workspace, claimed, wait, "not its time yet")
        else:
            await self._send(workspace, claimed, self._mailer, letter, policy)

    async def give_up(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        """It could not even be made into a mail, again and again: a human is told."""
        problem = "It could not be handed to the mail server, through a fault of ours. The log knows more."
        await self._settle(workspace, claimed, LetterState.FAILED, problem)

    async def _send(
        self, workspace: uuid.UUID, claimed: Claimed, mailer: Mailer, letter: Letter, policy: Policy
    ) -> None:
        begun = _Begun.NOT

        async def before_data() -> bool:
            nonlocal begun
            begun = await self._begun(workspace, claimed)
            return begun is _Begun.SENDING

        try:
            await mailer.send(_mail(letter, policy), before_data)
        except asyncio.CancelledError:
            unknown = begun is _Begun.SENDING
            await asyncio.shield(self._stopped(workspace, claimed, unknown=unknown))
            raise
        except MailWithdrawn:
            if begun is _Begun.WAITS:
                why = "another letter to this person leaves"
                await self._wait(workspace, claimed, ONE_AT_A_TIME, why)
            else:
                await self._transactions.write_outcome(workspace, lambda store, _: _let_go(store, claimed))
        except _NotWrittenDown as error:
            # DATA was not called, whatever became of the commit.
            log.warning("letter_not_begun", letter=str(letter.id), error=str(error))
            await self._retry(workspace, claimed, DATABASE_AWAY)
        except MailError as error:
            await self._not_sent(workspace, claimed, error)
        else:
            await self._settle(workspace, claimed, LetterState.SENT)

    async def _begun(self, workspace: uuid.UUID, claimed: Claimed) -> _Begun:
        """The last look before DATA, written down. Raises `_NotWrittenDown`."""
        if self.stopping:
            return _Begun.NOT
        try:
            return await self._transactions.write_briefly(
                workspace, lambda store, now: _begin(store, now, claimed)
            )
        except sa.exc.SQLAlchemyError as error:
            if passes(error):
                raise _NotWrittenDown(named(error)) from None
            raise

    async def _stopped(self, workspace: uuid.UUID, claimed: Claimed, *, unknown: bool) -> None:
        if unknown:
            await self._settle(
                workspace,
                claimed,
                LetterState.UNKNOWN,
                "The program was stopped while the mail server was taking the letter.",
            )
        else:
            await self._transactions.write_outcome(
                workspace, lambda store, _: store.deliveries.give_back(claimed)
            )

    async def _not_sent(self, workspace: uuid.UUID, claimed: Claimed, error: MailError) -> None:
        said = for_sender(error)
        log.warning(
            "letter_not_sent",
            letter=str(claimed.subject_id),
            error=type(error).__name__,
            code=error.code,
        )
        match error:
            case MailOutcomeUnknown():
                await self._settle(workspace, claimed, LetterState.UNKNOWN, said)
            case MailRefused():
                await self._settle(workspace, claimed, LetterState.FAILED, said)
            case MailboxRefused():
                await self._transactions.write_outcome(
                    workspace,
                    lambda store, _: store.deliveries.lane_wait(claimed.lane, MAILBOX_WAIT_S),
                )
                await self._retry(workspace, claimed, said)
            case MailTryLater():
                await self._retry(workspace, claimed, said)
            case _:
                await self._settle(workspace, claimed, LetterState.UNKNOWN, said)

    async def _retry(self, workspace: uuid.UUID, claimed: Claimed, problem: str) -> None:
        wait = retry_after(claimed.attempts + 1)
        if wait is None:
            await self._settle(
                workspace, claimed, LetterState.FAILED, f"{problem} Given up after eight hours."
            )
            return

        def again(store: SqlStore, now: dt.datetime) -> None:
            letter = store.letter(claimed.subject_id)
            at = service.may_leave_at(store, now + wait, letter) if letter else now + wait
            service.settle_letter(
                store, now, claimed.subject_id, LetterState.RETRY, problem, at, claimed.token
            )
            store.deliveries.later(claimed, at, "the mail server could not take it yet")

        await self._write_down(workspace, again)

    async def _settle(
        self, workspace: uuid.UUID, claimed: Claimed, state: LetterState, problem: str = ""
    ) -> None:
        """Raises `Overtaken` where another process has taken it since; the log has what became of it then."""

        def settle(store: SqlStore, now: dt.datetime) -> None:
            service.settle_letter(store, now, claimed.subject_id, state, problem, token=claimed.token)
            store.deliveries.finish_letter(claimed)

        try:
            await self._write_down(workspace, settle)
        except Overtaken:
            log.warning("letter_outcome_too_late", letter=str(claimed.subject_id), outcome=state.value)
            raise

    async def _write_down(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], None]) -> None:
        """What became of a letter, also where the program is cut off at this moment: it is known by now."""
        writing = asyncio.ensure_future(self._transactions.write_outcome(workspace, work))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await writing
            raise

    async def _wait(self, workspace: uuid.UUID, claimed: Claimed, wait: dt.timedelta, why: str) -> None:
        await self._transactions.write_outcome(
            workspace, lambda store, now: store.deliveries.later(claimed, now + wait, why, failed=False)
        )


def _to_send(
    store: SqlStore, now: dt.datetime, letter_id: uuid.UUID
) -> tuple[Letter | None, Policy, dt.timedelta]:
    """The letter, and how long it has to wait: for another one to the same person, or for their day."""
    letter = store.letter(letter_id)
    if letter is None:
        return None, store.policy, dt.timedelta()
    if store.is_being_written_to(letter.to):
        return letter, store.policy, ONE_AT_A_TIME
    return letter, store.policy, service.may_leave_at(store, now, letter) - now


def _let_go(store: SqlStore, claimed: Claimed) -> None:
    """Nothing to hand over, unless it waits again by now: held and released within a moment."""
    letter = store.letter(claimed.subject_id)
    if letter is not None and letter.state in BEFORE_DATA:
        store.deliveries.give_back(claimed)
    else:
        store.deliveries.drop(claimed)


def _rehearse(claimed: Claimed) -> Callable[[SqlStore, dt.datetime], None]:
    def rehearse(store: SqlStore, now: dt.datetime) -> None:
        service.rehearse_letter(store, now, claimed.subject_id, claimed.token)
        store.deliveries.finish_letter(claimed)

    return rehearse


class _NotWrittenDown(Exception):
    """It could not be written down that the letter leaves, so it must not."""


class _Begun(enum.Enum):
    """What came of the last look at a letter before DATA."""

    NOT = enum.auto()
    """It must not leave (any more)."""
    WAITS = enum.auto()
    """Another letter to the same person is being handed over."""
    SENDING = enum.auto()


def _begin(store: SqlStore, now: dt.datetime, claimed: Claimed) -> _Begun:
    """Check once more, then mark the letter as being sent."""
    letter = store.letter(claimed.subject_id)
    if letter is None:
        return _Begun.NOT
    problem = service.check_letter(store, now, letter)
    if problem is None:
        if not store.may_write_to(letter.to):
            return _Begun.WAITS
        return _Begun.SENDING if store.begin_letter(letter.id, claimed.token) else _Begun.NOT
    if problem:
        service.settle_letter(store, now, letter.id, LetterState.CANCELLED, problem, token=claimed.token)
    return _Begun.NOT


def _mail(letter: Letter, policy: Policy) -> OutgoingMail:
    previous = (letter.in_reply_to,) if letter.in_reply_to else ()
    return OutgoingMail(
        message_id=letter.message_id,
        to=letter.to,
        to_name="",
        sender=policy.mail_from,
        sender_name=letter.sender_name,
        reply_to=letter.reply_to,
        reply_to_name=letter.by_name,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        in_reply_to=letter.in_reply_to,
        references=previous,
    )
