"""The counterpart for Slack takes what Slack takes, and refuses the rest in Slack's words.

The Web API is called by slack_sdk's AsyncWebClient, which was not written here: tokens and scopes, people,
messages and their blocks, views, files; then how often it may be called, and what can be ordered to go wrong.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_counterpart import Drop, Rate, Rates, SlackCounterpart, Team
from tests.slack_counterpart.installs import LIVES, SCOPES
from tests.slack_counterpart.on_bolt import client_of
from tests.slack_counterpart.teams import Json
from tests.unit.slack_counterpart_fixtures import (
    INPUT,
    SECTION,
    WRONG,
    Clock,
    client_fixture,  # noqa: F401
    clock_fixture,  # noqa: F401
    error_of,
    halden,
    http_fixture,  # noqa: F401
    modal,
    refused,
    says,
    slack_fixture,  # noqa: F401
)

# -- tokens and scopes ----------------------------------------------------------------------------------


async def test_auth_test_says_who_we_are_and_what_we_may(client: AsyncWebClient) -> None:
    said = await client.auth_test()
    assert (said["team_id"], said["user_id"], said["bot_id"]) == ("T0HALDEN", "UBOT0HALDEN", "B0HALDEN")
    assert set(said.headers["x-oauth-scopes"].split(",")) == set(SCOPES)


async def test_a_call_without_a_good_token_is_refused(
    slack: SlackCounterpart, http: aiohttp.ClientSession
) -> None:
    assert await error_of(client_of(slack, http, "").auth_test()) == "not_authed"
    assert await error_of(client_of(slack, http, "xoxb-made-up").auth_test()) == "invalid_auth"
    assert await error_of(client_of(slack, http, slack.app_token).auth_test()) == "not_allowed_token_type"
    client = client_of(slack, http)
    assert (await client.auth_revoke())["revoked"]
    assert await error_of(client.auth_test()) == "token_revoked"
    assert await error_of(client.api_call("chat.shout")) == "unknown_method"


async def test_a_missing_scope_is_named(http: aiohttp.ClientSession) -> None:
    async with SlackCounterpart(halden(), scopes=("users:read", "commands")) as slack:
        client = client_of(slack, http)
        said = await refused(client.chat_postMessage(channel="C1", text="Hello"))
        assert (said["error"], said["needed"], said["provided"]) == (
            "missing_scope",
            "chat:write",
            "commands,users:read",
        )
        dana = slack.user("dana.lee@halden.example")
        profile = (await client.users_info(user=dana.id))["user"]["profile"]
        assert "email" not in profile
        assert await error_of(client.conversations_open(users=[dana.id])) == "missing_scope"


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_a_code_is_exchanged_and_a_rotated_token_is_refreshed_once(
    clock: Clock, http: aiohttp.ClientSession
) -> None:
    async with SlackCounterpart(halden(), rotating=True, clock=clock) as slack:
        who = {"client_id": slack.installs.client_id, "client_secret": slack.installs.client_secret}
        code = slack.installs.code(slack.team, slack.user("dana.lee@halden.example"))
        client = client_of(slack, http, "")
        assert await error_of(client.oauth_v2_access(**{**who, "client_secret": "no"}, code=code)) == (
            "bad_client_secret"
        )
        granted = await client.oauth_v2_access(**who, code=code)
        assert (granted["team"]["id"], granted["expires_in"]) == ("T0HALDEN", LIVES)
        assert await error_of(client.oauth_v2_access(**who, code=code)) == "code_already_used"

        clock.now += LIVES
        first = client_of(slack, http, granted["access_token"])
        assert await error_of(first.auth_test()) == "token_expired"
        again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
        fresh = await client.oauth_v2_access(**who, **again)
        assert fresh["refresh_token"] != granted["refresh_token"]
        assert (await client_of(slack, http, fresh["access_token"]).auth_test())["ok"]
        assert await error_of(client.oauth_v2_access(**who, **again)) == "invalid_refresh_token"


async def test_an_org_wide_token_writes_in_every_team_of_the_organisation(
    http: aiohttp.ClientSession,
) -> None:
    north = Team("T0NORTH", "North", enterprise="E0HALDEN", org_wide=True)
    south = Team("T0SOUTH", "South", enterprise="E0HALDEN", org_wide=True)
    katrin = south.hire("katrin@halden.example")
    other = Team("T0OTHER", "Other")
    async with SlackCounterpart(north, south, other) as slack:
        client = client_of(slack, http)
        await client.chat_postMessage(channel=katrin.id, text="Hello")
        assert slack.calls[-1].team == "T0SOUTH"
        assert (await client.auth_test())["is_enterprise_install"]
        theirs = client_of(slack, http, slack.token_of(other))
        assert await error_of(theirs.chat_postMessage(channel=katrin.id, text="Hello")) == "channel_not_found"


# -- people ---------------------------------------------------------------------------------------------


async def test_people_are_found_by_id_and_by_email(slack: SlackCounterpart, client: AsyncWebClient) -> None:
    ravi = slack.user("ravi.menon@halden.example")
    found = (await client.users_lookupByEmail(email="Ravi.Menon@halden.example"))["user"]
    assert (found["id"], found["tz"]) == (ravi.id, "Europe/London")
    assert "locale" not in (await client.users_info(user=ravi.id))["user"]
    assert (await client.users_info(user=ravi.id, include_locale=True))["user"]["locale"] == "en-GB"
    assert await error_of(client.users_info(user="U1")) == "user_not_found"
    ravi.deleted = True
    assert await error_of(client.users_lookupByEmail(email=ravi.email)) == "users_not_found"
    assert "tz" not in (await client.users_info(user=ravi.id))["user"]


# -- messages -------------------------------------------------------------------------------------------


async def test_a_message_to_a_person_opens_a_direct_message_and_can_be_edited(
    slack: SlackCounterpart, client: AsyncWebClient
) -> None:
    dana = slack.user("dana.lee@halden.example")
    posted = await client.chat_postMessage(channel=dana.id, text="Hello", blocks=[SECTION])
    assert posted["channel"].startswith("D")
    assert posted["message"]["blocks"][0]["block_id"], "Slack names a block that has no name"
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Bye", blocks=[SECTION])
    [message] = slack.seen_by(dana)
    assert (message.text, message.ts) == ("Bye", posted["ts"])
    assert [call.method for call in slack.calls if call.ok] == ["chat.postMessage", "chat.update"]
    update = client.chat_update(channel=dana.id, ts=posted["ts"], text="Bye")
    assert await error_of(update) == "channel_not_found", "an edit wants the D, not the U"


async def test_where_the_bot_may_not_write(slack: SlackCounterpart, client: AsyncWebClient) -> None:
    dana, ravi = slack.user("dana.lee@halden.example"), slack.user("ravi.menon@halden.example")
    foreign = slack.team.add_channel("finance", dana, has_bot=False)
    closed = slack.team.add_channel("old", dana, is_archived=True)
    hiring = slack.team.add_channel("hiring", dana)
    for channel, error in (
        (foreign.id, "not_in_channel"),
        (closed.id, "is_archived"),
        ("C0NOWHERE", "channel_not_found"),
        ("", "invalid_arguments"),
        (slack.team.bot_user, "cannot_dm_bot"),
    ):
        assert await error_of(client.chat_postMessage(channel=channel, text="Hello")) == error
    aside = client.chat_postEphemeral(channel=hiring.id, user=ravi.id, text="Hello")
    assert await error_of(aside) == "user_not_in_channel"
    said = await client.chat_postEphemeral(channel=hiring.id, user=dana.id, text="Hello")
    edit = client.chat_update(channel=hiring.id, ts=said["message_ts"], text="Bye")
    assert await error_of(edit) == "message_not_found", "what only one person sees cannot be edited"
    assert [message.text for message in slack.seen_by(dana)] == ["Hello"]


async def test_what_cannot_be_edited(slack: SlackCounterpart, client: AsyncWebClient) -> None:
    dana = slack.user("dana.lee@halden.example")
    posted = await client.chat_postMessage(channel=dana.id, text="Hello")
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    assert await error_of(client.chat_update(**where, text="x" * 4001)) == "msg_too_long"
    assert await error_of(client.chat_update(**{**where, "ts": "1.0"}, text="Bye")) == "message_not_found"
    slack.memory.messages[posted["ts"]].edit_window_closed = True
    assert await error_of(client.chat_update(**where, text="Bye")) == "edit_window_closed"
    slack.memory.messages[posted["ts"]].author = dana.id
    assert await error_of(client.chat_update(**where, text="Bye")) == "cant_update_message"
    assert await error_of(client.chat_delete(**where)) == "cant_delete_message"


@pytest.mark.parametrize("wrong", WRONG)
async def test_wrong_blocks_are_refused(slack: SlackCounterpart, client: AsyncWebClient, wrong: str) -> None:
    dana = slack.user("dana.lee@halden.example")
    said = await refused(client.chat_postMessage(channel=dana.id, text="Hello", blocks=WRONG[wrong]))
    assert said["error"] == "invalid_blocks"
    assert said["response_metadata"]["messages"][0].startswith("[ERROR] ")
    assert slack.seen_by(dana) == []


async def test_a_message_may_not_weigh_too_much(slack: SlackCounterpart, client: AsyncWebClient) -> None:
    dana = slack.user("dana.lee@halden.example")
    heavy = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}] * 5
    post = client.chat_postMessage
    assert await error_of(post(channel=dana.id, text="x", blocks=heavy)) == "msg_blocks_too_long"
    assert await error_of(post(channel=dana.id, text="x" * 40_001)) == "msg_too_long"
    assert await error_of(client.api_call("chat.postMessage", json={"channel": dana.id})) == "no_text"
    form = {"channel": dana.id, "blocks": "{"}
    assert await error_of(client.api_call("chat.postMessage", data=form)) == "invalid_blocks_format"


async def test_a_form_encoded_call_is_understood_as_well(
    slack: SlackCounterpart, client: AsyncWebClient
) -> None:
    dana = slack.user("dana.lee@halden.example")
    form = {"channel": dana.id, "text": "Hello", "blocks": json.dumps([SECTION])}
    assert (await client.api_call("chat.postMessage", data=form))["ok"]


async def test_a_response_url_is_good_for_five_answers_in_half_an_hour(
    slack: SlackCounterpart, http: aiohttp.ClientSession, clock: Clock
) -> None:
    dana = slack.user("dana.lee@halden.example")
    url = slack.memory.response_url(dana, slack.team.dm(dana.id), "")

    async def answer(said: Json) -> tuple[int, str]:
        async with http.post(url, json=said) as back:
            return back.status, str((await back.json()).get("error", ""))

    assert await answer({"blocks": [{"type": "banner"}]}) == (400, "invalid_blocks")
    for _ in range(5):
        assert await answer(says("Hello")) == (200, "")
    assert await answer(says("Hello")) == (404, "used_url")
    url = slack.memory.response_url(dana, slack.team.dm(dana.id), "")
    clock.now += 30 * 60 + 1
    assert await answer(says("Hello")) == (404, "expired_url")
    assert [call.status for call in slack.called("response_url")] == [400, *[200] * 5, 404, 404]


# -- views ----------------------------------------------------------------------------------------------


async def test_a_trigger_opens_one_view_within_three_seconds(
    slack: SlackCounterpart, client: AsyncWebClient, clock: Clock
) -> None:
    dana = slack.user("dana.lee@halden.example")
    trigger = slack.memory.trigger(dana)
    opened = (await client.views_open(trigger_id=trigger, view=modal()))["view"]
    assert opened["root_view_id"] == opened["id"]
    assert await error_of(client.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
    late = slack.memory.trigger(dana)
    clock.now += 3.1
    assert await error_of(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert await error_of(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"


async def test_three_views_stand_on_each_other_at_most(
    slack: SlackCounterpart, client: AsyncWebClient
) -> None:
    dana = slack.user("dana.lee@halden.example")
    outside = slack.memory.trigger(dana)
    assert await error_of(client.views_push(trigger_id=outside, view=modal())) == "not_found"
    await client.views_open(trigger_id=slack.memory.trigger(dana), view=modal())
    for _ in range(2):
        top = slack.memory.stack(dana.id)[-1]
        pushed = await client.views_push(trigger_id=slack.memory.trigger(dana, view=top), view=modal())
        assert pushed["view"]["previous_view_id"] == top.id
    trigger = slack.memory.trigger(dana, view=slack.memory.stack(dana.id)[-1])
    assert await error_of(client.views_push(trigger_id=trigger, view=modal())) == "push_limit_reached"


async def test_a_view_is_updated_while_it_is_open_and_unchanged(
    slack: SlackCounterpart, client: AsyncWebClient
) -> None:
    dana = slack.user("dana.lee@halden.example")
    opened = await client.views_open(trigger_id=slack.memory.trigger(dana), view=modal())
    view = opened["view"]["id"], opened["view"]["hash"]
    await client.views_update(view_id=view[0], hash=view[1], view=modal(INPUT))
    assert await error_of(client.views_update(view_id=view[0], hash=view[1], view=modal())) == "hash_conflict"
    slack.memory.close_view(slack.memory.views[view[0]])
    assert await error_of(client.views_update(view_id=view[0], view=modal())) == "not_found"


async def test_a_home_tab_is_published_again_only_over_what_was_known(
    slack: SlackCounterpart, client: AsyncWebClient
) -> None:
    dana = slack.user("dana.lee@halden.example")
    home = {"type": "home", "blocks": [SECTION]}
    first = await client.views_publish(user_id=dana.id, view=home)
    await client.views_publish(user_id=dana.id, hash=first["view"]["hash"], view=home)
    stale = client.views_publish(user_id=dana.id, hash=first["view"]["hash"], view=home)
    assert await error_of(stale) == "hash_conflict"
    assert await error_of(client.views_publish(user_id=dana.id, view=modal())) == "invalid_arguments"


@pytest.mark.parametrize(
    "wrong",
    [
        modal(title={"type": "plain_text", "text": "x" * 25}),
        modal(submit={"type": "plain_text", "text": "x" * 25}),
        modal(submit={"type": "mrkdwn", "text": "Save"}),
        modal(INPUT, submit=None),
        modal(private_metadata="x" * 3001),
        modal(*[SECTION] * 101),
        modal(colour="red"),
        modal(INPUT, INPUT),
        {"type": "modal", "blocks": [SECTION]},
        {"type": "home", "blocks": [SECTION]},
    ],
)
async def test_a_wrong_modal_is_refused(slack: SlackCounterpart, client: AsyncWebClient, wrong: Json) -> None:
    trigger = slack.memory.trigger(slack.user("dana.lee@halden.example"))
    assert await error_of(client.views_open(trigger_id=trigger, view=wrong)) == "invalid_arguments"
    assert (await client.views_open(trigger_id=trigger, view=modal()))["ok"], "the trigger is still good"


async def test_a_view_may_not_be_too_large(slack: SlackCounterpart, client: AsyncWebClient) -> None:
    trigger = slack.memory.trigger(slack.user("dana.lee@halden.example"))
    large = modal(*[{"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}] * 90)
    assert await error_of(client.views_open(trigger_id=trigger, view=large)) == "view_too_large"


# -- files ----------------------------------------------------------------------------------------------


async def test_a_file_is_uploaded_in_three_steps(http: aiohttp.ClientSession) -> None:
    async with SlackCounterpart(halden()) as slack:
        client = client_of(slack, http)
        await client.files_upload_v2(filename="week.png", content=b"png", title="The week")
        [file] = slack.memory.files.values()
        assert (file["content"], file["title"]) == (b"png", "The week")
        unknown = client.files_completeUploadExternal(files=[{"id": "F1"}])
        assert await error_of(unknown) == "file_not_found"


# -- rates ----------------------------------------------------------------------------------------------


async def test_one_message_a_second_in_a_channel(clock: Clock, http: aiohttp.ClientSession) -> None:
    async with SlackCounterpart(halden(), clock=clock, limits=True) as slack:
        client = client_of(slack, http)
        dana, ravi = slack.user("dana.lee@halden.example"), slack.user("ravi.menon@halden.example")
        posted = await client.chat_postMessage(channel=dana.id, text="1")
        with pytest.raises(SlackApiError) as error:
            await client.chat_postMessage(channel=posted["channel"], text="2")
        assert (error.value.response.status_code, error.value.response["error"]) == (429, "ratelimited")
        assert error.value.response.headers["Retry-After"] == "1"
        await client.chat_postMessage(channel=ravi.id, text="1")
        clock.now += 0.96
        await client.chat_postMessage(channel=dana.id, text="2")
        assert [call.status for call in slack.called("chat.postMessage")] == [200, 429, 200, 200]


async def test_a_workspace_has_so_many_calls_a_minute(clock: Clock, http: aiohttp.ClientSession) -> None:
    rates = Rates({"users.info": Rate(60, 2)})
    async with SlackCounterpart(halden(), clock=clock, limits=rates) as slack:
        client = client_of(slack, http)
        dana = slack.user("dana.lee@halden.example")
        for _ in range(2):
            await client.users_info(user=dana.id)
        assert (await refused(client.users_info(user=dana.id)))["status"] == 429
        clock.now += 1
        await client.users_info(user=dana.id)
        assert (await refused(client.users_info(user=dana.id)))["status"] == 429


# -- faults ---------------------------------------------------------------------------------------------


async def test_a_test_can_order_what_goes_wrong(slack: SlackCounterpart, client: AsyncWebClient) -> None:
    dana = slack.user("dana.lee@halden.example")

    async def post() -> Any:
        return await client.chat_postMessage(channel=dana.id, text="Hello")

    slack.faults.fail("chat.postMessage", status=500)
    assert (await refused(post()))["status"] == 500
    slack.faults.fail("chat.postMessage", status=429, retry_after=7)
    with pytest.raises(SlackApiError) as error:
        await post()
    assert error.value.response.headers["Retry-After"] == "7"
    slack.faults.fail("chat.postMessage", error="fatal_error", times=2)
    assert [await error_of(post()), await error_of(post())] == ["fatal_error", "fatal_error"]
    slack.faults.drop("chat.postMessage", Drop.BEFORE)
    with pytest.raises(aiohttp.ClientError):
        await post()
    assert slack.seen_by(dana) == []
    slack.faults.drop("chat.postMessage", Drop.AFTER)
    with pytest.raises(aiohttp.ClientError):
        await post()
    assert len(slack.seen_by(dana)) == 1
    assert (slack.calls[-1].done, slack.calls[-1].ok) == (True, False)


async def test_a_call_that_hangs_can_be_woken(slack: SlackCounterpart, client: AsyncWebClient) -> None:
    dana = slack.user("dana.lee@halden.example")
    slack.faults.hang("chat.postMessage", seconds=60)
    post = asyncio.create_task(client.chat_postMessage(channel=dana.id, text="Hello"))
    await slack.faults.hanging.wait()
    assert slack.seen_by(dana) == []
    slack.faults.wakes.set()
    assert (await post)["ok"]
