"""From one Field to an input block, and back from what was submitted to the service's fields. Pure.

A field's name is its `block_id`, under which Slack wants the error, and its `action_id`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from adapters.slack import limits
from adapters.slack.blocks import Block, header, plain
from adapters.slack.text import clean, cut, one_line, pieces, size
from bot.views.elements import CheckField, ChoiceField, DateField, Field, Option, TextField

YES = "yes"
"""What a ticked box submits."""


def input_blocks(given: Sequence[Field]) -> list[Block]:
    """An input block for each field; above the first of those that belong together, to what they belong."""
    blocks: list[Block] = []
    above = ""
    for field in given:
        if field.group and field.group != above:
            blocks.append(header(field.group))
        above = field.group
        blocks.append(input_block(field))
    return blocks


def input_block(field: Field) -> Block:
    match field:
        case TextField():
            return _input(field.name, field.label, _text(field), hint=field.hint, optional=field.optional)
        case DateField():
            return _input(field.name, field.label, _date(field), hint=field.hint, optional=field.optional)
        case ChoiceField():
            return _input(field.name, field.label, _choice(field), hint=field.hint, optional=field.optional)
        case CheckField():
            return _input(field.name, field.label, _check(field), optional=True)
        case _:
            assert_never(field)


def _input(name: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(one_line(label), limits.LABEL),
        "optional": optional,
        "element": {**element, "action_id": name},
    }
    shown = one_line(hint)
    return {**block, "hint": plain(shown, limits.LABEL)} if shown else block


def _text(field: TextField) -> Block:
    value = clean(field.value) if field.multiline else one_line(field.value)
    value = cut(value, limits.INPUT)
    # A value that is too long already is shown whole; the core says what to do about it.
    longest = min(limits.INPUT, max(field.maximum, size(value), 1))
    element: Block = {"type": "plain_text_input", "multiline": field.multiline, "max_length": longest}
    return {**element, "initial_value": value} if value else element


def _date(field: DateField) -> Block:
    element: Block = {"type": "datepicker"}
    return {**element, "initial_date": field.value.isoformat()} if field.value else element


def _choice(field: ChoiceField) -> Block:
    options = [_option(option) for option in field.options]
    chosen = next((o for o in options if o["value"] == field.value), None) if field.value else None
    start = {"initial_option": chosen} if chosen else {}
    if field.expanded and len(options) <= limits.RADIO:
        return {"type": "radio_buttons", "options": options, **start}
    if len(options) <= limits.OPTIONS:
        return {"type": "static_select", "options": options, **start}
    groups = [
        {"label": plain(f"{at + 1}–{at + len(chunk)}", limits.OPTION), "options": chunk}
        for at in range(0, len(options), limits.OPTIONS)
        for chunk in [options[at : at + limits.OPTIONS]]
    ]
    return {"type": "static_select", "option_groups": groups, **start}


def _option(option: Option) -> Block:
    """A long label goes on in the line under it. The value is ours and short, so it is kept as it is.

    Raises ValueError for a value that Slack would refuse.
    """
    if not 0 < len(option.value) <= limits.OPTION_VALUE:
        raise ValueError(f"An option's value has 1 to {limits.OPTION_VALUE} characters.")
    label = one_line(option.label)
    if size(label) <= limits.OPTION:
        return {"text": plain(label, limits.OPTION), "value": option.value}
    first, *_ = pieces(label, limits.OPTION - 1)
    rest = label[len(first) :].strip()
    return {
        "text": plain(f"{first}…", limits.OPTION),
        "value": option.value,
        "description": plain(f"…{rest}", limits.OPTION),
    }


def _check(field: CheckField) -> Block:
    options = [{"text": plain("Yes", limits.OPTION), "value": YES}]
    element: Block = {"type": "checkboxes", "options": options}
    return {**element, "initial_options": options} if field.value else element


# -- and back -------------------------------------------------------------------------------------------


def fields(view_state: object) -> dict[str, str]:
    """The service's fields from a submitted view's `state`; what is empty or unknown is left out."""
    found: dict[str, str] = {}
    for name, actions in _mapping(_mapping(view_state).get("values")).items():
        for element in _mapping(actions).values():
            value = _submitted(_mapping(element))
            if value:
                found[name] = value
    return found


def _submitted(element: Mapping[str, Any]) -> str:
    match element.get("type"):
        case "plain_text_input":
            value = element.get("value")
        case "datepicker":
            value = element.get("selected_date")
        case "static_select" | "radio_buttons":
            value = _mapping(element.get("selected_option")).get("value")
        case "checkboxes":
            ticked = element.get("selected_options")
            first = ticked[0] if isinstance(ticked, Sequence) and ticked else None
            value = _mapping(first).get("value")
        case _:
            value = None
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
