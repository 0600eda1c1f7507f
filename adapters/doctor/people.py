"""Whom the bot may address, and who may switch things on."""

from __future__ import annotations

from collections.abc import Collection

from adapters.doctor.finding import Finding, State
from adapters.named_admins import addresses, named
from adapters.settings import Settings
from bot.mail import single_line
from bot.policy import EVERYONE


def pilot(settings: Settings, in_database: Collection[str] = ()) -> Finding:
    """`in_database`: work emails of everybody whom the database knows, in lower case."""
    if not settings.pilot:
        return Finding(
            "pilot",
            State.WARN,
            "FOLLOWUP_PILOT is empty: the bot addresses nobody.",
            "Name the members to begin with, as in dana@example.com,ravi@example.com, or * for everybody.",
        )
    if EVERYONE in settings.pilot:
        return Finding("pilot", State.OK, "everybody may be addressed")
    strangers = sorted(settings.pilot - set(in_database)) if in_database else []
    if strangers:
        return Finding(
            "pilot",
            State.WARN,
            f"{', '.join(strangers)}: no member here has this work email.",
            "Mend it in FOLLOWUP_PILOT, or import candidates of theirs. They may also come to the bot first.",
        )
    return Finding("pilot", State.OK, f"{', '.join(sorted(settings.pilot))} and nobody else")


def admins(settings: Settings, in_database: Collection[str]) -> Finding:
    """`in_database`: work emails of those whom the database knows as admins."""
    everybody = settings.admins
    former = {email.lower() for email in in_database} - addresses(everybody)
    if former:
        return Finding(
            "admins",
            State.WARN,
            f"{', '.join(sorted(former))} will not be admin any more: not in FOLLOWUP_ADMINS.",
            "Name them there before the next start of `followup serve`, if they should be.",
        )
    if not everybody:
        return Finding(
            "admins",
            State.WARN,
            "Nobody is an admin, so nobody can pause the bot or switch feedback letters on in the chat.",
            "Set FOLLOWUP_ADMINS to work emails, as in kim@example.com.",
        )
    return Finding("admins", State.OK, ", ".join(sorted(everybody)))


NAMED = 20
"""So many are named; more would hide the rest of the report."""


def unreachable(lost: Collection[str], everybody: int) -> Finding:
    """`lost`: work emails of the members to whom no chat can write, of so many members in all."""
    if not lost:
        many = "1 member" if everybody == 1 else f"{everybody} members"
        return Finding("members", State.OK, f"{many}, and nobody of whom a chat says they cannot be reached")
    named = ", ".join(single_line(email) for email in sorted(lost)[:NAMED])
    more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    many = "1 member" if len(lost) == 1 else f"{len(lost)} members"
    return Finding(
        "members",
        State.WARN,
        f"{many} of {everybody} cannot be reached in any chat, so the recruiter is asked: {named}{more}.",
        "In Slack each needs a full account with this work email (switched on, no guest), in Teams the app. "
        "They are asked again once Slack says so, or once they write to the bot. Roles of whoever has left: "
        "/followup hand over ROLE to MEMBER.",
    )


def first_member(settings: Settings) -> str:
    """Somebody to look up: the first of the pilot, else of the admins; empty where nobody is named."""
    return next(iter([*sorted(settings.pilot - {EVERYONE}), *sorted(named(settings.admins, {""}))]), "")
