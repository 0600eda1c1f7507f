"""The same job in a Teams that Microsoft wrote: npm `m365agentsplayground`.

It knows no dialogs, so theirs are raw invokes whose answers are read where they leave the bot. It asks the
bot for no token, sends none, and has a chat with one person alone; who is refused, and what many do, is told
in test_teams_security.py and test_teams.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

import pytest

from adapters.demo import demo_settings, prepare
from adapters.wiring import wire
from tests.node.agents_playground import AgentsPlayground, playing
from tests.stories.chat_stage import COLLEAGUES, mail_sink, served
from tests.stories.person import SeenErrors, form_of, message_of
from tests.stories.teams_stage import TeamsStage, hire_halden
from tests.stories.test_teams import FEEDBACK
from tests.teams_counterpart import TeamsPerson

pytestmark = pytest.mark.usefixtures("node")
DATABASES = ("sqlite",)
"""What is kept is the same in every chat; here it is about what is said and shown."""


@dataclasses.dataclass(frozen=True)
class Scene(TeamsStage):
    """The running bot, the playground, and who sits before it."""

    teams: AgentsPlayground

    async def settled(self) -> None:
        await super().settled()
        await self.teams.caught_up()


@contextlib.asynccontextmanager
async def staged(url: str, before: str = "dana") -> AsyncIterator[Scene]:
    """The demo's company at 09:25 in New York; nobody has the app. `before`: who sits there."""
    database, clock, _ = prepare(url)
    async with mail_sink() as (smtp, letters), AgentsPlayground() as teams:
        running = wire(dataclasses.replace(demo_settings(url), **teams.settings()), database, clock, {}, smtp)
        hire_halden(teams, running)

        def reached_at(base: str) -> None:
            teams.app_url = f"{base}/api/messages"

        email = f"{COLLEAGUES[before][1]}@halden.example"
        async with served(running, reached_at), playing(teams, teams.memory.user(email)):
            yield Scene(running, letters, teams)


@pytest.fixture
async def scene(company: str) -> AsyncIterator[Scene]:
    async with staged(company) as scene:
        yield scene


@pytest.fixture
async def dana(scene: Scene) -> TeamsPerson:
    """She has the app, it is half past nine, and her list has come."""
    dana = await scene.person("dana")
    await scene.teams.installs(dana.user)
    await scene.opens()
    return dana


# -- the main job -----------------------------------------------------------------------------------------


async def test_who_installs_the_app_is_met_and_gets_the_list_at_half_past_nine(scene: Scene) -> None:
    dana = await scene.person("dana")
    await scene.teams.installs(dana.user)
    await scene.settled()
    # Her recruiter is not in Teams, so what he would be told comes to her as well, a moment later.
    told = {message.heading for message in await dana.reads()}
    assert told == {"A candidate of yours must answer another offer"}, "this waits for no list"
    await scene.opens()
    digest = await dana.digest()
    assert digest.heading == "3 candidates are waiting past your promised date"
    assert "Promised news by Fri 20 Nov" in digest.row("Tomasz").text


async def test_what_is_typed_is_answered_by_a_card(dana: TeamsPerson) -> None:
    assert "Promised news by Fri 20 Nov" in (await dana.asks("tomasz")).row("Tomasz").text


async def test_a_click_edits_the_list_in_place_and_tells_the_candidate(
    scene: Scene, dana: TeamsPerson
) -> None:
    before = await dana.reads()
    await dana.presses("Send update", "Tomasz")
    assert [it.id for it in await dana.reads()] == [it.id for it in before], "nothing new was posted"
    assert (await dana.digest()).row("Tomasz").text.startswith("Tomasz gets your update in")
    assert await dana.mailbox() == []
    await dana.moves_clock("+1h")
    assert [letter.to for letter in await dana.mailbox()] == ["tomasz.zielinski@example.com"]
    assert (await dana.digest()).row("Tomasz").text.startswith("Told Mon 23 Nov 09:3")


async def test_undone_within_the_minute_nothing_is_sent(dana: TeamsPerson) -> None:
    queued = await dana.presses("Send update", "Tomasz")
    await dana.presses("Undo", "Tomasz", on=queued)
    assert "Promised news by Fri 20 Nov" in (await dana.digest()).row("Tomasz").text
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []


# -- forms ------------------------------------------------------------------------------------------------


async def test_a_form_stands_in_the_chat_and_is_submitted_there(scene: Scene, dana: TeamsPerson) -> None:
    """As in a client without dialogs: both the click and the form arrive as messages."""
    dana = await scene.person("dana", old=True)
    form = form_of(await dana.clicks("Give feedback", "Tomasz"))
    wrong = await dana.fills(form, decision="not_going_on")
    assert isinstance(wrong, SeenErrors)
    assert set(wrong.errors) == {"criterion", "observation", "suggestion"}
    await dana.fills(form_of(await dana.fills(form, **FEEDBACK)))
    assert "Tomasz gets your feedback" in (await dana.digest()).text
    await dana.moves_clock("+1d")
    [letter] = await dana.mailbox()
    assert FEEDBACK["observation"] in letter.body


async def test_the_same_form_in_a_dialog(dana: TeamsPerson) -> None:
    form = await dana.opens("Give feedback", "Tomasz")
    errors = await dana.errs(form, decision="not_going_on")
    assert set(errors) == {"criterion", "observation", "suggestion"}
    await dana.submits(form_of(await dana.fills(form, **FEEDBACK)))
    assert "Tomasz gets your feedback" in (await dana.digest()).text
    await dana.moves_clock("+1d")
    [letter] = await dana.mailbox()
    assert FEEDBACK["observation"] in letter.body


# -- a channel --------------------------------------------------------------------------------------------


async def test_a_channel_in_which_the_bot_is_mentioned_reads_the_summary_on_friday(company: str) -> None:
    async with staged(company, before="ravi") as scene:
        ravi = await scene.person("ravi")
        await scene.teams.installs(ravi.user)
        await scene.opens()
        said = await scene.types_in_channel(ravi, "/followup here")
        assert "Every Friday at 15:00, New York time" in said
        await ravi.moves_clock("2026-11-27T14:59")
        assert not [it for it in await scene.channel_reads(ravi) if "week to" in it.heading]
        await ravi.moves_clock("2026-11-27T15:01")
        [week] = await scene.channel_reads(ravi)
        assert week.heading == f"{scene.called} · week to Fri 27 Nov"
        assert "Promises kept: " in week.text
        mine = message_of(await ravi.clicks("My own list", on=week))
        assert "Priya" in mine.text
        assert await scene.channel_reads(ravi) == [week], "the channel reads what it read before"
