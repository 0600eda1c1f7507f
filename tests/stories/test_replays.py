"""Old forms, old buttons, two windows at once: today's answer, never a second letter, never another one."""

from __future__ import annotations

from tests.stories.person import Person, SeenErrors, SeenForm, SeenMessage

CHATS = ("page", "http", "teams")

FEEDBACK = {
    "decision": "not_going_on",
    "criterion": "0",
    "observation": "Asked what happens when a region fails, you left out the orders still in flight",
    "suggestion": "Follow one failure to its end: what is lost, who notices, and how it comes back",
}


async def test_a_form_that_was_open_while_the_letter_left_sends_no_second_one(dana: Person) -> None:
    form = await dana.clicks("Other date", "Tomasz")
    assert isinstance(form, SeenForm)
    await dana.clicks("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    late = await dana.fills(form, date="2026-12-02")
    assert isinstance(late, SeenMessage)
    assert "already. Nothing more was sent." in late.text
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1


async def test_a_date_form_never_takes_the_place_of_a_decision(dana: Person, ravi: Person) -> None:
    form = await dana.clicks("Other date", "Tomasz")
    assert isinstance(form, SeenForm)
    theirs = await ravi.types("/followup feedback tomasz")
    assert isinstance(theirs, SeenForm)
    preview = await ravi.fills(theirs, **FEEDBACK)
    assert isinstance(preview, SeenForm)
    await ravi.fills(preview)
    late = await dana.fills(form, date="2026-12-02")
    assert isinstance(late, SeenMessage)
    assert "Ravi Menon wrote this one at 09:3" in late.text
    await dana.moves_clock("+1d")
    [letter] = await dana.mailbox()
    assert "We have decided not to take your application further" in letter.body


async def test_the_yes_of_yesterday_is_not_one_of_today(dana: Person) -> None:
    asked = await dana.types("/followup updte tomasz")
    assert isinstance(asked, SeenMessage)
    yes = asked.buttons["Yes"]
    await dana.acts(yes)
    await dana.moves_clock("+1d")
    again = await dana.acts(yes)
    assert isinstance(again, SeenMessage)
    assert "already. Nothing more was sent." in again.text
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1


async def test_what_was_previewed_in_one_window_is_what_that_window_sends(dana: Person) -> None:
    form = await dana.clicks("Give feedback", "Tomasz")
    assert isinstance(form, SeenForm)
    first = await dana.fills(form, **FEEDBACK)
    assert isinstance(first, SeenForm)
    second = await dana.fills(form, **{**FEEDBACK, "observation": "You spoke about the weather all the time"})
    assert isinstance(second, SeenForm)
    old = await dana.fills(first)
    assert isinstance(old, SeenMessage)
    assert "Nothing more was sent." in old.text
    sent = await dana.fills(second)
    assert isinstance(sent, SeenMessage)
    assert "Tomasz gets your feedback" in sent.text


async def test_an_undo_takes_back_its_own_letter_and_no_other(dana: Person, ravi: Person) -> None:
    mine = await dana.clicks("Send update", "Tomasz")
    assert isinstance(mine, SeenMessage)
    undo = mine.row("Tomasz").buttons["Undo"]
    await dana.acts(undo)
    await ravi.types("/followup update tomasz")
    stale = await dana.acts(undo)
    assert isinstance(stale, SeenMessage)
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1


async def test_a_call_is_logged_once_however_often_the_form_is_sent(dana: Person) -> None:
    form = await dana.clicks("Told by phone", "Tomasz")
    assert isinstance(form, SeenForm)
    await dana.fills(form, outcome="date", date="2026-12-01")
    again = await dana.fills(form, outcome="date", date="2026-12-02")
    assert isinstance(again, SeenMessage)
    assert "This has moved on since the form was opened." in again.text
    assert "Next date: Tue 1 Dec." in again.row("Tomasz").text


async def test_a_slip_in_the_year_is_refused_and_the_clock_goes_on(dana: Person) -> None:
    form = await dana.types("/followup add")
    assert isinstance(form, SeenForm)
    person = {"name": "Ada Ngata", "email": "ada@example.com", "role": "Welder", "interviewed": "2026-11-20"}
    for slip in ("9999-12-31", "0026-11-27", "2036-11-27"):
        wrong = await dana.fills(form, **person, promised=slip)
        assert isinstance(wrong, SeenErrors)
        assert "promised" in wrong.errors
    going = await dana.clicks("Going on", "Tomasz")
    assert isinstance(going, SeenForm)
    assert isinstance(await dana.fills(going, date="9999-12-31"), SeenErrors)
    await dana.clicks("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1


async def test_who_works_on_the_role_cannot_be_entered_as_its_candidate(dana: Person) -> None:
    form = await dana.types("/followup add")
    assert isinstance(form, SeenForm)
    for email in ("dana.lee@halden.example", "ravi.menon@halden.example"):
        wrong = await dana.fills(form, name="D", email=email, role="Welder", interviewed="2026-11-20")
        assert isinstance(wrong, SeenErrors)
        assert "colleague" in wrong.errors["email"]


async def test_an_alarm_silenced_by_a_letter_rings_when_the_letter_is_undone(dana: Person) -> None:
    """Another offer is heard of while the letter waits; the letter is taken back."""
    await dana.clicks("Send update", "Zoë")
    form = await dana.types("/followup o'hara")
    assert isinstance(form, SeenMessage)
    await dana.clicks("Undo", "Zoë")
    offer = await dana.clicks("Has another offer until", "Zoë")
    assert isinstance(offer, SeenForm)
    await dana.fills(offer, date="2026-11-25", time="17:00")
    await dana.moves_clock("+1h")
    urgent = [m for m in await dana.reads() if m.heading == "A candidate of yours must answer another offer"]
    assert any("Zoë" in row.title for message in urgent for row in message.rows)
