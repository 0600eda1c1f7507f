"""The recruiter's queue: who is stuck, grouped by why, and what can be done about it."""

from __future__ import annotations

from tests.stories.conftest import Stage
from tests.stories.person import Person, SeenMessage

CHATS = ("page", "http", "teams")


async def queue_of(person: Person) -> SeenMessage:
    """Ask for it; it comes as a message of its own, which follows the truth."""
    await person.types("/followup queue")
    return await newest(person)


async def newest(person: Person) -> SeenMessage:
    return [m for m in await person.reads() if "stuck" in m.heading][-1]


async def test_it_is_grouped_by_why_with_the_oldest_first(dana: Person, ravi: Person) -> None:
    await dana.presses("Decision is stuck", "Mei")
    queue = await queue_of(ravi)
    heads = ("Another offer waits for an answer (1)", "The decision is stuck (1)")
    at = [queue.text.index(head) for head in heads]
    assert at == sorted(at)
    assert queue.rows[0].name == "Priya Natarajan"
    row = queue.row("Mei")
    assert list(row.buttons) == ["Take over", "Send update", "Give feedback", "Nudge Dana", "Log a call"]
    assert list(queue.row("Priya").buttons) == ["Take over", "Call today", "Give feedback", "Nudge Dana"]


async def test_whoever_is_told_moves_to_what_has_been_taken_care_of(dana: Person, ravi: Person) -> None:
    await dana.presses("Decision is stuck", "Mei")
    queue = await queue_of(ravi)
    count = int(queue.heading.split()[0])
    called = await ravi.opens("Log a call", "Mei", on=queue)
    await ravi.submits(called, date="2026-12-01")
    after = await newest(ravi)
    assert after.id == queue.id
    assert int(after.heading.split()[0]) == count - 1
    assert "Taken care of (1)" in after.text
    assert after.row("Mei").text.startswith("Told Mon 23 Nov 09:3")
    await dana.presses("Decision is stuck", "Tomasz", on=await dana.asks("/followup tomasz"))
    await ravi.moves_clock("+1h")
    grown = await newest(ravi)
    assert "Tomasz Zieliński" in [row.name for row in grown.rows]
    assert int(grown.heading.split()[0]) == count


async def test_a_recruiter_who_took_an_urgent_one_over_is_not_asked_to_hand_it_to_themselves(
    dana: Person, ravi: Person
) -> None:
    mine = await ravi.presses("Take over", "Priya", on=await ravi.asks("/followup priya"))
    assert list(mine.row("Priya").buttons) == ["Call today", "Give feedback"]


async def test_taking_over_writing_and_undo_stay_in_the_queue(dana: Person, ravi: Person) -> None:
    await dana.presses("Decision is stuck", "Mei")
    queue = await queue_of(ravi)
    mine = await ravi.presses("Take over", "Mei", on=queue)
    assert "Mei is yours now." in mine.text
    assert "Take over" not in mine.row("Mei").buttons
    await ravi.presses("Send update", "Mei", on=mine)
    sent = await newest(ravi)
    assert "Mei gets your update in" in sent.row("Mei").text
    await ravi.presses("Undo", "Mei", on=sent)
    assert "Undone. Nothing was sent." in (await newest(ravi)).row("Mei").text


async def test_a_nudge_is_a_message_that_rings_once_a_day_for_each_candidate(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    await dana.presses("Decision is stuck", "Mei")
    await dana.presses("Decision is stuck", "Tomasz")
    queue = await queue_of(ravi)
    once = await ravi.presses("Nudge Dana", "Mei", on=queue)
    assert "Dana is asked about Mei now." in once.row("Mei").text
    again = await ravi.presses("Nudge Dana", "Mei", on=once)
    assert "You have nudged Dana about Mei today. Once a day is enough." in again.text
    await ravi.moves_clock("+1h")
    [first] = await dana.messages_headed("Your recruiter asks about")
    await ravi.presses("Nudge Dana", "Tomasz", on=await newest(ravi))
    await ravi.moves_clock("+1h")
    [still, second] = await dana.messages_headed("Your recruiter asks about")
    assert still.id == first.id, "a change of what was read rings no bell"
    assert [[row.name for row in it.rows] for it in (still, second)] == [["Mei Lin"], ["Tomasz Zieliński"]]

    await ravi.moves_clock("2026-11-24T21:00")
    evening = await ravi.presses("Nudge Dana", "Mei", on=await queue_of(ravi))
    assert "Dana is asked about Mei on Wed 25 Nov 09:00 your time, when their day begins." in evening.text
    await ravi.presses("Nudge Dana", "Tomasz", on=evening)
    await ravi.moves_clock("2026-11-25T08:59")
    assert len(await dana.messages_headed("Your recruiter asks about")) == 2
    await ravi.moves_clock("2026-11-25T09:00")
    [_, _, both] = await dana.messages_headed("Your recruiter asks about")
    assert both.heading == "Your recruiter asks about 2 candidates"


async def test_only_the_recruiter_sees_and_nudges(stage: Stage, dana: Person, ravi: Person) -> None:
    await dana.presses("Decision is stuck", "Mei")
    assert "The queue is for recruiters" in (await dana.asks("/followup queue")).text
    queue = await queue_of(ravi)
    stolen = await dana.acts(queue.row("Mei").buttons["Nudge Dana"])
    assert isinstance(stolen, SeenMessage)
    assert "Only the recruiter of the role nudges." in stolen.text
    ingrid = await stage.person("ingrid")
    theirs = await queue_of(ingrid)
    assert not any("Mei" in row.name for row in theirs.rows)


async def test_a_new_queue_replaces_the_one_before(dana: Person, ravi: Person) -> None:
    await dana.presses("Decision is stuck", "Mei")
    first = await queue_of(ravi)
    second = await queue_of(ravi)
    assert second.id != first.id
    await ravi.moves_clock("+1h")
    (old,) = [m for m in await ravi.reads() if m.id == first.id]
    assert old.text.endswith("This queue has been replaced by a newer one.")


async def test_a_click_on_a_queue_that_was_replaced_says_what_it_did_and_can_be_undone(
    dana: Person, ravi: Person
) -> None:
    await dana.presses("Decision is stuck", "Mei")
    old = await queue_of(ravi)
    await ravi.moves_clock("+1h")
    assert (await queue_of(ravi)).id != old.id
    sent = await ravi.presses("Send update", "Mei", on=old)
    assert [row.name for row in sent.rows] == ["Mei Lin"]
    assert sent.row("Mei").text.startswith("Mei gets your update in")
    undone = await ravi.acts(sent.row("Mei").buttons["Undo"])
    assert isinstance(undone, SeenMessage)
    assert "Undone. Nothing was sent." in undone.row("Mei").text
    await ravi.moves_clock("+1h")
    assert await ravi.mailbox() == []
