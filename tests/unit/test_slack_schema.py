"""Every golden payload holds to Slack's own types and to slack_sdk's models; neither of the two is enough.

tests/node/block_kit.schema.json is made of npm @slack/types: it knows which keys and kinds there are, and
what may stand in what. The types are too open for lengths and counts, which are comments there; for a
section, which needs a text or fields; and in views, whose blocks may be anything with a `type`
(tests/node/payloads.ts closes that). slack_sdk's models count and measure, but take keys that do not exist
and texts of any kind. What neither of them sees is checked by tests/slack_payload.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from adapters.slack import render
from bot.views.elements import Message
from tests import example_views
from tests.golden import GOLDEN

NODE = Path(__file__).parents[1] / "node"
SCHEMA = json.loads((NODE / "block_kit.schema.json").read_text(encoding="utf-8"))
SLACKS_TYPES = Draft7Validator(SCHEMA)
FILES = sorted((GOLDEN / "slack").glob("*.json"))

Json = dict[str, Any]


def refused_by_schema(payload: Json) -> str:
    """What Slack's types have against it; empty for nothing."""
    error = best_match(SLACKS_TYPES.iter_errors(payload))
    return f"{error.json_path}: {error.message[:200]}" if error else ""


def refused_by_models(payload: Json) -> str:
    """What slack_sdk has against it; empty for nothing."""
    try:
        if "type" in payload:
            View(**payload).to_dict()
        blocks = Block.parse_all(payload.get("blocks", []))
        for part in parts(blocks):
            part.validate_json()
    except (SlackObjectFormationError, TypeError) as error:
        return str(error) or type(error).__name__
    return "A block is of no known type." if None in blocks else ""


def parts(value: object) -> Iterator[JsonObject]:
    """slack_sdk checks one object at a time, not what is inside it."""
    if isinstance(value, JsonObject):
        yield value
        for inner in vars(value).values():
            yield from parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)


# -- right --------------------------------------------------------------------------------------------------


def test_the_schema_is_one_and_made_of_the_types_that_are_pinned() -> None:
    Draft7Validator.check_schema(SCHEMA)
    pinned = json.loads((NODE / "package.json").read_text(encoding="utf-8"))["devDependencies"][
        "@slack/types"
    ]
    assert SCHEMA["$comment"].endswith(f" of @slack/types {pinned}."), "npm run schema makes it anew"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_golden_payload_is_one_of_slacks(file: Path) -> None:
    payload = json.loads(file.read_text(encoding="utf-8"))
    assert refused_by_schema(payload) == ""
    assert refused_by_models(payload) == ""


@pytest.mark.parametrize("draw", [render.home, render.reading])
def test_the_longest_list_in_a_home_tab_and_in_a_modal_to_be_read(draw: Callable[[Message], Json]) -> None:
    view = example_views.views()["digest_second_page"]
    assert isinstance(view, Message)
    assert refused_by_schema(draw(view)) == ""
    assert refused_by_models(draw(view)) == ""


# -- wrong --------------------------------------------------------------------------------------------------


def text(said: str = "x", kind: str = "plain_text") -> Json:
    return {"type": kind, "text": said}


def button(**more: object) -> Json:
    return {"type": "button", "action_id": "do.1", "text": text(), "value": "v", **more}


def message(*blocks: Json) -> Json:
    return {"text": "x", "blocks": list(blocks)}


def actions(*elements: Json) -> Json:
    return message({"type": "actions", "elements": list(elements)})


def rich(*runs: Json) -> Json:
    section = {"type": "rich_text_section", "elements": list(runs)}
    return message({"type": "rich_text", "elements": [section]})


def modal(*blocks: Json, **more: object) -> Json:
    return {"type": "modal", "title": text(), "submit": text(), "blocks": list(blocks), **more}


NAME: Json = {"type": "plain_text_input", "action_id": "name"}
FIELD: Json = {"type": "input", "label": text(), "element": NAME}
DIVIDER: Json = {"type": "divider"}

# Who refuses it, and what.
WRONG: dict[str, tuple[str, Json]] = {
    "an unknown block": ("both", message({"type": "paragraph", "text": text()})),
    "a header in mrkdwn": ("schema", message({"type": "header", "text": text(kind="mrkdwn")})),
    "a header as bare text": ("schema", message({"type": "header", "text": "x"})),
    "a misspelt key": ("schema", message({**DIVIDER, "blockid": "b"})),
    "a number where a text belongs": ("both", actions(button(value=1))),
    "a button without a text": ("both", actions({"type": "button", "action_id": "do.1"})),
    "a colour that no button has": ("both", actions(button(style="warning"))),
    "an input among the buttons": ("schema", actions(NAME)),
    "an overflow menu without entries": ("both", actions({"type": "overflow", "action_id": "do.1"})),
    "an input without a label": ("both", modal({"type": "input", "element": NAME})),
    "a button in place of an input": ("both", modal({**FIELD, "element": button()})),
    "bold as a word": ("schema", rich({"type": "text", "text": "x", "style": {"bold": "yes"}})),
    "a modal without a title": ("schema", {"type": "modal", "blocks": [DIVIDER]}),
    "an error that is no sentence": ("schema", {"response_action": "errors", "errors": {"date": ["x"]}}),
    "a header of 151 characters": ("models", message({"type": "header", "text": text("x" * 151)})),
    "a section of 3001 characters": ("models", message({"type": "section", "text": text("x" * 3001)})),
    "a section about nothing": ("models", message({"type": "section"})),
    "a button of 76 characters": ("models", actions(button(text=text("x" * 76)))),
    "a value of 2001 characters": ("models", actions(button(value="v" * 2001))),
    "26 buttons in a row": ("models", actions(*(button(action_id=f"do.{n}") for n in range(26)))),
    "a title of 25 characters": ("models", modal(DIVIDER, title=text("x" * 25))),
    "101 blocks in a modal": ("models", modal(*[DIVIDER] * 101)),
    "a modal that remembers too much": ("models", modal(DIVIDER, private_metadata="x" * 3001)),
    "51 blocks in a message": ("neither", message(*[DIVIDER] * 51)),
    "two buttons of one name": ("neither", actions(button(), button())),
    "no button in a row of buttons": ("neither", actions()),
    "a form that cannot be sent": ("neither", {"type": "modal", "title": text(), "blocks": [FIELD]}),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_payload_is_refused_by_these(what: str) -> None:
    by, payload = WRONG[what]
    schema, models = refused_by_schema(payload), refused_by_models(payload)
    assert bool(schema) == (by in ("schema", "both")), schema
    assert bool(models) == (by in ("models", "both")), models
