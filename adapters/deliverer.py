"""Hands over what is due: letters to the mail server, surfaces to the chat. Never twice, never lost.

Each delivery is claimed in one transaction, handed over with none open, and settled in another. Claims are
renewed while they last; who has lost one cannot write its outcome.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Mapping

import structlog

from adapters.transactions import Transactions
from bot import service
from bot.changes import Overtaken
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
from bot.nudges import Surface
from bot.people import Member
from bot.policy import Policy
from bot.ports import Chat, ChatError, ChatMessageGone, ChatTryLater, ChatUnreachable
from bot.telling import BEFORE_DATA
from bot.uses.people import unreachable
from bot.views.elements import Message
from storage.deliveries import Claimed
from storage.store import SqlStore
from storage.tables import DeliveryKind

log = structlog.get_logger()

AT_ONCE = 20
"""Deliveries in flight in one process."""
RENEW_EVERY_S = 30.0
GRACE_S = 10.0
"""How long a letter that is being handed over may take once the process is told to stop."""
RETRY_MINUTES = (1, 5, 15, 60)
HOURLY_UNTIL = 12
"""1, 5, 15, 60 minutes, then hourly up to eight hours after the first try; then a human is told."""
MAILBOX_WAIT_S = 900.0
CHAT_TRIES = 20
ONE_AT_A_TIME = dt.timedelta(seconds=15)
"""Letters to the same person leave one after the other, also when two roles write."""
PAUSED_WAIT = dt.timedelta(minutes=1)


def retry_after(failed: int) -> dt.timedelta | None:
    """How long to wait after this many failed tries; None: give up and tell a human."""
    if failed <= len(RETRY_MINUTES):
        return dt.timedelta(minutes=RETRY_MINUTES[failed - 1])
    return dt.timedelta(hours=1) if failed < HOURLY_UNTIL else None


def for_sender(error: MailError) -> str:
    """What the sender of a letter reads: the sentence, the code and what the server said."""
    said = str(error).rstrip(".")
    if error.code is not None:
        said = f"{said} ({error.code})"
    return f"{said}: “{error.reason}”." if error.reason else f"{said}."


class Deliverer:
    """One process's share of the work; any number of them may run on one database."""

    def __init__(self, transactions: Transactions, mailer: Mailer | None, chats: Mapping[str, Chat]) -> None:
        self._transactions = transactions
        self._mailer = mailer
        self._chats = chats
        self._running: dict[asyncio.Task[None], Claimed] = {}
        self._claims: dict[uuid.UUID, uuid.UUID] = {}
        self._more: set[uuid.UUID] = set()
        """Workspaces with more than their lanes allowed at once: whoever finishes looks again."""
        self._stopping = False

    @property
    def in_flight(self) -> tuple[Claimed, ...]:
        return tuple(self._running.values())

    async def start_due(self, workspace: uuid.UUID) -> int:
        """Claim what is due and hand it over in the background; how many were claimed."""
        room = AT_ONCE - len(self._running)
        if self._stopping or room <= 0:
            return 0
        claimed = await self._transactions.write(
            workspace, lambda store, now: store.deliveries.claim(now, room)
        )
        if claimed:
            self._more.add(workspace)
        elif len(self._running) <= 1:
            self._more.discard(workspace)
        for one in claimed:
            task = asyncio.create_task(self._deliver(workspace, one))
            self._running[task] = one
            self._claims[one.id] = workspace
            task.add_done_callback(self._done)
        return len(claimed)

    def _done(self, task: asyncio.Task[None]) -> None:
        claimed = self._running.pop(task)
        self._claims.pop(claimed.id, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("delivery_crashed", delivery=str(claimed.id), kind=claimed.kind, exc_info=error)

    async def drain(self, workspace: uuid.UUID, patience_s: float = 30.0) -> None:
        """Deliver everything that is due now, and wait until it is settled."""
        end = asyncio.get_running_loop().time() + patience_s
        while asyncio.get_running_loop().time() < end:
            claimed = await self.start_due(workspace)
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            elif not claimed:
                waiting = await self._transactions.read(
                    workspace, lambda store, now: store.deliveries.due_count(now)
                )
                if not waiting:
                    return
                await asyncio.sleep(0.05)  # a lane's gap, on the real clock

    async def renew(self) -> None:
        """Keep what we are still handing over ours."""
        for claimed in self.in_flight:
            workspace = self._claims.get(claimed.id)
            if workspace is not None:
                await self._transactions.write(workspace, _renewing(claimed))

    async def stop(self) -> tuple[Claimed, ...]:
        """Take nothing new, let letters that are being handed over finish; what was left in flight."""
        self._stopping = True
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE_S)
        left = self.in_flight
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=1.0)
        if self._mailer is not None:
            with contextlib.suppress(MailError, OSError):
                await self._mailer.close()
        return left

    async def _deliver(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        bound = log.bind(delivery=str(claimed.id), kind=claimed.kind.value, subject=str(claimed.subject_id))
        try:
            if claimed.kind is DeliveryKind.LETTER:
                await self._letter(workspace, claimed)
            else:
                await self._surface(workspace, claimed)
        except Overtaken:
            bound.warning("claim_lost")
        except asyncio.CancelledError:
            raise
        except Exception as error:
            bound.exception("delivery_failed", error=type(error).__name__)
            await self._later(workspace, claimed, dt.timedelta(minutes=5), type(error).__name__)
        if workspace in self._more:
            await self.start_due(workspace)

    async def _later(
        self,
        workspace: uuid.UUID,
        claimed: Claimed,
        wait: dt.timedelta,
        problem: str,
        *,
        failed: bool = True,
    ) -> None:
        await self._transactions.write(
            workspace,
            lambda store, now: store.deliveries.later(claimed, now + wait, problem, failed=failed),
        )

    # -- letters ------------------------------------------------------------------------------------------

    async def _letter(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        if claimed.letter is LetterState.SENDING:
            await self._settle(
                workspace,
                claimed,
                LetterState.UNKNOWN,
                "The program stopped while the mail server was taking the letter.",
            )
            return
        letter, policy, wait_until = await self._transactions.read(
            workspace, lambda store, now: _to_send(store, now, claimed.subject_id)
        )
        if letter is None or letter.state not in BEFORE_DATA:
            await self._transactions.write(workspace, lambda store, _: store.deliveries.drop(claimed))
            return
        if self._mailer is None:
            await self._later(workspace, claimed, dt.timedelta(minutes=5), "no mail relay is set up")
            return
        if wait_until is not None:
            until = wait_until
            await self._transactions.write(
                workspace,
                lambda store, _: store.deliveries.later(claimed, until, "not its time yet", failed=False),
            )
            return
        handed_over = False

        async def before_data() -> bool:
            nonlocal handed_over
            handed_over = await self._transactions.write(
                workspace, lambda store, now: _begin(store, now, claimed)
            )
            return handed_over

        try:
            await self._mailer.send(_mail(letter, policy), before_data)
        except asyncio.CancelledError:
            await asyncio.shield(self._stopped(workspace, claimed, unknown=handed_over))
            raise
        except MailWithdrawn:
            await self._transactions.write(workspace, lambda store, _: store.deliveries.drop(claimed))
        except MailError as error:
            await self._not_sent(workspace, claimed, error)
        else:
            await self._settle(workspace, claimed, LetterState.SENT)
            log.info("letter_sent", letter=str(letter.id), delivery=str(claimed.id))

    async def _stopped(self, workspace: uuid.UUID, claimed: Claimed, *, unknown: bool) -> None:
        if unknown:
            await self._settle(
                workspace,
                claimed,
                LetterState.UNKNOWN,
                "The program was stopped while the mail server was taking the letter.",
            )
        else:
            await self._transactions.write(workspace, lambda store, _: store.deliveries.give_back(claimed))

    async def _not_sent(self, workspace: uuid.UUID, claimed: Claimed, error: MailError) -> None:
        said = for_sender(error)
        log.warning(
            "letter_not_sent",
            letter=str(claimed.subject_id),
            delivery=str(claimed.id),
            error=type(error).__name__,
            code=error.code,
        )
        match error:
            case MailOutcomeUnknown():
                await self._settle(workspace, claimed, LetterState.UNKNOWN, said)
            case MailRefused():
                await self._settle(workspace, claimed, LetterState.FAILED, said)
            case MailboxRefused():
                await self._transactions.write(
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

        await self._transactions.write(workspace, again)

    async def _settle(
        self, workspace: uuid.UUID, claimed: Claimed, state: LetterState, problem: str = ""
    ) -> None:
        def settle(store: SqlStore, now: dt.datetime) -> None:
            service.settle_letter(store, now, claimed.subject_id, state, problem, token=claimed.token)
            store.deliveries.finish_letter(claimed)

        await self._transactions.write(workspace, settle)

    # -- surfaces -----------------------------------------------------------------------------------------

    async def _surface(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        try:
            found = await self._transactions.read(
                workspace, lambda store, now: _surface_now(store, now, claimed.subject_id)
            )
        except _Paused:
            await self._later(workspace, claimed, PAUSED_WAIT, "nudges are paused", failed=False)
            return
        if found is None:
            await self._transactions.write(workspace, lambda store, _: store.deliveries.drop(claimed))
            return
        surface, message, chat_name, home, posted = found
        chat = self._chats.get(chat_name)
        if chat is None:
            await self._later(workspace, claimed, dt.timedelta(hours=1), "the member is in no chat we know")
            return
        try:
            address = await _show(chat, home, posted, message)
        except ChatTryLater as error:
            await self._chat_later(workspace, claimed, error)
            return
        except ChatUnreachable:
            log.warning("member_unreachable", member=str(surface.member))
            await self._transactions.write(
                workspace, lambda store, now: _unreachable(store, now, surface.member, claimed)
            )
            return
        except ChatError as error:
            await self._chat_later(workspace, claimed, ChatTryLater(str(error)))
            return
        await self._transactions.write(
            workspace,
            lambda store, _: store.deliveries.finish_surface(claimed, message.revision, address, chat_name),
        )

    async def _chat_later(self, workspace: uuid.UUID, claimed: Claimed, error: ChatTryLater) -> None:
        """`Retry-After` holds the lane; anything else this delivery alone, ever longer."""
        if claimed.attempts >= CHAT_TRIES:
            log.error("surface_given_up", surface=str(claimed.subject_id))
        seconds = error.after if error.after is not None else float(min(600, 2**claimed.attempts))

        def wait(store: SqlStore, now: dt.datetime) -> None:
            if error.after is not None:
                store.deliveries.lane_wait(claimed.lane, error.after)
            store.deliveries.later(claimed, now + dt.timedelta(seconds=seconds), str(error))

        await self._transactions.write(workspace, wait)


def _renewing(claimed: Claimed) -> Callable[[SqlStore, dt.datetime], bool]:
    return lambda store, _: store.deliveries.renew(claimed)


def _to_send(
    store: SqlStore, now: dt.datetime, letter_id: uuid.UUID
) -> tuple[Letter | None, Policy, dt.datetime | None]:
    """The letter, and until when it has to wait: for another one to the same person, or for their day."""
    letter = store.letter(letter_id)
    if letter is None:
        return None, store.policy, None
    if store.is_being_written_to(letter.to):
        return letter, store.policy, now + ONE_AT_A_TIME
    at = service.may_leave_at(store, now, letter)
    return letter, store.policy, at if at > now else None


def _begin(store: SqlStore, now: dt.datetime, claimed: Claimed) -> bool:
    """Check once more, then mark the letter as being sent. False: it must not leave (any more)."""
    problem = service.check_letter(store, now, claimed.subject_id)
    if problem is None:
        return store.begin_letter(claimed.subject_id, claimed.token) is not None
    if problem:
        service.settle_letter(
            store, now, claimed.subject_id, LetterState.CANCELLED, problem, token=claimed.token
        )
    return False


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


class _Paused(Exception):
    """Nudges are paused by an admin: what was not posted yet waits."""


Found = tuple[Surface, Message, str, Mapping[str, str], Mapping[str, str] | None]


def _surface_now(store: SqlStore, now: dt.datetime, surface_id: uuid.UUID) -> Found | None:
    """What to show and where; None where there is nothing to show or nobody to show it to."""
    message = service.shown(store, now, surface_id)
    surface = store.surface(surface_id)
    if message is None or surface is None or surface.shown >= message.revision:
        return None
    member: Member | None = store.member(surface.member)
    home = store.identity_of(surface.member)
    if member is None or home is None or not store.policy.addresses(member.email) or not member.active:
        return None
    posted = store.surface_address(surface_id)
    if posted is None and surface.retired:
        return None
    if posted is None and store.policy.nudges_paused:
        raise _Paused
    chat, address = (posted[0], home[1]) if posted else home
    return surface, message, chat, address, posted[1] if posted else None


async def _show(
    chat: Chat, home: Mapping[str, str], posted: Mapping[str, str] | None, message: Message
) -> Mapping[str, str]:
    """Edit the message in place; one that was deleted or is too old is posted anew."""
    if posted is not None:
        try:
            await chat.edit(posted, message)
        except ChatMessageGone:
            return await chat.post(home, message)
        return posted
    return await chat.post(home, message)


def _unreachable(store: SqlStore, now: dt.datetime, member: uuid.UUID, claimed: Claimed) -> None:
    store.deliveries.drop(claimed)
    found = store.member(member)
    if found is not None:
        unreachable(store, now, found)
