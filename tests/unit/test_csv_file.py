"""Files as spreadsheets, exports and text editors really write them."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.csv_file import MAX_ROW, CsvRefused, CsvRow, RowProblem, open_csv
from bot.imports import RowRefused, read_row

HEADER = "candidate_name,candidate_email,role,manager_email"
ZOE = "Zoë O'Hara,zoe@example.com,Welder,dana@example.com"
TEXT = f"{HEADER}\n{ZOE}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "loops.csv"


def rows(path: Path, content: bytes | str) -> list[CsvRow | RowProblem]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(open_csv(path))


def refusal(path: Path, content: bytes | str) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(CsvRefused) as caught:
        list(open_csv(path))
    return str(caught.value)


def names(found: list[CsvRow | RowProblem]) -> list[str]:
    return [row.cells["candidate_name"] for row in found if isinstance(row, CsvRow)]


ZOES_ROW = CsvRow(
    2,
    {
        "candidate_name": "Zoë O'Hara",
        "candidate_email": "zoe@example.com",
        "role": "Welder",
        "manager_email": "dana@example.com",
    },
)


@pytest.mark.parametrize(
    ("encoding", "detected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_line_ends_and_delimiters_are_found_out(
    path: Path, encoding: str, detected: str, end: str, delimiter: str
) -> None:
    content = TEXT.replace("\n", end).replace(",", delimiter).encode(encoding)

    assert rows(path, content) == [ZOES_ROW]
    file = open_csv(path)
    assert (file.encoding, file.delimiter, file.size) == (detected, delimiter, len(content))


def test_quotation_marks_from_windows_are_no_control_characters(path: Path) -> None:
    assert names(rows(path, TEXT.replace("'", "’").encode("cp1252"))) == ["Zoë O’Hara"]


def test_bytes_that_windows_has_no_letter_for(path: Path) -> None:
    assert names(rows(path, TEXT.encode("latin-1").replace(b"O'", b"\x81"))) == ["Zoë \x81Hara"]


def test_utf8_with_a_damaged_byte_is_refused_and_not_garbled(path: Path) -> None:
    content = TEXT.encode() + "Łukasz Wójcik,l@example.com,Wÿ,d@example.com\n".encode()
    assert "Line 3 holds bytes that are not UTF-8" in refusal(path, content.replace(b"W\xc3\xbf", b"W\xff"))


def test_utf16_cut_in_the_middle_is_refused(path: Path) -> None:
    assert "save it as UTF-8" in refusal(path, TEXT.encode("utf-16")[:-1])


def test_the_header_is_read_whatever_its_order_case_and_blanks(path: Path) -> None:
    found = rows(
        path, "Role; Manager Email ;CANDIDATE-NAME;candidate_email;Shoe size\nWelder;d@x;Zoe;z@x;38\n"
    )

    assert found == [
        CsvRow(
            2,
            {
                "role": "Welder",
                "manager_email": "d@x",
                "candidate_name": "Zoe",
                "candidate_email": "z@x",
                "shoe_size": "38",
            },
        )
    ]
    assert open_csv(path).unknown_columns == ("Shoe size",)


def test_commas_in_a_quoted_header_do_not_count(path: Path) -> None:
    header = HEADER.replace(",", ";") + ';"a, b, c, d, e, f"'
    assert names(rows(path, f"{header}\nZoe;z@x;Welder;d@x;\n")) == ["Zoe"]


def test_a_spreadsheet_may_name_its_delimiter_first(path: Path) -> None:
    found = rows(path, "sep=;\r\n" + TEXT.replace(",", ";").replace("\n", "\r\n"))
    assert found == [ZOES_ROW._replace(line=3)]


def test_a_cell_of_many_lines_is_one_row_numbered_by_its_first(path: Path) -> None:
    found = rows(path, f'{HEADER}\r\n"Zoë\r\nO\'Hara",z@x,"Welder ""A""\n",d@x\r\n{ZOE}\r\n')

    assert [row.line for row in found] == [2, 5]
    assert isinstance(found[0], CsvRow)
    assert found[0].cells["role"] == 'Welder "A"\n'


def test_empty_lines_are_passed_over_and_counted(path: Path) -> None:
    assert [row.line for row in rows(path, f"\n{HEADER}\n\n  \n,,,\n{ZOE}\n\n{ZOE}")] == [6, 8]


def test_the_same_person_twice_is_for_others_to_judge(path: Path) -> None:
    assert names(rows(path, TEXT + ZOE + "\n")) == ["Zoë O'Hara"] * 2


def test_too_many_and_too_few_cells_spoil_one_row(path: Path) -> None:
    found = rows(path, f"{HEADER}\nO'Hara, Zoe,z@x,Welder,d@x\nZoe,z@x\n{ZOE}\n")

    assert [type(row) for row in found] == [RowProblem, RowProblem, CsvRow]
    assert isinstance(found[0], RowProblem)
    assert found[0].line == 2
    assert found[0].reason.startswith("it has 5 cells and the header has 4")


def test_a_quotation_mark_that_is_not_closed_spoils_one_row(path: Path) -> None:
    found = rows(path, f'{HEADER}\n"Zoe,z@x,Welder,d@x\n' + f"{ZOE}\n" * 5000)

    assert isinstance(found[0], RowProblem)
    assert found[0].line == 2
    assert "not closed" in found[0].reason
    assert len(names(found)) == 5000


def test_a_nul_spoils_one_row(path: Path) -> None:
    found = rows(path, f"{HEADER}\nZ\0e,z@x,Welder,d@x\n{ZOE}\n")
    assert isinstance(found[0], RowProblem)
    assert (found[0].line, "NUL" in found[0].reason) == (2, True)
    assert names(found) == ["Zoë O'Hara"]
    assert "NUL" in refusal(path, TEXT.replace("role", "r\0le"))


def test_a_line_without_end_spoils_one_row(path: Path) -> None:
    found = rows(path, f"{HEADER}\n{'x' * 3 * MAX_ROW}\n{ZOE}\n")
    assert isinstance(found[0], RowProblem)
    assert "longer than" in found[0].reason
    assert [row.line for row in found] == [2, 3]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \r\n\n", "\n".encode("utf-16"), b"sep=;\n"])
def test_an_empty_file_is_refused(path: Path, content: bytes) -> None:
    assert "The file is empty" in refusal(path, content)


def test_missing_columns_are_named_with_what_may_be_meant(path: Path) -> None:
    sentence = refusal(path, "candidate_name,Candidate E-Mail,role\nZoe,z@x,Welder\n")

    assert sentence.startswith("The header lacks candidate_email, manager_email: ")
    assert "rename “Candidate E-Mail” to candidate_email" in sentence


def test_a_file_without_a_header_is_refused_without_repeating_a_person(path: Path) -> None:
    sentence = refusal(path, f"{ZOE}\n{ZOE}\n")
    assert "names none of our columns" in sentence
    assert "Zoë" not in sentence
    assert "zoe" not in sentence


def test_a_column_named_twice_is_refused(path: Path) -> None:
    assert "names role twice" in refusal(path, TEXT.replace("manager_email", "manager_email,ROLE"))


def test_no_file_and_a_folder_are_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CsvRefused, match="There is no such file"):
        open_csv(tmp_path / "none.csv")
    with pytest.raises(CsvRefused, match="not a file"):
        open_csv(tmp_path)


def test_a_file_taken_away_meanwhile(path: Path) -> None:
    path.write_text(TEXT)
    file = open_csv(path)
    path.unlink()
    with pytest.raises(CsvRefused, match="changed while it was read"):
        list(file)


def test_memory_is_bounded_and_progress_is_seen(path: Path) -> None:
    path.write_text(f"{HEADER}\n" + f"{ZOE}\n" * 20_000)
    positions = set()
    tracemalloc.start()
    try:
        file = open_csv(path)
        count = 0
        for count, _ in enumerate(file, start=1):  # noqa: B007
            positions.add(file.position)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert file.size > 1_000_000
    assert count == 20_000
    assert peak < 600_000
    assert len(positions) > 50
    assert max(positions) == file.position == file.size


def test_reading_again_begins_again(path: Path) -> None:
    path.write_text(TEXT)
    file = open_csv(path)
    assert list(file) == list(file) == [ZOES_ROW]


anything = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(alphabet="a,;\t\"'\r\n\0é", max_size=60).map(lambda text: text.encode("utf-16")),
)


@given(st.sampled_from([b"", HEADER.encode() + b"\n", HEADER.replace(",", ";").encode() + b";"]), anything)
@example(HEADER.encode(), b"\xff\xfe\x00")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_rows_or_a_sentence(path: Path, start: bytes, content: bytes) -> None:
    path.write_bytes(start + content)
    sentences = []
    try:
        for row in open_csv(path):
            if isinstance(row, RowProblem):
                sentences.append(row.reason)
                continue
            try:
                read_row(row.cells, default_zone="UTC", default_country="", today=dt.date(2026, 11, 23))
            except RowRefused as refused:
                sentences.append(str(refused))
    except CsvRefused as refused:
        sentences.append(str(refused))
    assert all(sentence.endswith((".", "?")) for sentence in sentences)


@given(
    st.lists(st.text(alphabet='ab,;\t"\r\né ', max_size=8), min_size=4, max_size=4), st.sampled_from(",;\t")
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_quoted_comes_back_as_it_was(path: Path, cells: list[str], delimiter: str) -> None:
    quoted = delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells)
    found = rows(path, f"{HEADER.replace(',', delimiter)}\r\n{quoted}\r\n")

    if any(cell.strip() for cell in cells):
        assert [list(row.cells.values()) for row in found if isinstance(row, CsvRow)] == [cells]
    else:
        assert found == []
