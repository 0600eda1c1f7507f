"""What went wrong on the command line, in a sentence. What nobody foresaw is in the log, under an id."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
import structlog

from adapters.database_trouble import trouble
from adapters.failing import trace
from adapters.wiring import set_up_logs
from storage.trouble import lies_with_it, named


def sentence(error: Exception, command: str, database_url: str | None) -> str:
    """For whoever typed the command. `database_url`: of the database it works on, where it has one."""
    if isinstance(error, sa.exc.SQLAlchemyError) and lies_with_it(error) and database_url:
        return " ".join(trouble(sa.make_url(database_url), error))
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}. {_mend(error)}"
    incident = uuid.uuid4().hex[:8]
    if not structlog.is_configured():
        set_up_logs("text")
    structlog.get_logger().error(
        "command_failed", command=command, incident=incident, error=named(error), trace=trace(error)
    )
    return (
        f"Something went wrong that nobody foresaw ({named(error)}). That is a fault of Followup's: please "
        f"report it, with the line of the log that has incident {incident} in it."
    )


def _mend(error: OSError) -> str:
    if isinstance(error, FileExistsError):
        return "Something else is in its place: move that away."
    return "Is its folder there, and may whoever runs Followup read and write there?"
