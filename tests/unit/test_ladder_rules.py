"""The ladder's rules that hold for every promise, everywhere: properties, for made-up people and times."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
import zoneinfo
from collections.abc import Iterator

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from bot import turns
from bot.calendar import WorkCalendar
from bot.ladder import effective_due, look_at, reached
from bot.loops import Detail, Loop, Standing, TouchKind
from bot.nudges import Kind, Nudge
from bot.people import Absence, Candidate, Member, Role
from bot.promises import Basis, Promise, due_instant
from tests import examples as ex
from tests.examples import LENA, POLICY, RAVI, SAM
from tests.unit.test_ladder import HOUR, MINUTE, RUNGS, TICK, Said, after, around, kinds, nudges, said

PLACES = st.sampled_from([
    ("Asia/Tokyo", "JP"), ("America/Los_Angeles", "US"), ("Europe/London", "GB"), ("Asia/Kathmandu", "NP"),
    ("Australia/Lord_Howe", "AU"), ("Pacific/Kiritimati", "KI"), ("Pacific/Pago_Pago", "AS"),
    ("Africa/Cairo", "EG"), ("Asia/Tehran", "IR"), ("Asia/Dubai", "AE"), ("America/St_Johns", "CA"),
    ("Asia/Shanghai", "CN"), ("Europe/Warsaw", "PL"), ("Etc/UTC", ""),
])  # fmt: skip
DAYS = st.one_of(
    st.dates(dt.date(2026, 1, 5), dt.date(2027, 1, 20)),
    st.sampled_from([
        dt.date(2026, 3, 6), dt.date(2026, 3, 9), dt.date(2026, 3, 27), dt.date(2026, 3, 30),
        dt.date(2026, 10, 23), dt.date(2026, 10, 30), dt.date(2026, 12, 31), dt.date(2027, 1, 4),
        dt.date(2026, 2, 16), dt.date(2026, 5, 4), dt.date(2026, 11, 26),
    ]),
)  # fmt: skip
DIGESTS = st.sampled_from([dt.time(9, 0), dt.time(9, 30), dt.time(13, 15), dt.time(17, 29)])


@st.composite
def members(draw: st.DrawFn, name: str) -> Member:
    zone, country = draw(PLACES)
    return ex.member(name, zone, country, digest_at=draw(DIGESTS))


@st.composite
def situations(draw: st.DrawFn) -> Loop:
    """A loop of any age and temper: snoozed, waited for, imported, declined, with another offer, away …"""
    owner, recruiter, sam = (
        draw(members("Olga Reiss")),
        draw(members("Rhea Cole")),
        draw(members("Pat Orr")),
    )
    zone, country = draw(PLACES)
    who = Candidate(
        id=ex.named("anyone"), name="Any One", email="any@mail.example", zone=zone, country=country
    )
    day = draw(DAYS)
    due = due_instant(day, zone)
    interviewed = due - dt.timedelta(hours=draw(st.integers(1, 1000)))
    basis = draw(st.sampled_from(Basis))
    if draw(st.booleans()):
        start = day + dt.timedelta(days=draw(st.integers(-6, 4)))
        until = start + dt.timedelta(days=draw(st.integers(0, 9)))
        accepted = draw(st.booleans())
        owner = dataclasses.replace(
            owner, absence=Absence(start=start, until=until, delegate=SAM.id, accepted=accepted)
        )
    owner = dataclasses.replace(owner, active=draw(st.integers(0, 9)) > 0)
    role = Role(
        id=ex.named("any role"),
        title="Welder",
        manager=owner,
        recruiter=draw(st.sampled_from([recruiter, None])),
        confidential=draw(st.booleans()),
    )
    instants = st.integers(-200, 300).map(lambda h: due + h * HOUR)
    heard = draw(st.none() | instants)
    touches = tuple(
        ex.touch(draw(st.sampled_from([TouchKind.WROTE, TouchKind.WROTE, TouchKind.CALL])), when, owner)
        for when in sorted(draw(st.lists(instants, max_size=3)))
    )
    return Loop(
        id=ex.named("any loop"),
        candidate=who,
        role=role,
        owner=owner,
        stage="phone",
        interviewed_at=interviewed,
        standing=Standing.NEEDS_DATE
        if basis is Basis.ASSUMED
        else draw(st.sampled_from([Standing.AWAITING, Standing.DECLINED, Standing.GOING_ON])),
        detail=draw(st.sampled_from([Detail.PLAIN, Detail.WAITING_FOR])),
        promise=Promise(id=ex.named("any promise"), date=day, zone=zone, basis=basis, made_at=interviewed),
        waiting_for=sam,
        other_offer_by=heard + draw(st.integers(1, 200)) * HOUR if heard else None,
        other_offer_heard_at=heard,
        decide_by=draw(st.none() | st.just(day - dt.timedelta(days=3))),
        snoozed_until=draw(st.none() | instants),
        stuck_since=draw(st.none() | instants),
        reviewed_on=draw(
            st.sampled_from([day - dt.timedelta(30), day - dt.timedelta(3), day + dt.timedelta(2)])
        ),
        touches=touches,
    )


HOURS_AROUND = st.integers(-400 * 60, 400 * 60)
SLOW_IS_FINE = [HealthCheck.too_slow]
EVERYWHERE = settings(max_examples=40, deadline=None, suppress_health_check=SLOW_IS_FINE)


@EVERYWHERE
@given(situations(), HOURS_AROUND, st.lists(st.floats(0, 1, exclude_min=True, exclude_max=True), max_size=4))
def test_nothing_is_reached_between_now_and_look_at(loop: Loop, minutes: int, parts: list[float]) -> None:
    """The rule that lets `tick` read only what is due: until then, nothing new can be said to anybody."""
    assert loop.promise is not None
    now = loop.promise.due + minutes * MINUTE
    coming = after(loop, now)
    assert coming is None or coming > now
    end = coming if coming is not None else now + 90 * dt.timedelta(days=1)
    for moment in [*(now + part * (end - now) for part in parts), end - TICK]:
        if now < moment < end:
            assert said(loop, moment) == said(loop, now)


@EVERYWHERE
@given(situations(), HOURS_AROUND)
def test_look_at_never_ends_while_somebody_waits(loop: Loop, minutes: int) -> None:
    assert loop.promise is not None
    assert after(loop, loop.promise.due + minutes * MINUTE) is not None


@EVERYWHERE
@given(situations(), HOURS_AROUND)
def test_look_at_now_included_is_now_or_the_strict_one(loop: Loop, minutes: int) -> None:
    assert loop.promise is not None
    now = loop.promise.due + minutes * MINUTE
    inclusive = look_at(loop, around(loop, now), POLICY, now)
    assert inclusive in (now, after(loop, now))


@settings(max_examples=6, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(situations(), st.integers(-200, 100))
def test_following_look_at_visits_what_looking_every_hour_finds(loop: Loop, hours: int) -> None:
    assert loop.promise is not None
    start = loop.promise.due + hours * HOUR
    end = start + 12 * dt.timedelta(days=1)
    stepped = _stepping(loop, start, end)
    sampled = [said(loop, start + n * HOUR) for n in range(12 * 24)]
    assert frozenset().union(*sampled) <= frozenset().union(*stepped)
    for seen in sampled:
        assert seen in stepped


def _stepping(loop: Loop, start: dt.datetime, end: dt.datetime) -> list[Said]:
    found, now = [], start
    while now <= end:
        found.append(said(loop, now))
        following = after(loop, now)
        if following is None:
            break
        now = following
    return found


@EVERYWHERE
@given(situations(), HOURS_AROUND, st.integers(1, 3000))
def test_later_never_means_fewer_or_lower(loop: Loop, minutes: int, more: int) -> None:
    """Asked of the same circle, as when a machine slept: every recipient hears as much or more."""
    assert loop.promise is not None
    now = loop.promise.due + minutes * MINUTE
    circle_now = around(loop, now)
    earlier = reached(loop, circle_now, POLICY, now)
    later = reached(loop, circle_now, POLICY, now + more * MINUTE)
    alarms_before = {(n.kind, n.occasion, n.recipient) for n in earlier if n.kind not in RUNGS}
    alarms_after = {(n.kind, n.occasion, n.recipient) for n in later if n.kind not in RUNGS}
    assert alarms_before <= alarms_after
    before, now_heard = _heights(earlier), _heights(later)
    assert set(before) <= set(now_heard)
    assert all(now_heard[who] >= height for who, height in before.items())


def _heights(found: tuple[Nudge, ...]) -> dict[uuid.UUID, int]:
    return {n.recipient: _height(n) for n in found if n.kind in RUNGS}


def _height(nudge: Nudge) -> int:
    if nudge.kind is Kind.LATE:
        return 2 + int(nudge.occasion.rpartition("/")[2])
    return [Kind.AHEAD, Kind.DUE].index(nudge.kind) + 1


@EVERYWHERE
@given(situations(), HOURS_AROUND)
def test_nobody_gets_two_rungs_at_once_or_anything_outside_working_hours(loop: Loop, minutes: int) -> None:
    assert loop.promise is not None
    now = loop.promise.due + minutes * MINUTE
    people = {m.id: m for m in _everybody(loop, now)}
    found = nudges(loop, now)
    rungs = [n.recipient for n in found if n.kind in RUNGS]
    assert len(rungs) == len(set(rungs))
    assert len({(n.kind, n.occasion, n.recipient) for n in found}) == len(found)
    for nudge in found:
        calendar = people[nudge.recipient].calendar
        assert nudge.not_before >= now
        assert calendar.in_hours(nudge.not_before)
        if nudge.kind in RUNGS:
            assert not nudge.urgent
            assert calendar.local(nudge.not_before).time() >= people[nudge.recipient].digest_at


def _away_after_thanksgiving() -> Loop:
    """A slot in Toronto and none in New York: Claire's list of Friday is the fifth, and Ravi's the fourth."""
    away = Absence(start=dt.date(2026, 11, 27), until=dt.date(2026, 12, 9))
    claire = dataclasses.replace(ex.member("Claire Roy", "America/Toronto", "CA"), absence=away)
    return ex.tomasz(owner=claire)


@settings(EVERYWHERE, max_examples=15)
@example(_away_after_thanksgiving())
@given(situations())
def test_a_loop_past_its_date_comes_to_whoever_is_asked_at_every_slot_of_theirs(loop: Loop) -> None:
    """Whoever it is by then: absences begin and end, and each keeps their own holidays."""
    loop = dataclasses.replace(loop, snoozed_until=None)
    due = effective_due(loop)
    assert due is not None
    heard = said(loop, due)
    now = due
    while (coming := after(loop, now)) is not None and coming < due + dt.timedelta(days=12):
        now = coming
        new = said(loop, now) - heard
        asked = around(loop, now).asked
        if asked is not None and now in itertools.islice(
            asked.calendar.slots_after(due, asked.digest_at), 20
        ):
            assert any(kind is Kind.LATE and to == asked.id for kind, _, to in new)
        heard |= new


def _everybody(loop: Loop, now: dt.datetime) -> Iterator[Member]:
    found = around(loop, now)
    for person in (loop.owner, found.asked, found.recruiter, loop.waiting_for, *found.lead):
        if person is not None:
            yield person


@EVERYWHERE
@given(situations(), HOURS_AROUND)
def test_nobody_hears_of_a_confidential_role_who_is_not_named_on_it(loop: Loop, minutes: int) -> None:
    assume(loop.role.confidential and loop.promise is not None)
    assert loop.promise is not None
    for nudge in nudges(loop, loop.promise.due + minutes * MINUTE):
        assert nudge.recipient in loop.role.named


@EVERYWHERE
@given(members("Olga Reiss"), DAYS, PLACES)
@example(ex.member("Olga Reiss", "America/Los_Angeles"), dt.date(2026, 11, 24), ("Asia/Tokyo", "JP"))
def test_s_is_the_last_slot_before_the_promise_is_due(
    owner: Member, day: dt.date, place: tuple[str, str]
) -> None:
    """Told without the ladder's own help: every slot of two months, by hand."""
    loop = ex.loop(
        Candidate(id=ex.named("x"), name="X Y", email="x@y.example", zone=place[0], country=place[1]),
        owner=owner,
        promise=ex.promise(day.isoformat(), place[0]),
        interviewed_at=due_instant(day, place[0]) - dt.timedelta(days=9),
        reviewed_on=day - dt.timedelta(days=60),
    )
    due = due_instant(day, place[0])
    slots = _slots_by_hand(owner, day)
    before = [slot for slot in slots if slot < due]
    later = [slot for slot in slots if slot > due]
    expected = [(before[-2], Kind.AHEAD), (before[-1], Kind.DUE), *((slot, Kind.LATE) for slot in later[:3])]
    for slot, kind in expected:
        assert [k for k in kinds(loop, slot, owner) if k in RUNGS] == [kind]
        earlier = [n for n in nudges(loop, slot - TICK) if n.recipient == owner.id and n.kind in RUNGS]
        here = [n for n in nudges(loop, slot) if n.recipient == owner.id and n.kind in RUNGS]
        assert [(n.kind, n.occasion) for n in earlier] != [(n.kind, n.occasion) for n in here]
    assert Kind.LATE not in kinds(loop, later[0], RAVI)
    assert Kind.LATE in kinds(loop, later[1], RAVI)
    assert Kind.LATE not in kinds(loop, later[1], LENA)
    assert Kind.LATE in kinds(loop, later[2], LENA)


def _slots_by_hand(owner: Member, day: dt.date) -> list[dt.datetime]:
    zone = zoneinfo.ZoneInfo(owner.zone)
    calendar = WorkCalendar(owner.zone, owner.country)
    days = [day + dt.timedelta(days=n) for n in range(-25, 25)]
    return [
        dt.datetime.combine(d, owner.digest_at, tzinfo=zone).astimezone(dt.UTC)
        for d in days
        if calendar.is_working(d)
    ]


@EVERYWHERE
@given(members("Olga Reiss"), members("Rhea Cole"), DAYS, st.integers(0, 24 * 60))
def test_a_snooze_never_lasts_longer_than_the_owners_next_working_day(
    owner: Member, by: Member, day: dt.date, minute: int
) -> None:
    now = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC) + minute * MINUTE
    until = turns.snooze(ex.tomasz(owner=owner), by, now).loop.snoozed_until
    assert until is not None
    calendar = owner.calendar
    assert now < until
    assert calendar.working_days_between(calendar.today(now), calendar.today(until)) <= 1
