"""Hand-overs of many at once: the form that counts them, and the message to whoever has them now."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Sequence

from bot.actions import LISTED, Verb
from bot.changes import Change
from bot.loops import UNDOABLE, LetterState, Loop
from bot.nudges import Surface
from bot.people import Member, Role
from bot.views.elements import (
    Button,
    Buttons,
    Element,
    Form,
    Heading,
    Message,
    Paragraph,
    Row,
    Style,
    TextField,
)
from bot.views.lists import PAGE_SIZE
from bot.views.rows import last_letter_note, promise_line
from bot.views.viewer import Viewer, title


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What goes to somebody else at once: `stay` cannot go there, `more` come with the next time.

    `beside` are changes of loops that stay where they are, because their role goes: letters are withdrawn.
    """

    changes: Sequence[Change]
    beside: Sequence[Change] = ()
    stay: int = 0
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.changes)

    @property
    def loops(self) -> Sequence[Loop]:
        return tuple(change.loop for change in self.changes)

    @property
    def withdrawn(self) -> Sequence[Loop]:
        """Those with a letter that waits and whose sender may not write any more afterwards."""
        return [change.loop for change in (*self.changes, *self.beside) if change.move is not None]

    @property
    def leaving(self) -> int:
        """Letters that wait and leave all the same."""
        letters = (loop.letter for loop in self.loops)
        return sum(letter is not None and letter.state in UNDOABLE for letter in letters)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RolesGiven(Given):
    """The same of roles for which somebody else recruits: `stay` and `more` count roles."""

    roles: Sequence[Role]


def candidates(count: int) -> str:
    return "1 candidate is" if count == 1 else f"{count} candidates are"


def _people(count: int) -> str:
    return "1 candidate" if count == 1 else f"{count} candidates"


def _who_wait(count: int) -> str:
    return f"{_people(count)} who {'waits' if count == 1 else 'wait'}"


def _with(loops: Sequence[Loop]) -> str:
    """Whom nobody has looked at since an import may not wait any more."""
    return _people(len(loops)) if _unreviewed(loops) else _who_wait(len(loops))


def _of(loops: Sequence[Loop], giver: Member) -> str:
    return f"{_with(loops)} {'of' if _unreviewed(loops) else 'for'} {giver.name}"


def _unreviewed(loops: Iterable[Loop]) -> Sequence[Loop]:
    return [loop for loop in loops if loop.open and loop.reviewed_on is None]


def _unseen(loops: Iterable[Loop], viewer: Viewer) -> str:
    """Who is asked about those that were imported and not looked at yet; they stay silent until then."""
    found = _unreviewed(loops)
    if not found:
        return ""
    others = sorted({loop.reviewer.first_name for loop in found if loop.reviewer.id != viewer.member.id})
    mine = ["you"] if any(loop.reviewer.id == viewer.member.id for loop in found) else []
    who = " or ".join((*mine, *others))
    says = "say" if mine and not others else "says"
    return f"{_are_unseen(found).rstrip('.')}: {who} {says} first who still waits."


def _are_unseen(loops: Sequence[Loop]) -> str:
    are = "1 is" if len(loops) == 1 else f"{len(loops)} are"
    return f" {are} imported and not looked at yet." if loops else ""


def _roles(loops: Iterable[Loop]) -> str:
    counts = collections.Counter(loop.role.title for loop in loops)
    return ", ".join(f"{count} {role}" for role, count in sorted(counts.items()))


def _quiet(viewer: Viewer, given: Given, to: Member) -> Paragraph:
    """What stays unseen: who is told, and what becomes of letters that wait."""
    said = []
    if not given.changes:
        said.append(f"Nobody waits, so {to.first_name} gets no message about it.")
    elif to.id != viewer.member.id:
        said.append(f"{to.first_name} is told once.")
    said.append("The candidates notice nothing.")
    if given.leaving:
        said.append(
            "1 letter that waits still leaves."
            if given.leaving == 1
            else f"{given.leaving} letters that wait still leave."
        )
    if given.withdrawn:
        it = "it" if len(given.withdrawn) == 1 else "them"
        said.append(f"{_withdrawn(given)}: whoever wrote {it} may not write there any more then.")
    return Paragraph(" ".join(said), quiet=True)


def _withdrawn(given: Given) -> str:
    count = len(given.withdrawn)
    return "1 letter that waits is withdrawn" if count == 1 else f"{count} letters that wait are withdrawn"


def confirm_person(viewer: Viewer, giver: Member, to: Member, given: Given) -> Form:
    text = f"{_of(given.loops, giver)} {_go(given)} to {to.name}: {_roles(given.loops)}."
    text += _unseen(given.loops, viewer)
    if given.stay:
        text += f" {_people(given.stay)} cannot go to {to.first_name}, who is not named there or applied."
    text += _more(given.more)
    return Form(
        title=f"Hand over {giver.first_name}'s candidates",
        submit=viewer.plain_button("", Verb.HAND_PERSON, giver.id.hex).action,
        submit_label="Hand over",
        intro=(Paragraph(text), _quiet(viewer, given, to)),
        fields=(_to(to.email),),
    )


def _go(given: Given) -> str:
    return "goes" if given.count == 1 else "go"


def ask_to_whom(viewer: Viewer, loops: Sequence[Loop], more: int) -> Form:
    """The same for one's own, from a button: it is not known yet to whom."""
    unseen = _unreviewed(loops)
    whose = f"{_with(loops)} {'of yours' if unseen else 'for you'}"
    text = f"{whose}: {_roles(loops)}.{_are_unseen(unseen)}{_more(more)}"
    told = (
        "Your colleague is told once. The candidates notice nothing. A letter of yours that waits still "
        "leaves where you answer for the role; elsewhere it is withdrawn, and your colleague reads so."
    )
    return Form(
        title="Hand over my candidates",
        submit=viewer.plain_button("", Verb.HAND_PERSON, viewer.member.id.hex).action,
        submit_label="Hand over",
        intro=(Paragraph(text), Paragraph(told, quiet=True)),
        fields=(_to(),),
    )


def _more(count: int) -> str:
    return f" So many go at once; {count} more stay until you do the same again." if count else ""


def confirm_role(viewer: Viewer, role: Role, giver: Member, to: Member, given: Given) -> Form:
    """The whole role, or where `giver` is not its manager what they have of it."""
    if giver.id == role.manager.id:
        text = (
            f"{to.name} answers for {role.title} from then on instead of {giver.name}, "
            f"with {_with(given.loops)}.{_unseen(given.loops, viewer)}"
        )
    else:
        text = (
            f"{_of(given.loops, giver)} {_go(given)} to {to.name}: {_roles(given.loops)}. "
            f"{role.manager.name} answers for the role as before.{_unseen(given.loops, viewer)}"
        )
    return Form(
        title="Hand over a role",
        submit=viewer.plain_button("", Verb.HAND_ROLE, role.id.hex).action,
        submit_label="Hand over",
        intro=(Paragraph(text), _quiet(viewer, given, to)),
        fields=(_to(to.email),),
    )


def why_not(roles: int) -> str:
    """Of a colleague who cannot recruit there."""
    it = "it" if roles == 1 else "them"
    return f"manages {it}, applied for {it}, or is not named where that is asked for"


def confirm_recruiter(viewer: Viewer, giver: Member, to: Member, given: RolesGiven) -> Form:
    text = f"{to.name} recruits from then on instead of {giver.name} for {_titles(given)}.{_there(given)}"
    text += _unseen(given.loops, viewer)
    if given.stay:
        text += f" {_count(given.stay)} cannot go to {to.first_name}, who {why_not(given.stay)}."
    if given.more:
        text += f" So many go at once; {given.more} more stay until you do the same again."
    return Form(
        title=f"Hand over {giver.first_name}'s roles",
        submit=viewer.plain_button("", Verb.HAND_RECRUITER, giver.id.hex).action,
        submit_label="Hand over",
        intro=(Paragraph(text), _quiet(viewer, given, to)),
        fields=(_to(to.email),),
    )


def recruiter_changed(viewer: Viewer, giver: Member, to: Member, given: RolesGiven) -> str:
    told = ", and is told once" if given.changes and to.id != viewer.member.id else ""
    said = f"{to.first_name} recruits for {_titles(given)} from now on instead of {giver.name}{told}."
    stay = f" {_count(given.stay)} still with {giver.first_name}." if given.stay else ""
    more = f" {given.more} more stay: hand over again for the next." if given.more else ""
    return " ".join((f"{said}{_unseen(given.loops, viewer)}{stay}{more}", *_gone(given)))


def recruits(surface: Surface, viewer: Viewer, giver: Member | None, loops: Sequence[Loop]) -> Message:
    """To the new recruiter; the first line names nobody."""
    roles = len({loop.role.id for loop in loops})
    if not loops:
        head = "Nobody waits any more where you were to recruit, or somebody else recruits there"
        elements: list[Element] = [Heading(head)]
    else:
        more = "1 more role" if roles == 1 else f"{roles} more roles"
        head = f"You recruit for {more} now"
        before = f"{giver.name} did before. " if giver is not None else ""
        elements = [
            Heading(head),
            Paragraph(
                f"{before}Candidates there: {_roles(loops)}. Their managers are asked as before. Where one "
                f"does not answer, you are asked.{_unseen(loops, viewer)}"
            ),
            Buttons((viewer.on(LISTED).plain_button("See who is stuck", Verb.QUEUE),)),
        ]
    return Message(notification=head, elements=tuple(elements), surface=surface.id, revision=surface.revision)


def _count(roles: int) -> str:
    return "1 role" if roles == 1 else f"{roles} roles"


def _titles(given: RolesGiven) -> str:
    titles = [role.title for role in given.roles]
    some = ", ".join(titles[:PAGE_SIZE])
    return f"{_count(len(titles))} ({some}{' and more' if len(titles) > PAGE_SIZE else ''})"


def _there(given: RolesGiven) -> str:
    if not given.changes:
        return ""
    are = "is" if given.count == 1 else "are"
    return f" There {are} {_people(given.count)}; managers are asked as before."


def _to(email: str = "") -> TextField:
    return TextField(
        name="to", label="To whom", hint="Name or work email of a colleague.", value=email, maximum=200
    )


def handed_over(viewer: Viewer, giver: Member, to: Member, given: Given, *, told: bool) -> str:
    once = ", and is told once" if told else ""
    first = f"{to.first_name} has {_people(given.count)} of {giver.name} from now on{once}."
    said = [first + _unseen(given.loops, viewer)]
    if given.stay:
        said.append(f"{candidates(given.stay)} still with {giver.first_name}.")
    if given.more:
        said.append(f"{given.more} more stay with {giver.first_name}: hand over again for the next.")
    return " ".join((*said, *_gone(given)))


def handed_back(giver: Member, given: Given) -> str:
    said = [f"{candidates(given.count)} back with {giver.name}."]
    if given.stay:
        said.append(f"{_people(given.stay)} cannot go back there.")
    return " ".join((*said, *_gone(given)))


def role_handed_over(viewer: Viewer, role: Role, to: Member, given: Given) -> str:
    said = f"{to.first_name} answers for {role.title} from now on, with {_with(given.loops)}."
    return " ".join((f"{said}{_unseen(given.loops, viewer)}", *_gone(given)))


def _gone(given: Given) -> tuple[str, ...]:
    if not given.withdrawn:
        return ()
    count = len(given.withdrawn)
    were = "1 letter was" if count == 1 else f"{count} letters were"
    owners = sorted({loop.owner.first_name for loop in given.withdrawn})
    read = "reads" if len(owners) == 1 else "read"
    return (f"{were} withdrawn, and {' and '.join(owners)} {read} whose.",)


def _onward(waiting: Sequence[Loop], unseen: Sequence[Loop], viewer: Viewer) -> tuple[Button, ...]:
    """To one's list, and to the review where that is one's own."""
    there = viewer.on(LISTED)
    buttons: list[Button] = []
    if waiting:
        buttons.append(there.plain_button("See my list", Verb.LIST, style=Style.PRIMARY))
    if any(loop.reviewer.id == viewer.member.id for loop in unseen):
        buttons.append(there.plain_button("Look at the imported ones", Verb.REVIEW))
    return tuple(buttons)


def _lines(loop: Loop, viewer: Viewer) -> tuple[str, ...]:
    last = loop.last_letter
    withdrawn = last is not None and last.state is LetterState.CANCELLED
    note = last_letter_note(last, loop, viewer) if last is not None and withdrawn else ""
    return tuple(filter(None, (note, promise_line(loop, viewer))))


def handed(surface: Surface, viewer: Viewer, giver: Member | None, mine: Sequence[Loop]) -> Message:
    """To the new owner; the first line names nobody."""
    if not mine:
        head = "Candidates who were handed to you are with somebody else again"
        elements: list[Element] = [Heading(head)]
    else:
        head = f"{candidates(len(mine))} yours now"
        unseen = _unreviewed(mine)
        waiting = [loop for loop in mine if loop not in unseen]
        whose = f"{giver.name} answered for them before. " if giver is not None else ""
        stands = "What was promised stands. If you do nothing, your next list names them."
        elements = [
            Heading(head),
            Paragraph(whose + (stands if waiting else "Nobody is reminded of them yet.")),
        ]
        elements.extend(Row(title=title(x, viewer), lines=_lines(x, viewer)) for x in waiting[:PAGE_SIZE])
        if len(waiting) > PAGE_SIZE:
            elements.append(Paragraph(f"And {len(waiting) - PAGE_SIZE} more.", quiet=True))
        if unseen:
            elements.append(Paragraph(_unseen(unseen, viewer).strip()))
        if buttons := _onward(waiting, unseen, viewer):
            elements.append(Buttons(buttons))
    return Message(notification=head, elements=tuple(elements), surface=surface.id, revision=surface.revision)
