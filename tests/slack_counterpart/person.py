"""A person in Slack, with the same hands and eyes as the one at the page: the same stories run on both.

What they do is answered later: the app acknowledges first, and opens a view, edits a message or says
something afterwards. So each action ends when the app's work is done (`settled`), or else as soon as
anything has changed that this person can see.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping

from tests.slack_counterpart.changes import Change, Kind
from tests.slack_counterpart.counterpart import SlackCounterpart
from tests.slack_counterpart.elements import Clickable, fields_of, find_clickable, values_of
from tests.slack_counterpart.reading import SeenModal, read_message, read_modal
from tests.slack_counterpart.teams import Json, Message, View
from tests.stories.person import Person, Seen, SeenErrors, SeenForm, SeenLetter, SeenMessage, message_of, pick

Place = Message | View


class SlackPerson(Person):
    """Somebody found by their work email. What Slack has no counterpart for comes from the stage:

    moves_clock, mailbox: as in `Person`. member: whom the core knows them as.
    settled: waits until the app has done and delivered all it has to; without it, within: seconds to wait
        for the first change.
    checks: as Slack's own client does, let nothing be submitted while a required field is empty.
    """

    def __init__(
        self,
        slack: SlackCounterpart,
        email: str,
        *,
        team: str = "",
        moves_clock: Callable[[str], Awaitable[int]] | None = None,
        mailbox: Callable[[], Awaitable[list[SeenLetter]]] | None = None,
        member: Callable[[], uuid.UUID] | None = None,
        settled: Callable[[], Awaitable[object]] | None = None,
        within: float = 5.0,
        checks: bool = False,
    ) -> None:
        self.email = email
        self.user = slack.user(email, team)
        self._slack = slack
        self._team = slack.memory.teams[self.user.team]
        self._clock_mover = moves_clock
        self._letters = mailbox
        self._core_member = member
        self._settled = settled
        self._within = within
        self._checks = checks

    async def sits_down(self) -> SlackPerson:
        """Opening Slack tells the app nothing."""
        return self

    # -- looking ---------------------------------------------------------------------------------------------

    async def reads(self) -> list[SeenMessage]:
        return [_read(message) for message in self._slack.seen_by(self.user)]

    def form(self) -> SeenModal | None:
        """The modal that is open now."""
        stack = self._slack.memory.stack(self.user.id)
        return self._modal(stack[-1]) if stack else None

    async def home(self) -> SeenMessage:
        """Open the app's Home tab, and see what it shows then."""
        mark = self._slack.changes.mark
        told = await self._slack.events.opens_home(self.user)
        assert told.heard, "The app did not hear that its Home tab was opened."
        if self._settled is None:
            await self._slack.changes.until(mark, self._is_my_home, self._within)
        else:
            await self._settled()
        assert self.user.id in self._slack.memory.homes, "The app has published no Home tab."
        return self._home()

    # -- doing -----------------------------------------------------------------------------------------------

    async def clicks(self, label: str, about: str = "", on: SeenMessage | None = None) -> Seen:
        message = on or await self.digest()
        row = message.row(about) if about else None
        actions = {**row.menu, **row.buttons} if row else message.buttons
        return await self.acts(pick(actions, label), message.id)

    async def acts(self, action: str, message: str = "", fields: Mapping[str, str] | None = None) -> Seen:
        """Click what carries this action: in this message, else wherever it was last seen.

        With `fields`, submit the open modal whose submit button says so.
        """
        if fields is not None:
            form = self.form()
            assert form is not None, "No form is open."
            assert form.submit == action, f"The open form says {form.submit}."
            return await self.fills(form, **fields)
        place, what = self._find(action, message)
        mark = self._slack.changes.mark
        done = await self._slack.app.click(self.user, place, what)
        clicked = place.ts if isinstance(place, Message) else place.origin
        return await self._outcome(mark, done.cause, clicked)

    async def fills(self, form: SeenForm, **fields: str) -> Seen:
        """Submit a form; one that was closed or has changed since as if it stood in a second window."""
        assert isinstance(form, SeenModal), "This form was not seen in Slack."
        known = dict(fields_of(form.view["blocks"]))
        assert fields.keys() <= known.keys(), f"There is no field {fields.keys() - known.keys()} in the form."
        given = {**form.fields, **fields}
        if self._checks and (errors := _left_empty(form.view["blocks"], given)):
            return SeenErrors(errors)
        view = self._window(form)
        mark = self._slack.changes.mark
        done = await self._slack.app.submit(view, values_of(view.blocks, given))
        if done.errors:
            return SeenErrors({name: str(text) for name, text in done.errors.items()})
        return await self._outcome(mark, done.cause, view.origin)

    async def types(self, text: str, channel: str = "") -> Seen:
        """A command, in a channel (its id) or else in the direct messages; any other text is a message."""
        mark = self._slack.changes.mark
        if not text.startswith("/"):
            told = await self._slack.events.writes(self.user, text)
            assert told.heard, "The app did not hear the message."
            return await self._outcome(mark)
        name, _, said = text.partition(" ")
        where = self._team.channels[channel] if channel else None
        if where is not None:
            where.members.add(self.user.id)
        done = await self._slack.app.command(self.user, said, name=name, channel=where)
        return await self._outcome(mark, done.cause)

    async def is_refused(self, text: str) -> str:
        """In Slack a refusal is an answer like any other."""
        return message_of(await self.types(text)).text

    # -- what the stage has ----------------------------------------------------------------------------------

    @property
    def member(self) -> uuid.UUID:
        assert self._core_member is not None, "This stage does not say who is who."
        return self._core_member()

    async def moves_clock(self, to: str) -> int:
        assert self._clock_mover is not None, "This stage has no clock to move."
        return await self._clock_mover(to)

    async def mailbox(self) -> list[SeenLetter]:
        assert self._letters is not None, "This stage has no mailbox."
        return await self._letters()

    # -- finding what is clicked -----------------------------------------------------------------------------

    def _find(self, action: str, message: str) -> tuple[Place, Clickable]:
        """Where it stands, or stood when it was seen; else it is somebody else's, brought to this person."""
        memory = self._slack.memory
        mine = self._slack.seen_by(self.user)
        near: list[Place]
        if message in memory.messages:
            near = [memory.messages[message]]
        elif message in memory.views:
            near = [memory.views[message]]
        else:
            views = [*memory.stack(self.user.id), *filter(None, [memory.homes.get(self.user.id)])]
            near = [*views[::-1], *mine[::-1]]
        for place in near:
            if what := _drawn(place, action):
                return place, what
        everywhere: list[Place] = [*memory.messages.values(), *memory.views.values()]
        for place in everywhere:
            if what := _drawn(place, action):
                assert mine, f"{self.email} has no message on which to click."
                return mine[-1], what
        raise AssertionError(f"Nothing in Slack was ever drawn with the action {action}.")

    def _window(self, form: SeenModal) -> View:
        memory = self._slack.memory
        before = memory.views[form.view["id"]]
        if before.hash == form.view["hash"] and memory.stack(self.user.id)[-1:] == [before]:
            return before
        content = {key: form.view[key] for key in before.content if key in form.view}
        return memory.open_view(self.user, content, origin=before.origin)

    # -- waiting for what comes of it ------------------------------------------------------------------------

    async def _wait(self, mark: int, cause: str = "") -> list[Change]:
        """Until there is something to look at; all of it."""

        def seen(change: Change) -> bool:
            answers = bool(cause) and change.cause == cause
            return (answers or change.user == self.user.id) and self._still_there(change)

        if self._settled is None:
            return await self._slack.changes.until(mark, seen, self._within)
        await self._settled()
        return self._slack.changes.since(mark, seen)

    async def _outcome(self, mark: int, cause: str = "", clicked: str = "") -> Seen:
        """What this person saw come of it: of all that has changed, the nearest to what they did.

        The first such change, as it was then: a list may have been drawn anew since, without the notice.
        """
        changed = await self._wait(mark, cause)
        if changed:
            return self._look(min(changed, key=lambda one: _distance(one, cause, clicked)))
        if self._settled is not None and clicked in self._slack.memory.messages:
            return _read(self._slack.memory.messages[clicked])
        if self._settled is not None and clicked:
            return self._home()
        raise AssertionError(f"Nothing changed that {self.email} could see.")

    def _is_my_home(self, change: Change) -> bool:
        return change.kind is Kind.HOME and change.user == self.user.id

    def _still_there(self, change: Change) -> bool:
        match change.kind:
            case Kind.MESSAGE:
                message = self._slack.memory.messages[change.id]
                return not message.gone and message.author == self._team.bot_user
            case Kind.VIEW:
                return change.id in {view.id for view in self._slack.memory.stack(self.user.id)[-1:]}
            case Kind.HOME:
                return True

    def _look(self, change: Change) -> Seen:
        match change.kind:
            case Kind.MESSAGE:
                return _read(self._slack.memory.messages[change.id], change.version)
            case Kind.VIEW:
                view = self._slack.memory.views[change.id]
                if view.content.get("submit"):
                    return self._modal(view)
                return read_message(view.id, view.blocks)
            case Kind.HOME:
                return self._home()

    def _modal(self, view: View) -> SeenModal:
        return read_modal({**view.content, "id": view.id, "hash": view.hash})

    def _home(self) -> SeenMessage:
        home = self._slack.memory.homes[self.user.id]
        return read_message(home.id, home.blocks)


def _read(message: Message, version: int = -1) -> SeenMessage:
    content = message.contents[version]
    return read_message(message.ts, content.blocks, content.text)


def _drawn(place: Place, action: str) -> Clickable | None:
    """What carries the action there, or did in an earlier state of it."""
    found = (find_clickable(blocks, action) for blocks in reversed(place.history))
    return next((what for what in found if what is not None), None)


def _distance(change: Change, cause: str, clicked: str) -> int:
    """How far a change is from what was done: a form, an answer, the message itself, then anything else."""
    if change.kind is Kind.VIEW:
        return 0
    if cause and change.cause == cause:
        return 1
    if change.id == clicked:
        return 2
    return 5 if change.kind is Kind.HOME else 3 if change.new else 4


def _left_empty(blocks: list[Json], given: Mapping[str, str]) -> dict[str, str]:
    required = {block["block_id"] for block in blocks if block["type"] == "input" and not block["optional"]}
    return {name: "Please complete this required field." for name in required if not given.get(name)}
