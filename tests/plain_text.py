"""A View as plain text, for people to read and for tests to compare; and the buttons and menus in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from bot.views.elements import (
    Button,
    Buttons,
    Chart,
    CheckField,
    ChoiceField,
    DateField,
    Element,
    Field,
    FieldErrors,
    Form,
    Heading,
    LetterText,
    Message,
    Paragraph,
    Row,
    TextField,
    View,
)


def plain(view: View) -> str:
    """A View as a person would read it, each button in brackets, each menu after "···"."""
    match view:
        case Message():
            how = ", only they see it" if view.private else ""
            return "\n".join((f"(on the phone{how}) {view.notification}", *_elements(view.elements))) + "\n"
        case Form():
            head = f"{view.title}  {view.step}".rstrip()
            fields = tuple(_fields(view.fields))
            submit = f"[{view.submit_label}]"
            beside = "  ".join((*(f"[{b.label}]" for b in view.buttons), "[Cancel]", submit))
            return "\n".join((head, *_elements(view.intro), "", *fields, "", beside)) + "\n"
        case FieldErrors():
            return "".join(f"{name}: {text}\n" for name, text in view.errors)
    assert_never(view)


def _elements(elements: tuple[Element, ...]) -> Iterator[str]:
    for element in elements:
        yield ""
        match element:
            case Heading():
                yield f"# {element.text}"
            case Paragraph():
                yield f"({element.text})" if element.quiet else element.text
            case Row():
                yield f"{element.mark.value} {element.title}".strip()
                yield from (f"  {line}" for line in element.lines)
                if element.buttons:
                    yield f"  {_buttons(element.buttons)}"
                if element.menu:
                    yield f"  ··· {' | '.join(b.label for b in element.menu)}"
            case Buttons():
                yield _buttons(element.buttons)
            case LetterText():
                yield f"To: {element.to} · From: {element.sender} · Reply goes to {element.reply_to}"
                yield f"Subject: {element.subject}"
                yield from (f"| {line}".rstrip() for line in element.body.splitlines())
            case Chart():
                yield f"<{element.title}: {element.alt}>"
            case _:
                assert_never(element)


def _buttons(buttons: tuple[Button, ...]) -> str:
    return "  ".join(f"[{b.label}]" for b in buttons)


def _fields(fields: tuple[Field, ...]) -> Iterator[str]:
    for before, field in zip(("", *(one.group for one in fields)), fields, strict=False):
        if field.group and field.group != before:
            yield f"-- {field.group}"
        yield from _field(field)


def _field(field: Field) -> Iterator[str]:
    match field:
        case TextField():
            shown = f"[{field.value}{'¶' if field.multiline else ''}]"
        case DateField():
            shown = f"[{field.value or 'a day'}]"
        case ChoiceField():
            marks = {
                option.value: "(•)" if option.value == field.value else "( )" for option in field.options
            }
            shown = "  ".join(f"{marks[o.value]} {o.label}" for o in field.options)
        case CheckField():
            yield f"[{'x' if field.value else ' '}] {field.label}"
            return
        case _:
            assert_never(field)
    optional = "  (optional)" if field.optional else ""
    yield f"{field.label}: {shown}{optional}"
    if field.hint:
        yield f"    {field.hint}"


def buttons_of(view: View) -> Iterator[Button]:
    """Every button and menu entry of a View, its submit included."""
    if isinstance(view, FieldErrors):
        return
    elements = view.elements if isinstance(view, Message) else view.intro
    for element in elements:
        if isinstance(element, Row):
            yield from (*element.buttons, *element.menu)
        elif isinstance(element, Buttons):
            yield from element.buttons
    if isinstance(view, Form):
        yield Button(view.submit_label, view.submit)
        yield from view.buttons


def menus_of(view: View) -> Iterator[tuple[Button, ...]]:
    if isinstance(view, Message):
        yield from (e.menu for e in view.elements if isinstance(e, Row))
