"""A letter that waits over night can be undone in a chat message, whatever list comes meanwhile."""

from __future__ import annotations

from tests.stories.conftest import Stage
from tests.stories.person import A_NO, Person, SeenMessage, form_of


async def says_no(person: Person, about: str) -> SeenMessage:
    """In the newest list; the answer."""
    form = await person.opens("Give feedback", about)
    return await person.submits(form_of(await person.fills(form, **A_NO)))


async def test_a_no_that_leaves_at_noon_can_be_undone_in_the_list_of_that_morning(dana: Person) -> None:
    await dana.moves_clock("2026-11-24T21:30")
    evening = await dana.digest()
    said = await says_no(dana, "Zoe Park")
    assert "Zoe gets your feedback on Wed 25 Nov 08:30 Los Angeles time." in said.row("Zoe Park").text

    await dana.moves_clock("2026-11-25T09:35")
    morning = await dana.digest()
    assert morning.id != evening.id
    assert "Zoe gets your feedback on Wed 25 Nov 08:30" in morning.row("Zoe Park").text
    assert [it for it in morning.row("Zoe Park").buttons if it != "See history"] == ["Undo", "See letter"]
    late = sum("late." in row.text for row in morning.rows)
    assert morning.heading == f"{late} candidates are waiting past your promised date"

    undone = await dana.presses("Undo", "Zoe Park", on=morning)
    assert undone.id == morning.id
    assert "Undone. Nothing was sent." in undone.row("Zoe Park").text
    await dana.moves_clock("2026-11-25T13:00")
    assert await dana.mailbox() == []


async def test_where_nobody_else_waits_no_list_comes_and_undo_stays_in_the_one_before(
    stage: Stage, dana: Person
) -> None:
    sam = await stage.person("sam")
    settings = form_of(await sam.types("/followup settings"))
    await sam.submits(settings, zone="Europe/London", country="GB")
    await sam.submits(form_of(await sam.types("/followup handover sam to dana")))
    await dana.asks("/followup hand over zoe park to sam")
    await sam.moves_clock("2026-11-25T03:00")
    before = await says_no(sam, "Zoe Park")
    assert "Undo" in before.row("Zoe Park").buttons

    await sam.moves_clock("2026-11-25T10:00")
    assert [message.id for message in await sam.lists()] == [before.id]
    undone = await sam.presses("Undo", "Zoe Park")
    assert "Undone. Nothing was sent." in undone.row("Zoe Park").text
    await sam.moves_clock("2026-11-25T18:00")
    assert await sam.mailbox() == []


async def test_a_new_queue_keeps_the_undo_of_the_one_before(dana: Person, ravi: Person) -> None:
    await dana.presses("Decision is stuck", "Mei")
    await dana.presses("Decision is stuck", "Tomasz")
    first = await queue_of(ravi)
    sent = await ravi.presses("Send update", "Mei", on=first)
    count = stuck_in(sent)
    assert count == stuck_in(first) - 1
    second = await queue_of(ravi)
    assert second.id != first.id
    assert stuck_in(second) == count
    assert "Taken care of (1)" in second.text
    undone = await ravi.presses("Undo", "Mei", on=second)
    assert stuck_in(undone) == count + 1
    await ravi.moves_clock("+1h")
    assert await ravi.mailbox() == []


async def queue_of(recruiter: Person) -> SeenMessage:
    """A new one."""
    await recruiter.types("/followup queue")
    return [message for message in await recruiter.reads() if "stuck" in message.heading][-1]


def stuck_in(queue: SeenMessage) -> int:
    return int(queue.heading.split()[0])


async def test_whoever_reads_a_letter_that_waits_can_take_it_back_there(dana: Person) -> None:
    await dana.presses("Send update", "Tomasz")
    letter = await dana.presses("See letter", "Tomasz")
    assert list(letter.buttons) == ["Undo", "Other date"]
    other = await dana.opens("Other date", on=letter)
    assert other.title == "Another date for Tomasz"
    undone = await dana.presses("Undo", on=letter)
    assert "Undone. Nothing was sent." in undone.row("Tomasz").text
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []
    assert "Undone. Nothing was sent." in (await dana.digest()).row("Tomasz").text


async def test_a_letter_that_has_left_is_read_without_undo(dana: Person) -> None:
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    assert not (await dana.presses("See letter", "Tomasz")).buttons
