"""A member's home: who waits for them, how they keep their word, and what they have set."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

import babel

from bot.actions import Verb
from bot.loops import Loop
from bot.nudges import Surface
from bot.promises import Promise
from bot.stuck import stuck
from bot.views.elements import Buttons, Element, Heading, Message, Paragraph
from bot.views.lists import kept_line, own_list
from bot.views.viewer import Viewer, city_of, is_today


def home(
    loops: Sequence[Loop],
    viewer: Viewer,
    *,
    surface: Surface | None = None,
    notice: str = "",
    about: uuid.UUID | None = None,
    promises: Sequence[Promise] = (),
) -> Message:
    """Loops that were closed are seen on the day on which that happened.

    surface: the home that follows the truth; without one it is an answer to whoever asked.
    """
    shown = [loop for loop in loops if loop.open or is_today(loop.closed_at, viewer)]
    listed = own_list(shown, viewer, notice=notice, about=about, promises=promises)
    kept = Paragraph(kept_line(promises, viewer.now))
    mine: list[Element] = [Heading("You")]
    if kept not in listed.elements:
        mine.append(kept)
    mine.append(Paragraph(_hours(viewer)))
    mine.extend(_absence(viewer))
    if any(loop.open and loop.owner.id == viewer.member.id for loop in shown):
        mine.append(Buttons((viewer.plain_button("Hand over my candidates", Verb.HAND_MINE),)))
    whole = dataclasses.replace(listed, elements=(*listed.elements, *_queue(shown, viewer), *mine))
    if surface is None:
        return whole
    return dataclasses.replace(whole, surface=surface.id, revision=surface.revision, private=False)


def _hours(viewer: Viewer) -> str:
    member = viewer.member
    country = babel.Locale("en").territories.get(member.country, member.country)
    holidays = f"public holidays: {country}" if country else "no public holidays"
    return (
        f"Your list comes at {member.digest_at:%H:%M}, {city_of(member.zone)} time, on your working days "
        f"({holidays}). In the evening and at weekends nothing comes."
    )


def _queue(loops: Sequence[Loop], viewer: Viewer) -> Sequence[Element]:
    """For a recruiter: how many are stuck in the roles they recruit for."""
    theirs = [x for x in loops if x.recruiter is not None and x.recruiter.id == viewer.member.id]
    count = sum(stuck(loop, viewer.now) is not None for loop in theirs)
    if not count:
        return ()
    return (Buttons((viewer.plain_button(f"What is stuck: {count}", Verb.QUEUE),)),)


def _absence(viewer: Viewer) -> Sequence[Element]:
    away = viewer.member.absence
    if away is None or away.until < viewer.today:
        text = "Going away? Type: /followup away until 6 dec delegate @colleague."
        return (Paragraph(text, quiet=True),)
    who = "a colleague stands in for you" if away.accepted else "the recruiter gets your nudges"
    source = ", says your status" if away.by_chat else ""
    text = f"You are away until {viewer.day(away.until)}{source}; {who}."
    return (Paragraph(text), Buttons((viewer.plain_button("I am back", Verb.RUN, "back"),)))
