"""The Bolt app: which payload of Slack's is which call of ours. The same over HTTP and over Socket Mode.

One listener with a pattern for each kind of payload, and all work done before it returns
(`process_before_response`): with a listener for each action, or with Bolt's polling for the
acknowledgement, every click would wait longer.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.failing import say_failed
from adapters.slack import asked as reading
from adapters.slack import render
from adapters.slack.asked import Asked, Where
from adapters.slack.blocks import ACTION
from adapters.slack.channels import channel_name
from adapters.slack.client import SILENT
from adapters.slack.conversation import CLEAR, Answer, Conversation
from adapters.slack.inputs import fields
from adapters.slack.people import People
from adapters.slack.render import CALLBACK
from adapters.slack.tenants import NotInstalled, Tenants
from bot.actions import Action, Verb
from bot.uses.desk import say

log = structlog.get_logger()

COMMAND = "/followup"
ADD_CANDIDATE = "add_candidate"
LOG_FOLLOW_UP = "log_follow_up"
_SHORTCUTS = {ADD_CANDIDATE: Verb.ADD, LOG_FOLLOW_UP: Verb.LOG}
_NOT_A_MESSAGE = frozenset({"bot_id", "subtype"})
"""What has one of these was not written by a person, or is an edit."""

Body = Mapping[str, Any]


_Ack = Callable[..., Awaitable[Any]]


def bolt(conversation: Conversation, people: People, tenants: Tenants, client: AsyncWebClient) -> AsyncApp:
    """The app, with nothing but our own listeners. Requests must have been verified before they come here."""
    silent = logging.getLogger("followup.slack.bolt")
    silent.setLevel(SILENT)
    app = AsyncApp(
        logger=silent,
        name="followup",
        client=client,
        signing_secret="",
        authorize=_authorize,
        process_before_response=True,
        request_verification_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    asking, telling = _Asking(conversation), _Telling(conversation, people, tenants)
    app.action(re.compile(f"^{re.escape(ACTION)}"))(asking.pressed)
    app.view(CALLBACK)(asking.submitted)
    app.command(COMMAND)(asking.typed)
    app.shortcut(re.compile("^(" + "|".join(_SHORTCUTS) + ")$"))(asking.took_shortcut)
    app.event("app_home_opened")(telling.home_opened)
    app.event("message")(telling.written)
    app.event(re.compile("^(user_change|team_join)$"))(telling.person_changed)
    app.event("app_uninstalled")(telling.uninstalled)
    app.event("tokens_revoked")(telling.revoked)
    app.error(_failed)
    return app


class _Asking:
    """Interactions and commands: somebody waits for the acknowledgement."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    async def pressed(self, ack: _Ack, body: Body, context: AsyncBoltContext) -> None:
        asked = reading.action(body, _tenant(context))
        token = render.clicked(body["actions"][0])
        if token is None:
            await ack()
            return
        await self._answered(ack, asked, lambda: self._conversation.pressed(asked, token))

    async def submitted(self, ack: _Ack, body: Body, context: AsyncBoltContext) -> None:
        asked = reading.submission(body, _tenant(context))
        view = body["view"]
        remembered = reading.modal(view)
        if remembered is None:
            await ack(**CLEAR)
            return
        given = fields(view.get("state"))
        shown = reading.inputs(view)
        pushed = bool(view.get("previous_view_id"))
        token = remembered.submit
        await self._answered(
            ack,
            asked,
            lambda: self._conversation.submitted(asked, token, given, shown, pushed=pushed),
            submitted=True,
        )

    async def typed(self, ack: _Ack, body: Body, context: AsyncBoltContext) -> None:
        asked = reading.command(body, _tenant(context))
        name, text = reading.text(body, "channel_name"), reading.text(body, "text")
        channel = "" if _private(name) else channel_name(asked.tenant, reading.text(body, "channel_id"))
        called = _called(name)
        await self._answered(ack, asked, lambda: self._conversation.typed(asked, text, channel, called))

    async def took_shortcut(self, ack: _Ack, body: Body, context: AsyncBoltContext) -> None:
        asked = reading.shortcut(body, _tenant(context))
        token = str(Action(verb=_SHORTCUTS[str(body["callback_id"])]))
        await self._answered(ack, asked, lambda: self._conversation.pressed(asked, token))

    async def _answered(
        self, ack: _Ack, asked: Asked, work: Callable[[], Awaitable[Answer]], *, submitted: bool = False
    ) -> None:
        """Acknowledge with what the work answers; what goes wrong is a sentence, with an id for the log."""
        try:
            answer = await work()
        except NotInstalled as error:
            await self._apologise(ack, asked, str(error), submitted=submitted)
        except Exception as error:
            incident = uuid.uuid4().hex[:8]
            say_failed("slack_request_failed", error, incident=incident)
            text = f"Something went wrong on our side; nothing was sent. The log knows more under {incident}."
            await self._apologise(ack, asked, text, submitted=submitted)
        else:
            await ack(**(answer or {}))

    async def _apologise(self, ack: _Ack, asked: Asked, text: str, *, submitted: bool) -> None:
        """In the acknowledgement, where that can say something at all."""
        if submitted:
            await ack(response_action="update", view=render.reading(say(text)))
        elif asked.where is Where.COMMAND and not asked.view:
            await ack(response_type="ephemeral", text=text)
        else:
            await ack()
            self._conversation.apologise(asked, text)


class _Telling:
    """Events: nobody waits. What fails is not acknowledged, and Slack sends it again."""

    def __init__(self, conversation: Conversation, people: People, tenants: Tenants) -> None:
        self._conversation = conversation
        self._people = people
        self._tenants = tenants

    async def home_opened(self, body: Body, event: Body, context: AsyncBoltContext) -> None:
        if event.get("tab") == "home":
            asked = reading.event(body, _tenant(context), Where.HOME)
            await _done(self._conversation.looked(asked))

    async def written(self, body: Body, event: Body, context: AsyncBoltContext) -> None:
        if event.get("channel_type") == "im" and not _NOT_A_MESSAGE & event.keys():
            asked = reading.event(body, _tenant(context), Where.MESSAGE)
            await _done(self._conversation.written(asked, reading.text(event, "text")))

    async def person_changed(self, event: Body, context: AsyncBoltContext) -> None:
        user = event.get("user")
        if isinstance(user, Mapping):
            await _done(self._people.changed(_tenant(context), user))

    async def uninstalled(self, body: Body, context: AsyncBoltContext) -> None:
        await _done(self._tenants.end(_tenant(context), _when(body)))

    async def revoked(self, body: Body, event: Body, context: AsyncBoltContext) -> None:
        match event.get("tokens"):
            case {"bot": [*ended]} if ended:
                await _done(self._tenants.end(_tenant(context), _when(body)))


class _NotDone(Exception):
    """An event could not be dealt with now: Slack is to send it again."""


async def _done(work: Awaitable[None]) -> None:
    """Whatever goes wrong here is ours, not the payload's. Raises `_NotDone`."""
    try:
        await work
    except NotInstalled:
        return
    except Exception as error:
        say_failed("slack_event_failed", error)
        raise _NotDone from error


async def _failed(error: Exception) -> BoltResponse:
    """Everything else that is raised was raised by a payload that is none of Slack's."""
    if isinstance(error, _NotDone):
        return BoltResponse(status=500, body="")
    log.warning("slack_payload_unreadable", error=type(error).__name__)
    return BoltResponse(status=400, body="")


def _private(name: str) -> bool:
    """Whether this is what Slack calls a direct message, with the bot or of a few people."""
    return name == "directmessage" or name.startswith("mpdm-")


def _called(name: str) -> str:
    """What people call a channel; of a private one Slack does not say it."""
    return "" if not name or name == "privategroup" or _private(name) else f"#{name}"


def _when(body: Body) -> dt.datetime | None:
    """When an event happened: told late, or again, it may be about an installation of before."""
    at = body.get("event_time")
    return dt.datetime.fromtimestamp(at, dt.UTC) if isinstance(at, int) and 0 < at < _FAR else None


_FAR = 2**40


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Bolt wants to know on whose behalf it acts; the conversation looks the tenant up by itself."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


def _tenant(context: AsyncBoltContext) -> str:
    """The organisation where the app was installed for all of it, else the team."""
    whole = context.is_enterprise_install and context.enterprise_id
    found: object = context.enterprise_id if whole else context.team_id
    return found if isinstance(found, str) else ""
