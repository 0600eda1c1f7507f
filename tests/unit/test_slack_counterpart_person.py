"""The person of Slack's counterpart sees and does what a person in Slack would.

They read our messages and forms as these were meant, click, fill in and type, as `tests.stories.person`
says a person can. What answers them is a small app on Bolt, which was not written here.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
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
    Row,
    TextField,
)
from tests import example_views
from tests.slack_counterpart import SlackCounterpart, SlackPerson
from tests.slack_counterpart.on_bolt import Bot
from tests.slack_counterpart.teams import Json
from tests.stories.person import form_of, message_of
from tests.unit.slack_counterpart_fixtures import (
    DATES,
    TODAY,
    bot_fixture,  # noqa: F401
    client_fixture,  # noqa: F401
    clock_fixture,  # noqa: F401
    dana_fixture,  # noqa: F401
    http_fixture,  # noqa: F401
    modal,
    opens_dates,
    says,
    shows_today,
    slack_fixture,  # noqa: F401
)

# -- reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n, v in example_views.views().items() if isinstance(v, Message)])
async def test_every_message_of_ours_is_taken_and_read_as_it_was_meant(
    slack: SlackCounterpart, client: AsyncWebClient, name: str
) -> None:
    view = example_views.views()[name]
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


@pytest.mark.parametrize("name", [n for n, v in example_views.views().items() if isinstance(v, Form)])
async def test_every_form_of_ours_is_taken_and_read_as_it_was_meant(
    slack: SlackCounterpart, client: AsyncWebClient, name: str
) -> None:
    view = example_views.views()[name]
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


# -- clicking, filling in and typing --------------------------------------------------------------------


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
