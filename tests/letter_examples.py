"""What the tests of letters share: a sender, a candidate, and a whole draft of each decision."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from pathlib import Path

from bot.letters import compose as compose_room
from bot.letters.compose import LetterContext, Templates
from bot.letters.draft import Draft, Reason, letter_kind
from bot.loops import Decision, LetterKind
from bot.people import Candidate, Member

SHIPPED = Path(compose_room.__file__).parent / "templates"
TEMPLATES = Templates()
LANGUAGES = ("en", "de")

DANA = Member(id=uuid.uuid4(), name="Dana Lee", email="dana@acme.example", zone="Europe/London")
TOMASZ = Candidate(
    id=uuid.uuid4(), name="Tomasz Zieliński", email="tomasz@mail.example", zone="Europe/Warsaw", country="PL"
)
SAID = {
    "en": {
        "criterion": "Distributed systems design",
        "observation": "Asked what happens when one region fails, you moved all traffic to the other one, "
        "and the orders still in flight were not mentioned.",
        "suggestion": "Follow one failure to the end: what is lost, who notices, and how it comes back.",
        "thanks": "taking us through the queue migration you led, with the numbers",
        "personal": "Your question about our on-call rota has already changed how we explain it.",
    },
    "de": {
        "criterion": "Entwurf verteilter Systeme",
        "observation": "Auf die Frage, was beim Ausfall einer Region geschieht, haben Sie den Verkehr "
        "umgeleitet; die laufenden Bestellungen kamen nicht vor.",
        "suggestion": "Verfolgen Sie einen Ausfall bis zum Ende: was verloren geht, wer es merkt und wie es "
        "zurückkommt.",
        "thanks": "den genauen Bericht über den Umzug Ihrer Warteschlangen, mit Zahlen",
        "personal": "Ihre Frage nach unserer Rufbereitschaft hat schon verändert, wie wir sie erklären.",
    },
}


def context(language: str = "en", situation: str = "passed") -> LetterContext:
    promised = {"passed": dt.date(2026, 11, 20), "not_passed": dt.date(2026, 11, 24), "assumed": None}
    return LetterContext(
        candidate=dataclasses.replace(TOMASZ, language=language),
        role_title="Backend Engineer",
        company="Acme",
        sender=DANA,
        today=dt.date(2026, 11, 23),
        interviewed_on=dt.date(2026, 11, 12),
        promised=promised[situation],
        promise_passed=situation != "not_passed",
    )


def draft(decision: Decision, language: str = "en", reason: Reason = Reason.NO_DECISION) -> Draft:
    said = SAID[language]
    date = dt.date(2026, 12, 1) if letter_kind(decision) is LetterKind.COURTESY else None
    if letter_kind(decision) is LetterKind.COURTESY:
        return Draft(decision=decision, reason=reason, next_date=date, personal=said["personal"])
    if decision is Decision.ROLE_CLOSED:
        return Draft(decision=decision, thanks=said["thanks"])
    return Draft(
        decision=decision,
        criterion=said["criterion"],
        observation=said["observation"],
        suggestion=said["suggestion"],
        thanks=said["thanks"],
    )
