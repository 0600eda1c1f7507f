"""The composition root: everything is made here, from the settings, and nothing at import."""

from __future__ import annotations

import dataclasses
import logging
import sys
import uuid
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog
from aiohttp import web

from adapters import admins
from adapters.deliverer import Deliverer
from adapters.failing import trace
from adapters.mail.smtp import MailerPool, SmtpMailer, SmtpUrl
from adapters.runner import Runner
from adapters.saying import Libraries, unfailing
from adapters.settings import Settings
from adapters.slack.access import Access
from adapters.teams.access import Access as TeamsAccess
from adapters.teams.access import AppType
from adapters.transactions import Clock, Transactions
from bot.errors import Sentence
from bot.mail import Mailer
from bot.ports import Chat
from storage import origin, schema
from storage.database import Database
from storage.installations import Company, Installations

MAIL_CONNECTIONS = 4


class Connection(Protocol):
    """A chat that people reach the bot by: mounted on the HTTP server, started before it, stopped first."""

    def mount(self, app: web.Application) -> None: ...

    async def start(self, *, listens: bool = True) -> None: ...

    async def stop(self) -> None:
        """Hear nobody any more."""
        ...

    async def close(self) -> None:
        """Send nothing any more."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The parts of a running bot."""

    transactions: Transactions
    deliverer: Deliverer
    runner: Runner
    clock: Clock
    workspace: uuid.UUID
    connections: tuple[Connection, ...] = ()


def open_database(settings: Settings) -> Database:
    return Database(settings.database_url, settings.policy(), hints=settings.notify)


def open_workspace(database: Database, settings: Settings, clock: Clock) -> uuid.UUID:
    """The first workspace of this database, made when there is none yet; the others came by installations."""
    known = database.workspaces()
    return known[0] if known else database.create_workspace(settings.company, clock())


class WorkspaceUnclear(Sentence):
    """Which of the companies in this database is meant cannot be told; the text names them."""


def choose_workspace(database: Database, settings: Settings, clock: Clock, named: str) -> uuid.UUID:
    """The workspace with this tenant or name; where there is only one it need not be named.

    Raises `WorkspaceUnclear`.
    """
    only = open_workspace(database, settings, clock)
    companies = Installations(database).companies()
    if not named and len(companies) == 1:
        return only
    meant = [it for it in companies if named in it.tenants] or [
        it for it in companies if named and it.name.casefold() == named.casefold()
    ]
    if len(meant) == 1:
        return meant[0].workspace
    if meant:
        raise WorkspaceUnclear(
            f"{len(meant)} companies here have this name. Say --workspace with the tenant of one: "
            f"{_listed(meant)}."
        )
    wrong = "No company here has this name or tenant" if named else "There are several companies here"
    raise WorkspaceUnclear(
        f"{wrong}. Say which is meant with --workspace and a name or tenant: {_listed(companies)}."
    )


def _listed(companies: Sequence[Company]) -> str:
    """Names come from others: what a terminal would obey is left out."""
    called = (f"{it.name} ({', '.join(it.tenants)})" if it.tenants else it.name for it in companies)
    return "; ".join("".join(filter(str.isprintable, name)) for name in called)


def wire(
    settings: Settings, database: Database, clock: Clock, chats: Mapping[str, Chat], smtp: SmtpUrl | None
) -> Running:
    """Put the parts together over a database whose schema is current.

    `chats`: beside those that the settings name.
    """
    schema.check(database)
    origin.check(database)
    workspace = open_workspace(database, settings, clock)
    admins.keep(database, settings.admins)
    transactions = Transactions(database, clock)
    mailer = make_mailer(smtp, clock) if smtp else None
    connections: list[Connection] = []
    known = dict(chats)
    if settings.teams:
        # Before Slack, whose limits for a whole company are the narrower ones and hold where there are both.
        from adapters.teams.app import Teams  # noqa: PLC0415

        teams = Teams(teams_access(settings), transactions, workspace)
        connections.append(teams)
        known[teams.chat.name] = teams.chat
    if settings.slack:
        # Only who is in Slack pays for it, in start time and memory.
        from adapters.slack.app import Slack  # noqa: PLC0415

        slack = Slack(slack_access(settings), transactions, workspace)
        connections.append(slack)
        known[slack.chat.name] = slack.chat
    deliverer = Deliverer(transactions, mailer, known)
    return Running(
        transactions=transactions,
        deliverer=deliverer,
        runner=Runner(transactions, deliverer),
        clock=clock,
        workspace=workspace,
        connections=tuple(connections),
    )


def slack_access(settings: Settings) -> Access:
    """What the settings say of Slack, for the adapter, which knows nothing of the others."""
    return Access(
        api_url=settings.slack_api_url,
        bot_token=settings.slack_bot_token,
        signing_secret=settings.slack_signing_secret,
        app_token=settings.slack_app_token,
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret,
        token_keys=settings.token_keys,
        tenants=settings.slack_tenants,
        admins=settings.admins,
    )


def teams_access(settings: Settings) -> TeamsAccess:
    """What the settings say of Teams, for its adapter."""
    return TeamsAccess(
        app_id=settings.teams_app_id,
        tenant=settings.teams_tenant_id,
        app_type=AppType(settings.teams_app_type),
        password=settings.teams_app_password,
        openid_url=settings.teams_openid_metadata_url,
        login_url=settings.teams_login_url,
        allow=settings.teams_service_url_allow,
        graph_url=settings.teams_graph_url if settings.teams_graph else "",
    )


def make_mailer(url: SmtpUrl, clock: Clock) -> Mailer:
    return MailerPool(SmtpMailer(url, clock) for _ in range(MAIL_CONNECTIONS))


def set_up_logs(log_format: str, least: int = logging.INFO) -> None:
    """Structured events with ids, to standard error; never a name, an address or a body.

    `least`: the lowest level that is told.
    """
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        exception_formatter=lambda out, error: print("\n" + trace(error[1]), file=out, end=""),
    )
    exceptions: list[structlog.typing.Processor] = []
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
        exceptions = [structlog.processors.ExceptionRenderer(lambda error: trace(error[1]))]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *exceptions,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(unfailing(sys.stderr)),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[Libraries()], level=logging.WARNING)
    for noisy in ("apscheduler", "aiohttp.access", "aiosmtpd", "mail.log"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
