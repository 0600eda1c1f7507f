"""Some rows of an import, in one transaction."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from bot.changes import Change, Refused, entry
from bot.imported import (
    Said,
    asks_for_owner,
    in_order,
    members_in,
    name_from_address,
    new_loop,
    offer_has_passed,
    owner_of,
    refuse_own_candidate,
    what_it_says,
)
from bot.imports import ImportRow, PersonCell, RowRefused
from bot.loops import Loop
from bot.people import Candidate, Member, Role
from bot.uses import review
from storage.imports import Imported, digest, import_key
from storage.store import SqlStore

BUSY_S = 0.4
"""A transaction ends after so many seconds: whoever clicks meanwhile waits no longer than that."""
ASK_AFTER = dt.timedelta(minutes=15)
"""When the recruiter is asked, should the import be killed before its end."""


class Line(NamedTuple):
    number: int
    row: ImportRow


class Seen(Protocol):
    def line(self, key: bytes) -> int | None: ...


class Run(Protocol):
    """What an import knows beyond one transaction."""

    @property
    def reviewed(self) -> bool: ...

    @property
    def default_zone(self) -> str: ...

    @property
    def default_country(self) -> str: ...

    @property
    def admins(self) -> frozenset[str]: ...

    @property
    def seen(self) -> Seen: ...

    @property
    def unsaid(self) -> Mapping[uuid.UUID, frozenset[str]]: ...

    @property
    def reviewers(self) -> frozenset[uuid.UUID]: ...


class Batch:
    """Some rows in one transaction. It may be rolled back and begun again, so it leaves the run alone."""

    def __init__(self, run: Run, store: SqlStore, now: dt.datetime) -> None:
        self.taken = self.added = self.changed = self.unchanged = self.stood = 0
        self.refused: list[tuple[int, str]] = []
        self.passed: list[int] = []
        self.seen: dict[bytes, int] = {}
        self.unsaid: dict[uuid.UUID, frozenset[str]] = {}
        self.reviewers: set[uuid.UUID] = set()
        self._run = run
        self._store = store
        self._now = now
        self._known: dict[str, Imported] = {}

    def take(self, lines: Sequence[Line]) -> Batch:
        self._store.enter_alone()
        began = time.monotonic()
        rows = [row for _, row in lines]
        people = {email for row in rows for email in (row.candidate_email, *members_in(row))}
        self._store.members_by_email(sorted(people))
        self._store.candidates_by_email([row.candidate_email for row in rows])
        self._known = self._store.find_imported([key for row in rows if (key := self._key(row))])
        for number, row in lines:
            try:
                self._take(number, row)
            except (RowRefused, Refused) as refused:
                self.refused.append((number, str(refused)))
            self.taken += 1
            if time.monotonic() - began > BUSY_S:
                break
        return self

    def _key(self, row: ImportRow) -> str:
        """The storage's key of the row; "" where the candidate or the role is not known yet."""
        if row.external_id:
            return import_key(row.external_id, uuid.UUID(int=0), uuid.UUID(int=0))
        candidate = self._store.candidate_by_email(row.candidate_email)
        manager = self._store.member_by_email(row.manager.email)
        role = self._store.role_by_title(row.role, manager.id) if manager else None
        return import_key("", candidate.id, role.id) if candidate and role else ""

    def _take(self, number: int, row: ImportRow) -> None:
        """A row that is refused is refused before anything of it is written."""
        known = self._known.get(self._key(row))
        seen = hashlib.sha256(row.key.encode()).digest()[:16]
        changed = row.cells if known is None else known.changed(row.cells)
        if known is None:
            self._add(row)
        elif changed:
            earlier = self.seen.get(seen) or self._run.seen.line(seen)
            if earlier is not None:
                what = "external_id" if row.external_id else "candidate, role and manager"
                raise RowRefused(
                    f"it has the same {what} as line {earlier} and says something else: leave one out."
                )
            self._change(known, row, changed)
        else:
            self.unchanged += 1
        if "other_offer_by" in changed and offer_has_passed(row, self._now):
            self.passed.append(number)
        self.seen.setdefault(seen, number)

    # -- a row that is new ----------------------------------------------------------------------------------

    def _add(self, row: ImportRow) -> None:
        candidate = self._store.candidate_by_email(row.candidate_email)
        if row.interviewed_at is None and row.promised_by is None:
            raise RowRefused("interviewed_at and promised_by are both empty: fill in at least one of them.")
        refuse_own_candidate(row)
        if candidate:
            self._refuse_second_loop(candidate, row)
        manager, recruiter, interviewer = self._members(row, {})
        role = self._role(row, manager, recruiter)
        candidate = self._candidate(candidate, row)
        owner = owner_of(row, role, interviewer)
        loop = new_loop(row, candidate, role, owner, self._now, self._store.policy, self._run.reviewed)
        self._store.add_loop(loop, row.external_id, row.cells)
        cells = {column: digest(loop.id, column, text) for column, text in row.cells.items()}
        self._known[import_key(row.external_id, candidate.id, role.id)] = Imported(loop.id, cells)
        self.added += 1
        if not self._run.reviewed:
            self._to_review(loop)

    def _refuse_second_loop(self, candidate: Candidate, row: ImportRow, but: Loop | None = None) -> None:
        same = (row.role.casefold(), row.manager.email.casefold())
        for other in self._store.loops_of_candidate(candidate.id):
            role = other.role
            if but is not None and other.id == but.id:
                continue
            if other.open and (role.title.casefold(), role.manager.email.casefold()) == same:
                raise RowRefused(
                    "candidate_email is waiting for this role already, entered by hand or under another "
                    "external_id: leave this row out, or close the other loop first."
                )

    def _members(
        self, row: ImportRow, changed: Mapping[str, str]
    ) -> tuple[Member, Member | None, Member | None]:
        manager = self._member(row.manager, "manager", changed)
        recruiter = self._member(row.recruiter, "recruiter", changed) if row.recruiter else None
        interviewer = None
        if row.interviewer_email:
            interviewer = self._member(PersonCell(email=row.interviewer_email), "interviewer", changed)
        return manager, recruiter, interviewer

    def _member(self, cell: PersonCell, who: str, changed: Mapping[str, str]) -> Member:
        """The member of this address, made where there is none yet."""
        said = {"name": cell.name, "zone": cell.zone, "country": cell.country}
        known = self._store.member_by_email(cell.email)
        if known is None:
            new = Member(
                id=uuid.uuid4(),
                name=cell.name or name_from_address(cell.email),
                email=cell.email,
                zone=cell.zone or self._run.default_zone,
                country=cell.country or self._country_of(cell.zone),
                admin=cell.email.lower() in self._run.admins,
            )
            self._store.save_member(new)
            self.unsaid[new.id] = frozenset(field for field, text in said.items() if not text)
            return new
        columns = {"name": f"{who}_name", "zone": f"{who}_timezone", "country": f"{who}_country"}
        unsaid = self.unsaid.get(known.id, self._run.unsaid.get(known.id, frozenset()))
        same_person = f"{who}_email" not in changed
        acts = {
            field: text
            for field, text in said.items()
            if text and (field in unsaid or (same_person and columns[field] in changed))
        }
        if unsaid & acts.keys():
            self.unsaid[known.id] = unsaid - acts.keys()
        new = dataclasses.replace(
            known,
            name=acts.get("name", known.name),
            zone=acts.get("zone", known.zone),
            country=acts.get("country", known.country),
        )
        if new != known:
            self._store.save_member(new)
            if new.calendar != known.calendar:
                self._store.set_look_at({it.id: self._now for it in self._store.loops_owned(new.id)})
        return new

    def _country_of(self, zone: str) -> str:
        """Somebody in a zone of their own is in no country we know."""
        return self._run.default_country if zone in ("", self._run.default_zone) else ""

    def _role(self, row: ImportRow, manager: Member, recruiter: Member | None) -> Role:
        known = self._store.role_by_title(row.role, manager.id)
        if known is None:
            new = Role(
                id=uuid.uuid4(),
                title=row.role,
                manager=manager,
                recruiter=recruiter,
                criteria=row.criteria,
                channel=row.channel,
                confidential=row.confidential,
            )
            self._store.add_role(new)
            return new
        filled = dataclasses.replace(
            known,
            recruiter=known.recruiter or recruiter,
            criteria=known.criteria or row.criteria,
            channel=known.channel or row.channel,
            confidential=known.confidential or row.confidential,
        )
        return self._save_role(known, filled)

    def _save_role(self, known: Role, new: Role) -> Role:
        if new != known:
            self._store.save_role(new)
        return new

    def _candidate(self, known: Candidate | None, row: ImportRow) -> Candidate:
        if known is None:
            return Candidate(
                id=uuid.uuid4(),
                name=row.candidate_name,
                email=row.candidate_email,
                zone=row.candidate_zone,
                country=row.candidate_country,
                language=row.candidate_language,
                agency_email=row.agency_email,
            )
        country = row.cells.get("candidate_country") and row.candidate_country
        filled = dataclasses.replace(
            known,
            country=known.country or country or "",
            agency_email=known.agency_email or row.agency_email,
        )
        return self._save_candidate(known, filled)

    def _save_candidate(self, known: Candidate, new: Candidate) -> Candidate:
        if new != known:
            self._store.save_candidate(new)
        return new

    def _to_review(self, loop: Loop) -> None:
        """Whoever has new loops to look at is asked at the end; or in a while, should that never come."""
        reviewer = loop.reviewer
        if reviewer.id in self._run.reviewers | self.reviewers:
            return
        self.reviewers.add(reviewer.id)
        if self._store.unreviewed_count(reviewer.id):
            review.ask(self._store, self._now + ASK_AFTER, reviewer)

    # -- a row that says something else than the last time ---------------------------------------------------

    def _change(self, known: Imported, row: ImportRow, changed: Mapping[str, str]) -> None:
        loop = self._store.loop(known.loop)
        if loop is None:
            raise RowRefused("what it became before is gone: give it another external_id.")
        if not loop.open:
            self._store.set_imported(loop.id, row.cells)
            self.stood += 1
            self.unchanged += 1
            return
        refuse_own_candidate(row)
        other = self._store.candidate_by_email(row.candidate_email) if "candidate_email" in changed else None
        if changed.keys() & {"candidate_email", "role", "manager_email"}:
            self._refuse_second_loop(other or loop.candidate, row, but=loop)
        manager, recruiter, interviewer = self._members(row, changed)
        if changed.keys() & {"role", "manager_email"}:
            role = self._role(row, manager, recruiter)
        else:
            role = loop.role
        role = self._changed_role(role, row, recruiter, changed)
        candidate = self._changed_candidate(other or loop.candidate, row, changed)
        owner = owner_of(row, role, interviewer) if asks_for_owner(loop, interviewer, changed) else loop.owner
        there = dataclasses.replace(loop, candidate=candidate, role=role, owner=owner)
        said = what_it_says(there, row, changed, self._now, self._store.policy)
        if said.acts:
            self._apply(said)
            self.changed += 1
        else:
            self.unchanged += 1
        self.stood += said.stands
        cells = {column: text for column, text in row.cells.items() if column not in said.later}
        if changed.keys() - said.later:
            self._store.set_imported(loop.id, cells)

    def _changed_role(
        self, role: Role, row: ImportRow, recruiter: Member | None, changed: Mapping[str, str]
    ) -> Role:
        new = dataclasses.replace(
            role,
            recruiter=recruiter if "recruiter_email" in changed else role.recruiter,
            criteria=row.criteria if "criteria" in changed else role.criteria,
            channel=row.channel if "channel" in changed else role.channel,
            confidential=row.confidential if "confidential" in changed else role.confidential,
        )
        return self._save_role(role, new)

    def _changed_candidate(
        self, candidate: Candidate, row: ImportRow, changed: Mapping[str, str]
    ) -> Candidate:
        new = dataclasses.replace(
            candidate,
            name=row.candidate_name if "candidate_name" in changed else candidate.name,
            email=row.candidate_email if "candidate_email" in changed else candidate.email,
            zone=row.candidate_zone if "candidate_timezone" in changed else candidate.zone,
            country=row.candidate_country if "candidate_country" in changed else candidate.country,
            language=row.candidate_language if "candidate_language" in changed else candidate.language,
            agency_email=row.agency_email if "agency_email" in changed else candidate.agency_email,
        )
        return self._save_candidate(candidate, new)

    def _apply(self, said: Said) -> None:
        """The change, then one for each time the candidate wrote; the clock looks at the loop next."""
        loop = said.change.loop
        look_at = self._now if loop.reviewed_on else None
        loop = dataclasses.replace(loop, look_at=look_at)
        self._store.apply(dataclasses.replace(said.change, loop=loop))
        for touch in said.wrote:
            loop = dataclasses.replace(loop, touches=in_order(loop, touch))
            note = entry("candidate_wrote", loop, None, {"kind": touch.kind.value})
            self._store.apply(Change(loop=loop, touch=touch, entry=note))
