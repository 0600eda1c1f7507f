"""A form as a card: what is filled in comes back, what is wrong stands at its field."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams import limits, render, text
from adapters.teams.render import CANCEL, Clicked, clicked, form
from bot.views.elements import Button, CheckField, ChoiceField, DateField, Field, Form, Option, TextField
from tests.teams_card import EITHER, VIEWS, Json, acts, clicks, parts, texts, validate


def a_form(*of: Field, **given: Any) -> Form:
    return Form(**({"title": "T", "submit": "ok.1", "submit_label": "Save", "fields": of} | given))


EVERY_FIELD = (
    TextField(name="note", label="Note", value="as proposed"),
    TextField(name="empty", label="Empty", optional=True),
    DateField(name="date", label="Date", value=dt.date(2026, 12, 1)),
    ChoiceField(
        name="why", label="Why", options=(Option("a", "A"), Option("b", "B")), value="a", expanded=True
    ),
    ChoiceField(name="how", label="How", options=(Option("b", "B"),)),
    CheckField(name="ticked", label="Ticked", value=True),
    CheckField(name="blank", label="Blank"),
)


def filled(card: Json) -> dict[str, str]:
    """What a client sends for the inputs when nothing is touched."""
    return {
        part["id"]: part.get("value", "") for part in parts(card) if str(part.get("type"))[:6] == "Input."
    }


@EITHER
def test_what_is_filled_in_comes_back_as_the_services_fields(dialog: bool) -> None:
    card = form(a_form(*EVERY_FIELD), context={"activity": "1"}, dialog=dialog)
    submit, *_ = acts(card)
    assert clicked({**submit["data"], **filled(card)}) == Clicked(
        "ok.1", {"note": "as proposed", "date": "2026-12-01", "why": "a", "ticked": "yes"}, {"activity": "1"}
    )


@EITHER
def test_what_was_filled_in_is_kept_when_it_comes_back_with_an_error(dialog: bool) -> None:
    values = {"note": "mine", "date": "never", "why": "b", "how": "gone", "blank": "yes"}
    errors = {"date": "Choose a day.", "other": "Something else."}
    card = form(a_form(*EVERY_FIELD), values=values, errors=errors, dialog=dialog)
    validate(card, dialog=dialog)
    submit, *_ = acts(card)
    known = clicked({**submit["data"], **filled(card)})
    assert known
    assert known.fields == {"note": "mine", "why": "b", "blank": "yes"}
    shown = [part.get("text") or part.get("label") for part in parts(card)]
    assert shown.index("Something else.") < shown.index("Note")
    assert shown.index("Date") < shown.index("Choose a day.") < shown.index("Why")
    assert {p["color"] for p in parts(card) if p.get("text") in errors.values()} == {"Attention"}


def test_a_form_in_a_conversation_can_be_cancelled_and_one_in_a_dialog_is_closed() -> None:
    shown = form(a_form(DateField(name="date", label="Date")), context={"activity": "1"}, dialog=False)
    assert clicks(shown)[-1] == Clicked(CANCEL, {}, {"activity": "1"})
    assert [one["title"] for one in acts(form(a_form(), dialog=True))] == ["Save"]


def test_only_submit_needs_the_fields() -> None:
    back = Button("Back", "back.1")
    for dialog in (True, False):
        submit, *others = acts(form(a_form(*EVERY_FIELD, buttons=(back,)), dialog=dialog))
        assert "associatedInputs" not in submit
        assert {one["associatedInputs"] for one in others} == {"none"}


def test_fields_that_belong_together_stand_under_one_line() -> None:
    pair = tuple(CheckField(name=f"c{n}", label=f"C{n}", group="Tomasz") for n in range(2))
    last = CheckField(name="c3", label="C3")
    assert texts(form(a_form(*pair, last), dialog=True)["body"])[:-1] == ["Tomasz", "C0", "C1", "C3"]


def test_a_title_too_long_for_a_dialog_stands_inside_in_full() -> None:
    view = a_form(title="Feedback for " + "Maria " * 20)
    assert render.dialog_title(view).endswith("…")
    assert texts(form(view, dialog=True))[1] == text.one_line(view.title)
    assert render.dialog_title(a_form(title="Settings")) == "Settings"


def test_a_value_longer_than_allowed_is_shown_whole_for_the_core_to_refuse() -> None:
    shown = form(a_form(TextField(name="t", label="T", value="x" * 40, maximum=5)), dialog=True)["body"][0]
    assert (shown["value"], shown["maxLength"]) == ("x" * 40, 40)


def test_every_input_has_a_label_and_says_what_is_missing() -> None:
    for name, view in VIEWS.items():
        if not isinstance(view, Form):
            continue
        for part in parts(form(view, dialog=True)):
            if str(part.get("type")).startswith("Input."):
                assert part.get("label") or part.get("title"), name
                assert part.get("isRequired", False) == bool(part.get("errorMessage")), name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["do", "open", "submit", "with", "menu", "rest", "menu.1", "action", "data", "field.a", "check.a"]
)
VALUES_SENT = JSON | st.sampled_from(["do:x", "do=x", "open:", "menu.1", "x" * 3_000])
DATA = st.dictionaries(KEYS, VALUES_SENT | st.dictionaries(KEYS, VALUES_SENT, max_size=4), max_size=6)


@given(JSON | DATA)
def test_whatever_is_sent_is_a_click_or_nothing(data: object) -> None:
    found = clicked(data)
    if found:
        assert 0 < len(found.token) <= limits.TOKEN
        assert all(found.fields.values())
        assert {type(value) for value in (*found.fields.values(), *found.context.values())} <= {str}


@pytest.mark.parametrize(
    "data",
    [
        None, "do", [], {}, {"do": ""}, {"do": 1}, {"do": "x" * 2_001}, {"submit": ["x"]}, {"action": {}},
        {"data": None}, {"menu": "menu.1", "rest": ".x"}, {"menu": "menu.1", "rest": ".x", "menu.1": ""},
        {"menu": "menu.1", "rest": ".x", "menu.1": "go:send"}, {"field.note": "x"},
    ],
)  # fmt: skip
def test_what_is_not_ours_is_no_click(data: object) -> None:
    assert clicked(data) is None
