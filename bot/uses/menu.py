"""Clicks that change a loop without writing to the candidate: the ··· menu and its forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from bot import turns
from bot.access import Viewpoint, must_address, must_write, viewpoint
from bot.changes import Change, Refused
from bot.loops import Closed, Loop, Untold
from bot.nudges import Kind, Nudge
from bot.people import Member
from bot.search import find_member
from bot.uses import review
from bot.uses.desk import Desk, Fields, say
from bot.views import forms
from bot.views.elements import FieldErrors, View
from bot.views.viewer import Viewer

Turn = Callable[[Loop, Member, dt.datetime], Change]
FormMaker = Callable[[Loop, Viewer], View]
Handler = Callable[[Desk, Fields], View]


def opens(form: FormMaker) -> Handler:
    """A click that opens a form about the loop."""

    def handle(desk: Desk, _: Fields) -> View:
        return form(desk.writable(), desk.viewer())

    return handle


def turns_to(turn: Turn, said: str = "") -> Handler:
    """A click that changes the loop at once; `said` may speak of {first} and {recruiter}."""

    def handle(desk: Desk, _: Fields) -> View:
        loop = desk.writable()
        desk.commit(turn(loop, desk.member, desk.now))
        recruiter = loop.recruiter.first_name if loop.recruiter else "the recruiter"
        return desk.answer(said.format(first=loop.candidate.first_name, recruiter=recruiter))

    return handle


def _day(fields: Fields, name: str, *, optional: bool = False) -> dt.date | None:
    """A date field; raises `Refused` with a sentence where it is none."""
    text = fields.get(name, "").strip()
    if not text and optional:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Refused("Choose a day.") from None


def submit(desk: Desk, field: str, change: Callable[[], Change], said: str = "") -> View:
    """Write a change that a form asked for; what it refuses stands at the field."""
    if not desk.current:
        return desk.answer(MOVED_ON)
    try:
        made = change()
    except Refused as refused:
        return FieldErrors(((field, str(refused)),))
    desk.commit(made)
    return desk.answer(said)


MOVED_ON = "This has moved on since the form was opened. Here is how it stands now; nothing was changed."


def told_by_phone_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()
    policy = desk.store.policy

    def change() -> Change:
        ends = fields.get("outcome") == "no"
        day = None if ends else _day(fields, "date")
        return turns.told_by_phone(loop, desk.member, desk.now, day, policy)

    return submit(desk, "date", change)


def going_on_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()

    def change() -> Change:
        day = _day(fields, "date")
        if day is None:
            raise Refused("Choose a day.")
        return turns.going_on(loop, desk.member, desk.now, day)

    return submit(desk, "date", change)


def took_place_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()
    policy = desk.store.policy

    def change(promised: dt.date | None = None) -> Change:
        day = _day(fields, "ended")
        if day is None:
            raise Refused("Choose a day.")
        ended = min(loop.owner.calendar.instant(day, dt.time(17, 0)), desk.now)
        if day > loop.owner.calendar.today(desk.now):
            raise Refused("That interview has not ended yet. Come back when it has.")
        return turns.next_interview_took_place(loop, desk.member, desk.now, ended, promised, policy)

    try:
        change()
    except Refused:
        # The interview alone is refused already, whatever was promised.
        return submit(desk, "ended", change)
    return submit(desk, "promised", lambda: change(_day(fields, "promised", optional=True)))


def wrote_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()

    def change() -> Change:
        day = _day(fields, "date")
        if day is None:
            raise Refused("Choose a day.")
        calendar = desk.member.calendar
        at = desk.now if day == calendar.today(desk.now) else calendar.instant(day, dt.time(12, 0))
        return turns.wrote(loop, desk.member, desk.now, at, thanks=fields.get("kind") == "thanks")

    return submit(desk, "date", change)


_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


def read_time(text: str) -> dt.time | None:
    found = _TIME.fullmatch(text.strip())
    return dt.time(int(found[1]), int(found[2])) if found else None


def other_offer_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()
    at = read_time(fields.get("time", "") or "17:00")
    if at is None:
        return FieldErrors((("time", "Write the time as 17:00."),))

    def change() -> Change:
        day = _day(fields, "date")
        if day is None:
            raise Refused("Choose a day.")
        deadline = loop.candidate.calendar.instant(day, at)
        return turns.has_other_offer(loop, desk.member, desk.now, deadline)

    return submit(desk, "date", change)


def waiting_for_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()
    whom = find_member(desk.store.members(), fields.get("whom", ""))
    if isinstance(whom, str):
        return FieldErrors((("whom", whom),))
    asked = f"{whom.first_name} is asked in their next list."
    if not (may_ask := desk.store.policy.addresses(whom.email)):
        asked = f"Ask {whom.first_name} yourself: they are not in the pilot, so I may not write to them yet."
    view = submit(
        desk,
        "whom",
        lambda: turns.waiting_for(loop, desk.member, desk.now, whom),
        f"{asked} The promise stays yours.",
    )
    if not isinstance(view, FieldErrors) and may_ask:
        not_before = whom.calendar.digest_time(desk.now, whom.digest_at)
        nudge = Nudge(
            loop=loop.id,
            kind=Kind.WAITING_FOR,
            occasion=desk.now.isoformat(),
            recipient=whom.id,
            not_before=not_before,
        )
        desk.store.record_nudges((nudge,))
    return view


def answered(desk: Desk, _: Fields) -> View:
    """By the person whose word was missing, or by somebody who may write."""
    loop = desk.loop
    if viewpoint(desk.member, loop, desk.now) is not Viewpoint.WAITED_FOR:
        must_write(desk.member, loop, desk.now)
    desk.commit(turns.answered(loop, desk.member, desk.now))
    return desk.answer(f"Thank you. {loop.owner.first_name} sees that your word has come.")


def hand_over_form(desk: Desk, _: Fields) -> View:
    """Also for the lead, who may give a loop to somebody but not write in it."""
    return forms.hand_over(desk.givable(), desk.viewer())


def hand_over_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.givable()
    to = find_member(desk.store.members(), fields.get("to", ""))
    if isinstance(to, str):
        return FieldErrors((("to", to),))
    return _give(desk, loop, to, "to")


def to_recruiter(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    if loop.recruiter is None:
        raise Refused("This role has no recruiter. Hand it over to somebody by name.")
    if loop.owner.id == loop.recruiter.id:
        return desk.answer(f"{loop.recruiter.first_name} has this one already.")
    return _give(desk, loop, loop.recruiter)


def take_over(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    if loop.owner.id == desk.member.id:
        return desk.answer("You have this one already.")
    return _give(desk, loop, desk.member)


def _give(desk: Desk, loop: Loop, to: Member, field: str = "") -> View:
    try:
        change = turns.hand_over(loop, desk.member, desk.now, to)
        must_address(to, desk.store.policy)
    except Refused as refused:
        if field:
            return FieldErrors(((field, str(refused)),))
        raise
    after = desk.commit(change)
    review.moved(desk.store, desk.now, (after,), loop.owner)
    first = loop.candidate.first_name
    letter = " The letter that waited is withdrawn." if change.move else ""
    if to.id == desk.member.id:
        return desk.answer(f"{first} is yours now. {loop.owner.first_name}'s list shows it.{letter}")
    if after.reviewed_on is None:
        says = f"{after.reviewer.first_name} says first whether {first} still waits."
        return desk.answer(f"{to.first_name} has {first} from now on. {says}")
    return desk.answer(f"{to.first_name} has {first} from now on, and sees it in the next list.{letter}")


def snooze(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    after = desk.commit(turns.snooze(loop, desk.member, desk.now))
    until = desk.viewer().moment(after.snoozed_until) if after.snoozed_until else "tomorrow"
    first = loop.candidate.first_name
    return desk.answer(f"You hear nothing about {first} until {until}. No date has moved.")


def not_taken_place_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()
    why = fields.get("why", "")

    def change() -> Change:
        if why == "moved":
            day = _day(fields, "date")
            if day is None:
                raise Refused("Choose a day.")
            starts = loop.owner.calendar.instant(day, dt.time(17, 0))
            return turns.moved_to(loop, desk.member, desk.now, starts, desk.store.policy)
        how = {"mistake": Closed.ENTERED_BY_MISTAKE, "no_show": Closed.DID_NOT_TAKE_PLACE}.get(why)
        if how is None:
            raise Refused("Choose what happened.")
        return turns.close_untold(loop, desk.member, desk.now, how, recruiter=False)

    return submit(desk, "date", change)


def close_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()
    point = viewpoint(desk.member, loop, desk.now)
    recruiter = loop.recruiter is None or desk.member.id == loop.recruiter.id or point is Viewpoint.RECRUITER

    def change() -> Change:
        try:
            how = Closed(fields.get("how", ""))
        except ValueError:
            raise Refused("Choose why the loop closes.") from None
        picked = fields.get("reason", "")
        why = Untold(picked) if picked in list(Untold) else None
        if how is Closed.UNTOLD and why is None:
            raise Refused("Choose why the candidate is not told; it is kept in the history.")
        theirs = recruiter or how in (Closed.TOLD_BY_ATS, Closed.NOTICE)
        return turns.close_untold(loop, desk.member, desk.now, how, recruiter=theirs, why=why)

    return submit(desk, "how", change)


def state_date_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()

    def change() -> Change:
        day = _day(fields, "date")
        if day is None:
            raise Refused("Choose a day.")
        return turns.stated(loop, desk.member, desk.now, day)

    return submit(desk, "date", change)


def choose_date(desk: Desk, _: Fields) -> View:
    """One of the dates that were asked back after `/followup promise`."""
    loop = desk.writable()
    try:
        day = dt.date.fromisoformat(desk.action.argument if desk.action else "")
    except ValueError:
        raise Refused("This button is from an older version. Type the date again.") from None
    return promise(desk, loop, day)


def promise(desk: Desk, loop: Loop, day: dt.date) -> View:
    """`/followup promise NAME DATE`: what the next letter names, or the real date for an assumed one."""
    assumed = loop.promise is not None and not loop.promise.quotable
    change = turns.promise_date(loop, desk.member, desk.now, day, desk.store.policy)
    after = desk.commit(change)
    viewer, first = desk.viewer(), loop.candidate.first_name
    if assumed:
        return desk.show(after, f"Noted: {first} was promised news by {viewer.day(day)}.")
    expects = viewer.day(loop.promise.date) if loop.promise else "now"
    return desk.show(
        after,
        f"The next letter to {first} will name {viewer.day(day)}. "
        f"Until it is sent, {first} still expects news by {expects}.",
    )


def show(desk: Desk, _: Fields) -> View:
    desk.visible()
    return desk.answer()


def page(desk: Desk, _: Fields) -> View:
    return desk.answer()


def why(desk: Desk, _: Fields) -> View:
    return say(
        "You are on this list because these candidates wait for your answer, or because you stand in for "
        "somebody who is away, or because you are their recruiter and the date has passed. I write to no "
        "candidate without a click, and I show nobody's feedback to anybody else. "
        "Typing /followup hand over NAME to MEMBER gives one away, /followup away says that you are not "
        "there."
    )
