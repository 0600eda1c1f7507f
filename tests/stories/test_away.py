"""Somebody is away: who is asked meanwhile, what they are warned of, and what cannot be."""

from __future__ import annotations

from tests.stories.conftest import Stage
from tests.stories.person import Person

CHATS = ("page", "http", "teams")


async def test_a_delegate_is_asked_accepts_and_gets_the_nudges(stage: Stage, dana: Person) -> None:
    sam = await stage.person("sam")
    said = await dana.asks("/followup away until 6 dec delegate @sam")
    assert "Sam is asked; until Sam accepts, Ravi gets your nudges." in said.text
    assert "3 promises are late, 7 fall due until Sun 6 Dec." in said.text
    assert "Mei" in said.text
    lists = len(await dana.lists())
    await dana.moves_clock("+1h")
    assert await sam.messages_headed("A colleague asks you") == [], "it is 07:30 in Los Angeles"
    await sam.moves_clock("2026-11-23T09:05")
    [asked] = await sam.messages_headed("A colleague asks you to stand in")
    assert "Dana Lee is away until Sun 6 Dec" in asked.text
    assert "If you do nothing, the recruiter is asked." in asked.text
    assert "nobody of that name" in (await sam.asks("/followup tomasz")).text

    yes = await sam.presses("I stand in", on=asked)
    assert "You get Dana's nudges until Sun 6 Dec." in yes.text
    await sam.moves_clock("2026-11-24T10:00")
    assert "Tomasz" in (await sam.digest()).text
    assert len(await dana.lists()) == lists, "she is away: no new list"
    sent = await sam.presses("Send update", "Tomasz")
    assert "Tomasz gets your update in" in sent.text

    back = await dana.asks("/followup back")
    assert "Welcome back. Your nudges come to you again." in back.text
    late = await sam.asks("/followup update zoë")
    assert "nobody called" in late.text
    await dana.moves_clock("2026-11-25T10:00")
    assert "Zoë" in (await dana.digest()).text


async def test_before_an_absence_what_is_late_is_told_from_what_falls_due(dana: Person) -> None:
    said = await dana.asks("/followup away until mon 23 nov")
    assert "3 promises are late. Update them before you go:" in said.text
    await dana.asks("/followup back")
    await dana.asks("/followup update tomasz")
    said = await dana.asks("/followup away until tue 24 nov delegate ravi")
    assert "Ravi is asked, and gets your nudges meanwhile." in said.text
    assert "2 promises are late, 1 falls due until Tue 24 Nov. Update them before you go:" in said.text


async def test_a_delegate_who_declines_leaves_it_to_the_recruiter(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    claire = await stage.person("claire")
    await dana.asks("/followup away until 27 nov delegate claire")
    await dana.moves_clock("+1h")
    [asked] = await claire.messages_headed("A colleague asks you to stand in")
    no = await claire.presses("I cannot", on=asked)
    assert "Dana's nudges go to the recruiter." in no.text
    await dana.moves_clock("next-0930")
    assert "Tomasz" in (await ravi.digest()).text
    assert not any("Tomasz" in message.text for message in await claire.reads())


async def test_who_stands_in_for_a_recruiter_is_asked_where_managers_do_not_answer(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    claire = await stage.person("claire")
    alone = await ravi.asks("/followup away until 27 nov")
    assert "until Fri 27 Nov. The recruiter of each role gets your nudges." in alone.text
    assert "you are still asked to step in, for nobody stands in for you" in alone.text
    said = await ravi.asks("/followup away until 27 nov delegate claire")
    assert "Where a manager does not answer, you are asked to step in until Claire accepts." in said.text
    assert "The queue is for recruiters" in (await claire.asks("/followup queue")).text
    await claire.moves_clock("+1h")
    [asked] = await claire.messages_headed("A colleague asks you to stand in")
    assert "and to step in where a manager does not. If you do nothing, Ravi is still asked." in asked.text
    lists = len(await ravi.lists())
    await claire.presses("I stand in", on=asked)
    assert "Whoever stands in for Ravi is asked to step in" in (await dana.asks("/followup tomasz")).text
    await claire.moves_clock("2026-11-24T10:00")
    row = (await claire.digest()).row("Tomasz")
    assert "With Dana Lee." in row.text
    assert len(await ravi.lists()) == lists, "nothing new for who is away"
    await claire.types("/followup queue")
    assert [queue for queue in await claire.reads() if "Past the date, and you have been asked" in queue.text]
    sent = await claire.presses("Send update", "Tomasz")
    assert "Tomasz gets your update in" in sent.row("Tomasz").text
    await claire.moves_clock("+1h")
    [letter] = await claire.mailbox()
    assert "Claire Tremblay" in letter.body
    await ravi.asks("/followup back")
    assert "nobody of that name" in (await claire.asks("/followup zoë")).text
    assert "The queue is for recruiters" in (await claire.asks("/followup queue")).text
    await claire.moves_clock("2026-11-25T10:00")
    assert "Zoë" in (await ravi.digest()).text


async def test_an_absence_that_cannot_be_says_why(dana: Person) -> None:
    for typed, why in (
        ("away", "Until when? /followup away until 6 dec delegate @sam."),
        ("away until 20 nov 2026", "Fri 20 Nov has passed."),
        ("away until 6 dec delegate dana", "You cannot stand in for yourself."),
        ("away until 6 dec delegate rumpelstiltskin", "I know nobody called rumpelstiltskin."),
        ("back", "You are not away, as far as I know."),
    ):
        assert dana.told(why) in (await dana.asks(f"/followup {typed}")).text, typed


async def test_an_absence_until_a_date_that_can_be_read_in_two_ways_is_asked_back(dana: Person) -> None:
    asked = await dana.asks("/followup away until 1/12 delegate @sam")
    assert "Tue 1 Dec or Tue 12 Jan?" in asked.text
    assert list(asked.buttons) == ["Tue 1 Dec", "Tue 12 Jan"]
    said = await dana.presses("Tue 1 Dec", on=asked)
    assert "Sam is asked; until Sam accepts, Ravi gets your nudges." in said.text
    assert "fall due until Tue 1 Dec." in said.text
