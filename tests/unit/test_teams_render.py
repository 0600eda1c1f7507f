"""Every View as an Adaptive Card: golden, valid, within Teams' limits, with nothing lost or let through."""

from __future__ import annotations

import json
import re
import uuid
from typing import assert_never

import pytest

from adapters.teams import limits, render, text, typed
from adapters.teams.actions import GO
from adapters.teams.render import CANCEL, form, message, weight
from bot.actions import Place, Verb, token
from bot.views.elements import (
    Button,
    Buttons,
    Chart,
    DateField,
    Element,
    Heading,
    LetterText,
    Mark,
    Message,
    Paragraph,
    Row,
    Style,
)
from tests.golden import GOLDEN, matches_golden
from tests.plain_text import buttons_of
from tests.teams_card import EITHER, VIEWS, clicks, drawn, parts, texts, tokens, validate
from tests.unit.test_teams_form_cards import a_form

EVERY_VIEW = pytest.mark.parametrize("name", sorted(VIEWS))


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


# -- valid: nothing lost, nothing cut ---------------------------------------------------------------------


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
    full = form(a_form(DateField(name="date", label="Date"), intro=words), dialog=True)
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
