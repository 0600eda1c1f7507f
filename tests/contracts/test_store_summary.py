"""What is counted for a team's channel, and who tries in vain to read one person from it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from bot import service
from bot.loops import Closed, Loop, Standing, Touch, TouchKind
from bot.nudges import SurfaceKind
from bot.people import Member, Role
from bot.policy import EVERYONE, Policy
from bot.promises import Basis
from bot.summary import Channel, Figures, Summary, Week
from bot.views.elements import Message
from bot.weeks import WEEK
from storage import rows
from storage.budgets import Budget
from storage.database import Database
from storage.store import SqlStore
from storage.tables import DeliveryKind, lanes, promises, summaries
from tests.contracts.conftest import NOW, Company, candidate, company, promise
from tests.databases import MIGRATED, Databases

UNTIL = dt.datetime(2026, 3, 6, 14, tzinfo=dt.UTC)
"""Friday 6 March 2026, 15:00 in Berlin."""
SINCE = UNTIL - WEEK
HOUR = dt.timedelta(hours=1)


def told(at: dt.datetime, kind: TouchKind = TouchKind.LETTER) -> Touch:
    return Touch(id=uuid.uuid4(), kind=kind, at=at)


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """With everybody in the pilot."""
    found = Database(databases.copy(MIGRATED), Policy(pilot=frozenset({EVERYONE})), clock=lambda: NOW)
    yield found
    found.close()


def summarise(store: SqlStore, now: dt.datetime, channel: uuid.UUID) -> None:
    """What the clock does for one channel."""
    week = service.count_week(store, now, channel)
    if week is not None:
        service.summarise(store, now, channel, week)


class Team:
    """Managers of a channel, each with a role and so many candidates waiting in it since long before."""

    def __init__(self, acme: Company, *waiting: int) -> None:
        self.acme = acme
        self.managers: list[Member] = []
        self.roles: list[Role] = []
        for count in waiting:
            self.joins(count)
        self.channel = Channel(
            id=uuid.uuid4(), name="slack:T:C", called="#hiring", zone="Europe/Berlin", asked_by=acme.rita.id,
            next_at=UNTIL,
        )  # fmt: skip
        acme.write(lambda store: store.save_channel(self.channel))

    def joins(self, count: int, **given: Any) -> Role:
        name = f"Manager{len(self.managers)} Berg"
        manager = self.acme.member(name)
        role = self.acme.add_role(f"Role {len(self.roles)}", manager=manager, channel="slack:T:C", **given)
        self.managers.append(manager)
        self.roles.append(role)
        for number in range(count):
            self.waits(role, f"Cand{len(self.roles)}x{number} Lind")
        return role

    def waits(self, role: Role, name: str = "Maya Lindqvist", **given: Any) -> Loop:
        values: dict[str, Any] = {
            "role": role, "owner": role.manager, "interviewed_at": SINCE - 30 * WEEK / 7,
            "promise": promise(UNTIL.date() + dt.timedelta(days=90), made_at=SINCE - WEEK),
        }  # fmt: skip
        return self.acme.loop(name, **(values | given))

    def week(self, channel: Channel | None = None) -> Week:
        return self.acme.read(lambda store: store.week(channel or self.channel, SINCE, UNTIL))

    def friday(self, weeks: int = 0, channel: Channel | None = None) -> Summary | None:
        """Friday 15:00 comes, so many weeks later: what was counted."""
        now, which = UNTIL + weeks * WEEK, channel or self.channel

        def tick(store: SqlStore) -> Summary | None:
            for due in store.due_channels(now):
                summarise(store, now, due)
            return next(iter(store.summaries(which.id, now + HOUR, 1)), None)

        return self.acme.write(tick)

    def figures(self, weeks: int = 0, channel: Channel | None = None) -> Figures | None:
        found = self.friday(weeks, channel)
        assert found is not None
        return found.figures

    def reads(self, summary: Summary) -> str:
        found = self.acme.read(lambda store: service.summary_message(store, summary.id))
        assert found is not None
        assert isinstance(found[2], Message)
        return str(found[2])


@pytest.fixture
def team(acme: Company) -> Team:
    return Team(acme, 2, 3, 4)


# -- what is counted --------------------------------------------------------------------------------------


def test_who_waits_is_counted_by_manager_and_owner_as_it_was_then(team: Team) -> None:
    role = team.roles[0]
    team.waits(role, "Late Comer", interviewed_at=UNTIL + HOUR)
    team.waits(role, "Not Reviewed", reviewed_on=None)
    closed = {"standing": Standing.CLOSED, "closed_as": Closed.NOTICE}
    team.waits(role, "Closed Since", closed_at=UNTIL + HOUR, **closed)
    team.waits(role, "Closed Before", closed_at=UNTIL - HOUR, **closed)
    mistake = {"standing": Standing.CLOSED, "closed_as": Closed.ENTERED_BY_MISTAKE}
    team.waits(role, "By Mistake", closed_at=UNTIL - HOUR, **mistake)
    team.waits(role, "Of Rita", owner=team.acme.rita)
    week = team.week()
    whose = {(it.manager, it.owner): it.count for it in week.waiting}
    own = {(who.id, who.id): count for who, count in zip(team.managers, (3, 3, 4), strict=True)}
    assert whose == own | {(team.managers[0].id, team.acme.rita.id): 1}
    assert week.closed == 1
    assert week.here == {*(it.id for it in team.managers), team.acme.rita.id}


def test_promises_that_fell_due_are_counted_kept_or_not(team: Team) -> None:
    day = UNTIL.date() - dt.timedelta(days=2)
    role = team.roles[1]

    def due(name: str, settled: dt.datetime | None = None, **given: Any) -> Loop:
        one = promise(day, made_at=SINCE - WEEK, **given)
        return team.waits(role, name, promise=one.settled(settled) if settled else one)

    due("Kept One", UNTIL - 60 * HOUR)
    due("Told Late", UNTIL - HOUR)
    waiting = due("Not Told")
    due("Assumed Only", basis=Basis.ASSUMED)
    gone = {"standing": Standing.CLOSED, "closed_as": Closed.WITHDREW, "closed_at": UNTIL - HOUR}
    team.waits(role, "Withdrew Then", promise=promise(day, made_at=SINCE - WEEK), **gone)
    week = team.week()
    fell = [it for it in week.promised if week.has(it.dated)]
    assert sum(it.bunch.count for it in fell if it.kept) == 1
    assert sum(it.bunch.count for it in fell if not it.kept) == 2
    assert sum(it.count for it in week.current if it.due <= UNTIL) == 1
    assert not week.moved

    _insert_promises(team, waiting, day)
    assert {it.loop for it in team.week().moved} == {waiting.id}


def _insert_promises(team: Team, loop: Loop, day: dt.date) -> None:
    """Two dates of before, which letters had named."""
    for hours in (1, 2):
        made = promise(day - dt.timedelta(days=20), made_at=SINCE - WEEK - hours * HOUR, basis=Basis.LETTER)
        row = rows.promise_values(made.settled(SINCE - 2 * WEEK), loop.id)
        team.acme.sql(promises.insert().values(workspace_id=team.acme.workspace, **row))


def test_news_is_the_first_word_after_the_interview(team: Team) -> None:
    role = team.roles[2]
    team.waits(role, "First Word", interviewed_at=UNTIL - 3 * 24 * HOUR, touches=(told(UNTIL - HOUR),))
    team.waits(role, "Told Before", touches=(told(SINCE - HOUR), told(UNTIL - HOUR)))
    team.waits(role, "Wrote Only", touches=(told(UNTIL - HOUR, TouchKind.WROTE),))
    team.waits(role, "Called Later", touches=(told(UNTIL + HOUR, TouchKind.CALL),))
    week = team.week()
    assert [it.working_days for it in week.news] == [3]
    assert week.heard == 2


def test_the_same_person_in_two_roles_heard_once(team: Team) -> None:
    maya = candidate("Maya Lindqvist")
    for role in team.roles[:2]:
        team.waits(role, candidate=maya, touches=(told(UNTIL - HOUR),))
    assert team.week().heard == 1


def test_confidential_roles_other_channels_and_other_companies_are_never_counted(
    team: Team, database: Database
) -> None:
    before = team.week()
    secret = team.joins(5, confidential=True)
    elsewhere = team.acme.add_role("Elsewhere", channel="slack:T:OTHER")
    unnamed = team.acme.add_role("Nowhere")
    for role in (secret, elsewhere, unnamed):
        day = UNTIL.date() - dt.timedelta(days=1)
        one = promise(day, made_at=SINCE)
        team.waits(role, f"Somebody {role.title}", promise=one, touches=(told(UNTIL - HOUR),))
    other = company(database, "Other", ("Olga Other", "Rolf Other"))
    Team(other, 3, 3, 3)
    after = team.week()
    assert dataclasses.replace(after, waiting=()) == dataclasses.replace(before, waiting=())
    assert sorted(map(str, after.waiting)) == sorted(map(str, before.waiting))


def test_roles_that_an_import_gave_to_the_channel_by_its_name_are_counted(team: Team) -> None:
    named = team.acme.add_role("Imported", manager=team.managers[0], channel="#hiring")
    counted = team.acme.read(lambda store: store.counted_roles(team.channel))
    assert counted == {role.id: role.manager.id for role in (*team.roles, named)}
    unnamed = dataclasses.replace(team.channel, called="")
    assert named.id not in team.acme.read(lambda store: store.counted_roles(unnamed))


# -- once a week ------------------------------------------------------------------------------------------


def test_it_is_counted_once_and_delivered_once(team: Team) -> None:
    first = team.friday()
    assert first is not None
    assert first.figures == Figures(waiting=9, past=0, heard=0, closed=0)
    assert team.friday() == first
    again = dataclasses.replace(team.channel, next_at=UNTIL)
    team.acme.write(lambda store: store.save_channel(again))
    assert team.friday() == first, "asked for again in the same week"
    assert team.acme.count(summaries) == 1
    [claimed] = team.acme.claim(UNTIL)
    assert (claimed.kind, claimed.subject_id) == (DeliveryKind.SUMMARY, first.id)
    assert team.acme.claim(UNTIL) == []


def test_two_who_counted_at_once_tell_it_once(team: Team) -> None:
    one, other = (team.acme.read(lambda s: service.count_week(s, UNTIL, team.channel.id)) for _ in range(2))
    assert one is not None
    assert other is not None
    team.acme.write(lambda store: service.summarise(store, UNTIL, team.channel.id, one))
    team.acme.write(lambda store: service.summarise(store, UNTIL, team.channel.id, other))
    assert team.acme.count(summaries) == 1


def test_the_workspace_is_due_when_its_channel_is(team: Team) -> None:
    team.acme.write(lambda store: store.recompute_due())
    assert team.acme.database.due_at(UNTIL - dt.timedelta(seconds=1)) == []
    assert team.acme.database.due_at(UNTIL) == [(team.acme.workspace, UNTIL)]
    team.friday()
    found = team.acme.read(lambda store: store.channel(team.channel.name))
    assert found is not None
    assert found.next_at == UNTIL + WEEK


def test_of_several_weeks_slept_through_the_last_is_counted_as_it_was(team: Team) -> None:
    now = UNTIL + 2 * WEEK + dt.timedelta(days=1, hours=3)
    closed = {"standing": Standing.CLOSED, "closed_as": Closed.NOTICE}
    team.waits(team.roles[0], "Closed Since", closed_at=now - HOUR, **closed)
    team.acme.write(lambda store: summarise(store, now, team.channel.id))
    [found] = team.acme.read(lambda store: store.summaries(team.channel.id, now, 9))
    assert (found.until, found.week) == (UNTIL + 2 * WEEK, "2026-W12")
    assert found.figures is not None
    assert found.figures.waiting == 10
    assert team.acme.claim(now) == [], "it is Saturday"
    monday = dt.datetime(2026, 3, 23, 8, tzinfo=dt.UTC)
    assert len(team.acme.claim(monday)) == 1


def test_a_summary_spends_the_companys_posts_and_its_own_lane(team: Team) -> None:
    team.acme.write(lambda store: store.deliveries.lane(Budget.POST, 60, 1))
    team.friday()
    assert len(team.acme.claim(UNTIL)) == 1
    with team.acme.database.reading() as conn:
        row = conn.execute(lanes.select().where(lanes.c.name == Budget.POST)).one()
    assert row.free_at is not None


# -- somebody tries to single somebody out ----------------------------------------------------------------


def test_one_manager_of_three_leaves(team: Team) -> None:
    assert team.figures() is not None
    gone = dataclasses.replace(team.managers[2], active=False)
    team.acme.write(lambda store: store.save_member(gone))
    left_out = team.friday(1)
    assert left_out is not None
    assert (left_out.figures, left_out.posted) == (None, True)
    assert "left out" in team.reads(left_out)
    silent = team.friday(2)
    assert silent is not None
    assert (silent.figures, silent.posted) == (None, False), "said once, then silent"


def test_one_manager_more_is_not_read_from_the_difference(team: Team) -> None:
    before = team.figures()
    team.joins(6)
    assert team.figures(1) is None, "15 waiting after 9 would say that the new one has 6"
    after = team.friday(2)
    assert after is not None
    assert after.figures is not None
    assert before is not None
    assert (before.waiting, after.figures.waiting) == (9, 15)
    assert "last week" not in team.reads(after)


def test_one_manager_less_is_not_read_from_the_difference(acme: Company) -> None:
    team = Team(acme, 2, 3, 4, 5)
    assert team.figures() is not None
    acme.write(lambda store: store.bind_channel("", [team.roles[3].id]))
    assert team.figures(1) is None
    assert team.figures(2) == Figures(waiting=9, past=0, heard=0, closed=0)


def test_a_role_that_becomes_confidential_is_not_read_from_the_difference(acme: Company) -> None:
    team = Team(acme, 2, 3, 4)
    second = acme.add_role("Second", manager=team.managers[0], channel="slack:T:C")
    team.waits(second, "Secret One")
    assert team.figures() is not None
    acme.write(lambda store: store.save_role(dataclasses.replace(second, confidential=True)))
    assert team.figures(1) is None


def test_a_new_role_in_which_nobody_waited_yet_hides_no_week(team: Team) -> None:
    assert team.figures() is not None
    new = team.acme.add_role("New", manager=team.managers[0], channel="slack:T:C")
    team.waits(new, "Just Met", interviewed_at=UNTIL + 24 * HOUR)
    told_ = team.friday(1)
    assert told_ is not None
    assert told_.figures is not None
    assert told_.figures.waiting == 10
    assert "last week 9" in team.reads(told_)


def test_a_second_channel_for_all_but_one_is_no_way_round(acme: Company) -> None:
    team = Team(acme, 2, 3, 4, 5)
    assert team.figures() is not None
    other = dataclasses.replace(
        team.channel, id=uuid.uuid4(), name="slack:T:C2", called="", next_at=UNTIL + HOUR, at=dt.time(16, 0)
    )
    acme.write(lambda store: store.save_channel(other))
    acme.write(lambda store: store.bind_channel("slack:T:C2", [it.id for it in team.roles[:3]]))
    now = UNTIL + HOUR
    acme.write(lambda store: summarise(store, now, other.id))
    [there] = acme.read(lambda store: store.summaries(other.id, now + HOUR, 9))
    assert there.figures is None


def test_another_hour_gives_no_second_cut_of_the_same_days(team: Team) -> None:
    first = team.friday()
    assert first is not None
    monday = dataclasses.replace(team.channel, weekday=0, next_at=UNTIL + 3 * 24 * HOUR)
    team.acme.write(lambda store: store.save_channel(monday))
    now = UNTIL + 3 * 24 * HOUR
    team.acme.write(lambda store: summarise(store, now, team.channel.id))
    [second, _] = team.acme.read(lambda store: store.summaries(team.channel.id, now + HOUR, 9))
    assert second.since == first.until


@pytest.mark.parametrize("waiting", [(), (9,), (5, 5), (1, 1)])
def test_a_channel_of_one_or_two_reads_no_figures(acme: Company, waiting: tuple[int, ...]) -> None:
    team = Team(acme, *waiting)
    first = team.friday()
    assert first is not None
    assert first.figures is None
    assert "waiting" not in team.reads(first).replace("waiting candidates", "")


def test_what_was_told_is_never_worked_out_anew(team: Team) -> None:
    first = team.friday()
    assert first is not None
    said = team.reads(first)
    team.waits(team.roles[0], "Entered Late", interviewed_at=SINCE)
    assert team.reads(first) == said


# -- a channel that does not take it ----------------------------------------------------------------------


def test_the_admins_are_told_once_a_summary(team: Team) -> None:
    ada = team.acme.member("Ada Admin", admin=True)
    first = team.friday()
    assert first is not None

    def refused(store: SqlStore) -> None:
        channel = store.channel(team.channel.name)
        assert channel is not None
        service.summary_unposted(store, UNTIL, channel, first, "Invite me: type /invite @Followup there.")

    team.acme.write(refused)
    team.acme.write(refused)
    surface, new = team.acme.write(
        lambda store: store.open_surface(SurfaceKind.CHANNEL, ada.id, str(first.id), UNTIL)
    )
    assert not new
    assert surface.revision == 2, "bumped once"
    shown = team.acme.read(lambda store: service.shown(store, UNTIL, surface.id))
    assert shown is not None
    assert "Invite me" in str(shown)
    assert "#hiring" in str(shown)


def test_nothing_goes_to_a_channel_that_ended_it(team: Team) -> None:
    first = team.friday()
    assert first is not None
    team.acme.write(lambda store: store.save_channel(dataclasses.replace(team.channel, next_at=None)))
    assert team.acme.read(lambda store: service.summary_message(store, first.id)) is None


def test_nothing_goes_out_for_somebody_who_is_not_in_the_pilot(team: Team, database: Database) -> None:
    first = team.friday()
    assert first is not None
    nobody = Database(database.engine.url.render_as_string(hide_password=False), Policy())
    found = nobody.read(team.acme.workspace, lambda store: service.summary_message(store, first.id))
    nobody.close()
    assert found is None
