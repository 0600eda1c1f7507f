"""Clear my list: the sheet, the review of what it will send, and what became of that."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Mapping, Sequence

from bot.access import Viewpoint
from bot.actions import Verb
from bot.ladder import has_begun
from bot.letters.draft import Reason
from bot.loops import UNDOABLE, Letter, LetterState, Loop, Standing
from bot.new_date import default_date
from bot.sheet import Line, Sheet
from bot.telling import default_reason
from bot.views.elements import (
    Button,
    Buttons,
    ChoiceField,
    DateField,
    Element,
    Field,
    Form,
    Heading,
    LetterText,
    Message,
    Option,
    Paragraph,
    Row,
    Style,
    TextField,
)
from bot.views.forms import submit_token
from bot.views.in_the_way import false_reason, of_a_sheet
from bot.views.outcomes import leaves
from bot.views.rows import promise_line
from bot.views.viewer import Viewer, called, is_settled, is_urgent, title

SEND, LEAVE = "send", "leave"
"""What may be done with a line."""

AT_LEAST = 2
"""One candidate needs no sheet."""

Waiting = Sequence[tuple[Loop, Letter]]
"""Letters of a sheet that can still be undone."""


def is_due(loop: Loop, point: Viewpoint, viewer: Viewer) -> bool:
    """Whether the viewer owes this candidate news by the next working day, or before they are back."""
    if point not in (Viewpoint.OWNER, Viewpoint.DELEGATE) or is_settled(loop, viewer):
        return False
    if loop.interviewed_at > viewer.now or loop.standing is Standing.GOING_ON:
        return False
    if point is Viewpoint.OWNER and falls_due_away(loop, viewer):
        return True
    return is_urgent(loop, viewer.now) or has_begun(loop, viewer.now)


def falls_due_away(loop: Loop, viewer: Viewer) -> bool:
    """Whether the candidate was told a date by which the viewer is not back yet."""
    away, promise = viewer.member.absence, loop.promise
    if away is None or away.until < viewer.today or promise is None:
        return False
    return promise.quotable and promise.date <= away.until


def is_clearable(loop: Loop, point: Viewpoint, viewer: Viewer) -> bool:
    """Whether a line of a sheet could send this candidate an update."""
    promise = loop.promise.id if loop.promise else None
    return is_due(loop, point, viewer) and of_a_sheet(loop, viewer, promise) is None


def clear_button(seen: Iterable[tuple[Loop, Viewpoint]], viewer: Viewer) -> tuple[Button, ...]:
    """The button to the sheet, where it would have more than one line."""
    lines = (loop for loop, point in seen if is_clearable(loop, point, viewer))
    enough = len(list(itertools.islice(lines, AT_LEAST))) == AT_LEAST
    return (viewer.plain_button("Clear my list", Verb.CLEAR),) if enough else ()


def update_all_button(count: int, viewer: Viewer) -> tuple[Button, ...]:
    """The same before an absence: to a sheet with so many lines, those of later sheets included."""
    label = f"Update {'both' if count == AT_LEAST else f'all {count}'} now"
    return (viewer.plain_button(label, Verb.CLEAR, style=Style.PRIMARY),) if count >= AT_LEAST else ()


# -- step 1 -----------------------------------------------------------------------------------------------


def sheet_form(
    sheet: Sheet, loops: Sequence[Loop], viewer: Viewer, more: int, behind: Sequence[tuple[Loop, str]]
) -> Form:
    """One group of fields a candidate. `more` come in later sheets; `behind` are in none, and why."""
    intro: list[Element] = [Paragraph(_whom(len(loops), more))]
    if behind:
        names = " ".join(why for _, why in behind)
        intro.append(Paragraph(f"Not in it: {names}", quiet=True))
    numbered = enumerate(zip(sheet.lines, loops, strict=True), start=1)
    return Form(
        title="Clear my list",
        step="step 1 of 2",
        submit=submit_token(viewer, Verb.CLEAR_REVIEW, None, sheet.id.hex),
        submit_label="Review",
        intro=tuple(intro),
        fields=tuple(field for n, (line, loop) in numbered for field in _fields(n, line, loop, viewer)),
    )


def _whom(count: int, more: int) -> str:
    who = "1 candidate" if count == 1 else f"{count} candidates"
    text = f"{who}, one letter each, with a new date and a reason. "
    if more:
        text += f"{more} more come in the next sheet. "
    return text + "Nothing is sent before you have looked at all of it."


def _fields(number: int, line: Line, loop: Loop, viewer: Viewer) -> tuple[Field, ...]:
    group, given = title(loop, viewer), line.fields
    address = TextField(
        name=f"to_{number}",
        label="Address",
        group=group,
        value=given.get("to", loop.candidate.email),
        maximum=254,
    )
    promised = promise_line(loop, viewer)
    if loop.candidate.agency_email:
        promised += f" The letter goes to the agency, {loop.candidate.agency_email}."
    day = read_day(given["date"]) if given else default_date(loop, viewer.policy, viewer.now)
    default = default_reason(loop)
    false = false_reason(loop, default)
    rest = (
        ChoiceField(
            name=f"what_{number}",
            label="What to do",
            group=group,
            hint=promised,
            options=(Option(SEND, "Send an update"), Option(LEAVE, "Leave out this time")),
            value=given.get("what", SEND),
        ),
        DateField(name=f"date_{number}", label="New date", group=group, value=day),
        ChoiceField(
            name=f"reason_{number}",
            label="Reason, in words the candidate reads",
            group=group,
            hint=false or "",
            options=tuple(Option(reason.value, reason.label) for reason in Reason),
            value=given.get("reason", "" if false else default.value),
        ),
    )
    # An agency's address is the agency's to mend, not a line's.
    return rest if loop.candidate.agency_email else (address, *rest)


def read_day(text: str) -> dt.date | None:
    """What stood in a date field, whatever it was."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


# -- step 2 -----------------------------------------------------------------------------------------------


def review(
    sheet: Sheet, letters: Sequence[tuple[Loop, Letter, Reason]], known: frozenset[str], viewer: Viewer,
    left_out: Sequence[tuple[Loop, str]],
) -> Form:  # fmt: skip
    """Each letter in one line; in full where nobody at that address has had one before."""
    elements: list[Element] = []
    for loop, letter, reason in letters:
        day = viewer.day(letter.names_date) if letter.names_date else "no date"
        elements.append(Paragraph(f"{loop.candidate.name} · {letter.to} · {day} · {reason.label}"))
    elements.extend(Paragraph(f"Left out: {called(loop)}. {why}") for loop, why in left_out)
    first = {letter.to: letter for _, letter, _ in reversed(letters) if letter.to not in known}
    if first:
        text = "Nobody at these addresses has had a letter before. Word for word:"
        elements.append(Paragraph(text, quiet=True))
    elements.extend(_in_full(letter) for letter in reversed(first.values()))
    count = len(letters)
    return Form(
        title="1 letter" if count == 1 else f"{count} letters",
        step="step 2 of 2",
        intro=tuple(elements),
        submit=submit_token(viewer, Verb.CLEAR_SEND, None, sheet.id.hex),
        submit_label=_send(letters, viewer),
        buttons=(viewer.plain_button("Back", Verb.CLEAR_BACK, sheet.id.hex),),
    )


def _send(letters: Sequence[tuple[Loop, Letter, Reason]], viewer: Viewer) -> str:
    many, they = ("1 letter", "it leaves") if len(letters) == 1 else (f"{len(letters)} letters", "they leave")
    loop, letter, _ = letters[0]
    when = "when the pause is over" if viewer.policy.letters_paused else leaves(letter, loop, viewer)
    return f"Send {many}: {they} {when}"


def _in_full(letter: Letter) -> LetterText:
    return LetterText(
        to=letter.to,
        sender=letter.sender_name,
        reply_to=letter.reply_to,
        subject=letter.subject,
        body=letter.text,
    )


# -- afterwards -------------------------------------------------------------------------------------------


def outcome(
    sheet: Sheet, loops: Mapping[uuid.UUID, Loop], viewer: Viewer, more: int, too_late: Sequence[str] = ()
) -> Message:
    """What became of each line, with one undo for all and the next sheet. `too_late`: not to be undone."""
    elements: list[Element] = [Paragraph(sentence) for sentence in too_late]
    waiting: list[tuple[Loop, Letter]] = []
    for line in sheet.lines:
        loop = loops.get(line.loop)
        letter = next((it for it in loop.letters if it.id == line.letter), None) if loop else None
        if loop is None or not (letter or line.why):
            continue
        if letter and letter.state in UNDOABLE:
            waiting.append((loop, letter))
        said = _became(loop, letter, viewer) if letter else f"Left out. {line.why}"
        elements.append(Row(title=f"{called(loop)} · {loop.role.title}", lines=(said,)))
    buttons: list[Button] = []
    if waiting:
        elements.append(Paragraph(_if_nothing(waiting, viewer), quiet=True))
        label = "Undo" if len(waiting) == 1 else f"Undo all {len(waiting)}"
        buttons.append(viewer.plain_button(label, Verb.CLEAR_UNDO, sheet.id.hex))
    if more:
        text = f"Next sheet: {more} more"
        buttons.append(viewer.plain_button(text, Verb.CLEAR, sheet.id.hex, style=Style.PRIMARY))
    if buttons:
        elements.append(Buttons(tuple(buttons)))
    head = _headline(sheet, loops, waiting, viewer)
    return Message(notification=head, elements=(Heading(head), *elements), private=True)


def _headline(sheet: Sheet, loops: Mapping[uuid.UUID, Loop], waiting: Waiting, viewer: Viewer) -> str:
    letters = {it.id: it for loop in loops.values() for it in loop.letters}
    ours = [letters[line.letter] for line in sheet.lines if line.letter in letters]
    leaving, held = _apart(waiting)
    if leaving:
        loop, letter = leaving[0]
        verb = "leaves" if len(leaving) == 1 else "leave"
        rest = f", {len(held)} {'is' if len(held) == 1 else 'are'} held" if held else ""
        return f"{_letters(len(leaving), verb)} {leaves(letter, loop, viewer)}{rest}"
    if held:
        return f"{_letters(len(held))} held"
    undone = sum(it.state is LetterState.UNDONE for it in ours)
    if ours and undone == len(ours):
        return "Undone. Nothing was sent."
    if undone:
        return f"{undone} of {len(ours)} letters undone, {len(ours) - undone} had left"
    return f"{_letters(len(ours))} on the way or sent" if ours else "Nothing was sent"


def _apart(waiting: Waiting) -> tuple[Waiting, Waiting]:
    """Those that leave by themselves, and those that a pause or the hourly brake holds."""
    leaving = [(loop, letter) for loop, letter in waiting if letter.state is not LetterState.HELD]
    return leaving, [(loop, letter) for loop, letter in waiting if letter.state is LetterState.HELD]


def _letters(count: int, verb: str = "") -> str:
    if not verb:
        verb = "is" if count == 1 else "are"
    return f"1 letter {verb}" if count == 1 else f"{count} letters {verb}"


def _became(loop: Loop, letter: Letter, viewer: Viewer) -> str:
    named = f" New date: {viewer.day(letter.names_date)}." if letter.names_date else ""
    match letter.state:
        case LetterState.QUEUED:
            return f"Gets your update {leaves(letter, loop, viewer)}.{named}"
        case LetterState.HELD | LetterState.RETRY:
            return f"Not sent yet. {letter.problem}{named}".strip()
        case LetterState.UNDONE:
            return "Undone. Nothing was sent."
        case LetterState.SENT:
            at = viewer.moment(letter.settled_at) if letter.settled_at else "just now"
            return f"Told {at}.{named}"
        case LetterState.SENDING:
            return "The letter is being handed to the mail server."
        case _:
            return f"Not sent. {letter.problem}".strip()


def _if_nothing(waiting: Waiting, viewer: Viewer) -> str:
    leaving, held = _apart(waiting)
    if not leaving:
        leave = "it leaves" if len(held) == 1 else "they leave"
        return f"If you do nothing, {leave} when that is lifted, not before."
    at = viewer.calendar.local(max(letter.not_before for _, letter in leaving))
    if not held:
        leave = "it leaves" if len(leaving) == 1 else "they leave"
        return f"If you do nothing, {leave} at {at:%H:%M:%S}."
    leave = "1 leaves" if len(leaving) == 1 else f"{len(leaving)} leave"
    rest = "the one that is held" if len(held) == 1 else f"the {len(held)} that are held"
    return f"If you do nothing, {leave} at {at:%H:%M:%S}, and {rest} when that is lifted."
