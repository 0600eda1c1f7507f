"""A letter for the tests of sending mail, what sends it, and how it reads where it arrives."""

from __future__ import annotations

import datetime as dt
import email
import email.message
import email.policy
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import pytest

from adapters.mail.smtp import Encryption, SmtpMailer, SmtpUrl
from bot.mail import OutgoingMail
from tests.smtp_counterpart import Do

NOW = dt.datetime(2026, 3, 4, 14, 5, tzinfo=dt.UTC)
PATIENT, IMPATIENT = 10.0, 0.2
"""Seconds to wait for a reply: from a server that will answer, and from one that will not."""


def letter(
    *,
    to: str = "kai@candidates.example",
    to_name: str = "Kai Doe",
    sender: str = "hiring@acme.example",
    sender_name: str = "Dana Lee (Acme)",
    reply_to: str = "dana@acme.example",
    reply_to_name: str = "",
    subject: str = "News about your interview",
    text: str = "Hello Kai,\n\nwe will tell you more by Friday.\n",
    html: str = "<p>Hello Kai,</p><p>we will tell you more by Friday.</p>\n",
    in_reply_to: str = "",
    references: tuple[str, ...] = (),
    automatic: bool = False,
) -> OutgoingMail:
    return OutgoingMail(
        message_id="<0b9d6a52-4a8f-4c1e-9d3f-7f1d4f0f7f11@acme.example>",
        to=to,
        to_name=to_name,
        sender=sender,
        sender_name=sender_name,
        reply_to=reply_to,
        reply_to_name=reply_to_name,
        subject=subject,
        text=text,
        html=html,
        in_reply_to=in_reply_to,
        references=references,
        automatic=automatic,
    )


class Gate:
    """A `before_data` that counts how often it was asked, and may do something before it answers."""

    def __init__(self, answer: bool = True, then: Callable[[], object] | None = None) -> None:
        self.asked = 0
        self._answer = answer
        self._then = then

    async def __call__(self) -> bool:
        self.asked += 1
        if self._then is not None:
            self._then()
        return self._answer


class Mailers(Protocol):
    def __call__(self, port: int, patience: float = PATIENT) -> SmtpMailer: ...


def patience(do: Do) -> float:
    return IMPATIENT if do.hang else PATIENT


@pytest.fixture(name="mailer_to")
async def mailer_to_fixture() -> AsyncIterator[Mailers]:
    """Makes mailers for a plain server on a local port, and closes them."""
    made: list[SmtpMailer] = []

    def make(port: int, patience: float = PATIENT) -> SmtpMailer:
        mailer = SmtpMailer(
            SmtpUrl(host="127.0.0.1", port=port, encryption=Encryption.NONE),
            lambda: NOW,
            local_hostname="followup.test",
            connect_timeout=patience,
            command_timeout=patience,
            data_timeout=patience,
            quit_timeout=patience,
        )
        made.append(mailer)
        return mailer

    yield make
    for mailer in made:
        await mailer.close()


def in_words(value: object) -> str:
    """A parameter as it stands in the name of a test."""
    if isinstance(value, Do):
        what = [word for word in ("drop", "reset", "hang") if getattr(value, word)]
        return " ".join([value.reply, *what]).strip()
    return value.__name__ if isinstance(value, type) else str(value)


def parsed(raw: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def alternative(raw: bytes, kind: str) -> str:
    part = parsed(raw).get_body((kind,))
    assert isinstance(part, email.message.EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")
