"""The import of a CSV file into one workspace: a hundred rows a transaction, as often as one likes.

A row acts where it says something that it did not say the last time. What happened since then stands: a loop
that was closed stays closed, and a date that a letter has named is not moved. A row about people or a role
that are known already fills in what nobody has said; only a cell that has changed replaces what they set.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import itertools
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
import structlog

from adapters.csv_file import CsvRow, RowProblem, open_csv
from adapters.transactions import Transactions
from bot import turns
from bot.calendar import WorkCalendar
from bot.changes import Change, entry
from bot.imports import WROTE_AT, ImportRow, PersonCell, RowRefused, read_row
from bot.ladder import calendar_of
from bot.loops import Loop, Standing, Touch, TouchKind
from bot.people import Candidate, Member, Role
from bot.policy import Policy
from bot.promises import Basis, Promise, due_instant
from bot.telling import zone_of
from bot.uses import review
from storage.imports import Imported, digest, import_key
from storage.store import SqlStore

ROWS_AT_ONCE = 100
BUSY_S = 0.4
"""A transaction ends after so many rows or seconds: whoever clicks meanwhile waits no longer than that."""
KEPT_REFUSALS = 1000
PAUSE_S = 0.11
"""Where there is one writer at a time, we stand aside so long after every `BUSY_S` of writing.

SQLite knows no queue of writers: one that waits looks again every 100 ms, so that is how long it must find
the database free (https://www.sqlite.org/src/file/src/main.c, sqliteDefaultBusyCallback).
"""
ASK_AFTER = dt.timedelta(minutes=15)
"""When the recruiter is asked, should the import be killed before its end."""

Progress = Callable[[int, int], None]
"""Is told how many bytes have been read, and of how many."""

_log = structlog.get_logger()


class ImportStopped(Exception):
    """The database could not be written to, so the import stopped. What went in before stays.

    Mend the database, then import the same file again: it goes on with the rest.
    """

    def __str__(self) -> str:
        return (
            "The database could not be written to, so the import stopped. What went in before stays: "
            "mend the database, then import the same file again."
        )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows: each is in one of the first four. `refused` holds lines and reasons.

    `refused_more` rows were refused beside those that are named. Of the rows in `changed` and `unchanged`,
    `stood` said something that does not count any more, because the candidate has been told since.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[tuple[int, str], ...] = ()
    refused_more: int = 0
    stood: int = 0
    unknown_columns: tuple[str, ...] = ()


def report_lines(report: ImportReport) -> list[str]:
    """The report in plain sentences. They name lines and columns, never a person."""
    refused = len(report.refused) + report.refused_more
    counts = (
        (report.added, "added"),
        (report.changed, "changed"),
        (report.unchanged, "unchanged"),
        (refused, "refused"),
    )
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    lines = [f"{told}." if told else "The file holds no rows below its header."]
    lines += [f"line {line}: {reason}" for line, reason in report.refused]
    if report.refused_more:
        lines.append(f"And {report.refused_more} more. Mend these first, then import again.")
    if report.stood:
        lines.append(
            f"{_rows(report.stood)} overtaken: a loop that was closed stays closed, and a date that a letter "
            "names is not moved."
        )
    if report.unknown_columns:
        lines.append(f"Not read, because we know no such column: {', '.join(report.unknown_columns)}.")
    return lines


def _rows(count: int) -> str:
    return "1 row was" if count == 1 else f"{count} rows were"


def import_file(
    transactions: Transactions,
    workspace: uuid.UUID,
    path: Path,
    *,
    reviewed: bool = False,
    progress: Progress | None = None,
    default_zone: str,
    default_country: str,
    admins: frozenset[str],
) -> ImportReport:
    """Import the file and tell what became of its rows. Stopped half-way, it goes on when called again.

    `reviewed`: the loops are real, so the clock looks at them at once; else they are silent until the
    recruiter has looked at them. `admins`: addresses, in lower case, whose new members are admins.
    Raises `CsvRefused` where the file cannot be read, `ImportStopped` where the database takes nothing.
    """
    file = open_csv(path)
    with closing(_Seen()) as seen:
        run = _Run(transactions, workspace, reviewed, default_zone, default_country, admins, seen)
        records = iter(file)
        while chunk := list(itertools.islice(records, ROWS_AT_ONCE)):
            run.take(chunk)
            if progress:
                progress(file.position, file.size)
        run.ask()
    return dataclasses.replace(run.report, unknown_columns=file.unknown_columns)


class _Seen:
    """Which line spoke of a key first. In a temporary file, as digests, however many there are."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def line(self, key: bytes) -> int | None:
        found = self._db.execute("SELECT line FROM seen WHERE key = ?", (key,)).fetchone()
        return None if found is None else int(found[0])

    def add(self, lines: Mapping[bytes, int]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", lines.items())

    def close(self) -> None:
        self._db.close()


class _Line(NamedTuple):
    number: int
    row: ImportRow


class _Run:
    """One import: what it must remember from one transaction to the next."""

    def __init__(
        self,
        transactions: Transactions,
        workspace: uuid.UUID,
        reviewed: bool,
        default_zone: str,
        default_country: str,
        admins: frozenset[str],
        seen: _Seen,
    ) -> None:
        self.reviewed = reviewed
        self.default_zone = default_zone
        self.default_country = default_country
        self.admins = admins
        self.seen = seen
        self.report = ImportReport()
        self.unsaid: dict[uuid.UUID, frozenset[str]] = {}
        """Of the members this import has made: what no row has said of them so far."""
        self.reviewers: frozenset[uuid.UUID] = frozenset()
        self._transactions = transactions
        self._workspace = workspace
        self._today = WorkCalendar(default_zone).today(transactions.clock())
        self._busy = 0.0
        self._fits = ROWS_AT_ONCE
        """So many rows are likely to fit in one transaction."""

    def take(self, records: Sequence[CsvRow | RowProblem]) -> None:
        lines = []
        for record in records:
            if isinstance(record, RowProblem):
                self._refuse(record.line, record.reason)
                continue
            try:
                row = read_row(
                    record.cells,
                    default_zone=self.default_zone,
                    default_country=self.default_country,
                    today=self._today,
                )
            except RowRefused as refused:
                self._refuse(record.line, str(refused))
            else:
                lines.append(_Line(record.line, row))
        if lines:
            self._write(lines)

    def _refuse(self, line: int, reason: str) -> None:
        report = self.report
        if len(report.refused) < KEPT_REFUSALS:
            self.report = dataclasses.replace(report, refused=(*report.refused, (line, reason)))
        else:
            self.report = dataclasses.replace(report, refused_more=report.refused_more + 1)

    def _write(self, lines: Sequence[_Line]) -> None:
        """As many as there is time for in each transaction; where one fails, each row in its own."""
        while lines:
            lines = lines[self._write_some(lines[: self._fits]) :]

    def _write_some(self, lines: Sequence[_Line]) -> int:
        """How many have been dealt with."""
        began = time.monotonic()
        try:
            batch = self._transactions.write_here(
                self._workspace, lambda store, now: _Batch(self, store, now).take(lines)
            )
        except Exception as error:
            if len(lines) > 1:
                return sum(self._write_some([line]) for line in lines)
            if isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError)):
                raise ImportStopped from error
            self._refuse(lines[0].number, self._trouble(lines[0].number, error))
        else:
            self._keep(batch)
            enough = batch.taken == len(lines)
            self._fits = min(2 * self._fits, ROWS_AT_ONCE) if enough else max(batch.taken, 1)
            lines = lines[: batch.taken]
        self._stand_aside(time.monotonic() - began)
        return len(lines)

    def _trouble(self, line: int, error: Exception) -> str:
        """The error's text is not logged: it may quote the row."""
        incident = uuid.uuid4().hex[:8]
        what = type(error.orig if isinstance(error, sa.exc.DBAPIError) else error).__name__
        _log.error("import_row_failed", line=line, incident=incident, error=what)
        return f"the database did not take this row ({what}): look for incident {incident} in the log."

    def _keep(self, batch: _Batch) -> None:
        """What was committed, and only that, is counted and remembered."""
        report = self.report
        self.report = dataclasses.replace(
            report,
            added=report.added + batch.added,
            changed=report.changed + batch.changed,
            unchanged=report.unchanged + batch.unchanged,
            stood=report.stood + batch.stood,
        )
        for number, reason in batch.refused:
            self._refuse(number, reason)
        self.seen.add(batch.seen)
        self.unsaid |= batch.unsaid
        self.unsaid = {member: fields for member, fields in self.unsaid.items() if fields}
        self.reviewers |= batch.reviewers

    def _stand_aside(self, seconds: float) -> None:
        self._busy += seconds
        if self._busy >= BUSY_S and self._transactions.database.takes_turns:
            time.sleep(PAUSE_S)
            self._busy = 0.0

    def ask(self) -> None:
        """One message to everybody who has new loops to look at."""

        for reviewer in sorted(self.reviewers):
            self._transactions.write_here(self._workspace, functools.partial(_ask, reviewer=reviewer))


def _ask(store: SqlStore, now: dt.datetime, reviewer: uuid.UUID) -> None:
    member = store.member(reviewer)
    if member and store.unreviewed_count(reviewer):
        review.ask(store, now, member)


class _Batch:
    """Some rows in one transaction. It may be rolled back and begun again, so it leaves the run alone."""

    def __init__(self, run: _Run, store: SqlStore, now: dt.datetime) -> None:
        self.taken = self.added = self.changed = self.unchanged = self.stood = 0
        self.refused: list[tuple[int, str]] = []
        self.seen: dict[bytes, int] = {}
        self.unsaid: dict[uuid.UUID, frozenset[str]] = {}
        self.reviewers: set[uuid.UUID] = set()
        self._run = run
        self._store = store
        self._now = now
        self._known: dict[str, Imported] = {}

    def take(self, lines: Sequence[_Line]) -> _Batch:
        began = time.monotonic()
        rows = [row for _, row in lines]
        people = {email for row in rows for email in (row.candidate_email, *_members_in(row))}
        self._store.members_by_email(sorted(people))
        self._store.candidates_by_email([row.candidate_email for row in rows])
        self._known = self._store.find_imported([key for row in rows if (key := self._key(row))])
        for number, row in lines:
            try:
                self._take(number, row)
            except RowRefused as refused:
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
        if known is None:
            self._add(row)
        elif changed := known.changed(row.cells):
            earlier = self.seen.get(seen) or self._run.seen.line(seen)
            if earlier is not None:
                what = "external_id" if row.external_id else "candidate, role and manager"
                raise RowRefused(
                    f"it has the same {what} as line {earlier} and says something else: leave one out."
                )
            self._change(known, row, changed)
        else:
            self.unchanged += 1
        self.seen.setdefault(seen, number)

    # -- a row that is new ----------------------------------------------------------------------------------

    def _add(self, row: ImportRow) -> None:
        candidate = self._store.candidate_by_email(row.candidate_email)
        if row.interviewed_at is None and row.promised_by is None:
            raise RowRefused("interviewed_at and promised_by are both empty: fill in at least one of them.")
        _refuse_own_candidate(row)
        if candidate:
            self._refuse_second_loop(candidate, row)
        manager, recruiter, interviewer = self._members(row, {})
        role = self._role(row, manager, recruiter)
        candidate = self._candidate(candidate, row)
        owner = _owner(row, role, interviewer)
        loop = _new_loop(row, candidate, role, owner, self._now, self._store.policy, self._run.reviewed)
        self._store.add_loop(loop, row.external_id, row.cells)
        cells = {column: digest(loop.id, column, text) for column, text in row.cells.items()}
        self._known[import_key(row.external_id, candidate.id, role.id)] = Imported(loop.id, cells)
        self.added += 1
        if not self._run.reviewed:
            self._to_review(role)

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
            if calendar_of(new) != calendar_of(known):
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

    def _to_review(self, role: Role) -> None:
        """Whoever has new loops to look at is asked at the end; or in a while, should that never come."""
        reviewer = role.recruiter or role.manager
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
        _refuse_own_candidate(row)
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
        owner = _owner(row, role, interviewer) if _asks_for_owner(loop, interviewer, changed) else loop.owner
        there = dataclasses.replace(loop, candidate=candidate, role=role, owner=owner)
        said = _what_it_says(there, row, changed, self._now, self._store.policy)
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

    def _apply(self, said: _Said) -> None:
        """The change, then one for each time the candidate wrote; the clock looks at the loop next."""
        loop = said.change.loop
        look_at = self._now if loop.reviewed_on else None
        loop = dataclasses.replace(loop, look_at=look_at)
        self._store.apply(dataclasses.replace(said.change, loop=loop))
        for touch in said.wrote:
            loop = dataclasses.replace(loop, touches=_in_order(loop, touch))
            note = entry("candidate_wrote", loop, None, {"kind": touch.kind.value})
            self._store.apply(Change(loop=loop, touch=touch, entry=note))


# -- rules --------------------------------------------------------------------------------------------------


class _Said(NamedTuple):
    """What a changed row does to its loop."""

    change: Change
    wrote: tuple[Touch, ...]
    acts: bool
    stands: bool
    """Something it says does not count any more."""
    later: frozenset[str]
    """Columns whose time has not come: the next import looks at them again."""


def name_from_address(email: str) -> str:
    """A name to begin with, where the file says none: dana.lee@… is Dana Lee."""
    local = email.partition("@")[0].partition("+")[0]
    words = "".join(letter if letter.isalpha() or letter in "'-" else " " for letter in local).split()
    return " ".join(words).title() or local


def _members_in(row: ImportRow) -> Iterator[str]:
    yield row.manager.email
    if row.recruiter:
        yield row.recruiter.email
    if row.interviewer_email:
        yield row.interviewer_email


def _refuse_own_candidate(row: ImportRow) -> None:
    if row.candidate_email.casefold() == row.manager.email.casefold():
        raise RowRefused("candidate_email and manager_email are the same person: mend one of them.")


def _owner(row: ImportRow, role: Role, interviewer: Member | None) -> Member:
    """The interviewer named for a phone screen, if they may see the role; else the hiring manager."""
    if interviewer is None or "phone" not in row.stage.casefold() or not interviewer.available:
        return role.manager
    applied = interviewer.email.casefold() == row.candidate_email.casefold()
    if applied or interviewer.id in role.applicants:
        return role.manager
    if role.confidential and interviewer.id not in role.named:
        return role.manager
    return interviewer


def _asks_for_owner(loop: Loop, interviewer: Member | None, changed: Mapping[str, str]) -> bool:
    """A loop that was handed over stays where it is until the file names somebody else."""
    if changed.keys() & {"manager_email", "interviewer_email"}:
        return True
    first = {loop.role.manager.id, interviewer.id if interviewer else None}
    return "stage" in changed and loop.owner.id in first


def _new_loop(
    row: ImportRow,
    candidate: Candidate,
    role: Role,
    owner: Member,
    now: dt.datetime,
    policy: Policy,
    reviewed: bool,
) -> Loop:
    """Where no interview is dated, it ended now, or when the promise was due if that is earlier."""
    met = row.interviewed_at
    if met is None:
        met = min(now, due_instant(row.promised_by, candidate.zone)) if row.promised_by else now
    there = zone_of(candidate).today(met)
    if row.promised_by:
        promise = _promise(candidate, row.promised_by, Basis.STATED, min(met, now))
    else:
        day = calendar_of(owner).add(there, policy.assumed_days)
        promise = _promise(candidate, day, Basis.ASSUMED, now)
    return Loop(
        id=uuid.uuid4(),
        candidate=candidate,
        role=role,
        owner=owner,
        stage=row.stage,
        interviewed_at=met,
        standing=Standing.AWAITING if row.promised_by else Standing.NEEDS_DATE,
        promise=promise,
        other_offer_by=row.other_offer_by,
        other_offer_heard_at=_heard_at(row, now) if row.other_offer_by else None,
        reviewed_on=there if reviewed else None,
        look_at=now if reviewed else None,
        touches=tuple(_wrote(at) for at in row.candidate_wrote_at),
    )


def _promise(candidate: Candidate, day: dt.date, basis: Basis, made_at: dt.datetime) -> Promise:
    return Promise(id=uuid.uuid4(), date=day, zone=candidate.zone, basis=basis, made_at=made_at)


def _wrote(at: dt.datetime) -> Touch:
    return Touch(id=uuid.uuid4(), kind=TouchKind.WROTE, at=at)


def _heard_at(row: ImportRow, now: dt.datetime) -> dt.datetime:
    """We know of the other offer from the last thing the candidate wrote."""
    return min(max(row.candidate_wrote_at, default=now), now)


def _what_it_says(
    loop: Loop, row: ImportRow, changed: Mapping[str, str], now: dt.datetime, policy: Policy
) -> _Said:
    """`loop` names the people and the role as they are after the row already."""
    dates = changed.keys() & {"interviewed_at", "promised_by"}
    change = Change(loop=loop, entry=entry("imported", loop, None))
    stands, later = False, frozenset[str]()
    if dates and loop.letter is not None:
        # What the letter says depends on these dates. It is out in a minute, or undone.
        stands, later = True, frozenset(dates)
    elif dates and loop.standing is Standing.GOING_ON:
        change, stands, later = _next_interview(change, row, dates, now, policy)
    elif dates:
        change, stands = _other_dates(change, row, dates, now, policy)
    after = change.loop
    if "stage" in changed:
        after = dataclasses.replace(after, stage=row.stage)
    if "other_offer_by" in changed:
        after = dataclasses.replace(
            after, other_offer_by=row.other_offer_by, other_offer_heard_at=_heard_at(row, now)
        )
    new = row.candidate_wrote_at if "candidate_wrote_at" in changed else ()
    wrote = tuple(_wrote(at) for at in new if not _is_known(loop, at))
    acted = changed.keys() - later - (dates if stands else frozenset())
    facts = {"columns": " ".join(sorted(changed.keys() - later))}
    if change.promise:
        facts["date"] = change.promise.date.isoformat()
    change = dataclasses.replace(change, loop=after, entry=entry("imported", loop, None, facts))
    acts = bool(acted) or change.promise is not None or after != loop
    return _Said(change, wrote, acts, stands, later)


def _next_interview(
    change: Change, row: ImportRow, dates: Set[str], now: dt.datetime, policy: Policy
) -> tuple[Change, bool, frozenset[str]]:
    """The next step was arranged: the loop waits for news again once that interview has passed."""
    loop, met = change.loop, row.interviewed_at
    if "interviewed_at" not in dates or met is None or met <= loop.interviewed_at:
        changed, stands = _other_dates(change, row, dates, now, policy)
        return changed, stands, frozenset()
    if met > now:
        return change, False, frozenset(dates)
    promised = row.promised_by if "promised_by" in dates else None
    return turns.next_interview_took_place(loop, loop.owner, now, met, promised, policy), False, frozenset()


def _other_dates(
    change: Change, row: ImportRow, dates: Set[str], now: dt.datetime, policy: Policy
) -> tuple[Change, bool]:
    """The interview was another day, or another date was said there. True: a letter's date stands."""
    loop = change.loop
    if "interviewed_at" in dates and row.interviewed_at:
        loop = dataclasses.replace(loop, interviewed_at=row.interviewed_at)
    before = loop.promise
    day = row.promised_by if "promised_by" in dates else None
    if day and before and before.basis is Basis.LETTER:
        return dataclasses.replace(change, loop=loop), before.date != day
    if day and not (before and before.basis is Basis.STATED and before.date == day):
        promise = _promise(loop.candidate, day, Basis.STATED, now)
    elif before and before.basis is Basis.ASSUMED and "interviewed_at" in dates:
        met = zone_of(loop.candidate).today(loop.interviewed_at)
        assumed = calendar_of(loop.owner).add(met, policy.assumed_days)
        promise = _promise(loop.candidate, assumed, Basis.ASSUMED, now)
    else:
        return dataclasses.replace(change, loop=loop), False
    settled = before.settled(now) if before else None
    if settled and now <= settled.due:
        # It was corrected before its day: nobody was told, so it is neither kept nor broken, and not counted.
        settled = dataclasses.replace(settled, basis=Basis.ASSUMED)
    standing = loop.standing
    if standing is Standing.NEEDS_DATE and promise.basis is Basis.STATED:
        standing = Standing.AWAITING
    loop = dataclasses.replace(loop, promise=promise, standing=standing)
    return dataclasses.replace(change, loop=loop, settled=settled, promise=promise), False


def _is_known(loop: Loop, at: dt.datetime) -> bool:
    """Whether this letter of the candidate is noted already. Noon means that only the day is known."""
    zone = zone_of(loop.candidate)
    day_alone = zone.local(at).time() == WROTE_AT
    return any(
        touch.at == at or (day_alone and zone.today(touch.at) == zone.today(at))
        for touch in loop.touches
        if touch.inbound
    )


def _in_order(loop: Loop, touch: Touch) -> tuple[Touch, ...]:
    return tuple(sorted((*loop.touches, touch), key=lambda it: it.at))
