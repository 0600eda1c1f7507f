"""The counterpart for Slack is as strict as Slack, and its person sees what a person would see.

Whoever speaks to it here was written by nobody here: slack_sdk's AsyncWebClient and its Socket Mode client
on one side, Bolt on the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import render
from bot.views.elements import (
    Button,
    Buttons,
    CheckField,
    ChoiceField,
    DateField,
    Form,
    Heading,
    Message,
    Option,
    Paragraph,
    Row,
    TextField,
)
from tests import examples as ex
from tests.slack_counterpart import BadAnswer, Drop, NoAck, Rate, Rates, SlackCounterpart, SlackPerson, Team
from tests.slack_counterpart.installs import LIVES, SCOPES
from tests.slack_counterpart.on_bolt import Bot, client_of, over_http, over_sockets, serving
from tests.stories.person import SeenErrors, form_of, message_of

Json = dict[str, Any]
SECTION = {"type": "section", "text": {"type": "plain_text", "text": "Hello"}}
INPUT = {
    "type": "input",
    "block_id": "name",
    "label": {"type": "plain_text", "text": "Name"},
    "element": {"type": "plain_text_input", "action_id": "name"},
}


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def halden() -> Team:
    team = Team("T0HALDEN", "Halden")
    team.hire("dana.lee@halden.example", "Dana Lee")
    team.hire("ravi.menon@halden.example", "Ravi Menon", tz="Europe/London", locale="en-GB")
    return team


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackCounterpart]:
    async with SlackCounterpart(halden(), clock=clock) as one:
        yield one


@pytest.fixture
def client(slack: SlackCounterpart, http: aiohttp.ClientSession) -> AsyncWebClient:
    return client_of(slack, http)


async def refused(call: Awaitable[Any]) -> Json:
    """What Slack said when it refused this."""
    with pytest.raises(SlackApiError) as error:
        await call
    said = error.value.response
    return {**(said.data if isinstance(said.data, dict) else {}), "status": said.status_code}


async def error_of(call: Awaitable[Any]) -> str:
    return str((await refused(call))["error"])


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


def button(**about: Any) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": "Do"}, "action_id": "a", **about}


def actions(*elements: Json, **about: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **about}


def option(value: str = "v", text: str = "One") -> Json:
    return {"text": {"type": "plain_text", "text": text}, "value": value}


WRONG: dict[str, list[Any]] = {
    "51 blocks": [SECTION] * 51,
    "no type": [{"text": "Hello"}],
    "not an object": ["Hello"],
    "an unknown block": [{"type": "banner"}],
    "an unknown property": [{**SECTION, "colour": "red"}],
    "an unknown element": [actions({"type": "dial", "action_id": "a"})],
    "an empty text": [{"type": "section", "text": {"type": "plain_text", "text": ""}}],
    "a long text": [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}],
    "a long field": [{"type": "section", "fields": [{"type": "plain_text", "text": "x" * 2001}]}],
    "a long header": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
    "no elements": [actions()],
    "26 elements": [actions(*(button(action_id=str(n)) for n in range(26)))],
    "a block_id twice": [{**SECTION, "block_id": "b"}, {**SECTION, "block_id": "b"}],
    "an action_id twice": [actions(button(), button())],
    "a long block_id": [{**SECTION, "block_id": "b" * 256}],
    "a long button": [actions(button(text={"type": "plain_text", "text": "x" * 76}))],
    "a long value": [actions(button(value="x" * 2001))],
    "no options": [actions({"type": "overflow", "action_id": "a", "options": []})],
    "a select without options": [actions({"type": "static_select", "action_id": "a"})],
    "6 in an overflow": [
        actions({"type": "overflow", "action_id": "a", "options": [option(str(n)) for n in range(6)]})
    ],
    "a long option": [actions({"type": "overflow", "action_id": "a", "options": [option("x" * 151)]})],
    "a strange choice": [
        actions(
            {
                "type": "static_select",
                "action_id": "a",
                "options": [option("v")],
                "initial_option": option("w"),
            }
        )
    ],
    "no date": [actions({"type": "datepicker", "action_id": "a", "initial_date": "tomorrow"})],
}


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


@pytest.mark.parametrize("name", [n for n, v in ex.views().items() if isinstance(v, Message)])
async def test_every_message_of_ours_is_taken_and_read_as_it_was_meant(
    slack: SlackCounterpart, client: AsyncWebClient, name: str
) -> None:
    view = ex.views()[name]
    assert isinstance(view, Message)
    drawn = render.message(view)
    dana = SlackPerson(slack, "dana.lee@halden.example")
    await client.chat_postMessage(channel=dana.user.id, text=drawn.text, blocks=drawn.blocks)
    [seen] = await dana.reads()
    rows = [element for element in view.elements if isinstance(element, Row)]
    assert [row.title for row in seen.rows] == [row.title for row in rows]
    assert [row.mark for row in seen.rows] == [row.mark.value for row in rows]
    for there, meant in zip(seen.rows, rows, strict=True):
        assert there.text == " ".join(meant.lines)
        labels = [button.label for button in (*meant.buttons, *meant.menu)]
        assert [*there.buttons, *there.menu] == labels
    loose = [b.label for element in view.elements if isinstance(element, Buttons) for b in element.buttons]
    assert list(seen.buttons) == loose
    headings = [element.text for element in view.elements if isinstance(element, Heading)]
    assert seen.heading == "".join(headings[:1])


# -- views ----------------------------------------------------------------------------------------------


def modal(*blocks: Json, **about: Any) -> Json:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Form"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": list(blocks) or [SECTION],
        **about,
    }


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


@pytest.mark.parametrize("name", [n for n, v in ex.views().items() if isinstance(v, Form)])
async def test_every_form_of_ours_is_taken_and_read_as_it_was_meant(
    slack: SlackCounterpart, client: AsyncWebClient, name: str
) -> None:
    view = ex.views()[name]
    assert isinstance(view, Form)
    dana = SlackPerson(slack, "dana.lee@halden.example")
    await client.views_open(trigger_id=slack.memory.trigger(dana.user), view=render.modal(view))
    seen = dana.form()
    assert seen is not None
    assert seen.title == view.title
    assert view.submit_label.startswith(seen.submit.removesuffix("…"))
    assert seen.fields == {
        field.name: value for field in view.fields for value in [_filled(field)] if value is not None
    }
    assert list(seen.buttons) == [button.label for button in view.buttons]


def _filled(field: object) -> str | None:
    match field:
        case TextField(value=value):
            return value
        case DateField(value=day):
            return day.isoformat() if day else ""
        case ChoiceField(value=value, expanded=expanded):
            return value or (None if expanded else "")
        case CheckField(value=ticked):
            return "yes" if ticked else None
        case _:
            raise AssertionError(field)


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


# -- an app on Bolt -------------------------------------------------------------------------------------


@pytest.fixture
async def bot(slack: SlackCounterpart, http: aiohttp.ClientSession) -> AsyncIterator[Bot]:
    async with over_http(slack, http) as one:
        yield one


@pytest.fixture
def dana(slack: SlackCounterpart) -> SlackPerson:
    return SlackPerson(slack, "dana.lee@halden.example")


TODAY = Message(
    notification="1 waits",
    elements=(
        Heading("1 candidate is waiting"),
        Row(
            title="Tomasz Zieliński · Backend Engineer",
            lines=("Promised news by Fri 20 Nov.",),
            buttons=(Button("Send update", "send"), Button("Give feedback", "feedback")),
            menu=(
                Button("Other date", "date"),
                Button("Has another offer until …", "offer"),
                Button(
                    "Put on hold for as long as it takes somebody else to make up their mind about it all",
                    "x",
                ),
            ),
        ),
        Buttons((Button("Why am I asked?", "why"), Button("Settings", "settings"))),
    ),
)
DATES = Form(
    title="Another date for Tomasz Zieliński",
    submit="date_ok",
    submit_label="Send with this date",
    intro=(Paragraph("Tomasz gets a letter."),),
    fields=(
        DateField(name="date", label="New date"),
        ChoiceField(
            name="reason", label="Reason", options=(Option("panel", "Panel"), Option("none", "None"))
        ),
        CheckField(name="copy", label="A copy for me"),
    ),
    buttons=(Button("Send no letter", "no"),),
)


async def opens_dates(ack: Any, body: Json, client: AsyncWebClient, **_: Any) -> None:
    await ack()
    await client.views_open(trigger_id=body["trigger_id"], view=render.modal(DATES))


async def shows_today(client: AsyncWebClient, person: SlackPerson) -> Json:
    drawn = render.message(TODAY)
    posted = await client.chat_postMessage(channel=person.user.id, text=drawn.text, blocks=drawn.blocks)
    return {"channel": posted["channel"], "ts": posted["ts"]}


def says(text: str) -> Json:
    drawn = render.message(Message(notification=text, elements=(Paragraph(text),)))
    return {"text": drawn.text, "blocks": drawn.blocks}


async def test_a_click_that_edits_the_message_ends_in_the_message(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    where = await shows_today(client, dana)

    async def edits(ack: Any, client: AsyncWebClient, **_: Any) -> None:
        await client.chat_update(**where, **says("Tomasz gets your update."))
        await ack()

    bot.on(bot.bolt.action({"action_id": "do.1"}), edits)
    before = await dana.digest()
    answer = message_of(await dana.clicks("Send update", "Tomasz"))
    assert (answer.text, answer.id) == ("Tomasz gets your update.", before.id)
    [body] = bot.heard
    assert body["actions"][0]["value"] == "send"
    assert body["container"] == {
        "type": "message",
        "message_ts": where["ts"],
        "channel_id": where["channel"],
        "is_ephemeral": False,
    }
    assert body["message"]["blocks"][0]["type"] == "header"
    [menu] = [entry for block in body["state"]["values"].values() for entry in block.values()] or [None]
    assert menu is None, "an overflow menu has no state"
    again = message_of(await dana.clicks("Send update", "Tomasz", on=before))
    assert again.text == "Tomasz gets your update.", "a click on what one has seen before it changed"


async def test_a_menu_entry_is_found_by_its_beginning_or_by_more_than_slack_shows(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    await shows_today(client, dana)

    async def answers(ack: Any, body: Json, respond: Any, **_: Any) -> None:
        await ack()
        await respond(**says(body["actions"][0]["selected_option"]["value"]), replace_original=False)

    bot.on(bot.bolt.action({"action_id": "do.3"}), answers)
    assert (await dana.presses("Has another offer", "Tomasz")).text == "offer"
    digest = await dana.digest()
    [cut] = [label for label in digest.row("Tomasz").menu if label.endswith("…") and "hold" in label]
    assert len(cut) <= 75
    asked = "Put on hold for as long as it takes somebody else to make up their mind about it all"
    assert (await dana.presses(asked, "Tomasz")).text == "x"
    with pytest.raises(AssertionError, match="There is no button Fire"):
        await dana.clicks("Fire", "Tomasz")


async def test_a_form_opens_is_refused_and_is_submitted(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    where = await shows_today(client, dana)

    async def takes(ack: Any, body: Json, client: AsyncWebClient, **_: Any) -> None:
        values = body["view"]["state"]["values"]
        if values["date"]["date"]["selected_date"] is None:
            await ack(response_action="errors", errors={"date": "Choose a day."})
            return
        await client.chat_update(**where, **says(f"New date: {values['date']['date']['selected_date']}"))
        await ack()

    bot.on(bot.bolt.action({"action_id": "do.3"}), opens_dates)
    bot.on(bot.bolt.view("form"), takes)
    form = await dana.opens("Other date", "Tomasz")
    assert form.title == "Another date for Tomasz Zieliński"
    assert form.submit == "Send with this date"
    assert form.fields == {"date": "", "reason": ""}
    assert list(form.buttons) == ["Send no letter"]
    assert "Tomasz gets a letter." in form.text
    assert await dana.errs(form) == {"date": "Choose a day."}
    assert dana.form() == form, "a form with an error stays open"
    answer = await dana.submits(form, date="2026-12-02", reason="panel", copy="yes")
    assert answer.text == "New date: 2026-12-02"
    assert dana.form() is None
    values = bot.heard[-1]["view"]["state"]["values"]
    assert values["reason"]["reason"]["selected_option"]["value"] == "panel"
    assert [o["value"] for o in values["copy"]["copy"]["selected_options"]] == ["yes"]

    late = await dana.submits(form, date="2026-12-03")
    assert late.text == "New date: 2026-12-03", "as if it had stood open in a second window"
    assert bot.heard[-1]["view"]["id"] != bot.heard[-2]["view"]["id"]
    with pytest.raises(AssertionError, match="There is no choice whim"):
        await dana.fills(form, date="2026-12-03", reason="whim")
    with pytest.raises(AssertionError, match="There is no field"):
        await dana.fills(form, colour="red")


async def test_a_client_that_checks_lets_no_required_field_go_empty(
    slack: SlackCounterpart, client: AsyncWebClient
) -> None:
    dana = SlackPerson(slack, "dana.lee@halden.example", checks=True)
    await client.views_open(trigger_id=slack.memory.trigger(dana.user), view=render.modal(DATES))
    form = dana.form()
    assert form is not None
    assert set(await dana.errs(form)) == {"date", "reason"}
    assert slack.requests == []


@pytest.mark.parametrize("action", ["update", "push"])
async def test_a_submission_is_answered_with_the_next_step(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson, action: str
) -> None:
    preview = render.modal(Form(title="Step 2", submit="ok", submit_label="Send"))

    async def steps(ack: Any, body: Json, client: AsyncWebClient, **_: Any) -> None:
        if body["view"]["title"]["text"] == "Step 2":
            await client.chat_postMessage(channel=body["user"]["id"], **says("Sent."))
            await ack(response_action="clear")
        else:
            await ack(response_action=action, view=preview)

    bot.on(bot.bolt.view("form"), steps)
    await client.views_open(trigger_id=slack.memory.trigger(dana.user), view=render.modal(DATES))
    form = dana.form()
    assert form is not None
    second = form_of(await dana.fills(form, date="2026-12-02"))
    assert second.title == "Step 2"
    assert len(slack.memory.stack(dana.user.id)) == (1 if action == "update" else 2)
    assert (await dana.submits(second)).text == "Sent."
    assert dana.form() is None


async def test_a_modal_with_nothing_to_submit_is_read_as_a_message(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    window = modal(*render.message(TODAY).blocks, submit=None)

    async def opens(ack: Any, body: Json, client: AsyncWebClient, **_: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=window)

    async def changes(ack: Any, body: Json, client: AsyncWebClient, **_: Any) -> None:
        await ack()
        said = modal(*says("Done.")["blocks"], submit=None)
        await client.views_update(view_id=body["view"]["id"], view=said)

    bot.on(bot.bolt.command("/followup"), opens)
    bot.on(bot.bolt.action({"action_id": "do.1"}), changes)
    shown = await dana.asks("/followup")
    assert shown.heading == "1 candidate is waiting"
    assert (await dana.presses("Send update", "Tomasz", on=shown)).text == "Done."


async def test_a_button_in_a_form_is_clicked_there(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    async def changes(ack: Any, body: Json, client: AsyncWebClient, **_: Any) -> None:
        await ack()
        shown = render.modal(Form(title="Changed", submit="ok", submit_label="Save"))
        await client.views_update(view_id=body["container"]["view_id"], hash=body["view"]["hash"], view=shown)

    bot.on(bot.bolt.action({"action_id": "do.form.1"}), changes)
    await client.views_open(trigger_id=slack.memory.trigger(dana.user), view=render.modal(DATES))
    form = dana.form()
    assert form is not None
    assert form_of(await dana.acts(form.buttons["Send no letter"])).title == "Changed"


async def test_a_command_is_answered_by_itself_by_its_url_or_by_a_form(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    async def answers(ack: Any, body: Json, client: AsyncWebClient, respond: Any) -> None:
        match body["text"]:
            case "now":
                await ack("Now.")
            case "later":
                await ack()
                await respond(**says("Later."))
            case "form":
                await ack()
                await client.views_open(trigger_id=body["trigger_id"], view=render.modal(DATES))
            case "everybody":
                await ack(response_type="in_channel", **says("To everybody."))
            case _:
                await ack()

    bot.on(bot.bolt.command("/followup"), answers)
    channel = slack.team.add_channel("hiring", dana.user)
    assert (await dana.asks("/followup now")).text == "Now."
    assert (await dana.asks("/followup later")).text == "Later."
    assert form_of(await dana.types("/followup form")).title == DATES.title
    assert message_of(await dana.types("/followup everybody", channel=channel.id)).text == "To everybody."
    ravi = SlackPerson(slack, "ravi.menon@halden.example", within=0.01)
    assert await ravi.reads() == [], "an answer is seen by who asked"
    assert await dana.is_refused("/followup now") == "Now."
    with pytest.raises(AssertionError, match="Nothing changed that ravi"):
        await ravi.types("/followup nothing")
    assert [body["channel_name"] for body in bot.heard[3:5]] == ["hiring", "directmessage"]


async def test_an_ephemeral_answer_is_replaced_where_it_stands_and_has_no_message_in_its_payload(
    slack: SlackCounterpart, bot: Bot, dana: SlackPerson
) -> None:
    async def asks(ack: Any, respond: Any, **_: Any) -> None:
        await ack()
        asked = Message(notification="Sure?", elements=(Buttons((Button("Yes", "yes"),)),))
        drawn = render.message(asked)
        await respond(text=drawn.text, blocks=drawn.blocks)

    async def done(ack: Any, respond: Any, **_: Any) -> None:
        await ack()
        await respond(**says("Done."), replace_original=True)

    bot.on(bot.bolt.command("/followup"), asks)
    bot.on(bot.bolt.action({"action_id": "do.1"}), done)
    asked = await dana.asks("/followup update")
    answer = await dana.presses("Yes", on=asked)
    assert (answer.text, answer.id) == ("Done.", asked.id)
    assert "message" not in bot.heard[-1]
    assert bot.heard[-1]["container"]["is_ephemeral"]
    assert (await dana.reads()) == [answer]


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


async def test_somebody_elses_button_can_be_pressed_by_whoever_gets_hold_of_it(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    async def refuses(ack: Any, body: Json, respond: Any, **_: Any) -> None:
        await ack()
        await respond(**says("This is not yours to see."), replace_original=False)

    bot.on(bot.bolt.action({"action_id": "do.1"}), refuses)
    await shows_today(client, dana)
    action = (await dana.digest()).row("Tomasz").buttons["Send update"]
    ravi = SlackPerson(slack, "ravi.menon@halden.example")
    with pytest.raises(AssertionError, match="has no message"):
        await ravi.acts(action)
    await client.chat_postMessage(channel=ravi.user.id, text="Hello")
    assert message_of(await ravi.acts(action)).text == "This is not yours to see."
    assert bot.heard[-1]["user"]["id"] == ravi.user.id
    with pytest.raises(AssertionError, match="was ever drawn"):
        await ravi.acts("made up")


async def test_the_home_tab_is_opened_and_clicked(
    slack: SlackCounterpart, bot: Bot, dana: SlackPerson
) -> None:
    async def publishes(ack: Any, body: Json, client: AsyncWebClient, **_: Any) -> None:
        await client.views_publish(user_id=body["event"]["user"], view=render.home(TODAY))
        await ack()

    bot.on(bot.bolt.event("app_home_opened"), publishes)
    bot.on(bot.bolt.action({"action_id": "do.2"}), opens_dates)
    home = await dana.home()
    assert home.heading == "1 candidate is waiting"
    assert (await dana.opens("Give feedback", "Tomasz", on=home)).title == DATES.title
    assert bot.heard[-1]["container"]["type"] == "view"
    assert await slack.events.verifies()


async def test_a_direct_message_is_an_event_that_needs_a_scope(
    slack: SlackCounterpart, bot: Bot, dana: SlackPerson
) -> None:
    async def answers(ack: Any, body: Json, client: AsyncWebClient, **_: Any) -> None:
        await client.chat_postMessage(channel=body["event"]["channel"], **says(body["event"]["text"]))
        await ack()

    bot.on(bot.bolt.event("message"), answers)
    assert (await dana.asks("list")).text == "list"
    assert bot.heard[0]["event"]["channel_type"] == "im"
    async with SlackCounterpart(halden(), scopes=("chat:write",)) as deaf:
        with pytest.raises(AssertionError, match="may not hear"):
            await deaf.events.writes(deaf.user("dana.lee@halden.example"), "list")


async def test_accounts_and_installations_come_and_go(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    async def hears(ack: Any, **_: Any) -> None:
        await ack()

    for kind in ("user_change", "team_join", "tokens_revoked", "app_uninstalled"):
        bot.on(bot.bolt.event(kind), hears)
    await slack.events.changes(dana.user, status_text="Away", tz="Europe/Oslo")
    await slack.events.joins(slack.team.hire("sam@halden.example"))
    await slack.events.uninstalls(slack.team)
    assert [body["event"]["type"] for body in bot.heard] == [
        "user_change",
        "team_join",
        "tokens_revoked",
        "app_uninstalled",
    ]
    assert bot.heard[0]["event"]["user"]["profile"]["status_text"] == "Away"
    assert bot.heard[0]["authorizations"][0]["team_id"] == "T0HALDEN"
    assert len({body["event_id"] for body in bot.heard}) == 4
    assert await error_of(client.auth_test()) == "account_inactive"


async def test_shortcuts(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot, dana: SlackPerson
) -> None:
    bot.on(bot.bolt.global_shortcut("add"), opens_dates)
    bot.on(bot.bolt.message_shortcut("add"), opens_dates)
    await shows_today(client, dana)
    await slack.app.shortcut(dana.user, "add")
    [message] = slack.seen_by(dana.user)
    await slack.app.message_action(dana.user, message, "add")
    assert [body["type"] for body in bot.heard] == ["shortcut", "message_action"]
    assert dana.form() is not None


async def test_settling_takes_the_place_of_waiting(
    slack: SlackCounterpart, client: AsyncWebClient, bot: Bot
) -> None:
    """The app's work after the acknowledgement is the stage's to wait for."""
    work: list[asyncio.Task[Any]] = []
    ready = asyncio.Event()

    async def settled() -> None:
        ready.set()
        await asyncio.gather(*work)

    dana = SlackPerson(slack, "dana.lee@halden.example", settled=settled)
    where = await shows_today(client, dana)

    async def later() -> None:
        await ready.wait()
        await client.chat_postMessage(channel=dana.user.id, **says("Something else."))
        await client.chat_update(**where, **says("Done."))
        await client.chat_update(**where, **says("Drawn anew."))

    async def edits(ack: Any, **_: Any) -> None:
        await ack()
        work.append(asyncio.create_task(later()))

    async def nothing(ack: Any, **_: Any) -> None:
        await ack()

    bot.on(bot.bolt.action({"action_id": "do.1"}), edits)
    bot.on(bot.bolt.action({"action_id": "do.2"}), nothing)
    before = await dana.digest()
    assert (await dana.presses("Send update", "Tomasz")).text == "Done.", "the message clicked comes first"
    same = await dana.presses("Give feedback", "Tomasz", on=before)
    assert same.text == "Drawn anew.", "where nothing changed they look at what they clicked"


async def test_what_slack_does_not_have_comes_from_the_stage(slack: SlackCounterpart) -> None:
    async def moves(to: str) -> int:
        return len(to)

    async def letters() -> list[Any]:
        return []

    known = uuid.uuid4()
    email = "dana.lee@halden.example"
    dana = await SlackPerson(
        slack, email, moves_clock=moves, mailbox=letters, member=lambda: known
    ).sits_down()
    assert (await dana.moves_clock("+1h"), await dana.mailbox(), dana.member) == (3, [], known)
    with pytest.raises(AssertionError, match="Nobody in Slack"):
        SlackPerson(slack, "nobody@halden.example")


# -- acknowledgements -----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def answering(
    *answers: Callable[[], web.Response] | None, patience: float = 0.3
) -> AsyncIterator[tuple[SlackCounterpart, list[web.Request]]]:
    """An app that gives these answers in turn, then 200; None never answers."""
    left, heard = list(answers), list[web.Request]()
    never = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        heard.append(request)
        answer = left.pop(0) if left else web.Response
        if answer is None:
            await never.wait()
            return web.Response()
        return answer()

    async with serving(handler) as url, SlackCounterpart(halden(), app_url=url, patience=patience) as slack:
        try:
            yield slack, heard
        finally:
            never.set()


async def test_no_acknowledgement_fails_the_test() -> None:
    async with answering(None, lambda: web.Response(status=500, text="oops")) as (slack, _):
        dana = slack.user("dana.lee@halden.example")
        with pytest.raises(NoAck, match=r"no ack within 0.3 s"):
            await slack.app.command(dana, "list")
        with pytest.raises(NoAck, match="The app answered 500: oops"):
            await slack.app.command(dana, "list")


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        ({"response_action": "errors", "errors": {"colour": "No."}}, "no inputs called"),
        ({"response_action": "errors", "errors": {"name": ""}}, "without a sentence"),
        ({"response_action": "errors", "errors": {}}, "no inputs called"),
        ({"response_action": "update", "view": {"type": "modal"}}, "does not show this view"),
        ({"response_action": "dance"}, "does not understand"),
    ],
)
async def test_an_answer_that_slack_would_not_take_fails_the_test(answer: Json, match: str) -> None:
    async with answering(lambda: web.json_response(answer)) as (slack, _):
        dana = slack.user("dana.lee@halden.example")
        view = slack.memory.open_view(dana, modal(INPUT))
        with pytest.raises(BadAnswer, match=match):
            await slack.app.submit(view, {})


async def test_an_event_is_told_again_until_it_is_heard() -> None:
    answers = (lambda: web.Response(status=500), None, web.Response)
    async with answering(*answers) as (slack, heard):
        told = await slack.events.opens_home(slack.user("dana.lee@halden.example"))
        assert (told.attempts, told.heard) == (3, True)
        retries = [(r.headers.get("x-slack-retry-num"), r.headers.get("x-slack-retry-reason")) for r in heard]
        assert retries == [(None, None), ("1", "http_error"), ("2", "http_timeout")]
        assert len({json.loads(request.body)["event_id"] for request in slack.requests}) == 1


async def test_an_event_that_is_never_heard_is_kept() -> None:
    async with answering(*[lambda: web.Response(status=500)] * 4) as (slack, heard):
        told = await slack.events.opens_home(slack.user("dana.lee@halden.example"))
        assert (told.attempts, told.heard, len(heard)) == (4, False, 4)
        assert [one["event_id"] for one in slack.events.undelivered] == [told.event_id]
    stop = {"X-Slack-No-Retry": "1"}
    async with answering(lambda: web.Response(status=500, headers=stop)) as (slack, heard):
        await slack.events.opens_home(slack.user("dana.lee@halden.example"))
        assert len(heard) == 1


async def test_requests_are_signed_replayed_and_forged(
    slack: SlackCounterpart, bot: Bot, dana: SlackPerson
) -> None:
    async def answers(ack: Any, **_: Any) -> None:
        await ack("Hello.")

    bot.on(bot.bolt.command("/followup"), answers)
    await dana.types("/followup list")
    assert (await slack.replay(-1)).status == 200
    assert len(bot.heard) == 2, "a replay within five minutes passes"
    assert (await slack.replay(0, age=301)).status == 401
    assert (await slack.replay(0, secret="another")).status == 401
    assert (await slack.replay(0, body=b"command=%2Ffollowup&text=pause")).status == 401
    forged = await slack.replay(0, headers={"X-Slack-Signature": "v0=00"})
    assert forged.status == 401
    assert len(bot.heard) == 2


# -- Socket Mode ----------------------------------------------------------------------------------------


@pytest.fixture
async def socketed(clock: Clock) -> AsyncIterator[SlackCounterpart]:
    async with SlackCounterpart(halden(), mode="socket", clock=clock) as one:
        yield one


async def acknowledges(ack: Any, **_: Any) -> None:
    await ack()


async def test_everything_comes_over_a_websocket_as_well(
    socketed: SlackCounterpart, http: aiohttp.ClientSession
) -> None:
    async def errs(ack: Any, **_: Any) -> None:
        await ack(response_action="errors", errors={"date": "Choose a day."})

    async def answers(ack: Any, **_: Any) -> None:
        await ack("Hello.")

    async with over_sockets(socketed, http) as (bot, _):
        bot.on(bot.bolt.action({"action_id": "do.2"}), opens_dates)
        bot.on(bot.bolt.view("form"), errs)
        bot.on(bot.bolt.command("/followup"), answers)
        dana = SlackPerson(socketed, "dana.lee@halden.example")
        await shows_today(client_of(socketed, http), dana)
        form = await dana.opens("Give feedback", "Tomasz")
        assert await dana.fills(form) == SeenErrors({"date": "Choose a day."})
        assert (await dana.asks("/followup list")).text == "Hello."
        assert [e["accepts_response_payload"] for e in socketed.sockets.envelopes] == [False, True, True]
        await socketed.replay(-1)
        assert len(bot.heard) == 4
        assert socketed.requests == []


async def test_an_event_goes_to_another_connection_when_one_is_lost(
    socketed: SlackCounterpart, http: aiohttp.ClientSession
) -> None:
    async with over_sockets(socketed, http, connections=2) as (bot, _):

        async def loses_the_first(ack: Any, **_: Any) -> None:
            if len(bot.heard) == 1:
                first = socketed.sockets.connections[0]
                socketed.sockets.cut(first)
                await first.gone.wait()
            await ack()

        bot.on(bot.bolt.event("app_home_opened"), loses_the_first)
        told = await socketed.events.opens_home(socketed.user("dana.lee@halden.example"))
        assert (told.heard, told.attempts) == (True, 2)
        first, second = socketed.sockets.envelopes
        assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
        assert first["payload"]["event_id"] == second["payload"]["event_id"]


async def test_a_connection_is_refreshed_and_a_lost_one_comes_back(
    socketed: SlackCounterpart, http: aiohttp.ClientSession
) -> None:
    dana, sockets = socketed.user("dana.lee@halden.example"), socketed.sockets
    async with over_sockets(socketed, http) as (bot, [handler]):
        bot.on(bot.bolt.command("/followup"), acknowledges)
        [first] = sockets.connections
        await sockets.disconnect("warning")
        assert sockets.connections == [first]
        old = await sockets.disconnect()
        await sockets.connected()
        assert old not in sockets.connections
        await socketed.app.command(dana, "list")
        handler.client.auto_reconnect_enabled = False
        sockets.cut()
        await sockets.connected(0)
        with pytest.raises(NoAck, match="no open connection"):
            await socketed.app.command(dana, "list")
        handler.client.auto_reconnect_enabled = True
        await sockets.connected()
        await socketed.app.command(dana, "list")
        assert len(bot.heard) == 2


async def test_a_websocket_needs_a_ticket_and_there_are_ten_at_most(http: aiohttp.ClientSession) -> None:
    async with SlackCounterpart(halden(), mode="socket") as slack:
        client = client_of(slack, http, slack.app_token)
        url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
        sockets = [await http.ws_connect(url)]
        assert (await sockets[0].receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)
        for _ in range(10):
            url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
            sockets.append(await http.ws_connect(url))
        assert await sockets[-1].receive_json() == {"type": "disconnect", "reason": "too_many_websockets"}
        for socket in sockets:
            await socket.close()
