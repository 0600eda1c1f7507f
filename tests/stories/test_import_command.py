"""`followup import` at a terminal and in a pipe."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import pytest

import adapters.playground
from tests.databases import MIGRATED, Databases
from tests.stories.command_line import FOLLOWUP, PATIENCE_S, environment, followup

DATABASES = ("sqlite",)
DEMO = Path(adapters.playground.__file__).with_name("demo.csv")


def on_a_terminal(*words: str, **settings: str) -> tuple[str, str]:
    """What a command prints on standard output, which goes elsewhere, and what its terminal shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603
        [FOLLOWUP, *words],
        env=environment(**settings) | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as process:
        os.close(theirs)
        shown = b""
        # Linux says EIO where the last who had the terminal open has gone.
        with contextlib.suppress(OSError):
            while part := os.read(ours, 4096):
                shown += part
        os.close(ours)
        out, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, shown
    return out, shown.decode()


def test_a_terminal_shows_how_far_it_is(databases: Databases) -> None:
    report, shown = on_a_terminal("import", str(DEMO), DATABASE_URL=databases.copy(MIGRATED))
    steps = [part for part in shown.split("\r") if "Importing" in part]
    assert "0%" in steps[0]
    assert "100%" in steps[-1]
    assert report.splitlines()[0].endswith(" added.")


def test_changed_rows_do_not_break_into_what_a_terminal_shows(databases: Databases, tmp_path: Path) -> None:
    url, later = databases.copy(MIGRATED), tmp_path / "later.csv"
    later.write_text(
        DEMO.read_text(encoding="utf-8").replace(",2026-11-20,", ",2026-11-30,"), encoding="utf-8"
    )
    followup("import", str(DEMO), DATABASE_URL=url)
    report, shown = on_a_terminal("import", str(later), DATABASE_URL=url)
    assert " changed" in report
    assert "loop" not in shown
    assert all("Importing" in part for part in shown.split("\r") if part.strip())
    again = followup("import", str(DEMO), DATABASE_URL=url)
    assert "loop=" in again.stderr, "where nobody looks, the log has every change"


def test_ctrl_c_in_the_middle_and_the_same_file_again(databases: Databases, tmp_path: Path) -> None:
    people, url = tmp_path / "people.csv", databases.copy(MIGRATED)
    lines = ["candidate_name,candidate_email,role,manager_email,promised_by"]
    lines += [f"Ada {n},ada{n}@example.com,Engineer,kim@acme.example,2026-11-27" for n in range(30_000)]
    people.write_text("\n".join(lines))
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603
        [FOLLOWUP, "import", str(people)],
        env=environment(DATABASE_URL=url) | {"TERM": "xterm"},
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):
            while part := os.read(ours, 4096):
                if b"#" in part and b"#" not in shown:
                    process.send_signal(signal.SIGINT)
                shown += part
        os.close(ours)
    assert process.returncode == 1
    assert b"Stopped. What went in before stays: import the same file again" in shown
    people.write_text("\n".join(lines[:1501]))  # all of them would take a minute
    [report] = followup("import", str(people), DATABASE_URL=url).stdout.splitlines()
    found = {what: int(count) for count, what in re.findall(r"(\d+) (added|unchanged)", report)}
    assert found["unchanged"] > 0
    assert sum(found.values()) == 1500


def test_a_pipe_gets_the_report_alone(databases: Databases) -> None:
    ended = followup("import", str(DEMO), DATABASE_URL=databases.copy(MIGRATED))
    assert ended.stdout.splitlines()[0].endswith(" added.")
    assert "Importing" not in ended.stdout + ended.stderr
    assert "%" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("named", ["/dev/stdin", "-"])
def test_the_file_comes_through_a_pipe_as_it_does_into_a_container(databases: Databases, named: str) -> None:
    ours = environment(DATABASE_URL=databases.copy(MIGRATED))
    with subprocess.Popen([FOLLOWUP, "import", named], env=ours, stdin=-1, stdout=-1, stderr=-1) as process:  # noqa: S603
        out, err = process.communicate(DEMO.read_bytes(), PATIENCE_S)
    assert process.returncode == 0, err
    assert out.decode().splitlines()[0].endswith(" added.")


def test_a_header_says_nothing_to_the_terminal(databases: Databases, tmp_path: Path) -> None:
    """It comes from others: what a terminal would obey is left out, and thousands of names are counted."""
    people = tmp_path / "people.csv"
    unknown = ["\x1b]0;owned\x07\x1b[2Jhue", "\x9b31mage", *(f"extra {n}" for n in range(5_000))]
    header = ["candidate_name", "candidate_email", "role", "manager_email", "promised_by", *unknown]
    row = ["Ada Ngata", "ada@example.com", "Welder", "kim@acme.example", "2026-11-27", *("" for _ in unknown)]
    people.write_text(",".join(header) + "\n" + ",".join(row), encoding="utf-8")
    said = followup("import", str(people), DATABASE_URL=databases.copy(MIGRATED)).stdout
    assert said.startswith("1 added.")
    assert "]0;owned [2Jhue, 31mage, extra 0" in said
    assert all(character.isprintable() for line in said.splitlines() for character in line)
    assert len(said) < 1_000
    assert "more" in said.splitlines()[-1]
