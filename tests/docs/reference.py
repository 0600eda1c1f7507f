"""The reference pages that are made from the code: every command, setting, route and metric."""

from __future__ import annotations

import dataclasses
import inspect
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from aiohttp import web

from adapters.cli import main
from adapters.deliverer import Deliverer
from adapters.every_setting import explained
from adapters.http import make_app
from adapters.metrics import LABELS, Metrics, families
from adapters.playground.pages import mount
from adapters.runner import Runner
from adapters.settings import FILE, PREFIX, Settings
from adapters.slack.app import Slack
from adapters.slack.vault import new_key
from adapters.teams.app import Teams
from adapters.transactions import Clock, Transactions
from adapters.wiring import Running, slack_access, teams_access
from storage.database import Database

MADE = "This page is made from the code: `make golden` writes it anew."


def pages(folder: Path) -> Mapping[str, str]:
    """File name → text. `folder` is for a database that nothing is written to."""
    return {
        "commands.md": commands(),
        "settings.md": settings(),
        "routes.md": routes(folder),
        "metrics.md": metrics(folder),
    }


# -- commands ---------------------------------------------------------------------------------------------


def commands() -> str:
    intro = (
        f"{MADE} After `make demo` or `make test` the command is `.venv/bin/followup`. All read their "
        "[settings](settings.md) from the environment. What is wrong is said in a sentence, with exit code "
        "1; wrong usage has 2."
    )
    parts = ["# Commands", intro]
    for path, command in sorted(_commands(main, ("followup",))):
        parts.extend((f"## {' '.join(path)}", *_command(path, command)))
    return "\n\n".join(parts) + "\n"


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _command(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    with click.Context(command, info_name=" ".join(path)) as context:
        usage = " ".join((*path, *command.collect_usage_pieces(context)))
        yield f"`{usage}`"
        yield inspect.cleandoc(command.help or "")
        rows: list[tuple[str, ...]] = [
            (f"`{record[0]}`", " ".join(record[1].split()))
            for parameter in command.params
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context))
        ]
    if rows:
        yield _table(("option", "meaning"), rows)


# -- settings ---------------------------------------------------------------------------------------------


def settings() -> str:
    intro = (
        f"{MADE} Followup reads its settings from the environment, once, when a command starts. A wrong or "
        "missing one stops the commands that need it, with a sentence that names it. `make demo` needs none."
    )
    files = (
        "Each of them can be in a file instead, as secrets of Docker and Kubernetes are: "
        f"`{PREFIX}SMTP_URL{FILE}=/run/secrets/smtp_url` reads `{PREFIX}SMTP_URL` from there."
    )
    rows: list[tuple[str, ...]] = []
    for field in dataclasses.fields(Settings):
        about = explained(field)
        default = about.unset or _default(field.default)
        rows.append((f"`{PREFIX}{field.name.upper()}`", default, about.meaning, f"`{about.example}`"))
    return (
        f"# Settings\n\n{intro}\n\n{files}\n\n{_table(('setting', 'default', 'meaning', 'example'), rows)}\n"
    )


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "`on`" if value else "`off`"
    return f"`{value}`" if value else "none"


# -- routes -----------------------------------------------------------------------------------------------


def routes(folder: Path) -> str:
    serve, demo = _serve(folder), web.Application()
    mount(demo, None, {})  # type: ignore[arg-type]
    return (
        "\n\n".join(
            (
                "# Routes",
                f"{MADE} `followup serve` has those of a chat only where its settings are there.",
                "## followup serve",
                _table(("route", "meaning"), _routes(serve)),
                "## make demo",
                "For one person on their own computer: it answers on the loopback address alone.",
                _table(("route", "meaning"), _routes(demo)),
            )
        )
        + "\n"
    )


def _transactions(folder: Path) -> Transactions:
    """Over a database that is not even made."""
    return Transactions(Database(f"sqlite:///{folder}/none.db", Settings().policy()), Clock())


def _serve(folder: Path) -> web.Application:
    """Everything that `serve` can mount, mounted."""
    transactions = _transactions(folder)
    many = Settings(
        slack_client_id="1.2", slack_client_secret="s", slack_signing_secret="s", token_keys=(new_key(),),
        teams_app_id="00000000-0000-0000-0000-000000000000",
    )  # fmt: skip
    slack = Slack(slack_access(many), transactions, uuid.uuid4())
    teams = Teams(teams_access(many), transactions, uuid.uuid4())
    deliverer = Deliverer(transactions, None, {})
    running = Running(
        transactions=transactions,
        deliverer=deliverer,
        runner=Runner(transactions, deliverer),
        clock=transactions.clock,
        workspace=uuid.uuid4(),
        connections=(teams, slack),
    )
    return make_app(running)


# -- metrics ----------------------------------------------------------------------------------------------


def metrics(folder: Path) -> str:
    made = Metrics(_transactions(folder))
    found = [*made.measured(), *families([])]
    rows: list[tuple[str, ...]] = [
        (
            f"`{one.name}`",
            one.type,
            ", ".join(f"`{label}`" for label in LABELS.get(one.name, ())),
            one.documentation,
        )
        for one in sorted(found, key=lambda one: one.name)
        if one.name.startswith("followup_")
    ]
    intro = (
        f"{MADE} `GET /metrics` of `followup serve` has them, beside those of the process "
        "(`process_cpu_seconds_total`, `process_resident_memory_bytes` and the like). "
        "[Watch it](../how-to/watch.md) says which matter."
    )
    return f"# Metrics\n\n{intro}\n\n{_table(('metric', 'type', 'labels', 'meaning'), rows)}\n"


BAR = "\\|"
"""Between cells it stands for itself only so."""


def _routes(app: web.Application) -> list[tuple[str, ...]]:
    found: set[tuple[str, ...]] = {
        (f"`{route.method} {route.resource.canonical}`", _said(route.handler))
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    return sorted(found, key=lambda row: row[0].split()[1])


def _said(handler: object) -> str:
    said = " ".join((inspect.getdoc(handler) or "").split("\n\n")[0].split())
    if isinstance(getattr(handler, "__self__", None), web.StaticResource):
        said = "Files of the page."
    said = re.sub(r"^`[A-Z]+ /[^`]*`[:.]? ?", "", said)
    assert said, f"{handler} says nothing about itself"
    return said[0].upper() + said[1:]


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = (heads, tuple("---" for _ in heads), *rows)
    return "\n".join(f"| {' | '.join(cell.replace('|', BAR) for cell in line)} |" for line in lines)
