"""One call of a Web API method: what was asked, by which token, and how it ended."""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.slack_counterpart.installs import Installs, Token
from tests.slack_counterpart.memory import Memory
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import Channel, Json, Team, User


@dataclasses.dataclass(kw_only=True)
class Call:
    """`status`: the HTTP status answered, 0 where the line was dropped. `error`: Slack's code, or empty.

    `done`: whether the work was done, whatever was answered.
    """

    method: str
    arguments: Json
    at: float
    token: str = ""
    team: str = ""
    status: int = 0
    error: str = ""
    done: bool = False

    @property
    def ok(self) -> bool:
        return self.done and self.status == 200


@dataclasses.dataclass(kw_only=True)
class Ask:
    """What a method sees of a call."""

    memory: Memory
    installs: Installs
    arguments: Json
    token: Token | None

    @property
    def granted(self) -> Token:
        assert self.token is not None
        return self.token

    @property
    def team(self) -> Team:
        """The token's team; org-wide, the one in which the user, channel or view named is."""
        teams = self.granted.teams
        if len(teams) == 1:
            return teams[0]
        about = [self.arguments.get(key) for key in _ABOUT]
        ids = {self.memory.team_about(str(value)) for value in about if value}
        return next((team for team in teams if team.id in ids), teams[0])

    def need(self, *names: str) -> None:
        """`Refused` where one of these arguments is missing."""
        missing = [name for name in names if self.arguments.get(name) in (None, "")]
        if missing:
            raise Refused("invalid_arguments", problems=[f"missing required field: {n}" for n in missing])

    def text(self, name: str) -> str:
        value: Any = self.arguments.get(name)
        return "" if value is None else str(value)

    def user(self, name: str) -> User:
        """The person named by this argument; `Refused` where there is none here."""
        found = self.team.users.get(self.text(name))
        if found is None:
            raise Refused("user_not_found")
        return found

    def channel(self) -> Channel:
        """The channel named by its own id; `Refused` where the bot knows none such."""
        found = self.team.channels.get(self.text("channel"))
        if found is None:
            raise Refused("channel_not_found")
        return found


_ABOUT = ("team_id", "channel", "user", "users", "user_id", "view_id", "trigger_id")
