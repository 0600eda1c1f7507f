"""A person's candidates, or a whole role, go to somebody else: named, counted, confirmed, told once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from bot import turns
from bot.access import Viewpoint, must_address, viewpoint
from bot.actions import LISTED, Verb
from bot.changes import Change, Refused
from bot.loops import Loop
from bot.nudges import Surface, SurfaceKind
from bot.people import Member, Role
from bot.ports import Store
from bot.search import find_member, search
from bot.uses import fate, review
from bot.uses.desk import Desk, Fields, argument_id, say
from bot.views import handed as screen
from bot.views.elements import Buttons, FieldErrors, Message, Paragraph, View
from bot.views.handed import Given
from bot.views.viewer import Viewer

AT_ONCE = 100
"""At most this many of a person's in one transaction."""
_GIVERS = (Viewpoint.OWNER, Viewpoint.RECRUITER, Viewpoint.LEAD)
HOW = (
    "Whose, and to whom? /followup handover dana to sam, /followup handover role backend engineer to sam, or "
    "/followup handover recruiter ravi to ines"
)


def typed(desk: Desk, rest: Sequence[str]) -> View:
    """`handover PERSON to MEMBER` and `handover role ROLE to MEMBER`: a form says how many, and asks."""
    words = list(rest)
    lower = [word.lower() for word in words]
    if "to" not in lower[1:-1]:
        return say(HOW)
    cut = len(lower) - 1 - lower[::-1].index("to")
    to = " ".join(words[cut + 1 :])
    if lower[0] == "role" and cut > 1:
        title = " ".join(words[1:cut])
        asked = role_called(desk, title, to)
        if asked is None:
            raise Refused(f'I know no role called "{title}" that is yours to hand over.')
        return asked
    return _confirm_person(desk, _person(desk, " ".join(words[:cut]), to), colleague(desk, to))


def colleague(desk: Desk, typed_name: str) -> Member:
    to = find_member(desk.store.members(), typed_name)
    if isinstance(to, str):
        raise Refused(to)
    if not to.available:
        raise Refused(f"{to.first_name} cannot take it: their account is switched off or unreachable.")
    must_address(to, desk.store.policy)
    return to


def called(desk: Desk, typed_name: str) -> Member:
    """Whoever in the company is called so; raises `Refused`."""
    found = find_member(desk.store.members(), typed_name)
    if isinstance(found, str):
        raise Refused(found)
    return found


def _person(desk: Desk, typed_name: str, to: str) -> Member:
    try:
        return called(desk, typed_name)
    except Refused:
        if search(typed_name, ((it.candidate, it) for it in desk.store.names(desk.member.id))):
            raise Refused(
                f'I know no colleague called "{typed_name}". A candidate goes with: /followup hand over '
                f"{typed_name} to {to}"
            ) from None
        raise


# -- a person -----------------------------------------------------------------------------------------------


def mine(desk: Desk, _: Fields) -> View:
    """One's own, from a button: the form asks to whom."""
    loops = _owned(desk, desk.member)
    if not loops:
        raise Refused("Nobody waits for you whom you could hand over.")
    return screen.ask_to_whom(desk.viewer(LISTED), loops[:AT_ONCE], len(loops[AT_ONCE:]))


def _confirm_person(desk: Desk, giver: Member, to: Member) -> View:
    if giver.id == to.id:
        raise Refused(f"{giver.first_name} has them already.")
    given, left = _given(desk, giver, to)
    if not given.changes:
        raise Refused(_nothing(giver, left))
    return screen.confirm_person(desk.viewer(), giver, to, given)


def _nothing(giver: Member, left: Sequence[str]) -> str:
    return left[0] if left else f"Nobody waits for {giver.first_name} whom you could hand over."


def _owned(desk: Desk, giver: Member) -> tuple[Loop, ...]:
    """Whoever waits for the giver, then those of an import whom nobody has looked at yet."""
    return (*desk.store.loops_owned(giver.id), *desk.store.unreviewed_owned(giver.id))


def _given(desk: Desk, giver: Member, to: Member) -> tuple[Given, Sequence[str]]:
    """What this member may hand over, and why some of it stays. Others' candidates are not counted."""
    lead = desk.lead_ids()
    theirs = [
        loop for loop in _owned(desk, giver) if viewpoint(desk.member, loop, desk.now, lead=lead) in _GIVERS
    ]
    changes, left = _changes(desk, theirs, to)
    given = Given(changes=changes[:AT_ONCE], stay=len(left), more=len(changes[AT_ONCE:]))
    return given, left


def _changes(desk: Desk, loops: Iterable[Loop], to: Member) -> tuple[list[Change], list[str]]:
    """What can go there, and why the rest cannot."""
    changes: list[Change] = []
    left: list[str] = []
    for loop in loops:
        try:
            changes.append(turns.hand_over(loop, desk.member, desk.now, to))
        except Refused as refused:
            left.append(str(refused))
    return changes, left


def submit_person(desk: Desk, fields: Fields) -> View:
    """Confirmed: counted and checked anew, written, and told once."""
    giver = desk.store.member(argument_id(desk))
    try:
        to = colleague(desk, fields.get("to", ""))
    except Refused as refused:
        return FieldErrors((("to", str(refused)),))
    if giver is None or giver.id == to.id:
        return FieldErrors((("to", "Choose somebody else."),))
    given, left = _given(desk, giver, to)
    if not given.changes:
        return FieldErrors((("to", _nothing(giver, left)),))
    return _write(desk, giver, to, given)


def _write(desk: Desk, giver: Member, to: Member, given: Given) -> View:
    loops = _commit(desk, giver, given.changes)
    told = _tell(desk, giver, to, loops)
    text = screen.handed_over(desk.viewer(), giver, to, given, told=told is not None)
    buttons: tuple[Buttons, ...] = ()
    if told is not None:
        back = desk.viewer(LISTED).plain_button("Hand back", Verb.HAND_BACK, told.id.hex)
        buttons = (Buttons((back,)),)
    return Message(notification=text, elements=(Paragraph(text), *buttons), private=True)


def _commit(desk: Desk, giver: Member, changes: Iterable[Change]) -> list[Loop]:
    loops = [desk.commit(change) for change in changes]
    review.moved(desk.store, desk.now, loops, giver)
    return loops


def _tell(desk: Desk, giver: Member, to: Member, loops: Sequence[Loop]) -> Surface | None:
    """One message to the new owner, within their hours; it keeps which candidates were given, and by whom."""
    if to.id == desk.member.id or not loops:
        return None
    occasion = f"{giver.id}/{desk.member.id}/{desk.now.isoformat()}"
    surface, _ = desk.store.open_surface(SurfaceKind.HANDED, to.id, occasion, desk.now, about=giver.id)
    at = to.calendar.next_open(desk.now)
    desk.store.put_on(surface.id, [loop.id for loop in loops], (), at)
    return surface


def hand_back(desk: Desk, _: Fields) -> View:
    """What was given and still is with whom it was given to returns to whom it came from.

    Asked for by whoever gave it: what was their own, or what they may hand over now as well.
    """
    surface, loops = desk.store.loops_on(argument_id(desk))
    giver = desk.store.member(surface.about) if surface is not None and surface.about else None
    if surface is None or giver is None or surface.kind is not SurfaceKind.HANDED:
        raise Refused("This is settled already.")
    if surface.occasion.split("/")[1] != str(desk.member.id):
        raise Refused("Only whoever handed them over takes them back. Nothing was changed.")
    own, lead = giver.id == desk.member.id, desk.lead_ids()
    there = [
        loop
        for loop in loops
        if loop.open
        and loop.owner.id == surface.member
        and (own or viewpoint(desk.member, loop, desk.now, lead=lead) in _GIVERS)
    ]
    changes, left = _changes(desk, there, giver)
    if not changes:
        raise Refused(left[0] if left else "None of them is there any more. Nothing was changed.")
    _commit(desk, there[0].owner, changes)
    return say(screen.handed_back(giver, Given(changes=changes, stay=len(left))))


def view(store: Store, surface: Surface, viewer: Viewer) -> Message:
    """The message to the new owner, as it is now."""
    giver = store.member(surface.about) if surface.about else None
    _, loops = store.loops_on(surface.id)
    theirs = [
        loop
        for loop in loops
        if loop.owner.id == viewer.member.id
        and (loop.open or loop.reviewed_on is not None)
        and viewpoint(viewer.member, loop, viewer.now) is not None
    ]
    return screen.handed(surface, viewer, giver, theirs)


# -- a role -------------------------------------------------------------------------------------------------


def role_called(desk: Desk, title: str, to: str) -> View | None:
    """The form for the one role of this title that the member may hand over; None where there is none."""
    found = [role for role in desk.store.roles_titled(title) if _may_give(desk, role)]
    if not found:
        return None
    if len(found) > 1:
        whose = ", ".join(role.manager.name for role in found)
        raise Refused(f"Several roles are called {title}: of {whose}. Hand over the person's candidates.")
    role, taker = found[0], colleague(desk, to)
    giver = _giver(desk, role)
    _may_take(role, giver, taker)
    _, given = _role_given(desk, role, giver, taker)
    return screen.confirm_role(desk.viewer(), role, giver, taker, given)


def submit_role(desk: Desk, fields: Fields) -> View:
    """Confirmed: the role and everybody who waits for its manager; or a co-manager's part of it."""
    role = desk.store.role(argument_id(desk))
    if role is None or not _may_give(desk, role):
        raise Refused("This role is not yours to hand over.")
    giver = _giver(desk, role)
    try:
        to = colleague(desk, fields.get("to", ""))
        _may_take(role, giver, to)
        after, given = _role_given(desk, role, giver, to)
    except Refused as refused:
        return FieldErrors((("to", str(refused)),))
    if after == role:
        return _write(desk, giver, to, given)
    desk.store.save_role(after)
    _write(desk, giver, to, given)
    for change in given.beside:
        fate.tell(desk.store, desk.now, desk.commit(change))
    return say(screen.role_handed_over(desk.viewer(), role, to, given))


def _may_give(desk: Desk, role: Role) -> bool:
    """Whoever is named on the role, and the lead and the admins where it is not confidential."""
    me = desk.member.id
    if me in role.applicants:
        return False
    return me in role.named or (not role.confidential and bool(desk.member.admin or desk.lead_ids()))


def _giver(desk: Desk, role: Role) -> Member:
    """Whose part goes: a co-manager gives what is their own, everybody else the role with its manager's."""
    me = desk.member
    recruits = role.recruiter is not None and role.recruiter.id == me.id
    return me if me.id in role.co_managers and me.id != role.manager.id and not recruits else role.manager


def _may_take(role: Role, giver: Member, to: Member) -> None:
    """`Refused` where this colleague cannot take it from the giver."""
    if role.confidential and to.id not in role.named:
        raise Refused(f"{to.first_name} is not named on this confidential role, so cannot take it over.")
    if to.id in role.applicants:
        raise Refused(f"{to.first_name} applied for this role, so cannot take it over.")
    if to.id == giver.id:
        whole = giver.id == role.manager.id
        raise Refused(f"{to.first_name} answers for this role already." if whole else "Choose somebody else.")


def _role_given(desk: Desk, role: Role, giver: Member, to: Member) -> tuple[Role, Given]:
    """The role as it is afterwards, and the candidates who go with it."""
    after = role
    if giver.id == role.manager.id:
        others = tuple(one for one in role.co_managers if one != to.id)
        after = dataclasses.replace(role, manager=to, co_managers=others)
    loops = desk.store.loops_of_role(role.id)
    theirs = [loop for loop in loops if loop.owner.id == giver.id]
    changes = [turns.hand_over(loop, desk.member, desk.now, to, after) for loop in theirs]
    if after == role and not changes:
        raise Refused(f"Nobody waits for {giver.first_name} whom you could hand over.")
    staying = [loop for loop in loops if loop not in theirs and after != role]
    beside = (turns.role_handed_over(loop, desk.member, desk.now, after) for loop in staying)
    return after, Given(changes=changes, beside=[change for change in beside if change is not None])
