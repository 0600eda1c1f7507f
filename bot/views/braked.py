"""The question to the recruiter: may the letters go that the hourly brake holds?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions import Verb
from bot.loops import Letter, LetterState, Loop
from bot.nudges import Surface
from bot.people import Member
from bot.telling import recipient
from bot.views.elements import Button, Buttons, Element, Heading, Message, Paragraph, Row, Style
from bot.views.lists import PAGE_SIZE
from bot.views.viewer import Viewer, title

WITHDRAWN = (LetterState.UNDONE, LetterState.CANCELLED)


def braked(
    surface: Surface,
    viewer: Viewer,
    sender: Member,
    held: Sequence[tuple[Loop, Letter]],
    settled: Sequence[Loop],
    *,
    asked: int,
    notice: str = "",
) -> Message:
    """`held`: what may be let go; `settled`: what was held here before. `asked`: how many both are."""
    head = _headline(len(held))
    elements: list[Element] = [Heading(head)]
    if notice:
        elements.append(Paragraph(notice))
    if held:
        elements.append(Paragraph(_why(sender, viewer)))
        elements.extend(_row(loop, letter, viewer) for loop, letter in held[:PAGE_SIZE])
        if len(held) > PAGE_SIZE:
            elements.append(Paragraph(f"{len(held) - PAGE_SIZE} more are held with these.", quiet=True))
        elements.append(
            Paragraph("If you do nothing, nothing is sent, and whoever waits hears nothing.", quiet=True)
        )
        elements.append(Buttons(tuple(_buttons(viewer, asked))))
    elif settled:
        elements.append(Paragraph(_what_became(sender, settled)))
    return Message(notification=head, elements=tuple(elements), surface=surface.id, revision=surface.revision)


def _headline(held: int) -> str:
    if not held:
        return "No letter is held any more"
    return (
        "1 letter is held until you have looked"
        if held == 1
        else f"{held} letters are held until you have looked"
    )


def _why(sender: Member, viewer: Viewer) -> str:
    count = viewer.policy.letters_an_hour
    sent = "1 letter" if count == 1 else f"{count} letters"
    many = f"{sender.name} has sent {sent} within the hour, and more wait."
    return f"{many} That may be a good day's work, or a slip: please look before they leave."


def _row(loop: Loop, letter: Letter, viewer: Viewer) -> Row:
    date = f" New date: {viewer.day(letter.names_date)}." if letter.names_date else ""
    line = f"{letter.kind.value.capitalize()} letter to {recipient(loop)}.{date}"
    return Row(title=title(loop, viewer), lines=(line,))


def _buttons(viewer: Viewer, asked: int) -> Sequence[Button]:
    """What is shown is what is let go: letters that were held since are asked about anew."""
    return (
        viewer.plain_button("Let them go", Verb.LET_GO, str(asked), Style.PRIMARY),
        viewer.plain_button("Keep them back", Verb.KEEP_BACK, str(asked)),
    )


def _what_became(sender: Member, settled: Sequence[Loop]) -> str:
    back = sum(1 for loop in settled if loop.last_letter and loop.last_letter.state in WITHDRAWN)
    went = len(settled) - back
    many = "The letter" if len(settled) == 1 else f"The {len(settled)} letters"
    if not back:
        became = "was let go" if went == 1 else "were let go"
    elif not went:
        became = "was not sent" if back == 1 else "were not sent"
    else:
        became = f"are settled: {went} let go, {back} not sent"
    return f"{many} of {sender.name} {became}."
