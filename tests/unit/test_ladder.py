"""The ladder of a promise, and the alarms beside it: who is reminded, and exactly when."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
import zoneinfo
from typing import Any

import pytest

from bot import ladder, turns
from bot.ladder import Circle, circle, days_late, look_at, reached, recruiter_asked_at
from bot.loops import Closed, LetterState, Loop, Standing, Touch, TouchKind
from bot.nudges import Kind, Nudge
from bot.people import Absence, Member
from bot.promises import Basis, due_instant
from tests import examples as ex
from tests.examples import DANA, LENA, NOW, POLICY, RAVI, SAM, at

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
TICK = dt.timedelta(microseconds=1)
RUNGS = (Kind.AHEAD, Kind.DUE, Kind.LATE)

Said = frozenset[tuple[Kind, str, uuid.UUID]]


def around(loop: Loop, now: dt.datetime, delegate: Member | None = SAM) -> Circle:
    return circle(loop, now, delegate=delegate, lead=(LENA,))


def nudges(loop: Loop, now: dt.datetime) -> tuple[Nudge, ...]:
    return reached(loop, around(loop, now), POLICY, now)


def said(loop: Loop, now: dt.datetime) -> Said:
    """What makes a nudge this one and not another."""
    return frozenset((n.kind, n.occasion, n.recipient) for n in nudges(loop, now))


def after(loop: Loop, now: dt.datetime) -> dt.datetime | None:
    return look_at(loop, around(loop, now), POLICY, now, strictly=True)


def kinds(loop: Loop, now: dt.datetime, to: Member) -> list[Kind]:
    return [n.kind for n in nudges(loop, now) if n.recipient == to.id]


# -- a recruiter who is away ----------------------------------------------------------------------------


def recruited_by(recruiter: Member, **given: Any) -> Loop:
    return ex.tomasz(role=dataclasses.replace(ex.BACKEND, recruiter=recruiter), **given)


@pytest.mark.parametrize(
    ("recruiter", "owner", "delegate", "asked"),
    [
        (ex.away(RAVI, "2026-11-27"), DANA, None, RAVI),  # nobody stands in
        (ex.away(RAVI, "2026-11-27", SAM), DANA, SAM, RAVI),  # has not accepted
        (ex.away(RAVI, "2026-11-27", SAM, accepted=True), DANA, SAM, SAM),
        (ex.away(RAVI, "2026-11-27", DANA, accepted=True), DANA, DANA, RAVI),  # it is she who does not answer
        (ex.away(RAVI, "2026-11-27", SAM, accepted=True), SAM, SAM, RAVI),
        (ex.away(RAVI, "2026-11-27", SAM, accepted=True), DANA, dataclasses.replace(SAM, active=False), RAVI),
    ],
)
def test_what_a_recruiter_would_be_asked_goes_to_whoever_stands_in(
    recruiter: Member, owner: Member, delegate: Member | None, asked: Member
) -> None:
    loop, now = recruited_by(recruiter, owner=owner), at("2026-11-24 10:00")
    found = circle(loop, now, delegate=None, lead=(LENA,), recruiters_delegate=delegate)
    assert found.recruiter is not None
    assert (found.asked, found.recruiter.id) == (owner, asked.id)
    told = {n.recipient for n in reached(loop, found, POLICY, now)}
    assert told == {owner.id, asked.id}


def test_the_delegate_of_an_owner_who_stays_silent_is_not_asked_to_step_in_for_themselves() -> None:
    loop = recruited_by(ex.away(RAVI, "2026-11-27", SAM, accepted=True))
    loop = dataclasses.replace(loop, owner=ex.away(DANA, "2026-11-27", SAM, accepted=True))
    found = circle(loop, NOW, delegate=SAM, lead=(), recruiters_delegate=SAM)
    assert found.recruiter is not None
    assert (found.asked, found.recruiter.id) == (SAM, RAVI.id)


def test_who_stands_in_for_a_recruiter_hears_nothing_of_a_confidential_role() -> None:
    secret = dataclasses.replace(
        ex.BACKEND, recruiter=ex.away(RAVI, "2026-11-27", SAM, accepted=True), confidential=True
    )
    found = circle(ex.tomasz(role=secret), NOW, delegate=None, lead=(), recruiters_delegate=SAM)
    assert found.recruiter is not None
    assert found.recruiter.id == RAVI.id


def test_the_loop_is_looked_at_when_the_recruiters_absence_begins_and_ends() -> None:
    away = dataclasses.replace(
        RAVI, absence=Absence(start=dt.date(2026, 11, 30), until=dt.date(2026, 12, 1), delegate=SAM.id)
    )
    loop = recruited_by(away, promise=ex.promise("2026-12-20", "Europe/Warsaw"))
    quiet = dataclasses.replace(loop, interviewed_at=at("2026-11-20 10:00"))
    first = after(quiet, NOW)
    assert first == at("2026-11-30 00:00")
    assert after(quiet, first) == at("2026-12-02 00:00")


# -- one promise, rung by rung --------------------------------------------------------------------------

# Tomasz was promised Friday 20 November, 17:00 in Warsaw: 11:00 in New York. S is Friday 09:30.
CLIMB = [
    ("2026-11-18 18:00", [], [], []),
    ("2026-11-19 09:29", [], [], []),
    ("2026-11-19 09:30", [Kind.AHEAD], [], []),
    ("2026-11-20 09:29", [Kind.AHEAD], [], []),
    ("2026-11-20 09:30", [Kind.DUE], [Kind.DUE], []),
    ("2026-11-20 11:00", [Kind.DUE], [Kind.DUE], []),
    ("2026-11-23 09:29", [Kind.DUE], [Kind.DUE], []),  # the weekend asks nobody
    ("2026-11-23 09:30", [Kind.LATE], [Kind.DUE], []),
    ("2026-11-24 09:30", [Kind.LATE], [Kind.LATE], []),
    ("2026-11-25 09:30", [Kind.LATE], [Kind.LATE], [Kind.LATE]),
]


@pytest.mark.parametrize(("moment", "dana", "ravi", "lena"), CLIMB)
def test_the_ladder_is_climbed_slot_by_slot(
    moment: str, dana: list[Kind], ravi: list[Kind], lena: list[Kind]
) -> None:
    loop, now = ex.tomasz(), at(moment)
    assert [kinds(loop, now, m) for m in (DANA, RAVI, LENA)] == [dana, ravi, lena]


def test_the_first_slot_after_a_holiday_counts_as_the_next() -> None:
    """Thursday 26 November is Thanksgiving in New York, so nothing is asked there on that day."""
    loop = ex.tomasz(promise=ex.promise("2026-11-25", "Europe/Warsaw"))
    assert ladder.effective_due(loop) == at("2026-11-25 11:00")
    slots = list(itertools.islice(ladder.late_slots(loop, DANA), 3))
    assert slots == [at("2026-11-27 09:30"), at("2026-11-30 09:30"), at("2026-12-01 09:30")]
    assert recruiter_asked_at(loop, DANA) == slots[1]


def test_a_manager_in_san_francisco_is_asked_the_morning_before_tokyo_closes() -> None:
    """17:00 on Tuesday in Tokyo is midnight in San Francisco: S is Monday 09:30 there."""
    sf = zoneinfo.ZoneInfo("America/Los_Angeles")
    kim = ex.member("Kim Reyes", "America/Los_Angeles")
    loop = ex.loop(ex.AIKO, owner=kim, promise=ex.promise("2026-11-24", "Asia/Tokyo"))
    assert ladder.effective_due(loop) == at("2026-11-24 00:00", sf)
    assert kinds(loop, at("2026-11-20 09:30", sf), kim) == [Kind.AHEAD]
    assert kinds(loop, at("2026-11-23 09:30", sf), kim) == [Kind.DUE]
    assert kinds(loop, at("2026-11-24 09:29", sf), kim) == [Kind.DUE]
    assert kinds(loop, at("2026-11-24 09:30", sf), kim) == [Kind.LATE]
    assert days_late(loop, at("2026-11-24 09:30", sf)) == 0
    assert days_late(loop, at("2026-11-25 09:30", sf)) == 1


def test_a_weekend_on_friday_and_saturday_is_kept() -> None:
    cairo = zoneinfo.ZoneInfo("Africa/Cairo")
    amina = ex.member("Amina Fathy", "Africa/Cairo", "EG")
    loop = ex.tomasz(owner=amina, promise=ex.promise("2026-11-19", "Europe/Warsaw"))
    assert kinds(loop, at("2026-11-20 12:00", cairo), amina) == [Kind.DUE]  # Friday
    assert kinds(loop, at("2026-11-21 12:00", cairo), amina) == [Kind.DUE]  # Saturday
    assert kinds(loop, at("2026-11-22 09:30", cairo), amina) == [Kind.LATE]  # Sunday
    assert days_late(loop, at("2026-11-22 09:30", cairo)) == 1


@pytest.mark.parametrize(
    ("promised", "first_late"),
    [
        ("2026-03-27", "2026-03-30T08:30Z"),  # clocks go forward between the two in London
        ("2026-10-23", "2026-10-26T09:30Z"),  # and back
        ("2026-12-31", "2027-01-04T09:30Z"),  # the year ends; Friday 1 January is a holiday
    ],
)
def test_a_slot_is_half_past_nine_whatever_the_clocks_and_the_year_do(promised: str, first_late: str) -> None:
    tess = ex.member("Tess Hill", "Europe/London", "GB")
    zone = "Europe/London"
    loop = ex.tomasz(owner=tess, promise=ex.promise(promised, zone), reviewed_on=dt.date(2026, 1, 5))
    assert next(ladder.late_slots(loop, tess)) == dt.datetime.fromisoformat(first_late)


def test_a_machine_that_slept_sends_one_nudge_to_each_the_highest() -> None:
    found = [n for n in nudges(ex.tomasz(), at("2026-11-30 15:00")) if n.kind in RUNGS]
    to = [n.recipient for n in found]
    assert len(to) == len(set(to))
    assert {n.recipient: n.occasion.rpartition("/")[2] for n in found} == {
        DANA.id: "5",  # Mon, Tue, Wed, Fri, Mon: Thanksgiving is no slot
        RAVI.id: "5",
        LENA.id: "3",
    }


def test_a_nudge_reached_in_the_night_waits_for_the_recipients_morning() -> None:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    (lena,) = [n for n in nudges(ex.tomasz(), at("2026-11-25 14:00")) if n.recipient == LENA.id]
    assert lena.not_before == at("2026-11-26 09:30", berlin)
    (dana,) = [n for n in nudges(ex.tomasz(), at("2026-11-25 14:00")) if n.recipient == DANA.id]
    assert dana.not_before == at("2026-11-25 14:00")


# -- what silences, and what does not -------------------------------------------------------------------


@pytest.mark.parametrize("state", list(LetterState))
def test_only_a_letter_on_its_way_is_a_reason_for_silence(state: LetterState) -> None:
    loop, now = ex.queued(ex.tomasz(), state=state), at("2026-11-24 09:30")
    quiet = state in (LetterState.HELD, LetterState.QUEUED, LetterState.SENDING, LetterState.RETRY)
    assert (nudges(loop, now) == ()) is quiet
    assert (after(loop, now) is None) is (quiet and state is not LetterState.HELD)
    assert days_late(loop, now) == 2  # silence is not punctuality


def test_a_held_letter_is_a_reason_for_silence_for_a_day() -> None:
    """Decision 0018."""
    loop = ex.queued(ex.tomasz(), state=LetterState.HELD)
    assert nudges(loop, at("2026-11-24 09:30")) == ()
    around = ladder.circle(loop, ex.NOW, delegate=None, lead=())
    again = ladder.look_at(loop, around, POLICY, at("2026-11-24 09:30"), strictly=True)
    assert again == at("2026-11-24 09:31")
    assert {n.kind for n in nudges(loop, at("2026-11-24 09:31"))} == {Kind.LATE}


def test_a_closed_loop_says_nothing() -> None:
    for how in Closed:
        assert nudges(ex.closed(how), at("2026-12-24 10:00")) == ()
        assert after(ex.closed(how), NOW) is None


def test_an_imported_loop_is_silent_until_it_is_reviewed_and_then_due_that_day() -> None:
    imported = ex.tomasz(reviewed_on=None, promise=ex.promise("2026-06-05", "Europe/Warsaw"))
    assert nudges(imported, NOW) == ()
    assert after(imported, NOW) is None
    reviewed = turns.review(imported, RAVI, NOW).loop
    assert reviewed.look_at == NOW
    assert ladder.effective_due(reviewed) == at("2026-11-23 11:00")
    assert kinds(reviewed, NOW, DANA) == [Kind.DUE]
    assert Kind.LATE not in kinds(reviewed, NOW, RAVI)
    assert kinds(reviewed, NOW, LENA) == []
    assert reviewed.promise == imported.promise
    assert days_late(reviewed, NOW) == 116  # how late it is, is not made better by the review


def test_a_backlog_climbs_from_the_day_of_the_review_like_any_other_promise() -> None:
    imported = ex.tomasz(reviewed_on=None, promise=ex.promise("2026-06-05", "Europe/Warsaw"))
    reviewed = turns.review(imported, RAVI, NOW).loop
    assert Kind.LATE in kinds(reviewed, at("2026-11-24 09:30"), DANA)
    assert Kind.LATE not in kinds(reviewed, at("2026-11-24 09:30"), RAVI)
    assert Kind.LATE in kinds(reviewed, at("2026-11-25 09:30"), RAVI)
    assert Kind.LATE in kinds(reviewed, at("2026-11-27 09:30"), LENA)


# -- snooze ---------------------------------------------------------------------------------------------


def test_a_snooze_is_for_the_one_who_is_asked_and_moves_nothing_else() -> None:
    snoozed = turns.snooze(ex.tomasz(), DANA, at("2026-11-20 08:00")).loop
    assert snoozed.promise == ex.tomasz().promise
    assert snoozed.snoozed_until == at("2026-11-23 09:30")
    friday = at("2026-11-20 16:00")
    assert kinds(snoozed, friday, DANA) == []
    assert kinds(snoozed, friday, RAVI) == [Kind.DUE]
    assert kinds(snoozed, at("2026-11-23 09:30"), DANA) == [Kind.LATE]
    assert recruiter_asked_at(snoozed, DANA) == recruiter_asked_at(ex.tomasz(), DANA)


# -- absence --------------------------------------------------------------------------------------------


def gone(*, accepted: bool, start: str = "2026-11-23", until: str = "2026-11-27") -> Member:
    absence = Absence(
        start=dt.date.fromisoformat(start),
        until=dt.date.fromisoformat(until),
        delegate=SAM.id,
        accepted=accepted,
    )
    return dataclasses.replace(DANA, absence=absence)


def test_nudges_go_to_the_recruiter_until_the_delegate_accepts() -> None:
    assert kinds(ex.tomasz(owner=gone(accepted=False)), NOW, SAM) == []
    assert kinds(ex.tomasz(owner=gone(accepted=False)), NOW, DANA) == []
    assert kinds(ex.tomasz(owner=gone(accepted=False)), NOW, RAVI) == [Kind.LATE]
    assert kinds(ex.tomasz(owner=gone(accepted=True)), NOW, SAM) == [Kind.LATE]
    assert kinds(ex.tomasz(owner=gone(accepted=True)), NOW, RAVI) == [Kind.DUE]


@pytest.mark.parametrize("moment", ["2026-11-22 23:59", "2026-11-28 00:00"])
def test_outside_the_absence_the_owner_is_asked(moment: str) -> None:
    assert around(ex.tomasz(owner=gone(accepted=True)), at(moment)).asked == gone(accepted=True)


@pytest.mark.parametrize("moment", ["2026-11-23 00:00", "2026-11-27 23:59"])
def test_inside_it_the_delegate_is(moment: str) -> None:
    assert around(ex.tomasz(owner=gone(accepted=True)), at(moment)).asked == SAM


def test_the_first_morning_back_is_not_slept_through() -> None:
    """Their delegate's slot in San Francisco would come hours after the owner's in London."""
    london = zoneinfo.ZoneInfo("Europe/London")
    tess = ex.member("Tess Hill", "Europe/London", "GB")
    absence = Absence(start=NOW.date(), until=dt.date(2026, 11, 25), delegate=SAM.id, accepted=True)
    sam = dataclasses.replace(SAM, zone="America/Los_Angeles")
    loop = ex.tomasz(owner=dataclasses.replace(tess, absence=absence))
    last = at("2026-11-25 19:00", london)
    following = look_at(loop, circle(loop, last, delegate=sam, lead=()), POLICY, last, strictly=True)
    assert following == at("2026-11-26 00:00", london)


def test_somebody_who_may_not_know_never_stands_in() -> None:
    secret = dataclasses.replace(ex.BACKEND, confidential=True)
    loop = ex.loop(ex.TOMASZ, secret, owner=gone(accepted=True))
    assert around(loop, NOW) == Circle(asked=RAVI, recruiter=RAVI, lead=())
    applied = dataclasses.replace(ex.BACKEND, applicants=(SAM.id,))
    loop = ex.loop(ex.TOMASZ, applied, owner=gone(accepted=True))
    assert around(loop, NOW).asked == RAVI
    ravi_applied = dataclasses.replace(ex.BACKEND, applicants=(RAVI.id, LENA.id))
    assert around(ex.loop(ex.TOMASZ, ravi_applied), NOW) == Circle(asked=DANA, recruiter=None, lead=())


def test_who_left_is_asked_nothing_and_the_recruiter_is_told() -> None:
    for lost in (dataclasses.replace(DANA, active=False), dataclasses.replace(DANA, reachable=False)):
        loop = ex.tomasz(owner=lost)
        assert kinds(loop, NOW, DANA) == []
        assert set(kinds(loop, NOW, RAVI)) == {Kind.LATE, Kind.UNREACHABLE}


def test_a_loop_that_nobody_can_be_asked_about_is_still_looked_at() -> None:
    alone = dataclasses.replace(ex.BACKEND, recruiter=None)
    loop = ex.loop(ex.TOMASZ, alone, owner=dataclasses.replace(DANA, active=False))
    assert look_at(loop, circle(loop, NOW, delegate=None, lead=()), POLICY, NOW, strictly=True) is not None
    assert around(loop, NOW).asked == LENA


def test_the_panel_member_who_is_waited_for_hears_from_s_on() -> None:
    loop = turns.waiting_for(ex.tomasz(), DANA, at("2026-11-18 10:00"), SAM).loop
    assert kinds(loop, at("2026-11-19 10:00"), SAM) == []
    assert kinds(loop, at("2026-11-20 10:00"), SAM) == [Kind.DUE]
    assert kinds(loop, at("2026-11-20 10:00"), DANA) == [Kind.DUE]


# -- alarms ---------------------------------------------------------------------------------------------


def with_offer(heard: str, deadline: str) -> Loop:
    far = ex.loop(ex.MEI, promise=ex.promise("2026-12-04"), interviewed_at=at("2026-11-12 11:00"))
    return dataclasses.replace(far, other_offer_heard_at=at(heard), other_offer_by=at(deadline))


def heard_at(loop: Loop, who: Member, start: str) -> dt.datetime | None:
    """When the competing offer first reaches somebody, minute by minute by `look_at`."""
    now: dt.datetime | None = at(start)
    while now is not None and now < at("2026-12-03 00:00"):
        if Kind.OTHER_OFFER in kinds(loop, now, who):
            return now
        now = after(loop, now)
    return None


@pytest.mark.parametrize(
    ("heard", "deadline", "dana", "ravi"),
    [
        ("2026-11-23 10:00", "2026-11-27 17:00", "2026-11-23 10:00", "2026-11-23 12:00"),
        # 24 hours before the deadline comes before the two hours are over
        ("2026-11-23 10:00", "2026-11-24 11:00", "2026-11-23 10:00", "2026-11-23 11:00"),
        # it has passed already: at once, never before it was heard
        ("2026-11-23 10:00", "2026-11-23 20:00", "2026-11-23 10:00", "2026-11-23 10:00"),
        # out of Dana's hours: Ravi at once
        ("2026-11-23 19:00", "2026-11-27 17:00", "2026-11-23 19:00", "2026-11-23 19:00"),
        ("2026-11-21 12:00", "2026-11-27 17:00", "2026-11-21 12:00", "2026-11-21 12:00"),
    ],
)
def test_a_competing_offer_reaches_the_manager_then_the_recruiter(
    heard: str, deadline: str, dana: str, ravi: str
) -> None:
    loop = with_offer(heard, deadline)
    assert heard_at(loop, DANA, heard) == at(dana)
    assert heard_at(loop, RAVI, heard) == at(ravi)


def test_an_urgent_message_comes_at_once_in_hours_and_first_thing_otherwise() -> None:
    (dana,) = nudges(with_offer("2026-11-23 10:00", "2026-11-27 17:00"), at("2026-11-23 10:00"))
    assert (dana.urgent, dana.not_before) == (True, at("2026-11-23 10:00"))
    late = {
        n.recipient: n
        for n in nudges(with_offer("2026-11-23 19:00", "2026-11-27 17:00"), at("2026-11-23 19:00"))
    }
    assert late[DANA.id].not_before == late[RAVI.id].not_before == at("2026-11-24 09:00")


def test_a_recruiter_who_is_in_hours_hears_while_the_manager_sleeps() -> None:
    tokyo = dataclasses.replace(RAVI, zone="Asia/Tokyo", country="JP")
    role = dataclasses.replace(ex.BACKEND, recruiter=tokyo)
    loop = dataclasses.replace(with_offer("2026-11-24 21:00", "2026-11-27 17:00"), role=role)
    found = {n.recipient: n.not_before for n in nudges(loop, at("2026-11-24 21:00"))}
    assert found == {tokyo.id: at("2026-11-24 21:00"), DANA.id: at("2026-11-25 09:00")}


def test_once_the_candidate_was_told_the_offer_alarms_nobody() -> None:
    loop = with_offer("2026-11-23 10:00", "2026-11-27 17:00")
    told = turns.told_by_phone(loop, DANA, at("2026-11-23 10:30"), dt.date(2026, 11, 25), POLICY).loop
    assert Kind.OTHER_OFFER not in {n.kind for n in nudges(told, at("2026-11-23 15:00"))}
    again = turns.has_other_offer(told, DANA, at("2026-11-23 16:00"), at("2026-11-25 12:00")).loop
    assert Kind.OTHER_OFFER in kinds(again, at("2026-11-23 16:00"), DANA)


def test_a_second_question_alarms_the_recruiter_but_not_before_the_promised_date() -> None:
    asked = (
        ex.touch(TouchKind.WROTE, at("2026-11-18 09:00")),
        ex.touch(TouchKind.WROTE, at("2026-11-19 09:00")),
    )
    early = ex.tomasz(touches=asked)
    assert Kind.ASKED_TWICE not in {n.kind for n in nudges(early, at("2026-11-20 10:59"))}
    (alarm,) = [n for n in nudges(early, at("2026-11-20 11:00")) if n.kind is Kind.ASKED_TWICE]
    assert (alarm.recipient, alarm.urgent, alarm.not_before) == (RAVI.id, True, at("2026-11-20 11:00"))
    passed = ex.tomasz(promise=ex.promise("2026-11-17", "Europe/Warsaw"), touches=asked)
    assert Kind.ASKED_TWICE in kinds(passed, at("2026-11-19 09:00"), RAVI)


@pytest.mark.parametrize(
    "second",
    [
        ex.touch(TouchKind.THANKS, at("2026-11-21 09:00")),
        ex.touch(TouchKind.CALL, at("2026-11-21 09:00"), DANA),
    ],
)
def test_a_thank_you_note_or_an_answer_is_no_second_question(second: Touch) -> None:
    first = ex.touch(TouchKind.WROTE, at("2026-11-20 20:00"))
    loop = ex.tomasz(touches=(first, second))
    assert Kind.ASKED_TWICE not in {n.kind for n in nudges(loop, NOW)}


def test_a_question_noted_a_day_later_is_looked_at_now() -> None:
    first = ex.tomasz(touches=(ex.touch(TouchKind.WROTE, at("2026-11-20 12:00")),))
    noted = turns.wrote(first, DANA, NOW, at("2026-11-22 12:00"), thanks=False).loop
    assert noted.look_at == NOW
    assert Kind.ASKED_TWICE in kinds(noted, NOW, RAVI)


def test_the_age_alarm_rings_on_the_twentieth_working_day_whatever_was_promised() -> None:
    loop = ex.tomasz(promise=ex.promise("2027-01-29", "Europe/Warsaw"), interviewed_at=at("2026-11-12 11:00"))
    # 20 working days from Thursday 12 November, without Thanksgiving
    ring = at("2026-12-11 09:30")
    assert nudges(loop, ring - TICK) == ()
    assert {(n.kind, n.recipient) for n in nudges(loop, ring)} == {(Kind.AGE, DANA.id), (Kind.AGE, RAVI.id)}


@pytest.mark.parametrize(
    ("ended", "asked", "urgent"),
    [
        ("2026-11-23 15:00", "2026-11-23 15:15", True),
        ("2026-11-23 17:14", "2026-11-23 17:29", True),
        ("2026-11-23 17:15", "2026-11-24 09:00", True),
        ("2026-11-25 20:00", "2026-11-27 09:00", True),  # the next morning is Thanksgiving
    ],
)
def test_the_date_is_asked_for_a_quarter_of_an_hour_after_the_interview(
    ended: str, asked: str, urgent: bool
) -> None:
    promise = ex.promise("2026-12-15", "Europe/Warsaw", basis=Basis.ASSUMED)
    loop = ex.tomasz(standing=Standing.NEEDS_DATE, interviewed_at=at(ended), promise=promise)
    assert nudges(loop, at(asked) - TICK) == ()
    assert look_at(loop, around(loop, at(ended)), POLICY, at(ended)) == at(asked)
    (nudge,) = nudges(loop, at(asked))
    assert (nudge.kind, nudge.recipient, nudge.not_before) == (Kind.ASK_DATE, DANA.id, at(asked))
    assert nudge.urgent is urgent


def test_a_decision_that_is_stuck_asks_the_recruiter_now() -> None:
    loop = turns.stuck(ex.mei(), DANA, NOW).loop
    assert loop.look_at == NOW
    assert Kind.STUCK in kinds(loop, NOW, RAVI)


def test_somebody_else_accepted_the_offer_so_this_one_is_due_sooner() -> None:
    loop = ex.tomasz(promise=ex.promise("2026-12-04", "Europe/Warsaw"))
    hurried = turns.hurry(loop, DANA, NOW).loop
    assert ladder.effective_due(hurried) == due_instant(dt.date(2026, 11, 24), "Europe/Warsaw")
    assert hurried.promise == loop.promise
    assert kinds(hurried, at("2026-11-24 09:30"), DANA) == [Kind.DUE]
    assert days_late(hurried, at("2026-11-26 09:30")) == 0  # nobody was promised that date


# -- whoever would be asked is away as well ---------------------------------------------------------------

SAM_AWAY = ex.away(SAM, "2026-11-25")
RAVI_AWAY = ex.away(RAVI, "2026-11-27")


@pytest.mark.parametrize(
    ("owner", "recruiter", "delegate", "lead", "asked"),
    [
        (gone(accepted=True), RAVI, SAM_AWAY, (LENA,), RAVI),
        (gone(accepted=True), RAVI_AWAY, SAM_AWAY, (LENA,), LENA),
        (gone(accepted=True), RAVI_AWAY, SAM, (LENA,), SAM),
        (gone(accepted=False), RAVI_AWAY, SAM, (ex.away(LENA, "2026-11-27"),), RAVI_AWAY),
        (ex.away(RAVI, "2026-11-27"), RAVI_AWAY, None, (LENA,), LENA),
        (dataclasses.replace(DANA, reachable=False), RAVI_AWAY, None, (LENA,), LENA),
        (DANA, RAVI_AWAY, None, (LENA,), DANA),
    ],
)
def test_somebody_who_is_there_is_asked_before_anybody_who_is_not(
    owner: Member, recruiter: Member, delegate: Member | None, lead: tuple[Member, ...], asked: Member
) -> None:
    loop = recruited_by(recruiter, owner=owner)
    assert circle(loop, NOW, delegate=delegate, lead=lead).asked == asked


def test_whoever_manages_the_role_too_is_asked_before_nobody() -> None:
    lost = dataclasses.replace(DANA, reachable=False)
    secret = dataclasses.replace(ex.BACKEND, manager=lost, recruiter=None, confidential=True)
    named = dataclasses.replace(secret, co_managers=(SAM.id,))
    for role, asked in ((secret, None), (named, SAM)):
        loop = ex.tomasz(role=role, owner=lost)
        assert circle(loop, NOW, delegate=None, lead=(LENA,), colleagues=(SAM,)).asked == asked
    loop = ex.tomasz(role=dataclasses.replace(named, confidential=False), owner=lost)
    assert circle(loop, NOW, delegate=None, lead=(LENA,), colleagues=(SAM,)).asked == LENA


def test_the_loop_is_looked_at_when_the_delegate_is_back() -> None:
    loop = ex.tomasz(owner=gone(accepted=True), promise=ex.promise("2026-12-20", "Europe/Warsaw"))
    quiet = dataclasses.replace(loop, interviewed_at=at("2026-11-20 10:00"))
    found = circle(quiet, NOW, delegate=SAM_AWAY, lead=())
    back = SAM_AWAY.calendar.instant(dt.date(2026, 11, 26), dt.time())
    assert look_at(quiet, found, POLICY, NOW, strictly=True) == back


def test_a_second_question_is_told_to_somebody_who_is_there() -> None:
    asked_twice = dataclasses.replace(
        ex.priya(), role=dataclasses.replace(ex.BACKEND, recruiter=RAVI_AWAY), other_offer_by=None
    )
    found = circle(asked_twice, NOW, delegate=None, lead=(LENA,))
    told = {n.recipient for n in reached(asked_twice, found, POLICY, NOW) if n.kind is Kind.ASKED_TWICE}
    assert told == {RAVI.id, DANA.id}
