"""One open transaction of one workspace: what every room of the store stands on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.people import Member
from bot.policy import FeedbackPolicy, Policy, Restored
from storage.columns import UtcDateTime
from storage.inserts import insert_or
from storage.tables import DeliveryKind, DeliveryState, deliveries, due, workspaces

AT_ONCE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""An instant that has passed on every clock, a demo's too."""

WORKSPACE_COLUMNS = (workspaces.c.name, workspaces.c.settings, workspaces.c.clock_offset_s, due.c.at)
"""Read beside a member, so that the policy and the next due instant cost no statement of their own."""

_THIS_WORKSPACE = (
    sa.select(*WORKSPACE_COLUMNS)
    .select_from(workspaces.join(due, due.c.workspace_id == workspaces.c.id))
    .where(workspaces.c.id == sa.bindparam("b_workspace"))
)

MAIL_LANE = "mail"


def chat_lane(member: uuid.UUID) -> str:
    """The lane of all messages to one member."""
    return f"chat:{member}"


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """One change as a log may tell of it: ids, and what was done."""

    what: str
    loop: uuid.UUID
    by: uuid.UUID | None
    letter: uuid.UUID | None


class WorkspaceUnknown(LookupError):
    """There is no such workspace in this database."""


_TURN = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("b_about"), 0)))
_NEW = sa.bindparam("b_new", type_=UtcDateTime())
_EARLIER = (
    sa.update(due)
    .where(due.c.workspace_id == sa.bindparam("b_workspace"))
    .values(at=sa.case((sa.or_(due.c.at.is_(None), due.c.at > _NEW), _NEW), else_=due.c.at))
)
_SOONER = f"""ON CONFLICT (workspace_id, subject_id) DO UPDATE SET not_before = CASE
    WHEN excluded.kind = '{DeliveryKind.LETTER}' OR deliveries.not_before > excluded.not_before
    THEN excluded.not_before ELSE deliveries.not_before END
    WHERE deliveries.state = '{DeliveryState.READY}'"""
"""What waits already goes out at the earlier of both times; for a letter its last own time counts."""


_OWN = (
    "feedback", "letters_paused", "nudges_paused", "letters_paused_by", "nudges_paused_by", "restored",
)  # fmt: skip
"""What a workspace may set itself, and that it was restored."""


def _id(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def _restored(kept: Sequence[str] | None) -> Restored | None:
    if not kept:
        return None
    backup_at, at = map(dt.datetime.fromisoformat, kept)
    return Restored(backup_at=backup_at, at=at)


def _plain(value: object) -> object:
    """As the workspace's settings keep it."""
    match value:
        case uuid.UUID():
            return str(value)
        case Restored():
            return [value.backup_at.isoformat(), value.at.isoformat()]
        case _:
            return value


class Transaction:
    """What a store knows and wants before it commits. Not shared between threads."""

    def __init__(
        self,
        conn: sa.Connection,
        workspace: uuid.UUID,
        policy: Policy,
        clock: Callable[[], dt.datetime],
        *,
        turns: bool,
    ) -> None:
        """`turns`: writers take turns (SQLite), so what was read at the start holds until the commit."""
        self.conn = conn
        self.spoiled = False
        """Something was half written when somebody proved to be quicker: this must not be committed."""
        self.done: list[Done] = []
        """What holds once this is committed, in order."""
        self._workspace = workspace
        self._defaults = policy
        self._clock = clock
        self._turns = turns
        self._policy: Policy | None = None
        self._settings: Mapping[str, Any] = {}
        self._offset = dt.timedelta()
        self._due: dt.datetime | None = None
        self._wanted: dt.datetime | None = None
        self._members: dict[uuid.UUID, Member] = {}
        """Whom it has read; whoever writes to a member forgets them here."""
        self._heads: dict[uuid.UUID, str] = {}
        self._paces: dict[tuple[uuid.UUID, int], dt.datetime | None] = {}
        """See `Letters.queued_before`."""

    def _take_turn(self, about: str) -> None:
        """From here to the commit nobody else takes a turn about this; who took it first is waited for."""
        if not self._turns:
            self.conn.execute(_TURN, {"b_about": f"{self._workspace} {about}"})

    @property
    def workspace(self) -> uuid.UUID:
        return self._workspace

    @property
    def policy(self) -> Policy:
        return self._policy or self._read_workspace()

    def _read_workspace(self) -> Policy:
        row = self.conn.execute(_THIS_WORKSPACE, {"b_workspace": self._workspace}).first()
        if row is None:
            raise WorkspaceUnknown(f"There is no workspace {self._workspace} in this database.")
        return self._know(tuple(row))

    def _know(self, row: Sequence[Any]) -> Policy:
        """Remember a row of `WORKSPACE_COLUMNS`. A later one in the same transaction tells nothing new."""
        if self._policy is None:
            name, settings, offset, self._due = row
            self._offset = dt.timedelta(seconds=offset)
            self._policy = dataclasses.replace(
                self._defaults,
                company=name or self._defaults.company,
                admins=frozenset(settings.get("admins", self._defaults.admins)),
                feedback=FeedbackPolicy(settings.get("feedback", self._defaults.feedback)),
                letters_paused=settings.get("letters_paused", self._defaults.letters_paused),
                nudges_paused=settings.get("nudges_paused", self._defaults.nudges_paused),
                letters_paused_by=_id(settings.get("letters_paused_by")),
                nudges_paused_by=_id(settings.get("nudges_paused_by")),
                rehearsal=self._defaults.rehearsal or bool(settings.get("rehearsal_since")),
                restored=_restored(settings.get("restored")),
            )
            self._settings = settings
        return self._policy

    @property
    def _names_admins(self) -> bool:
        """Whether the workspace itself keeps who its admins are; else the settings of the process say so."""
        return "admins" in self._settings

    def save_policy(self, policy: Policy) -> None:
        """Keep what a workspace may set itself, and what was restored: what differs from what was read.

        The rest may have been changed by somebody else meanwhile.
        """
        resumed = (self.policy.letters_paused and not policy.letters_paused) or (
            self.policy.nudges_paused and not policy.nudges_paused
        )
        own = {name: getattr(policy, name) for name in _OWN}
        kept = {name: value for name, value in own.items() if value != getattr(self.policy, name)}
        self._save_settings({name: _plain(value) for name, value in kept.items()})
        self._policy = dataclasses.replace(self.policy, **kept)
        if resumed:
            self._want(AT_ONCE)

    def _save_settings(self, changed: Mapping[str, Any]) -> None:
        """Overwrite these of the workspace's settings, and leave the others as they are by now."""
        self._settings = {**self._locked_settings(), **changed}
        self.conn.execute(
            sa.update(workspaces).where(workspaces.c.id == self._workspace).values(settings=self._settings)
        )

    def _locked_settings(self) -> Mapping[str, Any]:
        """The workspace's settings, its row locked until the commit: whoever else changes them waits."""
        mine = workspaces.c.id == self._workspace
        query = sa.select(workspaces.c.settings).where(mine).with_for_update(key_share=True)
        self._settings = self.conn.scalar(query) or {}
        return self._settings

    def _product_now(self) -> dt.datetime:
        """The time of an audit entry: the process's clock, moved as far as a demo has moved it."""
        if self._policy is None:
            self._read_workspace()
        return self._clock() + self._offset

    # -- the next due instant -----------------------------------------------------------------------------

    def _want(self, at: dt.datetime | None) -> None:
        """The workspace must be looked at by this instant."""
        if at is not None and (self._wanted is None or at < self._wanted):
            self._wanted = at

    def flush(self) -> bool:
        """Lower the workspace's due instant where this transaction asks for it: the last write of all.

        Whether something is due at once, so that it is worth telling others.

        `recompute_due` raises it, in another process perhaps. It locks the row before it reads what is due.
        Here the row is written, so locked, even where the instant is early enough already: either this waits
        for the new instant and lowers that, or the other waits for this commit and reads what it wrote. Where
        writers take turns anyway, a write that changes nothing is spared.
        """
        at = self._wanted
        if at is None or (self._turns and self._due is not None and self._due <= at):
            return False
        self.conn.execute(_EARLIER, {"b_workspace": self._workspace, "b_new": at})
        return at <= self._clock() + self._offset

    # -- what must go out ---------------------------------------------------------------------------------

    def _queue(
        self, kind: DeliveryKind, subjects: Iterable[tuple[uuid.UUID, str, dt.datetime]]
    ) -> list[dict[str, Any]]:
        """Rows for `_enqueue`, from (subject, lane, not_before)."""
        created_at = self._clock()
        return [
            {
                "workspace_id": self._workspace,
                "id": uuid.uuid4(),
                "kind": kind,
                "subject_id": subject,
                "lane": lane,
                "state": DeliveryState.READY,
                "not_before": not_before,
                "attempts": 0,
                "problem": "",
                "created_at": created_at,
            }
            for subject, lane, not_before in subjects
        ]

    def _enqueue(self, rows: Sequence[dict[str, Any]]) -> None:
        """One delivery a subject. One that is claimed stays so: its claimant sees that the revision moved."""
        if not rows:
            return
        insert_or(self.conn, deliveries, rows, _SOONER)
        self._want(min(row["not_before"] for row in rows))
