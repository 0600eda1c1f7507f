"""What holds for every test."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web_app
from hypothesis import settings

from tests import postgresql
from tests.chromium import chromium_path
from tests.databases import KINDS, Databases, Kind, PostgresqlDatabases, SqliteFiles
from tests.node import missing

# How long an example takes says something about the machine, nothing about the rule.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was collected stays to the end: nobody need look it over again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(autouse=True)
def forgotten_handlers() -> Iterator[None]:
    """aiohttp keeps the last 1,024 handlers that it has wrapped, and each of ours holds a whole bot."""
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture(scope="session")
def node() -> None:
    """What a story needs Node for. Without it the story is skipped, and fails where that must not be."""
    if why := missing():
        (pytest.fail if os.environ.get("TESTS_NEED_NODE") else pytest.skip)(why)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is. Without one the story is skipped, and fails where that must not be."""
    found = chromium_path()
    if found is None:
        why = "It needs a Chromium; make browser installs Debian's."
        (pytest.fail if os.environ.get("TESTS_NEED_BROWSER") else pytest.skip)(why)
    return found


# -- databases: every test that asks for one runs on SQLite and on PostgreSQL ------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module names the databases it runs on as `DATABASES` where that is not both."""
    if "kept_in" in metafunc.fixturenames:
        metafunc.parametrize("kept_in", getattr(metafunc.module, "DATABASES", KINDS))


def _shared(config: pytest.Config) -> Path:
    """The folder that all processes of this run have in common."""
    base: Path = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def shelf(request: pytest.FixtureRequest) -> postgresql.Shelf:
    """A PostgreSQL server. Where there is none the test is skipped, and fails where that must not be."""
    found = postgresql.Shelf(_shared(request.config))
    try:
        _ = found.url
    except postgresql.NoPostgresql as why:
        (pytest.fail if os.environ.get("TESTS_NEED_POSTGRESQL") else pytest.skip)(str(why))
    return found


@pytest.fixture
def databases(kept_in: Kind, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Where this test's databases are made."""
    if kept_in == "sqlite":
        yield SqliteFiles(_shared(request.config), tmp_path)
        return
    with contextlib.ExitStack() as ends:
        yield PostgresqlDatabases(request.getfixturevalue("shelf"), ends)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        postgresql.end(_shared(session.config))
