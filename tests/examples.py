"""Acme on Monday 23 November 2026, half past nine in New York: the people, and one example of every View.

The examples are the screens of the product in no chat's dialect. `plain` writes one as text, for people
to read and for tests to compare.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from typing import Any, assert_never

from bot import telling, turns
from bot.access import Viewpoint
from bot.actions import ALONE, LISTED, Place
from bot.changes import Change, Entry
from bot.letters.draft import Draft, Reason
from bot.letters.findings import findings
from bot.loops import (
    Closed,
    Decision,
    Hold,
    Letter,
    LetterState,
    Loop,
    Standing,
    Touch,
    TouchKind,
)
from bot.mail import NO_SUCH_ADDRESS, MailTryLater
from bot.nudges import Kind, Nudge, Surface, SurfaceKind
from bot.people import Absence, Candidate, Member, Role
from bot.policy import FeedbackPolicy, Policy
from bot.ports import History
from bot.promises import Basis, Promise, PromiseState
from bot.sheet import Line, Sheet
from bot.summary import WEEK, Channel, Figures, Summary
from bot.views import feedback_form, forms, handed, lists, sheet
from bot.views.elements import (
    Button,
    Buttons,
    Chart,
    CheckField,
    ChoiceField,
    DateField,
    Element,
    Field,
    FieldErrors,
    Form,
    Heading,
    LetterText,
    Message,
    Paragraph,
    Row,
    TextField,
    View,
)
from bot.views.history import history
from bot.views.home import home
from bot.views.outcomes import say_leaving
from bot.views.queue import queue
from bot.views.rehearsed import Asked, Rehearsed, rehearsed
from bot.views.rows import row
from bot.views.summary import summary_view, unposted_view
from bot.views.viewer import Viewer
from bot.views.welcome import welcome

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


def promise(day: str, zone: str = "America/New_York", **given: Any) -> Promise:
    values: dict[str, Any] = {"basis": Basis.STATED, "made_at": at("2026-11-12 12:00")} | given
    return Promise(id=named(f"{day} {zone}"), date=dt.date.fromisoformat(day), zone=zone, **values)


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
    return telling.sent(on_its_way, on_its_way.letter, when or at("2026-11-23 10:32")).loop


def became(before: Loop, state: LetterState, problem: str = "", draft: Draft | None = None) -> Loop:
    """The same, after the letter could not be sent."""
    on_its_way = sending(before, draft)
    assert on_its_way.letter is not None
    return telling.not_sent(
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


# -- the views ------------------------------------------------------------------------------------------

DIGEST = Surface(
    id=named("digest"), kind=SurfaceKind.DIGEST, member=DANA.id, occasion="2026-11-23", opened_at=NOW
)
URGENT = dataclasses.replace(DIGEST, id=named("urgent"), kind=SurfaceKind.URGENT, occasion="offer")


HOME = dataclasses.replace(DIGEST, id=named("home"), kind=SurfaceKind.HOME, occasion="home")
WELCOME = dataclasses.replace(DIGEST, id=named("welcome"), kind=SurfaceKind.WELCOME, occasion="welcome")


def viewer(
    who: Member = DANA, place: Place | None = None, now: dt.datetime = NOW, policy: Policy = POLICY
) -> Viewer:
    return Viewer(member=who, now=now, policy=policy, place=place or Place(surface=DIGEST.id))


def kept(count: int, of: int) -> tuple[Promise, ...]:
    """The last promises of a manager."""
    states = (PromiseState.KEPT,) * count + (PromiseState.BROKEN,) * (of - count)
    return tuple(
        dataclasses.replace(promise("2026-10-01"), id=named(f"old {n}"), state=state)
        for n, state in enumerate(states)
    )


def _one(
    one: Loop, who: Member = DANA, point: Viewpoint = Viewpoint.OWNER, now: dt.datetime = NOW
) -> Message:
    """A message that is nothing but this row."""
    element = row(one, point, viewer(who, ALONE, now))
    return Message(notification="One candidate, as it stands now", elements=(element,), private=True)


_PAUSED: Mapping[str, Any] = {
    "state": LetterState.HELD,
    "hold": Hold.PAUSE,
    "problem": "Ines Prado has paused letters.",
}


def _rows() -> Iterator[tuple[str, View]]:
    """The row of one loop, after each click and whatever became of it."""
    later = at("2026-11-23 10:40")
    yield "queued", _one(queued(tomasz()))
    yield "queued_by_a_colleague", _one(queued(tomasz(), by=RAVI))
    yield (
        "queued_feedback",
        _one(queued(tomasz(), FEEDBACK, now=at("2026-11-23 12:10")), now=at("2026-11-23 12:10")),
    )
    yield "held", _one(queued(tomasz(), **_PAUSED))
    yield "held_for_long", _one(queued(tomasz(), **_PAUSED), now=at("2026-11-24 09:40"))
    braked: dict[str, Any] = {
        "state": LetterState.HELD,
        "hold": Hold.BRAKE,
        "problem": "Ravi is asked to let it go.",
    }
    yield "held_by_the_brake", _one(queued(tomasz(), **braked))
    yield (
        "held_by_the_brake_as_the_recruiter_sees_it",
        _one(queued(tomasz(), **braked), RAVI, Viewpoint.RECRUITER),
    )
    yield (
        "urgent_heard_just_now",
        _one(dataclasses.replace(mei(), other_offer_by=at("2026-11-25 17:00"), other_offer_heard_at=NOW)),
    )
    yield "sending", _one(sending(tomasz()))
    yield "retry", _one(became(tomasz(), LetterState.RETRY, str(MailTryLater())))
    yield "unknown", _one(became(tomasz(), LetterState.UNKNOWN))
    yield "told", _one(told(tomasz()), now=later)
    yield "told_by_a_colleague", _one(told(tomasz(), by=RAVI), now=later)
    yield "told_going_on", _one(told(tomasz(), GOING_ON), now=later)
    undone = telling.undo(queued(tomasz()), DANA, NOW).loop
    yield "undone", _one(undone)
    no_address = f"{NO_SUCH_ADDRESS.rstrip('.')} (550): “5.1.1 unknown user”."
    yield "failed", _one(became(tomasz(), LetterState.FAILED, no_address))
    yield "failed_going_on", _one(became(tomasz(), LetterState.FAILED, no_address, GOING_ON))
    yield "failed_feedback", _one(became(tomasz(), LetterState.FAILED, no_address, FEEDBACK))
    gone = "The date it names, Tue 1 Dec, is no longer in the future."
    yield "cancelled", _one(became(tomasz(), LetterState.CANCELLED, gone))
    yield "bounced", _one(_bounced())
    for how in Closed:
        yield f"closed_{how.value}", _one(closed(how))


def _bounced() -> Loop:
    out = told(tomasz(), when=at("2026-11-23 09:10"))
    back = dataclasses.replace(
        out.letters[-1],
        state=LetterState.BOUNCED,
        problem="it came back undelivered; the mailbox is full (552).",
    )
    return dataclasses.replace(tomasz(), letters=(back,))


def _standings() -> Iterator[tuple[str, View]]:
    """The row of one loop that waits, in every standing, and as others see it."""
    yield "needs_date", _one(_needs_date())
    yield "interview_to_come", _one(turns.moved_to(tomasz(), DANA, NOW, at("2026-11-30 17:00"), POLICY).loop)
    yield "offer_made", _one(turns.offer_made(tomasz(), DANA, NOW).loop)
    yield "offer_out", _one(turns.offer_out(tomasz(), DANA, NOW).loop)
    yield "on_hold", _one(turns.on_hold(tomasz(), DANA, NOW).loop)
    panel = turns.waiting_for(tomasz(), DANA, NOW, SAM).loop
    yield "waiting_for", _one(panel)
    yield "waiting_for_as_the_panel_sees_it", _one(panel, SAM, Viewpoint.WAITED_FOR)
    yield "stuck", _one(turns.stuck(tomasz(), DANA, NOW).loop)
    yield (
        "next_date_chosen",
        _one(turns.promise_date(tomasz(), DANA, NOW, dt.date(2026, 11, 30), POLICY).loop),
    )
    yield "going_on", _one(turns.going_on(tomasz(), DANA, at("2026-11-19 12:00"), dt.date(2026, 12, 1)).loop)
    yield "thanked", _one(tomasz(touches=(touch(TouchKind.THANKS, at("2026-11-13 08:00")),)))
    yield "late_as_the_recruiter_sees_it", _one(tomasz(), RAVI, Viewpoint.RECRUITER)
    yield "late_as_the_lead_sees_it", _one(tomasz(), LENA, Viewpoint.LEAD)
    orphan = tomasz(owner=dataclasses.replace(DANA, active=False))
    yield "owner_gone_as_the_recruiter_sees_it", _one(orphan, RAVI, Viewpoint.RECRUITER)
    agency = loop(dataclasses.replace(TOMASZ, agency_email="desk@agency.example"))
    yield "agency_queued", _one(queued(agency, FEEDBACK))
    yield "agency_to_confirm", _one(told(agency, FEEDBACK, when=at("2026-11-20 15:00")), now=NOW)


def _needs_date() -> Loop:
    return tomasz(
        standing=Standing.NEEDS_DATE, promise=promise("2026-11-19", TOMASZ.zone, basis=Basis.ASSUMED)
    )


def _messages() -> Iterator[tuple[str, View]]:
    yield "digest", lists.digest(DIGEST, waiting(), viewer())
    all_told = tuple(told(x, when=at("2026-11-23 10:32")) for x in (tomasz(), aiko()))
    yield (
        "digest_all_told",
        lists.digest(DIGEST, all_told, viewer(now=at("2026-11-23 10:40")), promises=kept(23, 25)),
    )
    yield (
        "digest_retired",
        lists.digest(
            dataclasses.replace(DIGEST, retired=True), waiting(), viewer(now=at("2026-11-24 09:30"))
        ),
    )
    yield "digest_of_the_recruiter", lists.digest(DIGEST, waiting()[:2], viewer(RAVI))
    yield "digest_of_the_lead", lists.digest(DIGEST, waiting()[:1], viewer(LENA))
    yield (
        "digest_second_page",
        lists.digest(DIGEST, crowd(14), viewer(place=Place(surface=DIGEST.id, page=1))),
    )
    yield "list", lists.own_list(waiting(), viewer(place=LISTED))
    yield "list_empty", lists.own_list((), viewer(place=LISTED), promises=kept(23, 25))
    yield "list_all_told", lists.own_list(all_told, viewer(place=LISTED), promises=kept(1, 1))
    yield "urgent", lists.urgent(URGENT, (priya(),), viewer(place=Place(surface=URGENT.id)))
    asked = dataclasses.replace(priya(), other_offer_by=None, other_offer_heard_at=None)
    yield "urgent_asked_twice", lists.urgent(URGENT, (asked,), viewer(RAVI, Place(surface=URGENT.id)))
    yield "urgent_which_date", lists.urgent(URGENT, (_needs_date(),), viewer(place=Place(surface=URGENT.id)))
    failed = became(tomasz(), LetterState.FAILED, f"{NO_SUCH_ADDRESS.rstrip('.')} (550).")
    yield "urgent_letter", lists.urgent(URGENT, (failed,), viewer(place=Place(surface=URGENT.id)))
    other = loop(TOMASZ, ANALYST, owner=SAM)
    yield "alone", lists.alone(tomasz(), viewer(place=ALONE), elsewhere=(other,))
    yield "alone_not_theirs", lists.alone(tomasz(), viewer(SAM, ALONE), notice="This is not yours to see.")
    review = lists.review_row(dataclasses.replace(tomasz(), reviewed_on=None), viewer(RAVI))
    yield "review_row", Message(notification="1 imported candidate: still waiting?", elements=(review,))


def crowd(count: int) -> tuple[Loop, ...]:
    return tuple(loop(candidate(f"Candidate {n:02}")) for n in range(1, count + 1))


def _forms() -> Iterator[tuple[str, View]]:
    here = viewer()
    suggested = dt.date(2026, 12, 1)
    simple: Mapping[str, Callable[[Loop, Viewer], View]] = {
        "told_by_phone": forms.told_by_phone,
        "hand_over": forms.hand_over,
        "waiting_for": forms.waiting_for,
        "going_on": forms.going_on,
        "took_place": forms.took_place,
        "wrote": forms.wrote,
        "other_offer": forms.other_offer,
        "not_taken_place": forms.not_taken_place,
        "close": forms.close,
        "mend_address": forms.mend_address,
        "state_date": forms.state_date,
    }
    for name, form in simple.items():
        yield f"form_{name}", form(tomasz(), here)
    yield "form_call_today", forms.call_today(priya(), here)
    yield "form_other_date", forms.other_date(tomasz(), here, suggested)
    yield "form_other_date_queued", forms.other_date(queued(tomasz()), here, suggested)
    offered = telling.default_date(priya(), POLICY, NOW)
    yield "form_feedback", feedback_form.feedback(priya(), here, {}, offered)
    yield "form_feedback_without_criteria", feedback_form.feedback(mei(), here, {}, suggested)
    short = dataclasses.replace(FEEDBACK, suggestion="Read a book.")
    leaving = say_leaving(
        telling.leaves_at(priya(), short.decision, POLICY, at("2026-11-23 15:00")), priya(), here
    )
    written = telling.write(priya(), short, DANA, POLICY, NOW)
    draft_id = named("draft").hex
    yield "form_preview", feedback_form.preview(priya(), here, written, draft_id, findings(short), leaving)
    yield "form_add", forms.add(here, ("Backend Engineer", "Data Analyst"))
    yield "form_settings", forms.settings(here, DANA, admin=False)
    yield "form_settings_admin", forms.settings(viewer(INES), INES, admin=True)
    yield "field_errors", FieldErrors((("date", "Choose a day."),))


def _own() -> Iterator[tuple[str, View]]:
    """What is a member's own: their home, and the first thing they are told."""
    here = Place(surface=HOME.id)
    yield "home", home(HOME, waiting(), viewer(place=here), promises=kept(23, 25))
    yield "home_empty", home(HOME, (), viewer(place=here), promises=kept(23, 25))
    gone = away(DANA, "2026-12-06", SAM, accepted=True)
    yield "home_away", home(HOME, waiting()[:1], viewer(gone, here), promises=kept(1, 2))
    yield "welcome", welcome(WELCOME, viewer(place=Place(surface=WELCOME.id)), RAVI)
    yield "welcome_from_the_company", welcome(WELCOME, viewer(place=Place(surface=WELCOME.id)), None)
    counts = {"Backend Engineer": 8, "Data Analyst": 3}
    yield "form_hand_person", handed.confirm_person(viewer(RAVI, LISTED), DANA, SAM, counts, 1)
    yield "form_hand_role", handed.confirm_role(viewer(RAVI, LISTED), BACKEND, SAM, 8)
    given = dataclasses.replace(WELCOME, kind=SurfaceKind.HANDED, id=named("handed"), member=SAM.id)
    yield "handed", handed.handed(given, viewer(SAM), DANA, waiting())
    yield "handed_back", handed.handed(given, viewer(SAM), DANA, ())
    report = Rehearsed(
        asked=(Asked(member=DANA, lists=5, urgent=6), Asked(member=RAVI, lists=1, urgent=1)),
        stepped_in=4,
        late=3,
        waiting=14,
    )
    weekly = dataclasses.replace(WELCOME, kind=SurfaceKind.REHEARSAL, id=named("rehearsal"))
    yield "rehearsal", rehearsed(weekly, viewer(INES), report, "Fri 4 Dec 15:00")
    nobody = Rehearsed(asked=(), stepped_in=0, late=0, waiting=0)
    yield "rehearsal_of_nothing", rehearsed(weekly, viewer(INES), nobody, "Fri 4 Dec 15:00")
    candidates = [(one.id, f"{one.candidate.name} ({one.role.title})") for one in waiting()]
    yield "form_log", forms.log(viewer(place=LISTED), candidates)


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


def _team() -> Iterator[tuple[str, View]]:
    yield "summary", summary_view(CHANNEL, summary(THIS_WEEK), summaries())
    yield "summary_first", summary_view(CHANNEL, summary(THIS_WEEK), ())
    few = dataclasses.replace(THIS_WEEK, share=None, moved=None, days=None, heard=1, past=0)
    unnamed = dataclasses.replace(CHANNEL, called="")
    yield "summary_too_few", summary_view(unnamed, summary(few), summaries()[1:])
    yield "summary_left_out", summary_view(CHANNEL, summary(None), summaries())
    refused = dataclasses.replace(CHANNEL, problem="Invite me: type /invite @Followup in that channel.")
    until = at("2026-11-27 15:00")
    asked = dataclasses.replace(DIGEST, id=named("channel"), kind=SurfaceKind.CHANNEL, occasion="hiring")
    yield "summary_not_posted", unposted_view(refused, until, asked)


QUEUE = dataclasses.replace(DIGEST, id=named("queue"), kind=SurfaceKind.QUEUE, member=RAVI.id)


def _queues() -> Iterator[tuple[str, View]]:
    """What the recruiter sees of those who are stuck, and what a nudge becomes."""
    twice = dataclasses.replace(priya(), other_offer_by=None, other_offer_heard_at=None)
    long_ago = loop(candidate("Noor Haddad"), promise=promise("2026-11-16"))
    far = loop(candidate("Jun Park"), ANALYST, promise=promise("2026-12-02"))
    all_ = (
        aiko(),
        dataclasses.replace(twice, id=named("asked twice")),
        turns.stuck(mei(), DANA, NOW).loop,
        became(loop(candidate("Ola Berg")), LetterState.FAILED, f"{NO_SUCH_ADDRESS.rstrip('.')} (550)."),
        became(loop(candidate("Ivo Marek")), LetterState.UNKNOWN),
        dataclasses.replace(far, owner=dataclasses.replace(DANA, active=False)),
        long_ago,
        queued(tomasz()),
        priya(),
    )
    here = viewer(RAVI, Place(surface=QUEUE.id))
    yield "queue", queue(QUEUE, all_, here)
    yield "queue_done", queue(QUEUE, (told(tomasz()),), viewer(RAVI, now=at("2026-11-23 10:40")))
    yield "queue_retired", queue(dataclasses.replace(QUEUE, retired=True), all_, here)
    nudged = dataclasses.replace(URGENT, occasion=f"{Kind.NUDGED}/2026-11-23/{RAVI.id}")
    place = Place(surface=URGENT.id)
    yield "urgent_nudged", lists.urgent(nudged, (long_ago, tomasz()), viewer(place=place))
    yield "home_of_the_recruiter", home(HOME, (long_ago,), viewer(RAVI), promises=kept(2, 2))


def _histories() -> Iterator[tuple[str, View]]:
    """All that happened to one candidate, and more than a page of it."""
    names = {person.id: person.name for person in (DANA, RAVI, SAM)}
    one = told(_undone_once(), when=at("2026-11-23 10:32"))
    kept = History(
        promises=(
            dataclasses.replace(
                promise("2026-11-20", TOMASZ.zone),
                state=PromiseState.BROKEN,
                settled_at=at("2026-11-23 10:32"),
            ),
            promise("2026-12-01", TOMASZ.zone, basis=Basis.LETTER, made_at=at("2026-11-23 10:32")),
        ),
        nudges=tuple(_nudged()),
        audit=(
            (at("2026-11-12 12:00"), Entry(what="added", by=DANA.id)),
            (at("2026-11-16 10:00"), Entry(what="waiting_for", by=DANA.id, facts={"whom": str(SAM.id)})),
            (at("2026-11-17 15:00"), Entry(what="word_received", by=SAM.id, on_behalf_of=DANA.id)),
            (at("2026-11-20 11:00"), Entry(what="snoozed", by=DANA.id, facts={"until": str(NOW)})),
            (at("2026-11-23 09:40"), Entry(what="address_mended", by=RAVI.id, on_behalf_of=DANA.id)),
            (at("2026-11-23 10:32"), Entry(what="letter_sent", by=DANA.id)),
        ),
    )
    here = viewer(now=at("2026-11-23 10:40"))
    yield "history", history(one, kept, names, here, letters=True)
    yield "history_first_page", history(one, kept, names, here, letters=True, page=0)
    yield "history_for_the_lead", history(one, kept, names, viewer(LENA), letters=False)


def _undone_once() -> Loop:
    asked = (touch(TouchKind.THANKS, at("2026-11-13 08:00")), touch(TouchKind.WROTE, at("2026-11-18 05:10")))
    before = queued(tomasz(touches=asked), update("2026-11-27"), now=at("2026-11-19 16:00"))
    return telling.undo(before, DANA, at("2026-11-19 16:01")).loop


def _nudged() -> Iterator[Nudge]:
    due = promise("2026-11-20", TOMASZ.zone).id
    occasion = f"{due}/20261120"
    for kind, step, who, when in (
        (Kind.AHEAD, occasion, DANA, "2026-11-19 09:30"),
        (Kind.DUE, occasion, DANA, "2026-11-20 09:30"),
        (Kind.DUE, occasion, RAVI, "2026-11-20 09:30"),
        (Kind.LATE, f"{occasion}/1", DANA, "2026-11-23 09:30"),
        (Kind.NUDGED, f"2026-11-23/{RAVI.id}", DANA, "2026-11-23 10:00"),
    ):
        yield Nudge(
            loop=tomasz().id,
            kind=kind,
            occasion=step,
            recipient=who.id,
            not_before=at(when),
            surface=DIGEST.id,
        )


def sheet_of(*loops: Loop, **given: Any) -> Sheet:
    """Dana's sheet with a line for each of these."""
    lines = tuple(
        Line(
            loop=one.id,
            promise=one.promise.id if one.promise else None,
            letter=one.letters[-1].id if one.letters else None,
        )
        for one in loops
    )
    return Sheet(id=named("sheet"), member=DANA.id, lines=lines, **given)


def _sheets() -> Iterator[tuple[str, View]]:
    """Clear my list, from the first look to what became of it."""
    here = viewer()
    hurried = dataclasses.replace(mei(), decide_by=dt.date(2026, 11, 24))
    urgent = (priya(), "Priya must answer another offer: call, or write from the row.")
    three = (tomasz(), aiko(), hurried)
    yield "sheet", sheet.sheet_form(sheet_of(*three), three, here, 4, (urgent,))
    agency = loop(dataclasses.replace(TOMASZ, agency_email="desk@agency.example"))
    yield "sheet_of_an_agency", sheet.sheet_form(sheet_of(agency), (agency,), here, 0, ())
    ten = crowd(10)
    yield "sheet_of_ten", sheet.sheet_form(sheet_of(*ten), ten, here, 4, ())
    on_their_way = tuple(queued(one) for one in (tomasz(), aiko(), mei()))
    letters = [(one, one.letters[-1], Reason.NO_DECISION) for one in on_their_way]
    quicker = (hurried, "Ravi Menon has just sent this one at 09:29. Nothing more was sent.")
    known = frozenset({AIKO.email, MEI.email})
    yield "sheet_review", sheet.review(sheet_of(*three), letters[:2], known, here, (quicker,))
    yield "sheet_review_of_one", sheet.review(sheet_of(tomasz()), letters[:1], known, here, ())
    done = sheet_of(*on_their_way, priya())
    lines = (*done.lines[:3], dataclasses.replace(done.lines[3], letter=None, why=urgent[1]))
    done = dataclasses.replace(done, lines=lines, sent=True)
    around = {one.id: one for one in (*on_their_way, priya())}
    yield "sheet_sent", sheet.outcome(done, around, here, 4)
    undone = {it.id: telling.undo(it, DANA, NOW).loop for it in on_their_way[:2]}
    late = "Too late to undo: the letter to Mei was handed to the mail server."
    mixed = around | undone | {mei().id: _gone(on_their_way[2])}
    yield "sheet_undone_in_part", sheet.outcome(done, mixed, here, 0, (late,))
    held = {it.id: queued(it, **_PAUSED) for it in (tomasz(), aiko())}
    two = sheet_of(*held.values(), sent=True)
    yield "sheet_held", sheet.outcome(two, held, here, 0)


def _gone(on_its_way: Loop) -> Loop:
    return telling.sent(on_its_way, on_its_way.letters[-1], at("2026-11-23 09:31")).loop


@functools.cache
def views() -> Mapping[str, View]:
    """Every View by name."""
    return dict(
        (
            *_messages(), *_sheets(), *_queues(), *_histories(), *_own(), *_rows(), *_standings(), *_forms(),
            *_team(),
        )
    )  # fmt: skip


def away(who: Member, until: str, delegate: Member | None = None, *, accepted: bool = False) -> Member:
    """The member, away from today."""
    absence = Absence(
        start=NOW.date(),
        until=dt.date.fromisoformat(until),
        delegate=delegate.id if delegate else None,
        accepted=accepted,
    )
    return dataclasses.replace(who, absence=absence)


# -- as plain text --------------------------------------------------------------------------------------


def plain(view: View) -> str:
    """A View as a person would read it, each button in brackets, each menu after "···"."""
    match view:
        case Message():
            how = ", only they see it" if view.private else ""
            return "\n".join((f"(on the phone{how}) {view.notification}", *_elements(view.elements))) + "\n"
        case Form():
            head = f"{view.title}  {view.step}".rstrip()
            fields = tuple(_fields(view.fields))
            submit = f"[{view.submit_label}]"
            beside = "  ".join((*(f"[{b.label}]" for b in view.buttons), "[Cancel]", submit))
            return "\n".join((head, *_elements(view.intro), "", *fields, "", beside)) + "\n"
        case FieldErrors():
            return "".join(f"{name}: {text}\n" for name, text in view.errors)
    assert_never(view)


def _elements(elements: tuple[Element, ...]) -> Iterator[str]:
    for element in elements:
        yield ""
        match element:
            case Heading():
                yield f"# {element.text}"
            case Paragraph():
                yield f"({element.text})" if element.quiet else element.text
            case Row():
                yield f"{element.mark.value} {element.title}".strip()
                yield from (f"  {line}" for line in element.lines)
                if element.buttons:
                    yield f"  {_buttons(element.buttons)}"
                if element.menu:
                    yield f"  ··· {' | '.join(b.label for b in element.menu)}"
            case Buttons():
                yield _buttons(element.buttons)
            case LetterText():
                yield f"To: {element.to} · From: {element.sender} · Reply goes to {element.reply_to}"
                yield f"Subject: {element.subject}"
                yield from (f"| {line}".rstrip() for line in element.body.splitlines())
            case Chart():
                yield f"<{element.title}: {element.alt}>"
            case _:
                assert_never(element)


def _buttons(buttons: tuple[Button, ...]) -> str:
    return "  ".join(f"[{b.label}]" for b in buttons)


def _fields(fields: tuple[Field, ...]) -> Iterator[str]:
    for before, field in zip(("", *(one.group for one in fields)), fields, strict=False):
        if field.group and field.group != before:
            yield f"-- {field.group}"
        yield from _field(field)


def _field(field: Field) -> Iterator[str]:
    match field:
        case TextField():
            shown = f"[{field.value}{'¶' if field.multiline else ''}]"
        case DateField():
            shown = f"[{field.value or 'a day'}]"
        case ChoiceField():
            marks = {
                option.value: "(•)" if option.value == field.value else "( )" for option in field.options
            }
            shown = "  ".join(f"{marks[o.value]} {o.label}" for o in field.options)
        case CheckField():
            yield f"[{'x' if field.value else ' '}] {field.label}"
            return
        case _:
            assert_never(field)
    optional = "  (optional)" if field.optional else ""
    yield f"{field.label}: {shown}{optional}"
    if field.hint:
        yield f"    {field.hint}"


def buttons_of(view: View) -> Iterator[Button]:
    """Every button and menu entry of a View, its submit included."""
    if isinstance(view, FieldErrors):
        return
    elements = view.elements if isinstance(view, Message) else view.intro
    for element in elements:
        if isinstance(element, Row):
            yield from (*element.buttons, *element.menu)
        elif isinstance(element, Buttons):
            yield from element.buttons
    if isinstance(view, Form):
        yield Button(view.submit_label, view.submit)
        yield from view.buttons


def menus_of(view: View) -> Iterator[tuple[Button, ...]]:
    if isinstance(view, Message):
        yield from (e.menu for e in view.elements if isinstance(e, Row))
