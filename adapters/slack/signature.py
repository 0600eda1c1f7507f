"""Whether a request comes from Slack (docs.slack.dev/authentication/verifying-requests-from-slack)."""

from __future__ import annotations

import hashlib
import hmac

WINDOW_S = 300
"""What is older, or is dated later than now by as much, is refused: it may be a replay."""


def is_signed(secret: str, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether Slack signed this body within the window; `now` in seconds since the epoch.

    The raw bytes are compared, in constant time. Any other strings are simply not a signature.
    """
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 16):
        return False
    if abs(now - int(timestamp)) > WINDOW_S:
        return False
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return hmac.compare_digest(f"v0={digest.hexdigest()}".encode(), signature.encode("utf-8", "replace"))
