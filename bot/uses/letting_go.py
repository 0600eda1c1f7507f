"""The recruiter, asked about letters that the hourly brake holds, lets them go or keeps them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from bot.changes import Change, Refused
from bot.holding import braked, keep_back, let_go
from bot.loops import Letter, Loop
from bot.nudges import Surface
from bot.ports import Store
from bot.uses import fate
from bot.uses.brake import paused, who_may
from bot.uses.desk import Desk, Fields, lead_of, say, write
from bot.views import braked as screen
from bot.views.elements import Message, View
from bot.views.viewer import Viewer

OLD = "This is settled already: nothing is held here any more."


def view(store: Store, surface: Surface, viewer: Viewer, notice: str = "") -> Message:
    """The letters that were held for this message, as they are now."""
    sender = store.member(surface.about) if surface.about else None
    if sender is None:
        return say(OLD)
    _, loops = store.loops_on(surface.id)
    held = _held(store, viewer.now, loops, viewer)
    waiting = {loop.id for loop, _ in held}
    settled = [loop for loop in loops if loop.id not in waiting and braked(loop) is None]
    return screen.braked(surface, viewer, sender, held, settled, asked=len(loops), notice=notice)


def _held(
    store: Store, now: dt.datetime, loops: Sequence[Loop], viewer: Viewer
) -> Sequence[tuple[Loop, Letter]]:
    """What this member may let go now: asked at every look and every click, for people change jobs."""
    lead = lead_of(store)
    found = ((loop, braked(loop)) for loop in loops)
    return [
        (loop, letter)
        for loop, letter in found
        if letter is not None and viewer.member.id in {one.id for one in who_may(store, now, loop, lead)}
    ]


def release(desk: Desk, _: Fields) -> View:
    """Let them go: they leave when they were due, at once where that has passed."""
    why = paused(desk.store) if desk.store.policy.letters_paused else ""
    done = _each(desk, lambda loop: let_go(loop, desk.member, desk.now, why))
    later = f" {why} They leave when that is lifted." if why else ""
    return _answer(desk, f"{_letters(len(done))} on the way.{later}")


def refuse(desk: Desk, _: Fields) -> View:
    """Keep them back: nothing is sent, and whoever sent them is told."""
    done = _each(desk, lambda loop: keep_back(loop, desk.member, desk.now))
    for loop in done:
        fate.tell(desk.store, desk.now, loop)
    return _answer(desk, f"{_letters(len(done))} kept back. Nothing was sent, and the sender is told.")


def _letters(count: int) -> str:
    return "1 letter is" if count == 1 else f"{count} letters are"


def _surface(desk: Desk) -> Surface:
    place = desk.place.surface
    surface = desk.store.surface(place) if place is not None else None
    if surface is None or surface.member != desk.member.id:
        raise Refused("This question was put to somebody else.")
    return surface


def _each(desk: Desk, change: Callable[[Loop], Change]) -> list[Loop]:
    """All that the button was drawn for and that are still held."""
    surface = _surface(desk)
    shown = int(desk.action.argument) if desk.action and desk.action.argument.isdigit() else 0
    _, loops = desk.store.loops_on(surface.id)
    held = _held(desk.store, desk.now, loops[:shown], desk.viewer())
    if not held:
        raise Refused(OLD)
    return [write(desk.store, desk.now, change(loop)) for loop, _ in held]


def _answer(desk: Desk, notice: str) -> View:
    surface = _surface(desk)
    desk.store.bump((surface.id,), desk.now)
    newest = desk.store.surface(surface.id) or surface
    return view(desk.store, newest, desk.viewer(), notice)
