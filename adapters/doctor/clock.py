"""The clock of this computer, compared with others', and the time-zone data."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import zoneinfo
from collections.abc import Mapping

from adapters.doctor.finding import Finding, State

MOST = dt.timedelta(seconds=60)
"""Slack refuses a request that is 5 minutes off, and so do we; promises fall due by the minute."""


def clock(ahead: Mapping[str, dt.timedelta]) -> Finding:
    """`ahead`: how far others' clocks are ahead of this computer's, by whose they are."""
    off = {whose: by for whose, by in ahead.items() if abs(by) > MOST}
    if off:
        said = ", ".join(
            f"{abs(by.total_seconds()):.0f} s {'behind' if by > dt.timedelta(0) else 'ahead of'} {whose}"
            for whose, by in off.items()
        )
        return Finding(
            "clock",
            State.WARN,
            f"This computer's clock is {said}. Slack refuses what is more than 5 minutes off.",
            "Set the clock by the network, on Linux with `timedatectl set-ntp true`.",
        )
    if not ahead:
        return Finding("clock", State.OK, "nobody answered whom it could be compared with")
    return Finding("clock", State.OK, f"agrees with {' and '.join(ahead)}")


def time_zones(default: str) -> Finding:
    """Whether zones are known, and FOLLOWUP_TIMEZONE among them."""
    known = zoneinfo.available_timezones()
    try:
        zoneinfo.ZoneInfo(default)
        zoneinfo.ZoneInfo("Europe/London")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return Finding(
            "time zones",
            State.WRONG,
            f"There is no data for {default} or Europe/London, so no date can be worked out.",
            "Install the package tzdata into Followup's environment, or your system's.",
        )
    try:
        data = f"tzdata {importlib.metadata.version('tzdata')}"
    except importlib.metadata.PackageNotFoundError:
        data = "the system's data"
    return Finding("time zones", State.OK, f"{len(known)} known ({data}); {default} where nobody's is known")
