"""Whoever recruits for roles gives them to a colleague: counted, confirmed, told once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from bot import turns
from bot.changes import Change, Refused
from bot.nudges import Surface, SurfaceKind
from bot.people import Member, Role
from bot.ports import Store
from bot.uses import fate, review
from bot.uses.desk import Desk, Fields, argument_id, say
from bot.uses.handing_over import AT_ONCE, called, colleague
from bot.views import handed as screen
from bot.views.elements import FieldErrors, Message, View
from bot.views.handed import RolesGiven
from bot.views.viewer import Viewer

HOW = "Whose roles, and to whom? /followup handover recruiter ravi to ines"


def typed(desk: Desk, rest: Sequence[str]) -> View:
    """`handover recruiter PERSON to MEMBER`: a form says how many, and asks."""
    lower = [word.lower() for word in rest]
    if "to" not in lower[1:-1]:
        return say(HOW)
    cut = len(lower) - 1 - lower[::-1].index("to")
    giver, to = called(desk, " ".join(rest[:cut])), colleague(desk, " ".join(rest[cut + 1 :]))
    return screen.confirm_recruiter(desk.viewer(), giver, to, _given(desk, giver, to))


def submit(desk: Desk, fields: Fields) -> View:
    """Confirmed: counted and checked anew, written, and told once."""
    giver = desk.store.member(argument_id(desk))
    if giver is None:
        raise Refused("Whoever recruited there is not known any more.")
    try:
        to = colleague(desk, fields.get("to", ""))
        given = _given(desk, giver, to)
    except Refused as refused:
        return FieldErrors((("to", str(refused)),))
    for role in given.roles:
        desk.store.save_role(role)
    loops = [desk.commit(change) for change in given.changes]
    for change, loop in zip(given.changes, loops, strict=True):
        if change.move is not None:
            fate.tell(desk.store, desk.now, loop)
    review.moved(desk.store, desk.now, loops, giver)
    if any(loop.reviewed_on is None for loop in loops):
        review.ask(desk.store, desk.now, to)
    if loops and to.id != desk.member.id:
        occasion = f"{giver.id}/{desk.member.id}/{desk.now.isoformat()}"
        surface, _ = desk.store.open_surface(SurfaceKind.RECRUITS, to.id, occasion, desk.now, about=giver.id)
        at = to.calendar.next_open(desk.now)
        desk.store.put_on(surface.id, [loop.id for loop in loops], (), at)
    return say(screen.recruiter_changed(desk.viewer(), giver, to, given))


def view(store: Store, surface: Surface, viewer: Viewer) -> Message:
    """The message to the new recruiter, as it is now."""
    giver = store.member(surface.about) if surface.about else None
    _, loops = store.loops_on(surface.id)
    theirs = [x for x in loops if x.open and x.recruiter is not None and x.recruiter.id == viewer.member.id]
    return screen.recruits(surface, viewer, giver, theirs)


def _given(desk: Desk, giver: Member, to: Member) -> RolesGiven:
    """What goes there at once, whole roles. Raises `Refused` where nothing does."""
    if giver.id == to.id:
        raise Refused(f"{giver.first_name} recruits there already.")
    theirs = [
        role
        for role in desk.store.roles_of(giver.id)
        if role.recruiter is not None and role.recruiter.id == giver.id and _may_say(desk, role, giver)
    ]
    if not theirs:
        raise Refused(f"{giver.first_name} recruits for no role that you could hand over.")
    takes = [role for role in theirs if _may_take(role, to)]
    if not takes:
        raise Refused(f"None of them can go to {to.first_name}, who {screen.why_not(len(theirs))}.")
    roles: list[Role] = []
    changes: list[Change] = []
    for role in takes:
        loops = desk.store.loops_of_role(role.id)
        if roles and len(changes) + len(loops) > AT_ONCE:
            break
        after = dataclasses.replace(role, recruiter=to)
        roles.append(after)
        changes.extend(turns.recruiter_changed(loop, desk.member, desk.now, after) for loop in loops)
    return RolesGiven(
        roles=roles, changes=changes, stay=len(theirs) - len(takes), more=len(takes) - len(roles)
    )


def _may_say(desk: Desk, role: Role, giver: Member) -> bool:
    """Whoever recruits there, and the lead and the admins where they may know of the role."""
    me = desk.member
    if me.id in role.applicants:
        return False
    leads = bool(me.admin or desk.lead_ids()) and not (role.confidential and me.id not in role.named)
    return me.id == giver.id or leads


def _may_take(role: Role, to: Member) -> bool:
    """A recruiter steps in where the manager does not answer, so is somebody else."""
    stranger = role.confidential and to.id not in role.named
    return not stranger and to.id != role.manager.id and to.id not in role.applicants
