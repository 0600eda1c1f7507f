"""A stranger before the demo, in a real browser: what they see, press, type and are told."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import DESK, LAPTOP, PHONE, Open, Screen

pytestmark = pytest.mark.asyncio(loop_scope="session")

DATABASES = ("sqlite",)
"""What a page shows does not depend on the database; the stories that ask the page run on both."""
IN_SIGHT = """(subject) => {
  const card = document.getElementById("tour").getBoundingClientRect();
  const all = [...document.querySelectorAll(subject)];
  return all.length && all.every((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const column = (one.closest(".columns > *") || document.body).getBoundingClientRect();
    const shown = Math.min(bottom, column.bottom);
    return left >= card.right || right <= card.left || top >= card.bottom || shown <= card.top;
  });
}"""
"""The tour's card stands before none of these."""


# -- the tour -----------------------------------------------------------------------------------------------


@pytest.mark.before_the_list
async def test_five_clicks_tell_the_story(screen: Screen) -> None:
    page = (await screen.opens(toured=False)).page
    tour = page.locator("#tour")
    await expect(tour).to_contain_text("A promise is late")
    await page.locator(".toured").click()
    await expect(tour).to_contain_text("One click keeps the word")
    await page.locator(".toured").click()
    await expect(tour).to_contain_text("The letter")
    await expect(page.locator(".waiting .leaves")).to_have_text(re.compile(r"Leaves in \d+ s"))
    await page.locator(".toured").click()
    await expect(tour).to_contain_text("And if nobody answers?")
    await expect(page.locator(".mail[open] .body")).to_contain_text("Dear Tomasz")
    await page.locator(".toured").click()
    await expect(tour).to_contain_text("Once a week", timeout=120_000)
    await expect(page.locator("#journal")).to_contain_text("Ravi Menon")
    await page.locator(".toured").click()
    await expect(tour).to_contain_text("That is all of it")
    await expect(page.locator("#conversation")).to_contain_text("Promises kept")
    await tour.get_by_role("button", name="Close").click()
    await expect(tour).to_be_hidden()


@pytest.mark.before_the_list
async def test_a_tour_that_was_skipped_stays_away_until_it_is_asked_for(screen: Screen) -> None:
    page = (await screen.opens(toured=False)).page
    await page.get_by_role("button", name="Skip the tour").click()
    await page.reload()
    await expect(page.locator("#people")).to_contain_text("Dana Lee")
    await expect(page.locator("#tour")).to_be_hidden()
    await page.get_by_role("button", name="Tour").click()
    await expect(page.locator("#tour")).to_contain_text("A promise is late")


@pytest.mark.before_the_list
async def test_next_and_back_lead_through_the_tour_without_a_mouse(screen: Screen) -> None:
    page = (await screen.opens(toured=False)).page
    tour, keys, focused = page.locator("#tour"), page.keyboard, page.locator("*:focus")
    await expect(tour).to_be_focused()
    await expect(tour.get_by_role("button", name="Back")).to_have_count(0)
    await tour.get_by_role("button", name="Next").press("Enter")
    await expect(tour).to_contain_text("One click keeps the word")
    await expect(page.locator("#clock")).to_contain_text("09:30")
    await expect(focused).to_have_text("Next")
    await keys.press("Enter")
    await expect(tour).to_contain_text("The letter")
    await expect(page.locator(".waiting")).to_contain_text("Tomasz")
    await tour.get_by_role("button", name="Back").press("Enter")
    await expect(tour).to_contain_text("One click keeps the word")
    await expect(focused).to_have_text("Back")
    await tour.get_by_role("button", name="Next").press("Enter")
    await expect(tour).to_contain_text("The letter")
    await expect(page.locator(".waiting")).to_have_count(1)
    await keys.press("Escape")
    await expect(tour).to_be_hidden()
    await expect(focused).to_have_text("Tour")
    await page.reload()
    await expect(page.locator("#people")).to_contain_text("Dana Lee")
    await expect(tour).to_be_hidden()


@pytest.mark.before_the_list
@pytest.mark.parametrize("size", [DESK, LAPTOP, PHONE], ids=["desk", "laptop", "phone"])
async def test_the_tour_never_covers_what_it_speaks_of(screens: Open, size: dict[str, int]) -> None:
    page = (await (await screens(viewport=size)).opens(toured=False)).page
    for subject in (".toured", ".row:has(.toured)", ".toured, .waiting", ".toured, #journal", ".toured"):
        await expect(page.locator("html.moving")).to_have_count(0, timeout=120_000)
        await expect(page.locator(".toured")).to_be_in_viewport(ratio=0.95)
        await page.wait_for_function(IN_SIGHT, arg=subject)
        title = await page.locator("#tour-title").inner_text()
        await page.get_by_role("button", name="Next", exact=True).click()
        await expect(page.locator("#tour-title")).not_to_have_text(title, timeout=120_000)


# -- clicks, forms, letters ---------------------------------------------------------------------------------


async def test_after_a_click_the_seconds_run_and_undo_stops_them(screen: Screen) -> None:
    page = (await screen.opens()).page
    await screen.press("Send update", "Tomasz")
    seconds = screen.row("Tomasz").locator(".seconds")
    before = int(await seconds.inner_text())
    await expect(seconds).not_to_have_text(str(before))
    assert int(await seconds.inner_text()) < before
    await screen.press("Undo", "Tomasz")
    await expect(screen.row("Tomasz")).to_contain_text("Undone. Nothing was sent.")
    await expect(page.locator(".waiting")).to_have_count(0)


async def test_a_form_says_at_its_fields_what_is_missing_and_shows_the_letter(screen: Screen) -> None:
    page = (await screen.opens()).page
    await screen.press("Give feedback", "Tomasz")
    form = page.locator("#dialog")
    await form.get_by_label("Not going on").check()
    await form.get_by_role("button", name="Preview").click()
    await expect(form.locator("[data-field=observation] .error")).to_contain_text('"What you saw" is missing')
    await form.get_by_label("What decided it").select_option(index=1)
    await form.get_by_label("What you saw").fill("Asked for the retry rules, none were named.")
    await form.get_by_label("What would help").fill("Sketch what happens when the second call fails.")
    await form.get_by_role("button", name="Preview").click()
    await expect(form.locator(".letter")).to_contain_text("Asked for the retry rules, none were named.")
    await form.get_by_role("button", name=re.compile("^Send")).click()
    await expect(screen.row("Tomasz")).to_contain_text("feedback")
    await expect(form).to_be_hidden()


async def test_the_candidate_answers_and_the_manager_is_told_at_once(screen: Screen) -> None:
    page = (await screen.opens()).page
    await screen.sends_update("Tomasz")
    await page.locator(".mail summary").first.click()
    await page.get_by_role("button", name="HTML").click()
    html = page.frame_locator(".mail iframe")
    await expect(html.locator("body")).to_contain_text("Dear Tomasz")
    await page.get_by_text("Answer as Tomasz").click()
    await page.get_by_label("another offer, to be answered by").check()
    await page.get_by_label("Answered by", exact=True).fill("2026-11-20")
    await page.get_by_role("button", name="Send the answer").click()
    await expect(page.locator(".reply .error")).to_contain_text("That deadline has passed.")
    await page.get_by_label("Answered by", exact=True).fill("2026-11-24")
    await page.get_by_role("button", name="Send the answer").click()
    await expect(page.locator(".replied")).to_contain_text("Tomasz has another offer")
    urgent = page.locator("#conversation .said", has_text="must answer another offer").last
    await expect(urgent.locator(".row")).to_contain_text("Tomasz")
    await expect(urgent.get_by_role("button", name="Call today")).to_be_visible()


async def test_over_a_week_the_ladder_climbs_and_on_friday_the_team_reads_a_summary(
    screen: Screen,
) -> None:
    page = (await screen.opens()).page
    await screen.move_clock("End of the week")
    await expect(page.locator("#clock")).to_contain_text("15:30")
    await expect(page.locator("#clock")).to_contain_text("Friday 27 November 2026")
    told = await page.locator("#happenings li").all_inner_texts()
    assert any("Dana Lee" in one and "gets a list" in one for one in told)
    await expect(page.locator("#conversation .said").last).to_contain_text("Ravi (recruiter) has been asked")
    await page.locator("#journal").get_by_role("link", name="Ravi Menon").first.click()
    await expect(page.locator("#conversation")).to_contain_text("With Dana Lee.")
    await page.locator(".people").get_by_role("link", name="Ingrid Sørensen").click()
    await expect(page.locator("#conversation")).to_contain_text("past the date they were promised")

    await page.locator(".people").get_by_role("link", name="#hiring").click()
    summary = page.locator("#conversation .said").last
    await expect(summary).to_contain_text("week to Fri 27 Nov")
    await expect(summary).to_contain_text("Promises kept")
    picture = summary.get_by_role("img", name=re.compile("Promises kept|share", re.IGNORECASE))
    await expect(picture).to_be_visible()
    drawn = "(one) => one.decode().then(() => one.naturalWidth > 300)"
    assert await picture.evaluate(drawn), "the picture is there, not only its place"
    text = await summary.inner_text()
    assert not re.search("Tomasz|Priya|Dana|Claire", text), "counts only"
    await summary.get_by_role("button", name="My own list").click()
    await expect(page.locator("#conversation .said").last).to_contain_text("only you see this")
    await expect(page.locator("#conversation .said").last).to_contain_text("With Katrin Vogel.")


async def test_what_happened_says_that_there_is_more_and_why_the_recruiter_was_asked(screen: Screen) -> None:
    page = (await screen.opens()).page
    await screen.move_clock("End of the week")
    rows, more = page.locator("#happenings li"), page.locator("#journal-more")
    await expect(more).to_have_text(re.compile(r"^\d+ more below$"))
    await expect(rows.first).to_be_in_viewport()
    await expect(rows.last).not_to_be_in_viewport()
    asked = rows.filter(has_text="was asked to step in for Daniel Mbeki, Tomasz Zieliński and Zoë O'Hara")
    await expect(asked).to_contain_text("Tue 24 Nov, 09:30")
    await expect(asked).to_contain_text("Ravi Menon")
    await expect(asked).to_contain_text("the promise is 2 working days late")
    before = int((await more.inner_text()).split()[0])
    await more.press("Enter")
    await expect(more).to_have_text("Show fewer")
    assert await more.get_attribute("aria-expanded") == "true"
    await page.locator("#happenings").press("End")
    await expect(rows.last).to_be_in_viewport()
    await more.press("Enter")
    await expect(more).to_have_text(re.compile(f"^[1-{before}]"))


async def test_the_side_bar_a_list_and_home_count_the_same_and_say_what(screen: Screen) -> None:
    page = (await screen.opens()).page
    await expect(page.locator("#people [aria-current]")).to_contain_text("3 now past the promised date")
    heading = page.locator("#conversation .heading").last
    await expect(heading).to_have_text("3 candidates are waiting past your promised date")
    await page.get_by_role("tab", name="Home").click()
    await expect(page.locator("#home .heading").first).to_have_text(
        "You owe 11 people news, 3 past your promised date."
    )


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
async def test_the_form_of_a_candidates_answer_opens_in_sight(screens: Open, phone: bool) -> None:
    screen = await screens(viewport=PHONE if phone else LAPTOP, is_mobile=phone, has_touch=phone)
    page = (await screen.opens()).page
    await screen.press("Send update", "Tomasz")
    await screen.move_clock("+1 hour")
    if phone:
        await page.locator("[data-show=mailbox]").click()
    await page.locator(".mail > summary").first.click()
    await page.get_by_text("Answer as Tomasz").click()
    await expect(page.get_by_label("a question", exact=True)).to_be_focused()
    await expect(page.get_by_role("button", name="Send the answer")).to_be_in_viewport(ratio=1)


async def test_a_whole_list_is_cleared_with_one_review_one_send_and_one_undo(screen: Screen) -> None:
    page = (await screen.opens()).page
    await page.get_by_role("button", name="Clear my list").click()
    sheet = page.locator("#dialog")
    await expect(sheet).to_contain_text("3 candidates, one letter each")
    await expect(sheet).to_contain_text("Not in it: Priya must answer another offer")
    await sheet.locator("section", has_text="Zoë").get_by_label("New date").fill("2026-11-27")
    await sheet.get_by_role("button", name="Review").click()
    await expect(sheet).to_contain_text("Zoë O'Hara · zoe.o'hara@example.org · Fri 27 Nov")
    await expect(sheet.locator(".letter")).to_have_count(3)
    await sheet.get_by_role("button", name=re.compile("^Send 3 letters")).click()
    await expect(page.locator(".waiting")).to_have_count(3)
    await expect(screen.row("Zoë").locator(".seconds")).to_be_visible()
    await page.get_by_role("button", name="Undo all 3").click()
    await expect(page.locator(".waiting")).to_have_count(0)
    await screen.move_clock("+1 hour")
    await expect(page.locator("#mailbox")).to_contain_text("No letter has arrived yet.")


async def test_an_answer_is_seen_to_its_end(screen: Screen) -> None:
    """What was typed may come to the page after its answer, and stands above it."""
    page = (await screen.opens()).page
    said = page.locator("#conversation .said.me")
    for count in (1, 2, 3):
        await page.get_by_role("combobox").fill("/followup tomasz")
        await page.get_by_role("button", name="Send", exact=True).click()
        await expect(said).to_have_count(count)
        await expect(page.locator("#conversation .said").last).to_contain_text("Promised news by")
        await expect(
            page.locator("#conversation .said.bot").last.get_by_role("button").last
        ).to_be_in_viewport()
        end = await page.evaluate(
            "(({scrollTop, clientHeight, scrollHeight}) => scrollHeight - clientHeight - scrollTop)"
            "(document.getElementById('conversation'))"
        )
        assert abs(end) < 2, f"{end} pixels of the answer are out of sight"


async def test_home_stands_beside_the_messages(screen: Screen) -> None:
    page = (await screen.opens()).page
    await page.get_by_role("tab", name="Home").click()
    home = page.locator("#home")
    await expect(home).to_contain_text("You owe")
    await home.locator(".row", has_text="Tomasz").get_by_role("button", name="Send update").click()
    await expect(home.locator(".row", has_text="Tomasz")).to_contain_text("Tomasz gets your update in")
    await page.get_by_role("tab", name="Messages").click()
    await expect(screen.row("Tomasz")).to_contain_text("Tomasz gets your update in")


async def test_any_message_shows_what_slack_and_teams_would_get(screen: Screen) -> None:
    page = (await screen.opens()).page
    await page.locator("#conversation [data-code]").last.click()
    code = page.locator("#code code")
    await expect(code).to_contain_text('"blocks"')
    json.loads(await code.inner_text())
    await page.get_by_role("button", name="Teams Adaptive Card").click()
    await expect(code).to_contain_text('"AdaptiveCard"')
    json.loads(await code.inner_text())
    await page.get_by_role("button", name="Copy").click()
    await expect(page.locator("#note")).to_have_text(re.compile("^(Copied|It is selected)"))


# -- keyboard, phone, tabs ----------------------------------------------------------------------------------


async def test_it_can_be_used_with_the_keyboard_alone(screen: Screen) -> None:
    page = (await screen.opens()).page
    keys = page.keyboard
    await page.locator("#text").focus()
    await keys.type("/followup upd")
    await expect(page.get_by_role("option")).to_have_count(1)
    await keys.press("Tab")
    await keys.type("mei")
    await expect(page.get_by_role("option")).to_contain_text("Mei Lin")
    await keys.press("ArrowDown")
    await keys.press("Enter")
    await expect(page.locator("#text")).to_have_value("/followup update Mei Lin")
    await keys.press("Enter")
    await expect(page.locator(".waiting")).to_contain_text("Mei Lin")
    await expect(page.locator("#text")).to_have_value("")
    await keys.press("ArrowUp")
    await expect(page.locator("#text")).to_have_value("/followup update Mei Lin")

    menu = screen.row("Mei Lin").get_by_role("button", name="Undo")
    await menu.focus()
    await keys.press("Enter")
    await expect(screen.row("Mei Lin")).to_contain_text("Undone. Nothing was sent.")
    focused = page.locator("*:focus")
    await expect(focused).to_have_text("Send update")
    outline = await focused.evaluate("(one) => getComputedStyle(one).outlineStyle")
    assert outline == "solid", "who has no mouse sees where they are"

    await screen.row("Mei Lin").locator(".menu summary").focus()
    await keys.press("Enter")
    await keys.press("Tab")
    await expect(page.locator("*:focus")).to_have_text(re.compile("^Going on"))
    await keys.press("Enter")
    await expect(page.locator("#dialog")).to_be_visible()
    await keys.press("Escape")
    await expect(page.locator("#dialog")).to_be_hidden()


async def test_a_row_drawn_anew_before_the_answer_is_here_keeps_the_focus(screen: Screen) -> None:
    page = (await screen.opens()).page
    row = screen.row("Mei Lin")

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await expect(row).to_contain_text("Mei gets your update in")
        await route.fulfill(response=answer)

    await page.route("**/act", late)
    async with page.expect_response("**/act"):
        await row.get_by_role("button", name="Send update").press("Enter")
    await expect(page.locator("*:focus")).to_have_text("Undo")


async def test_on_a_phone_one_column_at_a_time_fits(screens: Open) -> None:
    screen = await screens(viewport=PHONE, has_touch=True, is_mobile=True)
    page = (await screen.opens()).page
    await expect(page.locator(".people")).to_be_hidden()
    await screen.press("Send update", "Tomasz")
    await expect(screen.row("Tomasz")).to_contain_text("Tomasz gets your update in")
    await screen.move_clock("+1 hour")
    mailbox = page.locator("[data-show=mailbox]")
    await expect(mailbox).to_have_attribute("data-count", "1")
    await mailbox.click()
    await page.locator(".mail summary").first.click()
    await expect(page.locator(".mail .body").first).to_contain_text("Dear Tomasz")
    for pane in ("people", "chat", "mailbox"):
        await page.locator(f"[data-show={pane}]").click()
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide == PHONE["width"], f"{pane} is {wide} wide"
    await page.locator("[data-show=people]").click()
    await page.locator(".people").get_by_role("link", name="Ravi Menon").click()
    await expect(page.locator(".with")).to_contain_text("Ravi Menon")


async def test_two_tabs_at_once_stay_true(screens: Open) -> None:
    mine, other, ravis = await screens(), await screens(), await screens()
    await mine.opens()
    await other.opens()
    await ravis.opens("ravi.menon")
    await mine.press("Send update", "Tomasz")
    await expect(other.row("Tomasz")).to_contain_text("Tomasz gets your update in")
    await expect(ravis.page.locator(".waiting")).to_contain_text("Tomasz")
    await other.press("Undo", "Tomasz")
    await expect(mine.row("Tomasz")).to_contain_text("Undone. Nothing was sent.")
    await mine.move_clock("+1 hour")
    for tab in (other, ravis):
        await expect(tab.page.locator("#clock")).to_contain_text("10:30")
    claire = ".people a:has-text('Claire Tremblay') .unread"
    await expect(other.page.locator(claire)).to_be_visible()
    await other.page.goto(f"{other.base}/?as=claire.tremblay@halden.example")
    await expect(mine.page.locator(".people a", has_text="Claire Tremblay").locator(".unread")).to_have_count(
        0
    )


async def test_a_line_that_was_cut_is_taken_up_again(screen: Screen) -> None:
    page = (await screen.opens()).page
    await expect(screen.row("Tomasz")).to_be_visible()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="+1 hour").click()
    await expect(page.locator("#note")).to_contain_text("The playground does not answer.")
    await page.context.set_offline(False)
    await screen.move_clock("+1 hour")
    await expect(page.locator("#clock")).to_contain_text("10:30")


# -- for everybody ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious(screens: Open, scheme: str) -> None:
    screen = await screens(color_scheme=scheme)
    page = (await screen.opens(toured=False)).page
    await expect(page.locator("#tour")).to_be_visible()
    seen = {"tour": await screen.findings("#tour")}
    await page.get_by_role("button", name="Skip the tour").click()
    await screen.sends_update("Tomasz")
    await page.locator(".mail summary").first.click()
    await page.get_by_text("Answer as Tomasz").click()
    await page.locator("#text").fill("/followup ")
    await expect(page.get_by_role("option").first).to_be_visible()
    seen["letter and list"] = await screen.findings()
    await page.locator("#text").fill("")
    await screen.press("Give feedback", "Zoë")
    await page.get_by_label("Not going on").check()
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("#dialog .error").first).to_be_visible()
    seen["form"] = await screen.findings("#dialog")
    await page.locator("#dialog [data-close]").click()
    await page.get_by_role("tab", name="Home").click()
    await expect(page.locator("#home")).to_contain_text("You owe")
    seen["home"] = await screen.findings("main")
    await page.get_by_role("tab", name="Messages").click()
    await page.locator("#conversation [data-code]").last.click()
    await expect(page.locator("#code code")).to_contain_text('"blocks"')
    seen["json"] = await screen.findings("#code")
    assert {where: found for where, found in seen.items() if found} == {}
