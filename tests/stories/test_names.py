"""What candidates are called: two of one name, names turned round, titles, and more matches than buttons."""

from __future__ import annotations

from tests.stories.person import Person, SeenMessage, form_of

CHATS = ("page", "http", "teams")


async def adds(dana: Person, name: str, email: str, **fields: str) -> SeenMessage:
    """A candidate for the welder's place, interviewed on Friday unless told otherwise."""
    form = form_of(await dana.types("/followup add"))
    given = {"role": "Welder", "stage": "phone", "interviewed": "2026-11-20", "promised": "2026-11-27"}
    return await dana.submits(form, name=name, email=email, **(given | fields))


# -- two candidates of one name --------------------------------------------------------------------------


async def test_two_of_one_name_in_one_role_are_told_apart_by_their_interviews(dana: Person) -> None:
    await adds(dana, "Anna Kowalska", "anna.k@mail.example", stage="phone", interviewed="2026-11-19")
    await adds(dana, "Anna Kowalska", "kowalska@mail.example", stage="onsite")
    asked = await dana.asks("/followup update anna")
    assert set(asked.buttons) == {
        "Anna Kowalska (Welder, phone Thu 19 Nov)",
        "Anna Kowalska (Welder, onsite Fri 20 Nov)",
    }
    assert [row for row in (await dana.asks("/followup list")).rows if "mail.example" in row.title] == []


async def test_where_the_interviews_are_alike_the_address_tells_them_apart(dana: Person) -> None:
    await adds(dana, "Anna Kowalska", "anna.k@mail.example")
    second = await adds(dana, "Anna Kowalska", "kowalska@mail.example")
    assert "Anna Kowalska (kowalska@mail.example) · Welder · phone Fri 20 Nov" in second.rows[0].title
    asked = await dana.asks("/followup update anna")
    assert set(asked.buttons) == {
        "Anna Kowalska (anna.k@mail.example, Welder, phone Fri 20 Nov)",
        "Anna Kowalska (kowalska@mail.example, Welder, phone Fri 20 Nov)",
    }
    sent = await dana.presses("Anna Kowalska (kowalska@", on=asked)
    assert "Anna Kowalska (kowalska@mail.example)" in sent.rows[0].title
    await dana.moves_clock("+1h")
    assert [letter.to for letter in await dana.mailbox()] == ["kowalska@mail.example"]


async def test_of_more_than_ten_who_match_it_is_said_that_more_are_not_shown(dana: Person) -> None:
    for number in range(11):
        await adds(dana, f"Anna Nowak{chr(ord('a') + number)}", f"anna{number}@mail.example")
    asked = await dana.asks("/followup update anna")
    assert "11 people match. Which one? Here are 10, and 1 more: type more of the name." in asked.text
    assert len(asked.buttons) == 10


# -- names turned round, and titles ----------------------------------------------------------------------


async def test_nobody_is_called_by_a_family_name_or_a_title(dana: Person) -> None:
    added = await adds(dana, "Müller, Jörg", "joerg@mail.example")
    assert "Jörg is on your list." in added.text
    assert "Jörg Müller · Welder" in added.rows[0].title
    titled = await adds(dana, "Dr. Eva Stein", "eva@mail.example")
    assert "Eva is on your list." in titled.text
    whole = await adds(dana, "van der Berg", "berg@mail.example")
    assert "van der Berg is on your list." in whole.text
    await dana.asks("/followup update joerg")
    await dana.moves_clock("+1h")
    [letter] = await dana.mailbox()
    assert letter.body.startswith("Dear Jörg Müller,")
