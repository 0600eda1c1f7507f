"""The folder of a demo: one demo at a time lives in it."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from bot.errors import Sentence

FOLDER = Path(".demo")
LOCK = "running"


class DemoRuns(Sentence):
    """A demo runs in this folder already; the text says where, and how to have two."""


@contextlib.contextmanager
def alone(folder: Path, address: str) -> Iterator[None]:
    """Nobody else's until left, or until the process ends however it does. Raises `DemoRuns`.

    Two demos over one database would have two times of day. `address`: of our page, for whoever comes second.
    """
    folder.mkdir(exist_ok=True)
    with (folder / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DemoRuns(
                f"A demo runs in {folder.resolve()} already, at {file.read().strip()}. Use that one, or end "
                "it with Ctrl-C. For a second one, start followup demo --port 8001 in another folder."
            ) from None
        file.truncate(0)
        file.write(f"{address}\n")
        file.flush()
        yield


def make_room(folder: Path, *, fresh: bool) -> str:
    """The address of the demo's database; `fresh` forgets what was there."""
    folder.mkdir(exist_ok=True)
    if fresh:
        for old in folder.glob("followup.db*"):
            old.unlink()
    return f"sqlite:///{folder / 'followup.db'}"
