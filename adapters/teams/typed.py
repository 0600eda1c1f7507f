"""What the core says of typing, as it is in Teams: there is no `/followup`, one writes to the bot.

`/followup promise NAME DATE` is typed there without its first word; `/followup` alone is `list`. What a
channel is to hear begins with a mention. What others wrote (a letter, a field) stays as it is. Pure.
"""

from __future__ import annotations

import dataclasses
import re
from typing import assert_never

from bot.uses.typed import COMMANDS
from bot.views.elements import (
    Buttons,
    Chart,
    CheckField,
    Element,
    Field,
    Form,
    Heading,
    LetterText,
    Message,
    Paragraph,
    Row,
)

_SLASH = "/followup"
_CALL = re.compile(rf"{_SLASH}(?: (?P<here>here)\b| (?P<more>(?:{'|'.join(COMMANDS)}|[A-Z]{{2,}})\b))?")


def words(text: str) -> str:
    """One text of the core's."""
    return _CALL.sub(_typed, text) if _SLASH in text else text


def _typed(found: re.Match[str]) -> str:
    if found["here"]:
        return "@Followup here"
    return found["more"] or "list"


def message(view: Message) -> Message:
    return dataclasses.replace(
        view, notification=words(view.notification), elements=tuple(map(_element, view.elements))
    )


def form(view: Form) -> Form:
    return dataclasses.replace(
        view, intro=tuple(map(_element, view.intro)), fields=tuple(map(_field, view.fields))
    )


def _element(element: Element) -> Element:
    match element:
        case Heading() | Paragraph():
            return dataclasses.replace(element, text=words(element.text))
        case Row():
            return dataclasses.replace(
                element, title=words(element.title), lines=tuple(map(words, element.lines))
            )
        case Buttons() | LetterText() | Chart():
            return element
        case _:
            assert_never(element)


def _field(field: Field) -> Field:
    if isinstance(field, CheckField):
        return dataclasses.replace(field, label=words(field.label))
    return dataclasses.replace(field, label=words(field.label), hint=words(field.hint))
