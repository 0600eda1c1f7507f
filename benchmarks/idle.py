"""What a `serve` costs that has nothing to do: processor, memory, and the time from imports until ready."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks.both import elsewhere
from benchmarks.company import Company, open_database
from benchmarks.measure import Options, Result
from benchmarks.start import OUR_IMPORTS, imports, memory, serving
from bot.calendar import data_version
from storage import tables

LOOPS, LOOPS_EACH = 100_000, 40
SETTLES_S, WATCHED_S = 5.0, 30.0
ROUNDS = 5
FAR_AHEAD = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
"""`serve` goes by the real clock; nothing is to be due by that."""


def run(_: Options) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        small, large = (f"sqlite:///{Path(folder) / name}.db" for name in ("small", "large"))
        elsewhere(_fill, small, LOOPS_EACH)
        elsewhere(_fill, large, LOOPS)
        yield _ready(small)
        yield from _idle(large)


def _ready(url: str) -> Result:
    pairs = [(_seconds_until_ready(url), imports(OUR_IMPORTS).seconds) for _ in range(ROUNDS)]
    serves, imported = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Result(
        what="`serve` from its imports until ready, against 0.3 s",
        ratio=(serves - imported) / 0.3,
        most=1,
        of=f"{serves - imported:.2f} s more than the {imported:.2f} s that its imports take",
        how=f"fresh processes until /readyz answers, and `{OUR_IMPORTS}`; medians of {ROUNDS}, in turns",
    )


def _seconds_until_ready(url: str) -> float:
    with serving(url) as (_, cost):
        return cost.seconds


def _idle(url: str) -> Iterator[Result]:
    bare = imports(OUR_IMPORTS).memory
    with serving(url) as (pid, _):
        time.sleep(SETTLES_S)
        before = _processor_s(pid)
        time.sleep(WATCHED_S)
        share = (_processor_s(pid) - before) / WATCHED_S
        held = memory(pid)
    yield Result(
        what=f"idle with {LOOPS:,} open loops, against 1 % of one core",
        ratio=share / 0.01,
        most=1,
        of=f"{share:.2%} of a core",
        how=f"processor time of `followup serve` over {WATCHED_S:.0f} s in which nothing is due",
    )
    yield Result(
        what="its memory then, against its bare imports",
        ratio=held / bare,
        most=1.3,
        of=f"{held:.0f} against {bare:.0f} MiB",
    )


def _processor_s(pid: int) -> float:
    """Seconds of processor that a process has used: utime and stime of proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _fill(url: str, open_loops: int) -> None:
    company = Company(url)
    for _ in range(open_loops // LOOPS_EACH):
        role, _user = company.manager()
        for _ in range(LOOPS_EACH):
            company.loop(role, due=False)
    workspace = company.save()
    database = open_database(url)
    # Else the first look would go over every loop anew.
    database.write(workspace, lambda store: store.set_data_version(data_version()))
    with database.writing() as conn:
        for table in (tables.loops, tables.members):
            conn.execute(sa.update(table).values(look_at=FAR_AHEAD))
        conn.execute(sa.update(tables.due).values(at=FAR_AHEAD))
    database.close()
