"""Who looks at a screen, and what is true of a loop as they look."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import uuid
from collections.abc import Mapping, Sequence

from bot.actions import Place, Verb, token
from bot.calendar import WorkCalendar
from bot.dates import say_date
from bot.loops import LetterState, Loop, Standing
from bot.people import Member
from bot.policy import FeedbackPolicy, Policy
from bot.views.elements import Button, Style


@dataclasses.dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks, when, under which policy, and where the answer to a click will be shown."""

    member: Member
    now: dt.datetime
    policy: Policy
    place: Place
    beside: Mapping[uuid.UUID, Sequence[Loop]] = dataclasses.field(default_factory=dict)
    """Other loops that a row tells of as well, by the id of its own: the same person's."""

    @functools.cached_property
    def calendar(self) -> WorkCalendar:
        return self.member.calendar

    @functools.cached_property
    def today(self) -> dt.date:
        return self.calendar.today(self.now)

    def day(self, day: dt.date) -> str:
        return say_date(day, self.today)

    def moment(self, instant: dt.datetime) -> str:
        """ "Mon 23 Nov 10:32", in the viewer's zone."""
        local = self.calendar.local(instant)
        return f"{self.day(local.date())} {local:%H:%M}"

    def on(self, place: Place) -> Viewer:
        return dataclasses.replace(self, place=place)

    def button(
        self, label: str, verb: Verb, loop: Loop, argument: str = "", style: Style = Style.PLAIN
    ) -> Button:
        promise = loop.promise.id if loop.promise else None
        return Button(label, token(verb, loop.id, promise, self.place, argument), style, verb.opens_form)

    def plain_button(self, label: str, verb: Verb, argument: str = "", style: Style = Style.PLAIN) -> Button:
        return Button(label, token(verb, None, None, self.place, argument), style, verb.opens_form)


def is_urgent(loop: Loop, now: dt.datetime) -> bool:
    """Another employer waits for an answer: comes before anything else."""
    return loop.offer_waits(now)


def is_settled(loop: Loop, viewer: Viewer) -> bool:
    """Nothing to do here today: told, closed, a letter is on its way, or the interview is to come."""
    if not loop.open or (loop.letter is not None and loop.letter.silences(viewer.now)):
        return True
    if is_urgent(loop, viewer.now):
        return False
    return is_to_come(loop, viewer.now) or (told_today(loop, viewer) and loop.stuck_since is None)


def is_to_come(loop: Loop, now: dt.datetime) -> bool:
    """The interview has been moved and has yet to take place: nothing is owed before it has."""
    return loop.standing is Standing.NEEDS_DATE and loop.interviewed_at > now


def is_late(loop: Loop, now: dt.datetime) -> bool:
    """Past the promised date. An assumed date was promised to nobody."""
    return loop.promise is not None and loop.promise.quotable and now > loop.promise.due


def urgency(loop: Loop, now: dt.datetime) -> tuple[int, dt.datetime, str]:
    """Sorts the most urgent first."""
    if is_urgent(loop, now) and loop.other_offer_by is not None:
        return (0, loop.other_offer_by, str(loop.id))
    due = loop.promise.due if loop.promise else now
    if loop.letter is not None and loop.letter.state is LetterState.UNKNOWN:
        return (1, due, str(loop.id))
    return (2, due, str(loop.id))


def told_today(loop: Loop, viewer: Viewer) -> bool:
    """And nothing has happened since that asks for an answer: a question, or another interview."""
    told = loop.last_told_at
    if loop.unanswered or (told is not None and loop.interviewed_at > told):
        return False
    return is_today(told, viewer)


def is_today(instant: dt.datetime | None, viewer: Viewer) -> bool:
    return instant is not None and viewer.calendar.today(instant) == viewer.today


def feedback_open(policy: Policy) -> bool:
    return policy.feedback is FeedbackPolicy.ON


# -- words that several screens use -----------------------------------------------------------------------


def title(loop: Loop, viewer: Viewer) -> str:
    met = loop.owner.calendar.today(loop.interviewed_at)
    stage = loop.stage or "interview"
    return f"{called(loop)} · {loop.role.title} · {stage} {viewer.day(met)}"


def called(loop: Loop) -> str:
    """The candidate's name, with the address where the name is not enough to tell who it is."""
    name = loop.candidate.name
    return f"{name} ({loop.candidate.email})" if loop.namesake else name


def say_days(count: int) -> str:
    return "1 working day" if count == 1 else f"{count} working days"


def say_times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def if_nothing(count: int) -> str:
    """What happens to so many candidates if whoever reads this does nothing; the sentence can go on."""
    return f"If you do nothing, the {'candidate hears' if count == 1 else 'candidates hear'} nothing"


def city_of(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
