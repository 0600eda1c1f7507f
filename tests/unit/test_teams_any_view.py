"""Whatever the core could ever say: Teams takes it, no button is lost, no name formats anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.teams import limits
from adapters.teams.actions import GO, Density, Drawing, actions_of
from adapters.teams.render import form, message, weight
from bot.actions import ALONE, AT_HOME, LISTED, Action, Place, Verb
from bot.views.elements import (
    Button,
    Buttons,
    Chart,
    CheckField,
    ChoiceField,
    DateField,
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
from tests.hostile_text import TEAMS_HOSTILE as HOSTILE
from tests.hostile_text import TEAMS_NASTY as NASTY
from tests.plain_text import buttons_of
from tests.teams_card import acts, clicks, drawn, texts, tokens, validate

MANY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
"""Whole views are large and slow to make, on a busy machine slower still."""

UUIDS = st.uuids()
PLACES = st.sampled_from((ALONE, AT_HOME, LISTED)) | st.builds(
    Place, surface=UUIDS, page=st.integers(min_value=0, max_value=999)
)
ARGUMENTS = st.just("") | UUIDS.map(lambda u: u.hex) | st.dates().map(str) | st.text("abc 1.", max_size=60)
ACTIONS = st.builds(
    Action,
    verb=st.sampled_from(Verb),
    loop=st.none() | UUIDS,
    promise=st.none() | UUIDS,
    place=PLACES,
    argument=ARGUMENTS,
)
SHORT = (
    st.sampled_from(("Send update", "Zoë", HOSTILE)) | st.sampled_from("x&").map(lambda c: c * 300) | NASTY
)
LONG = SHORT | st.sampled_from(("word ", "ö", "<at>", "👩‍👩‍👧")).map(
    lambda piece: piece * (5_000 // len(piece))
)
LABELS = st.sampled_from(("Send update", "Offer is out to someone else", "x" * 75, "&" * 75)) | SHORT


def _buttons(actions: st.SearchStrategy[Action], most: int) -> st.SearchStrategy[tuple[Button, ...]]:
    one = st.builds(Button, LABELS, actions.map(str), st.sampled_from(Style), st.booleans())
    return st.lists(one, max_size=most).map(tuple)


@st.composite
def _rows(draw: st.DrawFn) -> Row:
    """A row as the core makes them: its buttons are about one loop, and few have an argument."""
    loop, promise, place = draw(UUIDS), draw(UUIDS), draw(PLACES)
    about = st.builds(
        Action,
        verb=st.sampled_from(Verb),
        loop=st.just(loop),
        promise=st.just(promise),
        place=st.just(place),
        argument=st.sampled_from(("", "", "", "2026-12-01")),
    )
    return Row(
        title=draw(SHORT),
        lines=tuple(draw(st.lists(LONG, max_size=4))),
        mark=draw(st.sampled_from(Mark)),
        buttons=draw(_buttons(about, 3)),
        menu=draw(_buttons(about, 16)),
    )


ROWS = _rows()
ANY_ROWS = st.builds(
    Row,
    title=SHORT,
    lines=st.lists(LONG, max_size=4).map(tuple),
    buttons=_buttons(ACTIONS, 8),
    menu=_buttons(ACTIONS, 16),
)
OTHERS = st.one_of(
    st.builds(Heading, LONG),
    st.builds(Paragraph, LONG, st.booleans()),
    st.builds(Buttons, _buttons(ACTIONS, 4)),
    st.builds(LetterText, SHORT, SHORT, SHORT, SHORT, LONG),
    st.builds(Chart, SHORT, LONG, st.just(())),
)
ELEMENTS = st.tuples(
    st.lists(ROWS, max_size=10), st.lists(ANY_ROWS, max_size=1), st.lists(OTHERS, max_size=4)
).map(lambda all_: tuple(element for some in all_ for element in some))
MESSAGES = st.builds(Message, notification=LONG, elements=ELEMENTS)
VALUES = st.text("abc123", min_size=1, max_size=20)
FIELDS = st.lists(
    st.one_of(
        st.builds(
            TextField, name=VALUES, label=SHORT, hint=LONG, value=SHORT, multiline=st.booleans(),
            maximum=st.integers(min_value=1, max_value=5_000), group=SHORT,
        ),
        st.builds(DateField, name=VALUES, label=SHORT, value=st.none() | st.dates(dt.date(1900, 1, 1))),
        st.builds(
            ChoiceField, name=VALUES, label=SHORT, hint=SHORT, value=VALUES, expanded=st.booleans(),
            options=st.lists(st.builds(Option, VALUES, SHORT), min_size=1, max_size=12).map(tuple),
        ),
        st.builds(CheckField, name=VALUES, label=SHORT, value=st.booleans()),
    ),
    max_size=6, unique_by=lambda field: field.name,
)  # fmt: skip
INTROS = st.lists(ANY_ROWS | OTHERS, max_size=4).map(tuple)
FORMS = st.builds(
    Form, title=SHORT, submit=ACTIONS.map(str), submit_label=SHORT, step=SHORT,
    intro=INTROS, fields=FIELDS.map(tuple), buttons=_buttons(ACTIONS, 3),
)  # fmt: skip


@MANY
@given(MESSAGES | FORMS, st.booleans())
def test_whatever_is_said_teams_takes_it_and_no_button_is_lost(view: Message | Form, dialog: bool) -> None:
    card = drawn(view, dialog=dialog)
    validate(card, dialog=dialog)
    assert tokens(card) == sorted(button.action for button in buttons_of(view))


@MANY
@given(MESSAGES | FORMS)
def test_no_name_formats_anything_or_calls_anybody(view: Message | Form) -> None:
    for shown in texts(drawn(view)):
        assert not any(harm in shown for harm in ("](", "<at>", "<b>", "{{", "\u202e", "\u2066", "\x07"))


@MANY
@given(st.lists(ROWS, min_size=10, max_size=10))
def test_ten_rows_stay_ten_rows_however_long(rows: list[Row]) -> None:
    shown = message(Message(notification="x", elements=tuple(rows)))
    assert weight(shown) <= limits.CARD
    assert not any("more do not fit" in said for said in texts(shown))


@MANY
@given(FORMS, st.dictionaries(VALUES, SHORT, max_size=3), st.dictionaries(VALUES, LONG, max_size=3))
def test_a_form_comes_back_with_whatever_was_sent(
    view: Form, values: Mapping[str, str], errors: Mapping[str, str]
) -> None:
    sent = {**values} | {field.name: "x" for field in view.fields[:1]}
    wrong = {**errors} | {field.name: HOSTILE for field in view.fields[:2]}
    validate(form(view, values=sent, errors=wrong, dialog=True), dialog=True)


@given(st.lists(ACTIONS, min_size=2, max_size=16))
def test_an_entry_of_a_drop_down_brings_its_token_back(actions: list[Action]) -> None:
    menu = tuple(Button("Do", str(one), opens_form=one.verb.opens_form) for one in actions)
    body = actions_of((), menu, Drawing(Density(dropdowns=True)))
    assert [action["title"] for action in acts(body)] == [GO]
    found = [(one.token, one.opens_form) for one in clicks({"body": body})]
    assert found == [(button.action, button.opens_form) for button in menu]
