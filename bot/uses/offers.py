"""Our own offer to a candidate: made, accepted, declined. Each asks first, for none can be taken back."""

from __future__ import annotations

from bot import turns
from bot.access import viewpoint
from bot.actions import ALONE, Verb
from bot.loops import Detail, Loop
from bot.uses.desk import Desk, Fields
from bot.views.elements import Message, Row, Style, View
from bot.views.viewer import called, title

_YES = "yes"
"""The argument of the button that confirms."""


def offer_made(desk: Desk, _: Fields) -> View:
    """An offer to this person: the others of the role keep waiting, their clocks run."""
    loop = desk.writable()
    others = _others(desk, loop)
    made = turns.offer_made(loop, desk.member, desk.now)
    changes = [turns.offer_out(x, desk.member, desk.now) for x in others if x.letter is None]
    if not _sure(desk):
        first = loop.candidate.first_name
        return _asks(
            desk,
            loop,
            Verb.OFFER_MADE,
            f"Does {first} have an offer from us? From then on it is accepted or declined.",
            "Yes, an offer was made",
        )
    desk.commit(made)
    for change in changes:
        desk.commit(change)
    if not others:
        return desk.answer(f"Noted: {loop.candidate.first_name} has an offer.")
    waiting = "1 other keeps" if len(others) == 1 else f"{len(others)} others keep"
    return desk.answer(f"Noted. {waiting} waiting for this role; their dates stand and nobody is told why.")


def offer_accepted(desk: Desk, _: Fields) -> View:
    """Hired. Whoever else waits for the role is due in one business day."""
    loop = desk.writable()
    others = [x for x in desk.store.loops_of_role(loop.role.id) if x.id != loop.id]
    hired = turns.offer_accepted(loop, desk.member, desk.now)
    changes = [turns.hurry(x, desk.member, desk.now) for x in others if x.open]
    count = len(changes)
    many = "1 other candidate is" if count == 1 else f"{count} other candidates are"
    due = f"{many} due news by the next working day. Nobody is written to until you click." if count else ""
    if not _sure(desk):
        asked = f"Has {loop.candidate.first_name} accepted? That closes the loop. {due}".strip()
        return _asks(desk, loop, Verb.OFFER_ACCEPTED, asked, "Yes, accepted")
    desk.commit(hired)
    for change in changes:
        desk.commit(change)
    return desk.answer(due)


def offer_declined(desk: Desk, _: Fields) -> View:
    """The runners-up are shown, and wait for no offer any more; nobody is written to by itself."""
    loop = desk.writable()
    others = _others(desk, loop)
    everybody = [x for x in desk.store.loops_of_role(loop.role.id) if x.id != loop.id and x.open]
    declined = turns.offer_declined(loop, desk.member, desk.now)
    if not _sure(desk):
        asked = f"Has {loop.candidate.first_name} declined? That closes the loop."
        return _asks(desk, loop, Verb.OFFER_DECLINED, asked, "Yes, declined")
    desk.commit(declined)
    if not any(x.detail is Detail.OFFER_MADE for x in everybody):
        for other in everybody:
            if other.detail is Detail.OFFER_OUT:
                desk.commit(turns.off_hold(other, desk.member, desk.now))
    if not others:
        return desk.answer("Noted. Nobody else is waiting for this role.")
    names = ", ".join(called(it) for it in others[:5])
    return desk.answer(
        f"Noted. Still waiting for {loop.role.title}: {names}. Nobody is written to until you click."
    )


def _sure(desk: Desk) -> bool:
    return desk.action is not None and desk.action.argument == _YES


def _asks(desk: Desk, loop: Loop, verb: Verb, text: str, label: str) -> Message:
    viewer = desk.viewer(ALONE)
    yes = viewer.button(label, verb, loop, _YES, Style.PRIMARY)
    no = viewer.button("Leave it as it is", Verb.SHOW, loop)
    row = Row(title=title(loop, viewer), lines=(text,), buttons=(yes, no))
    return Message(notification="An offer: are you sure?", elements=(row,), private=True)


def _others(desk: Desk, loop: Loop) -> list[Loop]:
    """Who else is undecided for the same role."""
    undecided = []
    for other in desk.store.loops_of_role(loop.role.id):
        if other.id == loop.id or viewpoint(desk.member, other, desk.now) is None:
            continue
        if other.standing in ("awaiting", "needs_date"):
            undecided.append(other)
    return undecided
