"""Slack's limits are kept before they are hit: it never has to say 429."""

from __future__ import annotations

import pytest

from benchmarks import paces


@pytest.mark.parametrize(
    ("teams", "members", "messages"),
    [pytest.param(6, 1, 3, id="many companies"), pytest.param(1, 40, 1, id="many channels of one")],
)
def test_no_message_comes_too_soon(teams: int, members: int, messages: int) -> None:
    """A message a second for each channel, and so many a minute for each company, whatever waits.

    `make bench` takes the sizes of a large customer, and how long they need.
    """
    _, refused, posted = paces.deliver(teams, members, messages)
    assert (refused, posted) == (0, teams * members * messages)
