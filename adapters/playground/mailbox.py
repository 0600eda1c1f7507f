"""The candidates' mailbox: letters as they arrived, those that still wait, and how they were answered."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import hashlib
import uuid
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Protocol

import sqlalchemy as sa

from adapters.playground.tables import ReplyKind, mails, replies
from bot.loops import LetterState
from bot.names import first_name
from storage.tables import candidates, letters, loops

SHOWN = 100
WAITING = (LetterState.HELD, LetterState.QUEUED, LetterState.SENDING, LetterState.RETRY)


class ArrivedMail(Protocol):
    """What a mail sink hands over."""

    @property
    def recipients(self) -> tuple[str, ...]: ...

    @property
    def raw(self) -> bytes: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What was answered to a letter, in the candidate's name."""

    at: dt.datetime
    kind: ReplyKind
    text: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as its reader sees it. `recipients` is whom the envelope named.

    `about` is the candidate's name, and `loop` where an answer belongs, if the letter is one of ours.
    """

    id: uuid.UUID
    at: dt.datetime
    recipients: tuple[str, ...]
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str = ""
    about: str = ""
    loop: uuid.UUID | None = None
    replies: tuple[Reply, ...] = ()

    @property
    def first_name(self) -> str:
        return first_name(self.about or self.recipients[0])


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A letter that was clicked and has not left yet."""

    id: uuid.UUID
    about: str
    to: str
    subject: str
    text: str
    by: str
    state: LetterState
    not_before: dt.datetime
    problem: str

    @property
    def first_name(self) -> str:
        return first_name(self.about) or self.to


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """What candidates got, newest first, and what still waits. `state` is another one after every change."""

    state: str
    letters: tuple[Letter, ...]
    waiting: tuple[Waiting, ...]


def look(conn: sa.Connection, workspace: uuid.UUID) -> Mailbox:
    return Mailbox(state=state(conn, workspace), letters=newest(conn), waiting=waiting(conn, workspace))


def keep(conn: sa.Connection, recipients: Sequence[str], raw: bytes, at: dt.datetime) -> None:
    last = conn.scalar(sa.select(sa.func.max(mails.c.seq))) or 0
    row = {"id": uuid.uuid4(), "seq": last + 1, "at": at, "recipients": list(recipients), "raw": raw}
    conn.execute(sa.insert(mails), row)


def answer(conn: sa.Connection, mail: uuid.UUID, kind: ReplyKind, text: str, at: dt.datetime) -> None:
    row = {"id": uuid.uuid4(), "mail": mail, "at": at, "kind": kind, "text": text}
    conn.execute(sa.insert(replies), row)


_MAIL = sa.select(mails.c.id, mails.c.at, mails.c.recipients, mails.c.raw)


def newest(conn: sa.Connection, limit: int = SHOWN) -> tuple[Letter, ...]:
    """Letters, the newest first."""
    return _read(conn, _MAIL.order_by(mails.c.seq.desc()).limit(limit))


def after(conn: sa.Connection, seq: int) -> tuple[Letter, ...]:
    """Letters that arrived after this one, in the order they came."""
    return _read(conn, _MAIL.where(mails.c.seq > seq).order_by(mails.c.seq))


def get(conn: sa.Connection, mail: uuid.UUID) -> Letter | None:
    found = _read(conn, _MAIL.where(mails.c.id == mail))
    return found[0] if found else None


def waiting(conn: sa.Connection, workspace: uuid.UUID) -> tuple[Waiting, ...]:
    """Letters on their way, the next to leave first."""
    query = (
        sa.select(
            letters.c.id, candidates.c.name, letters.c.to_address, letters.c.subject, letters.c.text,
            letters.c.by_name, letters.c.state, letters.c.not_before, letters.c.problem,
        )
        .join(loops, sa.and_(loops.c.workspace_id == workspace, loops.c.id == letters.c.loop_id))
        .join(candidates, sa.and_(candidates.c.workspace_id == workspace,
                                  candidates.c.id == loops.c.candidate_id))
        .where(letters.c.workspace_id == workspace, letters.c.state.in_(WAITING))
        .order_by(letters.c.not_before, letters.c.id)
        .limit(SHOWN)
    )  # fmt: skip
    return tuple(
        Waiting(
            id=row[0], about=row[1], to=row[2], subject=row[3], text=row[4],
            by=row[5], state=row[6], not_before=row[7], problem=row[8],
        )
        for row in conn.execute(query)
    )  # fmt: skip


def version(conn: sa.Connection) -> int:
    """Grows with every letter."""
    return conn.scalar(sa.select(sa.func.max(mails.c.seq))) or 0


def state(conn: sa.Connection, workspace: uuid.UUID) -> str:
    """Another text whenever a letter arrives, is answered, or one that waits comes, changes or goes."""
    waits = sa.select(letters.c.id, letters.c.state, letters.c.not_before, letters.c.problem).where(
        letters.c.workspace_id == workspace, letters.c.state.in_(WAITING)
    )
    answered = conn.scalar(sa.select(sa.func.count()).select_from(replies))
    seen = f"{version(conn)} {answered} {sorted(map(str, conn.execute(waits).all()))}"
    return hashlib.sha256(seen.encode()).hexdigest()[:24]


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
        message_id=str(message.get("Message-ID", "")).strip(),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    if not isinstance(part, EmailMessage):
        return ""
    try:
        return str(part.get_content(errors="replace"))
    except LookupError:
        return bytes(part.get_payload(decode=True) or b"").decode("ascii", "replace")


def _read(
    conn: sa.Connection, query: sa.Select[tuple[uuid.UUID, dt.datetime, list[str], bytes]]
) -> tuple[Letter, ...]:
    """The letters with whom they are about, which our own copy knows by Message-ID, and their answers."""
    found = [read_letter(*row) for row in conn.execute(query)]
    about = _about(conn, [letter.message_id for letter in found])
    answers = _answers(conn, [letter.id for letter in found])
    return tuple(
        dataclasses.replace(
            letter,
            about=about.get(letter.message_id, ("", None))[0],
            loop=about.get(letter.message_id, ("", None))[1],
            replies=tuple(answers.get(letter.id, ())),
        )
        for letter in found
    )


def _about(conn: sa.Connection, message_ids: Sequence[str]) -> dict[str, tuple[str, uuid.UUID | None]]:
    query = (
        sa.select(letters.c.message_id, candidates.c.name, loops.c.id)
        .join(loops, sa.and_(loops.c.workspace_id == letters.c.workspace_id, loops.c.id == letters.c.loop_id))
        .join(
            candidates,
            sa.and_(
                candidates.c.workspace_id == loops.c.workspace_id, candidates.c.id == loops.c.candidate_id
            ),
        )
        .where(letters.c.message_id.in_(message_ids))
    )
    return {row[0]: (row[1], row[2]) for row in conn.execute(query)}


def _answers(conn: sa.Connection, of: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Reply]]:
    query = sa.select(replies).where(replies.c.mail.in_(of)).order_by(replies.c.at)
    answers: dict[uuid.UUID, list[Reply]] = {}
    for row in conn.execute(query):
        answers.setdefault(row.mail, []).append(Reply(at=row.at, kind=row.kind, text=row.text))
    return answers
