"""What is shown beside the answer to a click, and after it: an edit in place, or a message of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import structlog

from adapters import in_place
from adapters.teams.answers import Json
from adapters.teams.asked import Asked
from adapters.teams.chat import TeamsChat, body, form_body
from adapters.teams.forms import CARD, draw, sentences
from adapters.teams.tenants import Tenants
from adapters.teams.turns import Outcome
from adapters.transactions import Transactions
from bot.ports import ChatError
from bot.uses.desk import say
from bot.views.elements import FieldErrors, Form, Message, View

log = structlog.get_logger()


class Showing:
    """Everything here may be lost without harm: what must be shown was queued in its transaction."""

    def __init__(self, transactions: Transactions, tenants: Tenants, chat: TeamsChat) -> None:
        self._transactions = transactions
        self._tenants = tenants
        self._chat = chat

    async def surface(
        self, view: Message, outcome: Outcome, card: Json | None = None, *, answered: bool = False
    ) -> None:
        """A surface's newest state where it stands; where that fails the deliverer shows it.

        What it would not show, because nothing but a remark is new, is said, unless whoever asked was
        `answered` with it. card: the view, where it has been drawn already; here and below.
        """
        claimed = outcome.claimed
        if claimed is None:
            if outcome.stands and not answered:
                await self._chat.say(outcome.home, body(view, card))
            return
        workspace = self._tenants.company
        problem = await self._edit(outcome.posted, view, card)
        if problem is not None:
            stands = await self._transactions.write(
                workspace, lambda store, _: in_place.leave(store, claimed, view, problem)
            )
            if stands and not answered:
                await self._chat.say(outcome.home, body(view, card))
            return
        await self._transactions.write(
            workspace, lambda store, _: store.deliveries.finish_surface(claimed, view.revision)
        )

    async def _edit(
        self, posted: Mapping[str, str] | None, view: Message, card: Json | None
    ) -> ChatError | None:
        """Why it could not be edited, if it could not."""
        if posted is None:
            return ChatError("This was not posted in Teams yet.")
        try:
            await self._chat.replace(posted, body(view, card))
        except ChatError as error:
            log.info("teams_not_edited", problem=str(error))
            return error
        return None

    async def privately(
        self, asked: Asked, view: Message, outcome: Outcome, card: Json | None = None
    ) -> None:
        """Something said to one person alone: in place of what they clicked, unless that is a surface."""
        clicked = clicked_message(asked) if asked.personal and asked.message else None
        if outcome.on_surface or await self._edit(clicked, view, card) is not None:
            await self._chat.say(outcome.home, body(view, card))

    async def in_chat(self, context: Mapping[str, str], view: View, outcome: Outcome) -> None:
        """Any view in the personal chat; a form as a card that remembers this."""
        match view:
            case Form():
                card = draw(view, {**context, CARD: "1"}, dialog=False)
                await self._chat.say(outcome.home, form_body(card))
            case FieldErrors():
                await self._chat.post(outcome.home, say(sentences(view)))
            case Message():
                if view.surface is not None:
                    await self.surface(view, outcome)
                else:
                    await self._chat.post(outcome.home, view)
            case _:
                assert_never(view)

    async def replace(self, asked: Asked, activity: Mapping[str, object]) -> None:
        """The message that was clicked in gives way."""
        await self._chat.replace(clicked_message(asked), activity)

    async def text(self, asked: Asked, text: str) -> None:
        """One sentence to whoever asked; in a channel, which others read, without an address."""
        if asked.personal:
            await self._chat.post(asked.address, say(text))
        else:
            await self._chat.tell_channel(asked.service_url, asked.conversation, text)


ANSWERED = "I have answered in our own chat."


def clicked_message(asked: Asked) -> dict[str, str]:
    where = {"service_url": asked.service_url, "conversation": asked.conversation}
    return {**where, "activity": asked.message}


def closing(text: str) -> dict[str, object]:
    """What takes the place of a form in the conversation."""
    return body(say(text))
