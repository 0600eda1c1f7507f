"""What holds for every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.node import missing

# How long an example takes says something about the machine, nothing about the rule.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def node() -> None:
    """What a story needs Node for. Without it the story is skipped, and fails where that must not be."""
    if why := missing():
        (pytest.fail if os.environ.get("TESTS_NEED_NODE") else pytest.skip)(why)
