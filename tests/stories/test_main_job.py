"""The main job: a promise passes, the list comes, one click, the letter, the promise kept, the ladder."""

from __future__ import annotations

from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.stories.conftest import Stage
from tests.stories.person import A_NO, Person, SeenErrors, SeenForm, SeenMessage, form_of

CHATS = ("page", "http", "socket", "teams")


def names(seen: SeenMessage) -> list[str]:
    return [row.name for row in seen.rows]


async def test_the_list_comes_at_half_past_nine_with_the_most_urgent_first(dana: Person) -> None:
    digest = await dana.digest()
    assert digest.heading == "3 candidates are waiting past your promised date"
    assert [row.title.split(" · ")[0].split(": ")[-1] for row in digest.rows[:4]] == [
        "Priya Natarajan",
        "Tomasz Zieliński",
        "Zoë O'Hara",
        "Mei Lin",
    ]
    priya = digest.row("Priya")
    assert "Promised news by Tue 17 Nov: 4 working days late." in priya.text
    assert "Priya wrote twice, last on Thu 19 Nov." in priya.text
    assert "Has another offer, to be answered by Tue 24 Nov 17:00" in priya.text
    assert list(priya.buttons)[:2] == ["Call today", "Hand to Ravi"]
    tomasz = digest.row("Tomasz")
    assert "Promised news by Fri 20 Nov: 1 working day late." in tomasz.text
    assert "Ravi is asked to step in on Tue 24 Nov if nothing is sent." in tomasz.text
    assert list(tomasz.buttons) == ["Send update", "Give feedback"]
    assert "due tomorrow" in digest.row("Mei Lin").text


async def test_one_click_tells_the_candidate_and_keeps_the_new_promise(dana: Person) -> None:
    answer = await dana.clicks("Send update", "Tomasz")
    assert isinstance(answer, SeenMessage)
    row = answer.row("Tomasz")
    assert row.text.startswith("Tomasz gets your update in")
    assert "New date: Tue 1 Dec." in row.text
    assert [it for it in row.buttons if it != "See history"] == ["Undo", "Other date", "See letter"]
    assert await dana.mailbox() == []

    await dana.moves_clock("+1h")
    [letter] = await dana.mailbox()
    assert letter.to == "tomasz.zielinski@example.com"
    assert "Tuesday 1 December" in letter.subject
    assert "you would hear from us by Friday 20 November" in letter.body
    told = (await dana.digest()).row("Tomasz")
    assert told.text.startswith("Told Mon 23 Nov 09:3")
    assert "Next date: Tue 1 Dec." in told.text
    assert told.mark == "✓"
    assert (await dana.digest()).heading == "2 candidates are waiting past your promised date"


async def test_a_second_click_and_a_click_on_an_old_list_never_send_a_second_letter(
    stage: Stage, dana: Person
) -> None:
    old = await dana.digest()
    await dana.clicks("Send update", "Tomasz", on=old)
    again = await dana.clicks("Send update", "Tomasz", on=old)
    assert isinstance(again, SeenMessage)
    assert again.row("Tomasz").text.startswith("Tomasz gets your update in")
    await dana.moves_clock("+1h")
    late = await dana.clicks("Send update", "Tomasz", on=old)
    assert isinstance(late, SeenMessage)
    assert "already. Nothing more was sent." in late.text
    await dana.moves_clock("+1d")
    stale = await dana.presses("Send update", "Tomasz", on=old)
    assert "You told Tomasz on Mon 23 Nov 09:3" in stale.row("Tomasz").text
    assert "already. Nothing more was sent." in stale.row("Tomasz").text
    assert len(await dana.mailbox()) == 1


async def test_a_click_on_yesterdays_list_says_what_it_did_and_can_be_undone(
    stage: Stage, dana: Person
) -> None:
    old = await dana.digest()
    feedback = await dana.opens("Give feedback", "Zoë")
    await dana.moves_clock("next-0930")
    assert (await dana.digest()).id != old.id

    queued = await dana.presses("Send update", "Tomasz", on=old)
    assert names(queued) == ["Tomasz Zieliński"]
    assert queued.row("Tomasz").text.startswith("Tomasz gets your update in")
    again = await dana.presses("Send update", "Tomasz", on=old)
    assert "Undo" in again.row("Tomasz").buttons
    undone = await dana.acts(queued.row("Tomasz").buttons["Undo"])
    assert isinstance(undone, SeenMessage)
    assert "Undone. Nothing was sent." in undone.row("Tomasz").text

    held = await dana.presses("Put on hold", "Mei", on=old)
    assert "On hold, and the next letter says so." in held.row("Mei").text

    declined = await dana.submits(form_of(await dana.fills(feedback, **A_NO)))
    assert declined.row("Zoë").text.startswith("Zoë gets your feedback")
    await dana.acts(declined.row("Zoë").buttons["Undo"])
    await dana.moves_clock("+1d")
    assert await dana.mailbox() == []


async def test_whoever_works_on_the_second_page_stays_there_when_the_letter_leaves(dana: Person) -> None:
    await dana.moves_clock("2026-12-04T10:00")
    first = await dana.digest()
    assert len(first.rows) == 10
    second = await dana.presses("Next", on=first)
    about = names(second)[0]
    assert about not in names(first)
    sent = await dana.presses("Send update", about, on=second)
    assert "your update in" in sent.row(about).text
    await dana.moves_clock("+1h")
    later = await dana.digest()
    assert names(later) == names(second)
    assert later.row(about).text.startswith("Told Fri 4 Dec 10:")
    assert names(await dana.presses("Previous 10", on=later)) == names(first)


async def test_the_recruiter_who_clicks_too_hears_that_it_is_done(dana: Person, ravi: Person) -> None:
    await dana.clicks("Send update", "Tomasz")
    found = await ravi.types("/followup update tomasz")
    assert isinstance(found, SeenMessage)
    assert "Dana Lee wrote this one at 09:3" in found.text
    assert "; it leaves in " in found.text
    assert "Nothing more was sent." in found.text
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1


async def test_somebody_else_may_neither_see_nor_send(stage: Stage, dana: Person) -> None:
    row = (await dana.digest()).row("Tomasz")
    katrin = await stage.person("katrin")
    answer = await katrin.acts(row.buttons["Send update"])
    assert isinstance(answer, SeenMessage)
    assert "This is not yours to see." in answer.text
    assert "Tomasz" not in answer.text
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []


async def test_undo_within_the_minute_sends_nothing(dana: Person) -> None:
    await dana.clicks("Send update", "Tomasz")
    answer = await dana.clicks("Undo", "Tomasz")
    assert isinstance(answer, SeenMessage)
    assert "Undone. Nothing was sent." in answer.row("Tomasz").text
    assert "Send update" in answer.row("Tomasz").buttons
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []


async def test_undo_after_the_letter_left_says_that_it_is_too_late(dana: Person) -> None:
    answer = await dana.clicks("Send update", "Tomasz")
    assert isinstance(answer, SeenMessage)
    undo = answer.row("Tomasz").buttons["Undo"]
    await dana.moves_clock("+1h")
    late = await dana.acts(undo)
    assert isinstance(late, SeenMessage)
    assert "Too late to undo" in late.text


async def test_another_date_replaces_the_letter_that_waits(dana: Person) -> None:
    await dana.clicks("Send update", "Tomasz")
    form = await dana.clicks("Other date", "Tomasz")
    assert isinstance(form, SeenForm)
    wrong = await dana.fills(form, date="2026-11-26")
    assert isinstance(wrong, SeenErrors)
    assert "Thanksgiving" in wrong.errors["date"]
    answer = await dana.fills(form, date="2026-12-02", reason="panel", personal="Your talk stayed with us.")
    assert isinstance(answer, SeenMessage)
    assert "New date: Wed 2 Dec." in answer.text
    await dana.moves_clock("+1h")
    [letter] = await dana.mailbox()
    assert "Wednesday 2 December" in letter.body
    assert "Your talk stayed with us." in letter.body


async def test_see_letter_shows_it_word_for_word(dana: Person) -> None:
    await dana.clicks("Send update", "Tomasz")
    shown = await dana.clicks("See letter", "Tomasz")
    assert isinstance(shown, SeenMessage)
    await dana.moves_clock("+1h")
    [letter] = await dana.mailbox()
    assert letter.body in shown.text


async def test_feedback_is_written_seen_and_sent_in_the_candidates_day(dana: Person) -> None:
    form = await dana.clicks("Give feedback", "Tomasz")
    assert isinstance(form, SeenForm)
    missing = await dana.fills(form, decision="not_going_on")
    assert isinstance(missing, SeenErrors)
    assert set(missing.errors) == {"criterion", "observation", "suggestion"}
    preview = await dana.fills(form, **A_NO)
    assert isinstance(preview, SeenForm)
    assert "the orders still in flight" in preview.text
    assert "step 2 of 2" in preview.text
    answer = await dana.fills(preview)
    assert isinstance(answer, SeenMessage)
    assert "Tomasz gets your feedback" in answer.text
    assert await dana.mailbox() == []
    await dana.moves_clock("+1d")
    [letter] = await dana.mailbox()
    assert "We have decided not to take your application further" in letter.body
    assert "did not come across as a strength" in letter.body
    gone = await dana.types("/followup tomasz")
    assert isinstance(gone, SeenMessage)
    assert "Tomasz has the feedback." in gone.row("Tomasz").text


async def test_a_no_that_none_of_the_criteria_decided_is_not_written_for_now_either(dana: Person) -> None:
    form = await dana.opens("Give feedback", "Tomasz")
    for no in ("not_going_on", "not_now"):
        wrong = await dana.errs(form, **A_NO | {"decision": no, "criterion": "none"})
        assert "If none of the written criteria decided it" in wrong["criterion"]
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []


async def test_a_role_without_written_criteria_gets_its_list_with_the_first_no(dana: Person) -> None:
    for name in ("Ada Byron", "Eva Stein"):
        form = form_of(await dana.types(f"/followup add {name}"))
        given = {"email": f"{name[:3]}@mail.example", "interviewed": "2026-11-20", "role": "Painter"}
        await dana.submits(form, **given)
    form = await dana.opens("Give feedback", "Ada", on=await dana.asks("/followup ada"))
    assert "This role has no written criteria yet: write its list, one a line" in form.text
    long = await dana.errs(form, **A_NO | {"criterion": "x" * 151})
    assert "at most 150 characters" in long["criterion"]
    wrote = "Mixing colours\n\n Clean edges \nMixing colours"
    preview = form_of(await dana.fills(form, **A_NO | {"criterion": wrote}))
    listed = "and this becomes its list: “Mixing colours”, “Clean edges”."
    assert f"Worth a second look: Painter has no written criteria yet, {listed}" in preview.text
    assert "“Mixing colours” did not come across as a strength" in preview.text
    assert "Ada gets your feedback" in (await dana.submits(preview)).text
    next_ = await dana.opens("Give feedback", "Eva", on=await dana.asks("/followup eva"))
    assert "From the role's written criteria; if none fits, review the decision." in next_.text
    preview = form_of(await dana.fills(next_, **A_NO | {"criterion": "1"}))
    assert "“Clean edges” did not come across as a strength" in preview.text
    assert "becomes its list" not in preview.text


async def test_nobody_answers_and_the_ladder_climbs(stage: Stage, dana: Person, ravi: Person) -> None:
    await dana.moves_clock("next-0930")
    tuesday = await dana.digest()
    assert "2 working days late" in tuesday.row("Tomasz").text
    assert "Ravi (recruiter) has been asked to step in." in tuesday.row("Tomasz").text
    asked = await ravi.digest()
    assert "Take over" in asked.row("Tomasz").buttons
    assert "With Dana Lee." in asked.row("Tomasz").text
    ingrid = await stage.person("ingrid")
    assert not any("Tomasz" in row.title for row in (await ingrid.digest()).rows)
    await dana.moves_clock("+1d")
    await dana.moves_clock("+1d")
    lead = await ingrid.digest()
    assert "Tomasz" in lead.text
    assert set(lead.row("Tomasz").buttons) - {"See history"} == {"Hand over"}


async def test_the_recruiter_takes_over_and_the_candidate_notices_nothing(dana: Person, ravi: Person) -> None:
    await dana.clicks("Hand to Ravi", "Priya")
    await dana.moves_clock("next-0930")
    mine = await ravi.types("/followup priya")
    assert isinstance(mine, SeenMessage)
    assert "Call today" in mine.row("Priya").buttons
    assert await dana.mailbox() == []


async def test_the_log_follows_a_letter_from_the_click_to_the_mail_server_and_names_nobody(
    dana: Person,
) -> None:
    with capture_logs([merge_contextvars]) as logged:
        await dana.clicks("Send update", "Tomasz")
        await dana.moves_clock("+1h")
    [clicked] = [line for line in logged if line["event"] == "letter_queued"]
    [sent] = [line for line in logged if line["event"] == "letter_sent"]
    assert clicked["letter"] == sent["letter"]
    assert {"loop", "member", "request"} <= set(clicked)
    assert sent["delivery"]
    assert "Tomasz" not in str(logged)
    assert "@" not in str(logged)
