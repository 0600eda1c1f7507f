"""Half a command, a word too many, a day that has passed: each is answered with the way on."""

from __future__ import annotations

from tests.stories.conftest import Stage
from tests.stories.person import Person, form_of

CHATS = ("page", "http", "teams")


async def test_a_command_that_breaks_off_is_answered_with_an_example(dana: Person) -> None:
    for typed, said in (
        ("promise tomasz", "By when? /followup promise tomasz DATE. Write a date such as mon 30 nov"),
        ("hand over mei to", "as in /followup hand over mei to @sam"),
        ("hand over to sam", "Whom, and to whom? /followup hand over NAME or ROLE to MEMBER"),
        ("handover dana to", "/followup handover dana to sam"),
        ("away until 6 dec delegate", "Who stands in for you? /followup away until 6 dec delegate @sam"),
    ):
        assert dana.told(said) in (await dana.asks(f"/followup {typed}")).text, typed


async def test_a_word_too_many_does_not_hide_whom_it_is_about(dana: Person) -> None:
    asked = await dana.asks("/followup told mei yesterday")
    meant = dana.told("Did you mean /followup told mei ?")
    assert f'I do not know what "yesterday" means here. {meant}' in asked.text
    assert (await dana.opens("Yes", on=asked)).title == "You called Mei"
    which = await dana.asks("/followup update zoe please")
    assert set(which.buttons) == {"Zoë O'Hara (Welder)", "Zoe Park (Analyst)"}
    snoozed = await dana.presses("Yes", on=await dana.asks("/followup snooze tomasz until friday"))
    assert "You hear nothing about Tomasz until Tue 24 Nov 09:30." in snoozed.text
    assert 'nobody called "nobody here"' in (await dana.asks("/followup update nobody here")).text


async def test_a_day_that_has_passed_is_understood_and_refused(dana: Person) -> None:
    for typed, day in (("yesterday", "Sun 22 Nov"), ("gestern", "Sun 22 Nov"), ("last friday", "Fri 20 Nov")):
        said = (await dana.asks(f"/followup promise tomasz {typed}")).text
        assert f"{day} is not in the future. Choose a later day." in said, typed
    gone = (await dana.asks("/followup away until yesterday")).text
    assert "Sun 22 Nov has passed. Say the last day on which you are away." in gone


async def test_a_date_that_was_said_and_has_passed_can_be_typed(dana: Person) -> None:
    said = await dana.asks("/followup promise samuel last friday")
    assert "Promised news by Fri 20 Nov: 1 working day late." in said.row("Samuel").text


async def test_a_colleague_among_the_candidates_is_answered_with_the_form_that_gives_all_of_them(
    dana: Person,
) -> None:
    said = (await dana.asks("/followup hand over claire to sam")).text
    assert "Everybody who waits for a colleague goes with" in said
    assert dana.told("/followup handover claire to sam") in said


async def test_somebody_who_does_not_wait_any_more_is_found_by_name_with_how_it_ended(
    stage: Stage, dana: Person
) -> None:
    claire = await stage.person("claire")
    form = await dana.opens("Told by phone", "Tomasz", on=await dana.asks("/followup tomasz"))
    await dana.submits(form, outcome="no")
    ended = await dana.asks("/followup tomasz")
    assert "Tomasz was told by phone." in ended.row("Tomasz").text
    assert "Dana Lee told Tomasz by phone." in (await dana.asks("/followup history tomasz")).text
    assert "nobody called" in (await dana.asks("/followup update tomasz")).text
    assert "Tomasz" not in (await claire.asks("/followup history tomasz")).text.replace("tomasz", "")


async def test_a_slip_of_last_month_is_found_and_taken_back(dana: Person) -> None:
    form = await dana.opens("Close for another reason", "Mei", on=await dana.asks("/followup mei"))
    await dana.submits(form, how="withdrew")
    await dana.moves_clock("2026-12-21T10:00")
    found = await dana.asks("/followup mei")
    again = await dana.presses("Reopen", "Mei", on=found)
    assert "Mei waits again. Nothing was sent." in again.row("Mei").text
    assert "Send update" in again.row("Mei").buttons


async def test_where_no_date_was_promised_no_promise_is_said_to_stand(dana: Person) -> None:
    held = await dana.presses("Put on hold", "Samuel", on=await dana.asks("/followup samuel"))
    assert "On hold, and the next letter says so. No date has moved." in held.text
    assert "The promise" not in held.text
    assert "The promise" not in (await dana.asks("/followup snooze samuel")).text


async def test_a_title_nobody_knew_is_said_to_be_a_new_role(dana: Person) -> None:
    given = {"email": "ada@mail.example", "interviewed": "2026-11-20"}
    new = await dana.submits(form_of(await dana.types("/followup add Ada Byron")), role="Painter", **given)
    assert "Ada is on your list. Painter is a new role, and you answer for it." in new.text
    given["email"] = "eva@mail.example"
    known = await dana.submits(form_of(await dana.types("/followup add Eva Byron")), role="Weldr", **given)
    assert "Eva is on your list." in known.text
    assert "new role" not in known.text
