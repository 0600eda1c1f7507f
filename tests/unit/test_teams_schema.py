"""Microsoft's schema of a card has nothing against ours, and something against a wrong one."""

from __future__ import annotations

import pytest

from tests.teams_card import VIEWS, Json, drawn, refused, shape


@pytest.mark.parametrize("name", ["digest", "form_feedback", "form_preview", "home", "form_settings_admin"])
def test_the_schema_has_nothing_against_a_whole_card(name: str) -> None:
    assert refused(drawn(VIEWS[name])) == ""


WRONG: dict[str, Json] = {
    "an unknown element": {"type": "Paragraph", "text": "x"},
    "a misspelt key": {"type": "TextBlock", "text": "x", "wraps": True},
    "a number where a text belongs": {"type": "TextBlock", "text": 1},
    "a text block without a text": {"type": "TextBlock"},
    "a button outside of a row of buttons": {"type": "Action.Execute", "title": "x"},
    "an action that there is not": {"type": "ActionSet", "actions": [{"type": "Action.Dance"}]},
    "a number as an action's data": {
        "type": "ActionSet",
        "actions": [{"type": "Action.Execute", "title": "x", "data": 1}],
    },
    "a choice that is a word": {"type": "Input.ChoiceSet", "id": "x", "choices": ["x"]},
    "a style that there is not": {"type": "Container", "items": [], "style": "loud"},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_card_is_refused(what: str) -> None:
    """Or else being refused by nobody would mean nothing."""
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [WRONG[what]]}
    assert refused(card)
    assert refused(shape(card))
