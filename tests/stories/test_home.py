"""`home`, typed: what Slack's Home tab shows, for those who have no such tab. Clicked in, it stays a home."""

from __future__ import annotations

from tests.stories.conftest import Stage
from tests.stories.person import Person, form_of

CHATS = ("page", "http", "teams")


async def test_home_can_be_asked_for_and_shows_all_that_is_ones_own(stage: Stage, dana: Person) -> None:
    home = await dana.asks("/followup home")
    assert home.heading == "You owe 11 people news, 3 past your promised date."
    assert {"Priya Natarajan", "Tomasz Zieliński", "Mei Lin"} <= {row.name for row in home.rows}
    assert "of your last" in home.text
    assert "Your list comes at 09:30, New York time, on your working days" in home.text
    assert dana.told("Going away? Type: /followup away until 6 dec delegate @colleague.") in home.text
    assert "Page 1 of 2, 11 candidates in all." in home.text


async def test_a_click_in_it_shows_it_again_as_it_is_now(stage: Stage, dana: Person) -> None:
    home = await dana.presses("Send update", "Tomasz", on=await dana.asks("/followup home"))
    assert home.row("Tomasz").text.startswith("Tomasz gets your update in")
    assert "Your list comes at 09:30" in home.text, "it is a home still"
    second = await dana.presses("Next 1", on=home)
    assert "Page 2 of 2" in second.text
    assert "Your list comes at 09:30" in second.text
    back = await dana.presses("Previous 10", on=second)
    undone = await dana.presses("Undo", "Tomasz", on=back)
    assert "Promised news by Fri 20 Nov" in undone.row("Tomasz").text
    assert "Your list comes at 09:30" in undone.text


async def test_settings_and_absence_are_seen_in_it_at_once(stage: Stage, dana: Person) -> None:
    form = await dana.opens("Settings", on=await dana.asks("/followup home"))
    home = await dana.submits(form, digest_at="10:15", country="CA")
    assert "Saved." in home.text
    assert "Your list comes at 10:15, New York time" in home.text
    assert "(public holidays: Canada)" in home.text
    await dana.asks("/followup away until 27 nov")
    away = await dana.asks("/followup home")
    assert "You are away until Fri 27 Nov; the recruiter gets your nudges." in away.text
    home = await dana.presses("I am back", on=away)
    assert "Welcome back. Your nudges come to you again." in home.text
    assert "Going away?" in home.text


async def test_ones_own_candidates_are_handed_over_from_it(stage: Stage, dana: Person) -> None:
    home = await dana.asks("/followup home")
    form = form_of(await dana.clicks("Hand over my candidates", on=home))
    done = await dana.submits(form, to="sam")
    assert "of Dana Lee from now on, and is told once." in done.text
    empty = await dana.asks("/followup home")
    assert "Nobody is waiting for you." in empty.text
    assert "Hand over my candidates" not in empty.buttons
    assert "Your list comes at 09:30" in empty.text


async def test_a_recruiters_home_leads_to_what_is_stuck(stage: Stage, ravi: Person) -> None:
    home = await ravi.asks("/followup home")
    await ravi.presses("What is stuck", on=home)
    [queue] = [it for it in await ravi.reads() if "Candidates stuck" in it.heading or "stuck" in it.heading]
    assert queue.rows


async def test_help_leads_to_it(stage: Stage, dana: Person) -> None:
    home = await dana.presses("See my home", on=await dana.asks("/followup help"))
    assert "Your list comes at 09:30" in home.text


async def test_who_types_show_alone_is_asked_whom(stage: Stage, dana: Person) -> None:
    assert "About whom?" in (await dana.asks("/followup show")).text
