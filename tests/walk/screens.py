"""What must hold of everything that is shown to anybody."""

from __future__ import annotations

import datetime as dt
import json
import re

from adapters.playground.render import render_view
from adapters.teams.limits import LONGEST_CARD
from adapters.teams.render import weight
from bot.actions import read_action
from bot.loops import LetterState
from bot.nudges import SurfaceKind
from bot.views.elements import FieldErrors, Form, Message, Row, View
from tests import slack_payload, teams_card
from tests.plain_text import plain
from tests.walk import allowed, company
from tests.walk.kept import Snapshot
from tests.walk.world import Shown, World

SPEAKING = tuple(name for name in company.NAMES if name != "Olga Novak")
"""Names that are a candidate's and nobody else's, and whose first names are, too."""
LATE_POST = dt.timedelta(minutes=30)
RINGS_IN_HOURS = (
    SurfaceKind.DIGEST,
    SurfaceKind.URGENT,
    SurfaceKind.WELCOME,
    SurfaceKind.BRAKE,
    SurfaceKind.HANDED,
    SurfaceKind.RECRUITS,
)


def hold(world: World, before: Snapshot, now: Snapshot) -> None:
    for shown in world.shown:
        every_chat_takes_it(shown.view)
        nobody_reads_of_a_candidate_who_may_not(world, shown, before, now)
        if shown.rang:
            the_first_line_names_nobody(shown)
            nobody_is_written_to_outside_the_pilot(shown, before, now)
            nobody_is_woken(shown, before, now)
    if world.answer is not None:
        what_it_says_of_a_letter_is_true(world.answer, now)


def every_chat_takes_it(view: View) -> None:
    if isinstance(view, FieldErrors):
        assert view.errors
        assert all(text for _, text in view.errors)
    else:
        _drawn(view)


def _drawn(view: Message | Form) -> None:
    """Every kind of view is held against the schemas elsewhere; here it is how much there is."""
    assert render_view(view)
    card = teams_card.drawn(view)
    assert card["body"]
    assert weight(card) <= LONGEST_CARD
    slack = slack_payload.sent(view)
    built = hash(json.dumps(teams_card.shape(slack)))
    if built not in _KNOWN:
        slack_payload.validate(slack)
    _KNOWN.add(built)


_KNOWN: set[int] = set()
"""How the payloads were built that Slack takes: nine of ten are built like one before."""


def nobody_reads_of_a_candidate_who_may_not(
    world: World, shown: Shown, before: Snapshot, now: Snapshot
) -> None:
    """But for what they have just typed themselves, and whom they have just given away."""
    text = plain(shown.view)
    for name in SPEAKING:
        if name.split()[0] not in text or name.split()[0].lower() in world.typed:
            continue
        assert shown.email, f"a team's channel was told of {name}"
        assert _may_see(shown, name, before) or _may_see(shown, name, now), (
            f"{shown.email} reads of {name}:\n{text}"
        )


def _may_see(shown: Shown, name: str, then: Snapshot) -> bool:
    member = then.members[shown.email]
    return any(
        allowed.may_see(member, loop, then.policy, at)
        for loop in then.loops.values()
        if loop.candidate.name == name
        for at in (then.at, shown.at)
    )


def the_first_line_names_nobody(shown: Shown) -> None:
    assert isinstance(shown.view, Message)
    for name in SPEAKING:
        assert name.split()[0] not in shown.view.notification


def nobody_is_written_to_outside_the_pilot(shown: Shown, before: Snapshot, now: Snapshot) -> None:
    pilot = before.policy.pilot
    assert "*" in pilot or shown.email in pilot
    assert now.members[shown.email].active
    of = _kind(shown, now)
    assert not before.policy.rehearsal or of is SurfaceKind.REHEARSAL, "something left in a rehearsal"


def nobody_is_woken(shown: Shown, before: Snapshot, now: Snapshot) -> None:
    """Quiet hours, weekends and holidays are the recipient's own."""
    if _kind(shown, now) in RINGS_IN_HOURS:
        for member in (before.members[shown.email], now.members[shown.email]):
            if member.calendar.in_hours(shown.at) or member.calendar.in_hours(shown.at - LATE_POST):
                return
        raise AssertionError(f"{shown.email} ({member.zone}) gets a message at {shown.at}: {shown.view}")


def _kind(shown: Shown, now: Snapshot) -> SurfaceKind | None:
    surface = shown.view.surface if isinstance(shown.view, Message) else None
    return now.surfaces[surface].kind if surface is not None else None


def what_it_says_of_a_letter_is_true(view: View, now: Snapshot) -> None:
    """Of the last answer to a click: nothing has happened since."""
    rows = view.elements if isinstance(view, Message) else ()
    for row in rows:
        if not isinstance(row, Row):
            continue
        loops = {read_action(it.action).loop for it in (*row.buttons, *row.menu)}
        about = [now.loops[it] for it in loops if it is not None and it in now.loops]
        said = " ".join(row.lines)
        for pattern, states in _SAYS.items():
            if about and re.search(pattern, said):
                letter = about[0].letter
                assert letter is not None, said
                assert letter.state in states, f"{letter.state}: {said}"


_SAYS = {
    r" gets (your|\S+ \S+'s) (update|feedback|notice|answer) (in|on|now)\b": {LetterState.QUEUED},
    r"^The letter to \S+ is held": {LetterState.HELD},
    r"^Not sent yet": {LetterState.RETRY},
    r"^We cannot tell whether": {LetterState.UNKNOWN},
}
