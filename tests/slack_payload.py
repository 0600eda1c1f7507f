"""What Slack would refuse of a payload, by slack_sdk and beyond it, and which tokens it carries."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, assert_never

from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SlackView

from adapters.slack import limits
from adapters.slack.blocks import ACTION
from adapters.slack.render import clicked, errors, kept, message, modal
from bot.views.elements import FieldErrors, Form, Message, View
from tests.slack_counterpart.block_kit import units
from tests.slack_counterpart.elements import parts, texts


def sent(view: View) -> dict[str, Any]:
    """What goes to Slack."""
    match view:
        case Message():
            return dataclasses.asdict(message(view))
        case Form():
            return modal(view)
        case FieldErrors():
            return errors(view)
        case _:
            assert_never(view)


def validate(payload: dict[str, Any]) -> None:
    """Refuse what Slack would refuse."""
    if payload.get("type") in ("modal", "home"):
        SlackView(**payload).to_dict()
        assert 0 < len(payload["blocks"]) <= limits.VIEW_BLOCKS
        assert len(json.dumps(payload)) <= limits.VIEW_BYTES
    elif "blocks" in payload:
        assert 0 < len(payload["blocks"]) <= limits.MESSAGE_BLOCKS
        assert 0 < len(payload["text"]) <= limits.UPDATE_TEXT <= limits.MESSAGE_TEXT
        weight = sum(len(shown) for shown in texts(payload["blocks"]))
        assert weight + limits.BLOCK_WEIGHT * len(payload["blocks"]) <= limits.MESSAGE_WEIGHT
    blocks = payload.get("blocks", [])
    parsed = Block.parse_all(blocks)
    assert [block.to_dict() for block in parsed] == blocks
    for block in parsed:
        _validate_all(block)
    names = [b["block_id"] for b in blocks if "block_id" in b]
    assert len(names) == len(set(names))
    ids = [part["action_id"] for part in parts(blocks) if "action_id" in part]
    assert len(ids) == len(set(ids))
    assert all(len(one) <= limits.IDENTIFIER for one in (*names, *ids))
    for part in parts(payload):
        _validate_part(part)
    inputs = [block for block in blocks if block["type"] == "input"]
    assert not inputs or payload["submit"]["text"]


def _validate_part(part: dict[str, Any]) -> None:
    kind = part.get("type")
    if kind in ("plain_text", "text"):
        assert part["text"]
        assert units(part["text"]) <= limits.SECTION
        part["text"].encode("utf-8")
    assert kind != "mrkdwn"
    if kind == "plain_text":
        assert part["emoji"] is False
    for holder, key, most in COUNTS:
        if kind == holder:
            assert 0 < len(part[key]) <= most
    if kind == "button":
        assert units(part["text"]["text"]) <= limits.BUTTON
    if kind == "plain_text_input":
        assert units(part.get("initial_value", "")) <= part["max_length"] <= limits.INPUT
    _validate_options(part)


COUNTS = (
    ("actions", "elements", limits.ACTIONS),
    ("context", "elements", limits.CONTEXT),
    ("button", "value", limits.BUTTON_VALUE),
    ("overflow", "options", limits.OVERFLOW),
    ("radio_buttons", "options", limits.RADIO),
)


def _validate_options(part: dict[str, Any]) -> None:
    for key in ("options", "option_groups"):
        assert 0 < len(part.get(key, "x")) <= limits.OPTIONS
    if "type" not in part and "value" in part:
        assert units(part["text"]["text"]) <= limits.OPTION
        assert units(part.get("description", {"text": ""})["text"]) <= limits.OPTION
        assert 0 < len(part["value"]) <= limits.OPTION_VALUE
    assert all(units(one["text"]) <= limits.FIELD for one in part.get("fields", ()))
    if "initial_option" in part:
        groups = part.get("option_groups", [{"options": part.get("options", [])}])
        assert part["initial_option"] in [option for group in groups for option in group["options"]]


def _validate_all(part: object) -> None:
    """slack_sdk checks one object at a time, not what is inside it."""
    if isinstance(part, JsonObject):
        part.validate_json()
        for value in vars(part).values():
            _validate_all(value)
    elif isinstance(part, list | tuple):
        for one in part:
            _validate_all(one)


def drawn_tokens(payload: dict[str, Any]) -> list[str]:
    """Every token that a click in this payload, or submitting it, can bring back."""
    found = [clicked({"value": p["value"]}) for p in parts(payload) if p.get("type") == "button"]
    for part in parts(payload):
        if part.get("type") in ("overflow", "static_select") and part["action_id"].startswith(ACTION):
            found += [clicked({"selected_option": option}) for option in part["options"]]
    if "private_metadata" in payload:
        found.append(kept(payload["private_metadata"]).submit)
    return sorted(filter(None, found))
