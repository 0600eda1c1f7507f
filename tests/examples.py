"""Acme on Monday 23 November 2026, half past nine in New York: the people, their loops and their letters."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
import zoneinfo
from typing import Any, assert_never

from bot import dispatch, telling, turns
from bot.changes import Change
from bot.letters.draft import Draft
from bot.loops import (
    Closed,
    Decision,
    Letter,
    LetterState,
    Loop,
    Standing,
    Touch,
    TouchKind,
)
from bot.people import Absence, Candidate, Member, Role
from bot.policy import FeedbackPolicy, Policy
from bot.promises import Basis, Promise, PromiseState
from bot.summary import Channel, Figures, Summary
from bot.weeks import WEEK

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
WARSAW = zoneinfo.ZoneInfo("Europe/Warsaw")


def named(name: str) -> uuid.UUID:
    """The same id for the same name, in every run."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.followup.example")


def at(text: str, zone: zoneinfo.ZoneInfo = NEW_YORK) -> dt.datetime:
    """ "2026-11-23 09:30" on the clocks of a zone, as an instant in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)


NOW = at("2026-11-23 09:30")
"""Monday, when Dana's list comes."""

POLICY = Policy(
    company="Acme",
    mail_from="hiring@acme.example",
    pilot=frozenset({"*"}),
    admins=frozenset({"ines@acme.example"}),
    recruiting_lead="lena@acme.example",
    feedback=FeedbackPolicy.ON,
)


# -- the people -----------------------------------------------------------------------------------------


def member(name: str, zone: str = "America/New_York", country: str = "US", **given: Any) -> Member:
    email = f"{name.partition(' ')[0].lower()}@acme.example"
    return Member(id=named(name), name=name, **({"email": email, "zone": zone, "country": country} | given))


def candidate(name: str, zone: str = "America/New_York", country: str = "US", **given: Any) -> Candidate:
    email = f"{name.partition(' ')[0].lower()}@mail.example"
    return Candidate(
        id=named(name), name=name, **({"email": email, "zone": zone, "country": country} | given)
    )


DANA = member("Dana Lee")
RAVI = member("Ravi Menon")
SAM = member("Sam Ortiz")
LENA = member("Lena Vogel", "Europe/Berlin", "DE")
INES = member("Ines Prado", admin=True)

PRIYA = candidate("Priya Natarajan", "Europe/London", "GB")
TOMASZ = candidate("Tomasz Zieliński", "Europe/Warsaw", "PL")
AIKO = candidate("Aiko Tanaka", "Asia/Tokyo", "JP")
MEI = candidate("Mei Lin")

CRITERIA = ("Distributed systems design", "Code that others can change", "Explaining a trade-off")
BACKEND = Role(id=named("backend"), title="Backend Engineer", manager=DANA, recruiter=RAVI, criteria=CRITERIA)
ANALYST = Role(id=named("analyst"), title="Data Analyst", manager=DANA, recruiter=RAVI)


def away(who: Member, until: str, delegate: Member | None = None, *, accepted: bool = False) -> Member:
    """The member, away from today."""
    absence = Absence(
        start=NOW.date(),
        until=dt.date.fromisoformat(until),
        delegate=delegate.id if delegate else None,
        accepted=accepted,
    )
    return dataclasses.replace(who, absence=absence)


# -- their loops ----------------------------------------------------------------------------------------


def promise(day: str, zone: str = "America/New_York", **given: Any) -> Promise:
    values: dict[str, Any] = {"basis": Basis.STATED, "made_at": at("2026-11-12 12:00")} | given
    return Promise(id=named(f"{day} {zone}"), date=dt.date.fromisoformat(day), zone=zone, **values)


def kept(count: int, of: int) -> tuple[Promise, ...]:
    """The last promises of a manager."""
    states = (PromiseState.KEPT,) * count + (PromiseState.BROKEN,) * (of - count)
    return tuple(
        dataclasses.replace(promise("2026-10-01"), id=named(f"old {n}"), state=state)
        for n, state in enumerate(states)
    )


def touch(kind: TouchKind, when: dt.datetime, by: Member | None = None) -> Touch:
    return Touch(id=named(f"{kind} {when}"), kind=kind, at=when, by=by.id if by else None)


def loop(who: Candidate = TOMASZ, role: Role = BACKEND, **given: Any) -> Loop:
    """Somebody who waits for Dana; Tomasz unless told otherwise."""
    values: dict[str, Any] = {
        "owner": DANA,
        "stage": "phone",
        "interviewed_at": at("2026-11-12 11:00"),
        "standing": Standing.AWAITING,
        "promise": promise("2026-11-20", who.zone),
        "reviewed_on": dt.date(2026, 11, 12),
    } | given
    return Loop(id=named(f"{who.name} for {role.title}"), candidate=who, role=role, **values)


def priya() -> Loop:
    """Four working days late, asked twice, and has another offer."""
    return loop(
        PRIYA,
        stage="onsite",
        interviewed_at=at("2026-11-10 15:00"),
        promise=promise("2026-11-17", "Europe/London"),
        touches=(
            touch(TouchKind.WROTE, at("2026-11-18 05:10")),
            touch(TouchKind.WROTE, at("2026-11-19 08:40")),
        ),
        other_offer_by=at("2026-11-24 12:00"),
        other_offer_heard_at=at("2026-11-20 10:00"),
    )


def tomasz(**given: Any) -> Loop:
    """One working day late, nothing else."""
    return loop(TOMASZ, **given)


def aiko() -> Loop:
    """Promised for Friday in Tokyo; the date has moved once."""
    sent = dataclasses.replace(
        _frozen(
            telling.queue_courtesy(loop(AIKO), DANA, POLICY, at("2026-11-13 10:00"), update("2026-11-20"))
        ),
        state=LetterState.SENT,
        settled_at=at("2026-11-13 10:01"),
    )
    return loop(
        AIKO,
        stage="final",
        promise=promise("2026-11-20", "Asia/Tokyo", basis=Basis.LETTER),
        letters=(sent,),
        touches=(touch(TouchKind.LETTER, at("2026-11-13 10:01"), DANA),),
    )


def mei() -> Loop:
    """Due tomorrow."""
    return loop(MEI, ANALYST, stage="onsite", promise=promise("2026-11-24"))


def waiting() -> tuple[Loop, ...]:
    """Everybody Dana owes news, most urgent first."""
    return (priya(), tomasz(), aiko(), mei())


def crowd(count: int) -> tuple[Loop, ...]:
    return tuple(loop(candidate(f"Candidate {n:02}")) for n in range(1, count + 1))


# -- letters --------------------------------------------------------------------------------------------


def update(day: str = "2026-12-01") -> Draft:
    return Draft(decision=Decision.NO_DECISION, next_date=dt.date.fromisoformat(day))


FEEDBACK = Draft(
    decision=Decision.NOT_GOING_ON,
    criterion="Distributed systems design",
    observation="Asked what happens when one region fails, you moved all traffic to the other one, "
    "and the orders still in flight were not mentioned.",
    suggestion="Follow one failure to the end: what is lost, who notices, and how it comes back.",
    thanks="taking us through the queue migration you led, with the numbers",
)
ROLE_CLOSED = Draft(decision=Decision.ROLE_CLOSED)
GOING_ON = Draft(decision=Decision.GOING_ON, next_date=dt.date(2026, 12, 1))


def _frozen(change: Change) -> Letter:
    """The letter of a change, with an id that is the same in every run."""
    assert change.letter is not None
    new = named(f"letter {change.letter.queued_at} {change.letter.to}")
    return dataclasses.replace(change.letter, id=new, message_id=f"<{new.hex[:12]}@acme.example>")


def queued(
    before: Loop, draft: Draft | None = None, by: Member = DANA, now: dt.datetime = NOW, **given: Any
) -> Loop:
    """The loop after a click that wrote to the candidate; `given` is what became of the letter."""
    draft = draft or update()
    write = telling.queue_courtesy if draft.decision is Decision.NO_DECISION else telling.queue_decision
    change = write(before, by, POLICY, now, draft)
    letter = dataclasses.replace(_frozen(change), **given)
    return dataclasses.replace(change.loop, letters=(*before.letters, letter))


def sending(before: Loop, draft: Draft | None = None, by: Member = DANA) -> Loop:
    return queued(before, draft, by, state=LetterState.SENDING)


def told(
    before: Loop, draft: Draft | None = None, by: Member = DANA, when: dt.datetime | None = None
) -> Loop:
    """The same, after the mail server took the letter."""
    on_its_way = sending(before, draft, by)
    assert on_its_way.letter is not None
    return dispatch.sent(on_its_way, on_its_way.letter, when or at("2026-11-23 10:32")).loop


def became(before: Loop, state: LetterState, problem: str = "", draft: Draft | None = None) -> Loop:
    """The same, after the letter could not be sent."""
    on_its_way = sending(before, draft)
    assert on_its_way.letter is not None
    return dispatch.not_sent(
        on_its_way, on_its_way.letter, state, problem, NOW, NOW + dt.timedelta(minutes=5)
    ).loop


def closed(how: Closed, by: Member = RAVI) -> Loop:
    """Tomasz' loop, closed this way a minute ago."""
    start, now = tomasz(), NOW - dt.timedelta(minutes=1)
    match how:
        case Closed.FEEDBACK:
            return told(start, FEEDBACK, when=now)
        case Closed.ROLE_CLOSED:
            return told(start, ROLE_CLOSED, when=now)
        case Closed.TOLD_BY_PHONE:
            return turns.told_by_phone(start, DANA, now, None, POLICY).loop
        case Closed.AGENCY_CONFIRMED:
            declined = dataclasses.replace(start, standing=Standing.DECLINED)
            return turns.agency_confirmed(declined, DANA, now).loop
        case Closed.HIRED | Closed.WITHDREW:
            offered = turns.offer_made(start, DANA, now).loop
            end = turns.offer_accepted if how is Closed.HIRED else turns.offer_declined
            return end(offered, DANA, now).loop
        case (
            Closed.NOTICE
            | Closed.TOLD_BY_ATS
            | Closed.DID_NOT_TAKE_PLACE
            | Closed.ENTERED_BY_MISTAKE
            | Closed.UNTOLD
        ):
            return turns.close_untold(start, by, now, how, recruiter=True).loop
    assert_never(how)


# -- the weeks of a team --------------------------------------------------------------------------------

CHANNEL = Channel(
    id=named("hiring"),
    name="slack:T0ACME:C0HIRING",
    called="#hiring-engineering",
    zone="America/New_York",
    asked_by=RAVI.id,
    next_at=at("2026-12-04 15:00"),
)
KEPT = (0.71, 0.62, None, 0.8, 1.0, 0.78, 0.7, 0.66, 0.82, 0.75, 0.78)
THIS_WEEK = Figures(waiting=14, past=2, heard=9, closed=5, share=6 / 7, moved=3, days=4)


def summary(figures: Figures | None, back: int = 0) -> Summary:
    """The week to Friday 27 November, or one so many weeks before."""
    until = at("2026-11-27 15:00") - back * WEEK
    return Summary(
        id=named(f"week {back}"), channel=CHANNEL.id, week=CHANNEL.week_of(until), since=until - WEEK,
        until=until, roles=frozenset({BACKEND.id, ANALYST.id}), figures=figures, posted=True,
    )  # fmt: skip


def summaries() -> tuple[Summary, ...]:
    """Eleven weeks before this one, the newest first; in one of them too little fell due."""
    told = (Figures(waiting=16, past=4, heard=7, closed=4, share=it, moved=2, days=6) for it in KEPT)
    return tuple(summary(figures, back) for back, figures in enumerate(reversed(list(told)), start=1))
