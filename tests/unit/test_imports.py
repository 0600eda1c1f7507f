"""A row of a file is understood, or refused with one sentence that helps and gives nobody away."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.imports import COLUMNS, MAX_LENGTH, ImportRow, PersonCell, RowRefused, read_row

TODAY = dt.date(2026, 11, 23)
PLAIN = {
    "candidate_name": "Zoë O'Hara",
    "candidate_email": "zoe.o'hara@example.org",
    "role": "Welder",
    "manager_email": "dana.lee@halden.example",
}


def read(**cells: str) -> ImportRow:
    return read_row(PLAIN | cells, default_zone="America/New_York", default_country="US", today=TODAY)


def refusal(**cells: str) -> str:
    with pytest.raises(RowRefused) as caught:
        read(**cells)
    return str(caught.value)


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type, misc]


def test_four_columns_are_enough() -> None:
    row = read()

    assert row.candidate_name == "Zoë O'Hara"
    assert row.manager == PersonCell(email="dana.lee@halden.example")
    assert row.recruiter is None
    assert row.interviewed_at is None
    assert row.promised_by is None
    assert (row.candidate_zone, row.candidate_country) == ("America/New_York", "US")
    assert row.candidate_language == "en"
    assert row.confidential is False
    assert row.cells == PLAIN


def test_a_full_row() -> None:
    row = read(
        manager_name=" Sam  Okafor ",
        manager_timezone="america/los_angeles",
        manager_country="us",
        recruiter_email="Ravi.Menon@HALDEN.example",
        recruiter_name="Ravi Menon",
        recruiter_timezone="America/New_York",
        recruiter_country="US",
        interviewer_email="katrin.vogel@halden.example",
        criteria="Reading weld drawings | TIG welding||Reading weld drawings",
        stage="onsite",
        interviewed_at="2026-11-17T16:30",
        promised_by="2026-11-25",
        candidate_timezone="Asia/Tokyo",
        candidate_country="JP",
        candidate_language="de_AT",
        candidate_wrote_at="2026-11-20 09:00 | 2026-11-19",
        other_offer_by="2026-11-30",
        agency_email="desk@northline-talent.example",
        channel="#hiring",
        confidential="Yes",
        external_id="HAL-1",
        something_else="ignored",
    )

    assert row.manager == PersonCell(
        email="dana.lee@halden.example", name="Sam Okafor", zone="America/Los_Angeles", country="US"
    )
    assert row.recruiter is not None
    assert row.recruiter.email == "Ravi.Menon@halden.example"
    assert row.criteria == ("Reading weld drawings", "TIG welding")
    assert row.interviewed_at == utc(2026, 11, 18, 0, 30), "16:30 where the manager is"
    assert row.promised_by == dt.date(2026, 11, 25)
    assert row.candidate_wrote_at == (utc(2026, 11, 19, 3), utc(2026, 11, 20, 0)), "in order, Tokyo time"
    assert row.other_offer_by == utc(2026, 11, 30, 8), "17:00 where the candidate is"
    assert row.candidate_language == "de-AT"
    assert row.confidential is True
    assert "something_else" not in row.cells
    assert row.cells["manager_name"] == "Sam Okafor"


def test_a_day_without_a_time_is_five_in_the_afternoon_of_the_manager() -> None:
    assert read(interviewed_at="2026-11-17").interviewed_at == utc(2026, 11, 17, 22)
    assert read(interviewed_at="2026-11-17", manager_timezone="Europe/Berlin").interviewed_at == utc(
        2026, 11, 17, 16
    )


@pytest.mark.parametrize(
    "written",
    ["2026-11-17T16:00Z", "2026-11-17 18:00+02:00", "2026-11-17T11:00:00.000-0500", "20261117T16:00z"],
)
def test_an_offset_counts_more_than_any_zone(written: str) -> None:
    assert read(interviewed_at=written, manager_timezone="Asia/Tokyo").interviewed_at == utc(2026, 11, 17, 16)


def test_a_wall_time_that_a_change_of_clocks_skips_or_repeats_is_read() -> None:
    assert read(interviewed_at="2026-03-08T02:30").interviewed_at == utc(2026, 3, 8, 7, 30)
    assert read(interviewed_at="2026-11-01T01:30").interviewed_at == utc(2026, 11, 1, 5, 30)


def test_where_the_candidate_is() -> None:
    at_the_managers = read(manager_timezone="Europe/Berlin", manager_country="DE")
    assert (at_the_managers.candidate_zone, at_the_managers.candidate_country) == ("Europe/Berlin", "DE")
    somewhere_else = read(candidate_timezone="Asia/Tokyo")
    assert (somewhere_else.candidate_zone, somewhere_else.candidate_country) == ("Asia/Tokyo", "")


@pytest.mark.parametrize(
    ("column", "written", "said"),
    [
        ("candidate_name", " \u200b ", "candidate_name is empty"),
        ("role", "", "role is empty"),
        ("candidate_email", "zoe.example.org", "it has no @"),
        ("candidate_email", "zoe@example.org; z@example.org", "more than one"),
        ("manager_email", "dana@", "write one as name@example.com"),
        ("agency_email", "a b@example.com", "agency_email is not an email address"),
        ("manager_timezone", "Berlin", "did you mean Europe/Berlin?"),
        ("candidate_timezone", "Europe/Berln", "did you mean Europe/Berlin?"),
        ("manager_timezone", "over there", "write it as Europe/Berlin"),
        ("manager_country", "Germany", "write two letters, as DE"),
        ("candidate_country", "Japan", "as JP"),
        ("candidate_country", "ZZ", "ISO 3166"),
        ("candidate_language", "English", "write it as en or de-DE"),
        ("candidate_language", "q", "write it as en or de-DE"),
        ("confidential", "maybe", "neither yes nor no"),
        ("promised_by", "27/11/2026", "write dates as 2026-11-27"),
        ("promised_by", "27.11.2026", "write dates as 2026-11-27"),
        ("interviewed_at", "Nov 27, 2026", "write dates as 2026-11-27"),
        ("promised_by", "2026-11-31", "day 31 of November 2026, which does not exist: that month has 30"),
        ("promised_by", "2027-02-29", "February 2027"),
        ("interviewed_at", "2026-13-01", "a month 13, which does not exist"),
        ("interviewed_at", "2026-11-17T25:00", "the time 25:00, which does not exist"),
        ("interviewed_at", "2026-11-17T10:00+25:00", "which does not exist"),
        ("promised_by", "2026-11-27T14:00", "a day without a time"),
        ("promised_by", "2062-11-27", "year 2062, more than 10 years off"),
        ("promised_by", "0000-01-01", "more than 10 years off"),
        ("promised_by", "2036-11-30", "more than 10 years off"),
        ("interviewed_at", "2027-11-30", "too far in the future"),
        ("candidate_wrote_at", "2026-11-19|2026-12-19", "candidate_wrote_at 2026-12-19 lies too far"),
        ("recruiter_name", "Ravi Menon", "recruiter_email is empty"),
        ("role", "x" * (MAX_LENGTH + 1), f"at most {MAX_LENGTH}"),
        ("criteria", "a|" * 60, "at most 50"),
        ("stage", "on\x07site", "a character that is not text"),
    ],
)
def test_what_is_refused_says_how_to_mend_it(column: str, written: str, said: str) -> None:
    sentence = refusal(**{column: written})

    assert said in sentence
    assert column.split("_", maxsplit=1)[0] in sentence
    assert sentence.endswith((".", "?"))
    assert "\n" not in sentence


def test_a_promise_before_the_interview_is_refused() -> None:
    sentence = refusal(interviewed_at="2026-11-17T10:00", promised_by="2026-11-16")
    assert sentence.startswith("promised_by 2026-11-16 is before the interview on 2026-11-17")


def test_a_promise_on_the_day_of_the_interview_is_one_on_either_side_of_the_date_line() -> None:
    for zone in ("Asia/Tokyo", "Pacific/Honolulu"):
        row = read(interviewed_at="2026-11-17T16:30", promised_by="2026-11-17", candidate_timezone=zone)
        assert row.promised_by == dt.date(2026, 11, 17)


def test_a_promise_long_past_is_a_promise() -> None:
    assert read(promised_by="2025-01-07").promised_by == dt.date(2025, 1, 7)
    assert read(promised_by="2026-11-17 00:00:00").promised_by == dt.date(2026, 11, 17), "from a spreadsheet"


def test_addresses_keep_their_own_script() -> None:
    assert read(candidate_email="josé@BÜCHER.example").candidate_email == "josé@bücher.example"


@pytest.mark.parametrize("code", ["uk", "GB"])
def test_the_united_kingdom_has_two_codes_in_daily_life(code: str) -> None:
    assert read(candidate_country=code).candidate_country == "GB"


@pytest.mark.parametrize(
    ("written", "meant"), [("x", True), ("1", True), ("TRUE", True), ("0", False), ("No", False), ("", False)]
)
def test_yes_and_no(written: str, meant: bool) -> None:
    assert read(confidential=written).confidential is meant


def test_names_are_one_line_without_hidden_characters() -> None:
    row = read(candidate_name="\u202eZoe\u0308\r\n O'Hara\u00a0\ufeff")
    assert row.candidate_name == "Zoë O'Hara"


def test_a_name_with_the_family_name_first_is_turned_round() -> None:
    row = read(candidate_name="Müller, Jörg", manager_name="Stein, Dr. Eva")
    assert (row.candidate_name, row.manager.name) == ("Jörg Müller", "Dr. Eva Stein")
    assert row.cells["candidate_name"] == "Müller, Jörg", "compared with the next file as it was written"


def test_the_key_is_the_external_id_as_it_stands() -> None:
    assert read(external_id="0015f00000Ab").key == "0015f00000Ab"


def test_without_one_the_key_is_candidate_role_and_manager() -> None:
    assert read().key == read(candidate_email="Zoe.O'Hara@Example.org", role="WELDER").key
    assert read().key != read(role="Welder dana.lee@halden.example").key
    assert read().key != read(manager_email="sam.okafor@halden.example").key


cell = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["2026-11-27", "2026-02-30", "2026-11-27T10:00", "0001-01-01", "9999-12-31", "x@y.example"]
    ),
    st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?)?", fullmatch=True
    ),
)


@given(st.dictionaries(st.sampled_from(COLUMNS), cell), st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)))
def test_whatever_stands_in_the_cells_it_is_a_row_or_a_sentence(
    cells: dict[str, str], today: dt.date
) -> None:
    sentence = ""
    try:
        row = read_row(PLAIN | cells, default_zone="Asia/Kolkata", default_country="IN", today=today)
        again = read_row(row.cells, default_zone="Asia/Kolkata", default_country="IN", today=today)
        assert again == row, "what was kept to compare with says the same"
    except RowRefused as refused:
        sentence = str(refused)
    assert re.fullmatch(r"(\w+ .+[.?])?", sentence)


@given(
    st.sampled_from(COLUMNS), st.sampled_from(["Zoë O'Hara", "zoe.o'hara@example.org"]), st.text(max_size=5)
)
def test_a_refusal_names_no_person_even_where_columns_slipped(column: str, person: str, more: str) -> None:
    sentence = ""
    try:
        read(**{column: person + more})
    except RowRefused as refused:
        sentence = str(refused)
    assert not re.search("zoe|zoë|o'hara", sentence, re.IGNORECASE)
