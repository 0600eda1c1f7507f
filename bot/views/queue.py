"""The recruiter's queue: who is stuck, grouped by why, oldest first."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Sequence

from bot.access import Viewpoint, viewpoint
from bot.actions import Verb, read_action
from bot.loops import Loop
from bot.nudges import Surface
from bot.stuck import Why, stuck
from bot.views.choices import besides
from bot.views.elements import Button, Element, Heading, Message, Paragraph, Row
from bot.views.lists import page_of, replaced
from bot.views.rows import row
from bot.views.viewer import Viewer, if_nothing, is_today

DONE = "Taken care of"
_ORDER: dict[str, int] = {head: at for at, head in enumerate((*Why, DONE))}


def queue(
    surface: Surface,
    loops: Sequence[Loop],
    viewer: Viewer,
    *,
    notice: str = "",
    about: uuid.UUID | None = None,
) -> Message:
    """Every loop that was put on it: those still stuck by why, then what has been done since."""
    if surface.retired:
        return replaced(surface, "This queue has been replaced by a newer one.")
    found = sorted(_found(loops, viewer), key=lambda it: (_ORDER[it.head], it.since, str(it.loop.id)))
    count = sum(it.head != DONE for it in found)
    elements: list[Element] = [Heading(headline(count))]
    shown, turns, here = page_of(found, viewer)
    if notice and not any(it.loop.id == about for it in shown):
        elements.append(Paragraph(notice))
    above = ""
    for it in shown:
        if it.head != above:
            elements.append(Heading(f"{it.head} ({sum(one.head == it.head for one in found)})"))
        above = it.head
        said = (notice,) if notice and it.loop.id == about else ()
        drawn = _row(it, here)
        elements.append(dataclasses.replace(drawn, lines=(*said, *drawn.lines)))
    elements.extend(turns)
    if count:
        text = f"{if_nothing(count)}. This list follows what you and others do."
        elements.append(Paragraph(text, quiet=True))
    return Message(
        notification=headline(count), elements=tuple(elements), surface=surface.id, revision=surface.revision
    )


def headline(count: int) -> str:
    if not count:
        return "Nothing is stuck any more"
    return "1 candidate is stuck" if count == 1 else f"{count} candidates are stuck"


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    loop: Loop
    point: Viewpoint
    head: str
    since: float


def _found(loops: Sequence[Loop], viewer: Viewer) -> Iterator[_Found]:
    for loop in loops:
        point = viewpoint(viewer.member, loop, viewer.now)
        if point is None or not point.may_write:
            continue
        why = stuck(loop, viewer.now)
        if why is not None:
            yield _Found(loop, point, why.why, why.since.timestamp())
        elif loop.open or is_today(loop.closed_at, viewer):
            yield _Found(loop, point, DONE, 0.0)


def _row(it: _Found, viewer: Viewer) -> Row:
    """The row of the lists, with what a recruiter does first: take over, write, nudge, log a call."""
    loop, drawn = it.loop, row(it.loop, it.point, viewer)
    if it.head == DONE:
        return drawn
    others = loop.owner.id != viewer.member.id
    buttons: list[Button] = []
    if others:
        buttons.append(viewer.button("Take over", Verb.TAKE_OVER, loop))
    buttons.extend(one for one in drawn.buttons if read_action(one.action).verb is not Verb.TAKE_OVER)
    if others and loop.owner.available:
        buttons.append(viewer.button(f"Nudge {loop.owner.first_name}", Verb.NUDGE, loop))
    calls = {Verb.CALL_TODAY, Verb.TOLD_BY_PHONE}
    if loop.letter is None and not any(read_action(one.action).verb in calls for one in buttons):
        buttons.append(viewer.button("Log a call", Verb.TOLD_BY_PHONE, loop))
    return dataclasses.replace(drawn, buttons=tuple(buttons), menu=besides(buttons, drawn.menu))
