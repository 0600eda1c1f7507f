"""What Slack's counterpart sends to an app arrives as Slack would send it, by HTTP and by Socket Mode.

An interaction that is not acknowledged in time, or is answered with what Slack would not take, fails the
test; an event is told again until it is heard; a request is signed, and a replayed or forged one is known.
Who listens is Bolt, and slack_sdk's Socket Mode client: neither was written here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import render
from tests.slack_counterpart import BadAnswer, NoAck, SlackCounterpart, SlackPerson
from tests.slack_counterpart.on_bolt import Bot, client_of, over_sockets, serving
from tests.slack_counterpart.teams import Json
from tests.stories.person import SeenErrors
from tests.unit.slack_counterpart_fixtures import (
    DATES,
    INPUT,
    TODAY,
    Clock,
    bot_fixture,  # noqa: F401
    client_fixture,  # noqa: F401
    clock_fixture,  # noqa: F401
    dana_fixture,  # noqa: F401
    error_of,
    halden,
    http_fixture,  # noqa: F401
    modal,
    opens_dates,
    says,
    shows_today,
    slack_fixture,  # noqa: F401
)

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


# -- events, shortcuts and signatures -------------------------------------------------------------------


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
