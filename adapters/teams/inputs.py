"""From one Field to the elements of a card, and back from what was submitted to the service's fields. Pure.

An input's id is the field's name behind a prefix, which keeps it apart from what an action sends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from adapters.teams import limits
from adapters.teams.actions import Density, Json
from adapters.teams.cards import BOLD, SMALL, WRONG, line, run
from adapters.teams.text import NOTHING, clean, cut, disarm, one_line, unmarked
from bot.views.elements import CheckField, ChoiceField, DateField, Field, Option, TextField

YES = "yes"
"""What a ticked box submits."""

_FIELD, _CHECK = "field.", "check."


def inputs_of(
    fields: Sequence[Field], density: Density, values: Mapping[str, str], errors: Mapping[str, str]
) -> list[Json]:
    """`values`: what was filled in before, if anything; it stands in the place of what was proposed.

    An error stands at its field, or above all of them where there is no such field.
    """
    names = {field.name for field in fields}
    homeless = [sentence for name, sentence in errors.items() if name not in names]
    drawn = [line(_wrong(sentence)) for sentence in homeless]
    group = ""
    for field in fields:
        if field.group and field.group != group:
            drawn.append(_group(field.group))
        group = field.group
        drawn.extend(_field(field, density, values, errors.get(field.name, "")))
    return drawn


def _group(text: str) -> Json:
    return {**line(run(cut(one_line(text), limits.LABEL), BOLD), spacing="Medium"), "separator": True}


def _field(field: Field, density: Density, values: Mapping[str, str], error: str) -> Iterator[Json]:
    yield _input(field, density, values)
    hint = "" if isinstance(field, CheckField) else one_line(field.hint)
    if hint:
        yield line(run(cut(hint, limits.LABEL), SMALL), spacing="Small")
    if error:
        yield line(_wrong(error), spacing="Small")


def _wrong(sentence: str) -> Json:
    return run(cut(one_line(sentence), limits.LABEL), WRONG)


def _input(field: Field, density: Density, values: Mapping[str, str]) -> Json:
    match field:
        case TextField():
            return _labelled("Input.Text", field, "Write something.") | _text(field, values)
        case DateField():
            return _labelled("Input.Date", field, "Choose a day.") | _date(field, values)
        case ChoiceField():
            return _labelled("Input.ChoiceSet", field, "Choose one.") | _choice(field, density, values)
        case CheckField():
            return _check(field, values)
        case _:
            assert_never(field)


def _labelled(kind: str, field: TextField | DateField | ChoiceField, missing: str) -> Json:
    """`missing` is what the client says by itself of a field left empty; the service decides."""
    label = disarm(cut(one_line(field.label), limits.LABEL)) or NOTHING
    named: Json = {"type": kind, "id": f"{_FIELD}{field.name}", "label": label}
    return named if field.optional else {**named, "isRequired": True, "errorMessage": missing}


def _text(field: TextField, values: Mapping[str, str]) -> Json:
    before = values.get(field.name, "") if values else field.value
    value = clean(before) if field.multiline else one_line(before)
    # A value that is too long already is shown whole; the core says what to do about it.
    shown: Json = {"maxLength": max(field.maximum, len(value.encode("utf-16-le")) // 2, 1)}
    if field.multiline:
        shown["isMultiline"] = True
    return {**shown, "value": value} if value else shown


def _date(field: DateField, values: Mapping[str, str]) -> Json:
    before = _day(values.get(field.name, "")) if values else field.value
    return {"value": before.isoformat()} if before else {}


def _day(text: str) -> dt.date | None:
    """What stood in a date field, whatever it was."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _choice(field: ChoiceField, density: Density, values: Mapping[str, str]) -> Json:
    before = values.get(field.name, "") if values else field.value
    longest = min(limits.CHOICE, density.text)
    shown: Json = {
        "style": "expanded" if field.expanded else "compact",
        "placeholder": "Choose one",
        "wrap": True,
        "choices": [_option(option, longest) for option in field.options],
    }
    known = any(option.value == before for option in field.options)
    return {**shown, "value": before} if before and known else shown


def _option(option: Option, longest: int) -> Json:
    return {"title": unmarked(cut(one_line(option.label), longest)) or NOTHING, "value": option.value}


def _check(field: CheckField, values: Mapping[str, str]) -> Json:
    ticked = values.get(field.name) == YES if values else field.value
    return {
        "type": "Input.Toggle",
        "id": f"{_CHECK}{field.name}",
        "title": unmarked(cut(one_line(field.label), limits.CHOICE)) or NOTHING,
        "wrap": True,
        "valueOn": YES,
        "valueOff": "no",
        "value": YES if ticked else "no",
    }


# -- and back -------------------------------------------------------------------------------------------


def fields_of(data: Mapping[str, object]) -> dict[str, str]:
    """The service's fields from what was submitted; what is empty or unknown is left out."""
    found: dict[str, str] = {}
    for key, value in data.items():
        if key.startswith(_FIELD) and isinstance(value, str) and value:
            found[key.removeprefix(_FIELD)] = value
        elif key.startswith(_CHECK) and value == YES:
            found[key.removeprefix(_CHECK)] = YES
    return found
