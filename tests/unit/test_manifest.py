"""The manifest of the Slack app: within what Slack takes, and exactly what Followup needs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.cli import main
from adapters.slack.manifest import EVENTS, SCOPES, AddressRefused, manifest

URL = "https://followup.acme.example"
Check = Callable[[object], bool]


def text(least: int, most: int, pattern: str = r"[\s\S]*") -> Check:
    return lambda it: (
        isinstance(it, str) and least <= len(it) <= most and re.fullmatch(pattern, it) is not None
    )


def flag(it: object) -> bool:
    return isinstance(it, bool)


ADDRESS = text(1, 2500, r"https://\S+")

ALLOWED: dict[str, Check] = {
    "display_information.name": text(1, 35),
    # 140 in the documents; one of exactly 140 was seen refused.
    "display_information.description": text(1, 139),
    # At least 174 in the documents, 175 in the schema.
    "display_information.long_description": text(175, 4000),
    "display_information.background_color": text(4, 7, r"#([0-9a-fA-F]{3}){1,2}"),
    "features.app_home.home_tab_enabled": flag,
    "features.app_home.messages_tab_enabled": flag,
    "features.app_home.messages_tab_read_only_enabled": flag,
    "features.bot_user.display_name": text(1, 80, r"[\w.-]+"),
    "features.bot_user.always_online": flag,
    "features.slash_commands[].command": text(2, 32, r"/\S+"),
    "features.slash_commands[].description": text(1, 2000),
    "features.slash_commands[].usage_hint": text(1, 1000),
    "features.slash_commands[].should_escape": flag,
    "features.slash_commands[].url": ADDRESS,
    "features.shortcuts[].name": text(1, 24),
    "features.shortcuts[].type": text(1, 7, "global|message"),
    "features.shortcuts[].callback_id": text(1, 255),
    "features.shortcuts[].description": text(1, 150),
    "oauth_config.redirect_urls[]": ADDRESS,
    "oauth_config.scopes.bot[]": text(1, 50),
    "settings.event_subscriptions.request_url": ADDRESS,
    "settings.event_subscriptions.bot_events[]": text(1, 50),
    "settings.interactivity.is_enabled": flag,
    "settings.interactivity.request_url": ADDRESS,
    "settings.org_deploy_enabled": flag,
    "settings.socket_mode_enabled": flag,
    "settings.token_rotation_enabled": flag,
}
"""What Slack takes at each place; it refuses a manifest with any other key.

From docs.slack.dev/reference/app-manifest and github.com/slackapi/manifest-schema (schemas, version 2.0.0).
"""

OPTIONAL = {path for path, check in ALLOWED.items() if check is ADDRESS}
"""Everything else we always say."""

NEEDS = {
    "app_home_opened": "",
    "message.im": "im:history",
    "user_change": "users:read",
    "team_join": "users:read",
    "app_uninstalled": "",
    "tokens_revoked": "",
}
"""The scope without which an event is refused: docs.slack.dev/reference/events."""


def leaves(it: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(it, dict):
        for key, value in it.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(it, list):
        for value in it:
            yield from leaves(value, f"{path}[]")
    else:
        yield path, it


@pytest.mark.parametrize(("url", "many"), [("", False), (URL, False), (URL, True)])
def test_slack_takes_every_part_of_it(url: str, many: bool) -> None:
    said = list(leaves(manifest(url, many=many)))
    assert [(path, value) for path, value in said if path not in ALLOWED or not ALLOWED[path](value)] == []
    assert {path for path, _ in said} >= ALLOWED.keys() - OPTIONAL
    shortcuts = manifest(url, many=many)["features"]["shortcuts"]
    assert all(one.keys() == {"name", "type", "callback_id", "description"} for one in shortcuts)


def test_it_asks_for_exactly_these_scopes_and_each_has_its_reason() -> None:
    scopes = [
        *("channels:read", "chat:write", "commands", "files:write", "groups:read", "im:history"),
        *("users:read", "users:read.email"),
    ]
    assert manifest()["oauth_config"] == {"scopes": {"bot": scopes}}
    assert all(reason.endswith(".") for reason in SCOPES.values())


def test_every_event_may_be_heard_with_the_scopes_it_asks_for() -> None:
    assert list(EVENTS) == list(NEEDS)
    assert {scope for scope in NEEDS.values() if scope} <= SCOPES.keys()


def test_an_admin_finds_each_scope_with_its_reason_in_the_documents() -> None:
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
    assert dict(re.findall(r"^\| `([a-z:.]+)` \| (.+) \|$", page, re.MULTILINE)) == SCOPES


def test_without_an_address_the_bot_calls_slack() -> None:
    settings = manifest()["settings"]
    assert settings["socket_mode_enabled"] is True
    assert "https://" not in json.dumps(manifest())


def test_with_an_address_slack_calls_the_bot_in_one_place() -> None:
    said = manifest(URL + "/")
    events = f"{URL}/slack/events"
    assert said["settings"]["event_subscriptions"]["request_url"] == events
    assert said["settings"]["interactivity"]["request_url"] == events
    assert [one["url"] for one in said["features"]["slash_commands"]] == [events]
    assert said["settings"]["socket_mode_enabled"] is False
    assert said["settings"]["token_rotation_enabled"] is False
    assert "redirect_urls" not in said["oauth_config"]


def test_many_workspaces_come_back_to_us_and_their_tokens_are_renewed() -> None:
    said = manifest(URL, many=True)
    assert said["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]
    assert said["settings"]["token_rotation_enabled"] is True
    assert said["settings"]["org_deploy_enabled"] is True


def test_the_shortcuts_are_those_we_answer() -> None:
    shortcuts = manifest()["features"]["shortcuts"]
    assert [(one["type"], one["callback_id"]) for one in shortcuts] == [
        ("global", "add_candidate"),
        ("message", "log_follow_up"),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://followup.acme.example",
        "followup.acme.example",
        "https://",
        "https://followup.acme.example/slack/events",
        "https://followup.acme.example?x=1",
        "https://followup.acme.example#x",
        "https://user:pass@followup.acme.example",
        "https://followup.acme.example:port",
        "https://follow up.acme.example",
        "https://[1",
    ],
)
def test_an_address_slack_cannot_use_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(AddressRefused, match=r"https://followup\.example\.com"):
        manifest(url)
    ended = CliRunner().invoke(main, ["manifest", "slack", "--url", url])
    assert ended.exit_code == 1
    assert ended.output.startswith("Error: --url must be the https address")


def test_many_workspaces_need_an_address() -> None:
    ended = CliRunner().invoke(main, ["manifest", "slack", "--many"])
    assert ended.exit_code == 1
    assert "--many needs --url" in ended.output


def test_the_command_prints_it_as_json() -> None:
    ended = CliRunner().invoke(main, ["manifest", "slack", "--url", URL, "--many"])
    assert ended.exit_code == 0
    assert json.loads(ended.output) == manifest(URL, many=True)
