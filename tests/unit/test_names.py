"""What somebody is called, and names that are written the other way round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.names import first_name, in_order


@pytest.mark.parametrize(
    ("written", "turned"),
    [
        ("Müller, Jörg", "Jörg Müller"),
        ("van der Berg, Anna", "Anna van der Berg"),
        ("Stein, Dr. Eva", "Dr. Eva Stein"),
        ("Dr. Stein, Eva Maria", "Dr. Eva Maria Stein"),
        ("Doe, John, MBA", "John Doe, MBA"),
        ("Martin King, Jr.", "Martin King, Jr."),
        ("Jane Doe, Ph.D.", "Jane Doe, Ph.D."),
        ("Müller, Jörg (extern)", "Müller, Jörg (extern)"),
        ("Jörg Müller", "Jörg Müller"),
        ("Müller,", "Müller,"),
        ("Müller, Herr", "Müller, Herr"),
        ("One, Two, Three", "One, Two, Three"),
        (",", ","),
    ],
)
def test_a_name_is_turned_round_where_that_is_certain(written: str, turned: str) -> None:
    assert in_order(written) == turned


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Jörg Müller", "Jörg"),
        ("Müller, Jörg", "Jörg"),
        ("Dr. Eva Stein", "Eva"),
        ("Prof. Dr. Eva Stein", "Eva"),
        ("Dr. rer. nat. Eva Stein", "Eva"),
        ("Dipl.-Ing. Jörg Müller", "Jörg"),
        ("Mr John Smith", "John"),
        ("Mrs. Ann Smith", "Ann"),
        ("Frau Ann Smith", "Ann"),
        ("Med Amine Trabelsi", "Med"),
        ("Mag. Eva Stein", "Eva"),
        ("Mag Stein", "Mag"),
        ("Madonna", "Madonna"),
        ("Al Pacino", "Al"),
        ("Bin Li", "Bin"),
        ("Thu Hà Nguyễn", "Thu"),
        ("山田 太郎", "山田"),
        ("Herr Müller", "Herr Müller"),
        ("Dr. Stein", "Dr. Stein"),
        ("Dr.", "Dr."),
        ("van der Berg", "van der Berg"),
        ("Van Der Berg", "Van Der Berg"),
        ("Dr. von Stein", "Dr. von Stein"),
        ("J. Smith", "J. Smith"),
        ("J.R.R. Tolkien", "J.R.R. Tolkien"),
        ("One, Two, Three", "One, Two, Three"),
        ("", ""),
    ],
)
def test_what_somebody_is_called(name: str, called: str) -> None:
    assert first_name(name) == called


@given(st.text())
def test_whatever_is_written_somebody_is_called_by_a_part_of_it(name: str) -> None:
    assert set(first_name(name).split()) <= {*name.split(), *in_order(name).split()}
    assert sorted(in_order(name).replace(",", " ").split()) == sorted(name.replace(",", " ").split())
    assert bool(first_name(name)) == bool(in_order(name).strip()) or not name.strip()
