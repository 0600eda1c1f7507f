"""The documents are true: links lead somewhere, commands exist, no word and no decision is left out."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.loops import LetterKind, Standing
from bot.promises import Basis, PromiseState
from bot.uses.typed import COMMANDS, HELP

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = {".venv", ".uv", ".git", "node_modules"}
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?[^)]*\)")
TARGET = re.compile(r"^([a-z]+):.*## .+$", re.MULTILINE)
MAKE = re.compile(r"\bmake ([a-z]+)\b")


def documents() -> list[Path]:
    """Every Markdown file of the project, not of what is installed beside it."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in INSTALLED and not name.endswith("_cache")]
        found += [Path(folder, name) for name in files if name.endswith(".md")]
    return sorted(found)


def links(text: str) -> list[str]:
    return LINK.findall(FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """What a heading can be linked by: lower case, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: Path) -> Iterator[str]:
    for link in links(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / path) if path else page
        if not target.exists():
            yield f"{link}: no such file"
        elif path and not target.resolve().is_relative_to(ROOT):
            yield f"{link}: leaves the project"
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            yield f"{link}: no such heading"


def targets() -> set[str]:
    return set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


def commands(page: Path) -> set[str]:
    """The `make …` that a page tells people to type, in code blocks and between backticks."""
    text = page.read_text(encoding="utf-8")
    code = [*FENCE.findall(text), *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))]
    return {
        name for piece in code for name in MAKE.findall(piece.split("#")[0] if "\n" not in piece else piece)
    }


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(broken(page)) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading\n[one](gone.md) [two](#a-heading) [three](#gone)\n```\n[four](code.md)\n```\n"
    )
    assert [found.split(":")[0] for found in broken(page)] == ["gone.md", "#gone"]


def test_every_command_that_can_be_typed_is_explained() -> None:
    page = (ROOT / "docs" / "reference" / "typed-commands.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"`/followup {command}" in page, command
        assert any(form.startswith(f"/followup {command}") for form, _ in HELP) or command in IN_OTHERS, (
            command
        )


IN_OTHERS = ("list", "help", "back", "resume")
"""Named beside another in the list that `help` shows, or that list itself."""


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_command_in_a_document_exists(page: Path) -> None:
    assert commands(page) <= targets()


def test_the_readme_begins_with_the_two_commands() -> None:
    first = FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8"))[0]
    assert re.findall(r"^make \w+", first, re.MULTILINE) == ["make demo", "make test"]


def test_make_alone_lists_every_target() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    said = subprocess.run(
        ["make", "--no-print-directory"],  # noqa: S607
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert set(re.findall(r"^ +make (\w+) ", said, re.MULTILINE)) == targets()


def test_ci_runs_the_test_command_of_the_readme_and_the_checks() -> None:
    script = ROOT / ".ci" / "run"
    steps = re.findall(r"^step (.+)$", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert steps == ["make browser", "make check", "make test", "make chaos SHORT=1"]
    assert {" ".join(step.split()[:2]) for step in steps} <= {
        f"make {name}" for name in commands(ROOT / "README.md") | commands(ROOT / "CONTRIBUTING.md")
    }
    assert os.access(script, os.X_OK)


def test_every_decision_is_in_the_index_and_has_its_three_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(folder.glob("[0-9]*.md"))
    assert links((folder / "README.md").read_text(encoding="utf-8")) == [record.name for record in records]
    assert [record.name[:4] for record in records] == [
        f"{number:04}" for number in range(1, len(records) + 1)
    ]
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert text.startswith(f"# {record.name[:4]} "), record.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], (
            record.name
        )


@pytest.mark.parametrize(
    "word",
    [
        "workspace",
        "installation",
        "member",
        "identity",
        "role",
        "candidate",
        "loop",
        "promise",
        "touch",
        "letter",
        "nudge",
        "rung",
        "digest",
        "surface",
        "delivery",
        "lane",
        "view",
    ],
)
def test_the_glossary_explains_every_word(word: str) -> None:
    assert f"| **{word.capitalize()}** |" in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("state", [*Standing, *Basis, *PromiseState, *LetterKind])
def test_the_glossary_names_every_state(state: str) -> None:
    assert f"*{state}*" in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def test_every_document_is_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        seen.add(page)
        near = {
            (page.parent / link.partition("#")[0]).resolve()
            for link in links(page.read_text(encoding="utf-8"))
        }
        ahead += [
            target for target in near if target.suffix == ".md" and target.exists() and target not in seen
        ]
    pages = {page for page in documents() if page.is_relative_to(ROOT / "docs") or page.parent == ROOT}
    assert pages - seen == set()
