"""Which company a chat's team belongs to, and the secret with which the bot speaks there.

Asked before the company is known, so outside the transactions of one: every call here is its own. The secret
is opaque; who keeps one encrypts it first.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from storage.columns import database_now
from storage.database import Database, new_workspace
from storage.inserts import insert_or_ignore, insert_or_update
from storage.rows import pick
from storage.tables import install_states, installations, workspaces


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The bot in one team, organisation or tenant of a chat. `ended_at`: it was taken out again."""

    chat: str
    tenant: str
    workspace: uuid.UUID
    name: str
    bot_user: str
    secret: str = dataclasses.field(repr=False)
    installed_at: dt.datetime
    ended_at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A workspace of this database, by what a person calls it. `tenants`: also those that have ended."""

    workspace: uuid.UUID
    name: str
    tenants: tuple[str, ...]


_NOBODY: Mapping[str, object] = {"admins": []}
"""In a company that comes by itself nobody is admin, until somebody is named for it."""
_KEPT = ("chat", "tenant", "name", "bot_user", "secret", "installed_at", "ended_at")
_READ = sa.select(*pick(installations, _KEPT), installations.c.workspace_id.label("workspace"))
_IN_TENANT = _READ.where(
    installations.c.chat == sa.bindparam("b_chat"), installations.c.tenant == sa.bindparam("b_tenant")
)


class Installations:
    """The installations of every company in this database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, chat: str, tenant: str) -> Installation | None:
        """The installation in this tenant, one that has ended too."""
        with self._database.reading() as conn:
            row = conn.execute(_IN_TENANT, {"b_chat": chat, "b_tenant": tenant}).mappings().first()
        return None if row is None else Installation(**row)

    def all(self, chat: str, workspace: uuid.UUID | None = None) -> tuple[Installation, ...]:
        """Those that have not ended, oldest first; of one company, or of all."""
        where = [installations.c.chat == chat, installations.c.ended_at.is_(None)]
        if workspace is not None:
            where.append(installations.c.workspace_id == workspace)
        with self._database.reading() as conn:
            rows = conn.execute(_READ.where(*where).order_by(installations.c.installed_at)).mappings()
            return tuple(Installation(**row) for row in rows)

    def companies(self) -> tuple[Company, ...]:
        """Every workspace with its tenants, oldest first."""
        query = (
            sa.select(workspaces.c.id, workspaces.c.name, installations.c.tenant)
            .select_from(workspaces.outerjoin(installations))
            .order_by(workspaces.c.created_at, workspaces.c.id, installations.c.installed_at)
        )
        with self._database.reading() as conn:
            rows = conn.execute(query).all()
        return tuple(
            Company(workspace=key[0], name=key[1], tenants=tuple(row.tenant for row in group if row.tenant))
            for key, group in itertools.groupby(rows, key=lambda row: (row.id, row.name))
        )

    def save(self, installation: Installation) -> None:
        """Insert, or begin anew in the same tenant. It stays with the company that it belonged to."""
        with self._database.writing() as conn:
            _save(conn, installation)

    def install(
        self, *, chat: str, tenant: str, name: str, bot_user: str, secret: str, now: dt.datetime
    ) -> Installation:
        """Somebody has installed the bot: begin, or begin anew, in this tenant.

        A tenant that was known stays with its company. A new one becomes a company of its own, with this
        `name`; but the first of all takes the workspace that the operator may have filled before. However
        many install at once, no two tenants get the same.
        """
        with self._database.writing() as conn:
            # The oldest row is the turnstile: on PostgreSQL too, one installs after another.
            oldest = conn.scalar(
                sa.select(workspaces.c.id)
                .order_by(workspaces.c.created_at, workspaces.c.id)
                .limit(1)
                .with_for_update(key_share=True)
            )
            known = conn.scalar(
                sa.select(installations.c.workspace_id).where(
                    installations.c.chat == chat, installations.c.tenant == tenant
                )
            )
            workspace = known or _unclaimed(conn, oldest) or new_workspace(conn, name, now, _NOBODY)
            installation = Installation(
                chat=chat, tenant=tenant, workspace=workspace, name=name, bot_user=bot_user, secret=secret,
                installed_at=now,
            )  # fmt: skip
            _save(conn, installation)
            return installation

    # -- renewing a secret --------------------------------------------------------------------------------

    def may_renew(self, installation: Installation, seconds: float) -> bool:
        """Whether the caller alone renews this secret, for so long; False where another does, or has done."""
        renew = (
            sa.update(installations)
            .where(
                *_is(installation),
                installations.c.secret == installation.secret,
                sa.or_(
                    installations.c.renewing_until.is_(None),
                    installations.c.renewing_until <= database_now(),
                ),
            )
            .values(renewing_until=database_now(seconds))
        )
        with self._database.writing() as conn:
            return bool(conn.execute(renew).rowcount)

    def renewed(self, installation: Installation, secret: str) -> bool:
        """Keep the new secret in place of the old; False where the old one is not there any more."""
        return self._put(installation, secret=secret, renewing_until=None)

    def swap(self, installation: Installation, secret: str) -> bool:
        """The same secret, encrypted otherwise. Whoever renews it meanwhile goes on doing so."""
        return self._put(installation, secret=secret)

    def _put(self, installation: Installation, **values: str | None) -> bool:
        change = sa.update(installations).where(
            *_is(installation),
            installations.c.secret == installation.secret,
            installations.c.ended_at.is_(None),
        )
        with self._database.writing() as conn:
            return bool(conn.execute(change.values(**values)).rowcount)

    # -- on the way to one --------------------------------------------------------------------------------

    def use_state(self, digest: str, until: dt.datetime, now: dt.datetime) -> None:
        """What has this digest has led to an installation, and is good until then. Old ones are forgotten."""
        with self._database.writing() as conn:
            conn.execute(sa.delete(install_states).where(install_states.c.until <= now))
            insert_or_ignore(conn, install_states, [{"digest": digest, "until": until}])

    def was_used(self, digest: str) -> bool:
        """Whether what has this digest has led to an installation before."""
        query = sa.select(install_states.c.digest).where(install_states.c.digest == digest)
        with self._database.reading() as conn:
            return conn.scalar(query) is not None


def _is(installation: Installation) -> tuple[sa.ColumnElement[bool], ...]:
    return (installations.c.chat == installation.chat, installations.c.tenant == installation.tenant)


def _save(conn: sa.Connection, installation: Installation) -> None:
    row: dict[str, Any] = {**dataclasses.asdict(installation), "renewing_until": None}
    row["workspace_id"] = row.pop("workspace")
    insert_or_update(conn, installations, ("chat", "tenant"), [row], keep=["workspace_id"])


def _unclaimed(conn: sa.Connection, oldest: uuid.UUID | None) -> uuid.UUID | None:
    """The only workspace, where no chat was ever installed in it."""
    others = conn.scalar(sa.select(workspaces.c.id).where(workspaces.c.id != oldest).limit(1))
    installed = conn.scalar(sa.select(installations.c.tenant).limit(1))
    return oldest if others is None and installed is None else None
