"""A person in Teams, with the same hands and eyes as the one at the page: the same stories run on both."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping

from tests.stories.person import Person, Seen, SeenErrors, SeenForm, SeenLetter, SeenMessage, message_of, pick
from tests.teams_counterpart import cards
from tests.teams_counterpart.cards import Clickable, SeenCard
from tests.teams_counterpart.counterpart import TeamsCounterpart
from tests.teams_counterpart.memory import Change, Json, Message


class TeamsPerson(Person):
    """Somebody found by their work email. The rest comes from the stage, as in Slack's.

    settled: waits until the app has done and delivered all it has to. old: this client knows no
    `Action.Execute` and no dialogs, as old ones do.
    """

    def __init__(
        self,
        teams: TeamsCounterpart,
        email: str,
        *,
        settled: Callable[[], Awaitable[object]],
        moves_clock: Callable[[str], Awaitable[int]] | None = None,
        mailbox: Callable[[], Awaitable[list[SeenLetter]]] | None = None,
        member: Callable[[], uuid.UUID] | None = None,
        old: bool = False,
    ) -> None:
        self.email = email
        self.user = teams.memory.user(email)
        self._teams = teams
        self._settled = settled
        self._clock_mover = moves_clock
        self._letters = mailbox
        self._core_member = member
        self._old = old
        self._dialogs: list[SeenCard] = []

    async def sits_down(self) -> TeamsPerson:
        return self

    # -- looking --------------------------------------------------------------------------------------------

    async def reads(self) -> list[SeenMessage]:
        return [cards.read_message(it.id, it.content) for it in self._teams.memory.said_in(self.user.chat)]

    # -- doing ----------------------------------------------------------------------------------------------

    async def clicks(self, label: str, about: str = "", on: SeenMessage | None = None) -> Seen:
        message = on or await self.digest()
        row = message.row(about) if about else None
        actions = {**row.menu, **row.buttons} if row else message.buttons
        return await self.acts(pick(actions, label), message.id)

    async def acts(self, action: str, message: str = "", fields: Mapping[str, str] | None = None) -> Seen:
        assert fields is None, "Fill in the form instead."
        for form in reversed(self._dialogs):
            if action in form.buttons.values():
                return await self._presses(form, action, {})
        place, what = self._find(action, message)
        mark = len(self._teams.memory.changes)
        return await self._sends(what, place, "", mark)

    async def fills(self, form: SeenForm, **fields: str) -> Seen:
        """Submit a form, or the same once more."""
        assert isinstance(form, SeenCard), "This form was not seen in Teams."
        known = cards.inputs(form.card)
        assert fields.keys() <= known.keys(), f"There is no field {fields.keys() - known.keys()} in the form."
        return await self._presses(form, form.submit, cards.values(form.card, {**form.fields, **fields}))

    async def presses_in(self, form: SeenForm, label: str) -> Seen:
        """A button beside the form's own."""
        assert isinstance(form, SeenCard)
        return await self._presses(form, pick(form.buttons, label), {})

    async def _presses(self, form: SeenCard, action: str, filled: Json) -> Seen:
        what = next(it for it in cards.clickables(form.card) if it.token == action)
        sent = Clickable(what.label, what.kind, {**what.data, **filled}, what.menu)
        return await self._sends(sent, form.message, form.origin, len(self._teams.memory.changes))

    async def types(self, text: str, channel: str = "") -> Seen:
        mark = len(self._teams.memory.changes)
        await self._teams.writes(self.user, text, channel)
        return await self._outcome(mark)

    def told(self, text: str) -> str:
        """Without it: one writes to the bot, and mentions it in a channel."""
        return text.replace("/followup here", "@Followup here").replace("/followup ", "")

    async def is_refused(self, text: str) -> str:
        return message_of(await self.types(text)).text

    # -- one click ------------------------------------------------------------------------------------------

    async def _sends(self, what: Clickable, message: str, origin: str, mark: int) -> Seen:
        """What the client sends depends on the action; what is seen then, on the answer."""
        data = {key: value for key, value in what.data.items() if key != "msteams"}
        if not message:
            sent: Json = {"data": data, "context": {}}
            answer = await self._teams.invokes(self.user, "task/submit", sent)
            return await self._dialog(answer, origin, mark)
        there = {"channel": self._channel_of(message), "replyToId": message}
        if self._old or (what.kind == "Action.Submit" and "msteams" not in what.data):
            await self._teams.tells(
                self._teams.activity(self.user, "message", value=data, text=None, **there)
            )
            return await self._outcome(mark, message)
        if what.kind == "Action.Submit":
            value: Json = {"data": what.data, "context": {"theme": "default"}}
            answer = await self._teams.invokes(self.user, "task/fetch", value, **there)
            return await self._dialog(answer, message, mark)
        value = {"action": {"type": what.kind, "verb": "followup", "data": data}, "trigger": "manual"}
        answer = await self._teams.invokes(self.user, "adaptiveCard/action", value, **there)
        assert answer is not None
        if answer["type"] == cards_type():
            await self._settled()
            return self._look(answer["value"], message)
        return await self._outcome(mark, message, answer["value"])

    def _channel_of(self, message: str) -> str:
        """Where this was said to many; nothing where it stands in a chat."""
        room = self._teams.memory.messages[message].conversation.partition(";")[0]
        return room if room in self._teams.memory.channels else ""

    async def _dialog(self, answer: Json | None, origin: str, mark: int) -> Seen:
        if answer is None:
            return await self._outcome(mark, origin)
        task = answer["task"]
        if task["type"] == "message":
            return await self._outcome(mark, origin, task["value"])
        card, title = task["value"]["card"]["content"], task["value"]["title"]
        await self._settled()
        if found := cards.errors(card):
            return SeenErrors(found)
        if cards.is_form(card):
            self._dialogs.append(cards.read_form(card, title, origin=origin))
            return self._dialogs[-1]
        return cards.read_card("", card)

    async def _outcome(self, mark: int, clicked: str = "", said: str = "") -> Seen:
        """What this person saw come of it: the message clicked in, else a new one, else what was said."""
        await self._settled()
        changed = [it for it in self._teams.memory.changes[mark:] if it.conversation == self.user.chat]
        if changed:
            return self._seen(min(changed, key=lambda one: _distance(one, clicked, answered=bool(said))))
        assert said or clicked, f"Nothing changed that {self.email} could see."
        if said:
            return SeenMessage("", "", cards.words([said]), (), {})
        return cards.read_message(clicked, self._teams.memory.messages[clicked].content)

    def _seen(self, change: Change) -> Seen:
        content = self._teams.memory.messages[change.message].contents[change.version]
        card = cards.card_of(content)
        return self._look(card, change.message) if card else cards.read_message(change.message, content)

    def _look(self, card: Json, message: str) -> Seen:
        if not cards.is_form(card):
            return cards.read_card(message, card)
        if found := cards.errors(card):
            return SeenErrors(found)
        return cards.read_form(card, message=message)

    def _find(self, action: str, message: str) -> tuple[str, Clickable]:
        """Where it stands, or stood when it was seen; else it is somebody else's, brought to this person."""
        memory = self._teams.memory
        mine = memory.said_in(self.user.chat)
        near = [memory.messages[message]] if message in memory.messages else mine[::-1]
        for place in near:
            if what := _drawn(place, action):
                return place.id, what
        for place in memory.messages.values():
            if what := _drawn(place, action):
                return mine[-1].id, what
        raise AssertionError(f"Nothing in Teams was ever drawn with the action {action}.")

    # -- what the stage has ---------------------------------------------------------------------------------

    @property
    def member(self) -> uuid.UUID:
        assert self._core_member is not None
        return self._core_member()

    async def moves_clock(self, to: str) -> int:
        assert self._clock_mover is not None
        return await self._clock_mover(to)

    async def mailbox(self) -> list[SeenLetter]:
        assert self._letters is not None
        return await self._letters()


def cards_type() -> str:
    return "application/vnd.microsoft.card.adaptive"


def _drawn(message: Message, action: str) -> Clickable | None:
    for content in reversed(message.contents):
        card = cards.card_of(content)
        if card and (found := [it for it in cards.clickables(card) if it.token == action]):
            return found[0]
    return None


def _distance(change: Change, clicked: str, *, answered: bool) -> int:
    """Answered with one sentence, a person looks for it among what is new; else where they clicked."""
    if change.version == 0:
        return 0 if answered else 2
    return 1 if change.message == clicked else 3
