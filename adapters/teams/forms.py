"""Forms in Teams: what they remember, and how they are drawn again when something in them is wrong. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from adapters.teams import answers, render, typed
from adapters.teams.answers import Json
from adapters.teams.render import Clicked
from bot import service
from bot.people import Member
from bot.ports import Store
from bot.views.elements import FieldErrors, Form, Message, Paragraph, View

FROM, AGAIN, SAID, CARD = "from", "again", "said", "card"
"""The message it was opened in; the token, or the words, that open it again; whether it is a card in the
conversation."""

_NONE: Mapping[str, str] = {}


def draw(
    view: Form,
    context: Mapping[str, str],
    *,
    dialog: bool,
    values: Mapping[str, str] = _NONE,
    errors: Mapping[str, str] = _NONE,
) -> Json:
    # Never empty: by what a card remembers a form is told from a message that is only read in a dialog.
    kept = {FROM: "", **{name: value for name, value in context.items() if value}}
    return render.form(view, values=values, errors=errors, context=kept, dialog=dialog)


def dialog(view: Form, context: Mapping[str, str]) -> Json:
    return answers.dialog(render.dialog_title(view), draw(view, context, dialog=True))


def dialog_again(view: Form, clicked: Clicked, wrong: FieldErrors) -> Json:
    """The same dialog, with what was filled in and what is wrong with it."""
    errors = dict(wrong.errors)
    card = draw(view, clicked.context, dialog=True, values=clicked.fields, errors=errors)
    return answers.dialog(render.dialog_title(view), card)


def card_again(view: Form, clicked: Clicked, wrong: FieldErrors) -> Json:
    """The same form in the conversation, with what was filled in and what is wrong with it."""
    return draw(view, clicked.context, dialog=False, values=clicked.fields, errors=dict(wrong.errors))


def reading(view: Message) -> Json:
    """A message as a dialog to be read and closed."""
    return answers.dialog("Followup", render.message(view, dialog=True))


def opening(clicked: Clicked) -> str:
    """The token that opens this form again; a preview, which comes from a form, has none."""
    return "" if clicked.fields else clicked.token


def reopens(store: Store, now: dt.datetime, me: Member, context: Mapping[str, str]) -> View | None:
    """What opened this form, opened once more; None where it does not say."""
    if token := context.get(AGAIN):
        return service.clicked(store, now, me, token)
    if text := context.get(SAID):
        return service.said(store, now, me, text)
    return None


def first_words(view: Message) -> str:
    """What a message says first: a remark about the click, where there is one."""
    said = next((it.text for it in view.elements if isinstance(it, Paragraph)), view.notification)
    return typed.words(said)


def sentences(view: FieldErrors) -> str:
    return typed.words(" ".join(sentence for _, sentence in view.errors))
