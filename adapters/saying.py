"""What a process tells whoever runs it. That nobody can read it any more stops no work."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import sys
import traceback
from typing import TextIO, cast

import click
import structlog

PATIENCE_S = 0.5
"""How long whoever reads may take to make room for a line, once; then lines are left out until there is."""


class _Unfailing:
    """As much of a stream as is printed to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._left_out = False

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            file = _file_of(self._stream)
            if file is None:
                self._stream.write(text)
            else:
                self._write(file, text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def _write(self, file: int, text: str) -> None:
        """By pieces for which a pipe has room; a pipe that is full would hold up whoever writes."""
        if self._left_out and _has_room(file, 0):
            self._left_out = False
            os.write(file, b"Lines of this log were left out here: nobody read it.\n")
        data = text.encode(errors="backslashreplace")
        for start in range(0, len(data), select.PIPE_BUF):
            if not _has_room(file, 0 if self._left_out else PATIENCE_S):
                self._left_out = True
                return
            os.write(file, data[start : start + select.PIPE_BUF])


def _file_of(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, AttributeError):
        return None


def _has_room(file: int, wait_s: float) -> bool:
    return bool(select.select([], [file], [], wait_s)[1])


def unfailing(stream: TextIO) -> TextIO:
    """The same stream, on which printing never fails and never waits for long.

    A terminal may be closed, a disk for logs be full, and whoever reads a pipe may have stopped to.
    """
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
