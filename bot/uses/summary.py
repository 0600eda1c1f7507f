"""The weekly summary: asked for in a channel, counted by the clock, told once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from collections.abc import Sequence

from bot import summary as counting
from bot.access import is_admin
from bot.changes import Refused
from bot.nudges import Surface, SurfaceKind
from bot.people import Member, Role
from bot.ports import Store
from bot.search import search
from bot.summary import Channel, Summary, Week
from bot.uses.desk import Desk, say
from bot.views.elements import Message, View
from bot.views.summary import summary_view, unposted_view
from bot.views.viewer import Viewer, city_of
from bot.weeks import WEEK

LATE = dt.timedelta(hours=1)
"""A summary found so long after its time was missed; it then waits for working hours."""
NAMED = 5
"""Titles of roles in one sentence."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)")
_LIKE_A_TIME = re.compile(r"\d{1,2}(:\d{1,2}|[.h]\d\d|h|[ap]m|:\d\d[ap]m)", re.IGNORECASE)


# -- /followup here ---------------------------------------------------------------------------------------


def here(desk: Desk, words: Sequence[str], channel: str, called: str) -> View:
    """`/followup here [ROLE] [friday 15:00]`, or `off`, typed in `channel`."""
    if not channel:
        return say("Type /followup here in the team's channel: its weekly summary will come there.")
    known = desk.store.channel(channel)
    if [word.lower() for word in words] == ["off"]:
        return _off(desk, known)
    weekday, at, rest = _when(words)
    roles = [role for role in desk.store.roles_of(desk.member.id) if not role.confidential]
    if rest:
        wanted = " ".join(rest)
        roles = search(wanted, ((role.title, role) for role in roles))
        if len(roles) != 1:
            if time := next((word for word in rest if _LIKE_A_TIME.fullmatch(word)), ""):
                return say(f'"{time}" is no time as I read it. Write it as in /followup here friday 15:00.')
            return say(
                f'I know no single role of yours called "{wanted}". Confidential roles have no channel.'
            )
    if not roles:
        return say("You have no role whose team could read a summary here.")
    asked = _asked(desk, known, channel, called, weekday, at)
    desk.store.bind_channel(channel, [role.id for role in roles])
    desk.store.save_channel(asked)
    return say(_told(desk, asked, roles))


def _asked(
    desk: Desk, known: Channel | None, name: str, called: str, weekday: int | None, at: dt.time | None
) -> Channel:
    """The channel from now on. Its time is whose it was who asked first, or chose another time."""
    anew = known is None or known.next_at is None or weekday is not None or at is not None
    channel = known or Channel(id=uuid.uuid4(), name=name, zone=desk.member.zone, asked_by=desk.member.id)
    channel = dataclasses.replace(channel, called=called or channel.called, problem="")
    if anew:
        channel = dataclasses.replace(
            channel,
            zone=desk.member.zone,
            asked_by=desk.member.id,
            weekday=channel.weekday if weekday is None else weekday,
            at=at or channel.at,
        )
    return dataclasses.replace(channel, next_at=channel.due_after(desk.now))


def _told(desk: Desk, channel: Channel, roles: Sequence[Role]) -> str:
    titles = ", ".join(role.title for role in roles[:NAMED])
    more = f" and {len(roles) - NAMED} more roles" if len(roles) > NAMED else ""
    managers = len(set(desk.store.counted_roles(channel).values()))
    day = _DAYS[channel.weekday].capitalize()
    few = f" So far it is {managers}: add the others' roles too." if managers < counting.LEAST else ""
    return (
        f"This channel gets the weekly summary for {titles}{more}: counts only, no names. "
        f"Every {day} at {channel.at:%H:%M}, {city_of(channel.zone)} time, once I have been added to this "
        f"channel. Nothing comes while fewer than {counting.LEAST} hiring managers or {counting.LEAST} "
        f"candidates would be counted.{few} Typing /followup here off ends it."
    )


def _off(desk: Desk, known: Channel | None) -> View:
    if known is None or known.next_at is None:
        return say("No weekly summary comes here.")
    own = {role.id for role in desk.store.roles_of(desk.member.id)}
    admin = is_admin(desk.member, desk.store.policy)
    if not (admin or desk.member.id == known.asked_by or own & desk.store.counted_roles(known).keys()):
        raise Refused("Only an admin, or somebody whose role is counted here, can end this summary.")
    desk.store.save_channel(dataclasses.replace(known, next_at=None, problem=""))
    return say("No more weekly summaries come here. Typing /followup here begins them again.")


def _when(words: Sequence[str]) -> tuple[int | None, dt.time | None, list[str]]:
    """Weekday and time where they were typed, and the words that are left."""
    weekday: int | None = None
    at: dt.time | None = None
    rest: list[str] = []
    for word in words:
        days = [day for day, name in enumerate(_DAYS) if len(word) > 2 and name.startswith(word.lower())]
        time = _TIME.fullmatch(word)
        if len(days) == 1 and weekday is None:
            weekday = days[0]
        elif time and at is None:
            at = dt.time(int(time[1]), int(time[2]))
        else:
            rest.append(word)
    if rest and at is None:
        # "Friday" alone is a day; in a role's title it is a word like any other.
        return None, None, list(words)
    return weekday, at, rest


def wants_name(store: Store, name: str) -> bool:
    """Whether a summary comes to this channel, so that it matters what people call it."""
    channel = store.channel(name)
    return channel is not None and channel.next_at is not None


def named(store: Store, name: str, called: str) -> None:
    """The chat has told what people call a channel; where no summary comes nothing is kept of it."""
    known = store.channel(name)
    channel = store.lock_channel(known.id) if known is not None else None
    if channel is not None and channel.next_at is not None and channel.called != called:
        store.save_channel(dataclasses.replace(channel, called=called))


# -- the clock --------------------------------------------------------------------------------------------


def count(store: Store, now: dt.datetime, channel_id: uuid.UUID) -> Week | None:
    """The week of a channel whose time has come; None where it has not.

    Reads alone: of a large company it takes seconds, in which nobody's click should wait. Of weeks that were
    slept through the last one is counted, as it was then.
    """
    channel = store.channel_by_id(channel_id)
    if channel is None or channel.next_at is None or channel.next_at > now:
        return None
    until = channel.due_by(now)
    since = max([until - WEEK, *(it.until for it in store.summaries(channel.id, until, 1))])
    return store.week(channel, since, until)


def summarise(store: Store, now: dt.datetime, channel_id: uuid.UUID, week: Week) -> None:
    """Keep what may be told of a week that was counted, and queue its delivery, in this one transaction.

    Safe to run late, twice, or after a crash: one summary an ISO week.
    """
    channel = store.lock_channel(channel_id)
    if channel is None or channel.next_at is None or channel.next_at > now:
        return
    earlier = store.summaries(channel.id, week.until, 1)
    told = counting.figures(week)
    if told is not None and _difference_tells(store, week):
        told = None
    # That figures are left out is said once, not every week.
    silent = told is None and any(it.figures is None for it in earlier)
    summary = Summary(
        id=uuid.uuid4(), channel=channel.id, week=channel.week_of(week.until), since=week.since,
        until=week.until, roles=week.roles, figures=told, posted=not silent,
    )  # fmt: skip
    late = now - week.until > LATE
    store.add_summary(summary, channel.calendar.next_open(now) if late else now)
    store.save_channel(dataclasses.replace(channel, next_at=channel.due_after(now)))


def _difference_tells(store: Store, week: Week) -> bool:
    """Whether somebody who reads this beside a summary of these days learns of one or two people."""
    others = store.groups_told(week.until - counting.NEAR)
    changed = frozenset[uuid.UUID]().union(*(week.roles ^ other for other in others if week.roles & other))
    managers = store.waited_in(changed, week.since) if changed else {}
    return any(counting.speaks_of_few(week.roles, other, managers) for other in others)


# -- delivering -------------------------------------------------------------------------------------------


def message(store: Store, summary_id: uuid.UUID) -> tuple[Channel, Summary, Message] | None:
    """What is to be posted and where; the same at every call. None where it is not wanted any more."""
    summary = store.summary(summary_id)
    channel = store.channel_by_id(summary.channel) if summary else None
    if summary is None or channel is None or channel.next_at is None:
        return None
    asker = store.member(channel.asked_by)
    if asker is None or not store.policy.addresses(asker.email):
        return None
    earlier = store.summaries(channel.id, summary.until, counting.SHOWN_WEEKS - 1)
    return channel, summary, summary_view(channel, summary, earlier)


def posted(store: Store, now: dt.datetime, channel: Channel, summary: Summary) -> None:
    """It is in the channel. Admins who read that it could not be posted read that it is, for good."""
    _save_problem(store, channel, "")
    store.bump_occasion(SurfaceKind.CHANNEL, str(summary.id), now, last=True)


def dropped(store: Store, now: dt.datetime, summary_id: uuid.UUID) -> None:
    """It is not tried any more; admins who read that it is tried every hour read that."""
    store.bump_occasion(SurfaceKind.CHANNEL, str(summary_id), now)


def unposted(store: Store, now: dt.datetime, channel: Channel, summary: Summary, problem: str) -> None:
    """The chat refuses the channel: the admins are told, once a summary. `problem` says what mends it."""
    _save_problem(store, channel, problem)
    for admin in _admins(store):
        surface, new = store.open_surface(SurfaceKind.CHANNEL, admin.id, str(summary.id), now)
        if new:
            store.bump((surface.id,), now)


def _save_problem(store: Store, channel: Channel, problem: str) -> None:
    """On the channel as it is now: somebody may have typed in it since the summary was taken up."""
    found = store.lock_channel(channel.id)
    if found is not None and found.problem != problem:
        store.save_channel(dataclasses.replace(found, problem=problem))


def _admins(store: Store) -> tuple[Member, ...]:
    return tuple(it for it in store.members() if is_admin(it, store.policy))


def unposted_shown(store: Store, surface: Surface, viewer: Viewer) -> Message | None:
    summary = store.summary(uuid.UUID(surface.occasion))
    channel = store.channel_by_id(summary.channel) if summary else None
    if summary is None or channel is None:
        return None
    return unposted_view(channel, summary, surface, viewer.now)
