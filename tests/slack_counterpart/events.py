"""What happens in Slack, told to the app as events: again, up to three times, until it answers 200."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Sequence
from typing import Any

from tests.slack_counterpart import payloads
from tests.slack_counterpart.api_views import view_json
from tests.slack_counterpart.installs import Installs
from tests.slack_counterpart.memory import Memory, said_by_hand
from tests.slack_counterpart.teams import Json, Message, Team, User
from tests.slack_counterpart.transport import Retry, Transport, Unreached


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """`attempts` is how often it took; `heard` whether the app acknowledged in the end."""

    event_id: str
    attempts: int
    heard: bool


class Events:
    """`undelivered`: events that the app never acknowledged."""

    def __init__(
        self, memory: Memory, installs: Installs, transport: Transport, retry_delays: Sequence[float]
    ) -> None:
        self._memory = memory
        self._installs = installs
        self._transport = transport
        self._delays = retry_delays
        self.undelivered: list[Json] = []

    async def tell(self, team: Team, inner: Json) -> Told:
        """Any event: `inner` is what stands under "event"."""
        name = self._memory.name("Ev")
        callback = payloads.event(team, inner, name, int(self._memory.wall()))
        retry: Retry | None = None
        for number in range(1 + len(self._delays)):
            if number:
                await asyncio.sleep(self._delays[number - 1])
            reason = await self._try(callback, retry)
            if reason is None:
                return Told(name, number + 1, heard=True)
            if not reason:
                break
            retry = Retry(number + 1, reason)
        self.undelivered.append(callback)
        return Told(name, number + 1, heard=False)

    async def _try(self, callback: Json, retry: Retry | None) -> str | None:
        """Why to try again; empty where the app asks not to, None where it heard."""
        try:
            ack = await self._transport.send("events_api", callback, retry)
        except Unreached as error:
            return error.reason
        if ack.status == 200:
            return None
        return "" if ack.no_retry else "http_error"

    async def verifies(self) -> bool:
        """Slack asks whether the app's address is its own; over HTTP only."""
        challenge = secrets.token_hex(16)
        said = {"token": payloads.VERIFICATION, "challenge": challenge, "type": "url_verification"}
        ack = await self._transport.send("events_api", said)
        return challenge in ack.body

    # -- what people do --------------------------------------------------------------------------------------

    async def opens_home(self, user: User, tab: str = "home") -> Told:
        """Somebody looks at the app: at its Home tab, or its "messages"."""
        team = self._team(user)
        home = self._memory.homes.get(user.id)
        shown = view_json(home, team) if home else None
        channel, ts = team.dm(user.id), self._memory.timestamp()
        return await self.tell(team, payloads.home_opened(user, channel, ts, tab, shown))

    async def writes(self, user: User, text: str) -> Told:
        """A direct message to the bot, which hears it with im:history only."""
        team = self._team(user)
        message = self._memory.post(team.dm(user.id), user.id, said_by_hand(text))
        return await self.echo(message)

    async def echo(self, message: Message) -> Told:
        """The event of a direct message; of the bot's own as well."""
        team = self._memory.teams[message.channel.team]
        tokens = [t for t in self._installs.tokens.values() if team in t.teams and not t.is_app]
        assert any("im:history" in token.scopes for token in tokens), "The app may not hear direct messages."
        return await self.tell(team, payloads.direct_message(message, team))

    async def changes(self, user: User, **about: Any) -> Told:
        """An account changes: any field of `User` (email, tz, deleted, status_text …)."""
        for name, value in about.items():
            assert hasattr(user, name), f"A user has no {name}."
            setattr(user, name, value)
        return await self._about(user, "user_change")

    async def joins(self, user: User) -> Told:
        return await self._about(user, "team_join")

    async def _about(self, user: User, kind: str) -> Told:
        ts = self._memory.timestamp()
        said = {"type": kind, "user": user.json(locale=True), "cache_ts": int(self._memory.wall())}
        return await self.tell(self._team(user), said | {"event_ts": ts})

    async def uninstalls(self, team: Team) -> tuple[Told, Told]:
        """The app is removed: its tokens are worth nothing, and two events say so."""
        self._installs.take_away(team)
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user]}}
        first = await self.tell(team, revoked | {"event_ts": self._memory.timestamp()})
        last = await self.tell(team, {"type": "app_uninstalled", "event_ts": self._memory.timestamp()})
        return first, last

    def _team(self, user: User) -> Team:
        return self._memory.teams[user.team]
