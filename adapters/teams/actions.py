"""Buttons and menus as a card's actions, and back from what a click sends to the token it stands for. Pure.

What a card sends is its action's data together with the value of every input in it, all in one object. So the
names of ours are few and short, and those of inputs begin with a prefix (see `inputs`).
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, assert_never

from adapters.teams import limits
from adapters.teams.text import NOTHING, cut, disarm, one_line
from bot.views.elements import Button, Style

Json = dict[str, Any]
T = TypeVar("T")

VERB = "followup"
"""Goes with every `Action.Execute`."""

DO, OPEN, SUBMIT, CONTEXT = "do", "open", "submit", "with"
"""Keys of an action's data: a token; one that opens a form; a form's; and what the adapter gave to that."""

MENU, REST = "menu", "rest"
"""Keys of the data of the button beside a drop-down: the input's id, and what its entries' tokens share."""

DOTS, MORE, GO = "···", "More …", "Go"
"""Of a menu that is a drop-down."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """How much room an element may take; texts are measured by `text.size`."""

    text: int = 12_000
    """Longest text of an element."""

    label: int = 100
    """Longest label of a button or menu entry."""

    fallbacks: bool = True
    """Menu entries have an `Action.Submit` for clients that know no `Action.Execute`."""

    dropdowns: bool = False
    """A menu is ··· with a drop-down and a button behind it, which takes a quarter of the room."""


class Drawing:
    """One drawing of a card: how densely, and where.

    A dialog knows only `Action.Submit`, and answers with whatever is to be shown next. `inputs` tells that
    the card has fields, whose values are nobody's business but the submit button's.
    """

    def __init__(self, density: Density, *, dialog: bool = False, inputs: bool = False) -> None:
        self.density = density
        self.dialog = dialog
        self.inputs = inputs
        self._numbers = itertools.count(1)

    def name(self) -> str:
        return f"{MENU}.{next(self._numbers)}"


def button(given: Button, drawing: Drawing) -> Json:
    look = {"title": _title(given.label, drawing.density.label), **_style(given.style)}
    return _action(look, _data(given), drawing, opens_form=given.opens_form)


def actions_of(buttons: Sequence[Button], menu: Sequence[Button], drawing: Drawing) -> list[Json]:
    """The buttons, as many rows of them as it takes, and the menu at the end of the last; none for none."""
    drawn = [button(one, drawing) for one in buttons]
    if len(menu) > 1 and drawing.density.dropdowns:
        dots, below = _dropdown(menu, drawing)
        return [*action_sets([*drawn, dots]), below]
    return action_sets(drawn, [_entry(one, drawing) for one in menu])


def action_sets(primary: Sequence[Json], secondary: Sequence[Json] = ()) -> list[Json]:
    *full, last = _chunks(primary, limits.PRIMARY_ACTIONS) or [()]
    rows = [*full, [*last, *secondary]]
    return [{"type": "ActionSet", "spacing": "Small", "actions": list(row)} for row in rows if row]


def submit(label: str, data: Json, drawing: Drawing, *, style: Style = Style.PRIMARY) -> Json:
    """An action that takes the card's fields along."""
    look = {"title": _title(label, drawing.density.label), **_style(style)}
    return _action(look, data, drawing, takes_inputs=True)


def leave(label: str, data: Json, drawing: Drawing) -> Json:
    """An action that leaves them behind."""
    return _action({"title": label}, data, drawing)


def _action(
    look: Json, data: Json, drawing: Drawing, *, opens_form: bool = False, takes_inputs: bool = False
) -> Json:
    more: Json = {"associatedInputs": "none"} if drawing.inputs and not takes_inputs else {}
    if drawing.dialog:
        return {"type": "Action.Submit", **look, **more, "data": data}
    if opens_form:
        return {"type": "Action.Submit", **look, **more, "data": {**data, "msteams": {"type": "task/fetch"}}}
    execute = {"type": "Action.Execute", **look, **more, "verb": VERB, "data": data}
    if not drawing.density.fallbacks:
        return execute
    return {**execute, "fallback": {"type": "Action.Submit", **look, **more, "data": data}}


@functools.lru_cache(maxsize=1024)
def _title(label: str, longest: int) -> str:
    """Few labels are many buttons."""
    return disarm(cut(one_line(label), longest)) or NOTHING


def _style(style: Style) -> Json:
    match style:
        case Style.PLAIN:
            return {}
        case Style.PRIMARY:
            return {"style": "positive"}
        case Style.DANGER:
            return {"style": "destructive"}
        case _:
            assert_never(style)


def _data(given: Button) -> Json:
    return {_key(given): given.action}


# -- menus ----------------------------------------------------------------------------------------------


def _entry(given: Button, drawing: Drawing) -> Json:
    """A menu entry: it has no colour, and hides behind the card's own ···."""
    look = {"title": _title(given.label, drawing.density.label), "mode": "secondary"}
    return _action(look, _data(given), drawing, opens_form=given.opens_form)


def _dropdown(menu: Sequence[Button], drawing: Drawing) -> tuple[Json, Json]:
    """What shows and hides it, and the drop-down with its button."""
    name, rest = drawing.name(), _shared(menu)
    row = f"{name}.row"
    dots = {"type": "Action.ToggleVisibility", "title": DOTS, "tooltip": MORE, "targetElements": [row]}
    longest = drawing.density.label
    choices = [
        {"title": _title(one.label, longest), "value": _value(_key(one), one.action, rest)} for one in menu
    ]
    chooser = {"type": "Input.ChoiceSet", "id": name, "placeholder": MORE, "choices": choices}
    go: Json = {"type": "Action.Execute", "title": GO, "verb": VERB, "data": {MENU: name, REST: rest}}
    if drawing.dialog:
        go = {"type": "Action.Submit", "title": GO, "data": {MENU: name, REST: rest}}
    columns = [
        {"type": "Column", "width": "stretch", "items": [chooser]},
        {"type": "Column", "width": "auto", "items": [{"type": "ActionSet", "actions": [go]}]},
    ]
    return dots, {"type": "ColumnSet", "id": row, "isVisible": False, "spacing": "Small", "columns": columns}


def _shared(menu: Sequence[Button]) -> str:
    """What most of a row's tokens end in: all but the first of their parts, as a rule."""
    ends = Counter(dot + rest for _, dot, rest in (one.action.partition(".") for one in menu))
    return ends.most_common(1)[0][0]


def _key(given: Button) -> str:
    return OPEN if given.opens_form else DO


def _value(key: str, token: str, rest: str) -> str:
    """A choice's value: `do:send` where the rest is shared, else `do=` and the whole token."""
    if rest and token.endswith(rest):
        return f"{key}:{token.removesuffix(rest)}"
    return f"{key}={token}"


_VALUE = re.compile(rf"({DO}|{OPEN})([:=])(.*)", re.DOTALL)


def chosen(data: Mapping[str, object]) -> tuple[str, bool] | None:
    """The token that was clicked, or picked from a menu, and whether it opens a form."""
    match data:
        case {"do": str(token)}:
            return token, False
        case {"open": str(token)}:
            return token, True
        case {"menu": str(name), "rest": str(rest)}:
            return _picked(data.get(name), rest)
        case _:
            return None


def _picked(value: object, rest: str) -> tuple[str, bool] | None:
    found = _VALUE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    key, sign, head = found.groups()
    return (f"{head}{rest}" if sign == ":" else head), key == OPEN


def _chunks(items: Sequence[T], length: int) -> list[Sequence[T]]:
    return [items[at : at + length] for at in range(0, len(items), length)]
