"""One example of every View: the screens of the product in no chat's dialect, by name.

`plain` of tests/plain_text.py writes one as text.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot import dispatch, new_date, telling, turns
from bot.access import Viewpoint
from bot.actions import ALONE, AT_HOME, LISTED, Place
from bot.changes import Entry
from bot.letters.draft import Reason
from bot.letters.findings import findings
from bot.loops import Closed, Hold, LetterState, Loop, Standing, TouchKind
from bot.mail import NO_SUCH_ADDRESS, MailTryLater
from bot.nudges import Kind, Nudge, Surface, SurfaceKind
from bot.people import Member, Role
from bot.policy import Policy
from bot.ports import History
from bot.promises import Basis, PromiseState
from bot.sheet import Line, Sheet
from bot.views import feedback_form, forms, handed, lists, sheet
from bot.views.elements import FieldErrors, Message, Option, View
from bot.views.history import history
from bot.views.home import home
from bot.views.outcomes import say_leaving
from bot.views.queue import queue
from bot.views.rehearsed import Asked, Rehearsed, rehearsed
from bot.views.rows import row
from bot.views.summary import summary_view, unposted_view
from bot.views.viewer import Viewer
from bot.views.welcome import welcome
from tests import examples as ex
from tests.examples import (
    ANALYST,
    DANA,
    LENA,
    NOW,
    POLICY,
    RAVI,
    SAM,
    TOMASZ,
    at,
    loop,
    named,
    priya,
    promise,
    queued,
    told,
    tomasz,
)

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
_BRAKED: Mapping[str, Any] = {
    "state": LetterState.HELD,
    "hold": Hold.BRAKE,
    "problem": "Ravi is asked to let it go.",
}


def _rows() -> Iterator[tuple[str, View]]:
    """The row of one loop, after each click and whatever became of it."""
    later = at("2026-11-23 10:40")
    yield "queued", _one(queued(tomasz()))
    yield "queued_by_a_colleague", _one(queued(tomasz(), by=RAVI))
    yield (
        "queued_feedback",
        _one(queued(tomasz(), ex.FEEDBACK, now=at("2026-11-23 12:10")), now=at("2026-11-23 12:10")),
    )
    yield "held", _one(queued(tomasz(), **_PAUSED))
    yield "held_for_long", _one(queued(tomasz(), **_PAUSED), now=at("2026-11-24 09:40"))
    yield "held_by_the_brake", _one(queued(tomasz(), **_BRAKED))
    yield (
        "held_by_the_brake_as_the_recruiter_sees_it",
        _one(queued(tomasz(), **_BRAKED), RAVI, Viewpoint.RECRUITER),
    )
    yield (
        "urgent_heard_just_now",
        _one(dataclasses.replace(ex.mei(), other_offer_by=at("2026-11-25 17:00"), other_offer_heard_at=NOW)),
    )
    yield "sending", _one(ex.sending(tomasz()))
    yield "retry", _one(ex.became(tomasz(), LetterState.RETRY, str(MailTryLater())))
    yield "unknown", _one(ex.became(tomasz(), LetterState.UNKNOWN))
    yield "told", _one(told(tomasz()), now=later)
    yield "told_by_a_colleague", _one(told(tomasz(), by=RAVI), now=later)
    yield "told_going_on", _one(told(tomasz(), ex.GOING_ON), now=later)
    undone = telling.undo(queued(tomasz()), DANA, NOW).loop
    yield "undone", _one(undone)
    no_address = f"{NO_SUCH_ADDRESS.rstrip('.')} (550): “5.1.1 unknown user”."
    yield "failed", _one(ex.became(tomasz(), LetterState.FAILED, no_address))
    yield "failed_going_on", _one(ex.became(tomasz(), LetterState.FAILED, no_address, ex.GOING_ON))
    yield "failed_feedback", _one(ex.became(tomasz(), LetterState.FAILED, no_address, ex.FEEDBACK))
    gone = "The date it names, Tue 1 Dec, is no longer in the future."
    yield "cancelled", _one(ex.became(tomasz(), LetterState.CANCELLED, gone))
    yield "bounced", _one(_bounced())
    for how in Closed:
        yield f"closed_{how.value}", _one(ex.closed(how))


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
    yield "thanked", _one(tomasz(touches=(ex.touch(TouchKind.THANKS, at("2026-11-13 08:00")),)))
    yield "late_as_the_recruiter_sees_it", _one(tomasz(), RAVI, Viewpoint.RECRUITER)
    yield "late_as_the_lead_sees_it", _one(tomasz(), LENA, Viewpoint.LEAD)
    orphan = tomasz(owner=dataclasses.replace(DANA, active=False))
    yield "owner_gone_as_the_recruiter_sees_it", _one(orphan, RAVI, Viewpoint.RECRUITER)
    agency = loop(dataclasses.replace(TOMASZ, agency_email="desk@agency.example"))
    yield "agency_queued", _one(queued(agency, ex.FEEDBACK))
    yield "agency_to_confirm", _one(told(agency, ex.FEEDBACK, when=at("2026-11-20 15:00")), now=NOW)


def _needs_date() -> Loop:
    return tomasz(
        standing=Standing.NEEDS_DATE, promise=promise("2026-11-19", TOMASZ.zone, basis=Basis.ASSUMED)
    )


def _messages() -> Iterator[tuple[str, View]]:
    yield "digest", lists.digest(DIGEST, ex.waiting(), viewer())
    all_told = tuple(told(x, when=at("2026-11-23 10:32")) for x in (tomasz(), ex.aiko()))
    yield (
        "digest_all_told",
        lists.digest(DIGEST, all_told, viewer(now=at("2026-11-23 10:40")), promises=ex.kept(23, 25)),
    )
    yield (
        "digest_retired",
        lists.digest(
            dataclasses.replace(DIGEST, retired=True), ex.waiting(), viewer(now=at("2026-11-24 09:30"))
        ),
    )
    yield "digest_of_the_recruiter", lists.digest(DIGEST, ex.waiting()[:2], viewer(RAVI))
    yield "digest_of_the_lead", lists.digest(DIGEST, ex.waiting()[:1], viewer(LENA))
    yield "digest_of_the_lead_in_their_place", lists.digest(DIGEST, ex.waiting()[1:2], viewer(LENA))
    yield (
        "digest_second_page",
        lists.digest(DIGEST, ex.crowd(14), viewer(place=Place(surface=DIGEST.id, page=1))),
    )
    yield "list", lists.own_list(ex.waiting(), viewer(place=LISTED))
    yield "list_empty", lists.own_list((), viewer(place=LISTED), promises=ex.kept(23, 25))
    yield "list_all_told", lists.own_list(all_told, viewer(place=LISTED), promises=ex.kept(1, 1))
    yield "urgent", lists.urgent(URGENT, (priya(),), viewer(place=Place(surface=URGENT.id)))
    asked = dataclasses.replace(priya(), other_offer_by=None, other_offer_heard_at=None)
    yield "urgent_asked_twice", lists.urgent(URGENT, (asked,), viewer(RAVI, Place(surface=URGENT.id)))
    yield "urgent_which_date", lists.urgent(URGENT, (_needs_date(),), viewer(place=Place(surface=URGENT.id)))
    failed = ex.became(tomasz(), LetterState.FAILED, f"{NO_SUCH_ADDRESS.rstrip('.')} (550).")
    yield "urgent_letter", lists.urgent(URGENT, (failed,), viewer(place=Place(surface=URGENT.id)))
    yield "urgent_with_somebody_else", lists.urgent(URGENT, (failed,), viewer(SAM, Place(surface=URGENT.id)))
    other = loop(TOMASZ, ANALYST, owner=SAM)
    yield "alone", lists.alone(tomasz(), viewer(place=ALONE), elsewhere=(other,))
    yield "alone_not_theirs", lists.alone(tomasz(), viewer(SAM, ALONE), notice="This is not yours to see.")
    review = lists.review_row(dataclasses.replace(tomasz(), reviewed_on=None), viewer(RAVI))
    yield "review_row", Message(notification="1 imported candidate: still waiting?", elements=(review,))


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
    offered = new_date.default_date(priya(), POLICY, NOW)
    yield "form_feedback", feedback_form.feedback(priya(), here, {}, offered)
    yield "form_feedback_without_criteria", feedback_form.feedback(ex.mei(), here, {}, suggested)
    short = dataclasses.replace(ex.FEEDBACK, suggestion="Read a book.")
    leaving = say_leaving(
        telling.leaves_at(priya(), short.decision, POLICY, at("2026-11-23 15:00")), priya(), here
    )
    written = telling.write(priya(), short, DANA, POLICY, NOW)
    draft_id = named("draft").hex
    yield "form_preview", feedback_form.preview(priya(), here, written, draft_id, findings(short), leaving)
    yield (
        "form_add",
        forms.add(
            here, ("Backend Engineer", "Data Analyst"), (Option("en", "English"), Option("de", "German"))
        ),
    )
    yield "form_settings", forms.settings(here, DANA, admin=False)
    yield "form_settings_admin", forms.settings(viewer(ex.INES), ex.INES, admin=True)
    yield "field_errors", FieldErrors((("date", "Choose a day."),))


SAMS = dataclasses.replace(ex.BACKEND, manager=SAM)


def _given(*loops: Loop, role: Role | None = None, stay: int = 0, more: int = 0) -> handed.Given:
    """What Ravi gives to Sam."""
    changes = [turns.hand_over(one, RAVI, NOW, SAM, role) for one in loops]
    return handed.Given(changes=changes, stay=stay, more=more)


def _roles_given(*loops: Loop, role: Role, stay: int = 0, more: int = 0) -> handed.RolesGiven:
    """What Ravi recruited for until now."""
    changes = [turns.recruiter_changed(one, RAVI, NOW, role) for one in loops]
    return handed.RolesGiven(roles=(role,), changes=changes, stay=stay, more=more)


def _own() -> Iterator[tuple[str, View]]:
    """What is a member's own: their home, and the first thing they are told."""
    here = Place(surface=HOME.id)
    yield "home", home(ex.waiting(), viewer(place=here), surface=HOME, promises=ex.kept(23, 25))
    yield "home_empty", home((), viewer(place=here), surface=HOME, promises=ex.kept(23, 25))
    gone = ex.away(DANA, "2026-12-06", SAM, accepted=True)
    yield "home_away", home(ex.waiting()[:1], viewer(gone, here), surface=HOME, promises=ex.kept(1, 2))
    yield "home_asked_for", home(ex.waiting(), viewer(place=AT_HOME), promises=ex.kept(23, 25))
    yield "welcome", welcome(WELCOME, viewer(place=Place(surface=WELCOME.id)), RAVI)
    yield "welcome_from_the_company", welcome(WELCOME, viewer(place=Place(surface=WELCOME.id)), None)
    many = _given(*ex.waiting(), stay=1, more=37)
    yield "form_hand_person", handed.confirm_person(viewer(RAVI, LISTED), DANA, SAM, many)
    yield "form_hand_mine", handed.ask_to_whom(viewer(place=LISTED), ex.waiting(), 37)
    whole = _given(queued(tomasz()), queued(priya(), ex.FEEDBACK, by=RAVI), ex.aiko(), role=SAMS)
    yield "form_hand_role", handed.confirm_role(viewer(RAVI, LISTED), ex.BACKEND, DANA, SAM, whole)
    yield "form_hand_empty_role", handed.confirm_role(viewer(place=LISTED), ex.BACKEND, DANA, SAM, _given())
    part = _given(tomasz(owner=LENA))
    yield "form_hand_part", handed.confirm_role(viewer(LENA, LISTED), ex.BACKEND, LENA, SAM, part)
    given = dataclasses.replace(WELCOME, kind=SurfaceKind.HANDED, id=named("handed"), member=SAM.id)
    new = (tomasz(reviewed_on=None, owner=SAM), ex.mei())
    yield (
        "form_hand_imported",
        handed.confirm_person(viewer(RAVI, LISTED), DANA, SAM, _given(tomasz(reviewed_on=None))),
    )
    yield "handed", handed.handed(given, viewer(SAM), DANA, ex.waiting())
    yield "handed_and_imported", handed.handed(given, viewer(SAM), DANA, new)
    yield "handed_with_a_letter_withdrawn", handed.handed(given, viewer(SAM), DANA, tuple(whole.loops))
    yield "handed_back", handed.handed(given, viewer(SAM), DANA, ())
    lena = dataclasses.replace(ex.BACKEND, recruiter=LENA)
    theirs = _roles_given(queued(tomasz(), by=RAVI), ex.aiko(), role=lena, stay=1)
    yield "form_hand_recruiter", handed.confirm_recruiter(viewer(LENA, LISTED), RAVI, LENA, theirs)
    many = _roles_given(role=lena, more=12)
    yield "form_hand_idle_recruiter", handed.confirm_recruiter(viewer(RAVI, LISTED), RAVI, LENA, many)
    asked = dataclasses.replace(given, kind=SurfaceKind.RECRUITS, id=named("recruits"), member=LENA.id)
    yield "recruits", handed.recruits(asked, viewer(LENA), RAVI, tuple(theirs.loops))
    yield "recruits_no_more", handed.recruits(asked, viewer(LENA), RAVI, ())
    report = Rehearsed(
        asked=(Asked(member=DANA, lists=5, urgent=6), Asked(member=RAVI, lists=1, urgent=1)),
        stepped_in=4,
        late=3,
        waiting=14,
    )
    weekly = dataclasses.replace(WELCOME, kind=SurfaceKind.REHEARSAL, id=named("rehearsal"))
    yield "rehearsal", rehearsed(weekly, viewer(ex.INES), report, "Fri 4 Dec 15:00")
    nobody = Rehearsed(asked=(), stepped_in=0, late=0, waiting=0)
    yield "rehearsal_of_nothing", rehearsed(weekly, viewer(ex.INES), nobody, "Fri 4 Dec 15:00")
    candidates = [(one.id, f"{one.candidate.name} ({one.role.title})") for one in ex.waiting()]
    yield "form_log", forms.log(viewer(place=LISTED), candidates)


def _team() -> Iterator[tuple[str, View]]:
    yield "summary", summary_view(ex.CHANNEL, ex.summary(ex.THIS_WEEK), ex.summaries())
    yield "summary_first", summary_view(ex.CHANNEL, ex.summary(ex.THIS_WEEK), ())
    few = dataclasses.replace(ex.THIS_WEEK, share=None, moved=None, days=None, heard=1, past=0)
    unnamed = dataclasses.replace(ex.CHANNEL, called="")
    yield "summary_too_few", summary_view(unnamed, ex.summary(few), ex.summaries()[1:])
    yield "summary_left_out", summary_view(ex.CHANNEL, ex.summary(None), ex.summaries())
    refused = dataclasses.replace(ex.CHANNEL, problem="Invite me: type /invite @Followup in that channel.")
    this, late = ex.summary(ex.THIS_WEEK), at("2026-12-04 15:00")
    asked = dataclasses.replace(DIGEST, id=named("channel"), kind=SurfaceKind.CHANNEL, occasion="hiring")
    yield "summary_not_posted", unposted_view(refused, this, asked, this.until)
    later = dataclasses.replace(asked, retired=True)
    yield "summary_posted_late", unposted_view(ex.CHANNEL, this, later, this.until)
    following = dataclasses.replace(refused, next_at=at("2026-12-11 15:00"))
    yield "summary_dropped", unposted_view(following, this, asked, late)
    yield "summary_ended", unposted_view(dataclasses.replace(ex.CHANNEL, next_at=None), this, asked, late)


QUEUE = dataclasses.replace(DIGEST, id=named("queue"), kind=SurfaceKind.QUEUE, member=RAVI.id)


def _queues() -> Iterator[tuple[str, View]]:
    """What the recruiter sees of those who are stuck, and what a nudge becomes."""
    twice = dataclasses.replace(priya(), other_offer_by=None, other_offer_heard_at=None)
    long_ago = loop(ex.candidate("Noor Haddad"), promise=promise("2026-11-16"))
    far = loop(ex.candidate("Jun Park"), ANALYST, promise=promise("2026-12-02"))
    all_ = (
        ex.aiko(),
        dataclasses.replace(twice, id=named("asked twice")),
        turns.stuck(ex.mei(), DANA, NOW).loop,
        ex.became(
            loop(ex.candidate("Ola Berg")), LetterState.FAILED, f"{NO_SUCH_ADDRESS.rstrip('.')} (550)."
        ),
        ex.became(loop(ex.candidate("Ivo Marek")), LetterState.UNKNOWN),
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
    yield "home_of_the_recruiter", home((long_ago,), viewer(RAVI), surface=HOME, promises=ex.kept(2, 2))


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
    asked = (
        ex.touch(TouchKind.THANKS, at("2026-11-13 08:00")),
        ex.touch(TouchKind.WROTE, at("2026-11-18 05:10")),
    )
    before = queued(tomasz(touches=asked), ex.update("2026-11-27"), now=at("2026-11-19 16:00"))
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
    hurried = dataclasses.replace(ex.mei(), decide_by=dt.date(2026, 11, 24))
    urgent = (priya(), "Priya must answer another offer: call, or write from the row.")
    three = (tomasz(), ex.aiko(), hurried)
    yield "sheet", sheet.sheet_form(sheet_of(*three), three, here, 4, (urgent,))
    agency = loop(dataclasses.replace(TOMASZ, agency_email="desk@agency.example"))
    yield "sheet_of_an_agency", sheet.sheet_form(sheet_of(agency), (agency,), here, 0, ())
    ten = ex.crowd(10)
    yield "sheet_of_ten", sheet.sheet_form(sheet_of(*ten), ten, here, 4, ())
    on_their_way = tuple(queued(one) for one in (tomasz(), ex.aiko(), ex.mei()))
    letters = [(one, one.letters[-1], Reason.NO_DECISION) for one in on_their_way]
    quicker = (hurried, "Ravi Menon wrote this one at 09:29; it leaves in 30 s. Nothing more was sent.")
    known = frozenset({ex.AIKO.email, ex.MEI.email})
    yield "sheet_review", sheet.review(sheet_of(*three), letters[:2], known, here, (quicker,))
    yield "sheet_review_of_one", sheet.review(sheet_of(tomasz()), letters[:1], known, here, ())
    done = sheet_of(*on_their_way, priya())
    lines = (*done.lines[:3], dataclasses.replace(done.lines[3], letter=None, why=urgent[1]))
    done = dataclasses.replace(done, lines=lines, sent=True)
    around = {one.id: one for one in (*on_their_way, priya())}
    yield "sheet_sent", sheet.outcome(done, around, here, 4)
    undone = {it.id: telling.undo(it, DANA, NOW).loop for it in on_their_way[:2]}
    late = "Too late to undo: the letter to Mei was handed to the mail server."
    mixed = around | undone | {ex.mei().id: _gone(on_their_way[2])}
    yield "sheet_undone_in_part", sheet.outcome(done, mixed, here, 0, (late,))
    held = {it.id: queued(it, **_PAUSED) for it in (tomasz(), ex.aiko())}
    two = sheet_of(*held.values(), sent=True)
    yield "sheet_held", sheet.outcome(two, held, here, 0)
    part = {it.id: it for it in (queued(tomasz(), **_BRAKED), *on_their_way[1:])}
    yield "sheet_held_in_part", sheet.outcome(sheet_of(*part.values(), sent=True), part, here, 0)
    paused = viewer(policy=dataclasses.replace(POLICY, letters_paused=True))
    yield "sheet_review_paused", sheet.review(sheet_of(*three), letters[:2], known, paused, ())


def _gone(on_its_way: Loop) -> Loop:
    return dispatch.sent(on_its_way, on_its_way.letters[-1], at("2026-11-23 09:31")).loop


@functools.cache
def views() -> Mapping[str, View]:
    """Every View by name."""
    return dict(
        (
            *_messages(), *_sheets(), *_queues(), *_histories(), *_own(), *_rows(), *_standings(), *_forms(),
            *_team(),
        )
    )  # fmt: skip
