"""Words that must not, or should not, stand in a letter: who is stopped, who is told, who may keep them."""

from __future__ import annotations

from tests.stories.person import A_NO, Person, form_of

CHATS = ("page", "http", "teams")

TOO_SENIOR = "You are more senior than we need, and the on-call question was left open"
NERVOUS = "You seemed nervous when the second diagram was questioned, and gave no number"


async def test_words_that_read_as_age_stop_the_letter_and_say_why(dana: Person, ravi: Person) -> None:
    form = await dana.opens("Give feedback", "Priya")
    wrong = await dana.errs(form, **{**A_NO, "observation": TOO_SENIOR})
    assert set(wrong) == {"observation"}
    assert "“more senior than” can read as age. Say which task was missing" in wrong["observation"]
    assert wrong["observation"].endswith("Only Ravi could send it as it is.")
    preview = form_of(await dana.fills(form, **A_NO))
    assert "Worth a second look" not in preview.text
    await dana.submits(preview)


async def test_the_recruiter_may_keep_them_and_the_history_says_so(dana: Person, ravi: Person) -> None:
    found = await ravi.asks("/followup priya")
    form = await ravi.opens("Give feedback", "Priya", on=found)
    preview = form_of(await ravi.fills(form, **{**A_NO, "observation": TOO_SENIOR}))
    assert "Only a recruiter can send this, and it is written down: “more senior than”" in preview.text
    assert TOO_SENIOR in preview.text
    await ravi.submits(preview)
    told = await ravi.asks("/followup history priya")
    assert "Ravi Menon (for Dana Lee) kept words that are blocked (age)." in told.text
    assert "more senior" not in told.text


async def test_what_somebody_is_like_is_pointed_out_and_left_to_the_manager(dana: Person) -> None:
    form = await dana.opens("Give feedback", "Priya")
    preview = form_of(await dana.fills(form, **{**A_NO, "observation": NERVOUS}))
    assert "Worth a second look: “You seemed nervous” says what somebody is like." in preview.text
    assert "For example: “When the first answer was questioned" in preview.text
    assert "Priya gets your feedback" in (await dana.submits(preview)).text


async def test_a_personal_line_is_looked_at_too(dana: Person) -> None:
    form = await dana.opens("Other date", "Tomasz")
    wrong = await dana.errs(form, personal="Other candidates are still to be seen.")
    assert "compares with somebody else" in wrong["personal"]
    sent = await dana.submits(form, personal="Good luck with your search until then!")
    assert "Worth a second look: “Good luck with your search” is what everybody writes" in sent.text
    assert "Undo" in sent.row("Tomasz").buttons
