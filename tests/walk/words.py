"""What people type and fill in: mostly what is meant, now and then what nobody should."""

from __future__ import annotations

import datetime as dt
import random
from typing import assert_never

from bot.views.elements import CheckField, ChoiceField, DateField, Field, Form, TextField
from tests.hostile_text import SLACK_HOSTILE
from tests.walk.company import EMAILS, NAMES, PEOPLE, ROLES

SENTENCES = (
    "The sketch of the queue left out what happens when a worker dies.",
    "Read one post-mortem a week and say what you would have done.",
    "Thank you for drawing it twice.",
    "You are overqualified and too old.",
    SLACK_HOSTILE,
    "x" * 1500,
    "",
)
OTHERS = (
    "Europe/London", "Asia/Tokyo", "Mars/Olympus", "GB", "DE", "Atlantis", "09:30", "17:15", "25:00", "10:00",
    "new@mail.example", "abena@mail.example", "nonsense", "", "Welder", "Pilot", "onsite",
)  # fmt: skip
LINES = (
    "", "", "list", "home", "help", "clear", "queue", "review", "settings", "back", "away off",
    "{name}", "{first}", "{first}", "update {first}", "update {first}", "feedback {first}", "told {first}",
    "history {first}", "snooze {first}", "promise {first} {day}", "promise {first} {day}", "promise {day}",
    "hand over {first} to {member}", "hand over {role} to {member}", "handover {member} to {member}",
    "handover role {role} to {member}", "away until {day}", "away until {day} delegate {member}",
    "away until {day} delegate {member}", "add {name}", "add Miro Lund", "here", "here off", "here {role}",
    "pause letters", "pause nudges", "pause all", "resume", "resume", "resume letters", "resume nudges",
    "updaet {first}", "promse {first} {day}", "/followup {first}", "xyzzy", "{name} {name}", "hand",
    "handover", "handover recruiter {member} to {member}",
)  # fmt: skip
DAYS = (
    "tomorrow", "friday", "next friday", "in 3 days", "in 5 working days", "1/12", "2/11", "28.11.", "6 dec",
    "fri 30 oct", "next week", "yesterday", "31 feb", "end of month", "{iso}", "{iso}", "{iso}",
)  # fmt: skip


def line(chance: random.Random, today: dt.date) -> str:
    """A command."""
    name = chance.choice(NAMES)
    member = chance.choice(PEOPLE)
    day = chance.choice(DAYS).format(iso=_day(chance, today).isoformat())
    called = chance.choice((f"@{member[1].split()[0].lower()}", member[0], member[1]))
    return chance.choice(LINES).format(
        name=name, first=name.split()[0].lower(), member=called, role=chance.choice(ROLES), day=day
    )


def fields(chance: random.Random, form: Form, today: dt.date) -> dict[str, str]:
    """A form, filled in: what stands there is mostly left, what is missing mostly added."""
    filled = {field.name: _value(chance, field, today) for field in form.fields}
    return {name: value for name, value in filled.items() if value is not None}


def _value(chance: random.Random, field: Field, today: dt.date) -> str | None:
    if chance.random() < 0.03:
        return chance.choice((None, "", "nonsense", "0", "2026-13-45"))
    match field:
        case DateField():
            if field.value is not None and chance.random() < 0.6:
                return field.value.isoformat()
            if field.optional and chance.random() < 0.3:
                return ""
            return _day(chance, today).isoformat()
        case ChoiceField():
            if field.value and chance.random() < 0.5:
                return field.value
            return chance.choice(field.options).value
        case CheckField():
            return "yes" if chance.random() < 0.5 else None
        case TextField():
            return _text(chance, field)
        case _:
            assert_never(field)


def _text(chance: random.Random, field: TextField) -> str:
    if field.value and chance.random() < 0.8:
        return field.value
    if field.optional and chance.random() < 0.5:
        return ""
    if field.multiline or chance.random() < 0.3:
        return chance.choice(SENTENCES)
    return chance.choice((*EMAILS, *EMAILS, *EMAILS, *OTHERS))


def _day(chance: random.Random, today: dt.date) -> dt.date:
    return today + dt.timedelta(
        days=chance.choice((0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 14, -1, -3, -7, 30, 400))
    )
