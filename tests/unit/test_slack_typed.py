"""What somebody typed in Slack, as plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.typed import plain

KNOWN = {"U1": "sam.okafor@halden.example"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("away until 6 dec delegate <@U1|sam>", "away until 6 dec delegate sam.okafor@halden.example"),
        ("hand over mei to <@U9|kim>", "hand over mei to @kim"),
        ("hand over mei to <@U9>", "hand over mei to @"),
        ("here <#C1|hiring-engineering>", "here #hiring-engineering"),
        ("told <mailto:zoe@x.example|zoe@x.example>", "told zoe@x.example"),
        ("O&amp;M &lt;tomasz&gt;", "O&M <tomasz>"),
        ("  list ", "list"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_markup_becomes_words(typed: str, read: str) -> None:
    assert plain(typed, lambda user: KNOWN.get(user, "")) == read


@given(st.text())
def test_whatever_is_typed_is_read_without_an_error(text: str) -> None:
    plain(text, lambda _: "")
