"""From a View to an Adaptive Card: said in a conversation, or a form there or in a dialog. Pure.

Nothing is dropped to make something fit: first what only older clients need goes, then texts are cut, then
menus become drop-downs. Only where even that is too little do rows give way, and then the card says how many.
Ten rows with full menus always fit, and the core pages by ten.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from adapters.giving_way import least_left_out
from adapters.teams import limits, typed
from adapters.teams.actions import (
    CONTEXT,
    DO,
    SUBMIT,
    Density,
    Drawing,
    Json,
    action_sets,
    button,
    chosen,
    leave,
    submit,
)
from adapters.teams.cards import DENSITIES, SUBTLE, elements_of, heading, line, run
from adapters.teams.inputs import fields_of, inputs_of
from adapters.teams.text import NOTHING, cut, disarm, one_line, size
from bot.views.elements import Element, Form, Message, Row

_NONE: Mapping[str, str] = MappingProxyType({})

CANCEL = "cancel"
"""The token of a form's Cancel in a conversation: nothing for the service, the form goes away."""


@dataclasses.dataclass(frozen=True, slots=True)
class Clicked:
    """What came back from a card: the token, what was filled in, and what the adapter gave to the form."""

    token: str
    fields: Mapping[str, str]
    context: Mapping[str, str]
    opens_form: bool = False


def message(view: Message, pictures: Mapping[str, str] = _NONE, *, dialog: bool = False) -> Json:
    """`pictures`: a chart's title → the URL, or data URI, of its picture."""
    view = typed.message(view)
    said = notification(view)

    def drawn(elements: Sequence[Element], density: Density) -> Json:
        body = _body(elements, Drawing(density, dialog=dialog), pictures)
        return _card(body or [line(run(said))], said, wide=not dialog)

    return _fitted(view.elements, drawn)


def notification(view: Message) -> str:
    """The first line, for a locked phone and for clients that show no cards."""
    return cut(one_line(typed.words(view.notification)), limits.SUMMARY) or NOTHING


def dialog_title(view: Form) -> str:
    return cut(one_line(view.title), limits.DIALOG_TITLE) or NOTHING


def form(
    view: Form,
    *,
    values: Mapping[str, str] = _NONE,
    errors: Mapping[str, str] = _NONE,
    context: Mapping[str, str] = _NONE,
    dialog: bool,
) -> Json:
    """A form as a dialog's card, or as a card in the conversation with a Cancel.

    `values` are what was filled in before, `errors` what is wrong with it, each at its field; `context` comes
    back with the click, ids only.
    """
    view = typed.form(view)
    title = one_line(view.title)
    said = {name: typed.words(sentence) for name, sentence in errors.items()}

    def drawn(elements: Sequence[Element], density: Density) -> Json:
        drawing = Drawing(density, dialog=dialog, inputs=True)
        body = []
        if not dialog or size(title) > limits.DIALOG_TITLE:
            body.append(heading(title, density))
        if step := one_line(view.step):
            body.append(line(run(cut(step, limits.LABEL), SUBTLE), spacing="" if not body else "None"))
        body.extend(_body(elements, drawing, _NONE))
        body.extend(inputs_of(view.fields, density, values, said))
        kept: Json = {CONTEXT: dict(context)} if context else {}
        closing = [submit(view.submit_label, {SUBMIT: view.submit, **kept}, drawing)]
        closing.extend(_with(button(one, drawing), kept) for one in view.buttons)
        if not dialog:
            closing.append(leave("Cancel", {DO: CANCEL, **kept}, drawing))
        body.extend({**row, "spacing": "Medium"} for row in action_sets(closing))
        return _card(body, cut(title, limits.SUMMARY) or NOTHING, wide=False)

    return _fitted(view.intro, drawn)


def _with(action: Json, kept: Json) -> Json:
    """The action, remembering the form's context too."""
    known = {**action, "data": {**action["data"], **kept}}
    if "fallback" in action:
        known["fallback"] = _with(action["fallback"], kept)
    return known


def clicked(data: object) -> Clicked | None:
    """What a click means; None for anything that no card of ours has sent.

    Takes the `value` of an activity, whether of `Action.Execute`, of `Action.Submit` or of a dialog, or the
    data inside it.
    """
    match data:
        case {"action": {"data": dict(inner)}} | {"data": dict(inner)} | dict(inner):
            return _clicked(inner)
        case _:
            return None


def _clicked(data: Mapping[object, object]) -> Clicked | None:
    known = {key: value for key, value in data.items() if isinstance(key, str)}
    submitted = known.get(SUBMIT)
    token, opens_form = (submitted, False) if isinstance(submitted, str) else chosen(known) or ("", False)
    if not 0 < len(token) <= limits.TOKEN:
        return None
    fields = fields_of(known) if token == submitted else {}
    return Clicked(token, fields, _context(known.get(CONTEXT)), opens_form)


def _context(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        return {}
    return {key: value for key, value in given.items() if isinstance(key, str) and isinstance(value, str)}


# -- what fits ------------------------------------------------------------------------------------------


def _card(body: Sequence[Json], instead: str, *, wide: bool) -> Json:
    card: Json = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": limits.VERSION,
        "fallbackText": disarm(instead),
        "body": list(body),
    }
    return {**card, "msteams": {"width": "Full"}} if wide else card


def _body(elements: Sequence[Element], drawing: Drawing, pictures: Mapping[str, str]) -> list[Json]:
    """The elements below one another; a line above each row, and below the last of some."""
    body: list[Json] = []
    after_a_row = False
    for element in elements:
        first, *more = elements_of(element, drawing, pictures) or [{}]
        is_row = isinstance(element, Row)
        if body and first and (is_row or after_a_row):
            first = {**first, "separator": True, "spacing": "Medium"}
        body.extend([first, *more] if first else ())
        after_a_row = is_row
    return body


def weight(card: Json) -> int:
    """What a card counts in Teams: its bytes, without pictures that are part of it."""
    return len(json.dumps(card, ensure_ascii=False).encode("utf-8")) - _pictures(card)


def _pictures(card: Json) -> int:
    urls = (part["url"] for part in card["body"] if part["type"] == "Image")
    return sum(len(url) for url in urls if url.startswith("data:"))


def _fitted(elements: Sequence[Element], drawn: Callable[[Sequence[Element], Density], Json]) -> Json:
    """The card at the first density at which it fits; a larger one sooner than one whose lines are cut."""
    *roomy, last = _hopeful(elements)
    card: Json = {}
    for density in roomy:
        card = drawn(elements, density)
        if weight(card) <= limits.CARD:
            return card
    if weight(card) > limits.LONGEST_CARD:
        card = drawn(elements, last)
    if weight(card) <= limits.LONGEST_CARD or not elements:
        return card

    def less(left: Sequence[Element], gone: int) -> Json:
        shown = drawn(left, DENSITIES[-1])
        missing = f"{gone} more do not fit here. Your own list shows all, 10 at a time."
        return {**shown, "body": [*shown["body"], line(run(missing, SUBTLE))]}

    return least_left_out(elements, less, lambda shown: weight(shown) <= limits.LONGEST_CARD)


def _hopeful(elements: Sequence[Element]) -> list[Density]:
    """All densities, but for those at which the menus alone would be too large: these need not be drawn."""
    menus = [element.menu for element in elements if isinstance(element, Row) and len(element.menu) > 1]
    least = sum(_LEAST + len(entry.action) + min(len(entry.label), 90) for menu in menus for entry in menu)
    return [density for density in DENSITIES if density.dropdowns or least <= limits.CARD]


_LEAST = len(json.dumps({"type": "Action.Submit", "title": "", "mode": "secondary", "data": {"do": ""}}))
"""Bytes of a menu entry of Teams' own besides its label and token."""
