"""What is Teams' own: answers in place, old clients, channels, people who come, go and move."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from adapters.teams import limits
from adapters.teams.render import weight
from bot.people import Member
from storage.store import SqlStore
from storage.tables import lanes
from tests.stories.person import SeenErrors, form_of, message_of
from tests.stories.teams_stage import TeamsStage, teams_staged
from tests.teams_counterpart import APP_ID, TENANT, Fault, TeamsPerson, cards
from tests.teams_counterpart.memory import Json

CHATS = ("teams",)
FEEDBACK = {
    "decision": "not_going_on",
    "criterion": "0",
    "observation": "Asked what happens when a region fails, you left out the orders still in flight",
    "suggestion": "Follow one failure to its end: what is lost, who notices, and how it comes back",
}


async def member(stage: TeamsStage, person: TeamsPerson) -> Member:
    found = await stage.reads(lambda store, _: store.member(person.member))
    assert found is not None
    return found


def click(stage: TeamsStage, person: TeamsPerson, action: str, message: str) -> Json:
    """The invoke that a press of this button would be."""
    content = stage.teams.memory.messages[message].content
    card = cards.card_of(content)
    assert card is not None
    what = next(it for it in cards.clickables(card) if it.token == action)
    value = {"action": {"type": what.kind, "verb": "followup", "data": what.data}, "trigger": "manual"}
    return stage.teams.activity(
        person.user, "invoke", name="adaptiveCard/action", value=value, replyToId=message
    )


# -- clicks -----------------------------------------------------------------------------------------------


async def test_a_click_is_answered_in_place_and_the_message_itself_follows(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    digest = await dana.digest()
    invoke = click(stage, dana, digest.row("Tomasz").buttons["Send update"], digest.id)
    answer = await stage.teams.invoked(invoke)
    assert answer is not None
    assert "Tomasz gets your update in" in cards.read_card("", answer["value"]).text
    await stage.background.finish()
    message = stage.teams.memory.messages[digest.id]
    assert len(message.contents) == 2, "edited once"
    assert cards.card_of(message.content) == answer["value"], "the same on every device"
    await stage.settled()
    assert len(message.contents) == 2, "nothing was left for the deliverer"


async def test_an_invoke_that_comes_twice_is_done_once(stage: TeamsStage, dana: TeamsPerson) -> None:
    digest = await dana.digest()
    invoke = click(stage, dana, digest.row("Tomasz").buttons["Send update"], digest.id)
    await stage.teams.invoked(invoke)
    again = await stage.teams.invoked(invoke)
    assert again is not None
    assert "done already" in again["value"]
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1


async def test_while_teams_takes_no_edits_the_click_counts_and_is_shown_later(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    digest = await dana.digest()
    stage.teams.faults.fail("edit", Fault(status=502, text="<html>Bad gateway</html>"))
    answer = await dana.presses("Send update", "Tomasz")
    assert "Tomasz gets your update in" in answer.row("Tomasz").text
    await stage.settled()
    card = cards.card_of(stage.teams.memory.messages[digest.id].content)
    assert card is not None
    assert "Tomasz gets your update in" in cards.read_card("", card).row("Tomasz").text
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1


async def test_a_remark_that_could_not_be_shown_in_the_list_is_said_beside_it(stage: TeamsStage) -> None:
    """Nothing else is new, so nobody would show it later; an old client is told nothing in place either."""
    dana = await stage.person("dana", old=True)
    queued = await dana.presses("Send update", "Tomasz")
    undo = queued.row("Tomasz").buttons["Undo"]
    await dana.moves_clock("+1h")
    before = await dana.reads()
    stage.teams.faults.fail("edit", Fault(status=502))
    answer = message_of(await dana.acts(undo, queued.id))
    assert [it.id for it in await dana.reads()] == [*(it.id for it in before), answer.id]
    assert "Too late to undo" in answer.text


@pytest.mark.parametrize("old", [False, True], ids=["new client", "old client"])
async def test_a_home_that_was_asked_for_stays_one_message(stage: TeamsStage, old: bool) -> None:
    dana = await stage.person("dana", old=old)
    home = await dana.asks("home")
    said = [it.id for it in await dana.reads()]
    assert home.id == said[-1]
    await dana.presses("Send update", "Tomasz", on=home)
    assert [it.id for it in await dana.reads()] == said, "nothing new was posted"
    now = (await dana.reads())[-1]
    assert now.row("Tomasz").text.startswith("Tomasz gets your update in")
    assert "Your list comes at 09:30" in now.text


async def test_the_longest_home_fits_into_one_card(stage: TeamsStage, dana: TeamsPerson) -> None:
    home = await dana.asks("home")
    assert len(home.rows) == 10
    card = cards.card_of(stage.teams.memory.messages[home.id].content)
    assert card is not None
    assert weight(card) <= limits.LONGEST_CARD
    assert "do not fit" not in home.text


# -- clients without dialogs ------------------------------------------------------------------------------


async def test_an_old_client_does_the_same_with_messages_and_forms_in_the_chat(stage: TeamsStage) -> None:
    dana = await stage.person("dana", old=True)
    assert "Zoë gets your update in" in (await dana.presses("Send update", "Zoë")).row("Zoë").text
    form = form_of(await dana.clicks("Give feedback", "Tomasz"))
    assert "Cancel" in form.buttons
    wrong = await dana.fills(form, decision="not_going_on", thanks="walking us through it")
    assert isinstance(wrong, SeenErrors)
    assert set(wrong.errors) == {"criterion", "observation", "suggestion"}
    preview = form_of(await dana.fills(form, **FEEDBACK))
    assert "step 2 of 2" in preview.text
    await dana.fills(preview)
    assert "Tomasz gets your feedback" in (await dana.digest()).text
    await dana.moves_clock("+1d")
    assert "tomasz.zielinski@example.com" in {letter.to for letter in await dana.mailbox()}


async def test_a_form_that_was_typed_for_stands_in_the_chat_and_can_be_cancelled(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    form = form_of(await dana.types("add"))
    assert isinstance(form, cards.SeenCard)
    summary = stage.teams.memory.messages[form.message].content["summary"]
    assert summary == "A form for you to fill in.", "on a locked phone"
    wrong = await dana.fills(form, name="Ada Ngata", email="ada at example", interviewed="2026-11-20")
    assert isinstance(wrong, SeenErrors)
    assert "email" in wrong.errors
    closed = message_of(await dana.presses_in(form, "Cancel"))
    assert closed.text == "Cancelled. Nothing was changed."
    assert (await dana.reads())[-1].text == closed.text, "the form is gone"
    assert "nobody of that name" in (await dana.asks("ada")).text


# -- channels ---------------------------------------------------------------------------------------------


async def test_a_channel_learns_that_there_is_an_answer_and_nothing_else(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    answer = message_of(await dana.types("tomasz &amp; co", channel=stage.channel_id))
    assert "nobody of that name waits for you" in answer.text
    answer = message_of(await dana.types("Tomasz", channel=stage.channel_id))
    assert "Promised news by Fri 20 Nov" in answer.row("Tomasz").text
    said = [it for it in stage.teams.memory.messages.values() if it.conversation.startswith("19:")]
    assert {it.content["text"] for it in said} == {"I have answered in our own chat."}
    assert ";messageid=" in said[0].conversation, "in the thread where it was asked"


async def test_who_has_not_got_the_app_is_told_so_in_the_channel_where_they_ask(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    dana.user.installed = False
    await stage.teams.writes(dana.user, "Tomasz", channel=stage.channel_id)
    await stage.settled()
    [said] = [it for it in stage.teams.memory.messages.values() if it.conversation.startswith("19:")]
    assert "add Followup under Apps first" in said.content["text"]
    assert "Tomasz" not in said.content["text"]


async def test_a_card_that_was_passed_on_answers_in_private(stage: TeamsStage, dana: TeamsPerson) -> None:
    digest = await dana.digest()
    invoke = click(stage, dana, digest.row("Tomasz").buttons["Send update"], digest.id)
    elsewhere = stage.teams.activity(dana.user, "invoke", channel=stage.channel_id)
    answer = await stage.teams.invoked({**invoke, "conversation": elsewhere["conversation"]})
    assert answer is not None
    assert answer["value"] == "I have answered in our own chat."
    await stage.settled()
    assert "Tomasz gets your update in" in (await dana.digest()).text


async def weeks_head(stage: TeamsStage, ravi: TeamsPerson) -> str:
    """How the summary of Friday is headed."""
    await ravi.moves_clock("2026-11-27T15:01")
    [week] = [it for it in await stage.channel_reads(ravi) if "week to" in it.heading]
    return week.heading.partition(" · ")[0]


async def test_the_channel_that_every_team_has_from_the_start_is_called_as_the_team_is(
    stage: TeamsStage, ravi: TeamsPerson
) -> None:
    stage.teams.memory.channels = {stage.teams.memory.team: ""}
    await stage.types_in_channel(ravi, "/followup here")
    assert await weeks_head(stage, ravi) == "Halden Engineering"


async def test_a_channel_is_asked_for_its_name_only_where_a_summary_comes_to_it(
    stage: TeamsStage, ravi: TeamsPerson
) -> None:
    await ravi.types("Tomasz", channel=stage.channel_id)
    assert stage.teams.connector.called("channels") == []
    await stage.types_in_channel(ravi, "/followup here")
    stage.teams.memory.channels[stage.channel_id] = "Hiring, all of it"
    await ravi.types("Tomasz", channel=stage.channel_id)
    assert await weeks_head(stage, ravi) == "Hiring, all of it", "it was renamed meanwhile"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=403, code="BotNotInConversationRoster"),
        Fault(status=502, text="<html>"),
        Fault(drop=True),
    ],
    ids=["refused", "trouble", "dropped"],
)
async def test_where_teams_does_not_say_it_the_summary_is_headed_as_ever(
    stage: TeamsStage, ravi: TeamsPerson, fault: Fault
) -> None:
    stage.teams.faults.fail("channels", fault)
    said = await stage.types_in_channel(ravi, "/followup here")
    assert "Every Friday at 15:00" in said, "the answer does not wait for it"
    assert await weeks_head(stage, ravi) == "Hiring"


@pytest.mark.parametrize(
    "answer", ["", "[]", '{"conversations": {}}', '{"conversations": [7, {"id": "19:a", "name": 5}]}']
)
async def test_an_answer_of_any_shape_names_nothing(
    stage: TeamsStage, ravi: TeamsPerson, answer: str
) -> None:
    stage.teams.faults.fail("channels", Fault(status=200, text=answer.replace("19:a", stage.channel_id)))
    await stage.types_in_channel(ravi, "/followup here")
    assert await weeks_head(stage, ravi) == "Hiring"


async def test_a_form_that_is_cancelled_takes_nothing_away_that_others_read(
    stage: TeamsStage, dana: TeamsPerson, ravi: TeamsPerson
) -> None:
    """No card in a channel has such a button, but a client may send what it likes."""
    await stage.types_in_channel(ravi, "/followup here")
    await ravi.moves_clock("2026-11-27T15:01")
    [week] = await stage.channel_reads(ravi)
    stranger = stage.teams.memory.hire("mallory@elsewhere.example", "Mallory")
    value = {"action": {"type": "Action.Execute", "verb": "followup", "data": {"do": "cancel"}}}
    invoke = stage.teams.activity(
        stranger, "invoke", channel=stage.channel_id, name="adaptiveCard/action", replyToId=week.id
    )
    invoke["conversation"]["id"] = stage.channel_id
    assert (await stage.teams.invoked({**invoke, "value": value})) is not None
    pressed = {**invoke, "type": "message", "id": "1760000009999", "value": {"do": "cancel"}}
    await stage.teams.tells({key: it for key, it in pressed.items() if key != "name"})
    await stage.settled()
    assert await stage.channel_reads(ravi) == [week]


async def test_a_group_chat_gets_no_summary(stage: TeamsStage, ravi: TeamsPerson) -> None:
    activity = stage.teams.activity(ravi.user, "message", channel=stage.channel_id, text="here")
    activity["conversation"]["conversationType"] = "groupChat"
    del activity["channelData"]["team"]
    await stage.teams.tells(activity)
    await stage.settled()
    assert "in the team's channel: its weekly summary will come there" in (await ravi.reads())[-1].text


# -- people -----------------------------------------------------------------------------------------------


async def test_whoever_takes_the_app_out_is_unreachable_until_they_take_it_back(
    stage: TeamsStage, dana: TeamsPerson, ravi: TeamsPerson
) -> None:
    with capture_logs() as said:
        await stage.teams.removes(dana.user)
    gone = await member(stage, dana)
    assert not gone.reachable
    assert [it["member"] for it in said if it["event"] == "member_unreachable"] == [str(gone.id)]
    await stage.settled()
    assert "Dana cannot be reached any more." in (await ravi.asks("list")).row("Tomasz").text
    await stage.teams.installs(dana.user)
    assert (await member(stage, dana)).reachable
    await dana.moves_clock("next-0930")
    assert "Tomasz" in (await dana.digest()).text


@pytest.mark.parametrize("code", ["ConversationBlockedByUser", "BotDisabledByAdmin"])
async def test_whoever_blocks_the_bot_is_unreachable_and_the_recruiter_has_their_candidates(
    stage: TeamsStage, dana: TeamsPerson, ravi: TeamsPerson, code: str
) -> None:
    for _ in range(20):
        stage.teams.faults.fail("edit", Fault(status=403, code=code))
        stage.teams.faults.fail("post", Fault(status=403, code=code))
    await dana.moves_clock("next-0930")
    assert not (await member(stage, dana)).reachable
    stage.teams.faults.mend()
    await stage.teams.installs(ravi.user)
    assert "Dana cannot be reached any more." in (await ravi.asks("list")).row("Tomasz").text
    assert "Tomasz" in (await dana.asks("tomasz")).text, "who speaks to the bot can be reached"
    assert (await member(stage, dana)).reachable


async def test_an_installation_that_could_not_be_looked_up_is_to_be_told_again(early: TeamsStage) -> None:
    teams = early.teams
    new = teams.memory.hire("noor.haddad@halden.example", "Noor Haddad")
    told = teams.activity(new, "installationUpdate", action="add")
    teams.faults.fail("member", Fault(status=503))
    assert (await teams.send(told))[0] == 503
    assert (await teams.send(told))[0] == 200
    known = await early.reads(lambda store, _: store.address_in("teams", TENANT, new.id))
    assert known is not None


async def test_the_zone_and_language_of_the_client_are_the_members(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    dana.user.tz, dana.user.locale = "Europe/Berlin", "de-DE"
    await dana.asks("list")
    known = await member(stage, dana)
    assert (known.zone, known.language) == ("Europe/Berlin", "de")
    form = form_of(await dana.types("add"))
    assert form.fields["language"] == "de", "whoever she adds is likelier to read German"


async def test_what_no_database_takes_is_left_out_of_what_people_write(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    form = await dana.opens("Give feedback", "Tomasz")
    pasted = {**FEEDBACK, "observation": f"\x00{FEEDBACK['observation']} in C:\\u0000\x00"}
    preview = form_of(await dana.fills(form, **pasted))
    assert f"{FEEDBACK['observation']} in C:\\u0000" in preview.text, "a backslash of theirs stays"
    assert "Promised news by Fri 20 Nov" in (await dana.asks("to\x00masz")).text
    strange = stage.teams.activity(dana.user, "message", text="list", locale="en\x00!!-" + "x" * 3000)
    await stage.teams.tells(strange)
    await stage.settled()
    assert (await member(stage, dana)).language == "en"


async def test_a_service_url_that_moved_is_used_from_then_on(stage: TeamsStage, dana: TeamsPerson) -> None:
    activity = stage.teams.activity(dana.user, "message", text="list")
    await stage.teams.tells({**activity, "serviceUrl": f"{stage.teams.base}/emea/"})
    known = await stage.reads(lambda store, _: store.address_in("teams", TENANT, dana.user.id))
    assert known is not None
    assert known["service_url"] == f"{stage.teams.base}/emea/"
    assert known["bot"] == f"28:{APP_ID}"


async def test_guests_and_other_organisations_are_refused_politely(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    guest = stage.teams.memory.hire("eve@elsewhere.example", "Eve", about={"userRole": "guest"})
    await stage.teams.writes(guest, "list")
    await stage.settled()
    [answer] = stage.teams.memory.said_in(guest.chat)
    assert "Guests cannot use Followup" in cards.read_message("", answer.content).text
    digest = await dana.digest()
    invoke = click(stage, dana, digest.row("Tomasz").buttons["Send update"], digest.id)
    where = {**invoke["conversation"], "tenantId": "11111111-1111-1111-1111-111111111111"}
    other = await stage.teams.invoked({**invoke, "conversation": where})
    assert other is not None
    assert "serves another organisation" in other["value"]
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []


async def test_a_colleague_nobody_has_named_is_met_when_they_write(stage: TeamsStage) -> None:
    new = stage.teams.memory.hire("noor.haddad@halden.example", "Noor Haddad", tz="Asia/Tokyo")
    await stage.teams.writes(new, "list")
    await stage.settled()

    def met(store: SqlStore, _: dt.datetime) -> tuple[Member | None, object]:
        return store.member_by_email(new.email), store.address_in("teams", TENANT, new.id)

    known, address = await stage.reads(met)
    assert known is not None
    assert (known.name, known.zone) == ("Noor Haddad", "Asia/Tokyo")
    assert address is not None
    assert stage.teams.memory.said_in(new.chat)


# -- pace -------------------------------------------------------------------------------------------------


@pytest.fixture
async def early(company: str) -> AsyncIterator[TeamsStage]:
    async with teams_staged(company, opens=False) as stage:
        yield stage


async def free_at(stage: TeamsStage, person: TeamsPerson) -> dt.datetime:
    """From when on something may be sent to them that is no answer."""

    def free(store: SqlStore, _: dt.datetime) -> dt.datetime:
        query = sa.select(lanes.c.free_at).where(lanes.c.name == f"chat:{person.member}")
        at: dt.datetime = store.conn.execute(query).scalar_one()
        return at

    return await stage.reads(free)


GAP, ROUNDED = dt.timedelta(seconds=2), dt.timedelta(milliseconds=2)


async def test_after_a_message_a_thread_is_left_alone_for_two_seconds(early: TeamsStage) -> None:
    dana = await early.person("dana")
    await early.strikes_half_past_nine()
    began = dt.datetime.now(dt.UTC)
    await early.running.runner.settle(early.running.workspace)
    assert len(await dana.lists()) == 1
    ended = dt.datetime.now(dt.UTC)
    assert began + GAP - ROUNDED <= await free_at(early, dana) <= ended + GAP + ROUNDED


@pytest.mark.parametrize("asks", [False, True], ids=["click", "words"])
async def test_what_answers_a_person_does_not_wait_and_the_rest_keeps_its_distance(
    early: TeamsStage, asks: bool
) -> None:
    dana = await early.person("dana")
    await early.strikes_half_past_nine()
    await early.running.runner.settle(early.running.workspace)
    digest = await dana.digest()
    began = dt.datetime.now(dt.UTC)
    before = len(early.teams.memory.changes)
    if asks:
        await early.teams.writes(dana.user, "help")
    else:
        await early.teams.invoked(click(early, dana, digest.row("Tomasz").buttons["Send update"], digest.id))
    await early.background.finish()
    assert len(early.teams.memory.changes) > before, "at once, although a message came less than 2 s before"
    ended = dt.datetime.now(dt.UTC)
    assert began + GAP - ROUNDED <= await free_at(early, dana) <= ended + GAP + ROUNDED


async def test_while_teams_wants_no_more_for_a_thread_a_click_is_shown_in_place_alone(
    stage: TeamsStage, dana: TeamsPerson
) -> None:
    digest = await dana.digest()
    stage.teams.faults.fail("edit", Fault(status=429, retry_after="2"))
    told = []
    for name in ("Tomasz", "Zoë"):
        invoke = click(stage, dana, digest.row(name).buttons["Send update"], digest.id)
        told.append(await stage.teams.invoked(invoke))
        await stage.background.finish()
    assert len(stage.teams.connector.called("edit")) == 1, "the second click asks for no edit that is refused"
    for name, answer in zip(("Tomasz", "Zoë"), told, strict=True):
        assert answer is not None
        assert f"{name} gets your update in" in cards.read_card("", answer["value"]).text
    await stage.settled()
    shown = await dana.digest()
    for name in ("Tomasz", "Zoë"):
        assert shown.row(name).text.startswith(f"{name} gets your update in")
    contents = stage.teams.memory.messages[digest.id].contents
    assert len(contents) == 2, "one edit for both, when the wait was over"
