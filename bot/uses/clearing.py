"""Clear my list: one sheet, one review, one send, one undo for up to ten candidates.

A line is looked at as a single click is, when it is reviewed and again when it is sent. What stands in the
way of one says so there and leaves the others alone.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

from bot import new_date, telling
from bot.access import must_write, viewpoint
from bot.changes import Change, Refused
from bot.letters.draft import Draft, Reason
from bot.loops import UNDOABLE, Decision, Letter, LetterState, Loop
from bot.sheet import MOST, Line, Sheet
from bot.uses import mending
from bot.uses.desk import Desk, Fields, argument_id, listed, say
from bot.views import sheet as views
from bot.views.choices import address_failed
from bot.views.elements import FieldErrors, View
from bot.views.in_the_way import false_reason, of_a_sheet

NAMES = ("to", "what", "date", "reason")
GONE = "This sheet is not here any more. Type /followup clear for a new one; nothing was sent."
NOBODY = (
    "Nobody on your list can be told with a sheet just now. What stands in the way is said in each row: "
    "/followup list."
)

NOT_SENT = frozenset({LetterState.UNDONE, LetterState.CANCELLED, LetterState.FAILED, LetterState.BOUNCED})
"""There is nothing to undo in these."""

Errors = list[tuple[str, str]]


def clear(desk: Desk, _: Fields) -> View:
    """A new sheet; with the id of one that was sent, the next."""
    before = _sheet(desk) if desk.action and desk.action.argument else None
    passed = (*before.passed, *before.loops) if before else ()
    loops, behind = _owed(desk, passed)
    if not loops:
        return say(NOBODY)
    lines = tuple(Line(loop=it.id, promise=it.promise.id if it.promise else None) for it in loops[:MOST])
    sheet = Sheet(id=uuid.uuid4(), member=desk.member.id, lines=lines, passed=passed)
    desk.store.save_sheet(sheet, desk.now)
    return views.sheet_form(sheet, loops[:MOST], desk.viewer(), len(loops[MOST:]), behind)


def count(desk: Desk) -> int:
    """How many sheets could tell all together."""
    return len(_owed(desk, ())[0])


def back(desk: Desk, _: Fields) -> View:
    """From the review to what was filled in."""
    sheet = _unsent(desk)
    loops = desk.store.loops(sheet.loops)
    if len(loops) != len(sheet.lines):
        raise Refused(GONE)
    more, behind = _owed(desk, (*sheet.passed, *sheet.loops))
    return views.sheet_form(sheet, loops, desk.viewer(), len(more), behind)


def review(desk: Desk, fields: Fields) -> View:
    """Step 1 is checked and kept; step 2 shows what will be sent, and what not."""
    sheet = _unsent(desk)
    filled = tuple(
        dataclasses.replace(line, fields={name: fields.get(f"{name}_{n}", "").strip() for name in NAMES})
        for n, line in enumerate(sheet.lines, start=1)
    )
    loops = {loop.id: loop for loop in desk.store.loops(sheet.loops)}
    ready: list[tuple[Loop, Letter, Reason]] = []
    left_out: list[tuple[Loop, str]] = []
    errors: Errors = []
    for number, line in enumerate(filled, start=1):
        if line.fields["what"] != views.SEND or line.loop not in loops:
            continue
        loop = loops[line.loop]
        try:
            _, change, reason = _changes(desk, loop, line)
        except Refused as refused:
            left_out.append((loop, str(refused)))
        except _WrongField as wrong:
            errors.append((f"{wrong.name}_{number}", str(wrong)))
        else:
            if change.letter is not None:
                ready.append((loop, change.letter, reason))
    errors.extend(_two_addresses(filled, tuple(loops.values())))
    if errors:
        return FieldErrors(tuple(errors))
    if not ready:
        why = " ".join(why for _, why in left_out) or "All of them are left out."
        return FieldErrors((("what_1", f"Nothing would be sent. {why}"),))
    sheet = dataclasses.replace(sheet, lines=filled)
    desk.store.save_sheet(sheet, desk.now)
    known = desk.store.written_to({letter.to for _, letter, _ in ready})
    return views.review(sheet, ready, known, desk.viewer(), left_out)


def send(desk: Desk, _: Fields) -> View:
    """All letters of the sheet in one transaction; a line that may not go says why, the others go."""
    sheet = _sheet(desk)
    if not sheet.sent:
        loops = {loop.id: loop for loop in desk.store.loops(sheet.loops)}
        sheet = sheet.finished(tuple(_sent(desk, line, loops.get(line.loop)) for line in sheet.lines))
        desk.store.save_sheet(sheet, desk.now)
    return _outcome(desk, sheet)


def undo(desk: Desk, _: Fields) -> View:
    """Take back every letter of the sheet that still waits; the others are named."""
    sheet = _sheet(desk)
    letters = {line.letter for line in sheet.lines if line.letter}
    too_late: list[str] = []
    for loop in desk.store.loops(sheet.loops):
        letter = next((it for it in loop.letters if it.id in letters), None)
        if letter is None or letter.state in NOT_SENT:
            continue
        if letter.state not in UNDOABLE:
            first = loop.candidate.first_name
            too_late.append(f"Too late to undo: the letter to {first} was handed to the mail server.")
            continue
        try:
            must_write(desk.member, loop, desk.now)
            desk.commit(telling.undo(loop, desk.member, desk.now))
        except Refused as refused:
            too_late.append(str(refused))
    return _outcome(desk, sheet, too_late)


# -- one line -----------------------------------------------------------------------------------------------


class _WrongField(Exception):
    """What stands in a field cannot be sent; the text says how to mend it."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


def _sent(desk: Desk, line: Line, loop: Loop | None) -> Line:
    """Queue the letter of one line, or say why not."""
    if line.fields.get("what") != views.SEND or loop is None:
        return line
    try:
        mended, change, _ = _changes(desk, loop, line)
    except (Refused, _WrongField) as refused:
        return dataclasses.replace(line, why=str(refused))
    if mended is not None:
        mending.keep(desk, loop, mended)
        desk.commit(mended)
    desk.commit(change)
    return dataclasses.replace(line, letter=change.letter.id if change.letter else None)


def _changes(desk: Desk, loop: Loop, line: Line) -> tuple[Change | None, Change, Reason]:
    """The mended address, if it is another one, and the letter. Nothing is written.

    Raises `Refused` for the whole line and `_WrongField` for what was filled in.
    """
    must_write(desk.member, loop, desk.now)
    stands = of_a_sheet(loop, desk.viewer(), line.promise)
    if stands is not None:
        raise Refused(stands)
    policy = desk.store.policy
    mended = _mended(desk, loop, line.fields.get("to", ""))
    day = views.read_day(line.fields.get("date", ""))
    problem = "Choose a day." if day is None else new_date.date_problem(loop, policy, desk.now, day)
    if problem is not None:
        raise _WrongField("date", problem)
    reason = _reason(loop, line.fields.get("reason", ""))
    draft = Draft(decision=Decision.NO_DECISION, reason=reason, next_date=day)
    start = mended.loop if mended else loop
    return mended, telling.queue_courtesy(start, desk.member, policy, desk.now, draft), reason


def _mended(desk: Desk, loop: Loop, written: str) -> Change | None:
    """The change of the candidate's address; None where it is the same, or letters go to an agency."""
    if loop.candidate.agency_email:
        return None
    try:
        email = mending.read(desk, loop, written)
    except mending.WrongAddress as wrong:
        raise _WrongField("to", str(wrong)) from None
    if email != loop.candidate.email:
        return mending.mend(desk, loop, email)
    if address_failed(loop):
        raise _WrongField("to", "The last letter to this address did not arrive. Mend it, or leave this out.")
    return None


def _reason(loop: Loop, picked: str) -> Reason:
    """The one that was picked, else what the loop's standing says: in both cases only where it is true."""
    try:
        reason = Reason(picked) if picked else telling.default_reason(loop)
    except ValueError:
        raise _WrongField("reason", "Choose one of the reasons.") from None
    wrong = false_reason(loop, reason)
    if wrong is not None:
        raise _WrongField("reason", f"{wrong} Choose another reason, or leave this one out.")
    return reason


def _two_addresses(lines: Sequence[Line], loops: Sequence[Loop]) -> Errors:
    """One person who waits for two roles has one address."""
    people = {loop.id: loop.candidate.id for loop in loops}
    first: dict[uuid.UUID, str] = {}
    errors: Errors = []
    for number, line in enumerate(lines, start=1):
        person, to = people.get(line.loop), line.fields["to"]
        if person is None or not to or line.fields["what"] != views.SEND:
            continue
        if first.setdefault(person, to) != to:
            errors.append((f"to_{number}", "The same person stands above with another address."))
    return errors


# -- the sheet itself ---------------------------------------------------------------------------------------


def _sheet(desk: Desk) -> Sheet:
    """The sheet that the button names, if it is this member's."""
    found = desk.store.lock_sheet(argument_id(desk))
    if found is None or found.member != desk.member.id:
        raise Refused(GONE)
    return found


def _unsent(desk: Desk) -> Sheet:
    found = _sheet(desk)
    if found.sent:
        raise Refused("This sheet was sent already. Nothing more was sent.")
    return found


def _owed(desk: Desk, passed: Sequence[uuid.UUID]) -> tuple[tuple[Loop, ...], tuple[tuple[Loop, str], ...]]:
    """Whom a sheet could tell and has not passed, most urgent first; and who is owed news, but why not so."""
    viewer = desk.viewer()
    clearable: list[Loop] = []
    behind: list[tuple[Loop, str]] = []
    for loop in listed(desk.store, desk.now, desk.member):
        point = viewpoint(desk.member, loop, desk.now)
        if point is None or not views.is_due(loop, point, viewer):
            continue
        why = of_a_sheet(loop, viewer, loop.promise.id if loop.promise else None)
        if why is not None:
            behind.append((loop, why))
        elif loop.id not in passed:
            clearable.append(loop)
    return tuple(clearable), tuple(behind)


def _outcome(desk: Desk, sheet: Sheet, too_late: Sequence[str] = ()) -> View:
    loops = {loop.id: loop for loop in desk.store.loops(sheet.loops)}
    more, _ = _owed(desk, (*sheet.passed, *sheet.loops))
    return views.outcome(sheet, loops, desk.viewer(), len(more), too_late)
