"""What a process tells whoever runs it. That nobody can read it any more stops no work."""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from typing import TextIO, cast

import click
import structlog


class _Unfailing:
    """As much of a stream as is printed to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()


def unfailing(stream: TextIO) -> TextIO:
    """The same stream, on which printing never fails: a terminal may be closed, a disk for logs be full."""
    return cast("TextIO", _Unfailing(stream))


def say(text: str) -> None:
    """One line on standard error."""
    click.echo(text, file=unfailing(sys.stderr))


class Libraries(logging.Handler):
    """What a library logs is one event of ours: where, and what kind of error.

    Its own words may quote anybody, a stranger's request among them, and take as many lines as they like.
    """

    def emit(self, record: logging.LogRecord) -> None:
        kind, _, trace = record.exc_info or (None, None, None)
        frames = traceback.extract_tb(trace)
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else f"{record.module}:{record.lineno}"
        structlog.get_logger().log(
            record.levelno,
            "library_warned",
            library=record.name,
            where=where,
            error=kind.__name__ if kind else "",
        )
