"""`followup doctor` for Teams: what is wrong with id, secret, tenant or network is told apart."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.cli import main
from adapters.doctor.environment import complete
from adapters.doctor.examine import examine
from adapters.doctor.finding import Finding, State
from adapters.settings import SettingRefused, Settings, read_settings
from adapters.teams.doctor import TeamsCheckup
from adapters.wiring import teams_access
from tests.stories.teams_stage import TeamsStage, teams_staged
from tests.teams_counterpart import APP_ID, TENANT, Fault, Key, TeamsCounterpart


@pytest.fixture
async def teams() -> AsyncIterator[TeamsCounterpart]:
    async with TeamsCounterpart() as counterpart:
        yield counterpart


async def found(teams: TeamsCounterpart, **changed: object) -> dict[str, Finding]:
    settings = dataclasses.replace(Settings(), **{**teams.settings(), **changed})
    said = {it.name: it async for it in TeamsCheckup(teams_access(settings)).findings()}
    assert teams.secret not in str(said)
    return said


async def test_where_all_is_well_every_line_says_so(teams: TeamsCounterpart) -> None:
    said = await found(teams)
    assert list(said) == ["teams keys", "teams token", "teams service"]
    assert {it.state for it in said.values()} == {State.OK}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"teams_app_password": "wrong"}, "does not take the secret (AADSTS7000215)"),
        ({"teams_app_id": TENANT}, "no such application in this tenant (AADSTS700016)"),
        ({"teams_tenant_id": APP_ID}, "no such tenant (AADSTS90002)"),
        ({"teams_login_url": "http://127.0.0.1:9/"}, "gives no answer"),
    ],
)
async def test_each_thing_that_can_be_wrong_with_the_token_is_told_apart(
    teams: TeamsCounterpart, changed: dict[str, object], words: str
) -> None:
    token = (await found(teams, **changed))["teams token"]
    assert token.state is State.WRONG
    assert words in token.what
    assert token.mend


async def test_keys_that_cannot_be_read_or_are_not_for_teams(teams: TeamsCounterpart) -> None:
    teams.microsoft.keys = [Key(endorsements=("webchat",))]
    assert "None of the 1 keys" in (await found(teams))["teams keys"].what
    teams.microsoft.down = True
    keys = (await found(teams))["teams keys"]
    assert keys.state is State.WRONG
    assert "all requests are refused" in keys.what


async def test_a_service_that_does_not_answer(teams: TeamsCounterpart) -> None:
    said = await found(teams, teams_service_url_allow=("http://127.0.0.1:9",))
    assert said["teams service"].state is State.WRONG


async def graph_found(teams: TeamsCounterpart) -> dict[str, Finding]:
    teams.memory.hire("dana@acme.example", "Dana Ott")
    said = await found(teams, **teams.graph_settings())
    return {name: it for name, it in said.items() if name.startswith("graph")}


async def test_graphs_permissions_are_tried_one_by_one(teams: TeamsCounterpart) -> None:
    said = await graph_found(teams)
    assert list(said) == ["graph people", "graph absence", "graph package", "graph install"]
    assert {it.state for it in said.values()} == {State.OK}
    assert teams.graph.called("install") == [], "nothing is installed by looking"


@pytest.mark.parametrize(
    ("name", "permission"),
    [
        ("graph absence", "Presence.Read.All"),
        ("graph package", "AppCatalog.Read.All"),
        ("graph install", "TeamsAppInstallation.ReadWriteSelfForUser.All"),
    ],
)
async def test_a_permission_that_lacks_is_named_with_what_is_lost_and_no_more(
    teams: TeamsCounterpart, name: str, permission: str
) -> None:
    teams.graph.permitted.discard(permission)
    said = await graph_found(teams)
    assert [it.name for it in said.values() if it.state is not State.OK] == [name]
    assert said[name].state is State.WARN
    assert f"{permission} is not given" in said[name].what
    assert f"Application permissions → {permission}, then Grant admin consent" in said[name].mend


async def test_without_any_permission_or_package_every_line_says_what_to_do(teams: TeamsCounterpart) -> None:
    teams.graph.permitted.clear()
    said = await graph_found(teams)
    assert "User.Read.All is not given" in said["graph people"].what
    assert "cannot be tried before User.Read.All is" in said["graph absence"].what
    assert all(it.mend for it in said.values())
    teams.graph.permitted.add("AppCatalog.Read.All")
    teams.graph.in_catalogue = False
    assert "not in the organisation's catalogue" in (await graph_found(teams))["graph package"].what


async def test_a_graph_that_does_not_answer_is_said_and_is_no_fault(teams: TeamsCounterpart) -> None:
    said = await found(teams, teams_graph=True, teams_graph_url="http://127.0.0.1:9/")
    assert said["graph people"].state is State.WARN
    assert "FOLLOWUP_TEAMS_GRAPH=off" in said["graph people"].mend


def test_serve_refuses_to_start_where_requests_could_not_be_told_apart(tmp_path: Path) -> None:
    environ = {
        "FOLLOWUP_DATABASE_URL": f"sqlite:///{tmp_path / 'followup.db'}",
        "FOLLOWUP_SMTP_URL": "smtp://127.0.0.1:1?starttls=never",
        "FOLLOWUP_MAIL_FROM": "hiring@acme.example",
        "FOLLOWUP_TEAMS_TENANT_ID": TENANT,
        "FOLLOWUP_TEAMS_APP_PASSWORD": "s3cret",
    }
    for command in ("serve", "worker"):
        ended = CliRunner().invoke(main, [command], env=environ)
        assert ended.exit_code == 1
        assert "FOLLOWUP_TEAMS_APP_ID is not set" in ended.output
        assert "s3cret" not in ended.output


def test_settings_that_lack_another_are_named_by_the_doctor_and_by_serve() -> None:
    for given, lacks in (
        ({"TENANT_ID": TENANT}, "FOLLOWUP_TEAMS_APP_ID and FOLLOWUP_TEAMS_APP_PASSWORD are not set"),
        ({"APP_PASSWORD": "s3cret"}, "FOLLOWUP_TEAMS_APP_ID and FOLLOWUP_TEAMS_TENANT_ID are not set"),
        ({"APP_ID": APP_ID, "TENANT_ID": TENANT}, "FOLLOWUP_TEAMS_APP_PASSWORD is not set"),
        ({"APP_TYPE": "UserAssignedMSI", "TENANT_ID": TENANT}, "FOLLOWUP_TEAMS_APP_ID is not set"),
        ({"SERVICE_URL_ALLOW": "a.example"}, "FOLLOWUP_TEAMS_APP_ID"),
        ({"APP_TYPE": "SingleTenant"}, "FOLLOWUP_TEAMS_APP_ID"),
        ({"GRAPH": "off"}, "FOLLOWUP_TEAMS_APP_ID"),
    ):
        settings = read_settings({f"FOLLOWUP_TEAMS_{name}": value for name, value in given.items()})
        assert not settings.teams or "APP_ID" in given
        with pytest.raises(SettingRefused) as refused:
            settings.needs_teams()
        assert lacks in str(refused.value)
        assert "s3cret" not in str(refused.value)
        assert any(lacks in it.what for it in complete(settings, ())), given
    managed = {"APP_ID": APP_ID, "TENANT_ID": TENANT, "APP_TYPE": "UserAssignedMSI"}
    read_settings({f"FOLLOWUP_TEAMS_{name}": value for name, value in managed.items()}).needs_teams()
    Settings().needs_teams()


@pytest.mark.parametrize(("name", "value"), [("APP_ID", "x"), ("TENANT_ID", "acme"), ("APP_TYPE", "Multi")])
def test_a_setting_that_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingRefused, match=f"FOLLOWUP_TEAMS_{name}"):
        read_settings({f"FOLLOWUP_TEAMS_{name}": value})


# -- a test message -----------------------------------------------------------------------------------------


async def tried(stage: TeamsStage, named: str, **more: str) -> Finding:
    """What `followup doctor --write-to` says of it, over the database of a bot that runs."""
    settings = {**stage.teams.settings(), "teams_service_url_allow": stage.teams.base, "pilot": "*"}
    database = stage.running.transactions.database.engine.url.render_as_string(hide_password=False)
    given = {**settings, "database_url": database.replace("+psycopg", ""), "company": "Halden", **more}
    environ = {f"FOLLOWUP_{name.upper()}": value for name, value in given.items()}
    [found] = [it async for it in examine(environ, write_to=named) if it.name == "teams write"]
    return found


@pytest.fixture
async def stage(company: str) -> AsyncIterator[TeamsStage]:
    async with teams_staged(company) as stage:
        yield stage


async def test_a_member_gets_a_short_message_by_email_or_object_id(stage: TeamsStage) -> None:
    dana = await stage.person("dana")
    for named in (dana.email, dana.email.upper(), dana.user.id):
        found = await tried(stage, named)
        assert (found.state, found.mend) == (State.OK, ""), found
        assert "has got a short message" in found.what
    said = [it.text for it in await dana.reads()][-3:]
    assert len(set(said)) == 1
    assert said[0].startswith("Followup can write to you here: somebody at Halden has just tried it out.")


async def test_a_conversation_that_is_lost_is_begun_anew(stage: TeamsStage) -> None:
    dana = await stage.person("dana")
    stage.teams.faults.fail("post", Fault(status=404, code="ConversationNotFound"))
    assert (await tried(stage, dana.email)).state is State.OK
    assert len(stage.teams.connector.called("create")) == 1


@pytest.mark.parametrize(
    ("fault", "what", "mend"),
    [
        (Fault(status=403, code="BotNotInConversationRoster"), "does not have the app", "How a manager gets"),
        (Fault(status=403, code="ConversationBlockedByUser"), "has blocked the app", "Unblock"),
        (Fault(status=403, code="BotDisabledByAdmin"), "an admin has blocked the app", "Manage apps"),
        (
            Fault(status=403, text="<html>MessageWritesBlocked"),
            "nobody can write in their chat",
            "add it again",
        ),
        (Fault(status=400, code="BadSyntax"), "400 BadSyntax", "teams service"),
        (Fault(status=429, retry_after="5"), "perhaps got a message and perhaps not", "Run this again"),
        (Fault(drop=True), "perhaps got a message and perhaps not", "Run this again"),
    ],
)
async def test_each_reason_why_it_does_not_arrive_is_told_apart(
    stage: TeamsStage, fault: Fault, what: str, mend: str
) -> None:
    stage.teams.faults.fail("post", fault)
    found = await tried(stage, "dana.lee@halden.example")
    assert found.state is State.WRONG
    assert what in found.what
    assert mend in found.mend


@pytest.mark.parametrize(
    ("named", "more", "what"),
    [
        ("noor@halden.example", {}, "nobody here is called noor@halden.example"),
        ("7d1c1a6e-3a4f-4f0a-9b51-0c3b3f5f7c11", {}, "nobody here is called 7d1c"),
        ("dana.lee@halden.example", {"pilot": "ravi@halden.example"}, "is not in FOLLOWUP_PILOT"),
        ("dana.lee@halden.example", {"rehearsal": "on"}, "FOLLOWUP_REHEARSAL is on"),
        ("dana.lee@halden.example", {"database_url": "sqlite:////nowhere/f.db"}, "stands in the database"),
        ("dana.lee@halden.example", {"teams_app_password": "wrong"}, "Microsoft gives no token"),
    ],
)
async def test_what_keeps_it_from_being_written_is_said(
    stage: TeamsStage, named: str, more: dict[str, str], what: str
) -> None:
    before = len(stage.teams.connector.called("post"))
    found = await tried(stage, named, **more)
    assert found.state is State.WRONG
    assert what in found.what
    assert found.mend
    assert len(stage.teams.connector.called("post")) == before


async def test_who_was_never_met_is_said_to_lack_the_app(company: str) -> None:
    async with teams_staged(company, opens=False, installed=False) as stage:
        found = await tried(stage, "dana.lee@halden.example")
        assert "has never been met in Teams" in found.what
        assert "let them write hello" in found.mend
