"""Writing statements, worked out once: from one execution to the next only their values change.

At every execution SQLAlchemy looks a statement up by a key of all its parts and gathers its parameters anew,
which costs several times what the database needs. Here it is compiled once for each dialect; an execution
converts the values as the columns' types say, puts them in order, and sends the text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa


class Prepared:
    """An insert or an update whose values are all named parameters, none of them a list.

    `sets` names the columns that are written from parameters of the same name, where the statement does not
    say so itself.
    """

    def __init__(self, statement: sa.ClauseElement, *, sets: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._sets = sets
        self._compiled: dict[str, _Compiled] = {}

    def write(self, conn: sa.Connection, *given: Mapping[str, Any]) -> int:
        """Execute it with one set of parameters after the other; how many rows were written.

        What is given beyond the parameters is left out. Raises `StatementError` for a value that its column
        refuses, as SQLAlchemy does.
        """
        dialect = conn.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _compile(self._statement, self._sets, dialect)
        compiled = self._compiled[dialect.name]
        parameters = [compiled.parameters(one) for one in given]
        only_one = len(parameters) == 1
        return conn.exec_driver_sql(compiled.text, parameters[0] if only_one else parameters).rowcount


@dataclasses.dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    names: Sequence[str]
    positional: bool
    converters: Mapping[str, Callable[[Any], Any]]

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """As the driver takes them: in order, or by name."""
        values = dict(given)
        try:
            for name, convert in self.converters.items():
                values[name] = convert(values[name])
        except (TypeError, ValueError) as error:
            raise sa.exc.StatementError(str(error), self.text, None, error) from error
        if self.positional:
            return tuple([values[name] for name in self.names])
        return {name: values[name] for name in self.names}


def _compile(statement: sa.ClauseElement, sets: Sequence[str] | None, dialect: sa.Dialect) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=sets)
    binds: Mapping[str, sa.BindParameter[Any]] = compiled.binds
    return _Compiled(
        text=compiled.string,
        names=compiled.positiontup if compiled.positional else tuple(binds),
        positional=compiled.positional,
        converters={
            name: convert
            for name, bind in binds.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect))
        },
    )
