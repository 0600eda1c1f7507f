"""From a row to a value.

Each `*_COLUMNS` names the columns that the function beside it reads, in that order.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.loops import Letter, Loop, Touch
from bot.nudges import Nudge, Surface
from bot.people import Absence, Candidate, Member, Role
from bot.promises import Promise

Row = Sequence[Any]

MEMBER_COLUMNS = (
    "id", "name", "email", "zone", "country", "admin", "active", "reachable", "away_from", "away_until",
    "delegate_id", "delegate_accepted", "digest_at", "month_first", "look_at", "welcomed",
    "away_by_chat", "own_zone", "language",
)  # fmt: skip
ROLE_COLUMNS = ("id", "title", "co_managers", "criteria", "channel", "confidential", "applicants")
CANDIDATE_COLUMNS = ("id", "name", "email", "zone", "country", "language", "agency_email")
PROMISE_COLUMNS = ("id", "date", "zone", "basis", "made_at", "state", "settled_at")
LOOP_COLUMNS = (
    "id", "stage", "interviewed_at", "standing", "detail", "other_offer_by", "other_offer_heard_at",
    "next_date", "decide_by", "snoozed_until", "stuck_since", "reviewed_on", "closed_as", "closed_at",
    "look_at", "audit_head",
)  # fmt: skip
TOUCH_COLUMNS = ("id", "kind", "at", "by_id")
LETTER_HEAD_COLUMNS = (
    "id", "loop_id", "kind", "decision", "state", "by_id", "by_name", "to_address", "subject", "message_id",
    "sender_name", "reply_to", "in_reply_to", "queued_at", "not_before", "names_date", "promise_id",
    "before_standing", "before_detail", "settled_at", "attempts", "problem", "hold",
)  # fmt: skip
LETTER_COLUMNS = (*LETTER_HEAD_COLUMNS, "text", "html")
SURFACE_COLUMNS = (
    "id", "kind", "member_id", "occasion", "opened_at", "revision", "shown", "retired", "about_id",
    "page",
)  # fmt: skip
NUDGE_COLUMNS = ("loop_id", "kind", "occasion", "recipient_id", "not_before", "urgent", "surface_id")


def pick(table: sa.FromClause, names: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    return [table.c[name] for name in names]


def member(row: Row) -> Member:
    away = (
        Absence(start=row[8], until=row[9], delegate=row[10], accepted=row[11], by_chat=row[16])
        if row[8]
        else None
    )
    return Member(
        id=row[0], name=row[1], email=row[2], zone=row[3], country=row[4], admin=row[5], active=row[6],
        reachable=row[7], absence=away, digest_at=row[12], month_first=row[13], look_at=row[14],
        welcomed=row[15], own_zone=row[17], language=row[18],
    )  # fmt: skip


def member_values(it: Member) -> dict[str, Any]:
    away = it.absence
    return {
        "id": it.id, "name": it.name, "email": it.email, "email_key": email_key(it.email), "zone": it.zone,
        "country": it.country, "admin": it.admin, "active": it.active, "reachable": it.reachable,
        "away_from": away.start if away else None, "away_until": away.until if away else None,
        "delegate_id": away.delegate if away else None, "delegate_accepted": bool(away and away.accepted),
        "digest_at": it.digest_at, "month_first": it.month_first, "look_at": it.look_at,
        "welcomed": it.welcomed, "away_by_chat": bool(away and away.by_chat), "own_zone": it.own_zone,
        "language": it.language,
    }  # fmt: skip


def email_key(email: str) -> str:
    """What makes two spellings of an address the same one."""
    return email.strip().casefold()


def role(row: Row, manager: Member, recruiter: Member | None) -> Role:
    return Role(
        id=row[0], title=row[1], manager=manager, recruiter=recruiter,
        co_managers=tuple(uuid.UUID(x) for x in row[2]), criteria=tuple(row[3]), channel=row[4],
        confidential=row[5], applicants=tuple(uuid.UUID(x) for x in row[6]),
    )  # fmt: skip


def role_values(it: Role) -> dict[str, Any]:
    return {
        "id": it.id, "title": it.title, "manager_id": it.manager.id,
        "recruiter_id": it.recruiter.id if it.recruiter else None,
        "co_managers": [str(x) for x in it.co_managers], "criteria": list(it.criteria),
        "channel": it.channel, "confidential": it.confidential,
        "applicants": [str(x) for x in it.applicants],
    }  # fmt: skip


def candidate(row: Row) -> Candidate:
    return Candidate(**dict(zip(CANDIDATE_COLUMNS, row, strict=True)))


def candidate_values(it: Candidate) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(it, name) for name in CANDIDATE_COLUMNS}
    return values | {"email_key": email_key(it.email)}


def promise(row: Row) -> Promise:
    return Promise(
        id=row[0], date=row[1], zone=row[2], basis=row[3], made_at=row[4], state=row[5], settled_at=row[6]
    )


def promise_values(it: Promise, loop: uuid.UUID) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(it, name) for name in PROMISE_COLUMNS}
    return values | {"loop_id": loop}


def touch(row: Row) -> Touch:
    return Touch(id=row[0], kind=row[1], at=row[2], by=row[3])


def touch_values(it: Touch, loop: uuid.UUID) -> dict[str, Any]:
    return {"id": it.id, "loop_id": loop, "kind": it.kind, "at": it.at, "by_id": it.by}


def letter(row: Row) -> Letter:
    """A letter; with empty text and html where only its head was read."""
    text, html = row[23:25] or ("", "")
    return Letter(
        id=row[0], loop=row[1], kind=row[2], decision=row[3], state=row[4], by=row[5], by_name=row[6],
        to=row[7], subject=row[8], message_id=row[9], sender_name=row[10], reply_to=row[11],
        in_reply_to=row[12], queued_at=row[13], not_before=row[14], names_date=row[15], promise=row[16],
        before=row[17], before_detail=row[18], settled_at=row[19], attempts=row[20], problem=row[21],
        hold=row[22], text=text, html=html,
    )  # fmt: skip


def letter_values(it: Letter) -> dict[str, Any]:
    return {
        "id": it.id, "loop_id": it.loop, "kind": it.kind, "decision": it.decision, "state": it.state,
        "by_id": it.by, "by_name": it.by_name, "to_address": it.to, "subject": it.subject, "text": it.text,
        "html": it.html, "message_id": it.message_id, "sender_name": it.sender_name, "reply_to": it.reply_to,
        "in_reply_to": it.in_reply_to, "queued_at": it.queued_at, "not_before": it.not_before,
        "names_date": it.names_date, "promise_id": it.promise, "before_standing": it.before,
        "before_detail": it.before_detail, "settled_at": it.settled_at, "attempts": it.attempts,
        "problem": it.problem, "hold": it.hold,
    }  # fmt: skip


def surface(row: Row) -> Surface:
    return Surface(
        id=row[0], kind=row[1], member=row[2], occasion=row[3], opened_at=row[4], revision=row[5],
        shown=row[6], retired=row[7], about=row[8], page=row[9],
    )  # fmt: skip


def nudge(row: Row) -> Nudge:
    return Nudge(
        loop=row[0],
        kind=row[1],
        occasion=row[2],
        recipient=row[3],
        not_before=row[4],
        urgent=row[5],
        surface=row[6],
    )


def loop_values(it: Loop) -> dict[str, Any]:
    """All columns of a loop that its value speaks of, but the head of its audit, which the storage keeps."""
    values: dict[str, Any] = {name: getattr(it, name) for name in LOOP_COLUMNS if name != "audit_head"}
    return values | {
        "candidate_id": it.candidate.id, "role_id": it.role.id, "owner_id": it.owner.id,
        "promise_id": it.promise.id if it.promise else None,
        "waiting_for_id": it.waiting_for.id if it.waiting_for else None,
    }  # fmt: skip


def loop(
    row: Row,
    *,
    candidate: Candidate,
    role: Role,
    owner: Member,
    promise: Promise | None,
    waiting_for: Member | None,
    touches: Sequence[Touch],
    letters: Sequence[Letter],
    namesake: bool,
    elsewhere: bool,
) -> Loop:
    return Loop(
        id=row[0], candidate=candidate, role=role, owner=owner, stage=row[1], interviewed_at=row[2],
        standing=row[3], detail=row[4], promise=promise, waiting_for=waiting_for, other_offer_by=row[5],
        other_offer_heard_at=row[6], next_date=row[7], decide_by=row[8], snoozed_until=row[9],
        stuck_since=row[10], reviewed_on=row[11], closed_as=row[12], closed_at=row[13], look_at=row[14],
        audit_head=row[15], touches=tuple(touches), letters=tuple(letters),
        namesake=namesake, elsewhere=elsewhere,
    )  # fmt: skip


OPEN_LOOP = sa.text("loops.standing <> 'closed'")
OPEN_AND_REVIEWED_LOOP = sa.text("loops.standing <> 'closed' AND loops.reviewed_on IS NOT NULL")
"""Written out, not bound, so that the planner sees that the partial indexes serve."""
