"""A file that comes through a pipe, as into a container: kept while it is read, for it is read twice."""

from __future__ import annotations

import contextlib
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

STANDARD_INPUT = Path("-")


@contextlib.contextmanager
def on_disk(file: Path) -> Iterator[Path]:
    """The file itself, or a copy of what the pipe gives, which nobody else may read and which goes again."""
    pipe: contextlib.AbstractContextManager[BinaryIO]
    if file == STANDARD_INPUT:
        pipe = contextlib.nullcontext(sys.stdin.buffer)
    elif stat.S_ISFIFO(file.stat().st_mode):
        pipe = file.open("rb")
    else:
        yield file
        return
    with pipe as given, tempfile.NamedTemporaryFile(prefix="followup-", suffix=".csv") as kept:
        shutil.copyfileobj(given, kept)
        kept.flush()
        yield Path(kept.name)
