"""Whom a typed name means: one candidate, nobody, or one of several who must be asked about."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from bot.actions import ALONE, Action, Verb
from bot.ports import FoundName
from bot.search import search
from bot.uses.desk import Desk
from bot.views.elements import Button, Buttons, Message, Paragraph
from bot.views.namesakes import labels

MOST_BUTTONS = 10
"""Of people who match: who sees more buttons reads none."""
LATELY = dt.timedelta(days=180)
"""Whoever was closed longer ago is not found by name."""


def at(desk: Desk, loop: uuid.UUID) -> Desk:
    """The same member at the same time, with one loop on its own before them."""
    found = desk.store.loop(loop)
    promise = found.promise.id if found is not None and found.promise else None
    action = Action(verb=Verb.SHOW, loop=loop, promise=promise, place=ALONE)
    return Desk(desk.store, desk.now, desk.member, action)


def question(text: str, buttons: tuple[Button, ...]) -> Message:
    return Message(notification=text, elements=(Paragraph(text), Buttons(buttons)), private=True)


def find(desk: Desk, name: str) -> list[FoundName]:
    return search(name, ((found.candidate, found) for found in desk.store.names(desk.member.id)))


def ended(desk: Desk, name: str) -> list[FoundName]:
    """Those of the name who were closed lately."""
    since = desk.now - LATELY
    closed = desk.store.names(desk.member.id, closed_since=since)
    return search(name, ((found.candidate, found) for found in closed))


def nobody(name: str) -> str:
    return f'I know nobody called "{name}" who waits for you. Typing /followup list shows everybody who does.'


def choose(desk: Desk, found: Sequence[FoundName], command: str, *rest: str, asked: str = "") -> Message:
    """Several people match: one button each. `rest` is what stood after the name, kept for the click."""
    head = f"{asked} {len(found)} people match. Which one?".strip()
    if len(found) > MOST_BUTTONS:
        head += f" Here are {MOST_BUTTONS}, and {len(found) - MOST_BUTTONS} more: type more of the name."
    buttons = []
    for one, label in list(zip(found, labels(found, desk.viewer().today), strict=True))[:MOST_BUTTONS]:
        loop = desk.store.loop(one.loop)
        promise = loop.promise.id if loop is not None and loop.promise else None
        argument = " ".join((command, *rest))
        action = Action(verb=Verb.RUN, loop=one.loop, promise=promise, place=ALONE, argument=argument)
        buttons.append(Button(label, str(action)))
    return question(head, tuple(buttons))
