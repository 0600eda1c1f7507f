"""Migrations only add, so that processes of the version before can run on the newer tables."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import migrations

VERSIONS = sorted((Path(next(iter(migrations.__path__))) / "versions").glob("[0-9]*.py"))
ADDS = {"create_table", "create_index", "add_column", "execute", "get_bind"}


def takes_away(source: str) -> Iterator[str]:
    """What in this migration could fail a process that knows nothing of it."""
    for call in (it for it in ast.walk(ast.parse(source)) if isinstance(it, ast.Call)):
        if not (isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)):
            continue
        if call.func.value.id != "op":
            continue
        if (name := call.func.attr) not in ADDS:
            yield name
        if name == "execute" and "UPDATE " not in ast.unparse(call):
            yield "execute of what is no UPDATE"
        if name == "add_column" and _is_required(call.args[1]):
            yield "add_column that must be filled"


def _is_required(column: ast.expr) -> bool:
    assert isinstance(column, ast.Call)
    given = {it.arg: ast.unparse(it.value) for it in column.keywords}
    return given.get("nullable") == "False" and "server_default" not in given


@pytest.mark.parametrize("script", VERSIONS[1:], ids=lambda it: it.stem)
def test_a_migration_only_adds(script: Path) -> None:
    assert list(takes_away(script.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_column("letters", "hold")',
        'op.alter_column("letters", "hold", nullable=False)',
        'op.execute("DROP INDEX ix_letters_by")',
        'op.add_column("letters", sa.Column("hold", sa.Text(), nullable=False))',
    ],
)
def test_the_check_itself_can_fail(line: str) -> None:
    assert list(takes_away(line))
