"""In Teams there is no `/followup`: whatever the core says of typing is said as it is typed there."""

from __future__ import annotations

import json
from typing import assert_never

import pytest

from adapters.teams.forms import sentences
from adapters.teams.render import form, message, notification
from adapters.teams.typed import words
from bot.uses.typed import HELP
from bot.views.elements import Element, FieldErrors, Form, Heading, LetterText, Message, Paragraph
from tests import example_views

VIEWS = example_views.views()


def _message(*elements: Element) -> Message:
    return Message(notification="x", elements=elements)


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_no_screen_in_teams_speaks_of_a_slash(name: str) -> None:
    view = VIEWS[name]
    for dialog in (False, True):
        match view:
            case Message():
                shown = json.dumps([message(view, dialog=dialog), notification(view)])
            case Form():
                shown = json.dumps(form(view, dialog=dialog))
            case FieldErrors():
                shown = sentences(view)
            case _:
                assert_never(view)
        assert "/followup" not in shown


@pytest.mark.parametrize(
    ("said", "in_teams"),
    [
        ("Type /followup to see today's list.", "Type list to see today's list."),
        ("Typing /followup shows it until it is done.", "Typing list shows it until it is done."),
        ("/followup", "list"),
        ("/followup NAME", "NAME"),
        (
            "/followup promise NAME DATE, as in /followup promise mei fri",
            "promise NAME DATE, as in promise mei fri",
        ),
        ("/followup list.", "list."),
        (
            "Typing /followup here off in the channel ends it.",
            "Typing @Followup here off in the channel ends it.",
        ),
        ("Listed in https://a.example/follow", "Listed in https://a.example/follow"),
    ],
)
def test_a_sentence_of_the_core_names_what_is_typed_in_teams(said: str, in_teams: str) -> None:
    card = json.dumps(message(_message(Heading("News"), Paragraph(said))), ensure_ascii=False)
    assert f'"{in_teams}"' in card
    assert sentences(FieldErrors((("a", said),))) == in_teams


def test_a_letter_stays_as_it_was_written() -> None:
    letter = LetterText(to="a", sender="b", reply_to="c", subject="/followup", body="We use /followup list.")
    assert "We use /followup list." in json.dumps(message(_message(letter)))


def test_help_in_teams_names_every_command_without_a_slash() -> None:
    for form_, _ in HELP:
        assert not words(form_).startswith("/"), form_
        assert words(form_).removeprefix("@Followup ") == (form_.removeprefix("/followup").strip() or "list")
