"""What a member has before them in Slack: one list that stays true where it stands, and a Home tab."""

from __future__ import annotations

from tests.slack_counterpart import SlackPerson
from tests.slack_counterpart.reading import read_message
from tests.slack_counterpart.teams import Message
from tests.stories.person import SeenMessage, form_of
from tests.stories.slack_stage import SlackStage

CHATS = ("http",)


def posts_to(stage: SlackStage, person: SlackPerson) -> int:
    """How often the bot has written to this person anew."""
    return sum(call.arguments["channel"] == person.user.id for call in stage.slack.called("chat.postMessage"))


def home_now(stage: SlackStage, person: SlackPerson) -> SeenMessage:
    """What stands in the Home tab of somebody who does not open it anew."""
    home = stage.slack.memory.homes[person.user.id]
    return read_message(home.id, home.blocks)


def as_slack_has_it(stage: SlackStage, seen: SeenMessage) -> Message:
    return stage.slack.memory.messages[seen.id]


# -- one list ---------------------------------------------------------------------------------------------


async def test_one_list_follows_every_click_every_letter_and_every_colleague(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    before = await dana.digest()
    posts = posts_to(stage, dana)
    clicked = await dana.presses("Send update", "Tomasz")
    assert clicked.id == before.id
    assert clicked.row("Tomasz").text.startswith("Tomasz gets your update in")

    await dana.moves_clock("+1h")
    [after_the_letter] = await dana.lists()
    assert after_the_letter.id == before.id
    assert after_the_letter.row("Tomasz").text.startswith("Told Mon 23 Nov 09:3")

    await ravi.asks("/followup update zoë o'hara")
    [after_ravi] = await dana.lists()
    assert after_ravi.id == before.id
    assert after_ravi.row("Zoë").text.startswith("Zoë gets Ravi Menon's update in")
    assert posts_to(stage, dana) == posts


async def test_a_list_that_was_deleted_is_posted_anew_and_goes_on_from_there(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    before = await dana.digest()
    stage.slack.memory.remove(as_slack_has_it(stage, before))
    assert await dana.lists() == []
    await ravi.asks("/followup update tomasz")
    [anew] = await dana.lists()
    assert anew.id != before.id
    assert anew.row("Tomasz").text.startswith("Tomasz gets Ravi Menon's update in")
    clicked = await dana.presses("Send update", "Zoë")
    assert clicked.id == anew.id
    await dana.moves_clock("+1h")
    [last] = await dana.lists()
    assert last.id == anew.id
    assert last.row("Zoë").text.startswith("Told Mon 23 Nov")


async def test_a_list_too_old_to_be_edited_is_posted_anew_once(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    """A workspace may close messages to editing. The old one stays as it was; nobody can change that."""
    before = await dana.digest()
    as_slack_has_it(stage, before).edit_window_closed = True
    posts = posts_to(stage, dana)
    await ravi.asks("/followup update tomasz")
    anew = await dana.digest()
    assert anew.id != before.id
    assert "Ravi Menon's update" in anew.row("Tomasz").text
    await ravi.asks("/followup update zoë o'hara")
    await dana.moves_clock("+1h")
    last = await dana.digest()
    assert last.id == anew.id
    assert last.row("Zoë").text.startswith("Ravi Menon told Zoë on Mon 23 Nov")
    assert posts_to(stage, dana) == posts + 1


async def test_a_click_on_the_old_copy_of_a_list_changes_the_new_one(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    old = await dana.digest()
    as_slack_has_it(stage, old).edit_window_closed = True
    await ravi.asks("/followup update zoë o'hara")
    assert (await dana.digest()).id != old.id
    await dana.clicks("Send update", "Tomasz", on=old)
    assert (await dana.digest()).row("Tomasz").text.startswith("Tomasz gets your update in")


# -- the Home tab -----------------------------------------------------------------------------------------


async def test_home_shows_who_waits_how_the_word_is_kept_the_hours_and_the_absence(
    stage: SlackStage, dana: SlackPerson
) -> None:
    home = await dana.home()
    assert home.heading == "You owe 11 people news, 3 past your promised date."
    assert {"Priya Natarajan", "Tomasz Zieliński", "Mei Lin"} <= {row.name for row in home.rows}
    assert "of your last" in home.text
    assert "Your list comes at 09:30, New York time, on your working days" in home.text
    assert "(public holidays: United States)" in home.text
    assert "Going away? Type: /followup away until 6 dec delegate @colleague." in home.text

    await dana.asks("/followup away until 27 nov")
    away = await dana.home()
    assert "You are away until Fri 27 Nov; the recruiter gets your nudges." in away.text
    answer = await dana.presses("I am back", on=away)
    assert answer.text == "Welcome back. Your nudges come to you again."
    assert "Going away?" in home_now(stage, dana).text


async def test_home_is_true_without_being_opened_again(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    home = await dana.home()
    said = len(await dana.reads())
    clicked = await dana.presses("Send update", "Tomasz", on=home)
    assert clicked.id == home.id, "a click in the Home tab is answered there"
    assert clicked.row("Tomasz").text.startswith("Tomasz gets your update in")
    assert len(await dana.reads()) == said

    await dana.moves_clock("+1h")
    assert home_now(stage, dana).row("Tomasz").text.startswith("Told Mon 23 Nov 09:3")
    await ravi.asks("/followup update zoë o'hara")
    assert home_now(stage, dana).row("Zoë").text.startswith("Zoë gets Ravi Menon's update in")
    [digest] = await dana.lists()
    assert digest.row("Tomasz").text.startswith("Told"), "the list has heard of it as well"

    ada = {"name": "Ada Ngata", "email": "ada@example.com", "role": "Smith", "interviewed": "2026-11-20"}
    await dana.submits(form_of(await dana.types("/followup add")), **ada)
    assert "12 candidates in all" in home_now(stage, dana).text


async def test_settings_chosen_in_home_are_seen_there(stage: SlackStage, dana: SlackPerson) -> None:
    form = await dana.opens("Settings", on=await dana.home())
    assert form.fields["digest_at"] == "09:30"
    wrong = await dana.errs(form, digest_at="25:99")
    assert set(wrong) == {"digest_at"}
    saved = await dana.submits(form, digest_at="10:15", country="CA")
    assert saved.text == "Saved."
    assert "Your list comes at 10:15, New York time, on your working days (public holidays: Canada)" in (
        home_now(stage, dana).text
    )


async def test_home_of_a_recruiter_shows_the_settings_and_the_absence_at_once(
    stage: SlackStage, ravi: SlackPerson
) -> None:
    """Nobody waits for Ravi himself."""
    await ravi.submits(await ravi.opens("Settings", on=await ravi.home()), digest_at="10:15")
    assert "Your list comes at 10:15" in home_now(stage, ravi).text
    await ravi.asks("/followup away until 27 nov")
    assert "You are away until Fri 27 Nov" in home_now(stage, ravi).text
    await ravi.presses("I am back", on=home_now(stage, ravi))
    assert "Going away?" in home_now(stage, ravi).text


async def test_home_keeps_what_it_shows_when_a_form_could_not_open(
    stage: SlackStage, dana: SlackPerson
) -> None:
    button = (await dana.home()).row("Tomasz").menu["Other date …"]
    stage.slack.faults.fail("views.open", error="expired_trigger_id")
    await dana.acts(button)
    assert home_now(stage, dana).row("Tomasz").menu["Other date …"] == button
    assert (await dana.reads())[-1].text == "Slack took too long to open this. Please try once more."


# -- what is written to the bot ---------------------------------------------------------------------------


async def test_the_bot_is_written_to_like_a_colleague(stage: SlackStage, dana: SlackPerson) -> None:
    one = await dana.asks("tomasz")
    assert [row.name for row in one.rows] == ["Tomasz Zieliński"]
    everybody = await dana.asks("list")
    assert everybody.heading == "You owe 11 people news, 3 past your promised date."
    done = await dana.presses("Send update", "Tomasz", on=everybody)
    assert done.id == everybody.id
    assert done.row("Tomasz").text.startswith("Tomasz gets your update in")

    sorry = await dana.asks("feedback priya")
    assert "Slack opens one only from a click or a command. Type the same after /followup." in sorry.text
    assert dana.form() is None
    form = await dana.types("/followup feedback priya")
    assert dana.form() == form


async def test_a_colleague_is_named_as_slack_names_them(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    mention = f"<@{ravi.user.id}|{ravi.user.name}>"
    answer = await dana.asks(f"/followup hand over mei lin to {mention}")
    assert "With Ravi Menon." in answer.row("Mei").text
    answer = await dana.asks(f"hand over zoë o'hara to <@{ravi.user.id}>")
    assert "With Ravi Menon." in answer.row("Zoë").text


async def test_the_bot_does_not_answer_itself_nor_an_edit(stage: SlackStage, dana: SlackPerson) -> None:
    await dana.asks("list")
    said, calls = stage.slack.seen_by(dana.user), len(stage.slack.calls)
    assert (await stage.slack.events.echo(said[-1])).attempts == 1
    edited = {"type": "message", "subtype": "message_changed", "channel_type": "im", "channel": "D1"}
    assert (await stage.slack.events.tell(stage.slack.team, edited)).attempts == 1
    await stage.settled()
    assert stage.slack.seen_by(dana.user) == said
    assert stage.slack.calls[calls:] == []
