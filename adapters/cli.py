"""The command line: `followup COMMAND`. What is wrong is said in a sentence, with exit code 1."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import Sentence

if TYPE_CHECKING:
    from adapters.settings import Settings
    from adapters.transactions import Transactions
    from adapters.wiring import Running


class _Sentences(click.Group):
    """Turns whatever is raised into a sentence. The trace of what nobody foresaw is in the log."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            # Whoever reads us through a pipe may have had enough, which click knows how to take.
            raise
        except Sentence as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            from adapters.faults import sentence

            said = sentence(error, ctx.invoked_subcommand or "", ctx.obj)
            raise click.ClickException(said) from error


_PORT = click.IntRange(1, 65535)
_OUR_TIMES = range(2000, 2200)
"""Years in which a time zone's and a holiday's distance from an instant can be counted."""
_which = click.option(
    "--workspace",
    "named",
    default="",
    metavar="NAME",
    help="Of several companies the one meant, or its tenant.",
)


@click.group(
    cls=_Sentences,
    # Capitals do not matter, so that what is meant is found also where a word is unknown.
    context_settings={"help_option_names": ["-h", "--help"], "token_normalize_func": str.lower},
)
@click.version_option(package_name="followup", message="Followup %(version)s")
def main() -> None:
    """Followup helps hiring managers keep the word the company gave to a candidate."""


@main.command()
@click.option("--port", type=_PORT, default=8000, show_default=True, help="Where the page is served.")
@click.option("--fresh", is_flag=True, help="Forget what was done before and start over.")
def demo(port: int, fresh: bool) -> None:
    """A made-up company to click through; no account, no key, no other program."""
    from adapters.demo import run
    from adapters.demo_room import FOLDER, alone, make_room
    from adapters.wiring import set_up_logs

    set_up_logs("text")
    with alone(FOLDER, f"http://127.0.0.1:{port}"):
        asyncio.run(run(_over(make_room(FOLDER, fresh=fresh)), port))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=_PORT, default=8080, show_default=True, help="The port to listen at.")
def serve(host: str, port: int) -> None:
    """Run the bot: chats, clock, deliveries."""
    from adapters.http import make_app
    from adapters.saying import say
    from adapters.serving import close, until_stopped

    settings = _settings()
    running = _running(settings)

    async def run() -> None:
        async def started() -> None:
            say(f"Followup is running at http://{host}:{port} (its health: /readyz)")

        await until_stopped(running, make_app(running), host, port, started=started)

    asyncio.run(run())
    close(running)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address for --port.")
@click.option("--port", type=_PORT, help="Answer /readyz and /metrics here; without it nothing listens.")
def worker(host: str, port: int | None) -> None:
    """The clock and the deliveries alone, without chats: as many as you like beside `serve`."""
    from adapters.http import make_app
    from adapters.saying import say
    from adapters.serving import close, until_stopped

    running = _running(_settings())

    async def started() -> None:
        say("A worker of Followup is running.")

    async def run() -> None:
        app = make_app(running, hears=False) if port else None
        await until_stopped(running, app, host, port or 0, hears=False, started=started)

    asyncio.run(run())
    close(running)


@main.command()
def migrate() -> None:
    """Bring the database up to date. Safe to run twice."""
    from adapters.transactions import Clock
    from adapters.wiring import open_database, open_workspace
    from storage import schema

    settings = _settings()
    database = open_database(settings)
    current = schema.is_current(database)
    schema.upgrade(database)
    open_workspace(database, settings, Clock())
    click.echo("The database was up to date." if current else "The database is up to date.")
    database.close()


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@_which
def import_(file: Path, named: str) -> None:
    """Import candidates from FILE, a CSV, or - for standard input.

    Good rows go in; bad ones are named, and the exit code is 2. On a terminal a bar shows how far it is, and
    the log tells of trouble alone.
    """
    from adapters.admins import named_for
    from adapters.importing import import_file, report_lines
    from adapters.piped import on_disk

    hidden = not sys.stderr.isatty()
    settings = _settings() if hidden else _settings(logging.WARNING)
    transactions = _open(settings)
    workspace = _one(transactions, settings, named)
    bar_there = click.progressbar(length=1000, label="Importing", file=sys.stderr, hidden=hidden)
    try:
        with on_disk(file) as there, bar_there as bar:

            def progress(done: int, total: int) -> None:
                bar.update(int(1000 * done / max(total, 1)) - bar.pos)

            report = import_file(
                transactions,
                workspace,
                there,
                progress=progress,
                default_zone=settings.timezone,
                default_country=settings.country,
                admins=named_for(transactions.database, settings.admins, workspace),
            )
    except KeyboardInterrupt:
        raise click.ClickException(
            "Stopped. What went in before stays: import the same file again, and it goes on with the rest."
        ) from None
    for line in report_lines(report):
        click.echo(line)
    transactions.close()
    if report.refused:
        raise SystemExit(2)


@main.command()
@click.option("--now", "at", metavar="ISO", help="As if it were this instant, as in 2026-11-23T14:30Z.")
@click.option("--deliver", is_flag=True, help="Also hand over what is due.")
def tick(at: str | None, deliver: bool) -> None:
    """Do what the clock would do now, once. Safe to run twice."""
    from adapters.transactions import Clock
    from adapters.wiring import open_database, open_workspace, wire
    from storage import schema

    settings = _settings()
    clock = Clock()
    database = open_database(settings)
    schema.check(database)
    workspace = open_workspace(database, settings, clock)
    offset = database.read(workspace, lambda store: store.clock_offset())
    clock.offset = dt.timedelta(seconds=offset)
    if at is not None:
        clock.offset = _instant(at, is_demo=offset != 0) - dt.datetime.now(dt.UTC)
    smtp = settings.needs_mail() if deliver else None
    running = wire(settings, database, clock, {}, smtp)

    async def once() -> None:
        for one in database.workspaces():
            await (running.runner.settle(one) if deliver else running.runner.tick(one))
        await running.deliverer.stop()
        for connection in running.connections:
            await connection.close()

    asyncio.run(once())
    running.transactions.close()
    click.echo("Done: whatever was due is written down.")


def _instant(text: str, *, is_demo: bool, option: str = "--now") -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.ClickException(
            f'"{text}" is no instant. Write it as 2026-11-23T14:30Z or 2026-11-23T09:30-05:00.'
        ) from None
    if at.tzinfo is None:
        raise click.ClickException(f'"{text}" has no time zone. Add Z, or an offset as in -05:00.')
    if at.year not in _OUR_TIMES:
        raise click.ClickException(f"{option} is {at.year:04}, far from our times: mend the year.")
    if at > dt.datetime.now(dt.UTC) and not is_demo:
        if option == "--backup-at":
            raise click.ClickException(
                "--backup-at is in the future. Is it meant in another time zone than UTC?"
            )
        raise click.ClickException(f"{option} in the future is for a demo's database only.")
    return at


@main.command()
@click.argument("what", type=click.Choice(["letters", "nudges", "all"]))
@_which
def pause(what: str, named: str) -> None:
    """Stop letters, nudges or all before the next send; of every company unless one is named."""
    settings = _settings()
    transactions = _open(settings)
    every = transactions.database.workspaces()
    _brake(transactions, [_one(transactions, settings, named)] if named else every, what, on=True)


@main.command()
@click.argument("what", type=click.Choice(["letters", "nudges", "all"]), default="all")
@_which
def resume(what: str, named: str) -> None:
    """Let them go again. Letters that were held leave when they were due."""
    settings = _settings()
    transactions = _open(settings)
    _brake(transactions, [_one(transactions, settings, named)], what, on=False)


def _brake(transactions: Transactions, workspaces: Iterable[uuid.UUID], what: str, *, on: bool) -> None:
    from bot.uses.pausing import pause_all

    said = [
        transactions.write_here(workspace, lambda store, now: pause_all(store, now, what, on=on))
        for workspace in workspaces
    ]
    for line in dict.fromkeys(said):
        click.echo(line)
    transactions.close()


@main.command()
@_which
def rehearsal(named: str) -> None:
    """What the rehearsal would have asked of whom until now, and who would have waited."""
    from bot.uses.rehearsal import lines

    settings = _settings()
    transactions = _open(settings)
    workspace = _one(transactions, settings, named)
    now = transactions.clock()
    for line in transactions.database.read(workspace, lambda store: lines(store, now)):
        click.echo(line)
    transactions.close()


@main.command()
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@click.option("--kind", type=click.Choice(["letter", "surface", "summary"]), help="Only these.")
@click.option("--state", default="", metavar="STATE", help="Only these: unknown, held, retry, failed …")
@click.option("--problem", default="", metavar="WORDS", help="Only where the problem has these words in it.")
@click.option("--retry", default="", metavar="ID", help="Try this one again now instead of at its time.")
@click.option(
    "--resolve", nargs=2, type=str, metavar="ID sent|not-sent", help="Settle a letter that is unknown."
)
@_which
def deliveries(
    limit: int, kind: str | None, state: str, problem: str, retry: str, resolve: tuple[str, str] | None,
    named: str,
) -> None:  # fmt: skip
    """What has not gone out yet or needs a human, with the most failed tries first; settle it here."""
    from adapters.operating import lines, settled

    settings = _settings()
    transactions = _open(settings)
    workspace = _one(transactions, settings, named)
    try:
        if done := settled(transactions, workspace, retry, resolve):
            click.echo(done)
        else:
            for line in lines(transactions, workspace, limit, kind, state, problem):
                click.echo(line)
    finally:
        transactions.close()


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy an SQLite database to FILE while the bot runs. PostgreSQL has pg_dump."""
    from adapters.restoring import back_up

    transactions = _open(_settings())
    try:
        click.echo(back_up(transactions, file, dt.datetime.now(dt.UTC)))
    finally:
        transactions.close()


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def move(file: Path) -> None:
    """Move everything from the SQLite database FILE to the PostgreSQL that FOLLOWUP_DATABASE_URL names.

    Stop every process first. All of it goes or nothing, and FILE starts no process any more.
    """
    from adapters.wiring import open_database
    from storage.database import Database
    from storage.moving import move as move_all

    settings = _settings()
    source, target = Database(f"sqlite:///{file.absolute()}", settings.policy()), open_database(settings)
    try:
        rows = move_all(source, target, dt.datetime.now(dt.UTC))
    finally:
        source.close()
        target.close()
    click.echo(f"All {rows} rows of {file} are in PostgreSQL now. `followup serve` may start there.")


@main.command()
@click.option("--backup-at", "at", required=True, metavar="ISO", help="When the backup was made.")
def restored(at: str) -> None:
    """After a restore, before `serve`: letters that may have left since are asked about, never resent."""
    from adapters.restoring import restored as settle_all

    transactions = _open(_settings())
    try:
        is_demo = transactions.clock.offset > dt.timedelta()
        click.echo(settle_all(transactions, _instant(at, is_demo=is_demo, option="--backup-at")))
    finally:
        transactions.close()


@main.group()
def manifest() -> None:
    """What a chat needs to know about the bot, to paste when its app is made."""


@manifest.command("slack")
@click.option("--url", default="", metavar="HTTPS", help="The bot's public address; without it, Socket Mode.")
@click.option("--many", is_flag=True, help="Any workspace may install the app; needs --url.")
def manifest_slack(url: str, many: bool) -> None:
    """The manifest of the Slack app, as JSON."""
    import json

    from adapters.slack.manifest import manifest as slack_manifest

    click.echo(json.dumps(slack_manifest(url, many=many), indent=2))


@manifest.command("teams")
@click.option("--url", required=True, metavar="HTTPS", help="The bot's public address.")
@click.option("--app-id", required=True, metavar="ID", help="The application id of the bot's registration.")
@click.option(
    "--version", default="", metavar="X.Y.Z", help="Higher than the last you uploaded; else our own."
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, writable=True, path_type=Path))
def manifest_teams(url: str, app_id: str, version: str, out: Path) -> None:
    """The app package for Teams, as a zip file to upload."""
    from adapters.teams.package import VERSION, package

    out.write_bytes(package(url, app_id, version or VERSION))
    click.echo(f"{out} holds the app. Upload it in the Teams admin centre: docs/how-to/teams.md says where.")


@main.command()
@click.option(
    "--write-to",
    default="",
    metavar="EMAIL",
    help="Also write one short message to this member; in Teams an object id in Entra will do, too.",
)
def doctor(write_to: str) -> None:
    """Look at everything the bot stands on, and say how to mend what is wrong. Exit code 1 if anything is."""
    from adapters.doctor.examine import examine
    from adapters.doctor.finding import Finding, State, lines, summary

    async def print_all() -> list[Finding]:
        findings = []
        async for finding in examine(os.environ, write_to=write_to):
            findings.append(finding)
            for line in lines(finding):
                click.echo(line)
        return findings

    findings = asyncio.run(print_all())
    click.echo(summary(findings))
    if any(finding.state is State.WRONG for finding in findings):
        raise SystemExit(1)


@main.command()
def key() -> None:
    """A fresh key for FOLLOWUP_TOKEN_KEYS, which encrypts the tokens of installed workspaces."""
    from adapters.slack.vault import new_key

    click.echo(new_key())


# -- what the commands share ------------------------------------------------------------------------------


def _settings(log_least: int = logging.INFO) -> Settings:
    from adapters.settings import read_settings
    from adapters.wiring import set_up_logs

    settings = read_settings(os.environ)
    set_up_logs(settings.log_format, log_least)
    _over(settings.database_url)
    return settings


def _over(database_url: str) -> str:
    """The database this command works on: trouble with it is said with where it is."""
    click.get_current_context().find_root().obj = database_url
    return database_url


def _open(settings: Settings) -> Transactions:
    """The database, its schema checked and its first workspace made; a demo's, with the demo's clock."""
    from adapters.transactions import Clock, Transactions
    from adapters.wiring import open_database, open_workspace
    from storage import schema

    clock = Clock()
    database = open_database(settings)
    schema.check(database)
    workspace = open_workspace(database, settings, clock)
    clock.offset = dt.timedelta(seconds=database.read(workspace, lambda store: store.clock_offset()))
    return Transactions(database, clock)


def _one(transactions: Transactions, settings: Settings, named: str) -> uuid.UUID:
    """The one workspace, or of several the one that is named."""
    from adapters.wiring import WorkspaceUnclear, choose_workspace

    try:
        return choose_workspace(transactions.database, settings, transactions.clock, named)
    except WorkspaceUnclear:
        transactions.close()
        raise


def _running(settings: Settings) -> Running:
    from adapters.runner import refresh_looks
    from adapters.transactions import Clock
    from adapters.wiring import open_database, wire
    from bot import service
    from bot.telling import templates_in

    smtp = settings.needs_mail()
    settings.needs_slack()
    settings.needs_teams()
    templates_in(settings.templates)
    clock = Clock()
    database = open_database(settings)
    running = wire(settings, database, clock, {}, smtp)
    clock.offset = dt.timedelta(seconds=database.read(running.workspace, lambda store: store.clock_offset()))
    for workspace in database.workspaces():
        refresh_looks(running.transactions, workspace)
        running.transactions.write_here(workspace, service.settle_rehearsal)
    if settings.rehearsal:
        click.echo(
            "This is a rehearsal: nothing leaves but a report to the admins. `followup rehearsal` prints it.",
            err=True,
        )
    elif not settings.pilot:
        click.echo("FOLLOWUP_PILOT is empty: the bot addresses nobody. Name members, or * for all.", err=True)
    return running
