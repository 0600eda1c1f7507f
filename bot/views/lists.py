"""Messages made of rows: the digest, a member's own list, one loop on its own, an urgent message."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import TypeVar

from bot.access import Viewpoint, viewpoint
from bot.actions import Action, Verb
from bot.dates import say_date
from bot.ladder import LEAD_RUNG, days_late
from bot.loops import LetterState, Loop, Standing
from bot.nudges import Kind, Surface, SurfaceKind
from bot.promises import Promise, PromiseState
from bot.views.elements import Button, Buttons, Element, Heading, Message, Paragraph, Row
from bot.views.outcomes import NOT_TOLD
from bot.views.rows import elsewhere_line, last_letter_note, row
from bot.views.sheet import clear_button
from bot.views.viewer import Viewer, called, if_nothing, is_late, is_settled, is_to_come, is_urgent

T = TypeVar("T")

PAGE_SIZE = 10
"""More candidates than this: pages."""


def digest(
    surface: Surface,
    loops: Sequence[Loop],
    viewer: Viewer,
    *,
    notice: str = "",
    about: uuid.UUID | None = None,
    promises: Sequence[Promise] = (),
) -> Message:
    """A digest as it is now; a retired one points to the newer list and offers nothing."""
    if surface.retired:
        day = say_date(viewer.calendar.today(surface.opened_at), viewer.today)
        return replaced(surface, f"The list of {day} has been replaced by a newer one.")
    seen = _seen(loops, viewer)
    headline = _headline(seen, viewer)
    elements: list[Element] = [Heading(headline)]
    if not _waiting(seen, viewer):
        elements.append(Paragraph(kept_line(promises, viewer.now)))
    elements.extend(_page(seen, viewer, notice, about))
    if _waiting(seen, viewer):
        elements.append(Paragraph(_if_nothing(seen, viewer), quiet=True))
    elements.append(
        Buttons(
            (
                *clear_button(seen, viewer),
                viewer.plain_button("Why am I asked?", Verb.WHY),
                viewer.plain_button("Settings", Verb.SETTINGS),
            )
        )
    )
    return Message(
        notification=headline, elements=tuple(elements), surface=surface.id, revision=surface.revision
    )


def replaced(surface: Surface, text: str) -> Message:
    """A surface that points to a newer one and offers nothing."""
    return Message(
        notification=text,
        elements=(Paragraph(text, quiet=True),),
        surface=surface.id,
        revision=surface.revision,
    )


def own_list(
    loops: Sequence[Loop],
    viewer: Viewer,
    *,
    notice: str = "",
    about: uuid.UUID | None = None,
    promises: Sequence[Promise] = (),
) -> Message:
    """`/followup`: everybody who waits for this member, most urgent first; only they see it."""
    seen = _seen(loops, viewer)
    waiting = _waiting(seen, viewer)
    mine = [loop for loop, point in waiting if point in _ANSWERS]
    owed, late = len(mine), sum(is_late(loop, viewer.now) for loop in mine)
    headline = _owed(owed, late) if owed else _with_others(len(waiting))
    elements: list[Element] = [Heading(headline)]
    if not owed and (promises or not seen):
        elements.append(Paragraph(kept_line(promises, viewer.now)))
    elements.extend(_page(seen, viewer, notice, about))
    if waiting:
        again = "asks" if len(waiting) == 1 else "names them"
        text = f"{if_nothing(len(waiting))}; your next list {again} again."
        elements.append(Paragraph(text, quiet=True))
    elements.append(
        Buttons(
            (
                *clear_button(seen, viewer),
                viewer.plain_button("Add a candidate", Verb.ADD),
                viewer.plain_button("Settings", Verb.SETTINGS),
            )
        )
    )
    return Message(notification=headline, elements=tuple(elements), private=True)


def _owed(count: int, late: int) -> str:
    """How many wait, and of these the number that a digest's first line counts."""
    who = "1 person" if count == 1 else f"{count} people"
    of_them = "" if count == 1 else f"{late} "
    past = f", {of_them}past your promised date" if late else ""
    return f"You owe {who} news{past}."


def _with_others(count: int) -> str:
    if not count:
        return "Nobody is waiting for you."
    return f"Nobody is waiting for you. {_candidates(count)} waiting with others, and you are asked to help."


def alone(loop: Loop, viewer: Viewer, *, notice: str = "", elsewhere: Sequence[Loop] = ()) -> Message:
    """One loop on its own, with what another role told the same person last."""
    point = viewpoint(viewer.member, loop, viewer.now)
    elements: list[Element] = [Paragraph(notice)] if notice and point is None else []
    if point is not None:
        elements.append(_said(row(loop, point, viewer), notice))
    elements.extend(Paragraph(elsewhere_line(other, viewer), quiet=True) for other in elsewhere)
    text = notice if notice and point is None else "One candidate, as it stands now"
    return Message(notification=text, elements=tuple(elements) or (Paragraph(text),), private=True)


def urgent(
    surface: Surface,
    loops: Sequence[Loop],
    viewer: Viewer,
    *,
    notice: str = "",
    about: uuid.UUID | None = None,
) -> Message:
    """A message of its own, about what cannot wait for the next digest: one loop, or a recruiter's nudges."""
    seen = _seen(loops, viewer)
    if not seen:
        return replaced(surface, "This is with somebody else now. There is nothing left for you to do here.")
    if surface.occasion.startswith(Kind.NUDGED):
        headline = _nudged_headline(len(seen))
    else:
        headline = _urgent_headline([loop for loop, _ in seen], viewer)
    elements: list[Element] = [Heading(headline)]
    elements.extend(_page(seen, viewer, notice, about))
    if waiting := len(_waiting(seen, viewer)):
        what = "it" if waiting == 1 else "them"
        text = f"{if_nothing(waiting)}. Typing /followup shows {what} until it is done."
        elements.append(Paragraph(text, quiet=True))
    return Message(
        notification=headline, elements=tuple(elements), surface=surface.id, revision=surface.revision
    )


def shows(
    surface: Surface,
    loops: Sequence[Loop],
    viewer: Viewer,
    notice: str = "",
    about: uuid.UUID | None = None,
    promises: Sequence[Promise] = (),
) -> Message:
    """A surface made of rows, whichever kind it is."""
    if surface.kind is SurfaceKind.DIGEST:
        return digest(surface, loops, viewer, notice=notice, about=about, promises=promises)
    return urgent(surface, loops, viewer, notice=notice, about=about)


def nobody_waits(loops: Sequence[Loop], viewer: Viewer) -> bool:
    return all(is_settled(loop, viewer) for loop, _ in _seen(loops, viewer))


def kept_line(promises: Sequence[Promise], now: dt.datetime) -> str:
    """The share of promises kept: "23 of your last 25 promises were kept."; for its owner alone."""
    counted = [p for p in promises if p.quotable and (p.state is not PromiseState.CURRENT or now > p.due)]
    if not counted:
        return "No promise has come due yet."
    kept = sum(p.state is PromiseState.KEPT for p in counted)
    if len(counted) == 1:
        return "Your last promise was kept." if kept else "Your last promise was not kept in time."
    return f"{kept} of your last {len(counted)} promises {'was' if kept == 1 else 'were'} kept."


_ANSWERS = (Viewpoint.OWNER, Viewpoint.DELEGATE)
_HELPERS = (Viewpoint.RECRUITER, Viewpoint.CO_MANAGER)
Seen = Sequence[tuple[Loop, Viewpoint]]


def _seen(loops: Sequence[Loop], viewer: Viewer) -> Seen:
    lead = (str(viewer.member.id),) if _is_lead(viewer) else ()
    found = ((loop, viewpoint(viewer.member, loop, viewer.now, lead=lead)) for loop in loops)
    return [(loop, point) for loop, point in found if point is not None]


def _is_lead(viewer: Viewer) -> bool:
    email = viewer.member.email.lower()
    return email == viewer.policy.recruiting_lead.lower() or email in viewer.policy.admins


def _waiting(seen: Seen, viewer: Viewer) -> list[tuple[Loop, Viewpoint]]:
    return [(loop, point) for loop, point in seen if not is_settled(loop, viewer)]


def _headline(seen: Seen, viewer: Viewer) -> str:
    """Numbers first, and no names: it is the line on a locked phone."""
    waiting = _waiting(seen, viewer)
    mine = [loop for loop, point in waiting if point in _ANSWERS]
    late = sum(is_late(loop, viewer.now) for loop in mine)
    if late:
        return f"{_candidates(late)} waiting past your promised date"
    if mine:
        return f"{_candidates(len(mine))} waiting to hear from you"
    stuck = [loop for loop, point in waiting if point in _HELPERS]
    stuck += [loop for loop, point in waiting if point is Viewpoint.LEAD and _before_the_lead(loop, viewer)]
    if stuck:
        past = sum(is_late(loop, viewer.now) for loop in stuck)
        if past:
            return f"{_candidates(past)} waiting past the date they were promised"
        return f"{_candidates(len(stuck))} waiting, dates close"
    if any(point is Viewpoint.WAITED_FOR for _, point in waiting):
        return "Somebody waits for your word about an interview"
    if waiting:
        return f"{_candidates(len(waiting))} waiting three working days or more past the promised date"
    return _settled_headline([loop for loop, _ in seen], viewer.now) if seen else "Nobody is waiting for you"


def _before_the_lead(loop: Loop, viewer: Viewer) -> bool:
    """The lead is asked in somebody's place, not because it is so late."""
    return days_late(loop, viewer.now) < LEAD_RUNG


def _settled_headline(loops: Sequence[Loop], now: dt.datetime) -> str:
    """Nobody waits for a click. Whose letter has yet to leave was not told, nor who left without one, nor
    whose interview is to come."""
    leaving = sum(loop.letter is not None for loop in loops)
    if leaving:
        return "1 letter has yet to leave" if leaving == 1 else f"{leaving} letters have yet to leave"
    if any(is_to_come(loop, now) if loop.open else loop.closed_as in NOT_TOLD for loop in loops):
        return "Nobody here is waiting for you any more"
    return "The candidate has been told" if len(loops) == 1 else "Everybody on this list has been told"


def _candidates(count: int) -> str:
    return "1 candidate is" if count == 1 else f"{count} candidates are"


def _urgent_headline(loops: Sequence[Loop], viewer: Viewer) -> str:
    if any(is_urgent(loop, viewer.now) for loop in loops):
        return "A candidate of yours must answer another offer"
    if any(len(loop.unanswered) > 1 for loop in loops):
        return "A candidate has asked twice and has no answer"
    if any(_letter_needs_somebody(loop, viewer) for loop in loops):
        return "A letter needs you"
    if all(is_settled(loop, viewer) for loop in loops):
        return _settled_headline(loops, viewer.now)
    if any(loop.standing is Standing.NEEDS_DATE for loop in loops):
        return "Which date did you give after the interview?"
    return "A candidate is waiting to hear"


def _letter_needs_somebody(loop: Loop, viewer: Viewer) -> bool:
    """It did not go out, or may not have, and nothing was told or written since."""
    last = loop.last_letter
    if last is None or not loop.open or last.state is LetterState.UNDONE:
        return False
    return last.state is LetterState.UNKNOWN or bool(last_letter_note(last, loop, viewer))


def _nudged_headline(count: int) -> str:
    return f"Your recruiter asks about {'a candidate' if count == 1 else f'{count} candidates'}"


def _if_nothing(seen: Seen, viewer: Viewer) -> str:
    waiting = _waiting(seen, viewer)
    if not any(point in _ANSWERS for _, point in waiting):
        return f"{if_nothing(len(waiting))}."
    back = viewer.moment(next(viewer.calendar.slots_after(viewer.now, viewer.member.digest_at)))
    return f"{if_nothing(len(waiting))}, and this list is back on {back}."


def _said(of: Row, notice: str) -> Row:
    """The row with what there is to say about the click on it, where whoever clicked is looking."""
    return dataclasses.replace(of, lines=(notice, *of.lines)) if notice else of


def _page(seen: Seen, viewer: Viewer, notice: str, about: uuid.UUID | None) -> list[Element]:
    """The rows of one page, and buttons to the others: no candidate is ever dropped.

    `notice` stands in the row it is `about`, or above all where that is not on the page.
    """
    shown, turns, here = page_of(seen, viewer)
    placed = any(loop.id == about for loop, _ in shown)
    rows: list[Element] = [Paragraph(notice)] if notice and not placed else []
    rows.extend(_said(row(loop, point, here), notice if loop.id == about else "") for loop, point in shown)
    return [*rows, *turns]


def page_of(all_: Sequence[T], viewer: Viewer) -> tuple[Sequence[T], tuple[Element, ...], Viewer]:
    """One page of them, the buttons to the others, and who looks at that page."""
    pages = max(1, -(-len(all_) // PAGE_SIZE))
    page = max(0, min(viewer.place.page, pages - 1))
    here = viewer.on(dataclasses.replace(viewer.place, page=page))
    shown = all_[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    if pages == 1:
        return shown, (), here
    turns = []
    if page > 0:
        turns.append(_turn("Previous 10", viewer, page - 1))
    if page < pages - 1:
        left = min(PAGE_SIZE, len(all_) - (page + 1) * PAGE_SIZE)
        turns.append(_turn(f"Next {left}", viewer, page + 1))
    where = Paragraph(f"Page {page + 1} of {pages}, {len(all_)} candidates in all.", quiet=True)
    return shown, (where, Buttons(tuple(turns))), here


def _turn(label: str, viewer: Viewer, page: int) -> Button:
    place = dataclasses.replace(viewer.place, alone=False, page=page)
    return Button(label, str(Action(verb=Verb.PAGE, place=place)))


def review_row(loop: Loop, viewer: Viewer) -> Row:
    """One imported loop, for the recruiter to say whether it is real."""
    met = viewer.day(viewer.calendar.today(loop.interviewed_at))
    promised = ""
    if loop.promise is not None and loop.promise.quotable:
        promised = f", promised news by {viewer.day(loop.promise.date)}"
    answers = "You answer" if loop.owner.id == viewer.member.id else f"{loop.owner.name} answers"
    return Row(
        title=f"{called(loop)} · {loop.role.title}",
        lines=(f"Interviewed on {met}{promised}. {answers}.",),
        buttons=(
            viewer.button("Still waiting", Verb.REVIEW_REAL, loop),
            viewer.button("Not waiting", Verb.REVIEW_NOT, loop),
        ),
    )
