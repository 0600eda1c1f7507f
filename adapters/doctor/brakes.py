"""What holds the bot back at this moment: a pause, a rehearsal, letters that wait to be let go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from adapters.doctor.finding import Finding, State
from adapters.settings import Settings
from bot.uses.brake import nudges_paused, paused
from storage.database import Database
from storage.store import SqlStore


def brakes(settings: Settings, of: Database) -> Iterator[Finding]:
    """`of`: the database, which is only read."""
    workspaces = of.workspaces()
    said = [line for one in workspaces for line in of.read(one, _paused)]
    if said:
        again = "`followup resume`, or /followup resume by an admin, lifts it."
        yield Finding("paused", State.WARN, " ".join(dict.fromkeys(said)), again)
    else:
        yield Finding("paused", State.OK, "nothing is paused")
    began = [since for one in workspaces if (since := of.read(one, lambda store: store.rehearsal_since()))]
    yield _rehearsal(settings, min(began, default=None))


def _paused(store: SqlStore) -> tuple[str, ...]:
    policy = store.policy
    letters = (paused(store),) if policy.letters_paused else ()
    return (*letters, nudges_paused(store)) if policy.nudges_paused else letters


def _rehearsal(settings: Settings, since: dt.datetime | None) -> Finding:
    name = "rehearsal"
    if settings.rehearsal:
        began = f"since {since:%Y-%m-%d}" if since else "from the next start of `followup serve` on"
        return Finding(
            name,
            State.WARN,
            f"A rehearsal is on {began}: nothing leaves but a report to the admins.",
            "To go live, unset FOLLOWUP_REHEARSAL and start `followup serve` anew.",
        )
    if since is not None:
        return Finding(
            name,
            State.WARN,
            f"The rehearsal of {since:%Y-%m-%d} is over by the settings and goes on in the database.",
            "Start `followup serve` and every `followup worker` anew: that ends it.",
        )
    return Finding(name, State.OK, "none: what is due leaves")
