"""The same job in a Slack that nobody here wrote, with exactly the scopes of the manifest."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.ports import ChatMessageGone, ChatUnreachable
from bot.uses.desk import say
from tests.node.emulator import Emulator, emulated
from tests.node.stage import TEAM, WHOLE, Colleague, Scene, halden, read, staged, without

pytestmark = pytest.mark.usefixtures("node")


@pytest.fixture
async def slack() -> AsyncIterator[Emulator]:
    async with emulated(halden()) as slack:
        yield slack


@pytest.fixture
async def scene(slack: Emulator, company: str) -> AsyncIterator[Scene]:
    """Monday 23 November 2026 at 09:30 in New York, when the lists have come."""
    async with staged(company, slack) as scene:
        await scene.opens()
        yield scene


@pytest.fixture
async def dana(scene: Scene) -> Colleague:
    return await scene.person("dana")


# -- the main job -----------------------------------------------------------------------------------------


async def test_everybody_who_is_found_by_email_gets_one_list(scene: Scene, dana: Colleague) -> None:
    assert scene.problems() == set()
    for person in (dana, await scene.person("claire"), await scene.person("ravi")):
        assert "candidates are waiting past" in read(await person.digest()).heading
    assert "Promised news by Fri 20 Nov" in read(await dana.digest()).row("Tomasz").text


async def test_a_click_edits_the_list_in_place_and_tells_the_candidate(scene: Scene, dana: Colleague) -> None:
    before = await dana.digest()
    await dana.clicks("Send update", "Tomasz", on=before)
    clicked = await dana.digest()
    assert (clicked.ts, len(clicked.contents)) == (before.ts, 2)
    assert read(clicked).row("Tomasz").text.startswith("Tomasz gets your update in")
    await scene.passes(minutes=10)
    assert [mail.recipients for mail in scene.letters] == [("tomasz.zielinski@example.com",)]
    told = await dana.digest()
    assert told.ts == before.ts
    assert read(told).row("Tomasz").text.startswith("Told Mon 23 Nov 09:3")


async def test_a_list_that_was_deleted_is_posted_anew(scene: Scene, dana: Colleague) -> None:
    before = await dana.digest()
    gone = await scene.slack.call(WHOLE, "chat.delete", channel=before.channel.id, ts=before.ts)
    assert gone["ok"]
    await dana.clicks("Send update", "Tomasz", on=before)
    after = await dana.digest()
    assert after.ts != before.ts
    assert read(after).row("Tomasz").text.startswith("Tomasz gets your update in")


async def test_the_home_tab_shows_the_same_and_is_there_once(scene: Scene, dana: Colleague) -> None:
    await dana.opens_home()
    await dana.clicks("Send update", "Tomasz", on=await dana.digest())
    await dana.opens_home()
    [home] = await scene.slack.views("dana")
    assert home.startswith("app home:")
    assert "Tomasz gets your update in" in home


# -- forms ------------------------------------------------------------------------------------------------


async def test_a_form_opens_with_the_trigger_of_its_click(scene: Scene, dana: Colleague) -> None:
    await dana.clicks("Give feedback", "Tomasz", on=await dana.digest())
    [form] = await scene.slack.views("dana")
    assert form.startswith("modal:")
    assert "Tomasz" in form


async def test_a_form_after_more_than_three_seconds_says_that_it_was_too_late(
    scene: Scene, dana: Colleague
) -> None:
    trigger = await dana.trigger()
    await scene.slack.later(4)
    await dana.clicks("Give feedback", "Tomasz", on=await dana.digest(), trigger=trigger)
    assert await scene.slack.views("dana") == []
    assert read((await dana.messages())[-1]).text == "Slack took too long to open this. Please try once more."


# -- who is not there -------------------------------------------------------------------------------------


async def test_the_recruiter_has_the_candidates_of_who_is_not_in_slack(company: str) -> None:
    async with emulated(halden("claire")) as slack, staged(company, slack) as scene:
        await scene.opens()
        ravi = await scene.person("ravi")
        row = read(await ravi.types("rafael")).row("Rafael")
        assert "Claire cannot be reached any more." in row.text
        assert scene.problems() == set(), "nothing waits for her"


async def test_who_is_new_is_met_by_the_account_they_have(scene: Scene) -> None:
    kim = await scene.person("kim")
    assert read(await kim.types("")).text.startswith("Nobody is waiting for you.")


async def test_each_refusal_is_told_apart(scene: Scene, dana: Colleague) -> None:
    chat = scene.adapter.chat
    assert await chat.find(scene.running.workspace, "nobody@halden.example") is None
    with pytest.raises(ChatUnreachable, match="channel_not_found"):
        await chat.post({"tenant": TEAM.id, "user": "UNOBODY"}, say("Hello."))
    where = {"tenant": TEAM.id, "channel": (await dana.digest()).channel.id}
    with pytest.raises(ChatMessageGone, match="message_not_found"):
        await chat.edit({**where, "ts": "1.1"}, say("Hello."))
    hers = await scene.slack.call("xoxp-dana", "chat.postMessage", channel=where["channel"], text="Hi")
    with pytest.raises(ChatMessageGone, match="cant_update_message"):
        await chat.edit({**where, "ts": hers["ts"]}, say("Hello."))


# -- a scope less -----------------------------------------------------------------------------------------


async def test_without_the_scope_to_write_letters_leave_and_lists_wait(slack: Emulator, company: str) -> None:
    async with staged(company, slack, without("chat:write")) as scene:
        await scene.opens()
        [problem] = scene.problems()
        assert problem == "Slack refuses chat.postMessage: missing_scope; the scope chat:write lacks."
        dana = await scene.person("dana")
        assert await dana.messages() == []
        await dana.clicks("Send update", "Tomasz", on=await dana.types("tomasz"))
        await scene.passes(minutes=10)
        assert [mail.recipients for mail in scene.letters] == [("tomasz.zielinski@example.com",)]
    async with staged(company, slack) as scene:
        await scene.passes(minutes=10)
        assert scene.problems() == set()
        told = read(await (await scene.person("dana")).digest())
        assert told.row("Tomasz").text.startswith("Told Mon 23 Nov")


async def test_without_the_scope_to_find_people_nobody_is_given_up(slack: Emulator, company: str) -> None:
    async with staged(company, slack, without("users:read.email")) as scene:
        await scene.opens()
        [problem] = scene.problems()
        assert problem.startswith("Slack refuses users.lookupByEmail: missing_scope")
        assert "the scope users:read.email lacks" in problem
    async with staged(company, slack) as scene:
        await scene.passes(minutes=10)
        assert "waiting past" in read(await (await scene.person("dana")).digest()).heading
