"""The brake of the admins: letters, nudges or both stop before the next send, and go on when it is lifted."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot.access import is_admin
from bot.changes import Refused
from bot.people import Member
from bot.ports import Store
from bot.uses.brake import paused
from bot.uses.desk import Desk, admins_called, say
from bot.views.elements import View

LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_NAMED = {"letters": "Letters", "nudges": "Nudges", "all": "Letters and nudges"}


def pause(desk: Desk, what: str, *, on: bool) -> View:
    """`pause letters|nudges|all` and `resume` for admins; acts before the next send."""
    if not is_admin(desk.member, desk.store.policy):
        raise Refused(f"Only an admin can pause or resume. Ask {admins_called(desk.store)}.")
    if what not in _NAMED:
        do = "pause" if on else "resume"
        raise Refused(f"Say what: /followup {do} letters, /followup {do} nudges or /followup {do} all.")
    return say(pause_all(desk.store, desk.now, what, on=on, by=desk.member))


def pause_all(store: Store, now: dt.datetime, what: str, *, on: bool, by: Member | None = None) -> str:
    """What there is to say about it. `by`: None for whoever runs the bot, on the command line."""
    policy = store.policy
    who = by.id if by is not None and on else None
    both = what == "all"
    if both or what == "letters":
        policy = dataclasses.replace(policy, letters_paused=on, letters_paused_by=who)
    resumes = store.policy.nudges_paused and not on
    if both or what == "nudges":
        policy = dataclasses.replace(policy, nudges_paused=on, nudges_paused_by=who)
    resumes = resumes and not policy.nudges_paused
    store.save_policy(policy)
    said = f"{_NAMED[what]} are {'paused' if on else 'running again'}."
    if both or what == "letters":
        count = store.hold_letters(paused(store)) if on else store.release_letters()
        said = " ".join(filter(None, (said, _letters(count, on=on))))
    if on:
        said += " Typing /followup resume lifts it."
    if resumes:
        _look_again(store)
    _tell_admins(store, now)
    return said


def _letters(count: int, *, on: bool) -> str:
    if not count:
        return ""
    many = "1 letter that waited is" if count == 1 else f"{count} letters that waited are"
    if on:
        return f"{many} held, and whoever sent it sees that."
    many = "1 letter that was held leaves" if count == 1 else f"{count} letters that were held leave"
    return f"{many} when due."


def _look_again(store: Store) -> None:
    """Nudges were resumed: the clock looks at everybody for whom one waits."""
    for member in store.members():
        at = store.next_nudge(member.id, LONG_AGO)
        if at is not None and (member.look_at is None or at < member.look_at):
            store.set_member_look_at(member.id, at)


def _tell_admins(store: Store, now: dt.datetime) -> None:
    """Their homes say what is paused."""
    homes = (store.home_surface(one.id) for one in store.members() if is_admin(one, store.policy))
    store.bump([home.id for home in homes if home is not None], now)
