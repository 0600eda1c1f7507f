"""The history of a loop: what was promised, said, asked and done, in order."""

from __future__ import annotations

from tests.stories.conftest import Stage
from tests.stories.person import Person, message_of

CHATS = ("page", "http", "teams")


async def test_it_tells_every_promise_touch_letter_nudge_and_hand_over_in_order(
    dana: Person, ravi: Person
) -> None:
    await dana.submits(await dana.opens("Candidate wrote", "Tomasz"), kind="question")
    await dana.presses("Decision is stuck", "Tomasz")
    mine = await ravi.asks("/followup tomasz")
    await ravi.presses("Take over", "Tomasz", on=mine)
    await ravi.asks("/followup update tomasz")
    await ravi.moves_clock("+1h")
    told = await dana.asks("/followup history tomasz")
    lines = [
        "Tomasz was promised news by Fri 20 Nov.",
        "Dana Lee was asked, with the first list after the date.",
        "Tomasz wrote and asked.",
        "Dana Lee said that the decision is stuck.",
        "Ravi Menon (for Dana Lee) handed it over from Dana Lee to Ravi Menon.",
        "Ravi Menon wrote an update that names Tue 1 Dec. Sent Mon 23 Nov 09:3",
        "The promise of Fri 20 Nov was not kept.",
        "A letter promised Tomasz news by Tue 1 Dec.",
    ]
    at = [told.text.index(line) for line in lines]
    assert at == sorted(at)
    (letter,) = (row for row in told.rows if "wrote an update" in row.text)
    seen = message_of(await dana.acts(letter.buttons["See letter"], told.id))
    assert "Dear Tomasz" in seen.text


async def test_it_is_in_every_rows_menu_and_goes_on_over_pages(dana: Person) -> None:
    for _ in range(7):
        await dana.asks("/followup snooze tomasz")
        await dana.presses("Put on hold", "Tomasz", on=await dana.asks("/followup tomasz"))
        await dana.presses("No longer on hold", "Tomasz", on=await dana.asks("/followup tomasz"))
    newest = await dana.presses("See history", "Tomasz", on=await dana.asks("/followup tomasz"))
    assert "took it off hold" in newest.rows[-1].text
    assert "Page 3 of 3, oldest first." in newest.text
    earlier = await dana.presses("Earlier", on=newest)
    assert "Page 2 of 3" in earlier.text
    first = await dana.presses("Earlier", on=earlier)
    assert first.rows[0].text == "Tomasz was promised news by Fri 20 Nov."
    assert "The candidate was added." in first.text


async def test_who_may_not_see_the_loop_sees_no_history(stage: Stage, dana: Person) -> None:
    claire, katrin = await stage.person("claire"), await stage.person("katrin")
    await dana.submits(await dana.opens("Waiting for somebody", "Tomasz"), whom="Claire")
    row = (await dana.asks("/followup update tomasz")).row("Tomasz")
    entry = {**row.menu, **row.buttons}["See history"]
    assert "Tomasz" in message_of(await dana.acts(entry)).heading
    refused = message_of(await katrin.acts(entry))
    assert "This is not yours to see." in refused.text
    assert "Tomasz" not in refused.text
    asked = message_of(await claire.acts(entry))
    assert "You are asked for your word. Dana can tell you what happened so far." in asked.text
