"""Who is who in Slack: found by work email, with their zone and absence; those who leave, and strangers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo

from storage.store import SqlStore
from tests.slack_counterpart import SlackPerson, Team, User
from tests.slack_counterpart.teams import Json
from tests.stories.person import form_of, message_of
from tests.stories.slack_stage import SlackStage, halden, slack_staged

CHATS = ("http",)
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def epoch(day: int, hour: int) -> int:
    """In November 2026, on the clocks of New York."""
    return int(dt.datetime(2026, 11, day, hour, tzinfo=NEW_YORK).timestamp())


def colleague(team: Team, name: str) -> str:
    """The user id of somebody at Halden."""
    return next(user.id for user in team.users.values() if user.real_name.startswith(name))


async def hired(stage: SlackStage, email: str, name: str, **about: object) -> SlackPerson:
    """Somebody new in Slack, of whom the bot has not heard."""
    stage.slack.team.hire(email, name, **about)
    return SlackPerson(stage.slack, email, settled=stage.settled)


# -- found ------------------------------------------------------------------------------------------------


async def test_members_are_found_by_work_email_and_live_in_the_zone_of_their_profile(company: str) -> None:
    team = halden()
    team.users[colleague(team, "Dana")].email = "Dana.LEE@Halden.example"
    async with slack_staged(company, team=team) as stage:
        dana, sam = await stage.person("dana"), await stage.person("sam")
        assert (await dana.digest()).rows

        assert "at 09:30, London time" in (await sam.home()).text, "not Los Angeles, as the file said"
        await stage.slack.events.changes(sam.user, tz="Asia/Tokyo")
        assert "at 09:30, Tokyo time" in (await sam.home()).text
        form = await sam.opens("Settings", on=await sam.home())
        await sam.submits(form, zone="Europe/Lisbon")
        await stage.slack.events.changes(sam.user, tz="America/New_York")
        assert "at 09:30, Lisbon time" in (await sam.home()).text, "what he chose himself stays"


# -- away -------------------------------------------------------------------------------------------------


async def test_a_status_with_an_end_is_an_absence_until_it_is_cleared(
    stage: SlackStage, dana: SlackPerson
) -> None:
    async def says(text: str, emoji: str, until: int) -> None:
        about = {"status_text": text, "status_emoji": emoji, "status_expiration": until}
        await stage.slack.events.changes(dana.user, **about)

    await says("Vacationing", ":palm_tree:", epoch(27, 23))
    away = await dana.home()
    assert "You are away until Fri 27 Nov, says your status; the recruiter gets your nudges." in away.text
    for text, emoji, until in (
        ("", "", 0),
        ("Vacationing", ":palm_tree:", 0),
        ("In a meeting", ":calendar:", epoch(27, 23)),
    ):
        await says(text, emoji, until)
        assert "Going away?" in (await dana.home()).text


async def test_what_a_member_said_of_their_absence_goes_before_their_status(
    stage: SlackStage, dana: SlackPerson
) -> None:
    tell = stage.slack.events.changes
    await dana.asks("/followup away until 4 dec")
    await tell(dana.user, status_text="On vacation", status_emoji="", status_expiration=epoch(27, 23))
    assert "You are away until Fri 4 Dec; the recruiter gets your nudges." in (await dana.home()).text
    await tell(dana.user, status_text="", status_emoji="", status_expiration=0)
    assert "You are away until Fri 4 Dec; the recruiter gets your nudges." in (await dana.home()).text
    await dana.asks("/followup back")
    assert "Going away?" in (await dana.home()).text


# -- gone -------------------------------------------------------------------------------------------------


async def test_managers_whom_slack_does_not_know_in_full_are_the_recruiters_until_they_come(
    company: str,
) -> None:
    """Dana's account is switched off, Claire is a guest, Katrin has none."""
    team = halden()
    team.users[colleague(team, "Dana")].deleted = True
    team.users[colleague(team, "Claire")].is_restricted = True
    katrin = team.users.pop(colleague(team, "Katrin"))
    async with slack_staged(company, team=team) as stage:
        ravi, ingrid = await stage.person("ravi"), await stage.person("ingrid")
        said = len(await ravi.reads())
        for recruiter, candidate, manager in (
            (ravi, "Tomasz", "Dana"),
            (ravi, "Rafael", "Claire"),
            (ingrid, "Jürgen", "Katrin"),
        ):
            [told] = [one for one in await recruiter.lists() if candidate in one.text]
            assert f"{manager} cannot be reached any more." in told.row(candidate).text
        await ravi.moves_clock("+1h")
        assert len(await ravi.reads()) == said, "once"
        mine = await ravi.asks("/followup")
        assert "Tomasz gets your update in" in (await ravi.presses("Send update", "Tomasz", on=mine)).text

        await stage.slack.events.changes(team.users[colleague(team, "Dana")], deleted=False)
        await stage.slack.events.changes(team.users[colleague(team, "Claire")], is_restricted=False)
        team.users[katrin.id] = katrin
        await stage.slack.events.joins(katrin)
        assert "With Dana Lee." in (await ravi.asks("/followup zoë o'hara")).row("Zoë").text
        await ravi.moves_clock("+1d")
        for first, candidate in (("dana", "Zoë"), ("claire", "Rafael"), ("katrin", "Jürgen")):
            back = await stage.person(first)
            assert candidate in (await back.digest()).text


async def test_who_comes_back_is_back_at_once(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    async def recruiter_reads() -> str:
        [found] = [one.row("Tomasz").text for one in await ravi.lists() if "Tomasz" in one.text]
        return found

    await stage.slack.events.changes(dana.user, deleted=True)
    await stage.settled()
    assert "Dana cannot be reached any more." in await recruiter_reads()
    await stage.slack.events.changes(dana.user, deleted=False)
    await stage.settled()
    assert "With Dana Lee." in await recruiter_reads()


async def test_who_comes_back_gets_the_list_of_the_day(company: str) -> None:
    async with slack_staged(company, opens=False) as stage:
        dana = stage.slack.user("dana.lee@halden.example")
        dana.deleted = True
        await stage.opens()
        await stage.slack.events.changes(dana, deleted=False)
        await stage.settled()
        assert "Tomasz" in (await (await stage.person("dana")).digest()).text


async def test_a_member_who_becomes_a_guest_reads_and_does_nothing_more(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    await dana.home()
    await stage.slack.events.changes(dana.user, is_restricted=True)
    await stage.settled()
    mark = stage.slack.changes.mark
    await ravi.asks("/followup update zoë o'hara")
    assert [one for one in stage.slack.changes.since(mark) if one.user == dana.user.id] == []
    assert "Tomasz" not in (await dana.asks("/followup tomasz")).text
    await dana.clicks("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    assert [letter.to for letter in await dana.mailbox()] == ["zoe.o'hara@example.org"]


# -- strangers --------------------------------------------------------------------------------------------


async def test_a_colleague_who_types_followup_becomes_a_member(stage: SlackStage) -> None:
    nora = await hired(stage, "Nora.Berg@halden.example", "Nora Berg", tz="Europe/Oslo")
    first = await nora.asks("/followup")
    assert first.heading == "Nobody is waiting for you."
    assert "at 09:30, Oslo time" in (await nora.home()).text
    form = form_of(await nora.types("/followup add"))
    ada = {"name": "Ada Ngata", "email": "ada@example.com", "role": "Smith", "interviewed": "2026-11-20"}
    assert "Ada is on your list." in (await nora.submits(form, **ada)).text


async def test_who_is_not_in_the_pilot_is_told_so_and_is_no_member(stage: SlackStage) -> None:
    database = stage.running.transactions.database
    database._policy = dataclasses.replace(database._policy, pilot=frozenset({"dana.lee@halden.example"}))
    nora = await hired(stage, "nora.berg@halden.example", "Nora Berg")
    answer = await nora.asks("/followup")
    assert "tried out with a few colleagues first, and you are not among them yet" in answer.text
    assert "tried out with a few" in (await nora.home()).text
    assert "tried out with a few" in (await nora.asks("list")).text
    assert await stage.changes(lambda store, _: store.member_by_email("nora.berg@halden.example")) is None


@dataclasses.dataclass(kw_only=True)
class Visitor(User):
    """Somebody of another company, seen in a channel that both share."""

    def json(self, *, email: bool = True, locale: bool = False) -> Json:
        return {**super().json(email=email, locale=locale), "team_id": "T0OTHER"}


async def test_guests_and_people_of_other_companies_are_told_that_they_are_not_known(
    stage: SlackStage, dana: SlackPerson
) -> None:
    """Whoever runs the other company could give somebody there the email of a member here."""
    guest = await hired(stage, "gus@agency.example", "Gus", is_restricted=True)
    single = await hired(stage, "sid@agency.example", "Sid", is_ultra_restricted=True)
    visitor = Visitor(id="W0VISITOR", team=stage.slack.team.id, name="d", real_name="Dana Lee", email="")
    stage.slack.team.users[visitor.id] = visitor
    outside = SlackPerson(stage.slack, "", settled=stage.settled)
    outside.user = visitor
    visitor.email = dana.email
    for person in (guest, single, outside):
        assert "I do not know you yet" in (await person.asks("/followup tomasz")).text
        assert "I do not know you yet" in (await person.asks("tomasz")).text
        assert "Guests cannot use Followup" in (await person.home()).text
    await stage.slack.events.changes(visitor, tz="Asia/Tokyo")
    assert "I do not know you yet" in (await outside.asks("/followup tomasz")).text
    assert "New York time" in (await dana.home()).text
    emails = await stage.changes(lambda store, _: {member.email for member in store.members()})
    assert all(email.endswith("@halden.example") for email in emails)


async def test_who_was_switched_off_here_is_told_so(stage: SlackStage, dana: SlackPerson) -> None:
    def off(store: SqlStore, now: dt.datetime) -> None:
        member = store.member(dana.member)
        assert member is not None
        store.save_member(dataclasses.replace(member, active=False))

    button = (await dana.digest()).row("Tomasz").buttons["Send update"]
    await stage.changes(off)
    assert "Your account here is switched off." in (await dana.asks("/followup")).text
    assert "Your account here is switched off." in message_of(await dana.acts(button)).text
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []


# -- uninstalled ------------------------------------------------------------------------------------------


async def test_after_the_app_is_removed_nothing_goes_there_and_a_command_is_answered(
    stage: SlackStage, dana: SlackPerson
) -> None:
    team = stage.slack.team
    only_a_persons = {"type": "tokens_revoked", "tokens": {"oauth": [dana.user.id], "bot": []}}
    assert (await stage.slack.events.tell(team, only_a_persons)).heard
    assert "Tomasz gets your update" in (await dana.presses("Send update", "Tomasz")).text

    for told in await stage.slack.events.uninstalls(team):
        assert (told.heard, told.attempts) == (True, 1)
    calls = len(stage.slack.calls)
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1, "the candidate is told all the same"
    assert stage.slack.calls[calls:] == []
    assert "Followup is not installed here any more." in (await dana.asks("/followup")).text
    assert stage.slack.calls[calls:] == []


async def test_an_event_of_a_workspace_without_the_bot_is_heard_and_that_is_all(stage: SlackStage) -> None:
    """Slack switches off an app that does not hear its events."""
    other = Team("T0OTHER")
    for said in (
        {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "home", "event_ts": "1"},
        {"type": "message", "channel_type": "im", "user": "U1", "channel": "D1", "text": "list", "ts": "1"},
        {"type": "user_change", "user": other.hire("dana.lee@halden.example").json()},
        {"type": "app_uninstalled"},
    ):
        calls = len(stage.slack.calls)
        assert (await stage.slack.events.tell(other, said)).attempts == 1
        await stage.settled()
        assert stage.slack.calls[calls:] == []
