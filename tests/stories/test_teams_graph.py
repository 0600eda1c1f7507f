"""With Microsoft Graph: people are found before they use the bot, and who is out of office counts as away."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator

import pytest
import structlog

from adapters.demo import demo_settings
from adapters.settings import SettingRefused, Settings, read_settings
from adapters.teams.app import Teams
from adapters.teams.rounds import Rounds
from adapters.teams.tenants import NAME
from adapters.transactions import Transactions
from adapters.wiring import teams_access
from storage.database import Database
from storage.store import SqlStore
from tests.stories.teams_stage import TeamsStage, teams_staged
from tests.teams_counterpart import TENANT, Fault, TeamsPerson

CHATS = ("teams",)
LIST = "3 candidates are waiting past your promised date"


def rounds(stage: TeamsStage) -> Rounds:
    found = stage.adapter.rounds
    assert found is not None
    return found


async def a_quarter_of_an_hour_passes(stage: TeamsStage) -> list[str]:
    """What was said in the log meanwhile."""
    with structlog.testing.capture_logs() as said:
        await rounds(stage).go()
    await stage.settled()
    return [str(it.get("problem", it["event"])) for it in said if it["log_level"] == "warning"]


@pytest.fixture
async def graph(company: str) -> AsyncIterator[TeamsStage]:
    """Half past nine, everybody has the app and their list, and Graph may be asked."""
    async with teams_staged(company, graph=True) as stage:
        yield stage


@pytest.fixture
async def nobody(company: str) -> AsyncIterator[TeamsStage]:
    """09:25, and the bot has met nobody."""
    async with teams_staged(company, graph=True, opens=False, installed=False) as stage:
        await stage.changes(_greets_nobody_yet)
        yield stage


def _greets_nobody_yet(store: SqlStore, _: dt.datetime) -> None:
    for member in store.members():
        store.save_member(dataclasses.replace(member, welcomed=False))


@pytest.fixture
async def dana(graph: TeamsStage) -> TeamsPerson:
    return await graph.person("dana")


# -- people -------------------------------------------------------------------------------------------------


async def test_who_has_the_app_and_was_never_heard_is_found_by_work_email(nobody: TeamsStage) -> None:
    """As when a setup policy installed it before the company's import named them."""
    dana, ravi = await nobody.person("dana"), await nobody.person("ravi")
    dana.user.installed = True
    nobody.teams.graph.permitted.discard("TeamsAppInstallation.ReadWriteSelfForUser.All")
    said = await a_quarter_of_an_hour_passes(nobody)
    await nobody.opens()
    assert (await dana.digest()).heading == LIST
    assert await ravi.reads() == []
    assert [it for it in said if "TeamsAppInstallation" in it], "the others have not got it"
    assert await a_quarter_of_an_hour_passes(nobody) == [], "which is said once"


async def test_the_app_is_installed_for_whoever_lacks_it_where_an_admin_permits_that(
    nobody: TeamsStage,
) -> None:
    assert await a_quarter_of_an_hour_passes(nobody) == []
    await nobody.opens()
    assert all(user.installed for user in nobody.teams.memory.users.values())
    assert (await (await nobody.person("dana")).digest()).heading == LIST
    await a_quarter_of_an_hour_passes(nobody)
    assert len(nobody.teams.graph.called("install")) == 8, "each once"


async def test_who_took_the_app_out_is_left_in_peace(graph: TeamsStage, dana: TeamsPerson) -> None:
    await graph.teams.removes(dana.user)
    await graph.settled()
    await a_quarter_of_an_hour_passes(graph)
    assert not dana.user.installed
    assert graph.teams.graph.called("install") == []


async def test_in_a_pause_nobody_is_met(nobody: TeamsStage) -> None:
    await nobody.changes(
        lambda store, _: store.save_policy(dataclasses.replace(store.policy, nudges_paused=True))
    )
    await a_quarter_of_an_hour_passes(nobody)
    assert nobody.teams.connector.calls == []


async def test_in_a_rehearsal_nobody_is_met(nobody: TeamsStage, company: str) -> None:
    """The same bot, started anew to rehearse."""
    policy = dataclasses.replace(demo_settings(company).policy(), rehearsal=True)
    rehearsing = Transactions(Database(company, policy), nobody.running.clock)
    access = teams_access(Settings(**nobody.teams.settings(), **nobody.teams.graph_settings()))
    teams = Teams(access, rehearsing, nobody.running.workspace)
    assert teams.rounds is not None
    await teams.rounds.go()
    await teams.close()
    rehearsing.close()
    assert nobody.teams.connector.calls == []
    assert nobody.teams.graph.called("install") == []


async def test_a_package_that_nobody_uploaded_is_installed_for_nobody(nobody: TeamsStage) -> None:
    nobody.teams.graph.in_catalogue = False
    [said] = await a_quarter_of_an_hour_passes(nobody)
    assert "not in the organisation's catalogue" in said
    assert nobody.teams.graph.called("install") == []


@pytest.mark.parametrize(
    "about",
    [
        {"userType": "Guest"},
        {"userPrincipalName": "dana.lee_halden.example#EXT#@elsewhere.onmicrosoft.com"},
        {"accountEnabled": False},
        {"id": None},
    ],
    ids=["guest", "guest by name", "switched off", "no id"],
)
async def test_guests_and_accounts_that_were_switched_off_are_nobody(
    nobody: TeamsStage, about: dict[str, object]
) -> None:
    dana = await nobody.person("dana")
    dana.user.about.update(about)
    dana.user.installed = True
    await a_quarter_of_an_hour_passes(nobody)
    assert await nobody.reads(lambda store, _: store.address_in(NAME, TENANT, dana.user.id)) is None


async def test_a_name_with_a_quote_in_it_asks_for_nothing_else(nobody: TeamsStage) -> None:
    """`$filter` is text in quotes: who could end it early could ask for anybody."""
    dana = await nobody.person("dana")
    dana.user.email = "dana.o'lee' or startswith(mail,'@halden.example"
    dana.user.installed = True

    member = await nobody.reads(lambda store, _: store.member(dana.member))
    assert member is not None
    renamed = dataclasses.replace(member, email=dana.user.email)
    await nobody.changes(lambda store, _: store.save_member(renamed))
    await a_quarter_of_an_hour_passes(nobody)
    assert await nobody.reads(lambda store, _: store.address_in(NAME, TENANT, dana.user.id)) is not None


# -- absence ------------------------------------------------------------------------------------------------


async def test_who_is_out_of_office_is_away_as_long_as_it_says_so(
    graph: TeamsStage, dana: TeamsPerson
) -> None:
    graph.teams.graph.out.add(dana.user.id)
    await a_quarter_of_an_hour_passes(graph)
    home = await dana.asks("home")
    assert "You are away until Mon 23 Nov, says your status; the recruiter gets your nudges." in home.text
    graph.teams.graph.out.clear()
    await a_quarter_of_an_hour_passes(graph)
    assert "Going away?" in (await dana.asks("home")).text


async def test_while_they_are_out_their_nudges_go_to_the_recruiter_each_day_anew(
    graph: TeamsStage, dana: TeamsPerson
) -> None:
    graph.teams.graph.out.add(dana.user.id)
    await a_quarter_of_an_hour_passes(graph)
    await dana.moves_clock("2026-11-24T00:30")
    await a_quarter_of_an_hour_passes(graph)
    mondays = (await dana.digest()).id
    await dana.moves_clock("next-0930")
    assert (await dana.digest()).id == mondays, "no list on the second day either"
    graph.teams.graph.out.clear()
    await a_quarter_of_an_hour_passes(graph)
    await dana.moves_clock("next-0930")
    assert (await dana.digest()).id != mondays


async def test_what_a_member_says_goes_before_it(graph: TeamsStage, dana: TeamsPerson) -> None:
    graph.teams.graph.out.add(dana.user.id)
    await a_quarter_of_an_hour_passes(graph)
    assert "Welcome back" in (await dana.asks("back")).text
    await a_quarter_of_an_hour_passes(graph)
    assert "Going away?" in (await dana.asks("home")).text, "believed for that day"
    graph.teams.graph.out.clear()
    await dana.asks("away until 27 nov")
    await a_quarter_of_an_hour_passes(graph)
    assert "You are away until Fri 27 Nov; the recruiter" in (await dana.asks("home")).text


@pytest.mark.parametrize(
    ("presence", "away"),
    [
        ({"activity": "OutOfOffice", "outOfOfficeSettings": None}, True),
        ({"activity": "Available", "outOfOfficeSettings": {"isOutOfOffice": True}}, True),
        ({"activity": "OffWork", "availability": "Offline"}, False),
        ({"activity": "PresenceUnknown", "outOfOfficeSettings": {"isOutOfOffice": True}}, False),
        ({"activity": "Away", "outOfOfficeSettings": {"isOutOfOffice": "yes"}}, False),
        ({"activity": None, "outOfOfficeSettings": []}, False),
    ],
)
async def test_only_out_of_office_is_absence(
    graph: TeamsStage, dana: TeamsPerson, presence: dict[str, object], away: bool
) -> None:
    graph.teams.graph.presence[dana.user.id] = presence
    await a_quarter_of_an_hour_passes(graph)
    assert ("says your status" in (await dana.asks("home")).text) is away


# -- what goes wrong ----------------------------------------------------------------------------------------


async def test_without_the_permissions_all_is_as_it_is_without_graph(
    graph: TeamsStage, dana: TeamsPerson
) -> None:
    graph.teams.graph.permitted.clear()
    graph.teams.memory.hire("new@halden.example", "Noor New")
    graph.teams.graph.out.add(dana.user.id)
    said = await a_quarter_of_an_hour_passes(graph)
    assert [it for it in said if "Presence.Read.All" in it]
    assert await a_quarter_of_an_hour_passes(graph) == [], "said once"
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, retry_after="30"),
        Fault(status=503, text="<html>"),
        Fault(drop=True),
        Fault(status=400),
    ],
    ids=["too often", "down", "dropped", "refused"],
)
async def test_trouble_is_left_for_the_next_round(graph: TeamsStage, dana: TeamsPerson, fault: Fault) -> None:
    graph.teams.graph.out.add(dana.user.id)
    graph.teams.faults.fail("presences", fault)
    [said] = await a_quarter_of_an_hour_passes(graph)
    assert "Microsoft Graph" in said
    assert "Going away?" in (await dana.asks("home")).text
    await a_quarter_of_an_hour_passes(graph)
    assert "says your status" in (await dana.asks("home")).text


@pytest.mark.parametrize("answer", ["", "[]", '{"value": 7}', '{"value": [3, {"id": []}]}', "<html>"])
async def test_an_answer_of_any_shape_changes_nothing(
    graph: TeamsStage, dana: TeamsPerson, answer: str
) -> None:
    for call in ("users", "presences"):
        graph.teams.faults.fail(call, Fault(status=200, text=answer))
    await a_quarter_of_an_hour_passes(graph)
    assert "Going away?" in (await dana.asks("home")).text


async def test_of_several_processes_one_goes_each_round(graph: TeamsStage) -> None:
    assert [await rounds(graph).takes_turn() for _ in range(3)] == [True, False, False]


async def test_without_the_setting_graph_is_never_asked(company: str) -> None:
    async with teams_staged(company) as stage:
        assert stage.adapter.rounds is None
        assert stage.teams.microsoft.given_for_graph == []


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com.evil.example/",
        "http://graph.microsoft.com/",
        "https://example.com/",
        "http://127.0.0.1:80@evil.example/",
        "ftp://127.0.0.1/",
    ],
)
def test_the_token_goes_to_no_other_host(url: str) -> None:
    with pytest.raises(SettingRefused, match="FOLLOWUP_TEAMS_GRAPH_URL"):
        read_settings({"FOLLOWUP_TEAMS_GRAPH_URL": url})


def test_government_clouds_and_this_computer_are_let_through() -> None:
    for url in ("https://graph.microsoft.us", "http://127.0.0.1:9000/", "http://localhost:9000"):
        assert read_settings({"FOLLOWUP_TEAMS_GRAPH_URL": url}).teams_graph_url.rstrip("/") == url.rstrip("/")
