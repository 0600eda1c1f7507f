"""What Teams would refuse of a card, by the schema and beyond it, and what a click on it brings back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_never

import pytest
from jsonschema import Draft6Validator

from adapters.teams import limits
from adapters.teams.actions import MENU
from adapters.teams.render import CANCEL, Clicked, clicked, form, message, weight
from bot.views.elements import FieldErrors, Form, Message, View
from tests import example_views

Json = dict[str, Any]

VIEWS = {name: view for name, view in example_views.views().items() if not isinstance(view, FieldErrors)}
EITHER = pytest.mark.parametrize("dialog", [True, False], ids=["dialog", "conversation"])
SCHEMA_FILE = Path(__file__).parent / "node" / "adaptive_card.schema.json"
SCHEMA = Draft6Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def drawn(view: View, *, dialog: bool = False) -> Json:
    """The card that goes to Teams."""
    match view:
        case Message():
            return message(view, dialog=dialog)
        case Form():
            return form(view, dialog=dialog, context={"conversation": "19:1"})
        case FieldErrors():
            raise AssertionError("Errors are drawn together with their form.")
        case _:
            assert_never(view)


def validate(card: Json, *, dialog: bool = False) -> None:
    """Refuse what Teams would refuse, or not show."""
    kinds = {part.get("type") for part in parts(card)}
    assert refused(shape(card)) == ""
    assert card["body"]
    assert weight(card) <= limits.LONGEST_CARD
    assert not dialog or "Action.Execute" not in kinds
    ids = [part["id"] for part in parts(card) if "id" in part]
    assert len(ids) == len(set(ids))
    for part in parts(card):
        _validate_part(part)


def refused(card: Json) -> str:
    """What the schema has against it; empty for nothing."""
    # Teams' own property, of which the schema of all hosts does not know.
    plain = {key: value for key, value in card.items() if key != "msteams"}
    error = next(iter(SCHEMA.iter_errors(plain)), None)
    return f"{error.json_path}: {error.message[:300]}" if error else ""


def shape(value: Any) -> Any:
    """What the schema can object to: each text as "x", and each kind of element once. That is far quicker."""
    match value:
        case dict():
            return {key: _masked(key, inner) for key, inner in value.items()}
        case list():
            return list({json.dumps(one): one for one in map(shape, value)}.values())
        case _:
            return value


def _masked(key: str, value: Any) -> Any:
    if key in _TEXTS and isinstance(value, str):
        return "x"
    return {} if key == "data" and isinstance(value, dict) else shape(value)


_TEXTS = frozenset({"text", "title", "label", "value", "altText", "fallbackText", "placeholder", "id"})


def _validate_part(part: Json) -> None:
    match part.get("type"):
        case "TextRun":
            assert part["text"]
        case "TextBlock":
            assert part["text"]
            assert part["wrap"]
        case "ActionSet":
            shown = [one for one in part["actions"] if one.get("mode") != "secondary"]
            assert part["actions"]
            assert len(shown) <= limits.PRIMARY_ACTIONS
        case str(kind) if kind.startswith("Action."):
            assert part["title"]
        case "Input.ChoiceSet":
            values = [choice["value"] for choice in part["choices"]]
            assert all(choice["title"] for choice in part["choices"])
            assert part.get("value") is None or part["value"] in values
        case "Input.Text":
            assert len(part.get("value", "")) <= part["maxLength"]
        case _:
            pass


def parts(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)


def texts(card: Json) -> list[str]:
    """Whatever is shown."""
    keys = ("text", "title", "label", "placeholder", "altText", "errorMessage", "fallbackText")
    return [part[key] for part in parts(card) for key in keys if isinstance(part.get(key), str)]


def acts(value: object) -> Iterator[Json]:
    """Every action that sends something; what takes its place in older clients is not one more."""
    if isinstance(value, dict):
        if str(value.get("type")).startswith("Action."):
            if "data" in value:
                yield value
            return
        for inner in value.values():
            yield from acts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from acts(inner)


def clicks(card: Json) -> list[Clicked]:
    """What each click on the card brings back, as Teams sends it."""
    choices = {part["id"]: part["choices"] for part in parts(card) if part.get("type") == "Input.ChoiceSet"}
    found = []
    for action in acts(card["body"]):
        data = action["data"]
        assert action.get("fallback", action)["data"] == data
        picks = [{data[MENU]: choice["value"]} for choice in choices[data[MENU]]] if MENU in data else [{}]
        for picked in picks:
            sent = {**data, **picked}
            once = clicked(sent)
            assert once, sent
            assert clicked({"action": {"type": action["type"], "data": sent}}) == once
            assert clicked({"data": sent, "context": {"theme": "dark"}}) == once
            found.append(once)
    return found


def tokens(card: Json) -> list[str]:
    return sorted(one.token for one in clicks(card) if one.token != CANCEL)
