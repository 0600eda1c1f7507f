"""Every element of a View is shown in the playground, kept as JSON exactly, and is never markup."""

from __future__ import annotations

import datetime as dt
import html.parser
import json
import pathlib
import re
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import adapters.playground
from adapters.playground import render
from adapters.playground.mailbox import read_letter
from adapters.playground.view_json import from_json, to_json
from bot.views import elements
from bot.views.elements import (
    Button,
    Buttons,
    Chart,
    CheckField,
    ChoiceField,
    DateField,
    FieldErrors,
    Form,
    Heading,
    LetterText,
    Mark,
    Message,
    Option,
    Paragraph,
    Row,
    Style,
    TextField,
)

FOLDER = pathlib.Path(adapters.playground.__file__).parent
HOSTILE = "\"><script>alert('1')</script><img src=x onerror=alert(2)>&lt;{{ 7*7 }}"


class _Reader(html.parser.HTMLParser):
    """What a browser would find: tags with their attributes, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str, **having: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag and having.items() <= attrs.items()]

    def one(self, tag: str, **having: str) -> dict[str, str | None]:
        (found,) = self.all(tag, **having)
        return found


def shown(*of: elements.Element) -> _Reader:
    return _Reader(render.render_view(Message(notification="", elements=of)))


def form_with(*fields: elements.Field, **options: Any) -> _Reader:
    return _Reader(
        render.render_view(Form(title="T", submit="go", submit_label="Save", fields=fields, **options))
    )


def test_a_heading_and_paragraphs() -> None:
    page = shown(Heading("3 candidates"), Paragraph("Two\nlines"), Paragraph("Small", quiet=True))
    assert page.text == "3 candidates Two lines Small"
    assert page.all("h3")
    assert [p["class"] for p in page.all("p")] == ["text", "text quiet"]


def test_a_row_with_mark_lines_buttons_and_menu() -> None:
    row = Row(
        "Zoë O'Hara · Welder",
        ("Promised news by Fri 20 Nov.", "Ravi is asked next."),
        Mark.LATE,
        (Button("Send update", "send.1", Style.PRIMARY), Button("Close", "close.1", Style.DANGER)),
        (Button("Other date", "date.1"),),
    )
    page = shown(row)
    assert "● late: Zoë O'Hara · Welder Promised news by Fri 20 Nov. Ravi is asked next." in page.text
    assert [(b["data-action"], b["class"]) for b in page.all("button")] == [
        ("send.1", "button primary"),
        ("close.1", "button danger"),
        ("date.1", "button"),
    ]
    assert page.one("summary")["aria-label"] == "More about Zoë O'Hara · Welder"


def test_a_bare_row_has_no_mark_no_menu_and_no_buttons() -> None:
    page = shown(Row("Only a title"))
    assert page.text == "Only a title"
    assert not page.all("details")
    assert not page.all("div")


def test_buttons_and_a_letter() -> None:
    page = shown(
        Buttons((Button("Yes", "a"), Button("No", "b"))),
        LetterText("maya@mail.example", "Dana", "dana@acme.example", "Your interview", "Dear Maya\n\nSoon."),
    )
    assert [b["data-action"] for b in page.all("button")] == ["a", "b"]
    for part in ("maya@mail.example", "Dana", "dana@acme.example", "Your interview", "Dear Maya Soon."):
        assert part in page.text


def test_a_form_with_its_step_intro_buttons_and_submit() -> None:
    page = form_with(step="step 2 of 2", intro=(Paragraph("Read it."),), buttons=(Button("Back", "back.1"),))
    assert "T step 2 of 2 Read it. Cancel Back Save" in page.text
    assert page.one("form")["data-submit"] == "go"
    assert page.one("button", type="submit")["class"] == "button primary"
    assert [b["data-action"] for b in page.all("button") if "data-action" in b] == ["back.1"]


def test_text_fields_keep_what_stands_in_them() -> None:
    page = form_with(
        TextField(name="to", label="To whom", hint="Name or email", value="Sam", maximum=200),
        TextField(name="saw", label="What you saw", value="\nA\nB", multiline=True, optional=True),
    )
    line = page.one("input", type="text")
    assert (line["name"], line["value"], line["maxlength"]) == ("to", "Sam", "200")
    assert "required" in line
    assert line["aria-describedby"] == "hint-to slot-to"
    area = page.one("textarea")
    assert "required" not in area
    # A browser leaves out the first line break after the tag: the second is the text's own.
    assert "\n\nA\nB" in page.texts
    assert page.all("label", **{"for": "field-saw"})
    assert "What you saw optional" in page.text


def test_dates_choices_and_boxes() -> None:
    options = (Option("a", "First"), Option("b", "Second"))
    page = form_with(
        DateField(name="on", label="On", value=dt.date(2026, 11, 27)),
        DateField(name="by", label="By", optional=True),
        ChoiceField(name="radio", label="Which", options=options, value="b", expanded=True),
        ChoiceField(name="list", label="Which", options=options),
        ChoiceField(name="set", label="Which", options=options, value="a"),
        CheckField(name="yes", label="Yes", value=True),
        CheckField(name="no", label="No"),
    )
    assert [d["value"] for d in page.all("input", type="date")] == ["2026-11-27", ""]
    radios = page.all("input", type="radio", name="radio")
    assert [(r["value"], "checked" in r) for r in radios] == [("a", False), ("b", True)]
    options_shown = [(o["value"], "selected" in o) for o in page.all("option")]
    assert options_shown == [("", False), ("a", False), ("b", False), ("a", True), ("b", False)]
    boxes = page.all("input", type="checkbox", value="yes")
    assert [(b["name"], "checked" in b) for b in boxes] == [("yes", True), ("no", False)]
    assert page.text.count("First") == 3


def test_what_fields_belong_to_names_their_part_of_the_form() -> None:
    fields = (
        DateField(name="a", label="Date", group="Tomasz"),
        CheckField(name="b", label="Check", group="Tomasz"),
        DateField(name="c", label="Date", group="Mei"),
        DateField(name="d", label="Last"),
    )
    page = _Reader(render.render_view(Form(title="T", submit="x", submit_label="OK", fields=fields)))
    headings = [tag["id"] for tag in page.all("h3")]
    assert [part["aria-labelledby"] for part in page.all("section")] == headings
    assert [text for text in page.texts if text in ("Tomasz", "Mei")] == ["Tomasz", "Mei"]
    assert [tag["data-field"] for tag in page.all("div") if "data-field" in tag] == ["a", "b", "c", "d"]


def test_errors_name_their_field() -> None:
    page = _Reader(render.render_view(FieldErrors((("date", "Choose a day."), ("", "Nothing was sent.")))))
    assert [p["data-field"] for p in page.all("p")] == ["date", ""]
    assert page.text == "Choose a day. Nothing was sent."


def _everything(text: str) -> list[elements.View]:
    button = Button(text, text, Style.PRIMARY)
    of: tuple[elements.Element, ...] = (
        Heading(text),
        Paragraph(text),
        Row(text, (text,), Mark.DUE, (button,), (button,)),
        Buttons((button,)),
        LetterText(text, text, text, text, text),
        Chart(text, text, ()),
    )
    options = (Option(text, text),)
    fields: tuple[elements.Field, ...] = (
        TextField(name=text, label=text, hint=text, value=text),
        TextField(name=text, label=text, hint=text, value=text, multiline=True),
        DateField(name=text, label=text, hint=text, value=dt.date(2026, 1, 1)),
        ChoiceField(name=text, label=text, hint=text, value=text, options=options),
        ChoiceField(name=text, label=text, hint=text, value=text, options=options, expanded=True),
        CheckField(name=text, label=text),
    )
    return [
        Message(notification=text, elements=of),
        Form(
            title=text, submit=text, submit_label=text, intro=of, fields=fields, buttons=(button,), step=text
        ),
        FieldErrors(((text, text),)),
    ]


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["message", "form", "errors"])
def test_no_text_is_markup_wherever_it_stands(kind: int) -> None:
    page, plain = (_Reader(render.render_view(_everything(text)[kind])) for text in (HOSTILE, "word"))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [set(attrs) for _, attrs in page.tags] == [set(attrs) for _, attrs in plain.tags]
    assert page.text.count(HOSTILE) == plain.text.count("word")


def test_no_template_marks_anything_as_safe() -> None:
    sources = [*FOLDER.rglob("*.j2"), *FOLDER.glob("*.py")]
    assert len(sources) > 20
    for path in sources:
        assert not re.search(r"\|\s*safe\b|Markup\(|autoescape false", path.read_text("utf-8")), path


texts = st.text(max_size=20)
buttons = st.lists(st.builds(Button, texts, texts, st.sampled_from(Style)), max_size=2).map(tuple)
some_elements = st.lists(
    st.one_of(
        st.builds(Heading, texts),
        st.builds(Paragraph, texts, st.booleans()),
        st.builds(
            Row, texts, st.lists(texts, max_size=2).map(tuple), st.sampled_from(Mark), buttons, buttons
        ),
        st.builds(Buttons, buttons),
        st.builds(LetterText, texts, texts, texts, texts, texts),
        st.builds(Chart, texts, texts, st.just(())),
    ),
    max_size=3,
).map(tuple)
some_fields = st.lists(
    st.one_of(
        st.builds(TextField, name=texts, label=texts, hint=texts, value=texts, multiline=st.booleans()),
        st.builds(DateField, name=texts, label=texts, value=st.none() | st.dates()),
        st.builds(
            ChoiceField,
            name=texts,
            label=texts,
            options=st.lists(st.builds(Option, texts, texts), max_size=2).map(tuple),
            expanded=st.booleans(),
        ),
        st.builds(CheckField, name=texts, label=texts, value=st.booleans()),
    ),
    max_size=3,
).map(tuple)
views = st.one_of(
    st.builds(
        Message,
        notification=texts,
        elements=some_elements,
        surface=st.none() | st.uuids(),
        revision=st.integers(0, 9),
        private=st.booleans(),
    ),
    st.builds(
        Form,
        title=texts,
        submit=texts,
        submit_label=texts,
        intro=some_elements,
        fields=some_fields,
        buttons=buttons,
        step=texts,
    ),
    st.builds(FieldErrors, st.lists(st.tuples(texts, texts), max_size=2).map(tuple)),
)


@given(views)
def test_a_view_kept_as_json_comes_back_exactly(view: elements.View) -> None:
    assert from_json(json.loads(json.dumps(to_json(view)))) == view


@given(views)
def test_any_view_can_be_shown(view: elements.View) -> None:
    render.render_view(view)


def test_a_letter_in_a_charset_nobody_knows_is_shown_as_well_as_it_can_be() -> None:
    head = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/plain; charset=nonsense\r\n"
    raw = head + b"\r\nHi \xff\r\n"
    letter = read_letter(uuid.uuid4(), dt.datetime(2026, 11, 23, tzinfo=dt.UTC), ["a@b.example"], raw)
    assert (letter.subject, letter.html) == ("Grüße", "")
    assert letter.text.startswith("Hi")
