"""The app under test, as the people in Slack reach it: commands, clicks, submissions, shortcuts."""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.slack_counterpart import payloads
from tests.slack_counterpart.api_chat import NEW_TEXT, content_of
from tests.slack_counterpart.block_kit import check_view, input_names
from tests.slack_counterpart.elements import Clickable
from tests.slack_counterpart.memory import Memory
from tests.slack_counterpart.refused import BadAnswer, NoAck, Refused
from tests.slack_counterpart.teams import Channel, Json, Message, Team, User, View
from tests.slack_counterpart.transport import Ack, Kind, Transport, Unreached


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """An interaction that was acknowledged. `cause`: its trigger_id; `errors`: those of a submission."""

    cause: str
    errors: Json = dataclasses.field(default_factory=dict)


class App:
    """Every method raises `NoAck` without a 200 in time, and `BadAnswer` where Slack would not take it."""

    def __init__(self, memory: Memory, transport: Transport) -> None:
        self._memory = memory
        self._transport = transport

    async def command(
        self, user: User, text: str, *, name: str = "/followup", channel: Channel | None = None
    ) -> Done:
        """A slash command, typed in a channel or (else) in the direct messages."""
        team = self._team(user)
        where = channel or team.dm(user.id)
        trigger = self._memory.trigger(user)
        response_url = self._memory.response_url(user, where, trigger)
        said = payloads.command(team, user, where, name, text, trigger, response_url)
        ack = await self._send("slash_commands", said)
        if ack.body:
            self._say(user, where, ack.said, trigger)
        return Done(trigger)

    def _say(self, user: User, channel: Channel, said: Any, cause: str) -> None:
        """The answer itself to a command is a message: only to who typed it, unless it says otherwise."""
        given = said if isinstance(said, dict) else {"text": str(said)}
        try:
            content = content_of(given, NEW_TEXT)
        except Refused as no:
            raise BadAnswer(f"Slack does not show this answer: {no}") from no
        only_to = "" if given.get("response_type") == "in_channel" else user.id
        self._memory.post(channel, self._team(user).bot_user, content, only_to=only_to, cause=cause)

    async def click(self, user: User, where: Message | View, what: Clickable) -> Done:
        """A button or menu entry in a message, a modal or the Home tab."""
        team, ts = self._team(user), self._memory.timestamp()
        if isinstance(where, Message):
            trigger = self._memory.trigger(user, origin=where.ts)
            response_url = self._memory.response_url(user, where.channel, trigger, where)
            said = payloads.click_on_message(team, user, where, what, trigger, response_url, ts)
        else:
            modal = where if where.content["type"] == "modal" else None
            trigger = self._memory.trigger(user, origin=where.origin, view=modal)
            said = payloads.click_in_view(team, user, where, what, trigger, ts)
        return await self._plain(said, trigger)

    async def shortcut(self, user: User, callback_id: str) -> Done:
        """A global shortcut."""
        trigger, ts = self._memory.trigger(user), self._memory.timestamp()
        return await self._plain(payloads.shortcut(self._team(user), user, callback_id, trigger, ts), trigger)

    async def message_action(self, user: User, message: Message, callback_id: str) -> Done:
        """A shortcut in a message's own menu."""
        trigger, ts = self._memory.trigger(user, origin=message.ts), self._memory.timestamp()
        response_url = self._memory.response_url(user, message.channel, trigger, message)
        said = payloads.message_action(
            self._team(user), user, message, callback_id, trigger, response_url, ts
        )
        return await self._plain(said, trigger)

    async def submit(self, view: View, values: Json) -> Done:
        """Submit a modal with these `state.values`, and do with it what the app answers."""
        team = self._memory.teams[view.team]
        user = team.users[view.user]
        trigger = self._memory.trigger(user, origin=view.origin, view=view)
        ack = await self._send("interactive", payloads.submission(team, user, view, values, trigger))
        return self._submitted(view, ack, trigger)

    def _submitted(self, view: View, ack: Ack, trigger: str) -> Done:
        match ack.said:
            case "":
                self._memory.close_view(view)
            case {"response_action": "clear"}:
                self._memory.close_view(view, everything=True)
            case {"response_action": "errors", "errors": dict(errors)}:
                return Done(trigger, _checked(errors, view))
            case {"response_action": "update", "view": content}:
                self._memory.change_view(view, _checked_view(content), cause=trigger)
            case {"response_action": "push", "view": content}:
                user = self._memory.teams[view.team].users[view.user]
                onto = self._memory.stack(view.user)
                self._memory.open_view(user, _checked_view(content), onto=onto, cause=trigger)
            case said:
                raise BadAnswer(f"Slack does not understand this answer to a submission: {said}")
        return Done(trigger)

    # -- how it goes out -------------------------------------------------------------------------------------

    async def _plain(self, payload: Json, trigger: str) -> Done:
        ack = await self._send("interactive", payload)
        if ack.body:
            raise BadAnswer(f"Slack ignores what is said in an answer to a click: {ack.body[:200]}")
        return Done(trigger)

    async def _send(self, kind: Kind, payload: Json) -> Ack:
        try:
            ack = await self._transport.send(kind, payload)
        except Unreached as error:
            raise NoAck(str(error)) from error
        if ack.status != 200:
            raise NoAck(f"The app answered {ack.status}: {ack.body[:200]}")
        return ack

    def _team(self, user: User) -> Team:
        return self._memory.teams[user.team]


def _checked(errors: Json, view: View) -> Json:
    strange = errors.keys() - input_names(view.blocks)
    if strange or not errors:
        raise BadAnswer(f"There are no inputs called {sorted(strange)}: Slack shows no error there.")
    if not all(isinstance(text, str) and text for text in errors.values()):
        raise BadAnswer(f"An error without a sentence: {errors}")
    return errors


def _checked_view(content: Any) -> Json:
    try:
        return check_view(content, "modal")
    except Refused as no:
        raise BadAnswer(f"Slack does not show this view: {no}") from no
