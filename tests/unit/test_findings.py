"""What keeps a draft from being sent, and what is only pointed out."""

from __future__ import annotations

import dataclasses

import pytest

from bot.letters.compose import DraftIncomplete, compose
from bot.letters.draft import Draft, Severity
from bot.letters.findings import findings
from bot.loops import Decision
from tests.letter_examples import TEMPLATES, context, draft


def test_a_courtesy_letter_without_a_date_is_not_written() -> None:
    for decision in (Decision.NO_DECISION, Decision.GOING_ON):
        drafted = Draft(decision=decision)
        (found,) = findings(drafted)
        assert (found.severity, found.field) == (Severity.BLOCK, "next_date")
        assert "Pick the day" in found.why
        with pytest.raises(DraftIncomplete, match="next_date"):
            compose(TEMPLATES, drafted, context())


def test_feedback_without_its_three_parts_is_not_written() -> None:
    for decision in (Decision.NOT_GOING_ON, Decision.NOT_NOW):
        drafted = Draft(decision=decision, suggestion="  ")
        found = findings(drafted)
        assert [(x.severity, x.field) for x in found] == [
            (Severity.BLOCK, "criterion"),
            (Severity.BLOCK, "observation"),
            (Severity.BLOCK, "suggestion"),
        ]
        with pytest.raises(DraftIncomplete) as refused:
            compose(TEMPLATES, drafted, context())
        assert refused.value.missing == ("criterion", "observation", "suggestion")


def test_thin_feedback_is_pointed_out_and_left_to_the_manager() -> None:
    complete = draft(Decision.NOT_GOING_ON)
    short = findings(dataclasses.replace(complete, observation="Too slow", suggestion="Practise"))
    assert [(x.severity, x.field) for x in short] == [
        (Severity.WARN, "observation"),
        (Severity.WARN, "suggestion"),
    ]
    (same,) = findings(dataclasses.replace(complete, suggestion=f" {complete.observation.upper()} "))
    assert (same.severity, same.field) == (Severity.WARN, "suggestion")
    assert "repeats" in same.why


def test_a_complete_draft_has_no_findings() -> None:
    for decision in Decision:
        assert findings(draft(decision)) == ()
    assert findings(Draft(decision=Decision.ROLE_CLOSED)) == ()
