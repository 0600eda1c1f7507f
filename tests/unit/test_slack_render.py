"""Every View in Block Kit: golden, valid, within Slack's limits, and with nothing lost or let through."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any, assert_never

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SlackView

from adapters.slack import limits, render, text, tokens
from adapters.slack.blocks import ACTION, DENSITIES
from adapters.slack.inputs import fields
from adapters.slack.render import clicked, errors, home, kept, message, modal
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
    Mark,
    Message,
    Option,
    Paragraph,
    Row,
    Style,
    TextField,
    View,
)
from tests import example_views
from tests.golden import GOLDEN, matches_golden
from tests.hostile_text import SLACK_HOSTILE as HOSTILE
from tests.hostile_text import SLACK_NASTY as NASTY
from tests.plain_text import buttons_of
from tests.slack_counterpart.block_kit import check_message_blocks, units
from tests.unit.test_slack_menu_tokens import ACTIONS

VIEWS = example_views.views()
EVERY_VIEW = pytest.mark.parametrize("name", sorted(VIEWS))


def sent(view: View) -> dict[str, Any]:
    """What goes to Slack."""
    match view:
        case Message():
            return dataclasses.asdict(message(view))
        case Form():
            return modal(view)
        case FieldErrors():
            return errors(view)
        case _:
            assert_never(view)


# -- golden ---------------------------------------------------------------------------------------------


@EVERY_VIEW
def test_a_screen_in_slack_is_as_in_its_golden_file(name: str) -> None:
    shown = json.dumps(sent(VIEWS[name]), ensure_ascii=False, indent=2) + "\n"
    matches_golden(GOLDEN / "slack" / f"{name}.json", _ID.sub(_same_in_every_run, shown))


_ID = re.compile(r"(?<=\.)[A-Za-z0-9_-]{22}(?=[.\"])")


def _same_in_every_run(found: re.Match[str]) -> str:
    """An id that was made by chance (version 4) is left out of the file; the examples' own are kept."""
    made = uuid.UUID(tokens.decode(found[0]))
    return "(a-new-id)" if made.version == 4 else found[0]


def test_no_golden_file_of_slack_is_left_over() -> None:
    assert {path.stem for path in (GOLDEN / "slack").glob("*.json")} == set(VIEWS)


# -- valid: slack_sdk's own checks, and what it does not check ------------------------------------------


def validate(payload: dict[str, Any]) -> None:
    """Refuse what Slack would refuse."""
    if payload.get("type") in ("modal", "home"):
        SlackView(**payload).to_dict()
        assert 0 < len(payload["blocks"]) <= limits.VIEW_BLOCKS
        assert len(json.dumps(payload)) <= limits.VIEW_BYTES
    elif "blocks" in payload:
        assert 0 < len(payload["blocks"]) <= limits.MESSAGE_BLOCKS
        assert 0 < len(payload["text"]) <= limits.UPDATE_TEXT <= limits.MESSAGE_TEXT
        weight = sum(len(shown) for shown in texts(payload["blocks"]))
        assert weight + limits.BLOCK_WEIGHT * len(payload["blocks"]) <= limits.MESSAGE_WEIGHT
    blocks = payload.get("blocks", [])
    parsed = Block.parse_all(blocks)
    assert [block.to_dict() for block in parsed] == blocks
    for block in parsed:
        _validate_all(block)
    names = [b["block_id"] for b in blocks if "block_id" in b]
    assert len(names) == len(set(names))
    ids = [part["action_id"] for part in parts(blocks) if "action_id" in part]
    assert len(ids) == len(set(ids))
    assert all(len(one) <= limits.IDENTIFIER for one in (*names, *ids))
    for part in parts(payload):
        _validate_part(part)
    inputs = [block for block in blocks if block["type"] == "input"]
    assert not inputs or payload["submit"]["text"]


def _validate_part(part: dict[str, Any]) -> None:
    kind = part.get("type")
    if kind in ("plain_text", "text"):
        assert part["text"]
        assert units(part["text"]) <= limits.SECTION
        part["text"].encode("utf-8")
    assert kind != "mrkdwn"
    if kind == "plain_text":
        assert part["emoji"] is False
    for holder, key, most in COUNTS:
        if kind == holder:
            assert 0 < len(part[key]) <= most
    if kind == "button":
        assert units(part["text"]["text"]) <= limits.BUTTON
    if kind == "plain_text_input":
        assert units(part.get("initial_value", "")) <= part["max_length"] <= limits.INPUT
    _validate_options(part)


COUNTS = (
    ("actions", "elements", limits.ACTIONS),
    ("context", "elements", limits.CONTEXT),
    ("button", "value", limits.BUTTON_VALUE),
    ("overflow", "options", limits.OVERFLOW),
    ("radio_buttons", "options", limits.RADIO),
)


def _validate_options(part: dict[str, Any]) -> None:
    for key in ("options", "option_groups"):
        assert 0 < len(part.get(key, "x")) <= limits.OPTIONS
    if "type" not in part and "value" in part:
        assert units(part["text"]["text"]) <= limits.OPTION
        assert units(part.get("description", {"text": ""})["text"]) <= limits.OPTION
        assert 0 < len(part["value"]) <= limits.OPTION_VALUE
    assert all(units(one["text"]) <= limits.FIELD for one in part.get("fields", ()))
    if "initial_option" in part:
        groups = part.get("option_groups", [{"options": part.get("options", [])}])
        assert part["initial_option"] in [option for group in groups for option in group["options"]]


def _validate_all(part: object) -> None:
    """slack_sdk checks one object at a time, not what is inside it."""
    if isinstance(part, JsonObject):
        part.validate_json()
        for value in vars(part).values():
            _validate_all(value)
    elif isinstance(part, list | tuple):
        for one in part:
            _validate_all(one)


def parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)


def texts(value: object) -> list[str]:
    return [part["text"] for part in parts(value) if isinstance(part.get("text"), str)]


def drawn_tokens(payload: dict[str, Any]) -> list[str]:
    """Every token that a click in this payload, or submitting it, can bring back."""
    found = [clicked({"value": p["value"]}) for p in parts(payload) if p.get("type") == "button"]
    for part in parts(payload):
        if part.get("type") in ("overflow", "static_select") and part["action_id"].startswith(ACTION):
            found += [clicked({"selected_option": option}) for option in part["options"]]
    if "private_metadata" in payload:
        found.append(kept(payload["private_metadata"]).submit)
    return sorted(filter(None, found))


@EVERY_VIEW
def test_slack_would_take_it(name: str) -> None:
    validate(sent(VIEWS[name]))


@EVERY_VIEW
def test_no_button_is_lost_and_its_token_comes_back(name: str) -> None:
    view = VIEWS[name]
    assert drawn_tokens(sent(view)) == sorted(b.action for b in buttons_of(view))


@EVERY_VIEW
def test_nothing_in_an_example_is_cut_but_what_stands_elsewhere_in_full(name: str) -> None:
    view = VIEWS[name]
    if isinstance(view, Message):
        shown = "\n".join(texts(sent(view)["blocks"]))
        for element in view.elements:
            for said in _said(element):
                assert text.clean(said) in shown


def _said(element: Element) -> tuple[str, ...]:
    match element:
        case Heading() | Paragraph():
            return (element.text,)
        case Row():
            return (element.title, *element.lines, *(b.label for b in (*element.buttons, *element.menu)))
        case Buttons():
            return tuple(b.label for b in element.buttons)
        case LetterText():
            return (element.to, element.sender, element.reply_to, element.subject, element.body)
        case Chart():
            return (element.alt,)
        case _:
            assert_never(element)


# -- how it looks ---------------------------------------------------------------------------------------


def test_a_row_is_two_blocks_with_the_mark_first_and_the_title_bold() -> None:
    row = Row(title="Mei Lin · Analyst", lines=("Due.",), mark=Mark.DUE, buttons=(Button("Send", "send"),))
    body, below = message(Message(notification="1 waits", elements=(row,))).blocks
    assert body["elements"][0]["elements"] == [
        {"type": "text", "text": "◷ "},
        {"type": "text", "text": "Mei Lin · Analyst", "style": {"bold": True}},
        {"type": "text", "text": "\nDue."},
    ]
    assert [e["text"]["text"] for e in below["elements"]] == ["Send"]


@pytest.mark.parametrize(
    ("entries", "kind"), [(1, "button"), (2, "overflow"), (5, "overflow"), (6, "static_select")]
)
def test_a_menu_takes_the_form_that_has_room_for_it(entries: int, kind: str) -> None:
    row = Row(title="Mei", menu=tuple(Button(f"Do {n}", f"do.{n}") for n in range(entries)))
    assert message(Message(notification="x", elements=(row,))).blocks[-1]["elements"][0]["type"] == kind


def test_a_menu_of_hundreds_and_a_token_too_long_for_a_menu_are_shown_all_the_same() -> None:
    menu = tuple(Button("Do", f"do.{n}" + "x" * 200 * (n % 100 == 0)) for n in range(230))
    view = Message(notification="x", elements=(Row(title="Mei", menu=menu),))
    payload = sent(view)
    validate(payload)
    assert drawn_tokens(payload) == sorted(b.action for b in menu)


def test_styles_are_slacks() -> None:
    buttons = tuple(Button(style.value, style.value, style) for style in Style)
    (block,) = message(Message(notification="x", elements=(Buttons(buttons),))).blocks
    assert [e.get("style") for e in block["elements"]] == [None, "primary", "danger"]


def test_a_new_revision_has_new_block_ids_so_that_menus_forget_what_was_chosen() -> None:
    view = VIEWS["digest"]
    assert isinstance(view, Message)

    def ids(shown: render.SlackMessage) -> set[str]:
        return {b["block_id"] for b in shown.blocks if "block_id" in b}

    newer = dataclasses.replace(view, revision=view.revision + 1)
    assert not ids(message(view)) & ids(message(newer))
    assert not ids(message(view)) & ids(message(view, edition="b"))


def test_a_letter_is_shown_whole_in_as_many_blocks_as_it_needs() -> None:
    body = "\n\n".join(f"Paragraph {n}: " + "word " * 60 for n in range(20))
    letter = LetterText(to="a@b.example", sender="Dana", reply_to="d@b.example", subject="News", body=body)
    blocks = message(Message(notification="x", elements=(letter,))).blocks
    quotes = [b["elements"][0]["elements"][0]["text"] for b in blocks[1:]]
    assert len(quotes) > 1
    assert "".join("".join(quotes).split()) == "".join(body.split())


def test_a_letter_too_long_to_be_shown_says_so() -> None:
    letter = LetterText(to="a", sender="b", reply_to="c", subject="d", body="word " * 5_000)
    *_, last = message(Message(notification="x", elements=(letter,))).blocks
    assert "It is sent whole" in last["elements"][0]["text"]


def test_a_long_heading_is_not_cut() -> None:
    (block,) = message(Message(notification="x", elements=(Heading("word " * 40),))).blocks
    assert block["elements"][0]["elements"][0]["text"] == ("word " * 40).strip()


def test_a_message_of_nothing_still_says_its_first_line() -> None:
    (block,) = message(Message(notification="Done", elements=())).blocks
    assert block["text"]["text"] == "Done"
    assert home(Message(notification="Done", elements=()))["blocks"] == [block]


def test_ten_full_rows_fit_and_a_home_tab_has_room_for_more() -> None:
    rows = tuple(_full_row(n, "Tomasz Zieliński") for n in range(10))
    payload = sent(Message(notification="x", elements=(Heading("x"), *rows, Paragraph("y"))))
    validate(payload)
    assert len(payload["blocks"]) == 1 + 10 * 3 + 1
    many = Message(notification="x", elements=tuple(_full_row(n, "Tomasz") for n in range(30)))
    tab = home(many)
    validate(tab)
    assert drawn_tokens(tab) == sorted(b.action for b in buttons_of(many))


def test_what_does_not_fit_is_counted_aloud() -> None:
    rows = tuple(_full_row(n, "Tomasz") for n in range(200))
    view = Message(notification="x", elements=(*rows, Buttons((Button("Settings", "settings"),))))
    payload = sent(view)
    validate(payload)
    shown = sum(b["type"] == "section" for b in payload["blocks"])
    assert f"{200 - shown} more do not fit here." in texts(payload["blocks"][-1])[0]
    assert "settings" in drawn_tokens(payload)


def test_where_there_are_no_rows_what_stands_last_gives_way() -> None:
    words = tuple(Paragraph(f"Paragraph {n}.") for n in range(120))
    payload = sent(Message(notification="x", elements=words))
    validate(payload)
    first, *_, last = texts(payload["blocks"])
    assert (first, last) == ("Paragraph 0.", "71 more do not fit here. /followup shows all, 10 at a time.")
    form = modal(_form(DateField(name="date", label="Date"), intro=words))
    validate(form)
    assert form["blocks"][-1]["block_id"] == "date"


def _full_row(number: int, name: str) -> Row:
    what = [f"{number}.{n}" for n in range(18)]
    return Row(
        title=name,
        lines=("Promised news by Fri 20 Nov: 1 working day late.", "Ravi is asked to step in on Tue 24 Nov."),
        mark=Mark.LATE,
        buttons=tuple(Button("Send update", f"do.{one}") for one in what[:3]),
        menu=tuple(Button("Offer is out to someone else", f"do.{one}") for one in what[3:]),
    )


def test_the_notification_is_escaped_and_short_enough_to_be_edited() -> None:
    shown = message(Message(notification="a < b & <!channel> " * 500, elements=(Heading("x"),)))
    assert len(shown.text) <= limits.UPDATE_TEXT
    assert shown.text.startswith("a &lt; b &amp; &lt;!channel&gt;")


# -- forms ----------------------------------------------------------------------------------------------


def _form(*of: Field, **given: Any) -> Form:
    return Form(**({"title": "T", "submit": "ok.1", "submit_label": "Save", "fields": of} | given))


def test_a_title_and_a_label_too_long_for_slack_stand_inside_in_full() -> None:
    shown = modal(_form(title="To Priya, as it will be sent", submit_label="Send: leaves Tue 24 Nov 08:30"))
    assert shown["title"]["text"] == "To Priya, as it will be…"
    assert shown["submit"]["text"] == "Send"
    assert texts(shown["blocks"]) == ["To Priya, as it will be sent", "Send: leaves Tue 24 Nov 08:30"]


def test_a_long_choice_goes_on_in_the_line_under_it() -> None:
    label = (
        "Explains a trade-off to somebody who is not an engineer, and changes their mind when they are shown"
    )
    option = modal(_form(ChoiceField(name="c", label="C", options=(Option("0", label),))))["blocks"][0]
    shown = option["element"]["options"][0]
    assert shown["text"]["text"].removesuffix("…") + " " + shown["description"]["text"][1:] == label


def test_many_choices_are_grouped_and_none_is_lost() -> None:
    options = tuple(Option(str(n), f"Choice {n}") for n in range(250))
    field = ChoiceField(name="c", label="C", options=options, value="249", expanded=True)
    payload = modal(_form(field))
    validate(payload)
    element = payload["blocks"][0]["element"]
    assert [o["value"] for g in element["option_groups"] for o in g["options"]] == [o.value for o in options]
    assert element["initial_option"]["value"] == "249"


def test_what_fields_belong_to_stands_above_the_first_of_them() -> None:
    def pair(number: int, group: str) -> tuple[Field, ...]:
        date = DateField(name=f"date_{number}", label="Date", group=group)
        return (date, CheckField(name=f"check_{number}", label="Check", group=group))

    fields_ = (*pair(1, "Tomasz"), *pair(2, "Mei"), DateField(name="last", label="Last"))
    payload = modal(_form(*fields_))
    validate(payload)
    blocks = payload["blocks"]
    kinds = [block["text"]["text"] if block["type"] == "header" else block["block_id"] for block in blocks]
    assert kinds == ["Tomasz", "date_1", "check_1", "Mei", "date_2", "check_2", "last"]


def test_a_value_longer_than_allowed_is_shown_whole_for_the_core_to_refuse() -> None:
    element = modal(_form(TextField(name="t", label="T", value="x" * 40, maximum=5)))["blocks"][0]["element"]
    assert (element["initial_value"], element["max_length"]) == ("x" * 40, 40)


def test_what_slack_would_refuse_is_refused_here() -> None:
    with pytest.raises(ValueError, match="150 characters"):
        modal(_form(ChoiceField(name="c", label="C", options=(Option("x" * 151, "X"),))))
    with pytest.raises(ValueError, match="remember"):
        modal(_form(), context={"channel": "x" * 3000})
    with pytest.raises(ValueError, match="more fields"):
        modal(_form(*(CheckField(name=f"c{n}", label="C") for n in range(101))))


def test_a_modal_remembers_its_token_and_what_the_adapter_gave() -> None:
    shown = modal(_form(), context={"channel": "D1", "ts": "1.2"})
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
    form = _form(
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


# -- any view -------------------------------------------------------------------------------------------

MANY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
"""Whole views are large and slow to make, on a busy machine slower still."""

SHORT = (
    st.sampled_from(("Send update", "Zoë", HOSTILE)) | st.sampled_from("x&").map(lambda c: c * 300) | NASTY
)
LONG = SHORT | st.sampled_from(("word ", "ö", "<!here>", "👩‍👩‍👧")).map(
    lambda piece: piece * (5_000 // len(piece))
)
LABELS = st.sampled_from(("Send update", "Offer is out to someone else", "x" * 75, "&" * 75)) | SHORT
BUTTONS = st.builds(Button, LABELS, ACTIONS.map(str), st.sampled_from(Style))
ROWS = st.builds(
    Row,
    title=SHORT,
    lines=st.lists(LONG, max_size=4).map(tuple),
    mark=st.sampled_from(Mark),
    buttons=st.lists(BUTTONS, max_size=5).map(tuple),
    menu=st.lists(BUTTONS, max_size=16).map(tuple),
)
OTHERS = st.one_of(
    st.builds(Heading, LONG),
    st.builds(Paragraph, LONG, st.booleans()),
    st.builds(Buttons, st.lists(BUTTONS, max_size=4).map(tuple)),
    st.builds(LetterText, SHORT, SHORT, SHORT, SHORT, LONG),
    st.builds(Chart, SHORT, LONG, st.just(())),
)
ELEMENTS = st.tuples(st.lists(ROWS, max_size=10), st.lists(OTHERS, max_size=5)).map(
    lambda both: (*both[0], *both[1])
)
MESSAGES = st.builds(Message, notification=LONG, elements=ELEMENTS)
VALUES = st.text("abc123", min_size=1, max_size=20)
FIELDS = st.lists(
    st.one_of(
        st.builds(
            TextField, name=VALUES, label=LONG, hint=LONG, value=LONG, multiline=st.booleans(),
            maximum=st.integers(min_value=1, max_value=5_000),
        ),
        st.builds(DateField, name=VALUES, label=SHORT, value=st.none() | st.dates(dt.date(1900, 1, 1))),
        st.builds(
            ChoiceField, name=VALUES, label=SHORT, hint=SHORT, value=VALUES, expanded=st.booleans(),
            options=st.lists(st.builds(Option, VALUES, SHORT), min_size=1, max_size=12).map(tuple),
        ),
        st.builds(CheckField, name=VALUES, label=SHORT, group=SHORT, value=st.booleans()),
    ),
    max_size=6, unique_by=lambda field: field.name,
)  # fmt: skip
FORMS = st.builds(
    Form, title=SHORT, submit=ACTIONS.map(str), submit_label=SHORT, step=SHORT,
    intro=ELEMENTS, fields=FIELDS.map(tuple), buttons=st.lists(BUTTONS, max_size=3).map(tuple),
)  # fmt: skip


@MANY
@given(MESSAGES | FORMS)
def test_whatever_is_said_slack_takes_it_and_no_button_is_lost(view: Message | Form) -> None:
    payload = sent(view)
    validate(payload)
    assert drawn_tokens(payload) == sorted(b.action for b in buttons_of(view))


@MANY
@given(MESSAGES | FORMS)
def test_no_name_calls_anybody(view: Message | Form) -> None:
    payload = sent(view)
    for shown in texts(payload):
        assert not any(mark in shown for mark in ("<!", "<@", "<#", "<https:", "\u202e", "\u2066", "\x07"))
    kinds = {part.get("type") for part in parts(payload)}
    assert not kinds & {"mrkdwn", "markdown", "user", "broadcast", "link", "emoji"}


@MANY
@given(st.lists(ROWS, min_size=10, max_size=10))
def test_ten_rows_stay_ten_rows_however_long(rows: list[Row]) -> None:
    shown = message(Message(notification="x", elements=tuple(rows)))
    assert not any("more do not fit" in said for said in texts(shown.blocks))


def test_densities_only_get_denser() -> None:
    loose, *_, tight = DENSITIES
    assert (loose.text, loose.label) > (tight.text, tight.label)
    assert tight.one_block_rows


# -- what a whole channel reads ---------------------------------------------------------------------------


def test_a_chart_that_was_uploaded_is_a_picture_and_says_the_same_in_words() -> None:
    view = VIEWS["summary"]
    assert isinstance(view, Message)
    [chart] = [element for element in view.elements if isinstance(element, Chart)]
    blocks = check_message_blocks(render.for_all(view, {chart: "F0123456789"}).blocks)
    [image] = [block for block in blocks if block["type"] == "image"]
    assert image["slack_file"] == {"id": "F0123456789"}
    assert image["alt_text"] == chart.alt
    assert chart.alt not in str([block for block in blocks if block["type"] != "image"])
    without = check_message_blocks(render.for_all(view, {}).blocks)
    assert chart.alt in str(without)
    assert not [block for block in without if block["type"] == "image"]


def test_no_answer_takes_the_place_of_what_a_channel_reads() -> None:
    view = VIEWS["summary"]
    assert isinstance(view, Message)
    for drawn, one_may in ((render.for_all(view, {}), False), (render.message(view), True)):
        clickable = [block for block in drawn.blocks if block["type"] == "actions"]
        assert clickable
        assert all(render.stays(block["block_id"]) != one_may for block in clickable)
