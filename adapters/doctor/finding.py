"""What a check has found, and how it is printed."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Iterator

from bot.mail import single_line


class State(enum.StrEnum):
    OK = "ok"
    WARN = "warn"
    """It works, but look at it."""
    WRONG = "wrong"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: `name` says what was looked at, `what` how it is, `mend` what to do about it.

    None of the three ever holds a secret.
    """

    name: str
    state: State
    what: str
    mend: str = ""


_INDENT = 6
_NAME = 13


def lines(finding: Finding) -> Iterator[str]:
    """The finding as a person reads it, one or two lines."""
    yield f"{finding.state:<{_INDENT}}{finding.name:<{_NAME}} {finding.what}"
    if finding.mend:
        yield f"{'':{_INDENT}}{'':{_NAME}} Mend: {finding.mend}"


def summary(findings: Iterable[Finding]) -> str:
    """The last line."""
    states = [finding.state for finding in findings]
    wrong, warned = states.count(State.WRONG), states.count(State.WARN)
    look = f"{warned} to look at" if warned else ""
    if not wrong:
        return f"Nothing is wrong, {look}." if look else "Nothing is wrong."
    many = "1 thing is wrong" if wrong == 1 else f"{wrong} things are wrong"
    return f"{many}{', ' + look if look else ''}. Mend it and run `followup doctor` again."


def overheard(text: str, *secrets: str) -> str:
    """What another's program said, in one line; nothing at all where it repeats one of these secrets."""
    return "" if any(secret and secret in text for secret in secrets) else single_line(text)
