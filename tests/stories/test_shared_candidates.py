"""One person waits for two roles: who answers for one moves nothing in the other, and learns nothing."""

from __future__ import annotations

import pytest

from tests.stories.conftest import Stage
from tests.stories.person import Person, form_of


@pytest.fixture
async def katrin(stage: Stage) -> Person:
    """She has nothing to do with the roles of Dana and Lukas."""
    return await stage.person("katrin")


async def enters(
    person: Person, name: str, email: str, role: str = "Treasurer", promised: str = "2026-11-27"
) -> str:
    """Somebody who is said to wait for a role of this person's; the answer."""
    form = form_of(await person.types("/followup add"))
    told = {"role": role, "interviewed": "2026-11-20", "promised": promised}
    return (await person.submits(form, name=name, email=email, **told)).text


async def test_whoever_knows_an_address_learns_nothing_of_a_confidential_role(
    stage: Stage, katrin: Person
) -> None:
    """Gregor Nowak wants to become Plant Director, and nobody but those named on that role knows."""
    said = await enters(katrin, "G. N.", "gregor.nowak@example.org")
    assert "G. N. is on your list." in said
    for seen in (said, (await katrin.asks("/followup g. n.")).text, (await katrin.asks("/followup")).text):
        assert "Nowak" not in seen
        assert "Plant Director" not in seen
    known = await stage.changes(lambda store, _: store.candidate_by_email("gregor.nowak@example.org"))
    assert known is not None
    assert known.name == "Gregor Nowak", "an import of the same file finds whom it found before"


async def test_no_list_tells_of_a_confidential_role(stage: Stage, dana: Person) -> None:
    lukas = await stage.person("lukas")
    said = await enters(lukas, "Tomasz", "tomasz.zielinski@example.com", "Plant Director")
    assert "waits for Backend Engineer" in (await lukas.asks("/followup")).text, said
    await dana.moves_clock("+1h")
    for seen in (await dana.digest(), await dana.asks("/followup"), await dana.asks("/followup home")):
        assert "Backend Engineer" in seen.text
        assert "The same person" not in seen.row("Tomasz").text


OTHERS = {"Gregor": "gregor.nowak@example.org", "Tomasz": "tomasz.zielinski@example.com"}
"""He waits for a confidential role of Lukas's, and he for one of Dana's."""


async def test_whoever_wants_a_role_themselves_does_not_read_who_else_does(
    dana: Person, katrin: Person
) -> None:
    """Tomasz waits for three roles, and Katrin has applied for one of Dana's."""
    tomasz = "tomasz.zielinski@example.com"
    await enters(dana, "Tomasz", tomasz, "Head of Purchasing")
    await enters(katrin, "Tomasz", tomasz)
    assert "waits for Head of Purchasing" in (await katrin.asks("/followup tomasz")).text
    await enters(dana, "Katrin Vogel", katrin.email, "Head of Purchasing")
    await dana.moves_clock("+1h")
    assert "waits for Treasurer with Katrin Vogel" in (await dana.digest()).row("Tomasz").text
    for typed in ("/followup tomasz", "/followup"):
        seen = (await katrin.asks(typed)).text
        assert "waits for Backend Engineer" in seen
        assert "Head of Purchasing" not in seen


async def test_nobody_sends_the_letters_of_another_role_to_an_address_of_their_own(
    stage: Stage, katrin: Person
) -> None:
    dana, lukas = await stage.person("dana"), await stage.person("lukas")
    for name, email in OTHERS.items():
        await enters(katrin, name, email)
        form = await katrin.opens("Mend address", name, on=await katrin.asks(f"/followup {name}"))
        mended = await katrin.submits(form, email="katrin@home.example")
        assert mended.row(name).text
    await katrin.asks("/followup update tomasz")
    await write_to_theirs(dana, lukas)
    assert sorted(letter.to for letter in await dana.mailbox()) == [
        "gregor.nowak@example.org",
        "katrin@home.example",
        "tomasz.zielinski@example.com",
    ]


async def test_nor_by_a_line_of_a_sheet(stage: Stage, katrin: Person) -> None:
    """Clear my list has a field for the address of each candidate."""
    dana, lukas = await stage.person("dana"), await stage.person("lukas")
    for name, email in OTHERS.items():
        await enters(katrin, name, email, promised="2026-11-23")
    sheet = form_of(await katrin.types("/followup clear"))
    theirs = [name for name, value in sheet.fields.items() if value in OTHERS.values()]
    assert len(theirs) == 2
    review = await katrin.fills(sheet, **dict.fromkeys(theirs, "katrin@home.example"))
    await katrin.submits(form_of(review))
    await write_to_theirs(dana, lukas)
    arrived = [letter.to for letter in await dana.mailbox()]
    assert set(OTHERS.values()) <= set(arrived)
    assert arrived.count("katrin@home.example") == 2


async def write_to_theirs(dana: Person, lukas: Person) -> None:
    """Both managers write to their own candidate, and the letters leave."""
    form = await lukas.opens("Other date", "Gregor", on=await lukas.asks("/followup gregor nowak"))
    await lukas.submits(form, date="2026-12-03")
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("+1h")


async def test_who_answers_for_both_mends_the_address_for_both(dana: Person, katrin: Person) -> None:
    await enters(dana, "Tomasz", "tomasz.zielinski@example.com")
    form = await dana.opens("Mend address", "Tomasz")
    await dana.submits(form, email="tz@example.net")
    assert (await dana.opens("Mend address", "Treasurer", on=await dana.asks("/followup"))).fields == {
        "email": "tz@example.net"
    }
