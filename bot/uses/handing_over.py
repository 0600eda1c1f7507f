"""A person's candidates, or a whole role, go to somebody else: named, counted, confirmed, told once."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from bot import turns
from bot.access import Viewpoint, viewpoint
from bot.actions import LISTED, Verb
from bot.changes import Change, Refused
from bot.ladder import calendar_of
from bot.loops import Loop
from bot.nudges import Surface, SurfaceKind
from bot.people import Member, Role
from bot.ports import Store
from bot.search import find_member
from bot.uses import people
from bot.uses.desk import Desk, Fields, argument_id, say
from bot.views import handed as screen
from bot.views.elements import Buttons, FieldErrors, Message, Paragraph, View
from bot.views.viewer import Viewer

AT_ONCE = 100
"""At most this many in one transaction."""
_GIVERS = (Viewpoint.OWNER, Viewpoint.RECRUITER, Viewpoint.LEAD)
HOW = "Whose, and to whom? /followup handover dana to sam, or /followup handover role backend engineer to sam"


def typed(desk: Desk, rest: Sequence[str]) -> View:
    """`handover PERSON to MEMBER` and `handover role ROLE to MEMBER`: a form says how many, and asks."""
    words = list(rest)
    lower = [word.lower() for word in words]
    if "to" not in lower[1:]:
        return say(HOW)
    cut = len(lower) - 1 - lower[::-1].index("to")
    to = _colleague(desk, " ".join(words[cut + 1 :]))
    if lower[0] == "role" and cut > 1:
        return _confirm_role(desk, _role(desk, " ".join(words[1:cut])), to)
    return _confirm_person(desk, _person(desk, " ".join(words[:cut])), to)


def _colleague(desk: Desk, typed_name: str) -> Member:
    to = find_member(desk.store.members(), typed_name)
    if isinstance(to, str):
        raise Refused(to)
    if not to.available:
        raise Refused(f"{to.first_name} cannot take it: their account is switched off or unreachable.")
    if not desk.store.policy.addresses(to.email):
        raise Refused(f"I may not write to {to.first_name} yet: they are not in the pilot.")
    return to


def _person(desk: Desk, typed_name: str) -> Member:
    found = find_member(desk.store.members(), typed_name)
    if isinstance(found, str):
        raise Refused(found)
    return found


# -- a person -----------------------------------------------------------------------------------------------


def _confirm_person(desk: Desk, giver: Member, to: Member) -> View:
    if giver.id == to.id:
        raise Refused(f"{giver.first_name} has them already.")
    changes, left = _given(desk, giver, to)
    if not changes:
        raise Refused(_nothing(giver, left))
    counts = collections.Counter(change.loop.role.title for change in changes)
    return screen.confirm_person(desk.viewer(), giver, to, counts, len(left))


def _nothing(giver: Member, left: Sequence[str]) -> str:
    if left:
        return left[0]
    return f"Nobody waits for {giver.first_name} whom you could hand over."


def _given(desk: Desk, giver: Member, to: Member) -> tuple[list[Change], list[str]]:
    """What this member may hand over, and why some of it stays. Others' candidates are not counted."""
    changes: list[Change] = []
    left: list[str] = []
    lead = desk.lead_ids()
    for loop in desk.store.loops_owned(giver.id):
        if viewpoint(desk.member, loop, desk.now, lead=lead) not in _GIVERS:
            continue
        try:
            changes.append(turns.hand_over(loop, desk.member, desk.now, to))
        except Refused as refused:
            left.append(str(refused))
    return changes[:AT_ONCE], left


def submit_person(desk: Desk, fields: Fields) -> View:
    """Confirmed: counted and checked anew, written, and told once."""
    giver = desk.store.member(argument_id(desk))
    try:
        to = _colleague(desk, fields.get("to", ""))
    except Refused as refused:
        return FieldErrors((("to", str(refused)),))
    if giver is None or giver.id == to.id:
        return FieldErrors((("to", "Choose somebody else."),))
    changes, left = _given(desk, giver, to)
    if not changes:
        return FieldErrors((("to", _nothing(giver, left)),))
    loops = [desk.commit(change) for change in changes]
    told = _tell(desk, giver, to, loops)
    return _done(desk, screen.handed_over(giver, to, len(loops), len(left)), told)


def _done(desk: Desk, text: str, told: Surface | None) -> View:
    buttons: tuple[Buttons, ...] = ()
    if told is not None:
        back = desk.viewer(LISTED).plain_button("Hand back", Verb.HAND_BACK, told.id.hex)
        buttons = (Buttons((back,)),)
    return Message(notification=text, elements=(Paragraph(text), *buttons), private=True)


def _tell(desk: Desk, giver: Member, to: Member, loops: Sequence[Loop]) -> Surface | None:
    """One message to the new owner, within their hours; it keeps which candidates were given."""
    if to.id == desk.member.id:
        return None
    occasion = f"{giver.id}/{desk.member.id}/{desk.now.isoformat()}"
    surface, _ = desk.store.open_surface(SurfaceKind.HANDED, to.id, occasion, desk.now, about=giver.id)
    at = calendar_of(to).next_open(desk.now)
    desk.store.put_on(surface.id, [loop.id for loop in loops], (), at)
    return surface


def hand_back(desk: Desk, _: Fields) -> View:
    """What was given and still is with whom it was given to returns to whom it came from."""
    surface, loops = desk.store.loops_on(argument_id(desk))
    giver = desk.store.member(surface.about) if surface is not None and surface.about else None
    if surface is None or giver is None or surface.kind is not SurfaceKind.HANDED:
        raise Refused("This is settled already.")
    lead = desk.lead_ids()
    mine = [
        loop
        for loop in loops
        if loop.open
        and loop.owner.id == surface.member
        and viewpoint(desk.member, loop, desk.now, lead=lead) in _GIVERS
    ]
    if not mine:
        raise Refused("None of them is there any more. Nothing was changed.")
    for change in [turns.hand_over(loop, desk.member, desk.now, giver) for loop in mine]:
        desk.commit(change)
    return say(f"{screen.candidates(len(mine))} back with {giver.name}.")


def view(store: Store, surface: Surface, viewer: Viewer) -> Message:
    """The message to the new owner, as it is now."""
    giver = store.member(surface.about) if surface.about else None
    _, loops = store.loops_on(surface.id)
    mine = [
        loop
        for loop in loops
        if loop.owner.id == viewer.member.id and viewpoint(viewer.member, loop, viewer.now) is not None
    ]
    return screen.handed(surface, viewer, giver, mine)


# -- a role -------------------------------------------------------------------------------------------------


def _role(desk: Desk, title: str) -> Role:
    """The one role of this title that the member may hand over."""
    found = [role for role in desk.store.roles_titled(title) if _may_give(desk, role)]
    if not found:
        raise Refused(f'I know no role called "{title}" that is yours to hand over.')
    if len(found) > 1:
        whose = ", ".join(role.manager.name for role in found)
        raise Refused(f"Several roles are called {title}: of {whose}. Hand over the person's candidates.")
    return found[0]


def _may_give(desk: Desk, role: Role) -> bool:
    """All of it: a co-manager gives away what is their own, with `hand over`."""
    recruits = role.recruiter is not None and role.recruiter.id == desk.member.id
    return people.may_give(desk, role) and (recruits or desk.member.id not in role.co_managers)


def _confirm_role(desk: Desk, role: Role, to: Member) -> View:
    people.may_take(role, to)
    waiting = [loop for loop in desk.store.loops_of_role(role.id) if loop.owner.id == role.manager.id]
    return screen.confirm_role(desk.viewer(), role, to, len(waiting))


def submit_role(desk: Desk, fields: Fields) -> View:
    """Confirmed: the role and everybody who waits for its manager."""
    role = desk.store.role(argument_id(desk))
    if role is None or not _may_give(desk, role):
        raise Refused("This role is not yours to hand over.")
    try:
        to = _colleague(desk, fields.get("to", ""))
        people.may_take(role, to)
    except Refused as refused:
        return FieldErrors((("to", str(refused)),))
    giver = role.manager
    mine = [loop for loop in desk.store.loops_of_role(role.id) if loop.owner.id == giver.id]
    answer = people.hand_over_role(desk, role, to)
    if mine:
        _tell(desk, giver, to, mine)
    return answer
