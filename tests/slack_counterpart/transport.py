"""How Slack's word reaches the app: one of two transports, the same acknowledgement."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Literal, Protocol

from tests.slack_counterpart.teams import Json

Kind = Literal["events_api", "interactive", "slash_commands"]


@dataclasses.dataclass(frozen=True, slots=True)
class Retry:
    """The so-and-so-manieth repetition of an event, and why."""

    number: int
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Ack:
    """What the app answered. Socket Mode has no statuses: there it is 200."""

    status: int
    body: str = ""
    no_retry: bool = False

    @property
    def said(self) -> Any:
        """The body as JSON if it is JSON, else as text."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body


class Unreached(Exception):
    """The app gave no acknowledgement; `reason` is as in x-slack-retry-reason."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Transport(Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, kind: Kind, payload: Json, retry: Retry | None = None) -> Ack:
        """One attempt. Raises `Unreached`."""
        ...
