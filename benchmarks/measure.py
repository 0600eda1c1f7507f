"""What a measurement says, and how two sides are measured: in turns, so that noise falls on both."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`full`: the larger sizes, which take minutes."""

    full: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the table: a ratio, what it was made of, and how it was taken.

    `most` or `least` is the target where there is one.
    """

    what: str
    ratio: float | None = None
    most: float | None = None
    least: float | None = None
    of: str = ""
    how: str = ""

    @property
    def verdict(self) -> str:
        if self.ratio is None:
            return ""
        if self.most is not None:
            return f"≤ {self.most:g}: {'ok' if self.ratio <= self.most else 'not met'}"
        if self.least is not None:
            return f"≥ {self.least:g}: {'ok' if self.ratio >= self.least else 'not met'}"
        return ""


def show(subject: str, results: Iterable[Result]) -> None:
    """Print each result as it comes."""
    print(subject, flush=True)
    for result in results:
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        print(f"  {result.what:<58} {ratio:>7}  {result.verdict}".rstrip())
        for line in (result.of, result.how):
            if line:
                print(f"      {line}")
        print(end="", flush=True)


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(ours: Callable[[], float], theirs: Callable[[], float], rounds: int) -> tuple[float, float]:
    """ABAB: the median of each side's seconds. Each side returns what it measured itself."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def spread(values: Sequence[float]) -> str:
    """p50, p99 and the longest, in milliseconds."""
    return f"p50 {ms(percentile(values, 0.5))}, p99 {ms(percentile(values, 0.99))}, max {ms(max(values))}"


def status_of(pid: str, field: str) -> float | None:
    """What Linux says of a process's memory, in MiB; None elsewhere.

    getrusage would count what the parent held before it started this program.
    """
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    return int(status.read_text().partition(f"{field}:")[2].split()[0]) / 1024
