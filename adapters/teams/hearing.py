"""The bot as the SDK knows it: an `ActivityHandler`, and under it an adapter of our own in place of its own.

The SDK tells activities apart; whom they are from was settled before, and what is sent goes out by our own
client (docs/decisions/0021).
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import structlog
from botbuilder.core import ActivityHandler, BotAdapter, TurnContext
from botbuilder.schema import Activity, InvokeResponse
from msrest.serialization import DeserializationError  # type: ignore[attr-defined]

from adapters.failing import say_failed
from adapters.teams import answers, render
from adapters.teams import asked as reading
from adapters.teams.answers import Json
from adapters.teams.asked import Asked, Payload
from adapters.teams.conversation import Conversation
from adapters.teams.people import People
from adapters.teams.render import Clicked
from adapters.teams.tenants import NotInstalled
from bot.ports import ChatError

log = structlog.get_logger()

_PAYLOAD, _ANSWER = "followup.payload", "followup.answer"
EXECUTE, FETCH, SUBMIT = "adaptiveCard/action", "task/fetch", "task/submit"


class Unreadable(ValueError):
    """This is no activity."""


class NotNow(Exception):
    """What was told could not be dealt with: it is to be told again."""


class Hearing(BotAdapter):  # type: ignore[misc]
    """Runs one activity through the bot."""

    def __init__(self, bot: Bot) -> None:
        super().__init__()
        self._bot = bot

    async def hear(self, payload: Payload) -> InvokeResponse | None:
        """The answer to an invoke; None to anything else. Raises `Unreadable` and `NotNow`."""
        try:
            activity = Activity().deserialize(payload)
        except (DeserializationError, AttributeError, RecursionError, TypeError, ValueError) as error:
            raise Unreadable from error
        if not activity.type or not isinstance(activity.type, str):
            raise Unreadable
        context = TurnContext(self, activity)
        context.turn_state[_PAYLOAD] = payload
        await self.run_pipeline(context, self._bot.on_turn)
        answer: InvokeResponse | None = context.turn_state.get(_ANSWER)
        return answer

    # The SDK asks these of every adapter, and calls them where a bot answers through its context. Ours never
    # does, so whoever reaches one has made a mistake in this program.

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> NoReturn:
        raise AssertionError(_NOT_BY_THE_SDK)

    async def update_activity(self, context: TurnContext, activity: Activity) -> NoReturn:
        raise AssertionError(_NOT_BY_THE_SDK)

    async def delete_activity(self, context: TurnContext, reference: object) -> NoReturn:
        raise AssertionError(_NOT_BY_THE_SDK)


_NOT_BY_THE_SDK = "Nothing goes out by the SDK: adapters.teams.client sends, an invoke returns its answer."


class Bot(ActivityHandler):  # type: ignore[misc]
    """Which activity of Teams' is which call of ours."""

    def __init__(self, conversation: Conversation, people: People) -> None:
        self._conversation = conversation
        self._people = people

    # -- somebody waits -----------------------------------------------------------------------------------

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        payload = _payload(turn_context)
        turn_context.turn_state[_ANSWER] = await self._invoked(payload)

    async def _invoked(self, payload: Payload) -> InvokeResponse:
        asked, name = reading.asked(payload), payload.get("name")
        if name not in (EXECUTE, FETCH, SUBMIT):
            return InvokeResponse(status=501)
        clicked = render.clicked(payload.get("value"))
        if clicked is None:
            return InvokeResponse(status=400)
        if name == EXECUTE:
            return await _answered(lambda: self._conversation.executed(asked, clicked), answers.text)
        if name == FETCH:
            return await _answered(lambda: self._conversation.fetched(asked, clicked), answers.dialog_text)
        return await _answered(lambda: self._conversation.submitted(asked, clicked), answers.dialog_text)

    # -- nobody waits -------------------------------------------------------------------------------------

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        payload = _payload(turn_context)
        asked = reading.asked(payload)
        if asked.account == asked.bot:
            return
        clicked = render.clicked(payload.get("value"))
        if clicked is not None:
            await self._told(asked, self._pressing(asked, clicked))
        elif payload.get("value") is None:
            text = reading.said(payload)
            await self._told(asked, lambda: self._conversation.wrote(asked, text))

    def _pressing(self, asked: Asked, clicked: Clicked) -> Callable[[], Awaitable[None]]:
        return lambda: self._conversation.pressed(asked, clicked)

    async def _told(self, asked: Asked, work: Callable[[], Awaitable[None]]) -> None:
        """What goes wrong is said in the chat: Teams shows nobody the status of a message."""
        try:
            await work()
        except NotInstalled as error:
            self._conversation.apologise(asked, str(error))
        except Exception as error:
            self._conversation.apologise(asked, _incident(error))

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        payload = _payload(turn_context)
        action = str(payload.get("action") or "")
        if action.startswith("add"):
            await _noted(self._people.installed(reading.asked(payload)))
        elif action.startswith("remove"):
            await _noted(self._people.removed(reading.asked(payload)))

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        payload = _payload(turn_context)
        if reading.is_about_the_bot(payload, "membersAdded"):
            await _noted(self._people.installed(reading.asked(payload)))


def _payload(context: TurnContext) -> Payload:
    found: Payload = context.turn_state[_PAYLOAD]
    return found


async def _answered(work: Callable[[], Awaitable[Json | None]], say: Callable[[str], Json]) -> InvokeResponse:
    """What the work answers; what goes wrong is a sentence, with an id for the log."""
    try:
        body = await work()
    except NotInstalled as error:
        body = say(str(error))
    except Exception as error:
        body = say(_incident(error))
    return InvokeResponse(status=200, body=body)


def _incident(error: Exception) -> str:
    incident = uuid.uuid4().hex[:8]
    say_failed("teams_request_failed", error, incident=incident)
    return f"Something went wrong on our side; nothing was sent. The log knows more under {incident}."


async def _noted(work: Awaitable[Any]) -> None:
    """An event about a person. Raises `NotNow`; if it is not told again, it mends itself when they speak."""
    try:
        await work
    except NotInstalled:
        return
    except ChatError as error:
        log.warning("teams_person_not_met", problem=str(error))
        raise NotNow from error
