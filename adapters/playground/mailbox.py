"""The candidates' mailbox: letters as they arrived, and how they read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import uuid
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Protocol

import sqlalchemy as sa

from adapters.playground.tables import mails

SHOWN = 100


class ArrivedMail(Protocol):
    """What a mail sink hands over."""

    @property
    def recipients(self) -> tuple[str, ...]: ...

    @property
    def raw(self) -> bytes: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as its reader sees it. `recipients` is whom the envelope named."""

    id: uuid.UUID
    at: dt.datetime
    recipients: tuple[str, ...]
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str


def keep(conn: sa.Connection, recipients: Sequence[str], raw: bytes, at: dt.datetime) -> None:
    last = conn.scalar(sa.select(sa.func.max(mails.c.seq))) or 0
    row = {"id": uuid.uuid4(), "seq": last + 1, "at": at, "recipients": list(recipients), "raw": raw}
    conn.execute(sa.insert(mails), row)


_MAIL = sa.select(mails.c.id, mails.c.at, mails.c.recipients, mails.c.raw)


def newest(conn: sa.Connection, limit: int = SHOWN) -> tuple[Letter, ...]:
    """Letters, the newest first."""
    query = _MAIL.order_by(mails.c.seq.desc()).limit(limit)
    return tuple(read_letter(*row) for row in conn.execute(query))


def get(conn: sa.Connection, mail: uuid.UUID) -> Letter | None:
    row = conn.execute(_MAIL.where(mails.c.id == mail)).first()
    return None if row is None else read_letter(*row)


def version(conn: sa.Connection) -> int:
    """Grows with every letter."""
    return conn.scalar(sa.select(sa.func.max(mails.c.seq))) or 0


def read_letter(mail: uuid.UUID, at: dt.datetime, recipients: Sequence[str], raw: bytes) -> Letter:
    """The parts of a message that a reader sees. What cannot be decoded is shown as well as it can be."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return Letter(
        id=mail,
        at=at,
        recipients=tuple(recipients),
        sender=str(message.get("From", "")),
        reply_to=str(message.get("Reply-To", "")),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    if not isinstance(part, EmailMessage):
        return ""
    try:
        return str(part.get_content(errors="replace"))
    except LookupError:
        return bytes(part.get_payload(decode=True) or b"").decode("ascii", "replace")
