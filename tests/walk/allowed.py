"""Who may see and write what, worked out from the design's words and not with the code that is walked.

Manager: own loops · delegate: a grant with dates · recruiter: the roles assigned · lead and admins: manage,
and do not thereby send. On a confidential role: the people named on it. Never who applied for it themselves.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

from bot.loops import Detail, Loop
from bot.people import Member
from bot.policy import Policy


def may_write(member: Member, loop: Loop, now: dt.datetime) -> bool:
    role = loop.role
    places = {loop.owner.id, role.manager.id, *role.co_managers}
    if role.recruiter is not None:
        places.add(role.recruiter.id)
    for away in (loop.owner, role.recruiter):
        if away is not None and is_away(away, now) and away.absence is not None and away.absence.accepted:
            places.add(away.absence.delegate or away.id)
    return member.id in places and not _kept_out(member, loop)


def may_see(member: Member, loop: Loop, policy: Policy, now: dt.datetime) -> bool:
    asked = loop.detail is Detail.WAITING_FOR and loop.waiting_for is not None
    panel = asked and loop.waiting_for is not None and loop.waiting_for.id == member.id
    manages = member.admin or member.email in {policy.recruiting_lead, *policy.admins}
    return may_write(member, loop, now) or ((panel or manages) and not _kept_out(member, loop))


def _kept_out(member: Member, loop: Loop) -> bool:
    if not member.active or member.email.lower() == loop.candidate.email.lower():
        return True
    if member.id in loop.role.applicants:
        return True
    role = loop.role
    named = {role.manager.id, *role.co_managers, loop.owner.id} | (
        {role.recruiter.id} if role.recruiter else set()
    )
    return role.confidential and member.id not in named


def is_away(member: Member, now: dt.datetime) -> bool:
    absence = member.absence
    today = now.astimezone(zoneinfo.ZoneInfo(member.zone)).date()
    return absence is not None and absence.start <= today <= absence.until
