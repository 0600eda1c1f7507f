"""The report of a rehearsal: what would have been asked of whom, and who would have waited."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from bot.nudges import Surface
from bot.people import Member
from bot.views.elements import Element, Heading, Message, Paragraph, Row
from bot.views.viewer import Viewer, say_times

MOST = 10
"""Members named; a report is read in a minute."""
MANY = 3
"""So often, it is said in figures."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One member, and how many lists and urgent messages would have come."""

    member: Member
    lists: int = 0
    urgent: int = 0

    @property
    def times(self) -> int:
        return self.lists + self.urgent


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What a rehearsal would have done. `asked`: those asked most often first."""

    asked: tuple[Asked, ...]
    stepped_in: int
    """Candidates about whom the recruiter would have been asked."""
    late: int
    waiting: int


def sentence(report: Rehearsed) -> str:
    """ "I would have asked Dana 11 times, and 3 of 14 candidates would have waited past their date." """
    return f"I would have asked {_whom(report.asked)}, and {_late(report)}."


def _whom(asked: Sequence[Asked]) -> str:
    if not asked:
        return "nobody"
    first = f"{asked[0].member.first_name} {_times(asked[0].times)}"
    if len(asked) == 1:
        return first
    others = sum(one.times for one in asked[1:])
    people = "1 other person" if len(asked) == 2 else f"{len(asked) - 1} others"
    return f"{first} and {people} {_times(others)}"


def _times(count: int) -> str:
    return say_times(count) if count < MANY else f"{count} times"


def _late(report: Rehearsed) -> str:
    if not report.waiting:
        return "no candidate is waiting"
    people = "candidate" if report.waiting == 1 else "candidates"
    return f"{report.late} of {report.waiting} {people} would have waited past their date"


def details(report: Rehearsed) -> Iterator[tuple[str, str]]:
    """Each member, and what would have come to them."""
    for one in report.asked[:MOST]:
        lists = "1 list" if one.lists == 1 else f"{one.lists} lists"
        urgent = "1 urgent message" if one.urgent == 1 else f"{one.urgent} urgent messages"
        yield one.member.name, f"{lists}, {urgent}."
    if len(report.asked) > MOST:
        yield "Others", f"{len(report.asked) - MOST} more people."


def recruiters(report: Rehearsed) -> str:
    people = "1 candidate" if report.stepped_in == 1 else f"{report.stepped_in} candidates"
    return f"Recruiters would have been asked to step in for {people}."


def rehearsed(surface: Surface, viewer: Viewer, report: Rehearsed, following: str) -> Message:
    """For an admin, once a week; the first line names no candidate. `following`: when the next one comes."""
    head = "This week in the rehearsal"
    elements: list[Element] = [Heading(head), Paragraph(sentence(report))]
    elements.extend(Row(title=name, lines=(line,)) for name, line in details(report))
    elements.append(Paragraph(recruiters(report)))
    elements.append(
        Paragraph(
            f"Nothing of this was sent. If you do nothing, the rehearsal goes on, and the next report comes "
            f"on {following}.",
            quiet=True,
        )
    )
    return Message(
        notification=f"{head}: what I would have asked",
        elements=tuple(elements),
        surface=surface.id,
        revision=surface.revision,
    )
