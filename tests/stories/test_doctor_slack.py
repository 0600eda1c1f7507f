"""What `followup doctor` says of Slack: token, scopes, secret, socket, a member, many workspaces."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest

from adapters.doctor.finding import State
from adapters.slack.manifest import SCOPES
from tests.stories import doctor_stage
from tests.stories.doctor_stage import APP, BOT, DANA, SECRET, Slack, on_slack, report, settings

database, no_proxy, slack = doctor_stage.database, doctor_stage.no_proxy, doctor_stage.slack


async def test_slack_as_it_should_be(slack: Slack) -> None:
    found = await on_slack(slack, slack_signing_secret=SECRET)
    for name in ("slack token", "slack scopes", "slack secret", "slack socket", "slack member", "clock"):
        assert found[name].state is State.OK, found[name]
    assert slack.methods() == ["auth.test", "users.lookupByEmail", "apps.connections.open"]
    assert [token for _, token, _ in slack.asked] == [BOT, BOT, APP]


@pytest.mark.parametrize(
    ("error", "state", "mend"),
    [
        ("invalid_auth", State.WRONG, "Bot User OAuth Token"),
        ("account_inactive", State.WRONG, "Reinstall to Workspace"),
        ("token_revoked", State.WRONG, "Reinstall to Workspace"),
        ("token_expired", State.WRONG, "followup manifest slack"),
        ("something_new", State.WRONG, "docs.slack.dev"),
        ("internal_error", State.WARN, "slack-status.com"),
        ("ratelimited", State.WARN, "in a minute"),
    ],
)
async def test_a_token_that_slack_does_not_take(slack: Slack, error: str, state: State, mend: str) -> None:
    slack.says["auth.test"] = {"error": error}
    found = await on_slack(slack)
    assert found["slack token"].state is state
    assert mend in found["slack token"].mend
    assert found["slack socket"].state is State.OK, "the checks after it were made"


async def test_each_scope_that_lacks_is_named_with_its_reason(slack: Slack) -> None:
    lacking = {"im:history", "users:read.email"}
    slack.scopes = ",".join([*(scope for scope in SCOPES if scope not in lacking), "channels:history"])
    found = (await on_slack(slack))["slack scopes"]
    assert found.state is State.WRONG
    assert found.what.startswith("The token lacks im:history, users:read.email.")
    assert SCOPES["im:history"] in found.what
    assert "Add an OAuth Scope" in found.mend
    assert "Reinstall to Workspace" in found.mend
    slack.scopes = ",".join([*SCOPES, "channels:history"])
    more = (await on_slack(slack))["slack scopes"]
    assert more.state is State.OK
    assert more.what.endswith("Followup has no use for channels:history")
    slack.scopes = ""
    assert (await on_slack(slack))["slack scopes"].state is State.WARN


async def test_a_signing_secret_of_another_form(slack: Slack) -> None:
    found = await on_slack(slack, slack_signing_secret="not-a-signing-secret")
    assert found["slack secret"].state is State.WRONG
    assert "not-a-signing-secret" not in str(found)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("invalid_auth", "does not know the token in FOLLOWUP_SLACK_APP_TOKEN"),
        ("missing_scope", "connections:write"),
        ("some_reason", "no Socket Mode connection (some_reason)"),
    ],
)
async def test_socket_mode_that_does_not_open(slack: Slack, error: str, said: str) -> None:
    slack.says["apps.connections.open"] = {"error": error}
    found = (await on_slack(slack))["slack socket"]
    assert found.state is State.WRONG
    assert said in found.what


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({**DANA, "deleted": True}, "is deactivated in Slack"),
        ({**DANA, "is_restricted": True}, "is a guest in Slack"),
        ({**DANA, "is_bot": True}, "has no full account of this workspace"),
        ({**DANA, "team_id": "T0OTHER"}, "has no full account of this workspace"),
    ],
)
async def test_a_member_the_bot_would_not_write_to(slack: Slack, user: dict[str, Any], said: str) -> None:
    slack.says["users.lookupByEmail"] = {"user": user}
    found = await on_slack(slack, "dana@acme.example")
    assert found["slack member"].state is State.WARN
    assert said in found["slack member"].what
    assert found["slack write"].state is State.WRONG
    assert "chat.postMessage" not in slack.methods()


async def test_a_member_who_is_not_in_slack(slack: Slack) -> None:
    slack.says["users.lookupByEmail"] = {"error": "users_not_found"}
    found = await on_slack(slack)
    assert found["slack member"].state is State.WARN
    assert "Nobody in this workspace has that work email." in found["slack member"].what


async def test_an_address_where_slack_is_not(slack: Slack, database: str) -> None:
    slack.says["auth.test"] = 404
    found = await on_slack(slack, database_url=database)
    assert found["slack"].state is State.WRONG
    assert "HTTP status 404" in found["slack"].what
    nowhere = await on_slack(dataclasses.replace(slack, url="http://127.0.0.1:1/api/"), database_url=database)
    assert nowhere["slack"].state is State.WRONG
    assert "HTTPS_PROXY" in nowhere["slack"].mend
    assert nowhere["clock"].what == "agrees with the database"


async def test_one_short_message_is_written_when_it_is_asked_for(slack: Slack) -> None:
    slack.says["chat.postMessage"] = {"ts": "1.2", "channel": "D1"}
    found = await on_slack(slack, "Dana@acme.example", company="Acme")
    assert found["slack write"].state is State.OK
    [(_, token, form)] = [one for one in slack.asked if one[0] == "chat.postMessage"]
    assert token == BOT
    assert form["channel"] == "U0DANA"
    assert form["text"].startswith("Followup can write to you here: somebody at Acme")


@pytest.mark.parametrize(
    ("error", "mend"), [("messages_tab_disabled", "App Home"), ("missing_scope", "slack scopes")]
)
async def test_a_message_that_slack_does_not_take(slack: Slack, error: str, mend: str) -> None:
    slack.says["chat.postMessage"] = {"error": error}
    found = (await on_slack(slack, "dana@acme.example"))["slack write"]
    assert found.state is State.WRONG
    assert found.what.startswith("Nothing was written to dana@acme.example.")
    assert mend in found.mend


async def test_nobody_outside_the_pilot_is_written_to(slack: Slack) -> None:
    found = await on_slack(slack, "kim@acme.example")
    assert found["slack write"].state is State.WRONG
    assert "not in FOLLOWUP_PILOT" in found["slack write"].what
    assert "chat.postMessage" not in slack.methods()
    without = await report(settings(pilot="*"), "kim@acme.example")
    assert "FOLLOWUP_SLACK_BOT_TOKEN is not set" in without["slack write"].what


MANY = {
    "slack_client_id": "1.2",
    "slack_client_secret": "very-secret",
    "slack_signing_secret": SECRET,
    "slack_tenants": "*",
    "token_keys": base64.urlsafe_b64encode(bytes(32)).decode(),
}


async def test_an_app_that_many_workspaces_install(slack: Slack) -> None:
    found = await report(settings(slack_api_url=slack.url, pilot="*", **MANY))
    assert found["slack client"].state is State.OK
    assert found["slack keys"].what == "1 to encrypt tokens with"
    pair = base64.b64encode(b"1.2:very-secret").decode()
    assert slack.asked == [("oauth.v2.access", f"Basic {pair}", {"code": "doctor"})]


@pytest.mark.parametrize("error", ["invalid_client_id", "bad_client_secret"])
async def test_an_id_and_a_secret_that_are_not_of_one_app(slack: Slack, error: str) -> None:
    slack.says["oauth.v2.access"] = {"error": error}
    keys = {"token_keys": f"{MANY['token_keys']},very-secret"}
    found = await report(settings(slack_api_url=slack.url, pilot="*", **MANY | keys))
    assert found["slack client"].state is State.WRONG
    assert "App Credentials" in found["slack client"].mend
    assert found["slack keys"].what.startswith("Key 2 of FOLLOWUP_TOKEN_KEYS is none")
