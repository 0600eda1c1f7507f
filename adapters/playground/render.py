"""From a View to HTML. Pure.

Every element has a template of its own; Python picks it, so that `assert_never` finds an element without
one. All text, names and bodies of letters too, is hostile: the templates escape everything, and nothing is
ever marked as safe.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import pathlib
from collections.abc import Sequence
from typing import Any, assert_never

import jinja2

from adapters.playground.channels import picture_of
from adapters.playground.conversation import Said
from adapters.playground.mailbox import Letter
from adapters.playground.people import People, Person
from bot.views.elements import (
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
    Mark,
    Message,
    Paragraph,
    Row,
    Style,
    TextField,
    View,
)

_FOLDER = pathlib.Path(__file__).parent / "templates"


def render_view(view: View) -> str:
    """A message's inside, a form for a dialog, or the errors to be put at a form's fields."""
    match view:
        case Message():
            return _render("message.html.j2", message=view)
        case Form():
            return _render("form.html.j2", form=view)
        case FieldErrors():
            return _render("errors.html.j2", errors=view.errors)
        case _:
            assert_never(view)


def render_conversation(said: Sequence[Said], me: Person) -> str:
    """Who we are and what to do first, and the messages of a conversation."""
    return _render("conversation.html.j2", said=said, me=me, zone=me.local.tzinfo)


def render_said(one: Said, me: Person) -> str:
    return _render("said.html.j2", one=one, me=me, zone=me.local.tzinfo)


def render_channel(said: Sequence[Said], me: Person) -> str:
    """What a team's channel reads, to whoever of its members looks."""
    return _render("channel.html.j2", said=said, me=me, zone=me.local.tzinfo)


def render_mailbox(letters: Sequence[Letter], me: Person) -> str:
    """The letters, each to be opened, their times in the zone of the one we are."""
    return _render("mailbox.html.j2", letters=letters, zone=me.local.tzinfo)


def render_mailbox_page(letters: Sequence[Letter], me: Person) -> str:
    return _render("mailbox_page.html.j2", letters=letters, zone=me.local.tzinfo, me=me)


def render_people(people: People) -> str:
    return _render("people.html.j2", people=people)


def render_clock(me: Person, moving_to: dt.datetime | None) -> str:
    """Date, time and place. While it is being moved: where to."""
    target = moving_to.astimezone(me.local.tzinfo) if moving_to else None
    return _render("clock.html.j2", me=me, target=target)


def render_page(
    people: People,
    said: Sequence[Said],
    letters: Sequence[Letter],
    moving_to: dt.datetime | None,
    versions: tuple[str, str],
) -> str:
    """The whole page. `versions` of conversation and mailbox, so that the page knows what it shows."""
    zone = people.me.local.tzinfo
    return _render(
        "page.html.j2",
        people=people,
        me=people.me,
        said=said,
        letters=letters,
        zone=zone,
        target=moving_to.astimezone(zone) if moving_to else None,
        versions=versions,
    )


def render_lost(text: str) -> str:
    """A page that says why there is none."""
    return _render("lost.html.j2", text=text)


def element_template(element: Element) -> str:
    match element:
        case Heading():
            name = "heading"
        case Paragraph():
            name = "paragraph"
        case Row():
            name = "row"
        case Buttons():
            name = "buttons"
        case LetterText():
            name = "letter"
        case Chart():
            name = "chart"
        case _:
            assert_never(element)
    return f"elements/{name}.html.j2"


def field_template(field: Field) -> str:
    match field:
        case TextField():
            name = "text"
        case DateField():
            name = "date"
        case ChoiceField():
            name = "radios" if field.expanded else "select"
        case CheckField():
            name = "check"
        case _:
            assert_never(field)
    return f"fields/{name}.html.j2"


def together(fields: Sequence[Field]) -> list[tuple[Field, ...]]:
    """The fields of a form in order: those that belong together in one, each other one alone."""
    found: list[tuple[Field, ...]] = []
    for group, same in itertools.groupby(fields, key=lambda field: field.group):
        these = tuple(same)
        found.extend([these] if group else [(field,) for field in these])
    return found


def mark_word(mark: Mark) -> str:
    """What a mark means, for those who do not see it."""
    match mark:
        case Mark.NONE:
            return ""
        case Mark.DUE:
            return "due"
        case Mark.LATE:
            return "late"
        case Mark.TOLD:
            return "told"
        case _:
            assert_never(mark)


def style_class(style: Style) -> str:
    match style:
        case Style.PLAIN:
            return "button"
        case Style.PRIMARY:
            return "button primary"
        case Style.DANGER:
            return "button danger"
        case _:
            assert_never(style)


def _day(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """ "Monday 23 November 2026"."""
    local = instant.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B} {local.year}"


def _time(instant: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{instant.astimezone(zone):%H:%M}"


@functools.cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "element_template": element_template,
        "field_template": field_template,
        "together": together,
        "mark_word": mark_word,
        "picture": picture_of,
        "style_class": style_class,
        "day": _day,
        "time": _time,
    }
    return environment


def _render(template: str, **values: Any) -> str:
    return _templates().get_template(template).render(values)
