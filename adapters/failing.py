"""What went wrong, for the log: where it happened and what kind it is. Its own words may quote anybody."""

from __future__ import annotations

import traceback
from typing import Any

import structlog

from storage.trouble import named, passes

log = structlog.get_logger()


def say_failed(event: str, error: BaseException, bound: Any = None, **ids: str) -> None:
    """One line for the log; with its trace unless the database was only away for a while."""
    known = bound or log
    if passes(error):
        known.warning(event, error=named(error), **ids)
    else:
        known.error(event, error=named(error), exc_info=error, **ids)


def trace(error: BaseException) -> str:
    """Where it happened, and where its causes did."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    here = "".join(traceback.format_tb(error.__traceback__))
    return f"{trace(before) if before else ''}{here}{named(error)}\n"
