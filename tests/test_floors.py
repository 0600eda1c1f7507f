"""What import-linter cannot see: the ground floor asks no clock, and importing a module does nothing else."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("bot", "storage", "adapters")

NOT_ON_THE_GROUND_FLOOR = frozenset(
    {
        "asyncio",
        "concurrent",
        "logging",
        "multiprocessing",
        "random",
        "sched",
        "secrets",
        "selectors",
        "smtplib",
        "socket",
        "sqlite3",
        "subprocess",
        "threading",
        "time",
        "urllib.request",
        "os.environ",
        "os.getenv",
        "uuid.getnode",
        "uuid.uuid1",
        "uuid.uuid6",
        "uuid.uuid7",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "email.utils.formatdate",
        "email.utils.localtime",
        "email.utils.make_msgid",
    }
)
"""A clock, chance that cannot be repeated, the environment, threads, the network."""


def sources(floor: str) -> list[Path]:
    return sorted((ROOT / floor).rglob("*.py"))


def forbidden(source: str) -> Iterator[str]:
    """Each use of a name that is not for the ground floor, by its full name, whatever it was imported as."""
    tree = ast.parse(source)
    meant: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                meant[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
                yield from _refused(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                meant[alias.asname or alias.name] = name
                yield from _refused(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield from _refused(_full_name(node, meant))


def _full_name(node: ast.expr, meant: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return meant.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            before = _full_name(value, meant)
            return before and f"{before}.{attribute}"
        case _:
            return ""


def _refused(name: str) -> Iterator[str]:
    parts = name.split(".")
    if any(".".join(parts[:count]) in NOT_ON_THE_GROUND_FLOOR for count in range(1, len(parts) + 1)):
        yield name


@pytest.mark.parametrize("path", sources("bot"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_ground_floor_has_no_clock(path: Path) -> None:
    assert list(forbidden(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time", ["time"]),
        ("from time import monotonic", ["time.monotonic"]),
        ("import asyncio.queues", ["asyncio.queues"]),
        ("import datetime as dt\nnow = dt.datetime.now(dt.UTC)", ["datetime.datetime.now"]),
        ("from datetime import datetime as when\nstamp = when.utcnow", ["datetime.datetime.utcnow"]),
        ("def f():\n    from datetime import date\n    return date.today()", ["datetime.date.today"]),
        ("import os\nhome = os.environ['HOME']", ["os.environ"]),
        ("from uuid import uuid1", ["uuid.uuid1"]),
        ("from datetime import time\nnoon = time(12)", []),
        ("import uuid\nfresh = uuid.uuid4()", []),
        ("def today(self, now):\n    return self.today(now)", []),
    ],
)
def test_a_clock_is_found_under_any_name(source: str, found: list[str]) -> None:
    assert list(forbidden(source)) == found


WATCH = """
import importlib, json, os, sys, threading
# Comes with the SDK of Teams and binds a socket at import, to learn of IPv6: not ours to change.
import urllib3

names, seen, now = json.loads(sys.argv[1]), [], ["?"]
ALWAYS = set(
    "socket.__new__ socket.connect socket.bind subprocess.Popen os.system os.fork os.posix_spawn os.exec "
    "os.mkdir os.remove os.rename os.rmdir os.link os.symlink os.truncate os.putenv sqlite3.connect".split()
)

def watch(event, args):
    writes = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    if writes or event in ALWAYS:
        seen.append([now[0], event, repr(args[:1])])

class Thread(threading.Thread):
    def start(self):
        seen.append([now[0], "threading.Thread.start", self.name])
        super().start()

threading.Thread = Thread
sys.addaudithook(watch)
for name in names:
    now[0] = name
    importlib.import_module(name)
print(json.dumps(seen))
"""


def modules(floor: str) -> list[str]:
    """Every module, but those that run by being imported: Alembic's environment and `__main__`."""
    paths = [path.relative_to(ROOT).with_suffix("") for path in sources(floor)]
    names = [".".join(path.parts).removesuffix(".__init__") for path in paths]
    return [name for name in names if name.rpartition(".")[2] not in {"env", "__main__"}]


def watched(names: list[str], folder: Path = ROOT) -> list[list[str]]:
    """What a fresh interpreter did, other than reading, while it imported these modules."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", WATCH, json.dumps(names)],
        cwd=folder, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("floor", FLOORS)
def test_importing_a_module_does_nothing_else(floor: str) -> None:
    assert watched(modules(floor)) == []


@pytest.mark.parametrize(
    ("source", "event"),
    [
        ("open('left-behind', 'w').close()", "open"),
        ("import asyncio\nloop = asyncio.new_event_loop()\nloop.close()", "socket.__new__"),
        ("import sqlite3\nsqlite3.connect(':memory:').close()", "sqlite3.connect"),
        ("import threading\nthreading.Thread(target=int).start()", "threading.Thread.start"),
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])", "subprocess.Popen"),
    ],
)
def test_a_module_that_does_something_is_noticed(source: str, event: str, tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(source)
    seen = watched(["busy"], tmp_path)
    assert ["busy", event] in [entry[:2] for entry in seen]
