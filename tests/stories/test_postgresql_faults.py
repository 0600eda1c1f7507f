"""A PostgreSQL that answers and still cannot be used: the sentence says why, and what to do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from adapters.doctor.examine import examine
from adapters.doctor.finding import State
from tests.databases import Databases
from tests.postgresql import administer
from tests.stories.command_line import followup

DATABASES = ("postgresql",)


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def without_most_names(databases: Databases, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A database as a server makes it that was set up without UTF-8."""
    near = sa.make_url(databases.empty())
    name = f"followup_{uuid.uuid4().hex}"
    administer(near, f"CREATE DATABASE {name} ENCODING '{request.param}' LOCALE 'C' TEMPLATE template0")
    yield near.set(database=name).render_as_string(hide_password=False), request.param
    administer(near, f"DROP DATABASE {name} WITH (FORCE)")


async def test_it_could_not_keep_most_names(without_most_names: tuple[str, str]) -> None:
    url, encoding = without_most_names
    said = followup("migrate", DATABASE_URL=url)
    assert said.returncode == 1
    assert f"keeps its text as {encoding}, in which the names of many people cannot be written" in said.stderr
    assert "createdb --encoding=UTF8 --template=template0 NAME" in said.stderr
    found = {it.name: it async for it in examine({"FOLLOWUP_DATABASE_URL": url})}
    assert found["database"].state is State.WRONG
    assert encoding in found["database"].what
    assert "createdb --encoding=UTF8" in found["database"].mend


def test_we_may_make_no_table_in_it(databases: Databases) -> None:
    url = databases.empty()
    administer(sa.make_url(url), "DROP SCHEMA public")
    said = followup("migrate", DATABASE_URL=url)
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert "refuses: no schema has been selected to create in" in said.stderr
    assert "must own the database and its tables: docs/how-to/run.md" in said.stderr
