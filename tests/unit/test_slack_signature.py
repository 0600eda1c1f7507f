"""Whether a request comes from Slack."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from adapters.slack.signature import WINDOW_S, is_signed

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_763_900_000.0


def signed(body: bytes, at: float = NOW) -> tuple[str, str]:
    """Timestamp and signature, made by the vendor's own library."""
    timestamp = str(int(at))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body)
    assert signature
    return timestamp, signature


BODIES = st.text().map(str.encode)
"""The vendor's library signs UTF-8 alone."""


@given(BODIES)
def test_what_slack_signed_is_taken_whatever_bytes_it_holds(body: bytes) -> None:
    timestamp, signature = signed(body)
    assert is_signed(SECRET, timestamp, signature, body, NOW)


@given(BODIES, st.binary())
def test_another_body_under_the_same_signature_is_refused(body: bytes, other: bytes) -> None:
    timestamp, signature = signed(body)
    assert is_signed(SECRET, timestamp, signature, other, NOW) is (body == other)


@pytest.mark.parametrize(("age", "taken"), [(0, True), (299, True), (301, False), (-301, False), (-5, True)])
def test_a_request_is_taken_for_five_minutes(age: int, taken: bool) -> None:
    timestamp, signature = signed(b"x", NOW - age)
    assert is_signed(SECRET, timestamp, signature, b"x", NOW) is taken
    assert WINDOW_S == 300


@given(st.text(), st.text())
def test_nothing_else_is_a_signature_and_nothing_is_raised(timestamp: str, signature: str) -> None:
    assert not is_signed(SECRET, timestamp, signature, b"x", NOW)


@pytest.mark.parametrize("timestamp", ["abc", "", "-1", "1e9", "１７６３９０００００", "9" * 400])
def test_a_timestamp_that_is_none_is_refused(timestamp: str) -> None:
    assert not is_signed(SECRET, timestamp, "v0=" + "0" * 64, b"x", NOW)
