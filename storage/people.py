"""Members, their identities in chats, and the roles they answer for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.people import Candidate, Member, Role
from storage import rows
from storage.inserts import insert_or_update
from storage.pace import nth_newest
from storage.rows import pick
from storage.tables import candidates, due, identities, loops, members, roles, workspaces
from storage.transaction import WORKSPACE_COLUMNS, Transaction

NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When a chat was used in which somebody is known but has never been heard."""

_WIDTH = len(rows.MEMBER_COLUMNS)
_MEMBER = (
    sa.select(*pick(members, rows.MEMBER_COLUMNS), *WORKSPACE_COLUMNS, nth_newest(members.c.id))
    .join(workspaces, workspaces.c.id == members.c.workspace_id)
    .join(due, due.c.workspace_id == members.c.workspace_id)
)
_BY_IDENTITY = _MEMBER.join(
    identities,
    sa.and_(identities.c.workspace_id == members.c.workspace_id, identities.c.member_id == members.c.id),
)

_ONE = _MEMBER.where(
    members.c.workspace_id == sa.bindparam("b_workspace"), members.c.id == sa.bindparam("b_member")
)
_LOCKED = _ONE.with_for_update(key_share=True, of=members)
_THIS_IDENTITY = (
    identities.c.workspace_id == sa.bindparam("b_workspace"),
    identities.c.chat == sa.bindparam("b_chat"),
    identities.c.tenant == sa.bindparam("b_tenant"),
    identities.c.user_id == sa.bindparam("b_user"),
)
_KNOWN_AS = _BY_IDENTITY.where(members.c.workspace_id == sa.bindparam("b_workspace"), *_THIS_IDENTITY)
_elsewhere = identities.alias("elsewhere")
_CAME = _KNOWN_AS.add_columns(
    sa.or_(
        identities.c.last_used_at == NEVER,
        sa.exists().where(
            _elsewhere.c.workspace_id == identities.c.workspace_id,
            _elsewhere.c.member_id == identities.c.member_id,
            _elsewhere.c.id != identities.c.id,
            _elsewhere.c.last_used_at >= identities.c.last_used_at,
        ),
    )
)
"""With it, whether another chat counts as the one they used last: so that most clicks write nothing here."""
_USED = sa.update(identities).where(*_THIS_IDENTITY)

_USED_LAST = (
    sa.select(identities.c.chat, identities.c.address)
    .where(
        identities.c.workspace_id == sa.bindparam("b_workspace"),
        identities.c.member_id == sa.bindparam("b_member"),
    )
    .order_by(identities.c.last_used_at.desc(), identities.c.id)
    .limit(1)
)
_ADDRESS = sa.select(identities.c.address).where(*_THIS_IDENTITY)
_LOOK_AT = sa.update(members).where(
    members.c.workspace_id == sa.bindparam("b_workspace"), members.c.id == sa.bindparam("b_member")
)

_manager = members.alias("manager")
_recruiter = members.alias("recruiter")
_ROLE = (
    sa.select(
        *pick(roles, rows.ROLE_COLUMNS),
        *pick(_manager, rows.MEMBER_COLUMNS),
        *pick(_recruiter, rows.MEMBER_COLUMNS),
    )
    .join(
        _manager,
        sa.and_(_manager.c.workspace_id == roles.c.workspace_id, _manager.c.id == roles.c.manager_id),
    )
    .join(
        _recruiter,
        sa.and_(_recruiter.c.workspace_id == roles.c.workspace_id, _recruiter.c.id == roles.c.recruiter_id),
        isouter=True,
    )
)


def applied_for(member: uuid.UUID) -> sa.ColumnElement[bool]:
    """Whether the member is a candidate for a role."""
    return sa.cast(roles.c.applicants, sa.Text).contains(str(member))


def co_manages(member: uuid.UUID) -> sa.ColumnElement[bool]:
    """Whether a role names the member as co-manager.

    The list is JSON; an id occurs in its text or it does not.
    """
    return sa.cast(roles.c.co_managers, sa.Text).contains(str(member))


class People(Transaction):
    """The part of the store that knows people and roles.

    Look-ups by natural key are kept for the transaction.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._by_email: dict[str, Member | None] = {}
        self._candidates: dict[str, Candidate | None] = {}
        self._roles: dict[uuid.UUID, dict[str, Role]] = {}

    # -- members ------------------------------------------------------------------------------------------

    def member(self, member: uuid.UUID) -> Member | None:
        return self._members.get(member) or self._member(_ONE, b_member=member)

    def member_by_identity(self, chat: str, tenant: str, user: str) -> Member | None:
        """Whom a chat knows by this user id; reads what else every click needs in the same statement."""
        return self._member(_KNOWN_AS, b_chat=chat, b_tenant=tenant, b_user=user)

    def member_who_came(self, chat: str, tenant: str, user: str, now: dt.datetime) -> Member | None:
        """The same of somebody who does something there: from now on it is the chat they used last."""
        this = {"b_chat": chat, "b_tenant": tenant, "b_user": user}
        found = self._first(_CAME, this)
        if found is None:
            return None
        if found[-1]:
            self.conn.execute(_USED, {"b_workspace": self._workspace, **this, "last_used_at": now})
        return self._read_member(found[:-1])

    def lock_member(self, member: uuid.UUID) -> Member | None:
        """The member's row, locked until the transaction ends.

        `FOR NO KEY UPDATE` on PostgreSQL: rows that refer to the member can still be inserted meanwhile.
        """
        return self._member(_LOCKED, b_member=member)

    def _member(self, query: sa.Select[Any], **given: Any) -> Member | None:
        row = self._first(query, given)
        return None if row is None else self._read_member(row)

    def _first(self, query: sa.Select[Any], given: Mapping[str, Any]) -> Sequence[Any] | None:
        many = self._defaults.letters_an_hour
        return self.conn.execute(query, {"b_workspace": self._workspace, "b_skip": many - 1, **given}).first()

    def _read_member(self, row: Sequence[Any]) -> Member:
        self._know(tuple(row[_WIDTH:-1]))
        found = self._members[row[0]] = rows.member(row)
        self._paces[found.id, self._defaults.letters_an_hour] = row[-1]
        return found

    def member_by_email(self, email: str) -> Member | None:
        key = rows.email_key(email)
        if key not in self._by_email:
            self.members_by_email([email])
        return self._by_email[key]

    def members_by_email(self, emails: Sequence[str]) -> None:
        """Read these members in one statement, for `member_by_email` to find."""
        keys = {rows.email_key(email) for email in emails} - self._by_email.keys()
        self._by_email |= dict.fromkeys(keys)
        if found := keys - {""}:
            query = sa.select(*pick(members, rows.MEMBER_COLUMNS)).where(
                members.c.workspace_id == self._workspace, members.c.email_key.in_(sorted(found))
            )
            for row in self.conn.execute(query):
                one = rows.member(row)
                self._by_email[rows.email_key(one.email)] = one

    def members(self) -> tuple[Member, ...]:
        query = sa.select(*pick(members, rows.MEMBER_COLUMNS)).where(
            members.c.workspace_id == self._workspace, members.c.active
        )
        found = [rows.member(row) for row in self.conn.execute(query)]
        return tuple(sorted(found, key=lambda it: (it.name.casefold(), it.id)))

    def save_member(self, member: Member) -> None:
        """Insert or overwrite; `look_at` of a known member stays, the clock alone sets it."""
        values = rows.member_values(member)
        row = {"workspace_id": self._workspace, **values}
        insert_or_update(self.conn, members, ("workspace_id", "id"), [row], keep=["look_at"])
        self._by_email = {key: one for key, one in self._by_email.items() if not one or one.id != member.id}
        self._by_email[values["email_key"]] = member
        self._members.pop(member.id, None)
        self._roles.clear()
        self._want(member.look_at)
        if key := values["email_key"]:
            people = sa.select(candidates.c.id).where(
                candidates.c.workspace_id == self._workspace, candidates.c.email_key == key
            )
            applied = sa.select(loops.c.role_id).where(
                loops.c.workspace_id == self._workspace, loops.c.candidate_id.in_(people)
            )
            for role in set(self.conn.scalars(applied)):
                self._note_applicant(role, member.id)

    def _note_applicant(self, role: uuid.UUID, member: uuid.UUID) -> None:
        """This member is a candidate for the role. Kept with it, so that no click pays for finding out."""
        this = (roles.c.workspace_id == self._workspace, roles.c.id == role)
        known = self.conn.scalar(sa.select(roles.c.applicants).where(*this).with_for_update()) or []
        if str(member) not in known:
            self.conn.execute(sa.update(roles).where(*this).values(applicants=[*known, str(member)]))
            self._roles.clear()

    def name_admins(self, emails: frozenset[str]) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
        """Members with these addresses, in lower case, are the admins, and nobody else is any more.

        Who no longer is, and who now is.
        """
        if self.policy.admins != emails or not self._names_admins:
            self._save_settings({"admins": sorted(emails)})
            self._policy = dataclasses.replace(self.policy, admins=emails)
        named = members.c.email_key.in_(sorted(rows.email_key(email) for email in emails))
        self._by_email.clear()
        self._roles.clear()
        return self._set_admin(sa.not_(named), admin=False), self._set_admin(named, admin=True)

    def _set_admin(self, whom: sa.ColumnElement[bool], *, admin: bool) -> list[uuid.UUID]:
        """Of these members, those for whom that is new."""
        others = sa.not_(members.c.admin) if admin else members.c.admin
        change = sa.update(members).where(members.c.workspace_id == self._workspace, whom, others)
        return list(self.conn.scalars(change.values(admin=admin).returning(members.c.id)))

    def set_member_look_at(self, member: uuid.UUID, at: dt.datetime | None) -> None:
        """When the clock looks at this member next, and nothing else of them."""
        self.conn.execute(_LOOK_AT, {"b_workspace": self._workspace, "b_member": member, "look_at": at})
        self._members.pop(member, None)
        self._want(at)

    def away_delegating_to(self, member: uuid.UUID) -> tuple[Member, ...]:
        query = sa.select(*pick(members, rows.MEMBER_COLUMNS)).where(
            members.c.workspace_id == self._workspace,
            members.c.delegate_id == member,
            members.c.away_from.is_not(None),
        )
        return tuple(
            rows.member(row) for row in self.conn.execute(query.order_by(members.c.away_from, members.c.id))
        )

    # -- identities ---------------------------------------------------------------------------------------

    def link_identity(
        self,
        member: uuid.UUID,
        chat: str,
        tenant: str,
        user: str,
        address: Mapping[str, str],
        used_at: dt.datetime | None,
    ) -> None:
        """This user of a chat is that member, reached at `address`, and was there at `used_at`.

        None for somebody of whom others tell: which chat they used last stays as it is.
        """
        row = {
            "workspace_id": self._workspace,
            "id": uuid.uuid4(),
            "member_id": member,
            "chat": chat,
            "tenant": tenant,
            "user_id": user,
            "address": dict(address),
            "last_used_at": used_at or NEVER,
        }
        keep = () if used_at else ("last_used_at",)
        insert_or_update(
            self.conn, identities, ("workspace_id", "chat", "tenant", "user_id"), [row], keep=keep
        )

    def forget_identity(self, chat: str, tenant: str, user: str) -> None:
        """This user of a chat is nobody of ours any more."""
        own = identities.c
        self.conn.execute(
            sa.delete(identities).where(
                own.workspace_id == self._workspace,
                own.chat == chat,
                own.tenant == tenant,
                own.user_id == user,
            )
        )

    def identity_of(self, member: uuid.UUID) -> tuple[str, Mapping[str, str]] | None:
        """The chat the member used last, and where they are reached there."""
        row = self.conn.execute(_USED_LAST, {"b_workspace": self._workspace, "b_member": member}).first()
        return None if row is None else (row[0], row[1])

    def address_in(self, chat: str, tenant: str, user: str) -> Mapping[str, str] | None:
        """Where this user of a chat is reached; None for nobody of ours."""
        given = {"b_workspace": self._workspace, "b_chat": chat, "b_tenant": tenant, "b_user": user}
        row = self.conn.execute(_ADDRESS, given).first()
        return None if row is None else row[0]

    def newest_address(self, chat: str, tenant: str) -> Mapping[str, str] | None:
        """Where the one was reached who was met last in this tenant; None where nobody was."""
        own = identities.c
        query = (
            sa.select(own.address)
            .where(own.workspace_id == self._workspace, own.chat == chat, own.tenant == tenant)
            .order_by(own.last_used_at.desc(), own.id)
        )
        found: Mapping[str, str] | None = self.conn.scalar(query.limit(1))
        return found

    def users_in(self, chat: str, tenant: str) -> Mapping[str, Member]:
        """Everybody active who was met in this tenant, by their id there."""
        theirs = sa.and_(
            identities.c.workspace_id == members.c.workspace_id, identities.c.member_id == members.c.id
        )
        query = (
            sa.select(*pick(members, rows.MEMBER_COLUMNS), identities.c.user_id)
            .join(identities, theirs)
            .where(
                members.c.workspace_id == self._workspace,
                members.c.active,
                identities.c.chat == chat,
                identities.c.tenant == tenant,
            )
        )
        return {row[-1]: rows.member(row) for row in self.conn.execute(query)}

    def unmet(self) -> tuple[Member, ...]:
        """Everybody active whom no chat has told us of yet."""
        met = sa.exists().where(
            identities.c.workspace_id == self._workspace, identities.c.member_id == members.c.id
        )
        query = sa.select(*pick(members, rows.MEMBER_COLUMNS)).where(
            members.c.workspace_id == self._workspace, members.c.active, sa.not_(met)
        )
        return tuple(rows.member(row) for row in self.conn.execute(query.order_by(members.c.id)))

    # -- roles --------------------------------------------------------------------------------------------

    def _read_roles(self, *where: sa.ColumnElement[bool]) -> tuple[Role, ...]:
        query = _ROLE.where(roles.c.workspace_id == self._workspace, *where).order_by(
            roles.c.title, roles.c.id
        )
        return tuple(_role(row) for row in self.conn.execute(query))

    def roles_of(self, member: uuid.UUID) -> tuple[Role, ...]:
        return self._read_roles(
            sa.or_(roles.c.manager_id == member, roles.c.recruiter_id == member, co_manages(member))
        )

    def roles_titled(self, title: str) -> tuple[Role, ...]:
        """Every role of this title, whatever its case.

        Compared here: the `lower()` of SQLite leaves an Ü as it is.
        """
        titles = sa.select(roles.c.id, roles.c.title).where(roles.c.workspace_id == self._workspace)
        wanted = title.casefold()
        found = [role for role, called in self.conn.execute(titles) if called.casefold() == wanted]
        return self._read_roles(roles.c.id.in_(found)) if found else ()

    def role(self, role: uuid.UUID) -> Role | None:
        return next(iter(self._read_roles(roles.c.id == role)), None)

    def role_by_title(self, title: str, manager: uuid.UUID) -> Role | None:
        """The role of this title, whatever its case, that this member manages."""
        if manager not in self._roles:
            found = self._read_roles(roles.c.manager_id == manager)
            self._roles[manager] = {it.title.casefold(): it for it in reversed(found)}
        return self._roles[manager].get(title.casefold())

    def save_role(self, role: Role) -> None:
        """Overwrite all but the applicants, whom the store finds itself."""
        values = {name: value for name, value in rows.role_values(role).items() if name != "applicants"}
        self.conn.execute(
            sa.update(roles)
            .where(roles.c.workspace_id == self._workspace, roles.c.id == role.id)
            .values(values)
        )
        self._roles.clear()

    def add_role(self, role: Role) -> None:
        self.conn.execute(sa.insert(roles), {"workspace_id": self._workspace, **rows.role_values(role)})
        if role.manager.id in self._roles:
            self._roles[role.manager.id][role.title.casefold()] = role

    def bind_channel(self, channel: str, roles_: Sequence[uuid.UUID]) -> None:
        """Roles whose team reads this channel."""
        self.conn.execute(
            sa.update(roles)
            .where(roles.c.workspace_id == self._workspace, roles.c.id.in_(roles_))
            .values(channel=channel)
        )
        self._roles.clear()

    # -- candidates ---------------------------------------------------------------------------------------

    def enter_alone(self) -> None:
        self._take_turn("candidates")

    def candidate_by_email(self, email: str) -> Candidate | None:
        key = rows.email_key(email)
        if key not in self._candidates:
            self.candidates_by_email([email])
        return self._candidates[key]

    def candidates_by_email(self, emails: Sequence[str]) -> None:
        """Read these candidates in one statement, for `candidate_by_email` to find."""
        keys = {rows.email_key(email) for email in emails} - self._candidates.keys()
        self._candidates |= dict.fromkeys(keys)
        if found := keys - {""}:
            query = sa.select(*pick(candidates, rows.CANDIDATE_COLUMNS)).where(
                candidates.c.workspace_id == self._workspace, candidates.c.email_key.in_(sorted(found))
            )
            for row in self.conn.execute(query.order_by(candidates.c.id)):
                one = rows.candidate(row)
                self._candidates[rows.email_key(one.email)] = one

    def add_apart(self, candidate: Candidate) -> None:
        """Insert somebody who is known by this id alone: `candidate_by_email` does not find them."""
        values = rows.candidate_values(candidate) | {"email_key": ""}
        self.conn.execute(sa.insert(candidates), values | {"workspace_id": self._workspace})

    def save_candidate(self, candidate: Candidate) -> None:
        """Overwrite. Who is apart stays so."""
        key = candidates.c.email_key
        values = rows.candidate_values(candidate)
        values["email_key"] = sa.case((key == "", ""), else_=values["email_key"])
        self.conn.execute(
            sa.update(candidates)
            .where(candidates.c.workspace_id == self._workspace, candidates.c.id == candidate.id)
            .values(values)
        )
        self._candidates.clear()


def _role(row: sa.Row[Any]) -> Role:
    start = len(rows.ROLE_COLUMNS)
    manager = rows.member(row[start : start + _WIDTH])
    recruiter = row[start + _WIDTH :]
    return rows.role(row, manager, rows.member(recruiter) if recruiter[0] else None)
