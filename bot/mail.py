"""Sending one letter by mail: what is asked of whatever sends it, and what may come of it.

The rule behind every name here: a letter goes out at most once. Up to DATA nothing has been handed over and
trying again is safe. From DATA on only the server's reply tells, and without one nobody knows (RFC 5321
§4.2.5, §4.5.3.2.6).
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Awaitable, Callable
from typing import Protocol

_REASON_LENGTH = 200


def single_line(text: str, limit: int = _REASON_LENGTH) -> str:
    """`text` without control characters or line breaks, spaces collapsed, at most `limit` characters."""
    printable = (" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    return " ".join("".join(printable).split())[:limit].rstrip()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A letter ready to leave; its text is final.

    `message_id` ("<…@…>") is made and stored before the first attempt and kept on retry. `to`, `sender` and
    `reply_to` are bare addresses, the names stand beside them. `automatic` marks system mail, which carries
    `Auto-Submitted: auto-generated` (RFC 3834 §5); a letter that a person clicked does not.
    """

    message_id: str
    to: str
    to_name: str
    sender: str
    sender_name: str
    reply_to: str
    reply_to_name: str = ""
    subject: str
    text: str
    html: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = False


NO_SUCH_ADDRESS = "The mail server knows no such address."
"""What a letter's sender reads where the address has to be mended."""


class MailError(Exception):
    """The letter could not be sent.

    `str(error)` is the sentence a person reads: the one given, else the first line of the class's docstring.
    It never holds an address or a password.

    code: the server's reply code, None where no reply came.
    reason: the server's text in one line of at most 200 characters, addresses masked where the adapter knows
        them; for the operator, or beside the sentence.
    """

    code: int | None
    reason: str

    def __init__(self, sentence: str = "", *, code: int | None = None, reason: str = "") -> None:
        super().__init__(sentence or (type(self).__doc__ or "").partition("\n")[0])
        self.code = code
        self.reason = single_line(reason)


class MailTryLater(MailError):
    """The mail server could not take the letter just now; it will be tried again.

    Nothing was handed over: a 4xx reply at any stage, no connection, or a connection lost before DATA.
    """


class MailRefused(MailError):
    """The mail server refused this letter for good.

    A 5xx reply about this letter: the address does not exist, the content is not accepted. Never retried.
    """


class MailboxRefused(MailError):
    """The mail server does not let us send from this mailbox.

    Every letter would fail the same way (wrong credentials, no encryption offered, sender not permitted), so
    the mailbox is paused. Nothing was handed over: this letter may leave once the mailbox is mended.
    """


class MailOutcomeUnknown(MailError):
    """The mail server hung up while taking it.

    DATA was called and no reply came. Never retried; a person settles it.
    """


class MailWithdrawn(MailError):
    """The letter was withdrawn before it was handed over.

    `before_data` said no. Nothing was sent.
    """


class Mailer(Protocol):
    """Sends one letter at a time and knows which side of the point of no return it is on."""

    async def send(self, mail: OutgoingMail, before_data: Callable[[], Awaitable[bool]]) -> str:
        """Hand `mail` to the mail server and return its final reply, one line.

        `before_data` is awaited exactly once, after the recipient was accepted and immediately before DATA,
        the point of no return. It is the caller's chance to check the letter again and to commit `sending`.
        If it returns False, or raises, nothing is sent. Where `send` fails earlier, it is not awaited at all.

        From DATA on, a reply is a known outcome (2xx returns, 4xx MailTryLater, 5xx MailRefused or
        MailboxRefused) and the lack of one is MailOutcomeUnknown. If the connection is seen to be gone
        between `before_data` and DATA, that is MailTryLater, for nothing was written. A kept connection found
        dead before DATA is replaced once, at once. A QUIT that gets lost changes nothing: the letter stays
        sent.

        Cancelling raises asyncio.CancelledError as ever. The caller must treat a cancellation that comes
        after `before_data` returned True as MailOutcomeUnknown; one that comes earlier sent nothing. Either
        way the connection is closed, never used again half way through.

        Raises one of the five subclasses of MailError, whatever `before_data` raises, or ValueError for a
        `mail` whose message ids are malformed (our own mistake; nothing was sent).
        """
        ...

    async def close(self) -> None:
        """Say goodbye and close the connection. Never raises a MailError; `send` may be called again."""
        ...
