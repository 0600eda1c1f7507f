"""A form as a modal: what is filled in comes back, what is wrong stands at its field, nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.inputs import fields
from adapters.slack.render import clicked, errors, kept, modal
from bot.views.elements import CheckField, ChoiceField, DateField, Field, FieldErrors, Form, Option, TextField
from tests.slack_counterpart.elements import texts
from tests.slack_payload import validate


def a_form(*of: Field, **given: Any) -> Form:
    return Form(**({"title": "T", "submit": "ok.1", "submit_label": "Save", "fields": of} | given))


def test_a_title_and_a_label_too_long_for_slack_stand_inside_in_full() -> None:
    shown = modal(a_form(title="To Priya, as it will be sent", submit_label="Send: leaves Tue 24 Nov 08:30"))
    assert shown["title"]["text"] == "To Priya, as it will be…"
    assert shown["submit"]["text"] == "Send"
    assert texts(shown["blocks"]) == ["To Priya, as it will be sent", "Send: leaves Tue 24 Nov 08:30"]


def test_a_long_choice_goes_on_in_the_line_under_it() -> None:
    label = (
        "Explains a trade-off to somebody who is not an engineer, and changes their mind when they are shown"
    )
    option = modal(a_form(ChoiceField(name="c", label="C", options=(Option("0", label),))))["blocks"][0]
    shown = option["element"]["options"][0]
    assert shown["text"]["text"].removesuffix("…") + " " + shown["description"]["text"][1:] == label


def test_many_choices_are_grouped_and_none_is_lost() -> None:
    options = tuple(Option(str(n), f"Choice {n}") for n in range(250))
    field = ChoiceField(name="c", label="C", options=options, value="249", expanded=True)
    payload = modal(a_form(field))
    validate(payload)
    element = payload["blocks"][0]["element"]
    assert [o["value"] for g in element["option_groups"] for o in g["options"]] == [o.value for o in options]
    assert element["initial_option"]["value"] == "249"


def test_what_fields_belong_to_stands_above_the_first_of_them() -> None:
    def pair(number: int, group: str) -> tuple[Field, ...]:
        date = DateField(name=f"date_{number}", label="Date", group=group)
        return (date, CheckField(name=f"check_{number}", label="Check", group=group))

    fields_ = (*pair(1, "Tomasz"), *pair(2, "Mei"), DateField(name="last", label="Last"))
    payload = modal(a_form(*fields_))
    validate(payload)
    blocks = payload["blocks"]
    kinds = [block["text"]["text"] if block["type"] == "header" else block["block_id"] for block in blocks]
    assert kinds == ["Tomasz", "date_1", "check_1", "Mei", "date_2", "check_2", "last"]


def test_a_value_longer_than_allowed_is_shown_whole_for_the_core_to_refuse() -> None:
    element = modal(a_form(TextField(name="t", label="T", value="x" * 40, maximum=5)))["blocks"][0]["element"]
    assert (element["initial_value"], element["max_length"]) == ("x" * 40, 40)


def test_what_slack_would_refuse_is_refused_here() -> None:
    with pytest.raises(ValueError, match="150 characters"):
        modal(a_form(ChoiceField(name="c", label="C", options=(Option("x" * 151, "X"),))))
    with pytest.raises(ValueError, match="remember"):
        modal(a_form(), context={"channel": "x" * 3000})
    with pytest.raises(ValueError, match="more fields"):
        modal(a_form(*(CheckField(name=f"c{n}", label="C") for n in range(101))))


def test_a_modal_remembers_its_token_and_what_the_adapter_gave() -> None:
    shown = modal(a_form(), context={"channel": "D1", "ts": "1.2"})
    remembered = kept(shown["private_metadata"])
    assert (remembered.submit, remembered.context) == ("ok.1", {"channel": "D1", "ts": "1.2"})


@pytest.mark.parametrize("garbage", ["", "[]", '{"submit": 1, "context": {}}', '{"submit": "x"}'])
def test_a_modal_that_is_not_ours_is_refused(garbage: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        kept(garbage)


def test_an_error_stands_at_its_field_or_at_the_first_one_shown() -> None:
    view = FieldErrors((("date", "Choose a day."), ("date", "A working day."), ("gone", "<!here>")))
    assert errors(view)["errors"]["date"] == "Choose a day. A working day."
    shown = errors(FieldErrors((("gone", "Mend it."),)), ["name", "date"])
    assert shown == {"response_action": "errors", "errors": {"name": "Mend it."}}


def test_what_was_filled_in_comes_back_as_the_services_fields() -> None:
    form = a_form(
        TextField(name="note", label="Note"),
        TextField(name="empty", label="Empty", optional=True),
        DateField(name="date", label="Date"),
        ChoiceField(name="why", label="Why", options=(Option("a", "A"),), expanded=True),
        ChoiceField(name="how", label="How", options=(Option("b", "B"),)),
        CheckField(name="ticked", label="Ticked"),
        CheckField(name="blank", label="Blank"),
    )
    filled: dict[str, dict[str, object]] = {
        "note": {"value": "said <so>"},
        "empty": {"value": None},
        "date": {"selected_date": "2026-12-01"},
        "why": {"selected_option": {"value": "a"}},
        "how": {"selected_option": {"value": "b"}},
        "ticked": {"selected_options": [{"value": "yes"}]},
        "blank": {"selected_options": []},
    }
    values = {
        block["block_id"]: {
            block["element"]["action_id"]: {"type": block["element"]["type"], **filled[block["block_id"]]}
        }
        for block in modal(form)["blocks"]
    }
    assert fields({"values": values}) == {
        "note": "said <so>", "date": "2026-12-01", "why": "a", "how": "b", "ticked": "yes",
    }  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["plain_text_input", "datepicker", "static_select", "radio_buttons", "checkboxes", "?"]
)
KEYS = st.sampled_from(["value", "selected_date", "selected_option", "selected_options"])


ELEMENT = st.tuples(st.dictionaries(KEYS, JSON), KINDS).map(lambda both: {**both[0], "type": both[1]})
STATES = st.fixed_dictionaries(
    {"values": st.dictionaries(st.text(), st.dictionaries(st.text(), ELEMENT | JSON, max_size=2), max_size=3)}
)


@given(JSON | STATES)
def test_a_malformed_submission_is_read_as_far_as_it_goes(state: object) -> None:
    assert all(fields(state).values())
    clicked(state)
