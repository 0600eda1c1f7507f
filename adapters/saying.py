"""What a process tells whoever runs it. That nobody can read it any more stops no work."""

from __future__ import annotations

import contextlib
import sys
from typing import TextIO, cast

import click


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
