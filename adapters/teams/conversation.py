"""What people ask of the bot in Teams, and the answer to each where it belongs.

Teams wants an answer to a click within 5 seconds and shows it in place, to the person who clicked and on that
device. So the answer goes out with the commit, and beside it the message itself is edited: that is what
lasts. If the edit is lost the deliverer makes it, for what a click changed was queued in its transaction.
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import assert_never

from adapters.background import Background
from adapters.teams import answers, forms, render
from adapters.teams.answers import Json
from adapters.teams.asked import Asked
from adapters.teams.chat import form_body
from adapters.teams.forms import AGAIN, CARD, FROM, SAID
from adapters.teams.naming import ChannelNames
from adapters.teams.render import Clicked
from adapters.teams.showing import ANSWERED, Showing, closing
from adapters.teams.turns import Outcome, Turns, Unserved
from bot import service
from bot.people import Member
from bot.ports import ChatUnreachable
from bot.uses.desk import say
from bot.views.elements import FieldErrors, Form, Message, View
from storage.store import SqlStore


@dataclasses.dataclass(frozen=True, slots=True)
class _Answer:
    """To a click: a card for the place of the one clicked in, or one sentence.

    `lasts`: it is shown by an edit or a message as well, which goes out beside it.
    """

    card: Json | None = None
    text: str = ""
    lasts: bool = True


class Conversation:
    """One a process."""

    def __init__(self, turns: Turns, showing: Showing, names: ChannelNames, background: Background) -> None:
        self._turns = turns
        self._names = names
        self._showing = showing
        self._background = background

    # -- cards in the conversation ------------------------------------------------------------------------

    async def executed(self, asked: Asked, clicked: Clicked) -> Json:
        """A button of a card (`adaptiveCard/action`): what takes the card's place."""
        answer = await self._clicked(asked, clicked, in_place=True)
        return answers.card(answer.card) if answer.card is not None else answers.text(answer.text)

    async def pressed(self, asked: Asked, clicked: Clicked) -> None:
        """The same from a client that knows `Action.Submit` alone: a message, which has no answer."""
        answer = await self._clicked(asked, clicked)
        if answer.lasts:
            return
        if answer.card is not None:
            self._background.start(self._showing.replace(asked, form_body(answer.card)))
        else:
            self.apologise(asked, answer.text)

    async def _clicked(self, asked: Asked, clicked: Clicked, *, in_place: bool = False) -> _Answer:
        """in_place: whoever clicked sees the answer itself."""
        if clicked.token == render.CANCEL:
            # Forms stand in personal chats alone: what others read is nobody's to take away.
            return self._closed(asked, _CANCELLED) if asked.personal else _Answer(text=_CANCELLED)
        try:
            outcome = await self._click(asked, clicked)
        except Unserved as unserved:
            return _Answer(text=str(unserved), lasts=False)
        view = outcome.view
        if view is None:
            return _Answer(text=_ALREADY, lasts=False)
        if not asked.personal:
            # A card that was passed on to others: its answer is for this person alone.
            self._background.start(self._showing.in_chat({AGAIN: forms.opening(clicked)}, view, outcome))
            return _Answer(text=ANSWERED)
        match view:
            case Form():
                return self._form(asked, clicked, view, outcome)
            case FieldErrors():
                if outcome.again is None or CARD not in clicked.context:
                    return _Answer(text=forms.sentences(view), lasts=False)
                return _Answer(forms.card_again(outcome.again, clicked, view), lasts=False)
            case Message():
                return self._message(asked, clicked, view, outcome, in_place=in_place)
            case _:
                assert_never(view)

    def _form(self, asked: Asked, clicked: Clicked, view: Form, outcome: Outcome) -> _Answer:
        context = {AGAIN: forms.opening(clicked)}
        if CARD not in clicked.context:
            self._background.start(self._showing.in_chat(context, view, outcome))
            return _Answer(text=_BELOW)
        card = forms.draw(view, {**context, CARD: "1"}, dialog=False)
        self._background.start(self._showing.replace(asked, form_body(card)))
        return _Answer(card)

    def _message(
        self, asked: Asked, clicked: Clicked, view: Message, outcome: Outcome, *, in_place: bool
    ) -> _Answer:
        card = render.message(view)
        if view.surface is None:
            self._background.start(self._showing.privately(asked, view, outcome, card))
            return _Answer(text=forms.first_words(view)) if outcome.on_surface else _Answer(card)
        here = bool(outcome.posted and outcome.posted.get("activity") == asked.message)
        self._background.start(self._showing.surface(view, outcome, card, answered=here and in_place))
        if here:
            return _Answer(card)
        if CARD in clicked.context:
            return self._closed(asked, _IN_LIST)
        return _Answer(text=forms.first_words(view))

    def _closed(self, asked: Asked, text: str) -> _Answer:
        """A form in the conversation gives way to a word."""
        self._background.start(self._showing.replace(asked, closing(text)))
        return _Answer(render.message(say(text)))

    # -- dialogs ------------------------------------------------------------------------------------------

    async def fetched(self, asked: Asked, clicked: Clicked) -> Json:
        """A button that opens a dialog (`task/fetch`). Opening one changes nothing, so may be repeated."""
        try:
            outcome = await self._click(asked, clicked, once=False)
        except Unserved as unserved:
            return answers.dialog_text(str(unserved))
        view = outcome.view
        match view:
            case Form():
                return forms.dialog(view, {FROM: asked.message, AGAIN: clicked.token})
            case Message() if view.surface is None:
                return forms.reading(view)
            case Message():
                self._background.start(self._showing.surface(view, outcome))
                return answers.dialog_text(forms.first_words(view))
            case FieldErrors():
                return answers.dialog_text(forms.sentences(view))
            case None:
                return answers.dialog_text(_ALREADY)
            case _:
                assert_never(view)

    async def submitted(self, asked: Asked, clicked: Clicked) -> Json | None:
        """A dialog was sent (`task/submit`): the next one, or None to close it."""
        opened_in = clicked.context.get(FROM, "")
        asked = dataclasses.replace(asked, message=opened_in)
        try:
            outcome = await self._click(asked, clicked)
        except Unserved as unserved:
            return answers.dialog_text(str(unserved))
        view = outcome.view
        match view:
            case None:
                return None
            case FieldErrors():
                if outcome.again is None:
                    return answers.dialog_text(forms.sentences(view))
                return forms.dialog_again(outcome.again, clicked, view)
            case Form():
                return forms.dialog(view, {FROM: opened_in, AGAIN: forms.opening(clicked)})
            case Message():
                return self._after_dialog(asked, clicked, view, outcome)
            case _:
                assert_never(view)

    def _after_dialog(self, asked: Asked, clicked: Clicked, view: Message, outcome: Outcome) -> Json | None:
        """What a form leads to is shown behind it. Where a message was only read, the answer comes there."""
        if view.surface is not None:
            self._background.start(self._showing.surface(view, outcome))
            return None if clicked.context else answers.dialog_text(forms.first_words(view))
        if not clicked.context:
            return forms.reading(view)
        self._background.start(self._showing.privately(asked, view, outcome))
        return None

    # -- words --------------------------------------------------------------------------------------------

    async def wrote(self, asked: Asked, text: str) -> None:
        """A message to the bot: answered afterwards, and in the personal chat wherever it was written."""

        def use(store: SqlStore, now: dt.datetime, me: Member) -> View:
            return service.said(store, now, me, text, asked.channel, asked.called)

        try:
            outcome = await self._turns.take(asked, use)
        except Unserved as unserved:
            self.apologise(asked, str(unserved))
            return
        if outcome.view is not None:
            self._background.start(self._answer_words(asked, text, outcome.view, outcome))
        if asked.team:
            self._background.start(self._names.learn(asked))

    async def _answer_words(self, asked: Asked, text: str, view: View, outcome: Outcome) -> None:
        try:
            await self._showing.in_chat({SAID: text}, view, outcome)
        except ChatUnreachable:
            if not asked.personal:
                await self._showing.text(asked, _NOT_INSTALLED)
            raise
        if not asked.personal:
            await self._showing.text(asked, ANSWERED)

    def apologise(self, asked: Asked, text: str) -> None:
        """Something stands in the way of an answer: that is said."""
        self._background.start(self._showing.text(asked, text))

    # -- one click ----------------------------------------------------------------------------------------

    async def _click(self, asked: Asked, clicked: Clicked, *, once: bool = True) -> Outcome:
        """Raises `Unserved`."""

        def use(store: SqlStore, now: dt.datetime, me: Member) -> View:
            return service.clicked(store, now, me, clicked.token, clicked.fields)

        def again(store: SqlStore, now: dt.datetime, me: Member) -> View | None:
            return forms.reopens(store, now, me, clicked.context)

        return await self._turns.take(asked, use, again=again, once=once)


_ALREADY = "This was done already; nothing more was."
_BELOW = "The form is in our chat, below."
_NOT_INSTALLED = "I answer in a chat of our own: add Followup under Apps first, then ask again."
_IN_LIST = "Done. Your list shows it."
_CANCELLED = "Cancelled. Nothing was changed."
