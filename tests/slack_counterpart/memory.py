"""What Slack's servers remember, and the only place where it changes; every visible change is noted."""

from __future__ import annotations

import dataclasses
import itertools
import secrets
from collections.abc import Callable, Iterable, Sequence

from tests.slack_counterpart.block_kit import with_ids
from tests.slack_counterpart.changes import Change, Changes, Kind
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import Channel, Content, Json, Message, Team, User, View

TRIGGER_LIVES = 3.0
RESPONSES = 5
RESPONSE_URL_LIVES = 30 * 60.0
DEEPEST = 3
"""Views in a stack."""


@dataclasses.dataclass(kw_only=True)
class Trigger:
    """Lets the app open one view for this user, soon. `view`: the modal that was acted in."""

    user: User
    at: float
    origin: str = ""
    view: View | None = None
    used: bool = False


@dataclasses.dataclass(kw_only=True)
class ResponseUrl:
    user: User
    channel: Channel
    at: float
    cause: str
    message: Message | None = None
    used: int = 0


class Memory:
    """`clock` is monotonic, for whatever lives so many seconds; `wall` is the time of day."""

    def __init__(
        self, teams: Iterable[Team], *, clock: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        self.teams = {team.id: team for team in teams}
        self.clock = clock
        self.wall = wall
        self.base = ""
        self.changes = Changes()
        self.messages: dict[str, Message] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, Json] = {}
        self.processing_s = 0.0
        """How long after its upload a picture cannot stand in a block yet."""
        self._numbers = itertools.count(1)

    # -- names ---------------------------------------------------------------------------------------------

    def timestamp(self) -> str:
        """A message's ts: unique, and later than those before."""
        return f"{int(self.wall())}.{next(self._numbers):06d}"

    def name(self, first: str) -> str:
        """An id that begins so."""
        return f"{first}{next(self._numbers):07d}"

    def team_about(self, name: str) -> str:
        """The team in which a user, channel, view or trigger is; empty for what is unknown."""
        for team in self.teams.values():
            if name == team.id or name in team.users or name in team.channels:
                return team.id
        if name in self.views:
            return self.views[name].team
        return self.triggers[name].user.team if name in self.triggers else ""

    # -- messages ------------------------------------------------------------------------------------------

    def post(
        self, channel: Channel, author: str, content: Content, *, only_to: str = "", cause: str = ""
    ) -> Message:
        message = Message(
            ts=self.timestamp(),
            channel=channel,
            author=author,
            contents=[content],
            ephemeral_to=only_to,
        )
        self.messages[message.ts] = message
        self._noted(message, new=True, cause=cause)
        return message

    def edit(self, message: Message, content: Content, *, cause: str = "") -> None:
        content.metadata = content.metadata or message.contents[-1].metadata
        message.contents.append(content)
        self._noted(message, new=False, cause=cause)

    def remove(self, message: Message, *, cause: str = "") -> None:
        message.gone = True
        self._noted(message, new=False, cause=cause)

    def _noted(self, message: Message, *, new: bool, cause: str) -> None:
        user = message.ephemeral_to or message.channel.user
        version = len(message.contents) - 1
        self.changes.note(
            Change(kind=Kind.MESSAGE, id=message.ts, user=user, new=new, cause=cause, version=version)
        )

    def in_channel(self, channel: str, ts: str) -> Message | None:
        """A message that everybody there can see."""
        found = self.messages.get(ts)
        if found is None or found.gone or found.ephemeral_to or found.channel.id != channel:
            return None
        return found

    # -- triggers and response_urls ------------------------------------------------------------------------

    def trigger(self, user: User, *, origin: str = "", view: View | None = None) -> str:
        name = f"{next(self._numbers)}.{int(self.wall())}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user=user, at=self.clock(), origin=origin, view=view)
        return name

    def exchange(self, name: object) -> Trigger:
        """Use up a trigger; `Refused` where it is unknown, too old, or used before."""
        trigger = self.triggers.get(str(name))
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.clock() - trigger.at > TRIGGER_LIVES:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_url(self, user: User, channel: Channel, cause: str, message: Message | None = None) -> str:
        name = secrets.token_hex(12)
        self.response_urls[name] = ResponseUrl(
            user=user, channel=channel, at=self.clock(), cause=cause, message=message
        )
        return f"{self.base}/response/{name}"

    # -- views ---------------------------------------------------------------------------------------------

    def stack(self, user: str) -> list[View]:
        """The modals open for a person, the one they see last."""
        return self.stacks.setdefault(user, [])

    def open_view(
        self,
        user: User,
        content: Json,
        *,
        onto: Sequence[View] = (),
        origin: str = "",
        cause: str = "",
    ) -> View:
        """Show another modal: on top of these, or as the first of a new stack."""
        if len(onto) >= DEEPEST:
            raise Refused("push_limit_reached")
        name = self.name("V")
        view = View(
            id=name,
            team=user.team,
            user=user.id,
            content=content,
            hash=self._hash(),
            root=onto[0].root if onto else name,
            previous=onto[-1].id if onto else None,
            origin=onto[-1].origin if onto else origin,
            history=[content["blocks"]],
        )
        self.views[name] = view
        self.stacks[user.id] = [*onto, view]
        self._shown(view, new=True, cause=cause)
        return view

    def change_view(self, view: View, content: Json, *, cause: str = "") -> None:
        view.content, view.hash = content, self._hash()
        view.history.append(content["blocks"])
        self._shown(view, new=False, cause=cause)

    def close_view(self, view: View, *, everything: bool = False) -> None:
        """Take it off the stack, with what stands on it; or close the whole stack."""
        stack = self.stack(view.user)
        if view in stack:
            del stack[0 if everything else stack.index(view) :]

    def publish(self, user: User, content: Json) -> View:
        """Show a Home tab."""
        home = self.homes.get(user.id)
        if home is not None:
            self.change_view(home, content)
            return home
        name = self.name("V")
        self.homes[user.id] = View(
            id=name, team=user.team, user=user.id, content=content, hash=self._hash(), root=name, origin=name,
            history=[content["blocks"]],
        )  # fmt: skip
        self._shown(self.homes[user.id], new=True)
        return self.homes[user.id]

    def _shown(self, view: View, *, new: bool, cause: str = "") -> None:
        kind = Kind.HOME if view.content["type"] == "home" else Kind.VIEW
        self.views[view.id] = view
        self.changes.note(Change(kind=kind, id=view.id, user=view.user, new=new, cause=cause))

    def _hash(self) -> str:
        return f"{int(self.wall())}.{secrets.token_hex(4)}"


def said_by_hand(text: str) -> Content:
    """What a person typed, as Slack keeps it."""
    words = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return Content(text=text, blocks=with_ids([{"type": "rich_text", "elements": [words]}]))
