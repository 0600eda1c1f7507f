"""Wherever chance leads, the product keeps its word."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.databases import SqliteFiles
from tests.walk import kept, mailed, screens
from tests.walk.steps import take
from tests.walk.world import World, numbered_ids

STEPS = 100
FEW = 7
"""Walks in `make test`, the same ones every time."""
ASKED = int(os.environ.get("WALKS", "0"))
"""As many others instead, from chance."""

WALKS = st.tuples(st.integers(0, 2**16), st.lists(st.integers(0, 2**32 - 1), min_size=STEPS, max_size=STEPS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walk")


@settings(
    max_examples=ASKED or FEW,
    derandomize=not ASKED,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
    print_blob=False,
)
@given(WALKS)
def test_the_product_keeps_its_word(folder: Path, walk: tuple[int, list[int]]) -> None:
    walks(folder, *walk)


def walks(folder: Path, company: int, steps: list[int]) -> World:
    """`company`: which of the companies that `company.policy` makes."""
    with numbered_ids(company):
        world = World(SqliteFiles(folder, folder), random.Random(company))
        try:
            before = kept.look(world)
            for number in steps:
                world.forgets()
                take(world, number)
                now = kept.look(world)
                screens.hold(world, before, now)
                mailed.hold(world, now)
                kept.hold(world, before, now)
                before = now
        except (Exception, pytest.fail.Exception) as error:
            error.add_note("What happened:\n" + "\n".join(world.story[-60:]))
            raise
        finally:
            world.close()
    return world
