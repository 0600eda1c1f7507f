"""Slack's rate limits: a message a second a channel, and so many calls a minute a workspace."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Rate:
    """So many in a minute; `burst` at once."""

    a_minute: float
    burst: int


TIER_3 = Rate(50, 20)
TIER_4 = Rate(100, 20)


def _methods() -> dict[str, Rate]:
    tier_3 = ("chat.update", "chat.delete", "users.lookupByEmail", "conversations.open", "dnd.info")
    tier_4 = ("views.open", "views.push", "views.update", "views.publish", "users.info", "chat.postEphemeral")
    files = ("files.getUploadURLExternal", "files.completeUploadExternal")
    return {
        "chat.postMessage": Rate(300, 10),
        **dict.fromkeys((*tier_3, "conversations.info"), TIER_3),
        **dict.fromkeys((*tier_4, *files), TIER_4),
    }


@dataclasses.dataclass(frozen=True, slots=True)
class Rates:
    """`channel_gap`: seconds between two messages in a channel, less a `jitter` that is forgiven."""

    methods: Mapping[str, Rate] = dataclasses.field(default_factory=_methods)
    channel_gap: float = 1.0
    jitter: float = 0.05


class Limiter:
    """Counts what is let through; what is refused does not count."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._posted: dict[str, float] = {}

    def wait(self, method: str, team: str, channel: str, now: float) -> float:
        """Seconds to wait before this call; 0 lets it through."""
        if method == "chat.postMessage" and channel in self._posted:
            gap = self._posted[channel] + self._rates.channel_gap - now
            if gap > self._rates.jitter:
                return gap
        wait = self._from_bucket(method, team, now)
        if method == "chat.postMessage" and not wait:
            self._posted[channel] = now
        return wait

    def _from_bucket(self, method: str, team: str, now: float) -> float:
        rate = self._rates.methods.get(method)
        if rate is None:
            return 0.0
        tokens, at = self._buckets.get((team, method), (float(rate.burst), now))
        a_second = rate.a_minute / 60
        tokens = min(rate.burst, tokens + (now - at) * a_second)
        if tokens < 1:
            self._buckets[team, method] = (tokens, now)
            return (1 - tokens) / a_second
        self._buckets[team, method] = (tokens - 1, now)
        return 0.0
