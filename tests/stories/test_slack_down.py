"""Slack has trouble, or the line to it: what was clicked is done, and what people see comes true later."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses

import pytest
from structlog.testing import capture_logs

from adapters.slack.access import Access, SlackSettingsRefused
from adapters.slack.app import Slack
from tests.slack_counterpart import Drop, SlackPerson
from tests.slack_counterpart.elements import values_of
from tests.slack_counterpart.refused import NoAck
from tests.stories.chat_stage import gaps_have_passed
from tests.stories.slack_stage import SlackStage, mislay_the_audit, slack_staged
from tests.stories.test_slack_clicks import hits
from tests.stories.test_slack_people import hired

CHATS = ("http",)


# -- lists that cannot be shown now -----------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["500", "dropped before", "dropped after"])
async def test_a_list_that_slack_could_not_change_is_changed_later_in_its_place(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson, trouble: str
) -> None:
    before = await dana.digest()
    for method in ("chat.update", "response_url"):
        match trouble:
            case "500":
                stage.slack.faults.fail(method, status=500, times=3)
            case "dropped before":
                stage.slack.faults.drop(method, Drop.BEFORE, times=3)
            case _:
                stage.slack.faults.drop(method, Drop.AFTER, times=3)
    await hits(stage, dana, "Send update", "Tomasz")
    await ravi.asks("/followup update zoë o'hara")
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 2
    [after] = await dana.lists()
    assert after.id == before.id
    assert after.row("Tomasz").text.startswith("Told Mon 23 Nov")
    assert after.row("Zoë").text.startswith("Ravi Menon told Zoë on Mon 23 Nov")


async def test_lists_that_slack_did_not_take_come_later_and_once(company: str) -> None:
    async with slack_staged(company, opens=False) as stage:
        stage.slack.faults.drop("chat.postMessage", Drop.BEFORE, times=4)
        stage.slack.faults.fail("chat.postMessage", status=503, times=3)
        stage.slack.faults.fail("users.lookupByEmail", status=500, times=2)
        await stage.opens()
        dana = await stage.person("dana")
        await dana.moves_clock("+1h")
        said = [(it.channel.id, it.text) for it in stage.slack.memory.messages.values()]
        assert len(said) == len(set(said)) > 6
        assert (await dana.digest()).heading == "3 candidates are waiting past your promised date"


async def test_a_click_tells_where_a_list_stands_whose_posting_was_not_confirmed(
    stage: SlackStage, dana: SlackPerson
) -> None:
    await dana.moves_clock("2026-11-24T09:29")
    before = await dana.lists()
    stage.slack.faults.drop("chat.postMessage", Drop.AFTER, times=9)
    await dana.moves_clock("2026-11-24T09:30")
    [first] = [one for one in await dana.lists() if one.id not in {it.id for it in before}]
    await dana.presses("Send update", "Tomasz", on=first)
    await dana.moves_clock("+1h")
    assert [one.id for one in await dana.lists()] == [first.id], "it is not posted again"
    assert (await dana.digest()).row("Tomasz").text.startswith("Told Tue 24 Nov")


async def test_retry_after_holds_one_channel_and_no_other(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    stage.slack.faults.fail("chat.update", status=429, retry_after=1)
    await ravi.asks("/followup update tomasz")
    [refused] = [call for call in stage.slack.called("chat.update") if call.status == 429]
    for name in ("zoë o'hara", "rafael"):
        await stage.slack.app.command(ravi.user, f"update {name}")
    await stage.settled()
    later = [call for call in stage.slack.called("chat.update") if call.at > refused.at]
    same = [call for call in later if call.arguments["channel"] == refused.arguments["channel"]]
    others = [call for call in later if call not in same]
    assert min(call.at for call in same) >= refused.at + 1
    assert min(call.at for call in others) < refused.at + 1
    assert len({call.arguments["channel"] for call in others}) > 1
    assert "Ravi Menon's update" in (await dana.digest()).row("Zoë").text


async def test_retry_after_holds_what_a_click_shows_as_well(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    """The clicks are made on the old copy of a list, so their answers go out by chat.update."""
    old = await dana.digest()
    stage.slack.memory.messages[old.id].edit_window_closed = True
    await ravi.asks("/followup update zoë o'hara")
    await stage.changes(gaps_have_passed)
    stage.slack.faults.fail("chat.update", status=429, retry_after=1)
    for name in ("Tomasz", "Mei"):
        await hits(stage, dana, "Send update", name, on=old)
        await stage.background.finish()
    await stage.settled()
    channel = stage.slack.team.dm(dana.user.id).id
    hers = [call for call in stage.slack.called("chat.update") if call.arguments["channel"] == channel]
    [refused] = [call for call in hers if call.status == 429]
    assert min(call.at for call in hers if call.at > refused.at) >= refused.at + 1
    shown = await dana.digest()
    assert shown.id != old.id
    for name in ("Tomasz", "Mei"):
        assert shown.row(name).text.startswith(f"{name} gets your update in")


# -- answers that cannot be given now ---------------------------------------------------------------------


async def test_a_form_that_slack_is_slow_to_open_holds_up_nothing(
    stage: SlackStage, dana: SlackPerson
) -> None:
    stage.slack.faults.hang("views.open", 30)
    await hits(stage, dana, "Other date", "Tomasz")
    await asyncio.wait_for(stage.slack.faults.hanging.wait(), 5)
    assert dana.form() is None, "the click was acknowledged, although the form is not there yet"
    await hits(stage, dana, "Send update", "Zoë")
    stage.slack.faults.wakes.set()
    await stage.settled()
    form = dana.form()
    assert form is not None
    assert form.title == "Another date for Tomasz"
    assert (await dana.digest()).row("Zoë").text.startswith("Zoë gets your update in")


async def test_whoever_does_something_is_heard_before_slack_is_asked_anything(
    stage: SlackStage, dana: SlackPerson
) -> None:
    """Slack waits three seconds for the bot, whatever Slack itself takes."""
    nora = await hired(stage, "nora.berg@halden.example", "Nora Berg")
    await dana.opens("Other date", "Mei")
    [view] = stage.slack.memory.stack(dana.user.id)
    for method in (
        "chat.update", "chat.postMessage", "response_url", "views.open", "views.publish", "users.info",
    ):  # fmt: skip
        stage.slack.faults.hang(method, 30, times=9)
    calls = len(stage.slack.calls)
    await hits(stage, dana, "Send update", "Tomasz")
    await hits(stage, dana, "Other date", "Zoë")
    await stage.slack.app.submit(view, values_of(view.blocks, {"date": "2026-12-03"}))
    for person in (dana, nora):
        await stage.slack.app.command(person.user, "feedback priya")
        assert (await stage.slack.events.opens_home(person.user)).attempts == 1
        assert (await stage.slack.events.writes(person.user, "list")).attempts == 1
    assert not [call for call in stage.slack.calls[calls:] if call.status]
    stage.slack.faults.wakes.set()
    await stage.settled()
    for name in ("Tomasz", "Mei"):
        assert (await dana.digest()).row(name).text.startswith(f"{name} gets your update in")


async def test_a_form_that_came_too_late_for_slack_is_asked_for_once_more(
    stage: SlackStage, dana: SlackPerson
) -> None:
    stage.slack.faults.fail("views.open", error="expired_trigger_id")
    button = (await dana.digest()).row("Tomasz").menu["Other date …"]
    await dana.acts(button)
    assert (await dana.reads())[-1].text == "Slack took too long to open this. Please try once more."
    assert dana.form() is None
    assert (await dana.opens("Other date", "Tomasz")).title == "Another date for Tomasz"


@pytest.mark.parametrize("trouble", ["500", "429", "dropped"])
async def test_a_form_that_slack_did_not_open_is_asked_for_once_more(
    stage: SlackStage, dana: SlackPerson, trouble: str
) -> None:
    match trouble:
        case "500":
            stage.slack.faults.fail("views.open", status=500)
        case "429":
            stage.slack.faults.fail("views.open", status=429, retry_after=1)
        case _:
            stage.slack.faults.drop("views.open", Drop.BEFORE)
    await dana.acts((await dana.digest()).row("Tomasz").menu["Other date …"])
    assert (await dana.reads())[-1].text == "Slack could not open this. Please try once more."


async def test_a_form_that_could_not_be_saved_says_so(stage: SlackStage, dana: SlackPerson) -> None:
    form = await dana.opens("Other date", "Tomasz")
    mislay_the_audit(stage)
    assert (
        "Something went wrong on our side; nothing was sent."
        in (await dana.submits(form, date="2026-12-02")).text
    )


async def test_a_stranger_who_comes_while_slack_is_down_is_answered(stage: SlackStage) -> None:
    nora = await hired(stage, "nora.berg@halden.example", "Nora Berg")
    stage.slack.faults.fail("users.info", status=500)
    assert "nothing was done. Try again in a moment" in (await nora.asks("/followup")).text
    assert (await nora.asks("/followup")).heading == "Nobody is waiting for you."


async def test_an_answer_finds_another_way_where_slack_takes_no_more_at_the_first(
    stage: SlackStage, dana: SlackPerson
) -> None:
    """A response_url is good for five answers in half an hour, and a form may be open for longer."""

    def use_up() -> None:
        for url in stage.slack.memory.response_urls.values():
            url.used = 5

    digest = await dana.digest()
    form = await dana.opens("Other date", "Tomasz")
    use_up()
    answer = await dana.submits(form, date="2026-12-02")
    assert answer.id == digest.id
    assert "New date: Wed 2 Dec." in answer.row("Tomasz").text

    mine = await dana.asks("/followup mei")
    form = await dana.opens("Other date", "Mei", on=mine)
    use_up()
    answer = await dana.submits(form, date="2026-12-03")
    assert "New date: Thu 3 Dec." in answer.row("Mei").text
    assert stage.slack.memory.messages[answer.id].channel.user == dana.user.id


async def test_an_answer_that_slack_puts_off_is_given_when_slack_takes_it(
    stage: SlackStage, dana: SlackPerson
) -> None:
    """Whoever typed something that was done must not be left in silence."""
    stage.slack.faults.fail("chat.postMessage", status=429, retry_after=1, times=2)
    answer = await dana.asks("update mei")
    assert answer.row("Mei").text.startswith("Mei gets your update in")
    *_, first, second, taken = (call for call in stage.slack.called("chat.postMessage"))
    assert (first.status, second.status, taken.status) == (429, 429, 200)
    assert taken.at >= second.at + 1 >= first.at + 2


# -- at the start -----------------------------------------------------------------------------------------


def connecting(stage: SlackStage, **other: str) -> Slack:
    """Another process of the bot, with these settings in place of the right ones."""
    right = Access(
        api_url=stage.slack.api_url, bot_token=stage.slack.bot_token, app_token=stage.slack.app_token
    )
    given = dataclasses.replace(right, **other)  # type: ignore[arg-type]
    return Slack(given, stage.running.transactions, stage.running.workspace)


async def test_a_token_that_slack_does_not_take_is_named_at_the_start(stage: SlackStage) -> None:
    for wrong in ("bot_token", "app_token"):
        slack = connecting(stage, **{wrong: "x-1"})
        with pytest.raises(SlackSettingsRefused, match=rf"FOLLOWUP_SLACK_{wrong.upper()} \(invalid_auth\)"):
            await asyncio.wait_for(slack.start(), 10)
        await slack.stop()
        await slack.close()


async def test_the_bot_starts_without_slack_and_goes_on_trying(
    stage: SlackStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.app.AGAIN_S", 0.01)
    slack = connecting(stage)
    stage.slack.faults.drop("auth.test", Drop.BEFORE, times=3)
    await slack.start()
    await stage.slack.sockets.connected()
    await slack.stop()
    await slack.close()


# -- Socket Mode ------------------------------------------------------------------------------------------


async def test_a_socket_that_slack_renews_loses_no_click_and_doubles_none(company: str) -> None:
    """Slack takes a connection out of use every few hours, and cuts it some seconds later."""
    async with slack_staged(company, "socket") as stage:
        dana, sockets = await stage.person("dana"), stage.slack.sockets
        with contextlib.suppress(NoAck):  # the answer may go down with the old line, the click does not
            await asyncio.gather(hits(stage, dana, "Send update", "Tomasz"), sockets.disconnect())
        await sockets.connected()
        old = await sockets.disconnect()
        await sockets.connected()
        sockets.cut(old)
        await hits(stage, dana, "Send update", "Zoë")
        click = len(sockets.envelopes) - 1
        await stage.slack.replay(click)
        await stage.settled()
        [seen] = await dana.lists()
        assert seen.row("Tomasz").text.startswith("Tomasz gets your update in")
        assert seen.row("Zoë").text.startswith("Zoë gets your update in")
        await dana.presses("Undo", "Zoë")
        await stage.slack.replay(click)
        await dana.moves_clock("+1h")
        assert [letter.to for letter in await dana.mailbox()] == ["tomasz.zielinski@example.com"]


@pytest.mark.parametrize("refusals", [0, 1], ids=["at the first try", "at the second try"])
async def test_a_socket_that_was_cut_comes_back_at_once(company: str, refusals: int) -> None:
    async with slack_staged(company, "socket") as stage:
        dana, sockets = await stage.person("dana"), stage.slack.sockets
        click = len(sockets.envelopes)
        stage.slack.faults.fail("apps.connections.open", status=500, times=refusals)
        sockets.cut()
        with contextlib.suppress(NoAck):
            await hits(stage, dana, "Send update", "Tomasz")
        async with asyncio.timeout(3):
            await sockets.connected()
        await stage.slack.replay(click)
        await stage.settled()
        assert (await dana.digest()).row("Tomasz").text.startswith("Tomasz gets your update in")


async def test_what_comes_down_the_socket_and_is_no_payload_is_no_trouble(company: str) -> None:
    opened = {"type": "app_home_opened", "tab": "home", "user": "U1"}
    payload = {"type": "event_callback", "team_id": "\ud800", "event_id": "Ev1", "event": opened}
    async with slack_staged(company, "socket") as stage:
        dana = await stage.person("dana")
        [connection] = stage.slack.sockets.connections
        with capture_logs() as logged:
            await connection.socket.send_json({"envelope_id": "e", "type": "events_api", "payload": payload})
            await dana.presses("Send update", "Tomasz")
        assert not [line for line in logged if line["log_level"] in ("error", "critical")]
