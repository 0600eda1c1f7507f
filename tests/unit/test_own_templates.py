"""A company's own wording: one file or a whole language, and what is refused, by file and field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.letters.compose import TemplateRefused, Templates, compose
from bot.loops import Decision
from tests.letter_examples import LANGUAGES, SHIPPED, TEMPLATES, context, draft


def own(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return folder


def test_the_shipped_templates_hold_what_is_asked_of_a_companys_own() -> None:
    assert Templates(SHIPPED).languages == tuple(sorted(LANGUAGES))


def test_a_company_overrides_one_file_and_keeps_the_rest(tmp_path: Path) -> None:
    own(
        tmp_path,
        "en/signature.txt.j2",
        "Yours,\n\n{{ sender }} \\\n{{ sender_email }} \\\nAcme Ltd, No. 123456",
    )
    templates = Templates(tmp_path)
    english = compose(templates, draft(Decision.NO_DECISION), context())
    assert english.text.endswith("Yours,\n\nDana Lee\ndana@acme.example\nAcme Ltd, No. 123456\n")
    german = compose(templates, draft(Decision.NO_DECISION, "de"), context("de"))
    assert german == compose(TEMPLATES, draft(Decision.NO_DECISION, "de"), context("de"))


def test_a_company_brings_a_language_of_its_own(tmp_path: Path) -> None:
    for path in (SHIPPED / "en").iterdir():
        own(tmp_path, f"fr/{path.name}", path.read_text(encoding="utf-8"))
    letter = compose(Templates(tmp_path), draft(Decision.NO_DECISION), context("fr-CA"))
    assert "mardi 1 décembre 2026" in letter.subject


REFUSED: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "no new date": ("en/courtesy.txt.j2", "next_date", lambda x: x.replace("{{ next_date }}", "soon")),
    "date on some days only": (
        "en/courtesy.txt.j2",
        "next_date",
        lambda x: x.replace("{{ next_date }}", "{% if asked %}{{ next_date }}{% endif %}"),
    ),
    "no reason": ("de/courtesy.txt.j2", "reason", lambda x: x.replace('reason == "on_hold"', "false")),
    "no contact": (
        "en/notice.txt.j2",
        "sender",
        lambda x: x.replace('{% include "signature.txt.j2" %}', "Acme"),
    ),
    "signature without address": ("en/signature.txt.j2", "sender_email", lambda x: "{{ sender }}"),
    "no criterion": ("en/feedback.txt.j2", "criterion", lambda x: x.replace("{{ criterion }}", "it")),
    "no observation": ("de/feedback.txt.j2", "observation", lambda x: x.replace("{{ observation }}", "")),
    "no duration": ("en/feedback.txt.j2", "keep_months", lambda x: x.replace("{{ keep_months }}", "some")),
    "words of the manager lost": ("en/notice.txt.j2", "personal", lambda x: x.replace("{{ personal }}", "")),
    "the date that passed not named": (
        "en/going_on.txt.j2",
        "promised",
        lambda x: x.replace("{{ promised }}", "then"),
    ),
    "a field nobody knows": ("en/notice.txt.j2", "salary", lambda x: x + "{{ salary }}"),
    "a syntax error": ("en/notice.txt.j2", "line 1", lambda x: "{% if %}" + x),
    "no subject": ("en/notice.txt.j2", "Subject", lambda x: x.replace("Subject: ", "About: ")),
    "reaching out of the sandbox": ("en/notice.txt.j2", "unsafe", lambda x: x + "{{ ''.__class__.__mro__ }}"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_template_that_owes_something_is_refused_by_file_and_field(case: str, tmp_path: Path) -> None:
    name, told, spoil = REFUSED[case]
    source = (SHIPPED / name).read_text(encoding="utf-8")
    own(tmp_path, name, spoil(source))
    with pytest.raises(TemplateRefused) as refused:
        Templates(tmp_path)
    assert str(tmp_path / name) in str(refused.value)
    assert told in str(refused.value)


def test_a_folder_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateRefused, match="no such folder"):
        Templates(tmp_path / "nowhere")
    with pytest.raises(TemplateRefused, match="no letter of ours"):
        Templates(own(tmp_path / "a", "en/courtsey.txt.j2", "Subject: x"))
    with pytest.raises(TemplateRefused, match="needs every file"):
        Templates(own(tmp_path / "b", "fr/notice.txt.j2", "Subject: x"))
    for path in (SHIPPED / "en").iterdir():
        own(tmp_path / "c", f"acme-english/{path.name}", path.read_text(encoding="utf-8"))
    with pytest.raises(TemplateRefused, match="not a language"):
        Templates(tmp_path / "c")
    (own(tmp_path / "d", "en/notice.txt.j2", "") / "en/notice.txt.j2").write_bytes(b"\xff")
    with pytest.raises(TemplateRefused, match="UTF-8"):
        Templates(tmp_path / "d")
