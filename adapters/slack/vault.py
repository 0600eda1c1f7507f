"""What is kept of an installation, encrypted: who reads the database, or a backup of it, gets no token."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from adapters.slack.access import SlackSettingsRefused
from bot.ports import ChatError


class Locked(ChatError):
    """None of the keys opens this secret."""

    def __init__(self) -> None:
        super().__init__(
            "No key in FOLLOWUP_TOKEN_KEYS opens the token of this Slack workspace. Put back the key under "
            "which it was encrypted, after a comma; if that key is lost, have the app installed there anew, "
            "at /slack/install."
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Kept:
    """What Slack gave for an installation. Never shown: it holds secrets.

    A token that does not expire has neither `expires_at` nor a `refresh_token`.
    """

    token: str
    refresh_token: str = ""
    expires_at: dt.datetime | None = None
    scopes: tuple[str, ...] = ()


def granted(answer: Mapping[str, Any], now: dt.datetime) -> Kept:
    """What an answer of oauth.v2.access grants. Raises `ChatError` where it is no bot token.

    https://docs.slack.dev/reference/methods/oauth.v2.access
    """
    token, lives = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token or answer.get("token_type") != "bot":
        raise ChatError("Slack answered oauth.v2.access without a bot token.")
    return Kept(
        token=token,
        refresh_token=str(answer.get("refresh_token") or ""),
        expires_at=now + dt.timedelta(seconds=lives) if isinstance(lives, int) else None,
        scopes=tuple(scope for scope in str(answer.get("scope") or "").split(",") if scope),
    )


class Vault:
    """The first key encrypts, all decrypt: so keys are changed without a pause."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises `SlackSettingsRefused` where there is no key, or one is none."""
        if not keys:
            raise SlackSettingsRefused(
                "FOLLOWUP_TOKEN_KEYS is not set, so the tokens of Slack workspaces could not be encrypted. "
                "Make a key with `followup key`, and set it."
            )
        fernets = [_fernet(key, place) for place, key in enumerate(keys, start=1)]
        self._first = fernets[0]
        self._all = MultiFernet(fernets)

    def lock(self, kept: Kept) -> str:
        """Encrypted under the first key."""
        content = {
            "token": kept.token,
            "refresh_token": kept.refresh_token,
            "expires_at": kept.expires_at.isoformat() if kept.expires_at else None,
            "scopes": list(kept.scopes),
        }
        return self._first.encrypt(json.dumps(content).encode()).decode()

    def open(self, secret: str) -> Kept:
        """What was locked. Raises `Locked`."""
        try:
            content = json.loads(self._all.decrypt(secret.encode()))
        except InvalidToken:
            # Nothing of the cause is worth telling.
            raise Locked from None
        until = content["expires_at"]
        return Kept(
            token=content["token"],
            refresh_token=content["refresh_token"],
            expires_at=dt.datetime.fromisoformat(until) if until else None,
            scopes=tuple(content["scopes"]),
        )

    def under_first_key(self, secret: str) -> str | None:
        """The same, encrypted under the first key; None where it is already. Raises `Locked`."""
        try:
            self._first.decrypt(secret.encode())
        except InvalidToken:
            try:
                return self._all.rotate(secret.encode()).decode()
            except InvalidToken:
                raise Locked from None
        return None


def new_key() -> str:
    """A fresh random key for FOLLOWUP_TOKEN_KEYS."""
    return Fernet.generate_key().decode()


def _fernet(key: str, place: int) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        # A key is a secret: the sentence names its place alone.
        raise SlackSettingsRefused(
            f"FOLLOWUP_TOKEN_KEYS: number {place} is no key. A key is 44 characters long, as `followup key` "
            "prints it; several have commas between them."
        ) from None
