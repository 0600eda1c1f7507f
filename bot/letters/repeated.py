"""Whether what is written to one candidate was written to another one before: then it is about neither."""

from __future__ import annotations

import re
from collections.abc import Iterable

RUN = 4
"""Words in a row that are compared."""
FEWEST_RUNS = 4
"""A text with fewer of them says too little to be told apart from another."""
ALIKE = 0.8
"""What is known of so many of the runs, by share, is the same text."""


def repeats(text: str, others: Iterable[str]) -> bool:
    """Whether nearly all of it stands in one of the others, whatever case, punctuation and line ends."""
    runs = _runs(text)
    if len(runs) < FEWEST_RUNS:
        return False
    return any(len(runs & _runs(other)) >= ALIKE * len(runs) for other in others)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
