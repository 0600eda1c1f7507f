"""What stands back where a chat has too little room for all of a message, the same in every chat. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.views.elements import Element, Row

Shown = TypeVar("Shown")


def least_left_out(
    elements: Sequence[Element],
    drawn: Callable[[Sequence[Element], int], Shown],
    fits: Callable[[Shown], bool],
) -> Shown:
    """As much as fits, where all of it does not: `drawn` is given what is left, and how many are left out.

    At the least one is left out; where nothing fits, everything is.
    """

    def without(gone: int) -> Shown:
        return drawn(_but(elements, gone), gone)

    counts = range(1, len(elements) + 1)
    at = bisect.bisect_left(counts, 1, hi=len(counts) - 1, key=lambda gone: int(fits(without(gone))))
    return without(counts[at])


def _but(elements: Sequence[Element], gone: int) -> list[Element]:
    """All but so many: rows give way first, from the last on, then whatever stands last."""
    rows = [at for at, element in enumerate(elements) if isinstance(element, Row)]
    others = [at for at, element in enumerate(elements) if not isinstance(element, Row)]
    given_up = set([*reversed(rows), *reversed(others)][:gone])
    return [element for at, element in enumerate(elements) if at not in given_up]
