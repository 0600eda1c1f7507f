"""What a chat tells of a member: that they are there, their time zone and language, that they are away."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot.calendar import is_known_zone
from bot.changes import Refused
from bot.ladder import is_away
from bot.people import Absence, Member, Profile
from bot.ports import Store
from bot.uses.people import relook

AT_ONCE = 100
"""At most so many members in one transaction."""


def met(store: Store, now: dt.datetime, member: Member, profile: Profile) -> Member:
    """The member has a full account with this profile. What they chose themselves is left as it is."""
    zone = profile.zone if is_known_zone(profile.zone) and not member.own_zone else member.zone
    after = dataclasses.replace(
        member, zone=zone, language=profile.language or member.language, reachable=True
    )
    after = dataclasses.replace(after, absence=_absence(after, profile, now))
    if after != member:
        store.save_member(after)
    if (after.zone, after.absence, after.reachable) != (member.zone, member.absence, member.reachable):
        relook(store, now, after)
    return after


def out_of_office(store: Store, now: dt.datetime, member: Member, *, out: bool) -> Member:
    """A chat that is asked now and then says whether they are out of office, and never until when.

    So it holds for the day on which it is said, and ends when it is said no more. What tells more stays: what
    the member has said themselves, and a status with an end.
    """
    today = member.calendar.today(now)
    if out == is_away(member, now):
        return member
    known = member.absence
    if out:
        if known is not None and not known.by_chat and known.until >= today:
            return member
        absence = Absence(start=today, until=today, by_chat=True)
    elif known is None or not known.by_chat or known.until != today:
        return member
    else:
        absence = None
    after = dataclasses.replace(member, absence=absence)
    store.save_member(after)
    relook(store, now, after)
    return after


def heard_from(store: Store, now: dt.datetime, member: Member) -> Member:
    """The member has come to the bot, so can be reached again."""
    after = dataclasses.replace(member, reachable=True)
    store.save_member(after)
    relook(store, now, after)
    return after


def let_in(store: Store, now: dt.datetime) -> bool:
    """The bot has been installed in a chat, anew perhaps: whoever nobody could reach is looked for once more.

    Each hears what they have not been shown yet, within their hours. Whether there are more of them than one
    transaction takes: then call again.
    """
    lost = [member for member in store.members() if not member.reachable]
    for member in lost[:AT_ONCE]:
        after, morning = dataclasses.replace(member, reachable=True), member.calendar.next_open(now)
        store.save_member(after)
        relook(store, now, after, drawn=morning)
        store.bump_unread(member.id, morning)
    return len(lost) > AT_ONCE


def welcomed(store: Store, now: dt.datetime, email: str, name: str, profile: Profile) -> Member:
    """The member with this work email, who has come to the bot by themselves; a new one where there is none.

    Raises `Refused` where the bot may not address them.
    """
    member = store.member_by_email(email)
    if member is None:
        if not store.policy.addresses(email):
            raise Refused(
                "Followup is being tried out with a few colleagues first, and you are not among them yet. "
                "Ask the recruiter you work with."
            )
        policy = store.policy
        member = Member(
            id=uuid.uuid4(),
            name=name,
            email=email,
            zone=policy.default_zone,
            country=policy.default_country,
            admin=email.lower() in policy.admins,
        )
        store.save_member(member)
    if not member.active:
        raise Refused("Your account here is switched off. Ask the recruiter you work with.")
    return met(store, now, member, profile)


def _absence(member: Member, profile: Profile, now: dt.datetime) -> Absence | None:
    """As the status has it, unless the member has told us something else themselves."""
    known, until = member.absence, profile.away_until
    today = member.calendar.today(now)
    if known is not None and not known.by_chat and known.until >= today:
        return known
    if until is None or until < today:
        return None
    start = known.start if known is not None and known.by_chat else today
    return Absence(start=start, until=until, by_chat=True)
