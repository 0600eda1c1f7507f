"""What was written to one candidate is told when it is written to another."""

from __future__ import annotations

import pytest

from bot.letters.repeated import repeats

SAID = "Asked what happens when a region fails, you left out the orders still in flight."
LETTER = f"Dear Priya,\n\nWe have decided.\n\nWhat we saw: {SAID}\n\nKind regards"


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        SAID.upper(),
        SAID.replace(", ", " -\n "),
        f"{SAID} Really.",
        SAID.replace("Asked what", "When asked what"),
    ],
)
def test_the_same_sentence_is_recognised(text: str) -> None:
    assert repeats(text, ["Dear Zoe, something else entirely was written here.", LETTER])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Left out the orders.",
        "Asked what happens when a region fails, you moved the traffic and then asked who would be told.",
        "You named the orders in flight at once, and then left out who would be told of them.",
    ],
)
def test_another_sentence_about_the_same_question_is_not(text: str) -> None:
    assert not repeats(text, [LETTER])


def test_with_nothing_to_compare_nothing_is_repeated() -> None:
    assert not repeats(SAID, [])
