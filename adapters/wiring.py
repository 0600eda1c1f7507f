"""The composition root: everything is made here, from the settings, and nothing at import."""

from __future__ import annotations

import dataclasses
import logging
import sys
import uuid
from collections.abc import Mapping

import structlog

from adapters.deliverer import Deliverer
from adapters.mail.smtp import MailerPool, SmtpMailer, SmtpUrl
from adapters.runner import Runner
from adapters.settings import Settings
from adapters.transactions import Clock, Transactions
from bot.mail import Mailer
from bot.ports import Chat
from storage import schema
from storage.database import Database

MAIL_CONNECTIONS = 4


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The parts of a running bot."""

    transactions: Transactions
    deliverer: Deliverer
    runner: Runner
    clock: Clock
    workspace: uuid.UUID


def open_database(settings: Settings) -> Database:
    return Database(settings.database_url, settings.policy())


def open_workspace(database: Database, settings: Settings, clock: Clock) -> uuid.UUID:
    """The one workspace of this database, made when there is none yet."""
    known = database.workspaces()
    return known[0] if known else database.create_workspace(settings.company, clock())


def wire(
    settings: Settings, database: Database, clock: Clock, chats: Mapping[str, Chat], smtp: SmtpUrl | None
) -> Running:
    """Put the parts together over a database whose schema is current."""
    schema.check(database)
    workspace = open_workspace(database, settings, clock)
    transactions = Transactions(database, clock)
    mailer = make_mailer(smtp, clock) if smtp else None
    deliverer = Deliverer(transactions, mailer, chats)
    return Running(
        transactions=transactions,
        deliverer=deliverer,
        runner=Runner(transactions, deliverer),
        clock=clock,
        workspace=workspace,
    )


def make_mailer(url: SmtpUrl, clock: Clock) -> Mailer:
    return MailerPool(SmtpMailer(url, clock) for _ in range(MAIL_CONNECTIONS))


def set_up_logs(log_format: str) -> None:
    """Structured events with ids, to standard error; never a name, an address or a body."""
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    exceptions: list[structlog.typing.Processor] = []
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
        exceptions = [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *exceptions,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    for noisy in ("apscheduler", "aiohttp.access", "aiosmtpd", "mail.log"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
