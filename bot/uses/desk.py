"""One member at work inside one transaction: loads what they look at, writes a change, answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from bot import ladder
from bot.access import is_admin, must_give, must_write, viewpoint
from bot.actions import ALONE, Action, Place
from bot.changes import Change, Refused
from bot.loops import Loop
from bot.nudges import Surface, SurfaceKind
from bot.people import Member
from bot.ports import Store
from bot.promises import Promise
from bot.stuck import stuck
from bot.uses.banner import headed
from bot.uses.brake import ask, braked
from bot.views.elements import Message, Paragraph
from bot.views.home import home
from bot.views.in_the_way import answered_already
from bot.views.lists import PAGE_SIZE, alone, nobody_waits, own_list, shows
from bot.views.queue import queue
from bot.views.viewer import Viewer, is_urgent, urgency

SHARE_OF = 25
"""The share of promises kept is taken over this many of the newest."""
RECRUITED_AT_MOST = 200


class Desk:
    """What one click or one typed line needs: the store, the time, the member, and the loops in view."""

    def __init__(self, store: Store, now: dt.datetime, member: Member, action: Action | None = None) -> None:
        self.store = store
        self.now = now
        self.member = member
        self.action = action
        self.place = action.place if action else ALONE
        self._surface: Surface | None = None
        self._loops: dict[uuid.UUID, Loop] = {}
        self._loaded = False
        self._revisions = 0
        """How often what was written has changed the surface in view."""

    # -- reading --------------------------------------------------------------------------------------------

    def viewer(self, place: Place | None = None) -> Viewer:
        return Viewer(member=self.member, now=self.now, policy=self.store.policy, place=place or self.place)

    @property
    def loop(self) -> Loop:
        """The loop the action is about, with everything else that the answer will show."""
        if self.action is None or self.action.loop is None:
            raise Refused("This button names no candidate. Type /followup to see today's list.")
        self._load()
        found = self._loops.get(self.action.loop)
        if found is None:
            found = self.store.loop(self.action.loop)
            if found is None:
                raise Refused("This candidate is not here any more.")
            self.place, self._surface = ALONE, None
            self._loops = {found.id: found}
        return found

    def writable(self) -> Loop:
        """The same, for somebody who may write to the candidate; `Refused` for everybody else."""
        loop = self.loop
        must_write(self.member, loop, self.now)
        return loop

    def givable(self) -> Loop:
        """The same, for somebody who may hand the loop over."""
        loop = self.loop
        must_give(self.member, loop, self.now, lead=self.lead_ids())
        return loop

    def visible(self) -> Loop:
        loop = self.loop
        if viewpoint(self.member, loop, self.now, lead=self.lead_ids()) is None:
            raise Refused(
                "This is not yours to see. Ask the recruiter of the role if you think it should be."
            )
        return loop

    def lead_ids(self) -> tuple[str, ...]:
        email = self.member.email.lower()
        policy = self.store.policy
        return (str(self.member.id),) if email in {policy.recruiting_lead.lower(), *policy.admins} else ()

    @property
    def current(self) -> bool:
        """Whether the button was drawn for the promise that still is current."""
        promise = self.loop.promise
        return self.action is not None and (promise.id if promise else None) == self.action.promise

    def answered_already(self) -> str | None:
        """Today's answer where the click comes too late: "" or a sentence; None where it may go on."""
        return answered_already(self.loop, self.viewer(), self.action.promise if self.action else None)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        if self.place.surface is not None:
            surface, loops = self.store.loops_on(self.place.surface)
            if surface is not None and surface.member == self.member.id and not self._replaced(surface):
                self._surface = surface
                self._keep(loops)
                return
            self.place = ALONE
        elif not self.place.alone:
            self._keep(listed(self.store, self.now, self.member))

    def _replaced(self, surface: Surface) -> bool:
        """Whether a newer message stands in for it, so that here nobody would see what the click has done."""
        return surface.retired and self.action is not None and self.action.loop is not None

    def _keep(self, loops: Sequence[Loop]) -> None:
        self._loops = {loop.id: loop for loop in loops}

    # -- writing --------------------------------------------------------------------------------------------

    def commit(self, change: Change) -> Loop:
        """Write a change, with the next instant at which somebody has to look at the loop."""
        after = write(self.store, self.now, change)
        if after.id in self._loops:
            self._loops[after.id] = after
            self._revisions += 1
        return after

    # -- answering ------------------------------------------------------------------------------------------

    def answer(self, notice: str = "") -> Message:
        """The whole message the click came from, as it is now."""
        self._load()
        loops = tuple(self._loops.values())
        viewer = self.viewer() if self.place.alone else telling_of_others(self.store, self.viewer(), loops)
        about = self.action.loop if self.action else None
        if self._surface is not None:
            surface = self._surface
            page = min(viewer.place.page, len(loops) // PAGE_SIZE)
            if page != surface.page:
                self.store.turn_page(surface.id, page)
            if self._revisions and not surface.retired:
                surface = dataclasses.replace(surface, revision=surface.revision + self._revisions)
            return draw(self.store, surface, loops, viewer, notice, about)
        if self.place.alone:
            if len(loops) == 1:
                elsewhere = self._elsewhere(loops[0])
                return alone(loops[0], viewer, notice=notice, elsewhere=elsewhere)
            return say(notice)
        if self.place.home:
            shown = home(loops, viewer, notice=notice, about=about, promises=self.promises())
            return headed(self.store, viewer, shown)
        promises = self.promises() if nobody_waits(loops, viewer) else ()
        listed_ = own_list(loops, viewer, notice=notice, about=about, promises=promises)
        return headed(self.store, viewer, listed_)

    def told(self, text: str, member: Member | None = None) -> Message:
        """One sentence; from a home that was asked for, that home as it is now with the sentence in it.

        member: as they are after the change.
        """
        if not self.place.home:
            return say(text)
        return Desk(self.store, self.now, member or self.member, self.action).answer(text)

    def show(self, loop: Loop, notice: str = "") -> Message:
        """One loop on its own."""
        viewer = self.viewer(ALONE)
        return alone(loop, viewer, notice=notice, elsewhere=self._elsewhere(loop))

    def _elsewhere(self, loop: Loop) -> tuple[Loop, ...]:
        """The same person's other loops, unless that role is confidential, or the member wants it too."""
        others = self.store.loops_of_candidate(loop.candidate.id)
        return tuple(o for o in others if o.id != loop.id and _may_hear_of(self.member, o))

    def promises(self) -> Sequence[Promise]:
        return self.store.promises_made_by(self.member.id, SHARE_OF)


def _may_hear_of(member: Member, other: Loop) -> bool:
    role = other.role
    return member.id not in role.applicants and (not role.confidential or member.id in role.named)


def telling_of_others(store: Store, viewer: Viewer, loops: Sequence[Loop]) -> Viewer:
    """Whoever looks at a list reads there what other roles told the same people, while those waited here."""
    shared = {loop.id: loop for loop in loops if loop.elsewhere and loop.open}
    if not shared:
        return viewer
    theirs: dict[uuid.UUID, list[Loop]] = {}
    for other in store.loops_of_candidate(*{loop.candidate.id for loop in shared.values()}):
        if other.reviewed_on is not None and _may_hear_of(viewer.member, other):
            theirs.setdefault(other.candidate.id, []).append(other)
    beside = {
        loop.id: [
            other
            for other in theirs.get(loop.candidate.id, ())
            if other.id != loop.id and (other.closed_at is None or other.closed_at >= loop.interviewed_at)
        ]
        for loop in shared.values()
    }
    return dataclasses.replace(viewer, beside=beside)


def draw(
    store: Store,
    surface: Surface,
    loops: Sequence[Loop],
    viewer: Viewer,
    notice: str = "",
    about: uuid.UUID | None = None,
) -> Message:
    """A surface made of rows, with the share of promises kept where it shows that."""
    if surface.kind is SurfaceKind.QUEUE:
        return queue(surface, loops, viewer, notice=notice, about=about)
    shows_share = surface.kind is SurfaceKind.HOME or nobody_waits(loops, viewer)
    promises = store.promises_made_by(viewer.member.id, SHARE_OF) if shows_share else ()
    if surface.kind is SurfaceKind.HOME:
        shown = home(loops, viewer, surface=surface, notice=notice, about=about, promises=promises)
        return headed(store, viewer, shown)
    return shows(surface, loops, viewer, notice, about, promises)


def write(store: Store, now: dt.datetime, change: Change, token: uuid.UUID | None = None) -> Loop:
    """Apply a change with its `look_at`: at once where the change asks for it, else when the ladder says.

    `token` is the deliverer's claim of the letter that the change moves.
    """
    change, asked = braked(store, now, change, lead_of)
    loop = change.loop
    if loop.open and loop.look_at != now:
        around = circle_of(store, now, loop)
        loop = dataclasses.replace(loop, look_at=ladder.look_at(loop, around, store.policy, now))
    store.apply(dataclasses.replace(change, loop=loop), token=token)
    ask(store, now, change, asked)
    return loop


def circle_of(store: Store, now: dt.datetime, loop: Loop, lead: tuple[Member, ...] = ()) -> ladder.Circle:
    """Who is reminded. The lead's rung falls on the owner's slot, so `look_at` can do without the lead."""
    return ladder.circle(
        loop,
        now,
        delegate=_delegate(store, loop.owner),
        lead=lead,
        recruiters_delegate=_delegate(store, loop.recruiter),
        colleagues=_colleagues(store, loop),
    )


def _delegate(store: Store, member: Member | None) -> Member | None:
    """Whom the member's absence names, accepted or not."""
    absence = member.absence if member is not None else None
    return store.member(absence.delegate) if absence is not None and absence.delegate else None


def _colleagues(store: Store, loop: Loop) -> tuple[Member, ...]:
    """Who manages the role too; nobody has to know while the owner is there."""
    owner, role = loop.owner, loop.role
    if owner.available and owner.absence is None:
        return ()
    found = (role.manager, *map(store.member, role.co_managers))
    return tuple(m for m in found if m is not None and m.id != owner.id)


def lead_of(store: Store) -> tuple[Member, ...]:
    """The recruiting lead; without one, the admins."""
    policy = store.policy
    emails = (policy.recruiting_lead,) if policy.recruiting_lead else tuple(sorted(policy.admins))
    found = (store.member_by_email(email) for email in emails)
    return tuple(member for member in found if member is not None)


def admins_called(store: Store) -> str:
    """Whom to ask for what an admin alone can do: by name, or by work email who has not been here yet."""
    names = {
        member.email.lower(): member.name for member in store.members() if is_admin(member, store.policy)
    }
    called = {*names.values(), *(store.policy.admins - names.keys())}
    return " or ".join(sorted(called)) or "the person who runs this bot"


def say(text: str) -> Message:
    """One plain sentence, for the person who asked alone."""
    return Message(notification=text, elements=(Paragraph(text),), private=True)


def listed(store: Store, now: dt.datetime, member: Member) -> tuple[Loop, ...]:
    """Everybody who waits for this member: own loops, those of people they stand in for, stuck ones."""
    loops = list(store.loops_owned(member.id))
    recruited = list(store.loops_recruited(member.id, RECRUITED_AT_MOST))
    for away in stood_in_for(store, now, member):
        loops.extend(x for x in store.loops_owned(away.id) if viewpoint(member, x, now) is not None)
        theirs = store.loops_recruited(away.id, RECRUITED_AT_MOST)
        recruited.extend(x for x in theirs if viewpoint(member, x, now) is not None)
    asked = [x for x in recruited if needs_recruiter(x, now)]
    found = {x.id: x for x in (*loops, *asked, *store.loops_waiting_for(member.id))}
    return tuple(sorted(found.values(), key=lambda x: urgency(x, now)))


def stood_in_for(store: Store, now: dt.datetime, member: Member) -> list[Member]:
    """Who is away now and has this member answer in their place."""
    return [away for away in store.away_delegating_to(member.id) if ladder.stands_in(member.id, away, now)]


def needs_recruiter(loop: Loop, now: dt.datetime) -> bool:
    """Whether the recruiter is asked to act on this loop, or was and has just done so."""
    asked = not loop.owner.available or loop.stuck_since is not None or is_urgent(loop, now)
    return asked or stuck(loop, now) is not None


Fields = Mapping[str, str]


def too_long(fields: Fields, **longest: int) -> list[tuple[str, str]]:
    """What is longer than its field takes: not every chat holds the limits of a form."""
    return [
        (name, f"This is longer than {most} characters. Write it shorter.")
        for name, most in longest.items()
        if len(fields.get(name, "")) > most
    ]


def argument_id(desk: Desk) -> uuid.UUID:
    try:
        return uuid.UUID(desk.action.argument if desk.action else "")
    except ValueError:
        raise Refused("This button is from an older version. Type /followup to see today's list.") from None
