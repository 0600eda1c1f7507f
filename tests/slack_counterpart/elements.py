"""What can be clicked and filled in, found in blocks; and what Slack says of it in a payload."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from tests.slack_counterpart.teams import Json

MENUS = ("static_select", "overflow")


@dataclasses.dataclass(frozen=True, slots=True)
class Clickable:
    """A button, or one entry of a menu (then with its `option`)."""

    block_id: str
    element: Json
    option: Json | None = None

    @property
    def value(self) -> str:
        return str((self.option or self.element).get("value", ""))

    @property
    def label(self) -> str:
        return str((self.option or self.element)["text"]["text"])


def parts(value: object) -> Iterator[Json]:
    """Every object in a payload, from the outside in."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)


def texts(value: object) -> list[str]:
    """Every text that is shown, in order."""
    return [part["text"] for part in parts(value) if isinstance(part.get("text"), str)]


def elements_of(block: Json) -> list[Json]:
    """The block's own interactive elements: of an actions, a section or an input block."""
    match block.get("type"):
        case "actions":
            return list(block["elements"])
        case "section" if "accessory" in block:
            return [block["accessory"]]
        case "input":
            return [block["element"]]
        case _:
            return []


def options_of(element: Json) -> list[Json]:
    groups: list[Json] = element.get("option_groups") or [element]
    return [option for group in groups for option in group.get("options", [])]


def clickables(block: Json) -> Iterator[Clickable]:
    if block.get("type") == "input":
        return
    for element in elements_of(block):
        if element["type"] == "button":
            yield Clickable(block["block_id"], element)
        elif element["type"] in MENUS:
            for option in options_of(element):
                yield Clickable(block["block_id"], element, option)


def find_clickable(blocks: Sequence[Json], value: str) -> Clickable | None:
    return next((one for block in blocks for one in clickables(block) if one.value == value), None)


# -- fields ---------------------------------------------------------------------------------------------


def fields_of(blocks: Sequence[Json]) -> Iterator[tuple[str, Json]]:
    """The inputs: block_id and element."""
    return ((block["block_id"], block["element"]) for block in blocks if block["type"] == "input")


def initial(element: Json) -> str | None:
    """What an input is filled with; None for choices of which none is made."""
    match element["type"]:
        case "plain_text_input":
            return str(element.get("initial_value", ""))
        case "datepicker":
            return str(element.get("initial_date", ""))
        case "static_select":
            return str(element.get("initial_option", {}).get("value", ""))
        case "radio_buttons" if "initial_option" in element:
            return str(element["initial_option"]["value"])
        case "checkboxes" if element.get("initial_options"):
            return str(element["initial_options"][0]["value"])
        case _:
            return None


def state(element: Json, value: str | None) -> Json | None:
    """One entry of `state.values`; None for what has no state (buttons, overflow menus)."""
    kind = element["type"]
    match kind:
        case "plain_text_input":
            return {"type": kind, "value": value or None}
        case "datepicker":
            return {"type": kind, "selected_date": value or None}
        case "static_select" | "radio_buttons":
            return {"type": kind, "selected_option": _chosen(element, value)}
        case "checkboxes":
            chosen = _chosen(element, value)
            return {"type": kind, "selected_options": [chosen] if chosen else []}
        case _:
            return None


def _chosen(element: Json, value: str | None) -> Json | None:
    if not value:
        return None
    options = options_of(element)
    found = next((option for option in options if option["value"] == value), None)
    assert found, f"There is no choice {value}, but: {[option['value'] for option in options]}"
    return found


def values_of(blocks: Sequence[Json], given: Mapping[str, str]) -> Json:
    """`state.values` of blocks whose inputs hold `given` (by block_id), else what they came with."""
    values: Json = {}
    for block in blocks:
        for element in elements_of(block):
            value = given.get(block["block_id"], initial(element))
            entry = state(element, value)
            if entry is not None:
                values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values
