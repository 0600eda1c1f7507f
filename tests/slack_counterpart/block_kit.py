"""What Slack takes for blocks and views: slack_sdk's own checks, walked to the bottom, and what they miss.

Sizes are from docs.slack.dev/reference/block-kit and /reference/views; text is counted in UTF-16 units, so
never more generously than Slack counts.
"""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.slack_counterpart.elements import fields_of, options_of, parts, texts
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import Json

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_WEIGHT = 13_200
VIEW_BYTES = 250_000
FIELD = 2_000
TEXT = 3_000
IDENTIFIER = 255
VIEW_KEYS = {
    *("type", "title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id"),
    *("clear_on_close", "notify_on_close", "submit_disabled"),
}
_COUNTS = {
    ("actions", "elements"): 25,
    ("context", "elements"): 10,
    ("overflow", "options"): 5,
    ("radio_buttons", "options"): 10,
    ("checkboxes", "options"): 10,
    ("static_select", "options"): 100,
    ("static_select", "option_groups"): 100,
    ("section", "fields"): 10,
}


def check_message_blocks(blocks: object) -> list[Json]:
    """The blocks as Slack keeps them, each with its ids; `Refused` as Slack would."""
    found = problems(blocks, MESSAGE_BLOCKS)
    if found:
        raise Refused("invalid_blocks", problems=found)
    assert isinstance(blocks, list)
    if sum(map(units, texts(blocks))) > MESSAGE_WEIGHT:
        raise Refused("msg_blocks_too_long")
    return with_ids(blocks)


def check_view(view: object, kind: str) -> Json:
    """A view as Slack keeps it; `Refused` as Slack would."""
    if len(json.dumps(view)) > VIEW_BYTES:
        raise Refused("view_too_large")
    found = list(_view_problems(view, kind))
    if found:
        raise Refused("invalid_arguments", problems=found)
    assert isinstance(view, dict)
    return {**view, "blocks": with_ids(view["blocks"])}


def with_ids(blocks: Sequence[Json]) -> list[Json]:
    """A copy in which every block, and every element that can act, has an id."""
    numbers = itertools.count(1)
    kept = copy.deepcopy(list(blocks))
    for block in kept:
        block.setdefault("block_id", f"gen{next(numbers)}")
        for part in parts(block):
            if part.get("type") in _ACTING:
                part.setdefault("action_id", f"gen{next(numbers)}")
    return kept


_ACTING = {
    *("button", "overflow", "static_select", "radio_buttons", "checkboxes", "datepicker"),
    *("plain_text_input", "users_select"),
}


def problems(blocks: object, most: int) -> list[str]:
    """What is wrong with these blocks, one sentence each."""
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    found = [f"no more than {most} items allowed [json-pointer:/blocks]"] if len(blocks) > most else []
    for at, block in enumerate(blocks):
        found.extend(f"{problem} [json-pointer:/blocks/{at}]" for problem in _block_problems(block))
    if not found:
        found.extend(_repeated(blocks, "block_id"))
        found.extend(_repeated(blocks, "action_id"))
    return found


def _repeated(blocks: Sequence[Json], key: str) -> Iterator[str]:
    ids = Counter(part[key] for part in parts(list(blocks)) if key in part)
    yield from (f"{key} {name} already exists [json-pointer:/blocks]" for name, n in ids.items() if n > 1)


def _block_problems(block: object) -> Iterator[str]:
    if not isinstance(block, dict):
        yield "must be an object"
        return
    try:
        parsed = Block.parse(block)
        if parsed is None:
            yield f"unsupported type: {block.get('type')}"
            return
        _validate(parsed)
        unknown = list(_unknown(block, parsed.to_dict()))
    except (SlackObjectFormationError, TypeError, AttributeError, KeyError, ValueError) as error:
        yield str(error)
        return
    yield from unknown
    for part in parts(block):
        yield from _part_problems(part)


def _validate(part: object) -> None:
    """slack_sdk checks one object at a time, not what is inside it."""
    if isinstance(part, JsonObject):
        part.validate_json()
        for value in vars(part).values():
            _validate(value)
    elif isinstance(part, list | tuple):
        for one in part:
            _validate(one)


def _unknown(given: object, known: object) -> Iterator[str]:
    """What slack_sdk does not know, and so would leave out."""
    if isinstance(given, dict) and known is None:
        yield f"unsupported type: {given.get('type')}"
    elif isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key in known:
                yield from _unknown(value, known[key])
            elif value not in (None, [], {}):
                yield f"invalid additional property: {key}"
    elif isinstance(given, list) and isinstance(known, list):
        for one, other in itertools.zip_longest(given, known):
            yield from _unknown(one, other)


# -- what slack_sdk does not check ----------------------------------------------------------------------


def _part_problems(part: Json) -> Iterator[str]:
    kind = part.get("type")
    if kind in ("plain_text", "mrkdwn", "text"):
        yield from _text_problems(part.get("text"), TEXT)
    for (holder, key), most in _COUNTS.items():
        if kind == holder and key in part and not 0 < len(part[key]) <= most:
            yield f"{key} must have 1 to {most} items"
    for one in part.get("fields", ()):
        yield from _text_problems(one.get("text"), FIELD)
    for key in ("block_id", "action_id"):
        if not 0 < len(part.get(key, "x")) <= IDENTIFIER:
            yield f"{key} must have 1 to {IDENTIFIER} characters"
    yield from _choice_problems(part)
    if kind == "datepicker" and not _is_date(part.get("initial_date", "2000-01-01")):
        yield "initial_date must be a date, YYYY-MM-DD"


def _text_problems(text: object, most: int) -> Iterator[str]:
    if not isinstance(text, str) or not text:
        yield "must be more than 0 characters"
    elif units(text) > most:
        yield f"must be less than {most + 1} characters"


def _choice_problems(part: Json) -> Iterator[str]:
    kind = part.get("type")
    if kind == "static_select" and not (part.get("options") or part.get("option_groups")):
        yield "a select needs options or option_groups"
    options = options_of(part) if "options" in part or "option_groups" in part else []
    for option in options:
        if not 0 < len(option.get("value", "")) <= 150:
            yield "an option's value must have 1 to 150 characters"
        for key in ("text", "description"):
            if units(option.get(key, {}).get("text", "")) > 75:
                yield f"an option's {key} must be less than 76 characters"
    chosen = [part["initial_option"]] if "initial_option" in part else part.get("initial_options", [])
    if any(option not in options for option in chosen):
        yield "what is chosen initially must be one of the options"


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def _view_problems(view: object, kind: str) -> Iterator[str]:
    if not isinstance(view, dict):
        yield "must be an object [json-pointer:/view]"
        return
    yield from (f"invalid additional property: {key} [json-pointer:/view]" for key in view.keys() - VIEW_KEYS)
    if view.get("type") != kind:
        yield f"must be {kind} [json-pointer:/view/type]"
        return
    yield from (f"{problem} [json-pointer:/view]" for problem in problems(view.get("blocks"), VIEW_BLOCKS))
    yield from _frame_problems(view)


def _frame_problems(view: Json) -> Iterator[str]:
    """What is wrong around the blocks."""
    modal = view["type"] == "modal"
    for key in ("title", "submit", "close"):
        text = view.get(key)
        if text is None and not (modal and key == "title"):
            continue
        if not isinstance(text, dict) or text.get("type") != "plain_text":
            yield f"must be a plain_text object [json-pointer:/view/{key}]"
        elif not 0 < units(text.get("text", "")) <= 24:
            yield f"must be less than 25 characters [json-pointer:/view/{key}/text]"
    blocks = view.get("blocks")
    inputs = [block for block in blocks if block.get("type") == "input"] if isinstance(blocks, list) else []
    if modal and inputs and not view.get("submit"):
        yield "a modal with inputs needs a submit [json-pointer:/view/submit]"
    try:
        View(**view).validate_json()
    except (SlackObjectFormationError, TypeError, AttributeError) as error:
        yield f"{error} [json-pointer:/view]"


def units(text: str) -> int:
    """How long Slack counts a text to be."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def input_names(blocks: Sequence[Json]) -> set[str]:
    """Where an error of a submission can stand."""
    return {name for name, _ in fields_of(blocks)}
