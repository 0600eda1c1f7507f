"""What the tests of Slack's counterpart share: a team, a client, blocks right and wrong, an app on Bolt.

A test file imports the fixtures it uses, and those that they use, as `slack_fixture` and the like; a test
asks for them as `slack`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
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
)
from tests.slack_counterpart import SlackCounterpart, SlackPerson, Team
from tests.slack_counterpart.on_bolt import Bot, client_of, over_http
from tests.slack_counterpart.teams import Json

# -- a team, and a client that speaks to it -------------------------------------------------------------


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def clock_fixture() -> Clock:
    return Clock()


@pytest.fixture(name="http")
async def http_fixture() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def halden() -> Team:
    team = Team("T0HALDEN", "Halden")
    team.hire("dana.lee@halden.example", "Dana Lee")
    team.hire("ravi.menon@halden.example", "Ravi Menon", tz="Europe/London", locale="en-GB")
    return team


@pytest.fixture(name="slack")
async def slack_fixture(clock: Clock) -> AsyncIterator[SlackCounterpart]:
    async with SlackCounterpart(halden(), clock=clock) as one:
        yield one


@pytest.fixture(name="client")
def client_fixture(slack: SlackCounterpart, http: aiohttp.ClientSession) -> AsyncWebClient:
    return client_of(slack, http)


async def refused(call: Awaitable[Any]) -> Json:
    """What Slack said when it refused this."""
    with pytest.raises(SlackApiError) as error:
        await call
    said = error.value.response
    return {**(said.data if isinstance(said.data, dict) else {}), "status": said.status_code}


async def error_of(call: Awaitable[Any]) -> str:
    return str((await refused(call))["error"])


# -- blocks and views -----------------------------------------------------------------------------------


SECTION = {"type": "section", "text": {"type": "plain_text", "text": "Hello"}}
INPUT = {
    "type": "input",
    "block_id": "name",
    "label": {"type": "plain_text", "text": "Name"},
    "element": {"type": "plain_text_input", "action_id": "name"},
}


def modal(*blocks: Json, **about: Any) -> Json:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Form"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": list(blocks) or [SECTION],
        **about,
    }


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


# -- an app on Bolt -------------------------------------------------------------------------------------


@pytest.fixture(name="bot")
async def bot_fixture(slack: SlackCounterpart, http: aiohttp.ClientSession) -> AsyncIterator[Bot]:
    async with over_http(slack, http) as one:
        yield one


@pytest.fixture(name="dana")
def dana_fixture(slack: SlackCounterpart) -> SlackPerson:
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
