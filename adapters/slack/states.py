"""What a browser takes along to Slack when somebody installs the bot, and brings back: ours, and in time.

It is signed and not written down: whoever only opens the page, however often, leaves nothing behind.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

VALID = dt.timedelta(minutes=10)


class States:
    """`secret`: known to every process that may get one back, and to nobody else."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def new(self, now: dt.datetime) -> str:
        until = int((now + VALID).timestamp())
        begun = f"{until}.{secrets.token_urlsafe(32)}"
        return f"{begun}.{self._signature(begun)}"

    def until(self, state: str, now: dt.datetime) -> dt.datetime | None:
        """How long it is good; None where it is none of ours, or not good any more."""
        begun, _, signature = state.rpartition(".")
        if not hmac.compare_digest(self._signature(begun).encode(), signature.encode(errors="surrogatepass")):
            return None
        until = dt.datetime.fromtimestamp(int(begun.partition(".")[0]), dt.UTC)
        return until if now < until else None

    def _signature(self, begun: str) -> str:
        said = f"install/{begun}".encode(errors="surrogatepass")
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()


def digest(state: str) -> str:
    """Who reads the database cannot bring back what somebody else has begun."""
    return hashlib.sha256(state.encode(errors="surrogatepass")).hexdigest()
