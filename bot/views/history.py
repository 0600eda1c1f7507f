"""The history of a loop: every promise, touch, letter and nudge, and what was done besides, in order."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import assert_never

from bot.actions import Verb
from bot.changes import Entry
from bot.loops import Closed, Letter, LetterKind, LetterState, Loop, TouchKind
from bot.nudges import Kind, Nudge
from bot.ports import History
from bot.promises import Basis, Promise, PromiseState
from bot.views.elements import Button, Buttons, Element, Heading, Message, Paragraph, Row
from bot.views.outcomes import CLOSED_AS, say_leaving
from bot.views.viewer import Viewer, title

PAGE = 12

TOLD_ELSEWHERE = frozenset(
    {
        "letter_queued", "letter_undone", "letter_sent", "letter_not_sent", "letter_sent_again",
        "letter_resolved_sent", "letter_resolved_not_sent", "candidate_wrote",
    }
)  # fmt: skip
"""Entries of the audit that say what the letter or the touch beside them says."""

DONE: Mapping[str, str] = {
    "added": "The candidate was added.",
    "imported": "An import changed it.",
    "letter_let_go": "{who} let the letter go that the hourly brake held.",
    "letter_kept_back": "{who} kept the letter back that the hourly brake held.",
    "letter_waits_for_rehearsal": "A rehearsal had begun: the letter waits until that is over.",
    "letter_retried": "Whoever runs Followup had the letter tried at once.",
    "letter_lost_sight_of": "Our data was restored: nobody knows whether the letter went out.",
    "told_by_phone": "{who} told {first} by phone.",
    "agency_confirmed": "{who} noted that the agency has told {first}.",
    "other_offer": "{who} noted another offer, to be answered by {by}.",
    "next_date_chosen": "{who} chose {date} for the next letter.",
    "date_stated": "{who} said which date was promised: {date}.",
    "going_on": "{who} arranged the next step by {by}.",
    "interviewed_again": "{who} noted that the next interview took place.",
    "waiting_for": "{who} waits for the word of {whom}.",
    "word_received": "{who} noted that the word has come.",
    "on_hold": "{who} put it on hold.",
    "off_hold": "{who} took it off hold.",
    "offer_out": "{who} noted that an offer is out to somebody else.",
    "offer_made": "{who} made {first} an offer.",
    "due_sooner": "Somebody accepted the offer for this role: news is due by {by}.",
    "decision_stuck": "{who} said that the decision is stuck.",
    "snoozed": "{who} snoozed it until {until}.",
    "handed_over": "{who} handed it over from {from} to {to}.",
    "recruiter_changed": "{who} made {to} the recruiter instead of {from}.",
    "closed": "{who} closed it: {first} {as}.",
    "reopened": "{who} opened it again.",
    "offer_accepted": "{who} noted that {first} accepted the offer.",
    "offer_declined": "{who} noted that {first} declined the offer.",
    "interview_moved": "{who} noted that the interview is moved to {to}.",
    "address_mended": "{who} mended the address.",
    "reviewed": "{who} said that {first} is still waiting.",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """`letter` can be looked at word for word."""

    at: dt.datetime
    text: str
    letter: Letter | None = None


def history(
    loop: Loop,
    kept: History,
    names: Mapping[uuid.UUID, str],
    viewer: Viewer,
    *,
    letters: bool,
    page: int | None = None,
) -> Message:
    """One page, oldest first; the newest where none is asked for. `letters`: the viewer may read them."""
    events = sorted(_events(loop, kept, names, viewer), key=lambda event: event.at)
    pages = max(1, -(-len(events) // PAGE))
    page = pages - 1 if page is None else max(0, min(page, pages - 1))
    elements: list[Element] = [Heading(title(loop, viewer))]
    for event in events[page * PAGE : (page + 1) * PAGE]:
        see: tuple[Button, ...] = ()
        if event.letter is not None and letters:
            see = (viewer.button("See letter", Verb.SEE_LETTER, loop, event.letter.id.hex),)
        elements.append(Row(title=viewer.moment(event.at), lines=(event.text,), buttons=see))
    if pages > 1:
        elements.append(Paragraph(f"Page {page + 1} of {pages}, oldest first.", quiet=True))
        others = (("Earlier", page - 1), ("Later", page + 1))
        turns = (viewer.button(label, Verb.HISTORY, loop, str(n)) for label, n in others if 0 <= n < pages)
        elements.append(Buttons(tuple(turns)))
    return Message(notification="The history of one candidate", elements=tuple(elements), private=True)


def _events(loop: Loop, kept: History, names: Mapping[uuid.UUID, str], viewer: Viewer) -> Iterator[Event]:
    for at, entry in kept.audit:
        if entry.what not in TOLD_ELSEWHERE:
            yield Event(at, _done(entry, loop, names, viewer))
        elif rules := entry.facts.get("overruled"):
            yield Event(at, f"{_who(entry, names)} kept words that are blocked ({rules.replace(' ', ', ')}).")
    for promise in kept.promises:
        yield from _promise(promise, loop, viewer)
    for touch in loop.touches:
        # A call is in the audit, a letter of ours is below.
        if touch.kind is TouchKind.WROTE:
            yield Event(touch.at, f"{loop.candidate.first_name} wrote and asked.")
        elif touch.kind is TouchKind.THANKS:
            yield Event(touch.at, f"{loop.candidate.first_name} wrote to say thank you.")
    for letter in loop.letters:
        yield Event(letter.queued_at, _letter(letter, loop, viewer), letter)
    for nudge in kept.nudges:
        yield Event(nudge.not_before, _nudge(nudge, names))


def _promise(promise: Promise, loop: Loop, viewer: Viewer) -> Iterator[Event]:
    first, day = loop.candidate.first_name, viewer.day(promise.date)
    match promise.basis:
        case Basis.STATED:
            yield Event(promise.made_at, f"{first} was promised news by {day}.")
        case Basis.LETTER:
            yield Event(promise.made_at, f"A letter promised {first} news by {day}.")
        case Basis.ASSUMED:
            yield Event(promise.made_at, f"Nobody had named a date: {day} was assumed.")
            return
        case _:
            assert_never(promise.basis)
    if promise.settled_at is not None and promise.state is not PromiseState.CURRENT:
        word = "kept" if promise.state is PromiseState.KEPT else "not kept"
        yield Event(promise.settled_at, f"The promise of {day} was {word}.")


_WHAT = {
    LetterKind.COURTESY: "an update",
    LetterKind.FEEDBACK: "feedback",
    LetterKind.NOTICE: "a notice",
    LetterKind.ANSWER: "an answer",
}


def _letter(letter: Letter, loop: Loop, viewer: Viewer) -> str:
    named = f" that names {viewer.day(letter.names_date)}" if letter.names_date else ""
    return f"{letter.by_name} wrote {_WHAT[letter.kind]}{named}. {_fate(letter, loop, viewer)}".strip()


def _fate(letter: Letter, loop: Loop, viewer: Viewer) -> str:
    at = viewer.moment(letter.settled_at) if letter.settled_at else ""
    match letter.state:
        case LetterState.SENT:
            return f"Sent {at}."
        case LetterState.QUEUED:
            return f"It leaves {say_leaving(letter.not_before, loop, viewer)}."
        case LetterState.SENDING:
            return "It is being handed to the mail server."
        case LetterState.UNDONE:
            return f"Undone {at}; nothing was sent."
        case LetterState.UNKNOWN:
            return "Nobody can tell whether it went out."
        case LetterState.HELD | LetterState.RETRY:
            return f"Not sent yet. {letter.problem}".strip()
        case LetterState.FAILED | LetterState.CANCELLED | LetterState.BOUNCED:
            return f"Not sent. {letter.problem}".strip()
        case _:
            assert_never(letter.state)


NUDGED: Mapping[Kind, str] = {
    Kind.AHEAD: "{who} was reminded ahead of the date.",
    Kind.DUE: "{who} was told that the date had come.",
    Kind.LATE: "{who} was asked, {which} after the date.",
    Kind.ASK_DATE: "{who} was asked which date was said.",
    Kind.AGE: "{who} was told how long ago the interview was.",
    Kind.OTHER_OFFER: "{who} was told that another offer waits for an answer.",
    Kind.ASKED_TWICE: "{who} was told of two questions without an answer.",
    Kind.STUCK: "{who} was asked to help decide.",
    Kind.WAITING_FOR: "{who} was asked for their word.",
    Kind.DELIVERY: "{who} was told that a letter needs somebody.",
    Kind.NUDGED: "{recruiter} nudged {who}.",
    Kind.UNREACHABLE: "{who} was told that whoever answers cannot be reached.",
}
"""One for each kind there is; a test holds it."""


def _nudge(nudge: Nudge, names: Mapping[uuid.UUID, str]) -> str:
    last = nudge.occasion.rpartition("/")[2]
    return NUDGED[nudge.kind].format(
        who=names.get(nudge.recipient, "Somebody"),
        recruiter=_member(last, names) or "The recruiter",
        which=_which_list(last),
    )


def _which_list(count: str) -> str:
    """Which list after the promised date it was: the last part of a late rung's occasion counts them."""
    words = {"1": "with the first list", "2": "with the second list", "3": "with the third list"}
    return words.get(count, f"with list {count}")


def _who(entry: Entry, names: Mapping[uuid.UUID, str]) -> str:
    who = names.get(entry.by, "Somebody") if entry.by else "Followup"
    if entry.by and entry.on_behalf_of and entry.on_behalf_of in names:
        return f"{who} (for {names[entry.on_behalf_of]})"
    return who


def _done(entry: Entry, loop: Loop, names: Mapping[uuid.UUID, str], viewer: Viewer) -> str:
    who = _who(entry, names)
    said = {name: _fact(name, text, names, viewer) for name, text in entry.facts.items()}
    template = DONE.get(entry.what)
    if template is None:
        return f"{who}: {entry.what.replace('_', ' ')}."
    return template.format_map(_Facts(said, who=who, first=loop.candidate.first_name))


class _Facts(dict[str, str]):
    """An entry of an older version may lack a fact."""

    def __missing__(self, key: str) -> str:
        return "somebody" if key in ("whom", "from", "to") else "a date"


def _fact(name: str, text: str, names: Mapping[uuid.UUID, str], viewer: Viewer) -> str:
    """Facts are ids, days, instants and states: in words."""
    if name == "as" and text in list(Closed):
        return CLOSED_AS[Closed(text)]
    known = _member(text, names)
    if known is not None:
        return known
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return viewer.moment(instant) if instant.tzinfo else viewer.day(instant.date())


def _member(text: str, names: Mapping[uuid.UUID, str]) -> str | None:
    try:
        return names.get(uuid.UUID(text))
    except ValueError:
        return None
