"""Cards as Microsoft's own renderer draws them, in a browser: without a complaint, and clicked there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest

from adapters.teams import render
from adapters.teams.actions import DOTS, GO
from adapters.teams.render import Clicked
from bot.actions import Place, Verb, token
from bot.views.elements import (
    Button,
    Buttons,
    CheckField,
    ChoiceField,
    DateField,
    Form,
    Heading,
    LetterText,
    Message,
    Option,
    Paragraph,
    Row,
    TextField,
)
from tests.node.cards import PHONE, VIEWS, Cards, card, cards

HOSTILE = (
    "[you](https://x.example) <at>all</at> **b** _i_ ~~s~~ `c` <b>b</b> # 1. {{TIME(2026-01-01T00:00:00Z)}}"
)


@pytest.fixture(scope="module")
def browser(node: None, chromium: str) -> Iterator[Cards]:
    with cards(chromium) as shown:
        yield shown


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_microsofts_renderer_has_nothing_against_a_card(browser: Cards, name: str) -> None:
    for dialog in (False, True):
        assert browser.draw(card(VIEWS[name], dialog=dialog)) == []


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_nothing_is_wider_than_a_phone(browser: Cards, name: str) -> None:
    browser.draw(card(VIEWS[name]), width=PHONE)
    assert browser.page.evaluate("document.documentElement.scrollWidth") <= PHONE


def _hostile() -> tuple[Message, Form]:
    button = Button(HOSTILE, "do.1")
    elements = (
        Heading(HOSTILE),
        Paragraph(HOSTILE),
        Row(title=HOSTILE, lines=(HOSTILE,), buttons=(button,), menu=(button, button)),
        Buttons((button,)),
        LetterText(to=HOSTILE, sender=HOSTILE, reply_to=HOSTILE, subject=HOSTILE, body=HOSTILE),
    )
    fields = (
        TextField(name="t", label=HOSTILE, hint=HOSTILE, value=HOSTILE, group=HOSTILE),
        ChoiceField(name="c", label=HOSTILE, options=(Option("1", HOSTILE),), expanded=True),
        ChoiceField(name="d", label=HOSTILE, options=(Option("1", HOSTILE),)),
        CheckField(name="y", label=HOSTILE),
    )
    form = Form(title=HOSTILE, submit="ok", submit_label=HOSTILE, step=HOSTILE, intro=elements, fields=fields)
    return Message(notification=HOSTILE, elements=elements), form


@pytest.mark.parametrize("view", _hostile(), ids=["message", "form"])
def test_a_name_formats_nothing_and_links_nowhere(browser: Cards, view: Message | Form) -> None:
    assert browser.draw(card(view)) == []
    for tag in ("a", "at", "b", "strong", "em", "i", "s", "del", "code", "h1", "ol", "ul", "img"):
        assert browser.page.locator(f"#card {tag}").count() == 0, tag
    assert "12:00" not in browser.page.inner_text("#card")


def test_what_is_said_in_markdown_would_be_formatted_if_it_were_let_through(browser: Cards) -> None:
    """Or else the test above could not fail."""
    block = {"type": "TextBlock", "text": "[you](https://x.example) **b**"}
    browser.draw({"type": "AdaptiveCard", "version": "1.5", "body": [block]})
    assert browser.page.locator("#card a").count() == browser.page.locator("#card strong").count() == 1


def test_the_renderer_says_what_is_wrong_with_a_card(browser: Cards) -> None:
    """Or else none of these could fail."""
    wrong = {"type": "Input.Text", "label": "An input without a name"}
    assert browser.draw({"type": "AdaptiveCard", "version": "1.5", "body": [wrong]})
    assert browser.draw({"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "Paragraph"}]})


# -- clicked --------------------------------------------------------------------------------------------


def clicked(browser: Cards) -> Clicked | None:
    """What the last click has sent."""
    *_, last = browser.sent()
    return render.clicked({"action": last})


def test_a_button_and_a_menu_entry_send_their_tokens(browser: Cards) -> None:
    menu = (Button("Snooze", "snooze.1"), Button("Close …", "close.1", opens_form=True))
    row = Row(title="Mei", buttons=(Button("Send", "send.1"),), menu=menu)
    browser.draw(card(Message(notification="x", elements=(row,))))
    browser.page.get_by_text("Send", exact=True).click()
    assert clicked(browser) == Clicked("send.1", {}, {})
    for entry in menu:
        browser.page.get_by_text("...", exact=True).click()
        browser.page.get_by_text(entry.label, exact=True).click()
        assert clicked(browser) == Clicked(entry.action, {}, {}, entry.opens_form)


def test_where_room_is_short_a_menu_is_picked_from_a_list(browser: Cards) -> None:
    view = Message(notification="x", elements=tuple(_full_row(n) for n in range(10)))
    assert browser.draw(card(view)) == []
    browser.page.get_by_text(DOTS, exact=True).nth(3).click()
    browser.page.locator("select:visible").select_option(label="18")
    browser.page.get_by_text(GO, exact=True).nth(3).click()
    found = clicked(browser)
    last = view.elements[3]
    assert found
    assert isinstance(last, Row)
    assert found.token == last.menu[-1].action


def _full_row(number: int) -> Row:
    loop, promise = uuid.UUID(int=number), uuid.UUID(int=number + 1_000)
    place = Place(surface=uuid.UUID(int=7))
    made = [token(verb, loop, promise, place) for verb in list(Verb)[:18]]
    buttons = tuple(Button(str(at), one) for at, one in enumerate(made, 1))
    return Row(title=f"Candidate {number}", lines=("Promised.",), buttons=buttons[:3], menu=buttons[3:])


FIELDS = (
    TextField(name="note", label="Note"),
    DateField(name="date", label="Next step by", value=dt.date(2026, 12, 1)),
    ChoiceField(name="why", label="Why", options=(Option("a", "Away"), Option("p", "Panel")), expanded=True),
    ChoiceField(name="how", label="How", options=(Option("t", "Talk"), Option("m", "Mail"))),
    CheckField(name="seen", label="May be seen differently", value=True),
    CheckField(name="file", label="Keep on file"),
)
FORM = Form(title="T", submit="ok.1", submit_label="Save", fields=FIELDS, buttons=(Button("Back", "back.1"),))


@pytest.mark.parametrize("dialog", [True, False], ids=["dialog", "conversation"])
def test_a_form_is_filled_in_and_sent(browser: Cards, dialog: bool) -> None:
    browser.draw(render.form(FORM, context={"activity": "1"}, dialog=dialog))
    page = browser.page
    page.get_by_label("Note").fill("said <so>")
    page.get_by_label("Panel").check()
    page.get_by_label("How").select_option(label="Mail")
    page.get_by_label("May be seen differently").uncheck()
    page.get_by_label("Keep on file").check()
    page.get_by_text("Save", exact=True).click()
    fields = {"note": "said <so>", "date": "2026-12-01", "why": "p", "how": "m", "file": "yes"}
    assert clicked(browser) == Clicked("ok.1", fields, {"activity": "1"})


def test_what_is_left_empty_is_said_at_once_but_nobody_must_fill_it_in_to_leave(browser: Cards) -> None:
    browser.draw(render.form(FORM, dialog=False))
    browser.page.get_by_text("Save", exact=True).click()
    assert browser.sent() == []
    assert "Write something." in browser.page.inner_text("#card")
    browser.page.get_by_text("Back", exact=True).click()
    assert clicked(browser) == Clicked("back.1", {}, {})
    browser.page.get_by_text("Cancel", exact=True).click()
    assert clicked(browser) == Clicked(render.CANCEL, {}, {})
