"""What stands on the button of each of several people, so that no two look the same."""

from __future__ import annotations

import collections
import datetime as dt
import zoneinfo
from collections.abc import Callable, Sequence

from bot.dates import say_date
from bot.ports import FoundName


def labels(found: Sequence[FoundName], today: dt.date) -> list[str]:
    """Name and role; where two look alike the stage and the day of the interview, and last the address.

    The address comes before the rest: a chat that shortens a label cuts its end.
    """

    def by_interview(it: FoundName) -> str:
        met = it.interviewed_at.astimezone(zoneinfo.ZoneInfo(it.zone)).date()
        return f"{it.role}, {it.stage or 'interview'} {say_date(met, today)}"

    steps: tuple[Callable[[FoundName], str], ...] = (
        lambda it: f"{it.candidate} ({it.role})",
        lambda it: f"{it.candidate} ({by_interview(it)})",
        lambda it: f"{it.candidate} ({it.email}, {by_interview(it)})",
    )
    told = [steps[0](it) for it in found]
    for step in steps[1:]:
        times = collections.Counter(told)
        told = [step(it) if times[one] > 1 else one for it, one in zip(found, told, strict=True)]
    return told
