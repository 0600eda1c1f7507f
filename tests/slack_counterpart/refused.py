"""How Slack says no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """One of Slack's error codes, with whatever comes beside it; HTTP 200 unless a status is given."""

    def __init__(
        self,
        error: str,
        *,
        problems: Sequence[str] = (),
        status: int = 200,
        retry_after: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(error, *problems)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self._problems = list(problems)
        self._more = more

    def body(self) -> dict[str, Any]:
        said: dict[str, Any] = {"ok": False, "error": self.error, **self._more}
        if self._problems:
            said["response_metadata"] = {"messages": [f"[ERROR] {problem}" for problem in self._problems]}
            if self.error == "invalid_blocks":
                said["errors"] = self._problems
        return said


class BadAnswer(AssertionError):
    """The app's answer to an interaction is one that Slack would not take."""


class NoAck(AssertionError):
    """The app did not acknowledge in time, or not with 200."""
