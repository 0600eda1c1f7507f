"""`make chaos`: thousands of letters and messages under every blow we could think of, and the counts.

Exits with 1 where a promise was broken; the seed that is printed makes the same blows again (CHAOS_SEED).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.chaos.round import Plan, Round, seed
from tests.chaos.verdict import judge
from tests.postgresql import OwnServer, new_folder

SHORT = Plan(letters=150, processes=3, kills=2, restarts=1, every_s=1.2, patience_s=90, seed=0)
FULL = Plan(letters=2000, processes=4, kills=40, restarts=5, every_s=3.0, patience_s=300, seed=0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the round of .ci/run: some two minutes")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="on one database")
    parser.add_argument("--log", type=Path, help="where to write what the processes said")
    given = parser.parse_args()
    broken = 0
    for name in ("sqlite", "postgresql"):
        if given.only in (None, name):
            broken += _one(name, dataclasses.replace(SHORT if given.short else FULL, seed=seed()), given.log)
    sys.exit(1 if broken else 0)


def _one(name: str, plan: Plan, keep: Path | None) -> int:
    with (
        (_sqlite if name == "sqlite" else _postgresql)() as (url, restart),
        tempfile.NamedTemporaryFile("r", suffix=".log") as log,
    ):
        print(f"\n{name}: {plan.letters} letters, {plan.processes} processes, seed {plan.seed}", flush=True)
        try:
            outcome = asyncio.run(Round(url, plan, restart, Path(log.name)).run())
        finally:
            said = log.read()
            if keep is not None:
                keep.write_text(said)
        verdict = judge(outcome, plan.letters, said)
    for what, count in verdict.rows:
        print(f"  {what:<72}{count:>6}")
    print(f"  {'seconds':<72}{outcome.blows.seconds:>6.0f}")
    for line in verdict.broken:
        print(f"  BROKEN: {line}")
    if "Traceback" in said or '"exception"' in said:
        print("  BROKEN: a process met an error that it did not expect; --log FILE keeps it")
        return 1
    return len(verdict.broken)


@contextlib.contextmanager
def _sqlite() -> Iterator[tuple[str, None]]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/followup.db", None


@contextlib.contextmanager
def _postgresql() -> Iterator[tuple[str, Callable[[], None]]]:
    folder = new_folder()
    server = OwnServer(folder)
    turn = iter([signal.SIGQUIT, signal.SIGINT] * 100)

    def restart() -> None:
        """As after a crash, then in good order, in turns."""
        server.stop(next(turn))
        server.start()

    try:
        yield server.start(), restart
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
