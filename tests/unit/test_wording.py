"""The rules of wording.toml, held to the sentences that stand beside them."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.letters.draft import Severity
from bot.letters.findings import blocking, findings
from bot.letters.wording import Rule, rules, wording
from bot.loops import Decision
from tests.letter_examples import draft

RULES = rules().rules
HARMLESS = [text for rule in RULES for text in rule.passes]


def found(text: str) -> dict[str, Severity]:
    return {finding.rule: finding.severity for finding in wording("observation", text)}


@pytest.mark.parametrize(
    ("rule", "text"),
    [pytest.param(rule, text, id=f"{rule.id}: {text}") for rule in RULES for text in rule.matches],
)
def test_a_rule_finds_its_examples(rule: Rule, text: str) -> None:
    assert found(text).get(rule.id) is rule.severity


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_about_the_work_passes(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_whole(rule: Rule) -> None:
    assert rule.why.startswith("“{words}”")
    assert rule.why.endswith((".", "?"))
    assert rule.matches
    assert rule.passes
    assert found(rule.rewrite) == {}, "what is proposed instead is no better"


def test_the_gravest_stand_first_and_each_has_a_name_of_its_own() -> None:
    order = [list(Severity).index(rule.severity) for rule in RULES]
    assert order == sorted(order)
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    "text",
    [
        "We felt you are OVERQUALIFIED.",
        "We felt you are over\N{NON-BREAKING HYPHEN}qualified.",
        "We felt you are over\N{ZERO WIDTH SPACE}qualified.",
        "We felt you are\n too \n senior.",
        "We felt you are \N{FULLWIDTH LATIN SMALL LETTER T}oo old.",
        "It is a man\N{RIGHT SINGLE QUOTATION MARK}s job.",
    ],
)
def test_what_looks_the_same_is_found_the_same(text: str) -> None:
    assert Severity.BLOCK in found(text).values()


@given(st.text(max_size=300))
def test_any_text_is_looked_through_and_quoted_as_it_stands(text: str) -> None:
    for finding in wording("observation", text):
        assert "{" not in finding.why.replace(text, "")


@pytest.mark.parametrize("decision", [Decision.NOT_GOING_ON, Decision.NOT_NOW])
def test_what_is_blocked_is_the_recruiters_to_keep(decision: Decision) -> None:
    drafted = dataclasses.replace(
        draft(decision), suggestion="Come back with more local experience than now."
    )
    [one] = blocking(findings(drafted), overrules=False)
    assert (one.field, one.rule) == ("suggestion", "origin-belief")
    assert blocking(findings(drafted), overrules=True) == ()


def test_what_is_missing_is_nobodys_to_leave_out() -> None:
    drafted = dataclasses.replace(draft(Decision.NOT_GOING_ON), observation="")
    assert [one.field for one in blocking(findings(drafted), overrules=True)] == ["observation"]


def test_only_what_the_letter_carries_is_looked_at() -> None:
    drafted = dataclasses.replace(draft(Decision.NOT_GOING_ON), observation="You are overqualified for this.")
    assert any(one.rule for one in findings(drafted))
    closed = dataclasses.replace(drafted, decision=Decision.ROLE_CLOSED)
    assert not any(one.rule for one in findings(closed))


def test_a_written_criterion_is_not_asked_whether_it_is_one() -> None:
    drafted = dataclasses.replace(draft(Decision.NOT_GOING_ON), criterion="Care for children under three")
    assert findings(drafted) == ()
