"""`python -m benchmarks [NAME …] [--full]`: all subjects, or those named.

A missed target is said, no more.
"""

from __future__ import annotations

import argparse
import importlib
import os

from benchmarks.measure import Options, show

SUBJECTS = (
    "tick", "letters", "deliveries", "processes", "click", "importing", "start", "idle", "slack_click",
    "teams_click", "paces",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUBJECTS)}; default: all")
    parser.add_argument("--full", action="store_true", help="the larger sizes, which take minutes")
    given = parser.parse_args()
    unknown = set(given.names) - set(SUBJECTS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    print(f"Ratios of medians, both sides in one run; {os.cpu_count()} cores.")
    for name in given.names or SUBJECTS:
        show(name, importlib.import_module(f"benchmarks.{name}").run(Options(full=given.full)))


if __name__ == "__main__":
    main()
