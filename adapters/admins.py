"""Who is admin of which company: FOLLOWUP_ADMINS says so, at every start and when a tenant installs the bot.

An address alone counts in the operator's own company, the first of the database; for another company it
stands behind one of that company's tenants and a slash. Whoever is not named any more is no longer admin.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Collection, Iterator

import structlog

from adapters.named_admins import named
from storage.database import Database
from storage.installations import Installations
from storage.store import SqlStore

log = structlog.get_logger()


def named_for(database: Database, entries: Collection[str], workspace: uuid.UUID) -> frozenset[str]:
    """The addresses that are named for this company."""
    return dict(_everywhere(database, entries)).get(workspace, frozenset())


def keep(database: Database, entries: Collection[str], only: uuid.UUID | None = None) -> None:
    """Whoever is named is admin, and nobody else; in this company or in all. The log knows them by id."""
    for workspace, here in _everywhere(database, entries):
        if only is not None and only != workspace:
            continue
        ended, begun = database.write(workspace, functools.partial(SqlStore.name_admins, emails=here))
        for event, members in (("admin_no_longer", ended), ("admin_named", begun)):
            for member in members:
                log.info(event, member=str(member), workspace=str(workspace))


def _everywhere(database: Database, entries: Collection[str]) -> Iterator[tuple[uuid.UUID, frozenset[str]]]:
    for place, company in enumerate(Installations(database).companies()):
        own = ("",) if place == 0 else ()
        yield company.workspace, named(entries, (*company.tenants, *own))
