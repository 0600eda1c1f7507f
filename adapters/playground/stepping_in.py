"""Why a message came to somebody else than the one who must answer: whom it is about, and what has passed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from bot.ladder import days_late
from bot.loops import Loop
from bot.nudges import Kind, Nudge
from bot.people import Member
from bot.views.viewer import say_days
from storage.store import SqlStore
from storage.tables import nudges

NAMED = 3
"""Candidates named in one sentence."""


def sentences(store: SqlStore, now: dt.datetime, member: Member, surface: uuid.UUID) -> tuple[str, ...]:
    """ "was asked to step in for Tomasz Zieliński: the promise is 2 working days late"

    One for each reason why this message came to the recruiter or the recruiting lead, each reason told once;
    none where it came to the one who must answer.
    """
    about: dict[tuple[str, str], list[str]] = {}
    for nudge, loop in _new(store, member, surface):
        verb = "was asked to step in for" if _recruits(member, loop) else "was told of"
        why = _why(nudge, loop, now)
        if why:
            about.setdefault((verb, why), []).append(loop.candidate.name)
    return tuple(f"{verb} {_several(sorted(names))}: {why}" for (verb, why), names in about.items())


def _new(store: SqlStore, member: Member, surface: uuid.UUID) -> Iterable[tuple[Nudge, Loop]]:
    """What came with this message and is somebody else's to answer; not what the member had heard before."""
    shown = sa.select(nudges.c.loop_id).where(
        nudges.c.workspace_id == store.workspace,
        nudges.c.surface_id == surface,
        nudges.c.recipient_id == member.id,
    )
    all_ = store.nudges_about(list(dict.fromkeys(store.conn.scalars(shown))), member.id)
    for nudge in all_:
        loop = store.loop(nudge.loop) if nudge.surface == surface else None
        if loop is None or loop.owner.id == member.id:
            continue
        if nudge.kind is Kind.LATE and any(_same_promise(nudge, other) for other in all_ if other != nudge):
            continue
        yield nudge, loop


def _same_promise(nudge: Nudge, other: Nudge) -> bool:
    """An earlier slot of the same ladder: later ones repeat what is still true."""
    return (
        other.kind is Kind.LATE
        and other.loop == nudge.loop
        and other.not_before < nudge.not_before
        and other.occasion.split("/")[:2] == nudge.occasion.split("/")[:2]
    )


def _recruits(member: Member, loop: Loop) -> bool:
    return loop.recruiter is not None and loop.recruiter.id == member.id


def _why(nudge: Nudge, loop: Loop, now: dt.datetime) -> str:
    match nudge.kind:
        case Kind.LATE:
            late = days_late(loop, now)
            return f"the promise is {say_days(late)} late" if late else ""
        case Kind.OTHER_OFFER:
            return "another offer must be answered"
        case Kind.ASKED_TWICE:
            return "asked twice, without an answer"
        case Kind.STUCK:
            return "the decision is stuck"
        case Kind.UNREACHABLE:
            return "whoever must answer cannot be reached"
        case _:
            return ""


def _several(names: Sequence[str]) -> str:
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
