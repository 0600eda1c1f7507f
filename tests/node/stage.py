"""The demo's company in a Slack that nobody here wrote: npm `emulate`, with its scopes enforced.

It sends nothing to an app: clicks, commands and events are made and signed here. It knows no response_url
(each is refused, as one that is too old), no rates, no deactivated accounts and no time zones, and it takes a
token that it does not know for an administrator's.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from adapters.background import Background
from adapters.demo import demo_settings, prepare, remember
from adapters.slack.app import Slack
from adapters.slack.manifest import SCOPES
from adapters.wiring import wire
from tests.node.emulator import Emulator
from tests.slack_counterpart import Team, User, payloads
from tests.slack_counterpart.elements import find_clickable
from tests.slack_counterpart.http_transport import HttpTransport
from tests.slack_counterpart.reading import read_message
from tests.slack_counterpart.teams import APP, Channel, Content, Message
from tests.slack_counterpart.transport import Ack, Kind
from tests.stories.chat_stage import COLLEAGUES, ChatStage, mail_sink, served
from tests.stories.person import SeenMessage, pick

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM = Team("T000000001", "Halden Instruments")
"""The id of the only team it has."""
BOT = "UFOLLOWUP"
WHOLE = "xoxb-whole"
PEOPLE = {**COLLEAGUES, "kim": ("Kim Park", "kim.park", "")}
"""Kim has an account, and nobody has named them to the bot."""


def without(scope: str) -> str:
    """A token that has every scope of the manifest but this."""
    return f"xoxb-without-{scope}"


def halden(*gone: str) -> dict[str, Any]:
    """The demo's company, but for these; the app as its manifest has it; and a token of everybody's own."""
    there = {first: about for first, about in PEOPLE.items() if first not in gone}
    app = {"app_id": APP, "bot_id": "BFOLLOWUP", "bot_user_id": BOT, "bot_name": "followup"}
    granted = {WHOLE: [*SCOPES], **{without(one): [s for s in SCOPES if s != one] for one in SCOPES}}
    ours = {"type": "bot", "user_id": BOT, "app_id": APP, "bot_id": "BFOLLOWUP"}
    theirs = {"type": "user", "scopes": ["im:read", "im:history", "chat:write"]}
    return {
        "strict_scopes": True,
        "team": {"name": TEAM.name, "domain": TEAM.domain},
        "users": [
            {"name": first, "real_name": name, "email": f"{local}@halden.example"}
            for first, (name, local, _) in there.items()
        ],
        "oauth_apps": [
            {"name": "Followup", "client_id": "1.1", "client_secret": "x", "redirect_uris": [], **app}
        ],
        "tokens": [
            *({"token": token, "scopes": scopes, **ours} for token, scopes in granted.items()),
            *({"token": f"xoxp-{first}", "user": first, **theirs} for first in there),
        ],
    }


@dataclasses.dataclass(frozen=True)
class Scene(ChatStage):
    """The running bot and that Slack."""

    slack: Emulator
    signed: HttpTransport

    @property
    def adapter(self) -> Slack:
        (found,) = self.running.connections
        assert isinstance(found, Slack)
        return found

    @property
    def background(self) -> Background:
        return self.adapter.background

    async def passes(self, minutes: int) -> None:
        later = self.running.clock() + dt.timedelta(minutes=minutes)
        await self.mover.move_to(self.running.workspace, later)

    async def person(self, first: str) -> Colleague:
        name, local, _ = PEOPLE[first]
        email = f"{local}@halden.example"
        found = await self.slack.call(WHOLE, "users.lookupByEmail", email=email)
        user = User(id=found["user"]["id"], team=TEAM.id, name=first, real_name=name, email=email)
        return Colleague(self, user)

    def problems(self) -> set[str]:
        """What keeps deliveries waiting, as `followup deliveries` tells the operator."""
        waiting = self.running.transactions.database.read(
            self.running.workspace, lambda store: store.deliveries.waiting(50)
        )
        return {one.problem for one in waiting if one.problem}


@dataclasses.dataclass(frozen=True)
class Colleague:
    """Somebody with an account there: reads with a token of their own; what they click is signed here."""

    scene: Scene
    user: User

    # -- looking ---------------------------------------------------------------------------------------------

    async def messages(self) -> list[Message]:
        """What the bot wrote to them, oldest first."""
        token, slack = f"xoxp-{self.user.name}", self.scene.slack
        found = []
        for im in (await slack.call(token, "conversations.list", types="im"))["channels"]:
            said = await slack.call(token, "conversations.history", channel=im["id"])
            found += [self._message(im["id"], one) for one in said["messages"] if one["user"] == BOT]
        return found[::-1]

    async def digest(self) -> Message:
        """The list of the day, of which there is one."""
        [found] = [one for one in await self.messages() if "Why am I asked?" in read(one).buttons]
        return found

    def _message(self, channel: str, said: dict[str, Any]) -> Message:
        """One that was edited has had two contents; of the first nothing is known any more."""
        content = Content(text=said["text"], blocks=said["blocks"])
        return Message(
            ts=said.get("ts", ""),
            channel=Channel(id=channel, team=TEAM.id, name="directmessage", user=self.user.id),
            author=BOT,
            contents=[content] * (2 if "edited" in said else 1),
            ephemeral_to="" if "ts" in said else self.user.id,
        )

    # -- doing -----------------------------------------------------------------------------------------------

    async def trigger(self) -> str:
        """One that opens one form for this person, within three seconds."""
        made = await self.scene.slack.call(WHOLE, "views.generateTriggerId", user_id=self.user.id)
        return str(made["trigger_id"])

    async def clicks(self, label: str, about: str, on: Message, trigger: str = "") -> None:
        row = read(on).row(about)
        what = find_clickable(on.blocks, pick({**row.menu, **row.buttons}, label))
        assert what is not None
        by = trigger or await self.trigger()
        said = payloads.click_on_message(TEAM, self.user, on, what, by, self._url, _ts())
        await self._does("interactive", said)

    async def types(self, text: str) -> Message:
        """/followup: what only this person sees in the acknowledgement, else what they are written then."""
        trigger = await self.trigger()
        said = payloads.command(TEAM, self.user, self._dm, "/followup", text, trigger, self._url)
        answer = await self._does("slash_commands", said)
        return self._message(self._dm.id, answer.said) if answer.body else (await self.messages())[-1]

    async def opens_home(self) -> None:
        opened = payloads.home_opened(self.user, self._dm, _ts(), "home", None)
        await self._does(
            "events_api", payloads.event(TEAM, opened, f"Ev{uuid.uuid4().hex}", int(time.time()))
        )

    async def _does(self, kind: Kind, said: dict[str, Any]) -> Ack:
        ack = await self.scene.signed.send(kind, said)
        assert ack.status == 200, ack
        await self.scene.settled()
        return ack

    @property
    def _dm(self) -> Channel:
        return Channel(id="D000000000", team=TEAM.id, name="directmessage", user=self.user.id)

    @property
    def _url(self) -> str:
        return f"{self.scene.slack.url}/no-response-url"


def read(message: Message) -> SeenMessage:
    return read_message(message.ts, message.blocks, message.text)


def _ts() -> str:
    return f"{time.time():.6f}"


@contextlib.asynccontextmanager
async def staged(url: str, slack: Emulator, token: str = WHOLE) -> AsyncIterator[Scene]:
    """The demo's company over this database, in this Slack, with this token. It goes on where it was left."""
    database, clock, _ = prepare(url)
    settings = dataclasses.replace(
        demo_settings(url),
        slack_api_url=f"{slack.url}/api/",
        slack_bot_token=token,
        slack_signing_secret=SECRET,
    )
    signed = HttpTransport(SECRET, "", 3.0, time.time)

    def reached_at(base: str) -> None:
        signed.url = f"{base}/slack/events"

    await signed.start()
    try:
        async with mail_sink() as (smtp, letters):
            running = wire(settings, database, clock, {}, smtp)
            async with served(running, reached_at):
                yield Scene(running, letters, slack, signed)
                await running.transactions.hop(lambda: remember(database, clock))
    finally:
        await signed.stop()
