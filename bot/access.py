"""Who may see and do what, with one loop. Asked at every click and again before a letter leaves."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Collection

from bot.changes import Refused
from bot.ladder import stands_in
from bot.loops import Detail, Loop
from bot.people import Member
from bot.policy import Policy


class Viewpoint(enum.StrEnum):
    """Why a member looks at a loop. What the screen offers follows from it."""

    OWNER = "owner"
    DELEGATE = "delegate"
    CO_MANAGER = "co_manager"
    RECRUITER = "recruiter"
    """Or whoever stands in for the recruiter."""
    WAITED_FOR = "waited_for"
    """A panel member whose word is missing: sees that one row, sends nothing."""
    LEAD = "lead"
    """The recruiting lead or an admin: manages, does not thereby send."""

    @property
    def may_write(self) -> bool:
        """May write to the candidate and change the loop."""
        return self in _WRITERS


_WRITERS = frozenset({Viewpoint.OWNER, Viewpoint.DELEGATE, Viewpoint.CO_MANAGER, Viewpoint.RECRUITER})


def viewpoint(
    member: Member, loop: Loop, now: dt.datetime, *, lead: Collection[str] = ()
) -> Viewpoint | None:
    """How this member may look at this loop, None where they may not at all.

    `lead` holds the ids, as text, of the recruiting lead or the admins.
    """
    if not member.active or member.email.lower() == loop.candidate.email.lower():
        return None
    if member.id in loop.role.applicants:
        return None
    found = _by_place(member.id, loop, now)
    if found is None and (member.admin or str(member.id) in lead):
        found = Viewpoint.LEAD
    if loop.role.confidential and member.id not in loop.role.named and found is not Viewpoint.OWNER:
        return None
    return found


def has_a_place(member: uuid.UUID, loop: Loop, now: dt.datetime) -> bool:
    """Whether this member stands where one may write; what else they are is asked when a letter leaves."""
    point = _by_place(member, loop, now)
    return point is not None and point.may_write


def _by_place(member: uuid.UUID, loop: Loop, now: dt.datetime) -> Viewpoint | None:
    role, owner = loop.role, loop.owner
    if member == owner.id:
        return Viewpoint.OWNER
    if role.recruiter is not None and member == role.recruiter.id:
        return Viewpoint.RECRUITER
    if stands_in(member, owner, now):
        return Viewpoint.DELEGATE
    if member == role.manager.id or member in role.co_managers:
        return Viewpoint.CO_MANAGER
    if role.recruiter is not None and stands_in(member, role.recruiter, now):
        return Viewpoint.RECRUITER
    if loop.detail is Detail.WAITING_FOR and loop.waiting_for and loop.waiting_for.id == member:
        return Viewpoint.WAITED_FOR
    return None


def may_overrule(member: Member, loop: Loop, now: dt.datetime) -> bool:
    """Whether the member may send words that are blocked for others: the recruiter, or who stands in."""
    recruiter = loop.role.recruiter
    return recruiter is not None and (member.id == recruiter.id or stands_in(member.id, recruiter, now))


def is_admin(member: Member, policy: Policy) -> bool:
    """Whether the member pauses, resumes and sets what holds for the whole company."""
    return member.admin or member.email.lower() in policy.admins


def must_address(member: Member, policy: Policy) -> None:
    """`Refused` where the bot may not write to this member: whoever they answered for would wait unseen."""
    if not policy.addresses(member.email):
        raise Refused(f"I may not write to {member.first_name} yet: they are not in the pilot.")


def must_write(member: Member, loop: Loop, now: dt.datetime) -> Viewpoint:
    """The viewpoint of somebody who may write to this candidate; `Refused` for everybody else."""
    found = viewpoint(member, loop, now)
    if found is None:
        raise Refused("This is not yours to see. Ask the recruiter of the role if you think it should be.")
    if not found.may_write:
        raise Refused(
            f"Only {loop.owner.first_name} or the recruiter can do this. "
            f"You can hand the loop over to somebody who may."
        )
    return found


def must_give(member: Member, loop: Loop, now: dt.datetime, *, lead: Collection[str] = ()) -> Viewpoint:
    """The viewpoint of somebody who may give this loop to another: whoever may write, and the lead."""
    found = viewpoint(member, loop, now, lead=lead)
    if found is Viewpoint.LEAD:
        return found
    return must_write(member, loop, now)
