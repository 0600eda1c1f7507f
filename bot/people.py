"""The people and the opening: members, candidates, roles."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot.calendar import WorkCalendar
from bot.names import first_name


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A member is away, from one local date to another, both included.

    Nudges go to the delegate once that person has accepted, until then to the recruiter.
    """

    start: dt.date
    until: dt.date
    delegate: uuid.UUID | None = None
    accepted: bool = False
    by_chat: bool = False
    """The chat's status says so; what the member said themselves is not taken back by it."""

    def covers(self, day: dt.date) -> bool:
        return self.start <= day <= self.until


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a workspace. `zone` is an IANA name, `country` ISO 3166-1 alpha-2 or empty."""

    id: uuid.UUID
    name: str
    email: str
    zone: str
    country: str = ""
    admin: bool = False
    active: bool = True
    reachable: bool = True
    absence: Absence | None = None
    digest_at: dt.time = dt.time(9, 30)
    month_first: bool | None = None
    """How this member writes 1/12; None until they were asked once."""
    look_at: dt.datetime | None = None
    """The next instant at which a nudge waits to be shown to this member."""
    welcomed: bool = False
    own_zone: bool = False
    """Chosen by the member: what their profile in the chat says does not change it."""
    language: str = ""
    """As the chat's profile has it, an ISO 639 code; empty where none is known."""

    @property
    def first_name(self) -> str:
        return first_name(self.name) or self.email

    @property
    def calendar(self) -> WorkCalendar:
        return WorkCalendar(self.zone, self.country)

    @property
    def available(self) -> bool:
        """Deactivated and unreachable members are asked nothing; the recruiter is."""
        return self.active and self.reachable


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a chat knows of a person who has a full account there. Empty where it does not say.

    `away_until` is the last local date of an absence that has an end.
    """

    zone: str = ""
    language: str = ""
    away_until: dt.date | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An opening. `criteria` is the written list that a feedback letter picks from."""

    id: uuid.UUID
    title: str
    manager: Member
    recruiter: Member | None = None
    co_managers: tuple[uuid.UUID, ...] = ()
    criteria: tuple[str, ...] = ()
    channel: str = ""
    confidential: bool = False
    applicants: tuple[uuid.UUID, ...] = ()
    """Members who applied for this role themselves: they never see its screens."""

    @property
    def named(self) -> frozenset[uuid.UUID]:
        """The only people who see or act on a confidential role."""
        recruiter = {self.recruiter.id} if self.recruiter else set()
        return frozenset({self.manager.id, *self.co_managers} | recruiter)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The person interviewed. Names are hostile text: nothing here is markup."""

    id: uuid.UUID
    name: str
    email: str
    zone: str
    country: str = ""
    language: str = "en"
    agency_email: str = ""

    @property
    def first_name(self) -> str:
        return first_name(self.name)

    @property
    def calendar(self) -> WorkCalendar:
        return WorkCalendar(self.zone, self.country)
