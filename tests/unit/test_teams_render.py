"""Every View as an Adaptive Card: golden, valid, within Teams' limits, with nothing lost or let through."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_never

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft6Validator

from adapters.teams import limits, render, text, typed
from adapters.teams.actions import GO, MENU, Density, Drawing, actions_of
from adapters.teams.render import CANCEL, Clicked, clicked, form, message, weight
from bot.actions import ALONE, AT_HOME, LISTED, Action, Place, Verb, token
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
from tests.hostile_text import TEAMS_HOSTILE as HOSTILE
from tests.hostile_text import TEAMS_NASTY as NASTY
from tests.plain_text import buttons_of

Json = dict[str, Any]

VIEWS = {name: view for name, view in example_views.views().items() if not isinstance(view, FieldErrors)}
EVERY_VIEW = pytest.mark.parametrize("name", sorted(VIEWS))
EITHER = pytest.mark.parametrize("dialog", [True, False], ids=["dialog", "conversation"])
SCHEMA_FILE = Path(__file__).parents[1] / "node" / "adaptive_card.schema.json"
SCHEMA = Draft6Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def drawn(view: View, *, dialog: bool = False) -> Json:
    """The card that goes to Teams."""
    match view:
        case Message():
            return message(view, dialog=dialog)
        case Form():
            return form(view, dialog=dialog, context={"conversation": "19:1"})
        case FieldErrors():
            raise AssertionError("Errors are drawn together with their form.")
        case _:
            assert_never(view)


# -- golden ---------------------------------------------------------------------------------------------


@EVERY_VIEW
def test_a_screen_in_teams_is_as_in_its_golden_file(name: str) -> None:
    shown = json.dumps(drawn(VIEWS[name]), ensure_ascii=False, indent=2) + "\n"
    matches_golden(GOLDEN / "teams" / f"{name}.json", _ID.sub(_same_in_every_run, shown))


_ID = re.compile(r"(?<=\.)[0-9a-f]{32}(?=[.\"])")


def _same_in_every_run(found: re.Match[str]) -> str:
    """An id that was made by chance (version 4) is left out of the file; the examples' own are kept."""
    return "(a-new-id)" if uuid.UUID(found[0]).version == 4 else found[0]


def test_no_golden_file_of_teams_is_left_over() -> None:
    assert {path.stem for path in (GOLDEN / "teams").glob("*.json")} == set(VIEWS)


# -- valid: Microsoft's schema, and what it does not say ---------------------------------------------------


def validate(card: Json, *, dialog: bool = False) -> None:
    """Refuse what Teams would refuse, or not show."""
    kinds = {part.get("type") for part in parts(card)}
    assert refused(_shape(card)) == ""
    assert card["body"]
    assert weight(card) <= limits.LONGEST_CARD
    assert not dialog or "Action.Execute" not in kinds
    ids = [part["id"] for part in parts(card) if "id" in part]
    assert len(ids) == len(set(ids))
    for part in parts(card):
        _validate_part(part)


def refused(card: Json) -> str:
    """What the schema has against it; empty for nothing."""
    # Teams' own property, of which the schema of all hosts does not know.
    plain = {key: value for key, value in card.items() if key != "msteams"}
    error = next(iter(SCHEMA.iter_errors(plain)), None)
    return f"{error.json_path}: {error.message[:300]}" if error else ""


def _shape(value: Any) -> Any:
    """What the schema can object to: each text as "x", and each kind of element once. That is far quicker."""
    match value:
        case dict():
            return {key: _masked(key, inner) for key, inner in value.items()}
        case list():
            return list({json.dumps(one): one for one in map(_shape, value)}.values())
        case _:
            return value


def _masked(key: str, value: Any) -> Any:
    if key in _TEXTS and isinstance(value, str):
        return "x"
    return {} if key == "data" and isinstance(value, dict) else _shape(value)


_TEXTS = frozenset({"text", "title", "label", "value", "altText", "fallbackText", "placeholder", "id"})


def _validate_part(part: Json) -> None:
    match part.get("type"):
        case "TextRun":
            assert part["text"]
        case "TextBlock":
            assert part["text"]
            assert part["wrap"]
        case "ActionSet":
            shown = [one for one in part["actions"] if one.get("mode") != "secondary"]
            assert part["actions"]
            assert len(shown) <= limits.PRIMARY_ACTIONS
        case str(kind) if kind.startswith("Action."):
            assert part["title"]
        case "Input.ChoiceSet":
            values = [choice["value"] for choice in part["choices"]]
            assert all(choice["title"] for choice in part["choices"])
            assert part.get("value") is None or part["value"] in values
        case "Input.Text":
            assert len(part.get("value", "")) <= part["maxLength"]
        case _:
            pass


def parts(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)


def texts(card: Json) -> list[str]:
    """Whatever is shown."""
    keys = ("text", "title", "label", "placeholder", "altText", "errorMessage", "fallbackText")
    return [part[key] for part in parts(card) for key in keys if isinstance(part.get(key), str)]


def acts(value: object) -> Iterator[Json]:
    """Every action that sends something; what takes its place in older clients is not one more."""
    if isinstance(value, dict):
        if str(value.get("type")).startswith("Action."):
            if "data" in value:
                yield value
            return
        for inner in value.values():
            yield from acts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from acts(inner)


def clicks(card: Json) -> list[Clicked]:
    """What each click on the card brings back, as Teams sends it."""
    choices = {part["id"]: part["choices"] for part in parts(card) if part.get("type") == "Input.ChoiceSet"}
    found = []
    for action in acts(card["body"]):
        data = action["data"]
        assert action.get("fallback", action)["data"] == data
        picks = [{data[MENU]: choice["value"]} for choice in choices[data[MENU]]] if MENU in data else [{}]
        for picked in picks:
            sent = {**data, **picked}
            once = clicked(sent)
            assert once, sent
            assert clicked({"action": {"type": action["type"], "data": sent}}) == once
            assert clicked({"data": sent, "context": {"theme": "dark"}}) == once
            found.append(once)
    return found


def tokens(card: Json) -> list[str]:
    return sorted(one.token for one in clicks(card) if one.token != CANCEL)


@pytest.mark.parametrize("name", ["digest", "form_feedback", "form_preview", "home", "form_settings_admin"])
def test_the_schema_has_nothing_against_a_whole_card(name: str) -> None:
    assert refused(drawn(VIEWS[name])) == ""


WRONG: dict[str, Json] = {
    "an unknown element": {"type": "Paragraph", "text": "x"},
    "a misspelt key": {"type": "TextBlock", "text": "x", "wraps": True},
    "a number where a text belongs": {"type": "TextBlock", "text": 1},
    "a text block without a text": {"type": "TextBlock"},
    "a button outside of a row of buttons": {"type": "Action.Execute", "title": "x"},
    "an action that there is not": {"type": "ActionSet", "actions": [{"type": "Action.Dance"}]},
    "a number as an action's data": {
        "type": "ActionSet",
        "actions": [{"type": "Action.Execute", "title": "x", "data": 1}],
    },
    "a choice that is a word": {"type": "Input.ChoiceSet", "id": "x", "choices": ["x"]},
    "a style that there is not": {"type": "Container", "items": [], "style": "loud"},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_card_is_refused(what: str) -> None:
    """Or else being refused by nobody would mean nothing."""
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [WRONG[what]]}
    assert refused(card)
    assert refused(_shape(card))


@EITHER
@EVERY_VIEW
def test_teams_would_take_it(name: str, dialog: bool) -> None:
    card = drawn(VIEWS[name], dialog=dialog)
    validate(card, dialog=dialog)
    assert weight(card) <= limits.CARD


@EITHER
@EVERY_VIEW
def test_no_button_is_lost_and_its_token_comes_back(name: str, dialog: bool) -> None:
    view = VIEWS[name]
    found = clicks(drawn(view, dialog=dialog))
    there = buttons_of(view)
    assert sorted((one.token, one.opens_form) for one in found if one.token != CANCEL) == sorted(
        (button.action, button.opens_form) for button in there
    )


@EVERY_VIEW
def test_nothing_in_an_example_is_cut(name: str) -> None:
    view = VIEWS[name]
    shown = "\n".join(texts(drawn(view)))
    for element in view.elements if isinstance(view, Message) else view.intro:
        for said in _said(element):
            # A paragraph of several lines is as many lines in the card.
            assert all(text.one_line(typed.words(line)) in shown for line in said.split("\n"))


def _said(element: Element) -> tuple[str, ...]:
    match element:
        case Heading() | Paragraph():
            return (element.text,)
        case Row():
            return (element.title, *element.lines, *(b.label for b in (*element.buttons, *element.menu)))
        case Buttons():
            return tuple(b.label for b in element.buttons)
        case LetterText():
            return (element.to, element.sender, element.reply_to, element.subject, *filter(
                None, element.body.split("\n")
            ))  # fmt: skip
        case Chart():
            return (element.alt,)
        case _:
            assert_never(element)


# -- how it looks ---------------------------------------------------------------------------------------


def _message(*elements: Element, notification: str = "x") -> Message:
    return Message(notification=notification, elements=elements)


def test_a_row_has_its_mark_first_its_title_in_bold_and_its_buttons_below() -> None:
    row = Row(title="Mei Lin · Analyst", lines=("Due.",), mark=Mark.DUE, buttons=(Button("Send", "send"),))
    heading, body = message(_message(Heading("1 waits"), row))["body"]
    assert heading["style"] == "heading"
    assert "separator" not in heading
    assert body["separator"]
    title, line, buttons = body["items"]
    assert title["inlines"] == [
        {"type": "TextRun", "text": "◷ ", "weight": "Bolder", "color": "Accent"},
        {"type": "TextRun", "text": "Mei Lin · Analyst", "weight": "Bolder"},
    ]
    assert texts(line) == ["Due."]
    assert [action["title"] for action in buttons["actions"]] == ["Send"]


def test_a_menu_hides_behind_the_cards_own_dots() -> None:
    row = Row(title="Mei", buttons=(Button("Send", "send"),), menu=(Button("A", "a"), Button("B", "b")))
    (action_set,) = (part for part in parts(message(_message(row))) if part.get("type") == "ActionSet")
    assert [one.get("mode") for one in action_set["actions"]] == [None, "secondary", "secondary"]


def test_a_button_that_opens_a_form_asks_for_a_dialog_and_any_other_acts_at_once() -> None:
    buttons = Buttons((Button("Settings", "settings", opens_form=True), Button("Send", "send")))
    opens, acts_ = message(_message(buttons))["body"][0]["actions"]
    assert (opens["type"], opens["data"]) == (
        "Action.Submit", {"open": "settings", "msteams": {"type": "task/fetch"}},
    )  # fmt: skip
    assert (acts_["type"], acts_["fallback"]["type"]) == ("Action.Execute", "Action.Submit")


def test_styles_are_those_of_the_cards() -> None:
    buttons = tuple(Button(style.value, style.value, style) for style in Style)
    (row,) = message(_message(Buttons(buttons)))["body"]
    assert [one.get("style") for one in row["actions"]] == [None, "positive", "destructive"]
    assert [one["fallback"].get("style") for one in row["actions"]] == [None, "positive", "destructive"]


def test_seven_buttons_stand_in_two_rows_because_teams_shows_six() -> None:
    buttons = tuple(Button(str(n), f"do.{n}") for n in range(7))
    assert [len(row["actions"]) for row in message(_message(Buttons(buttons)))["body"]] == [6, 1]


def test_a_letter_is_shown_whole_line_by_line() -> None:
    body = "\n\n".join(f"Paragraph {n}: " + "word " * 60 for n in range(20))
    letter = LetterText(to="a@b.example", sender="Dana", reply_to="d@b.example", subject="News", body=body)
    _, ground = message(_message(letter))["body"]
    assert texts(ground) == ["News", *(line.strip() for line in body.split("\n") if line)]


def test_a_letter_too_long_to_be_shown_says_so() -> None:
    letter = LetterText(to="a", sender="b", reply_to="c", subject="d", body="word " * 5_000)
    *_, last = message(_message(letter))["body"]
    assert "It is sent whole" in texts(last)[0]


def test_a_chart_is_its_words_until_there_is_a_picture_of_it() -> None:
    chart = Chart(title="Kept", alt="From 78 % to 86 %.", points=())
    assert texts(message(_message(chart))["body"]) == ["From 78 % to 86 %."]
    (picture,) = message(_message(chart), {"Kept": "https://followup.example/1.png"})["body"]
    assert (picture["type"], picture["altText"]) == ("Image", "From 78 % to 86 %.")


def test_a_picture_inside_a_card_does_not_count_against_its_size() -> None:
    rows = tuple(_full_row(n, "Tomasz Zieliński") for n in range(2))
    chart = Chart(title="Kept", alt="Kept.", points=())
    card = message(_message(chart, *rows), {"Kept": "data:image/png;base64," + "A" * 60_000})
    assert card["body"][1:] == message(_message(Paragraph("Kept."), *rows))["body"][1:]


def test_a_message_of_nothing_still_says_its_first_line() -> None:
    card = message(_message(notification="Done"))
    assert texts(card["body"]) == ["Done"]
    validate(card)


def test_ten_full_rows_fit_into_the_size_that_the_newest_page_calls_safe() -> None:
    rows = tuple(_full_row(n, "Tomasz Zieliński") for n in range(10))
    view = _message(Heading("x"), *rows, Paragraph("y"), Buttons((Button("Settings", "settings"),)))
    card = message(view)
    validate(card)
    # Under the size of older pages their lines would be cut after 100 characters.
    assert weight(card) <= limits.LONGEST_CARD
    assert tokens(card) == sorted(b.action for b in buttons_of(view))
    assert sum(part.get("title") == GO for part in parts(card)) == 10


def test_what_does_not_fit_is_counted_aloud() -> None:
    rows = tuple(_full_row(n, "Tomasz") for n in range(200))
    card = message(_message(*rows, Buttons((Button("Settings", "settings"),))))
    validate(card)
    shown = sum(part["type"] == "Container" for part in card["body"])
    assert f"{200 - shown} more do not fit here." in texts(card["body"][-1])[0]
    assert "settings" in tokens(card)


def test_where_there_are_no_rows_what_stands_last_gives_way() -> None:
    words = tuple(Paragraph(f"Paragraph {n}: {'word ' * 20}") for n in range(400))
    card = message(_message(*words))
    validate(card)
    first, *_, last = texts(card["body"])
    assert first.startswith("Paragraph 0: ")
    assert last.endswith("more do not fit here. Your own list shows all, 10 at a time.")
    full = form(_form(DateField(name="date", label="Date"), intro=words), dialog=True)
    validate(full, dialog=True)
    assert [part["id"] for part in parts(full) if "id" in part] == ["field.date"]


def _full_row(number: int, name: str) -> Row:
    """A row with as much in it as the core ever puts there."""
    loop, promise, place = (
        uuid.UUID(int=number),
        uuid.UUID(int=number + 1_000),
        Place(surface=uuid.UUID(int=7)),
    )
    verbs = list(Verb)[:18]
    buttons = [
        Button("Offer is out to someone else", token(verb, loop, promise, place), opens_form=verb.opens_form)
        for verb in verbs
    ]
    return Row(
        title=f"{name} · Backend Engineer · onsite Tue 10 Nov",
        lines=("Promised news by Fri 20 Nov: 1 working day late.", "Ravi is asked to step in on Tue 24 Nov."),
        mark=Mark.LATE,
        buttons=tuple(buttons[:3]),
        menu=tuple(buttons[3:]),
    )


@pytest.mark.parametrize(
    ("said", "shown"),
    [("3 wait", "3 wait"), (" two\nlines ", "two lines"), ("", "–"), ("x" * 300, "x" * 247 + "…")],
)
def test_the_notification_is_one_short_line(said: str, shown: str) -> None:
    assert render.notification(_message(notification=said)) == shown


# -- forms ----------------------------------------------------------------------------------------------


def _form(*of: Field, **given: Any) -> Form:
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
    card = form(_form(*EVERY_FIELD), context={"activity": "1"}, dialog=dialog)
    submit, *_ = acts(card)
    assert clicked({**submit["data"], **filled(card)}) == Clicked(
        "ok.1", {"note": "as proposed", "date": "2026-12-01", "why": "a", "ticked": "yes"}, {"activity": "1"}
    )


@EITHER
def test_what_was_filled_in_is_kept_when_it_comes_back_with_an_error(dialog: bool) -> None:
    values = {"note": "mine", "date": "never", "why": "b", "how": "gone", "blank": "yes"}
    errors = {"date": "Choose a day.", "other": "Something else."}
    card = form(_form(*EVERY_FIELD), values=values, errors=errors, dialog=dialog)
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
    shown = form(_form(DateField(name="date", label="Date")), context={"activity": "1"}, dialog=False)
    assert clicks(shown)[-1] == Clicked(CANCEL, {}, {"activity": "1"})
    assert [one["title"] for one in acts(form(_form(), dialog=True))] == ["Save"]


def test_only_submit_needs_the_fields() -> None:
    back = Button("Back", "back.1")
    for dialog in (True, False):
        submit, *others = acts(form(_form(*EVERY_FIELD, buttons=(back,)), dialog=dialog))
        assert "associatedInputs" not in submit
        assert {one["associatedInputs"] for one in others} == {"none"}


def test_fields_that_belong_together_stand_under_one_line() -> None:
    pair = tuple(CheckField(name=f"c{n}", label=f"C{n}", group="Tomasz") for n in range(2))
    last = CheckField(name="c3", label="C3")
    assert texts(form(_form(*pair, last), dialog=True)["body"])[:-1] == ["Tomasz", "C0", "C1", "C3"]


def test_a_title_too_long_for_a_dialog_stands_inside_in_full() -> None:
    view = _form(title="Feedback for " + "Maria " * 20)
    assert render.dialog_title(view).endswith("…")
    assert texts(form(view, dialog=True))[1] == text.one_line(view.title)
    assert render.dialog_title(_form(title="Settings")) == "Settings"


def test_a_value_longer_than_allowed_is_shown_whole_for_the_core_to_refuse() -> None:
    shown = form(_form(TextField(name="t", label="T", value="x" * 40, maximum=5)), dialog=True)["body"][0]
    assert (shown["value"], shown["maxLength"]) == ("x" * 40, 40)


def test_every_input_has_a_label_and_says_what_is_missing() -> None:
    for name, view in VIEWS.items():
        if not isinstance(view, Form):
            continue
        for part in parts(form(view, dialog=True)):
            if str(part.get("type")).startswith("Input."):
                assert part.get("label") or part.get("title"), name
                assert part.get("isRequired", False) == bool(part.get("errorMessage")), name


# -- what is sent by anybody ------------------------------------------------------------------------------

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


# -- any view -------------------------------------------------------------------------------------------

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
    shown = message(_message(*rows))
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
