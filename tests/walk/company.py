"""Who works there, what is open, and who waits: the state in which every walk begins."""

from __future__ import annotations

import csv
import datetime as dt
import random
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.policy import EVERYONE, FeedbackPolicy, Policy

OPENS = dt.datetime(2026, 10, 19, 13, 45, tzinfo=dt.UTC)
"""A Monday, a week before Europe's clocks go back and two before America's."""

DANA, KATRIN, YUKI = "dana@acme.example", "katrin@acme.example", "yuki@acme.example"
"""Managers in New York, Berlin and Tokyo."""
PAT, SAM = "pat@acme.example", "sam@acme.example"
"""Pat interviews, in Honolulu; Sam co-manages, in Kathmandu."""
RAVI, RITA = "ravi@acme.example", "rita@acme.example"
"""Recruiters in London and New York."""
LENA, ADA = "lena@acme.example", "ada@acme.example"
"""The recruiting lead in Sydney, an admin in São Paulo."""
OLGA = "olga@acme.example"
"""Has no part in anything."""

PEOPLE = (
    (DANA, "Dana Lee", "America/New_York", "US"),
    (KATRIN, "Katrin Vogel", "Europe/Berlin", "DE"),
    (YUKI, "Yuki Tanaka", "Asia/Tokyo", "JP"),
    (PAT, "Pat Kealoha", "Pacific/Honolulu", "US"),
    (SAM, "Sam Gurung", "Asia/Kathmandu", ""),
    (RAVI, "Ravi Menon", "Europe/London", "GB"),
    (RITA, "Rita Sand", "America/New_York", "US"),
    (LENA, "Lena Ford", "Australia/Sydney", "AU"),
    (ADA, "Ada Reis", "America/Sao_Paulo", "BR"),
    (OLGA, "Olga Novak", "Europe/Prague", "CZ"),
)
EMAILS = tuple(person[0] for person in PEOPLE)
ROLES = ("Engineer", "Analyst", "Welder", "Attorney")
SECRET = "Attorney"
"""The confidential one."""

_ENGINEER = {"role": "Engineer", "manager_email": DANA, "recruiter_email": RAVI, "criteria": "Design|Tests"}
_ANALYST = {"role": "Analyst", "manager_email": KATRIN, "recruiter_email": RITA, "criteria": "SQL"}
_WELDER = {"role": "Welder", "manager_email": YUKI, "criteria": "Seams"}
_ATTORNEY = {
    "role": SECRET, "manager_email": KATRIN, "recruiter_email": RITA, "criteria": "Judgement",
    "confidential": "yes",
}  # fmt: skip
_LONDON = {"candidate_timezone": "Europe/London", "candidate_country": "GB"}
_TOKYO = {"candidate_timezone": "Asia/Tokyo", "candidate_country": "JP"}
_CHICAGO = {"candidate_timezone": "America/Chicago", "candidate_country": "US"}


def _waits(
    name: str, role: Mapping[str, str], interviewed: str, promised: str = "", **more: str
) -> dict[str, str]:
    address = more.pop("at", f"{name.split(maxsplit=1)[0].lower()}@mail.example")
    said = {"candidate_name": name, "candidate_email": address, "external_id": f"{name}/{role['role']}"}
    return {**said, **role, "interviewed_at": interviewed, "promised_by": promised, "stage": "onsite", **more}


WAITING = (
    _waits("Abena Quaye", _ENGINEER, "2026-10-12T15:00", "2026-10-19", **_LONDON),
    _waits("Bruno Fjord", _ENGINEER, "2026-10-15T15:00", "2026-10-21", **_CHICAGO),
    _waits("Chiyo Mbeki", _ENGINEER, "2026-10-16T12:00", "", **_TOKYO, interviewer_email=PAT),
    _waits("Djuna Petrak", _ANALYST, "2026-10-09T10:00", "2026-10-16", **_LONDON),
    _waits("Eskil Romero", _ANALYST, "2026-10-16T10:00", "2026-10-23", agency_email="desk@agency.example"),
    _waits("Farid Osei", _WELDER, "2026-10-14T03:00", "2026-10-20", **_TOKYO),
    _waits("Greta Nakai", _ATTORNEY, "2026-10-13T09:00", "2026-10-20", **_LONDON),
    _waits("Hanno Wekesa", _ATTORNEY, "2026-10-16T09:00", "", **_CHICAGO),
    _waits("Abena Quaye", _ANALYST, "2026-10-14T15:00", "2026-10-22", **_LONDON),
)
IMPORTED = (
    _waits("Ilmar Dube", _ENGINEER, "2026-09-28T15:00", "2026-10-05", **_CHICAGO),
    _waits("Jorun Castell", _WELDER, "2026-10-01T03:00", "", **_TOKYO),
    _waits("Keiko Brandt", _ATTORNEY, "2026-10-02T09:00", "2026-10-09", **_LONDON),
)
"""Nobody has looked yet whether these still wait."""
LATER = (
    _waits("Leto Farkas", _ENGINEER, "2026-10-16T15:00", "2026-10-26", **_LONDON),
    _waits("Olga Novak", _ANALYST, "2026-10-15T09:00", "2026-10-23", at=OLGA),
)
"""Come with an import in the middle of a walk; one of them is a colleague."""

NAMES = tuple(dict.fromkeys(row["candidate_name"] for row in (*WAITING, *IMPORTED, *LATER)))


def policy(chance: random.Random) -> Policy:
    """What this company has decided."""
    some = frozenset(chance.sample(EMAILS, 6))
    return Policy(
        company="Acme",
        mail_from="hiring@acme.example",
        pilot=chance.choice((frozenset({EVERYONE}),) * 5 + (some,)),
        admins=frozenset({ADA}),
        recruiting_lead=chance.choice((LENA, LENA, "")),
        feedback=chance.choice((FeedbackPolicy.ON,) * 5 + (FeedbackPolicy.OFF,)),
        letters_an_hour=chance.choice((2, 20)),
        rehearsal=chance.random() < 0.05,
    )


def write_csv(rows: Sequence[Mapping[str, str]], folder: str | None = None) -> Path:
    """A spreadsheet with these rows."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with tempfile.NamedTemporaryFile(
        "w", suffix=".csv", dir=folder, delete=False, encoding="utf-8", newline=""
    ) as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return Path(file.name)
