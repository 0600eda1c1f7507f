"""The mail server: asked exactly as for a letter, up to the moment before it would be handed over."""

from __future__ import annotations

import base64
import datetime as dt

from adapters.doctor.finding import Finding, State, overheard
from adapters.mail.smtp import Encryption, SmtpMailer, SmtpUrl
from bot.mail import (
    MailboxRefused,
    MailError,
    MailRefused,
    MailTryLater,
    MailWithdrawn,
    OutgoingMail,
)

_NAME = "smtp"
_PASSWORD = frozenset({530, 534, 535, 538})
_HOW = {
    Encryption.STARTTLS: "with STARTTLS",
    Encryption.IMPLICIT: "with TLS",
    Encryption.NONE: "without encryption",
}


async def smtp(url: SmtpUrl, mail_from: str, *, patience: float = 10) -> Finding:
    """Connects, encrypts and logs in as `url` says, offers a letter from `mail_from` to itself, and stops.

    Nothing is sent: DATA is never said. `patience`: seconds for each step.
    """
    mailer = SmtpMailer(
        url,
        lambda: dt.datetime.now(dt.UTC),
        connect_timeout=patience,
        command_timeout=patience,
        quit_timeout=patience,
    )
    where = f"{url.host}:{url.port} {_HOW[url.encryption]}"
    try:
        await mailer.send(_offered(mail_from), _never)
    except MailWithdrawn:
        user = ", logged in" if url.user else ""
        return Finding(_NAME, State.OK, f"{where}{user}, takes letters from {mail_from}; nothing was sent")
    except MailError as error:
        return _finding(error, url, where, mail_from)
    finally:
        await mailer.close()
    raise AssertionError("A letter that was taken back has been sent.")


async def _never() -> bool:
    return False


def _offered(mail_from: str) -> OutgoingMail:
    return OutgoingMail(
        message_id=f"<doctor@{mail_from.partition('@')[2]}>",
        to=mail_from,
        to_name="",
        sender=mail_from,
        sender_name="",
        reply_to="",
        subject="",
        text="",
        html="",
    )


def _finding(error: MailError, url: SmtpUrl, where: str, mail_from: str) -> Finding:
    reply = overheard(error.reason, *_secrets(url))
    said = " ".join(filter(None, [str(error.code or ""), reply]))
    told = f" It says: {said}." if said else ""
    match error:
        case MailboxRefused() if error.code in _PASSWORD:
            return Finding(
                _NAME,
                State.WRONG,
                f"{where} does not take this user and password.{told}",
                "Set both anew in FOLLOWUP_SMTP_URL. Characters such as / ? # @ : % are percent-encoded "
                "there, and many providers want a password made for programs.",
            )
        case MailboxRefused():
            return Finding(
                _NAME,
                State.WRONG,
                f"{where}: {error}{told}",
                "Compare FOLLOWUP_SMTP_URL and FOLLOWUP_MAIL_FROM with what your provider says.",
            )
        case MailRefused():
            return Finding(
                _NAME,
                State.WARN,
                f"{where} takes no mail for {mail_from}: nobody would learn that a letter came back.{told}",
                "Make that mailbox, or set FOLLOWUP_MAIL_FROM to one that exists.",
            )
        case MailTryLater(code=None):
            return Finding(
                _NAME,
                State.WRONG,
                f"{where} cannot be reached. ({reply})" if reply else f"{where} cannot be reached.",
                "Are host and port right, does the server run, and may this computer reach it?",
            )
        case _:
            return Finding(
                _NAME,
                State.WARN,
                f"{where} would not take a letter just now.{told}",
                "Letters are tried again by themselves for 8 hours. Run this again in some minutes.",
            )


def _secrets(url: SmtpUrl) -> tuple[str, ...]:
    """The password, also as AUTH says it: servers like to repeat a command they do not understand."""
    if not url.password:
        return ()
    said = (url.password, f"\0{url.user}\0{url.password}")
    return (url.password, *(base64.b64encode(text.encode()).decode() for text in said))
