"""Finding a person by what somebody typed on a phone."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.people import Member
from bot.search import find_member, plain, search
from tests import examples as ex

NAMES = (
    "Zoë O'Hara", "Zoe Park", "Tomasz Zieliński", "Priya Natarajan", "Mei Lin", "Anne-Marie Dupont",
    "José Muñoz", "Łukasz Żak", "Jürgen Groß", "王 芳", "Anna Schmidt",
)  # fmt: skip


def found(typed: str, names: tuple[str, ...] = NAMES) -> list[str]:
    return search(typed, ((name, name) for name in names))


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("zielinski", "Tomasz Zieliński"),
        ("ZIELIŃSKI", "Tomasz Zieliński"),
        ("zielinksi", "Tomasz Zieliński"),  # a slip of the finger
        ("tomsaz", "Tomasz Zieliński"),
        ("tom", "Tomasz Zieliński"),
        ("zielinski tomasz", "Tomasz Zieliński"),
        ("tomasz z", "Tomasz Zieliński"),
        ("  Tomasz   Zielinski ", "Tomasz Zieliński"),
        ("pirya", "Priya Natarajan"),
        ("pryia", "Priya Natarajan"),
        ("priyaa", "Priya Natarajan"),
        ("natarajn", "Priya Natarajan"),
        ("ohara", "Zoë O'Hara"),
        ("o'hara", "Zoë O'Hara"),
        ("O’Hara", "Zoë O'Hara"),
        ("zoe o hara", "Zoë O'Hara"),
        ("annemarie dupont", "Anne-Marie Dupont"),
        ("marie", "Anne-Marie Dupont"),
        ("munoz", "José Muñoz"),
        ("jose", "José Muñoz"),
        ("lukasz", "Łukasz Żak"),
        ("gross", "Jürgen Groß"),
        ("mei", "Mei Lin"),
    ],
)
def test_one_person_is_meant(typed: str, who: str) -> None:
    assert found(typed) == [who]


def test_two_people_are_both_shown_and_a_whole_name_decides() -> None:
    assert found("zoe") == ["Zoë O'Hara", "Zoe Park"]
    assert found("ZOË") == ["Zoë O'Hara", "Zoe Park"]
    assert found("zoe park") == ["Zoe Park"]
    assert found("ann") == ["Anne-Marie Dupont", "Anna Schmidt"]


@pytest.mark.parametrize("typed", ["", "   ", "'", "bartholomew", "xy", "%", "_", "😀"])
def test_nobody_is_meant(typed: str) -> None:
    assert found(typed) == []


def test_one_slip_in_a_short_name_is_another_name() -> None:
    assert found("min", ("Mia Berg", "Ben Ott")) == []


@given(st.sampled_from(NAMES), st.data())
def test_a_name_with_two_letters_swapped_is_still_found(name: str, data: st.DataObject) -> None:
    typed = plain(name)
    place = data.draw(st.integers(0, len(typed) - 2))
    swapped = typed[:place] + typed[place + 1] + typed[place] + typed[place + 2 :]
    assume(len(typed.replace(" ", "")) >= 6)
    assert name in found(swapped)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_no_error(typed: str) -> None:
    assert set(found(typed)) <= set(NAMES)
    assert plain(plain(typed)) == plain(typed)


PEOPLE: tuple[Member, ...] = (
    ex.DANA,
    ex.RAVI,
    ex.SAM,
    dataclasses.replace(ex.member("Dana Fox"), email="fox@acme.example"),
)


def test_a_member_is_found_by_name_or_address() -> None:
    assert find_member(PEOPLE, "@sam") == ex.SAM
    assert find_member(PEOPLE, "RAVI@acme.example") == ex.RAVI
    assert find_member(PEOPLE, "dana fox") == PEOPLE[3]


@pytest.mark.parametrize("typed", ["dana", "", "@", "bartholomew"])
def test_a_member_who_is_not_clear_is_asked_for_in_a_sentence(typed: str) -> None:
    answer = find_member(PEOPLE, typed)
    assert isinstance(answer, str)
    assert answer.endswith(".")


def test_of_several_colleagues_only_those_of_one_name_are_told_apart_by_their_address() -> None:
    assert find_member(PEOPLE, "dana") == "Several people match: Dana Lee, Dana Fox. Write the whole name."
    other = dataclasses.replace(ex.member("Dana Fox"), email="d.fox@acme.example")
    answer = find_member((*PEOPLE, other), "dana")
    assert answer == (
        "Several people match: Dana Lee, Dana Fox (fox@acme.example), Dana Fox (d.fox@acme.example). "
        "Write the work email."
    )
    crowd = tuple(ex.member(f"Dana {name}") for name in ("Ash", "Birch", "Cedar", "Fir", "Oak"))
    assert "Dana Fir and 1 more. Write the whole name." in str(find_member(crowd, "dana"))
