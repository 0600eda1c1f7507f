"""Every check, in the order in which things stand on each other. A check that breaks stops no other."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

from adapters.doctor import environment
from adapters.doctor.brakes import brakes
from adapters.doctor.clock import clock, time_zones
from adapters.doctor.database import admins_in, clock_of, database, members_in
from adapters.doctor.dmarc import dmarc
from adapters.doctor.finding import Finding, State
from adapters.doctor.people import admins, first_member, pilot
from adapters.doctor.smtp import smtp
from adapters.mail.smtp import SmtpUrl
from adapters.settings import Settings
from adapters.slack.doctor import SlackCheckup
from adapters.teams.doctor import TeamsCheckup
from adapters.wiring import slack_access, teams_access
from storage.database import Database, DatabaseUrlRefused


async def examine(environ: Mapping[str, str], *, write_to: str = "") -> AsyncIterator[Finding]:
    """What is found, one after another.

    write_to: the work email of a member who gets one short test message in Slack; empty for nobody.
    """
    settings, found = environment.read(environ)
    for finding in (*found, *environment.complete(settings, found)):
        yield finding
    yield await _safely("time zones", lambda: time_zones(settings.timezone))
    kept, finding = _opened(settings)
    yield finding
    yield await _safely("admins", lambda: admins(settings, admins_in(kept) if kept else ()))
    yield await _safely("pilot", lambda: pilot(settings, members_in(kept) if kept else ()))
    if kept is not None:
        for finding in _every("paused", lambda: brakes(settings, kept)):
            yield finding
    if settings.smtp_url is not None and settings.mail_from:
        url = settings.smtp_url
        yield await _safely("smtp", lambda: smtp(url, settings.mail_from))
        yield await _safely("dmarc", lambda: dmarc(settings.mail_from, url.host))
    slack = SlackCheckup(slack_access(settings))
    async for finding in _chats(settings, slack):
        yield finding
    if write_to:
        yield await _safely("slack write", lambda: _write(settings, write_to, slack))
    yield await _safely("clock", lambda: clock(_ahead(kept, slack)))
    if kept is not None:
        kept.close()


async def _chats(settings: Settings, slack: SlackCheckup) -> AsyncIterator[Finding]:
    if settings.slack:
        try:
            async for finding in slack.findings(first_member(settings)):
                yield finding
        except Exception as error:
            yield _broke_off("slack", error)
    if settings.teams:
        try:
            async for finding in TeamsCheckup(teams_access(settings)).findings():
                yield finding
        except Exception as error:
            yield _broke_off("teams", error)


async def examine_demo(settings: Settings, kept: Database, mail: SmtpUrl) -> list[Finding]:
    """What of it concerns a demo: nothing that asks the network beyond this computer."""
    found = [
        await _safely("time zones", lambda: time_zones(settings.timezone)),
        await _safely("database", lambda: database(kept)),
        await _safely("admins", lambda: admins(settings, admins_in(kept))),
        await _safely("pilot", lambda: pilot(settings, members_in(kept))),
        await _safely("smtp", lambda: smtp(mail, settings.mail_from)),
    ]
    return [*found, *_every("paused", lambda: brakes(settings, kept))]


def _every(name: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """All that a check finds; that it broke off, where it did."""
    try:
        return list(check())
    except Exception as error:
        return [_broke_off(name, error)]


async def _safely(name: str, check: Callable[[], Finding | Awaitable[Finding]]) -> Finding:
    """What the check finds; that it broke off, where it did."""
    try:
        found = check()
        return await found if inspect.isawaitable(found) else found
    except Exception as error:
        return _broke_off(name, error)


def _broke_off(name: str, error: Exception) -> Finding:
    """Of the error only its kind is said: its text may hold anything."""
    return Finding(
        name,
        State.WRONG,
        f"This check broke off ({type(error).__name__}).",
        "That is a fault of Followup's: please report it.",
    )


def _opened(settings: Settings) -> tuple[Database | None, Finding]:
    """The database, where it can be used, and what is to be said about it."""
    try:
        opened = Database(settings.database_url, settings.policy())
    except DatabaseUrlRefused as refused:
        mend = "See docs/reference/settings.md for examples."
        return None, Finding("database", State.WRONG, f"FOLLOWUP_{refused}", mend)
    try:
        finding = database(opened)
    except Exception as error:
        finding = _broke_off("database", error)
    if finding.state is State.OK:
        return opened, finding
    opened.close()
    return None, finding


def _ahead(kept: Database | None, slack: SlackCheckup) -> dict[str, dt.timedelta]:
    """How far other clocks are ahead of ours."""
    ahead = {"Slack": slack.ahead} if slack.ahead is not None else {}
    if kept is not None:
        ahead["the database"] = clock_of(kept) - dt.datetime.now(dt.UTC)
    return ahead


async def _write(settings: Settings, email: str, slack: SlackCheckup) -> Finding:
    """The test message; the pilot holds here too."""
    if settings.teams and not settings.slack:
        return Finding(
            "slack write",
            State.WRONG,
            "Nothing was written: this is tried in Slack alone, and the bot is in Teams.",
            "Leave --write-to out. In Teams write help to Followup: its answer tells the same.",
        )
    if not settings.slack_bot_token:
        return Finding(
            "slack write",
            State.WRONG,
            "Nothing was written: FOLLOWUP_SLACK_BOT_TOKEN is not set, and without it the bot is in no one "
            "workspace.",
            "Set it, or leave --write-to out.",
        )
    if settings.rehearsal:
        return Finding(
            "slack write",
            State.WRONG,
            "Nothing was written: FOLLOWUP_REHEARSAL is on, and nothing leaves.",
            "Unset it, or leave --write-to out.",
        )
    if not settings.policy().addresses(email):
        return Finding(
            "slack write",
            State.WRONG,
            f"Nothing was written: {email} is not in FOLLOWUP_PILOT, and the bot addresses nobody else.",
            "Add them there, or name somebody who is in it.",
        )
    return await slack.write_to(email, settings.company)
