"""Every check, in the order in which things stand on each other. A check that breaks stops no other."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

from adapters.doctor import environment
from adapters.doctor.brakes import brakes
from adapters.doctor.clock import clock, time_zones
from adapters.doctor.database import admins_in, clock_of, database, members_in, unreachable_in
from adapters.doctor.dmarc import dmarc
from adapters.doctor.finding import Finding, State
from adapters.doctor.people import admins, first_member, pilot, unreachable
from adapters.doctor.smtp import smtp
from adapters.mail.smtp import SmtpUrl
from adapters.settings import Settings
from adapters.slack.doctor import SlackCheckup
from adapters.teams import trial
from adapters.teams.doctor import TeamsCheckup
from adapters.wiring import slack_access, teams_access
from storage.database import Database, DatabaseUrlRefused


async def examine(environ: Mapping[str, str], *, write_to: str = "") -> AsyncIterator[Finding]:
    """What is found, one after another.

    write_to: a member who gets one short test message, by work email, in Teams also by object id; empty for
    nobody.
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
        yield await _safely("members", lambda: unreachable(*unreachable_in(kept)))
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
        for finding in await _write(settings, write_to, slack, kept):
            yield finding
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
        return None, _unusable(refused)
    try:
        finding = database(opened)
    except DatabaseUrlRefused as refused:
        finding = _unusable(refused)
    except Exception as error:
        finding = _broke_off("database", error)
    if finding.state is State.OK:
        return opened, finding
    opened.close()
    return None, finding


def _unusable(refused: DatabaseUrlRefused) -> Finding:
    what, _, mend = str(refused).partition(". ")
    mend = mend or "See docs/reference/settings.md for examples."
    return Finding("database", State.WRONG, what.removesuffix(".") + ".", mend)


def _ahead(kept: Database | None, slack: SlackCheckup) -> dict[str, dt.timedelta]:
    """How far other clocks are ahead of ours."""
    ahead = {"Slack": slack.ahead} if slack.ahead is not None else {}
    if kept is not None:
        ahead["the database"] = clock_of(kept) - dt.datetime.now(dt.UTC)
    return ahead


async def _write(settings: Settings, named: str, slack: SlackCheckup, kept: Database | None) -> list[Finding]:
    """The test message, in each chat. Where the bot is in both, one that arrives is enough."""
    found = []
    if settings.slack or not settings.teams:
        found.append(await _safely("slack write", lambda: _write_in_slack(settings, named, slack)))
    if settings.teams:
        found.append(await _safely("teams write", lambda: _write_in_teams(settings, named, kept)))
    if any(it.state is State.OK for it in found):
        return [dataclasses.replace(it, state=_no_worse(it.state)) for it in found]
    return found


def _no_worse(state: State) -> State:
    return State.WARN if state is State.WRONG else state


async def _write_in_slack(settings: Settings, email: str, slack: SlackCheckup) -> Finding:
    name = "slack write"
    if not settings.slack_bot_token:
        what = "FOLLOWUP_SLACK_BOT_TOKEN is not set, and without it the bot is in no one workspace."
        return _nothing_written(name, what, "Set it, or leave --write-to out.")
    return _held_back(name, settings, email) or await slack.write_to(email, settings.company)


async def _write_in_teams(settings: Settings, named: str, kept: Database | None) -> Finding:
    name = "teams write"
    if kept is None:
        what = "who is written to where stands in the database, which cannot be used."
        return _nothing_written(name, what, "The line `database` says how to mend that.")
    found = trial.find(kept, named, settings.teams_tenant_id)
    if found is None:
        mend = "Name somebody of your import, or who has used the bot, by work email or object id in Entra."
        return _nothing_written(name, f"nobody here is called {named}.", mend)
    held = _held_back(name, settings, found.email)
    return held or await trial.write_to(teams_access(settings), found, settings.company)


def _held_back(name: str, settings: Settings, email: str) -> Finding | None:
    """The brakes hold here too."""
    if settings.rehearsal:
        what = "FOLLOWUP_REHEARSAL is on, and nothing leaves."
        return _nothing_written(name, what, "Unset it, or leave --write-to out.")
    if not settings.policy().addresses(email):
        what = f"{email} is not in FOLLOWUP_PILOT, and the bot addresses nobody else."
        return _nothing_written(name, what, "Add them there, or name somebody who is in it.")
    return None


def _nothing_written(name: str, what: str, mend: str) -> Finding:
    return Finding(name, State.WRONG, f"Nothing was written: {what}", mend)
