"""Hand-overs of many at once: the form that counts them, and the message to whoever has them now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.actions import LISTED, Verb
from bot.loops import Loop
from bot.nudges import Surface
from bot.people import Member, Role
from bot.views.elements import Buttons, Element, Form, Heading, Message, Paragraph, Row, Style, TextField
from bot.views.lists import PAGE_SIZE
from bot.views.rows import promise_line
from bot.views.viewer import Viewer, title

NOTICES = "The candidates notice nothing. Letters that wait still leave."


def candidates(count: int) -> str:
    return "1 candidate is" if count == 1 else f"{count} candidates are"


def _people(count: int) -> str:
    return "1 candidate" if count == 1 else f"{count} candidates"


def confirm_person(viewer: Viewer, giver: Member, to: Member, counts: Mapping[str, int], stay: int) -> Form:
    """`counts`: how many of each role; `stay`: how many cannot go to this colleague."""
    each = ", ".join(f"{count} {role}" for role, count in sorted(counts.items()))
    text = f"{_people(sum(counts.values()))} who wait for {giver.name} go to {to.name}: {each}."
    if stay:
        text += f" {_people(stay)} cannot go to {to.first_name}, who is not named there or applied."
    return Form(
        title=f"Hand over {giver.first_name}'s candidates",
        submit=viewer.plain_button("", Verb.HAND_PERSON, giver.id.hex).action,
        submit_label="Hand over",
        intro=(Paragraph(text), Paragraph(f"{to.first_name} is told once. {NOTICES}", quiet=True)),
        fields=(_to(to),),
    )


def confirm_role(viewer: Viewer, role: Role, to: Member, waiting: int) -> Form:
    text = (
        f"{to.name} answers for {role.title} from then on instead of {role.manager.name}, "
        f"with {_people(waiting)} who wait."
    )
    return Form(
        title="Hand over a role",
        submit=viewer.plain_button("", Verb.HAND_ROLE, role.id.hex).action,
        submit_label="Hand over",
        intro=(Paragraph(text), Paragraph(f"{to.first_name} is told once. {NOTICES}", quiet=True)),
        fields=(_to(to),),
    )


def _to(to: Member) -> TextField:
    return TextField(
        name="to", label="To whom", hint="Name or work email of a colleague.", value=to.email, maximum=200
    )


def handed_over(giver: Member, to: Member, count: int, stay: int) -> str:
    kept = f" {candidates(stay)} still with {giver.first_name}." if stay else ""
    return f"{to.first_name} has {_people(count)} of {giver.name} from now on, and is told once.{kept}"


def _promised(loop: Loop, viewer: Viewer) -> tuple[str, ...]:
    return tuple(filter(None, (promise_line(loop, viewer),)))


def handed(surface: Surface, viewer: Viewer, giver: Member | None, mine: Sequence[Loop]) -> Message:
    """To the new owner; the first line names nobody."""
    if not mine:
        head = "Candidates who were handed to you are with somebody else again"
        elements: list[Element] = [Heading(head)]
    else:
        head = f"{candidates(len(mine))} yours now"
        whose = f"{giver.name} answered for them before. " if giver is not None else ""
        elements = [
            Heading(head),
            Paragraph(f"{whose}What was promised stands. If you do nothing, your next list names them."),
            *(Row(title=title(loop, viewer), lines=_promised(loop, viewer)) for loop in mine[:PAGE_SIZE]),
        ]
        if len(mine) > PAGE_SIZE:
            elements.append(Paragraph(f"And {len(mine) - PAGE_SIZE} more.", quiet=True))
        see = viewer.on(LISTED).plain_button("See my list", Verb.LIST, style=Style.PRIMARY)
        elements.append(Buttons((see,)))
    return Message(notification=head, elements=tuple(elements), surface=surface.id, revision=surface.revision)
