"""Another employer's offer, and our own: who hears of it, and what becomes of everybody else."""

from __future__ import annotations

from tests.stories.person import A_NO, Person, SeenMessage, form_of
from tests.stories.test_menu import about

CHATS = ("page", "http", "teams")


async def notes(person: Person, label: str, name: str, on: SeenMessage | None = None) -> SeenMessage:
    """Press what is asked about once more, and say yes."""
    asked = await person.presses(label, name, on=on)
    return await person.presses("Yes", name, on=asked)


async def test_another_offer_makes_a_row_urgent_and_tells_manager_then_recruiter(
    dana: Person, ravi: Person
) -> None:
    form = await dana.opens("Has another offer", "Zoë")
    assert "deadline has passed" in (await dana.errs(form, date="2026-11-20"))["date"]
    assert await dana.errs(form, date="2026-11-25", time="5 pm") == {"time": "Write the time as 17:00."}
    saved = await dana.submits(form, date="2026-11-25", time="17:00")
    row = saved.row("Zoë")
    assert list(row.buttons)[:2] == ["Call today", "Hand to Ravi"]
    assert "Send update" in row.menu
    assert "Has another offer, to be answered by Wed 25 Nov 17:00 in Chicago." in row.text
    assert "Ravi is asked to step in on Mon 23 Nov 11:3" in row.text
    await dana.moves_clock("+1h")
    [told] = await about(dana, "Zoë")
    assert told.heading == "A candidate of yours must answer another offer"
    assert await about(ravi, "Zoë") == []
    await dana.moves_clock("2026-11-23T12:00")
    assert len(await about(ravi, "Zoë")) == 1
    call = await dana.opens("Call today", "Zoë")
    called = await dana.submits(call, date="2026-11-25")
    assert called.row("Zoë").text.startswith("Told Mon 23 Nov 12:0")


async def test_another_offer_makes_nobody_late_before_the_promised_date(dana: Person) -> None:
    """● says what the first line counts; that somebody is urgent is said by their place and their buttons."""
    form = await dana.opens("Has another offer", "Mei")
    row = (await dana.submits(form, date="2026-11-27")).row("Mei")
    assert "due tomorrow" in row.text
    assert "Call today" in row.buttons
    assert row.mark == "◷"


async def test_an_offer_accepted_makes_the_others_due_in_one_business_day(dana: Person) -> None:
    made = await notes(dana, "Offer made", "Tomasz")
    assert (
        "Noted. 5 others keep waiting for this role; their dates stand and nobody is told why." in made.text
    )
    assert list(made.row("Tomasz").buttons) == ["Offer accepted", "Offer declined"]
    accepted = await notes(dana, "Offer accepted", "Tomasz", on=made)
    assert "5 other candidates are due news by the next working day." in accepted.text
    assert "Tomasz accepted the offer." in accepted.row("Tomasz").text
    await dana.moves_clock("next-0930")
    tuesday = await dana.digest()
    for other in ("Łukasz", "Thu Hà", "Jonas", "Samuel"):
        assert other in tuesday.text
    waits = tuesday.row("Łukasz").text
    assert "Somebody else accepted the offer: news is due by Tue 24 Nov." in waits
    assert "An offer is out" not in waits
    assert await dana.mailbox() == []


async def test_an_offer_is_asked_about_before_anything_changes(dana: Person) -> None:
    """None of it can be taken back: a slip of the finger would close somebody and hurry everybody else."""
    asked = await dana.presses("Offer made", "Tomasz")
    assert "Does Tomasz have an offer from us?" in asked.row("Tomasz").text
    left = await dana.presses("Leave it as it is", "Tomasz", on=asked)
    assert "Offer made" in left.row("Tomasz").menu
    made = await notes(dana, "Offer made", "Tomasz")
    accepted = await dana.presses("Offer accepted", "Tomasz", on=made)
    assert "Has Tomasz accepted? That closes the loop. 5 other candidates are due news" in accepted.text
    declined = await dana.presses("Offer declined", "Tomasz", on=made)
    assert "Has Tomasz declined? That closes the loop." in declined.text
    still = await dana.asks("/followup tomasz")
    assert "Has an offer from us." in still.row("Tomasz").text


async def test_once_an_offer_is_accepted_nobody_is_told_that_nothing_is_decided(dana: Person) -> None:
    made = await notes(dana, "Offer made", "Tomasz")
    await notes(dana, "Offer accepted", "Tomasz", on=made)
    lukasz = await dana.asks("/followup lukasz")
    free = await dana.presses("No offer is out any more", "Łukasz", on=lukasz)
    why = 'Somebody has accepted the offer for this role, so "no decision yet" would not be true.'
    assert why in (await dana.presses("Send update", "Łukasz", on=free)).row("Łukasz").text
    form = await dana.opens("Other date", "Łukasz", on=free)
    assert not form.fields.get("reason"), "whoever writes has to pick one"
    for picked in ("", "no_decision"):
        assert await dana.errs(form, date="2026-11-30", reason=picked) == {"reason": why}
    await dana.submits(form, date="2026-11-30", reason="final_steps")
    await dana.moves_clock("+1h")
    [letter] = await dana.mailbox()
    assert "We have not reached a decision" not in letter.body


async def test_a_role_that_somebody_has_accepted_is_not_called_closed(dana: Person) -> None:
    made = await notes(dana, "Offer made", "Tomasz")
    await notes(dana, "Offer accepted", "Tomasz", on=made)
    form = await dana.opens("Give feedback", "Łukasz", on=await dana.asks("/followup lukasz"))
    refused = await dana.errs(form, decision="role_closed")
    assert "that it was closed would not be true" in refused["decision"]
    assert "as it will be sent" in form_of(await dana.fills(form, **A_NO)).text
    mei = await dana.opens("Give feedback", "Mei")
    assert "as it will be sent" in form_of(await dana.fills(mei, decision="role_closed")).text


async def test_who_tells_one_that_the_role_is_closed_reads_how_many_others_wait_for_it(dana: Person) -> None:
    form = await dana.opens("Give feedback", "Tomasz")
    preview = form_of(await dana.fills(form, decision="role_closed"))
    assert "5 others wait for Backend Engineer, and this letter tells Tomasz alone." in preview.text
    no = form_of(await dana.fills(form, **A_NO))
    assert "others wait" not in no.text


async def test_an_offer_declined_names_the_runners_up_and_writes_to_nobody(dana: Person) -> None:
    made = await notes(dana, "Offer made", "Mei")
    assert "1 other keeps waiting" in made.text
    declined = await notes(dana, "Offer declined", "Mei", on=made)
    assert (
        "Noted. Still waiting for Data Analyst: Aoife Ní Bhriain. Nobody is written to until you click."
        in declined.text
    )
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []
    runner_up = (await dana.asks("/followup aoife")).row("Aoife")
    assert "An offer is out" not in runner_up.text, "it was answered"


async def test_while_an_offer_is_out_the_letter_to_the_others_reveals_nothing(dana: Person) -> None:
    noted = await dana.presses("Offer is out to someone else", "Tomasz")
    assert "Noted. Tomasz keeps waiting; no letter will say why." in noted.text
    assert (await dana.opens("Other date", "Tomasz")).fields["reason"] == "final_steps"
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    [letter] = await dana.mailbox()
    assert "offer" not in (letter.subject + letter.body).lower()
    assert "somebody else" not in letter.body
    assert "someone else" not in letter.body
