"""What an import says at its end, and how it names people the file does not name."""

from __future__ import annotations

import pytest

from adapters.importing import ImportReport, report_lines
from bot.imported import name_from_address


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("dana.lee@acme.example", "Dana Lee"),
        ("jean-luc_o'neil+ats@acme.example", "Jean-Luc O'Neil"),
        ("zoë2.park@acme.example", "Zoë Park"),
        ("42@acme.example", "42"),
    ],
)
def test_a_name_to_begin_with(address: str, name: str) -> None:
    assert name_from_address(address) == name


def test_the_report_in_sentences() -> None:
    report = ImportReport(
        added=3,
        changed=2,
        unchanged=39,
        refused=((7, "promised_by is not a date as we read it: write dates as 2026-11-27."),),
        refused_more=4,
        stood=1,
        unknown_columns=("Salary", "Shoe size"),
    )
    assert report_lines(report) == [
        "3 added, 2 changed, 39 unchanged, 5 refused.",
        "line 7: promised_by is not a date as we read it: write dates as 2026-11-27.",
        "And 4 more. Mend these first, then import again.",
        (
            "1 row was overtaken: a loop that was closed stays closed, and a date that a letter "
            "names is not moved."
        ),
        "Not read, because we know no such column: Salary, Shoe size.",
    ]
    assert report_lines(ImportReport(added=1)) == ["1 added."]


def test_only_neighbours_that_lack_the_same_are_told_together() -> None:
    report = ImportReport(added=1, refused=((2, "a."), (3, "a."), (5, "a."), (6, "b."), (7, "b."), (8, "b.")))
    assert report_lines(report)[1:] == ["lines 2 to 3: a.", "line 5: a.", "lines 6 to 8: b."]
