"""The ··· menu of a row: what happens besides letters, and who hears of it."""

from __future__ import annotations

import dataclasses

from bot.policy import FeedbackPolicy
from tests.stories.conftest import Stage
from tests.stories.person import Person, SeenMessage

CHATS = ("page", "http", "teams")


async def about(person: Person, name: str) -> list[SeenMessage]:
    """Messages of their own, beside the lists, that speak of somebody."""
    return [m for m in await person.reads() if name in m.text and "Why am I asked?" not in m.buttons]


async def test_the_menu_has_every_entry(dana: Person) -> None:
    row = (await dana.digest()).row("Tomasz")
    assert list(row.menu) == [
        "Going on: next step by …",
        "Candidate wrote …",
        "Has another offer until …",
        "Offer made",
        "Other date …",
        "Told by phone …",
        "Waiting for somebody …",
        "Put on hold",
        "Offer is out to someone else",
        "Decision is stuck",
        "It did not take place …",
        "Snooze until tomorrow",
        "Hand over …",
        "Mend address …",
        "Close for another reason …",
        "See history",
    ]


# -- going on ------------------------------------------------------------------------------------------------


async def test_going_on_keeps_the_promise_and_asks_again_after_the_next_interview(dana: Person) -> None:
    form = await dana.opens("Going on", "Tomasz")
    assert "is not in the future" in (await dana.errs(form, date="2026-11-23"))["date"]
    saved = await dana.submits(form, date="2026-12-01")
    row = saved.row("Tomasz")
    assert row.text.startswith("Told Mon 23 Nov 09:3")
    assert "Next step by Tue 1 Dec." in row.text
    assert saved.heading == "2 candidates are waiting past your promised date"
    refused = await dana.asks("/followup update tomasz")
    assert "Tomasz is going on: tell the date of the next step instead." in refused.text
    took_place = await dana.opens("The next interview took place", "Tomasz", on=saved)
    assert "has not ended yet" in (await dana.errs(took_place, ended="2026-11-25"))["ended"]
    early = await dana.errs(took_place, ended="2026-11-23", promised="2026-11-20")
    assert early == {"promised": "Fri 20 Nov is before the interview. Choose the day you said."}
    again = await dana.submits(took_place, ended="2026-11-23", promised="2026-11-27")
    assert "Fri 27 Nov" in again.row("Tomasz").text
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []


# -- the candidate wrote -------------------------------------------------------------------------------------


async def test_after_the_next_interview_the_row_asks_for_its_date_though_the_candidate_was_told_today(
    dana: Person,
) -> None:
    form = await dana.opens("Going on: next step by", "Mei")
    told = await dana.submits(form, date="2026-12-01")
    assert told.row("Mei").text.startswith("Told Mon 23 Nov")
    await dana.moves_clock("+1h")
    met = await dana.opens("The next interview took place", "Mei")
    row = (await dana.submits(met, ended="2026-11-23")).row("Mei")
    assert list(row.buttons) == ["Which date did you say?", "Send update", "Give feedback"]
    assert "No date was promised." in row.text


async def test_a_second_question_without_an_answer_is_the_recruiters_at_once(
    dana: Person, ravi: Person
) -> None:
    form = await dana.opens("Candidate wrote", "Tomasz")
    assert "in the future" in (await dana.errs(form, date="2026-11-24"))["date"]
    once = await dana.submits(form, kind="question")
    assert "Tomasz wrote on Mon 23 Nov and has no answer yet." in once.row("Tomasz").text
    await dana.moves_clock("+1h")
    assert await about(ravi, "Tomasz") == []
    twice = await dana.submits(await dana.opens("Candidate wrote", "Tomasz"), kind="question")
    assert "Tomasz wrote twice, last on Mon 23 Nov." in twice.row("Tomasz").text
    await dana.moves_clock("+1h")
    [alarm] = await about(ravi, "Tomasz")
    assert alarm.heading == "A candidate has asked twice and has no answer"


async def test_before_the_promised_date_nobody_is_alarmed_and_thanks_are_no_question(
    dana: Person, ravi: Person
) -> None:
    for _ in range(2):
        lukasz = await dana.asks("/followup lukasz")
        await dana.submits(await dana.opens("Candidate wrote", "Łukasz", on=lukasz), kind="question")
        await dana.submits(await dana.opens("Candidate wrote", "Zoë"), kind="thanks")
    assert "Łukasz wrote twice" in (await dana.asks("/followup lukasz")).text
    assert "Zoë wrote to say thank you on Mon 23 Nov." in (await dana.digest()).row("Zoë").text
    await dana.moves_clock("+1h")
    assert await about(ravi, "Łukasz") == []
    assert await about(ravi, "Zoë") == []


# -- another date, a call, a hold ----------------------------------------------------------------------------


async def test_another_date_is_chosen_before_anything_is_queued(dana: Person) -> None:
    form = await dana.opens("Other date", "Tomasz")
    assert form.fields["date"] == "2026-12-01"
    assert "not a working day" in (await dana.errs(form, date="2026-11-28"))["date"]
    assert set(await dana.errs(form, personal="x" * 301)) == {"personal"}
    queued = await dana.submits(form, date="2026-11-30")
    assert "New date: Mon 30 Nov." in queued.row("Tomasz").text


async def test_a_call_from_the_menu_is_told(dana: Person) -> None:
    form = await dana.opens("Told by phone", "Tomasz")
    told = await dana.submits(form, outcome="date", date="2026-11-30")
    assert "Next date: Mon 30 Nov." in told.row("Tomasz").text
    assert told.row("Tomasz").mark == "✓"


async def test_on_hold_is_what_the_next_letter_says(dana: Person) -> None:
    held = await dana.presses("Put on hold", "Tomasz")
    assert "On hold, and the next letter says so. No date has moved." in held.text
    row = held.row("Tomasz")
    assert "Promised news by Fri 20 Nov: 1 working day late." in row.text
    assert "No longer on hold" in row.menu
    assert (await dana.opens("Other date", "Tomasz", on=held)).fields["reason"] == "on_hold"
    await dana.presses("Send update", "Tomasz", on=held)
    await dana.moves_clock("+1h")
    [letter] = await dana.mailbox()
    assert "on hold" in letter.body
    again = await dana.presses("No longer on hold", "Tomasz")
    assert "On hold" not in again.row("Tomasz").text


# -- somebody else's word ------------------------------------------------------------------------------------


async def test_whose_word_is_missing_sees_it_and_says_when_it_is_given(stage: Stage, dana: Person) -> None:
    claire = await stage.person("claire")
    form = await dana.opens("Waiting for somebody", "Tomasz")
    assert "I know nobody called" in (await dana.errs(form, whom="rumpelstiltskin"))["whom"]
    assert "You cannot wait for yourself." in (await dana.errs(form, whom="dana"))["whom"]
    asked = await dana.submits(form, whom="Claire")
    assert "Claire is asked in their next list. The promise stays yours." in asked.text
    assert "Waiting for Claire's word." in asked.row("Tomasz").text
    await dana.moves_clock("next-0930")
    row = (await claire.digest()).row("Tomasz")
    assert "Dana waits for your word." in row.text
    assert list(row.buttons) == ["I have told Dana"]
    assert row.menu == {}
    thanks = await claire.presses("I have told Dana", "Tomasz")
    assert "Thank you. Dana sees that your word has come." in thanks.text
    assert "Tomasz" not in [r.name for r in thanks.rows]
    mine = await dana.asks("/followup tomasz")
    assert "Waiting for Claire" not in mine.text


async def test_a_stuck_decision_is_shown_to_the_recruiter(dana: Person, ravi: Person) -> None:
    stuck = await dana.presses("Decision is stuck", "Mei")
    assert "Ravi has been asked to help decide about Mei." in stuck.text
    assert "Ravi (recruiter) has been asked to help decide." in stuck.row("Mei").text
    assert "Decision is stuck" not in stuck.row("Mei").menu
    assert "Take over" in (await ravi.asks("/followup")).row("Mei").buttons
    await dana.moves_clock("next-0930")
    assert "With Dana Lee." in (await ravi.digest()).row("Mei").text


async def test_the_recruiter_is_not_asked_by_themselves(dana: Person, ravi: Person) -> None:
    mine = await ravi.asks("/followup")
    assert "Decision is stuck" not in mine.row("Priya").menu
    await dana.presses("Decision is stuck", "Mei")
    await ravi.presses("Take over", "Mei", on=await ravi.asks("/followup"))
    mei = (await ravi.asks("/followup mei")).row("Mei")
    assert "You have been asked to help decide." in mei.text
    assert "Decision is stuck" not in mei.menu
    await ravi.presses("Take over", "Tomasz", on=await ravi.asks("/followup tomasz"))
    assert "Decision is stuck" not in (await ravi.asks("/followup tomasz")).row("Tomasz").menu


# -- it did not take place -----------------------------------------------------------------------------------


async def test_an_interview_that_was_moved_owes_nothing_until_it_has_taken_place(dana: Person) -> None:
    form = await dana.opens("It did not take place", "Tomasz")
    assert await dana.errs(form, why="moved") == {"date": "Choose a day."}
    assert "future" in (await dana.errs(form, why="moved", date="2026-11-20"))["date"]
    moved = await dana.submits(form, why="moved", date="2026-11-25")
    row = moved.row("Tomasz")
    assert "The interview is to be on Wed 25 Nov." in row.text, "nobody said at which hour"
    assert "Give feedback" not in row.buttons
    assert moved.heading == "2 candidates are waiting past your promised date"
    assert (await dana.asks("/followup")).heading == "You owe 10 people news, 2 past your promised date."
    await dana.moves_clock("next-0930")
    assert "Tomasz" not in (await dana.digest()).text


async def test_a_no_show_and_a_mistake_close_the_loop(dana: Person) -> None:
    form = await dana.opens("It did not take place", "Tomasz")
    gone = await dana.submits(form, why="no_show")
    assert "Tomasz was not interviewed." in gone.row("Tomasz").text
    form = await dana.opens("It did not take place", "Zoë")
    gone = await dana.submits(form, why="mistake")
    assert "Zoë was entered by mistake." in gone.row("Zoë").text
    assert gone.heading == "1 candidate is waiting past your promised date"
    late = await dana.submits(form, why="mistake")
    assert "This has moved on since the form was opened." in late.text


# -- snooze, hand over, mend, close --------------------------------------------------------------------------


async def test_snooze_and_hand_over_from_the_menu(stage: Stage, dana: Person) -> None:
    snoozed = await dana.presses("Snooze until tomorrow", "Tomasz")
    assert "You hear nothing about Tomasz until Tue 24 Nov 09:30." in snoozed.text
    form = await dana.opens("Hand over", "Mei")
    assert await dana.errs(form, to="") == {"to": "Write a name or a work email."}
    assert "Dana has this one already." in (await dana.errs(form, to="dana.lee@halden.example"))["to"]
    given = await dana.submits(form, to="claire")
    assert "Claire has Mei from now on, and sees it in the next list." in given.text
    assert "Mei Lin" not in [row.name for row in (await dana.asks("/followup")).rows]
    await dana.moves_clock("next-0930")
    claire = await stage.person("claire")
    assert "Mei" in (await claire.digest()).text


async def test_a_mended_address_gets_the_next_letter(dana: Person) -> None:
    form = await dana.opens("Mend address", "Tomasz")
    wrong = await dana.errs(form, email="tomasz at example.com")
    assert wrong == {"email": "This is not an email address. It looks like name@example.com."}
    wrong = await dana.errs(form, email="Dana.Lee@halden.example")
    assert wrong == {"email": "This is a colleague who works on the role. Whose address is it?"}
    await dana.submits(form, email="tz@example.net")
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    assert [letter.to for letter in await dana.mailbox()] == ["tz@example.net"]


async def test_a_letter_that_waits_for_an_old_address_does_not_leave(dana: Person) -> None:
    form = await dana.opens("Mend address", "Tomasz")
    await dana.presses("Send update", "Tomasz")
    await dana.submits(form, email="tz@example.net")
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []
    row = (await dana.digest()).row("Tomasz")
    assert row.text.startswith("Not sent")
    assert "The address of Tomasz changed after you clicked." in row.text
    assert "Send update" in row.buttons
    [told] = await about(dana, "Tomasz")
    assert told.heading == "A letter needs you"


async def test_only_the_recruiter_closes_without_telling(dana: Person, ravi: Person) -> None:
    form = await dana.opens("Close for another reason", "Tomasz")
    assert await dana.errs(form) == {"how": "Choose why the loop closes."}
    assert "Choose why the candidate is not told" in (await dana.errs(form, how="untold"))["how"]
    refused = await dana.errs(form, how="untold", reason="counsel")
    assert refused == {"how": "Tomasz has not been told. Only Ravi can close this loop so."}
    theirs = await ravi.asks("/followup tomasz")
    form = await ravi.opens("Close for another reason", "Tomasz", on=theirs)
    closed = await ravi.submits(form, how="untold", reason="counsel")
    assert "was not told; the recruiter closed the loop" in closed.text
    form = await dana.opens("Close for another reason", "Zoë")
    withdrew = await dana.submits(form, how="withdrew")
    assert "Zoë withdrew." in withdrew.row("Zoë").text
    assert withdrew.row("Zoë").mark == ""


async def test_a_slip_that_closed_somebody_is_taken_back_with_the_promise(dana: Person) -> None:
    before = (await dana.digest()).row("Tomasz").text
    form = await dana.opens("Close for another reason", "Tomasz")
    closed = await dana.submits(form, how="withdrew")
    again = await dana.presses("Reopen", "Tomasz", on=closed)
    assert again.row("Tomasz").text == f"Tomasz waits again. Nothing was sent. {before}"
    stale = await dana.presses("Reopen", "Tomasz", on=closed)
    assert "Tomasz waits already." in stale.text
    history = await dana.asks("/followup history tomasz")
    assert "Dana Lee closed it: Tomasz withdrew." in history.text
    assert "Dana Lee opened it again." in history.text
    await dana.moves_clock("2026-11-24T10:00")
    assert "Tomasz" in (await dana.digest()).text


async def test_who_was_told_is_not_opened_again(dana: Person) -> None:
    form = await dana.opens("Told by phone", "Tomasz")
    told = await dana.submits(form, outcome="no")
    assert "Reopen" not in told.row("Tomasz").buttons


# -- confidential --------------------------------------------------------------------------------------------


async def test_nobody_outside_sees_searches_or_acts_on_a_confidential_role(stage: Stage) -> None:
    lukas, katrin, ravi = [await stage.person(first) for first in ("lukas", "katrin", "ravi")]
    mine = await lukas.asks("/followup marie")
    row = mine.row("Marie")
    for outsider in (katrin, ravi):
        assert "nobody of that name" in (await outsider.asks("/followup marie")).text
        assert "I know nobody called" in (await outsider.asks("/followup update marie")).text
        assert not any("Plant Director" in message.text for message in await outsider.reads())
        for action in (*row.buttons.values(), *row.menu.values()):
            seen = await outsider.acts(action)
            assert isinstance(seen, SeenMessage)
            assert "This is not yours to see." in seen.text
            assert "Marie" not in seen.text
    form = await lukas.opens("Hand over", "Marie", on=mine)
    assert "not named on this confidential role" in (await lukas.errs(form, to="katrin"))["to"]
    form = await lukas.opens("Waiting for somebody", "Marie", on=mine)
    assert "not named on this confidential role" in (await lukas.errs(form, whom="katrin"))["whom"]
    role = await lukas.asks("/followup hand over plant director to katrin")
    assert "not named on this confidential role" in role.text
    away = await lukas.asks("/followup away until 4 dec delegate katrin")
    assert "A confidential role that does not name Katrin is not part of it" in away.text
    await lukas.asks("/followup back")
    bound = await stage.types_in_channel(lukas, "/followup here")
    assert bound.startswith(
        "This channel gets the weekly summary for Sales Manager DACH: counts only, no names."
    )
    refused = await stage.types_in_channel(lukas, "/followup here plant director")
    assert 'I know no single role of yours called "plant director".' in refused


# -- brakes --------------------------------------------------------------------------------------------------


async def test_a_second_letter_today_asks_first_and_a_third_in_a_row_is_the_recruiters(
    dana: Person, ravi: Person
) -> None:
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    asked = await dana.asks("/followup update tomasz")
    assert "Tomasz has had a letter from you today. Send another one?" in asked.text
    left = await dana.presses("Leave it at one", "Tomasz", on=asked)
    assert left.row("Tomasz").text.startswith("Told")
    asked = await dana.asks("/followup update tomasz")
    await dana.presses("Send another", "Tomasz", on=asked)
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 2
    third = await dana.asks("/followup update tomasz")
    assert "third letter in a row that only moves the date, and only Ravi can send it." in third.text
    assert "Ravi has been asked." in third.text
    theirs = await ravi.asks("/followup")
    assert "Tomasz Zieliński" in [row.name for row in theirs.rows]
    asked = await ravi.asks("/followup update tomasz")
    await ravi.presses("Send another", "Tomasz", on=asked)
    await dana.moves_clock("+1h")
    box = await dana.mailbox()
    assert len(box) == 3
    assert "You will hear from Dana Lee on that day" in box[0].body, "the loop stays Dana's"
    assert "You will hear from me on that day" in box[1].body


async def test_the_date_of_the_recruiters_third_letter_is_changed_by_no_other_and_a_second_says_so(
    dana: Person, ravi: Person
) -> None:
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    second = await dana.opens("Other date", "Tomasz", on=await dana.asks("/followup tomasz"))
    assert "Tomasz has had a letter today: this would be another one." in second.text
    await dana.submits(second, date="2026-12-02")
    early = await dana.opens("Other date", "Tomasz", on=await dana.asks("/followup tomasz"))
    assert "another one" not in early.text, "it is replaced"
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 2
    await ravi.presses("Send another", "Tomasz", on=await ravi.asks("/followup update tomasz"))
    third = await dana.asks("/followup tomasz")
    assert "Tomasz gets Ravi Menon's update" in third.text
    refused = await dana.presses("Other date", "Tomasz", on=third)
    assert "third in a row that only moves the date, so only Ravi can change it." in refused.text
    own = await ravi.opens("Other date", "Tomasz", on=await ravi.asks("/followup tomasz"))
    await ravi.submits(own, date="2026-12-03")
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 3


async def test_feedback_is_off_until_an_admin_has_decided(stage: Stage, dana: Person) -> None:
    await stage.changes(
        lambda store, _: store.save_policy(dataclasses.replace(store.policy, feedback=FeedbackPolicy.OFF))
    )
    said = await dana.presses("Give feedback", "Tomasz")
    assert "Feedback letters are switched off until an admin has decided" in said.text
    ingrid = await stage.person("ingrid")
    form = await ingrid.opens("Settings", on=await ingrid.asks("/followup"))
    assert form.fields["feedback"] == "off"
    saved = await ingrid.submits(form, feedback="on")
    assert "Feedback letters are on for the whole company from now on." in saved.text
    assert (await dana.opens("Give feedback", "Tomasz")).title.startswith("Feedback for Tomasz")
