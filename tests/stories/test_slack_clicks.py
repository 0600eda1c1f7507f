"""Clicks and forms in Slack: each is done once, however often it comes, and answered where it was made."""

from __future__ import annotations

import asyncio
import re

from tests.slack_counterpart import SlackPerson
from tests.slack_counterpart.elements import find_clickable
from tests.stories.person import SeenMessage, form_of, pick
from tests.stories.slack_stage import SlackStage, choices
from tests.stories.test_slack_people import hired

CHATS = ("http",)

FEEDBACK = {
    "decision": "not_going_on",
    "criterion": "0",
    "observation": "Asked what happens when a region fails, you left out the orders still in flight",
    "suggestion": "Follow one failure to its end: what is lost, who notices, and how it comes back",
}
ADA = {"name": "Ada Ngata", "email": "ada@example.com", "role": "Welder", "interviewed": "2026-11-20"}


async def hits(
    stage: SlackStage, person: SlackPerson, label: str, about: str, on: SeenMessage | None = None
) -> None:
    """A click, on today's list unless told otherwise, and no waiting for what comes of it."""
    seen = on or await person.digest()
    row = seen.row(about)
    message = stage.slack.memory.messages[seen.id]
    what = find_clickable(message.blocks, pick({**row.menu, **row.buttons}, label))
    assert what is not None
    await stage.slack.app.click(person.user, message, what)


async def comes_again(stage: SlackStage, number: int, **headers: str) -> None:
    """Slack sends a request once more, byte for byte: it is taken, and nothing at all changes."""
    mark = stage.slack.changes.mark
    ack = await stage.slack.replay(number, headers=headers)
    assert ack.status == 200
    await stage.settled()
    assert stage.slack.changes.since(mark) == []


# -- once -------------------------------------------------------------------------------------------------


async def test_a_request_that_comes_twice_is_done_once(stage: SlackStage, dana: SlackPerson) -> None:
    await dana.presses("Send update", "Tomasz")
    click = len(stage.slack.requests) - 1
    await dana.presses("Undo", "Tomasz")
    await comes_again(stage, click)

    sent = await dana.asks("/followup update zoë o'hara")
    command = len(stage.slack.requests) - 1
    await dana.presses("Undo", "Zoë", on=sent)
    await comes_again(stage, command)

    await dana.submits(await dana.opens("Has another offer until", "Mei"), date="2026-11-27")
    await comes_again(stage, len(stage.slack.requests) - 1)

    await dana.asks("tomasz")
    event = len(stage.slack.requests) - 1
    await comes_again(stage, event)
    for number in "123":
        again = {"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": "http_timeout"}
        await comes_again(stage, event, **again)

    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []


async def test_an_event_that_comes_three_times_at_one_moment_is_answered_once(
    stage: SlackStage, dana: SlackPerson
) -> None:
    """Slack tells it again where it has waited too long, whether or not the first is still being heard."""
    await dana.asks("tomasz")
    said = len(await dana.reads())
    another = re.sub(rb"Ev\d+", b"Ev9999999", stage.slack.requests[-1].body)
    await asyncio.gather(*[stage.slack.replay(-1, body=another, age=0) for _ in range(3)])
    await stage.settled()
    assert len(await dana.reads()) == said + 1


async def test_a_strangers_request_that_comes_twice_is_answered_once(stage: SlackStage) -> None:
    guest = await hired(stage, "gus@agency.example", "Gus", is_restricted=True)
    nora = await hired(stage, "nora.berg@halden.example", "Nora Berg")
    for person in (guest, nora):
        await person.asks("/followup")
        await comes_again(stage, -1)
        await person.asks("list")
        await comes_again(stage, -1)


async def test_five_clicks_at_one_moment_are_one_letter(stage: SlackStage, dana: SlackPerson) -> None:
    await asyncio.gather(*[hits(stage, dana, "Send update", "Tomasz") for _ in range(5)])
    await stage.settled()
    [seen] = await dana.lists()
    assert seen.row("Tomasz").text.startswith("Tomasz gets your update in")
    await dana.moves_clock("+1h")
    assert [letter.to for letter in await dana.mailbox()] == ["tomasz.zielinski@example.com"]
    [seen] = await dana.lists()
    assert seen.row("Tomasz").text.startswith("Told Mon 23 Nov")


async def test_two_people_at_one_moment_are_one_letter_and_both_lists_say_whose(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    async def ravi_types() -> None:
        await stage.slack.app.command(ravi.user, "update tomasz")

    await asyncio.gather(
        hits(stage, dana, "Send update", "Tomasz"), ravi_types(), hits(stage, dana, "Send update", "Zoë")
    )
    await stage.settled()
    [seen] = await dana.lists()
    tomasz, zoe = seen.row("Tomasz").text, seen.row("Zoë").text
    # Whoever came second is told so first.
    assert re.search("(^Tomasz gets your|Tomasz gets Ravi Menon's) update in", tomasz)
    assert zoe.startswith("Zoë gets your update in")
    await dana.moves_clock("+1h")
    to = sorted(letter.to for letter in await dana.mailbox())
    assert to == ["tomasz.zielinski@example.com", "zoe.o'hara@example.org"]


# -- forms ------------------------------------------------------------------------------------------------


async def test_a_form_says_what_is_wrong_at_its_field_and_stays(dana: SlackPerson) -> None:
    form = await dana.opens("Other date", "Tomasz")
    wrong = await dana.errs(form, date="2026-11-26")
    assert "Thanksgiving" in wrong["date"]
    assert dana.form() == form, "it is still open, as it was"
    answer = await dana.submits(form, date="2026-12-02")
    assert "New date: Wed 2 Dec." in answer.row("Tomasz").text
    assert dana.form() is None


async def test_preview_lies_over_the_form_and_no_number_of_steps_back_is_too_many(
    stage: SlackStage, dana: SlackPerson
) -> None:
    """Slack holds three views at most."""
    form = await dana.opens("Give feedback", "Tomasz")
    seen = form
    for number in range(4):
        observation = f"{FEEDBACK['observation']}, {number}"
        preview = form_of(await dana.fills(seen, **{**FEEDBACK, "observation": observation}))
        assert "step 2 of 2" in preview.text
        assert f"in flight, {number}" in preview.text
        assert len(stage.slack.memory.stack(dana.user.id)) == 2
        seen = form_of(await dana.acts(preview.buttons["Back"]))
        assert seen.fields["observation"] == observation
        assert "step 1 of 2" in seen.text
    preview = form_of(await dana.fills(seen, **FEEDBACK))
    answer = await dana.submits(preview)
    assert "Tomasz gets your feedback" in answer.row("Tomasz").text
    assert dana.form() is None


async def test_a_box_that_was_unticked_stays_so_on_the_way_back(dana: SlackPerson) -> None:
    form = await dana.opens("Give feedback", "Tomasz")
    assert form.fields["seen_differently"] == "yes"
    preview = form_of(await dana.fills(form, **FEEDBACK, seen_differently=""))
    again = form_of(await dana.acts(preview.buttons["Back"]))
    assert not again.fields.get("seen_differently")
    assert form_of(await dana.fills(again, **FEEDBACK)).text == preview.text


async def test_a_form_is_answered_where_it_was_opened(stage: SlackStage, dana: SlackPerson) -> None:
    home = await dana.home()
    from_home = await dana.submits(await dana.opens("Other date", "Tomasz", on=home), date="2026-12-01")
    assert from_home.id == home.id
    assert "New date: Tue 1 Dec." in from_home.row("Tomasz").text

    mine = await dana.asks("/followup")
    from_mine = await dana.submits(await dana.opens("Other date", "Tomasz", on=mine), date="2026-12-02")
    assert from_mine.id == mine.id, "the list that only she sees is replaced"
    assert "New date: Wed 2 Dec." in from_mine.row("Tomasz").text

    digest = await dana.digest()
    from_digest = await dana.submits(await dana.opens("Other date", "Tomasz"), date="2026-12-03")
    assert from_digest.id == digest.id
    assert "New date: Thu 3 Dec." in from_digest.row("Tomasz").text

    said = await dana.reads()
    typed = await dana.submits(form_of(await dana.types("/followup told mei")), date="2026-12-04")
    assert "Next date: Fri 4 Dec." in typed.row("Mei").text
    assert [message.id for message in await dana.reads()] == [*(one.id for one in said), typed.id]
    assert dana.form() is None


# -- shortcuts --------------------------------------------------------------------------------------------


async def test_a_candidate_is_added_from_anywhere(stage: SlackStage, dana: SlackPerson) -> None:
    """The global shortcut: there is no message to answer in, so the form itself says what came of it."""
    said = await dana.reads()
    form = await stage.takes_shortcut(dana, "add_candidate")
    assert form.title == "Add a candidate"
    assert set(await dana.errs(form, name="Ada Ngata", email="ada at home", role="Welder")) == {"email"}
    answer = await dana.submits(form, **ADA, promised="2026-11-27")
    assert "Ada is on your list." in answer.row("Ada").text
    assert "Promised news by Fri 27 Nov" in answer.row("Ada").text
    assert await dana.reads() == said
    sent = await dana.presses("Send update", "Ada", on=answer)
    assert sent.row("Ada").text.startswith("Ada gets your update in")
    assert "Ada" in (await dana.asks("/followup ada")).text


async def test_a_message_of_a_candidate_is_logged_where_it_was_read(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    pasted = stage.pastes(ravi, "Tomasz asks when he will hear.")
    form = await stage.takes_shortcut(dana, "log_follow_up", pasted)
    answer = await dana.submits(form, candidate=pick(choices(form, "candidate"), "Tomasz"))
    assert "Tomasz wrote on Mon 23 Nov" in answer.row("Tomasz").text
    shown = stage.slack.memory.messages[answer.id]
    assert (shown.channel.id, shown.ephemeral_to) == (pasted.channel.id, dana.user.id), (
        "the others do not see it"
    )
    assert "Tomasz wrote on Mon 23 Nov" in (await dana.digest()).row("Tomasz").text


async def test_who_wrote_is_asked_so_that_two_of_one_name_can_be_told_apart(
    stage: SlackStage, dana: SlackPerson
) -> None:
    for email in ("anna.k@mail.example", "kowalska@mail.example"):
        form = await stage.takes_shortcut(dana, "add_candidate")
        await dana.submits(form, **(ADA | {"name": "Anna Kowalska", "email": email}))
    form = await stage.takes_shortcut(dana, "log_follow_up")
    annas = {name for name in choices(form, "candidate") if name.startswith("Anna")}
    assert {it.split(",")[0] for it in annas} == {
        "Anna Kowalska (anna.k@mail.example",
        "Anna Kowalska (kowalska@mail.example",
    }
