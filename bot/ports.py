"""What the core asks of the floors above: a store (one open transaction) and, for deliveries, a chat.

Every method of `Store` works inside the one transaction it was opened with and in the one workspace it
belongs to. Nothing is written for good until the caller commits; any exception rolls all of it back.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bot.changes import Change, Entry
from bot.loops import Letter, Loop
from bot.nudges import Nudge, Surface, SurfaceKind
from bot.people import Candidate, Member, Profile, Role
from bot.policy import Policy
from bot.promises import Promise
from bot.sheet import Sheet
from bot.summary import Channel, Summary, Week
from bot.views.elements import Chart, Message


@dataclasses.dataclass(frozen=True, slots=True)
class FoundName:
    """One loop as the search sees it."""

    loop: uuid.UUID
    candidate: str
    role: str
    email: str
    stage: str
    interviewed_at: dt.datetime
    zone: str
    """Where whoever owns the loop is: the day of the interview is theirs."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """A feedback form between its two steps, kept here because chats' own memory is not private."""

    id: uuid.UUID
    loop: uuid.UUID
    member: uuid.UUID
    fields: Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was kept of one loop besides its touches and letters, each in order of time.

    `nudges` are those that somebody has seen; `audit` says when each entry was written.
    """

    promises: tuple[Promise, ...]
    nudges: tuple[Nudge, ...]
    audit: tuple[tuple[dt.datetime, Entry], ...]


class Store(Protocol):
    """One workspace inside one transaction."""

    @property
    def workspace(self) -> uuid.UUID: ...

    @property
    def policy(self) -> Policy: ...

    # -- people -------------------------------------------------------------------------------------------

    def member(self, member: uuid.UUID) -> Member | None: ...

    def member_by_email(self, email: str) -> Member | None:
        """By work email, whatever its case."""
        ...

    def members(self) -> tuple[Member, ...]:
        """All active members, by name."""
        ...

    def lock_member(self, member: uuid.UUID) -> Member | None:
        """The member's row, locked until the transaction ends (a row lock on PostgreSQL)."""
        ...

    def save_member(self, member: Member) -> None: ...

    def set_member_look_at(self, member: uuid.UUID, at: dt.datetime | None) -> None:
        """When the clock looks at this member next, and nothing else of them."""
        ...

    def save_policy(self, policy: Policy) -> None:
        """Keep what a workspace may set itself: feedback, and what is paused by whom."""
        ...

    def away_delegating_to(self, member: uuid.UUID) -> tuple[Member, ...]:
        """Members whose absence names this one as delegate, accepted or not."""
        ...

    # -- roles --------------------------------------------------------------------------------------------

    def roles_of(self, member: uuid.UUID) -> tuple[Role, ...]:
        """Roles the member manages, co-manages or recruits for."""
        ...

    def roles_titled(self, title: str) -> tuple[Role, ...]:
        """Every role of this title, whatever its case."""
        ...

    def role(self, role: uuid.UUID) -> Role | None: ...

    def save_role(self, role: Role) -> None: ...

    def add_role(self, role: Role) -> None: ...

    # -- loops --------------------------------------------------------------------------------------------

    def loop(self, loop: uuid.UUID) -> Loop | None:
        """With touches and letters (letters without text and html)."""
        ...

    def loops(self, ids: Sequence[uuid.UUID]) -> tuple[Loop, ...]: ...

    def loops_on(self, surface: uuid.UUID) -> tuple[Surface | None, tuple[Loop, ...]]:
        """A surface and all loops that were put on it, closed ones too, in the order they were put on."""
        ...

    def loops_owned(self, member: uuid.UUID) -> tuple[Loop, ...]:
        """All open, reviewed loops the member owns."""
        ...

    def loops_waiting_for(self, member: uuid.UUID) -> tuple[Loop, ...]:
        """Open, reviewed loops in which this member's word is missing, oldest promise first."""
        ...

    def loops_recruited(self, member: uuid.UUID, limit: int) -> tuple[Loop, ...]:
        """Open, reviewed loops of roles the member recruits for, oldest promise first, at most `limit`."""
        ...

    def loops_of_role(self, role: uuid.UUID) -> tuple[Loop, ...]:
        """All open loops of a role."""
        ...

    def loops_of_candidate(self, *who: uuid.UUID) -> tuple[Loop, ...]:
        """All loops of the same person, or of each, closed ones too: what did the other role say last?"""
        ...

    def unreviewed(self, recruiter: uuid.UUID, limit: int) -> tuple[Loop, ...]:
        """Imported loops of the recruiter's roles that nobody has looked at, oldest interview first.

        Where a role has no recruiter, whoever owns the loop is the one.
        """
        ...

    def unreviewed_count(self, recruiter: uuid.UUID) -> int: ...

    def unreviewed_owned(self, member: uuid.UUID) -> tuple[Loop, ...]:
        """Imported loops the member owns that nobody has looked at, oldest interview first."""
        ...

    def reviewed_since(self, recruiter: uuid.UUID, day: dt.date) -> tuple[tuple[uuid.UUID, int], ...]:
        """How many imported, open loops the recruiter has said are real since this day, by owner."""
        ...

    def names(self, member: uuid.UUID, closed_since: dt.datetime | None = None) -> tuple[FoundName, ...]:
        """Every open loop the member may see: own, co-managed, recruited for, and delegated to them.

        Or, of the closed ones, those that were closed since then.
        Loops of a confidential role only for those named on it; never a role the member applied for.
        """
        ...

    def add_loop(self, loop: Loop, external_id: str = "", imported: Mapping[str, str] | None = None) -> None:
        """Insert candidate (unless the id exists), loop, its promise and touches, and an audit entry."""
        ...

    def apply(self, change: Change, *, token: uuid.UUID | None = None) -> None:
        """Write one change: the loop, its promise(s), touch, letter with its delivery, and audit entry.

        Bumps every live surface that shows the loop and queues one delivery for each of those.
        Raises `Overtaken` where `change.move` finds the letter in another state, or where a second open
        letter would arise; then nothing of the change may be kept. `token`: move the letter only if this
        claim of its delivery is still ours.
        """
        ...

    def letter(self, letter: uuid.UUID) -> Letter | None:
        """The whole letter, with text and html."""
        ...

    def feedback_to_others(self, loop: Loop, limit: int) -> tuple[str, ...]:
        """The newest feedback letters to others of the same role, as text; what was taken back is none."""
        ...

    def promises_made_by(self, member: uuid.UUID, limit: int) -> tuple[Promise, ...]:
        """The newest promises, stated or by letter, of loops the member owns: settled or past due first.

        A promise that nobody waits for any more (withdrawn, never interviewed) is left out.
        """
        ...

    def history(self, loop: uuid.UUID) -> History: ...

    def names_of(self, ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """What these members are called, whoever has left included."""
        ...

    def save_candidate(self, candidate: Candidate) -> None: ...

    def add_apart(self, candidate: Candidate) -> None:
        """Insert somebody who is known by this id alone: `candidate_by_email` does not find them."""
        ...

    def enter_alone(self) -> None:
        """Ask before looking whether somebody is there already: nobody else enters them before the commit."""
        ...

    def candidate_by_email(self, email: str) -> Candidate | None:
        """By address, whatever its case."""
        ...

    # -- drafts -------------------------------------------------------------------------------------------

    def save_draft(self, loop: uuid.UUID, member: uuid.UUID, fields: Mapping[str, str]) -> uuid.UUID:
        """One draft a loop and member: a later one takes its place under an id of its own."""
        ...

    def draft(self, draft: uuid.UUID) -> StoredDraft | None: ...

    def drop_draft(self, draft: uuid.UUID) -> None: ...

    # -- sheets -------------------------------------------------------------------------------------------

    def save_sheet(self, sheet: Sheet, now: dt.datetime) -> None:
        """Insert or overwrite. What the member's sheets of more than a day ago held is forgotten."""
        ...

    def lock_sheet(self, sheet: uuid.UUID) -> Sheet | None:
        """The sheet, locked until the transaction ends: of two clicks one comes after the other."""
        ...

    def written_to(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of the addresses to which a letter has been sent before."""
        ...

    # -- clock --------------------------------------------------------------------------------------------

    def due_members(self, now: dt.datetime) -> tuple[uuid.UUID, ...]:
        """Owners with a loop whose `look_at` is at or before `now`, then members with a nudge to be shown."""
        ...

    def due_loops(self, owner: uuid.UUID, now: dt.datetime) -> tuple[Loop, ...]:
        """Open, reviewed loops of this owner whose `look_at` is at or before `now`."""
        ...

    def set_look_at(self, looks: Mapping[uuid.UUID, dt.datetime | None]) -> None:
        """New `look_at` of loops, and nothing else of them."""
        ...

    def looked_at(self, looks: Iterable[tuple[Loop, dt.datetime | None]]) -> None:
        """The clock has looked at these loops, as they were read: when it looks next.

        Whoever has changed one meanwhile has said when.
        """
        ...

    def look_at_recruited(self, member: uuid.UUID, now: dt.datetime) -> None:
        """The next tick looks at every open, reviewed loop of the roles this member recruits for."""
        ...

    def record_nudges(self, nudges: Iterable[Nudge]) -> None:
        """Insert those that are new; lower the `look_at` of their recipients to their `not_before`."""
        ...

    def waiting_nudges(self, member: uuid.UUID, now: dt.datetime) -> tuple[Nudge, ...]:
        """Nudges to this member that no surface has shown yet and whose `not_before` has come."""
        ...

    def forget_nudges(self, nudges: Sequence[Nudge]) -> None:
        """These were settled before anybody saw them: they stay recorded and wait no longer."""
        ...

    def hold_letters(self, reason: str) -> int:
        """Letters that wait are held by a pause; how many. `reason`: the sentence their senders read."""
        ...

    def release_letters(self) -> int:
        """Letters held by a pause wait to be sent again; how many."""
        ...

    def queued_before(self, member: uuid.UUID, count: int) -> dt.datetime | None:
        """When the `count`-th newest letter of this member was queued; None where there are fewer.

        Those that were undone or cancelled do not count. Other letters of the member wait for this
        transaction, so that no two can be the last one that may leave.
        """
        ...

    def loops_to_undo(self, member: uuid.UUID) -> tuple[uuid.UUID, ...]:
        """Loops in which a letter of this member waits and can be undone, whichever leaves first before."""
        ...

    def next_nudge(self, member: uuid.UUID, now: dt.datetime) -> dt.datetime | None:
        """Earliest `not_before` after `now` among the nudges to this member that no surface has shown."""
        ...

    def nudges_about(self, loops: Sequence[uuid.UUID], member: uuid.UUID) -> tuple[Nudge, ...]:
        """All nudges ever recorded to this member about these loops."""
        ...

    # -- rehearsals ---------------------------------------------------------------------------------------

    @property
    def rehearsal_set(self) -> bool:
        """Whether the settings of this process ask for a rehearsal."""
        ...

    def rehearsal_since(self) -> dt.datetime | None:
        """When the rehearsal began; None where none is on."""
        ...

    def begin_rehearsal(self, now: dt.datetime) -> bool:
        """Remember that it began now; False where it had begun already."""
        ...

    def rehearsed_letters(self) -> tuple[uuid.UUID, ...]:
        """Letters that were queued in the rehearsal and wait."""
        ...

    def end_rehearsal(self, now: dt.datetime) -> bool:
        """Forget what it would have shown; every loop starts as if due today. False where none was on."""
        ...

    def messages_between(
        self, since: dt.datetime, until: dt.datetime
    ) -> tuple[tuple[uuid.UUID, SurfaceKind, int], ...]:
        """How many lists and urgent messages each member was to get, by member and kind."""
        ...

    def stepped_in_between(self, since: dt.datetime, until: dt.datetime) -> int:
        """About how many candidates the recruiter was to be asked, because their manager did nothing."""
        ...

    def current_promises(self) -> tuple[Promise, ...]:
        """The promise of every open, reviewed loop."""
        ...

    # -- surfaces -----------------------------------------------------------------------------------------

    def surface(self, surface: uuid.UUID) -> Surface | None: ...

    def open_surface(
        self,
        kind: SurfaceKind,
        member: uuid.UUID,
        occasion: str,
        now: dt.datetime,
        about: uuid.UUID | None = None,
    ) -> tuple[Surface, bool]:
        """The surface of this kind, member and occasion, made if it does not exist (then True)."""
        ...

    def put_on(
        self, surface: uuid.UUID, loops: Sequence[uuid.UUID], nudges: Sequence[Nudge], now: dt.datetime
    ) -> None:
        """Show these loops on the surface, in this order after those that are there.

        Marks the nudges as shown there, bumps the surface and queues its delivery.
        """
        ...

    def turn_page(self, surface: uuid.UUID, page: int) -> None:
        """The surface shows this page from now on, whoever draws it. Whoever calls shows it."""
        ...

    def bump(self, surfaces: Sequence[uuid.UUID], now: dt.datetime) -> None:
        """A new revision of each, and one queued delivery for each."""
        ...

    def bump_unread(self, member: uuid.UUID, now: dt.datetime) -> None:
        """A new revision of every live surface that this member has never been shown, and its delivery."""
        ...

    def bump_occasion(
        self, kind: SurfaceKind, occasion: str, now: dt.datetime, *, last: bool = False
    ) -> None:
        """A new revision of every live surface of this kind and occasion; `last`: retires them."""
        ...

    def home_surface(self, member: uuid.UUID) -> Surface | None:
        """The member's home, once they have looked at it."""
        ...

    def queue_surface(self, member: uuid.UUID) -> Surface | None:
        """The newest queue of a recruiter, once they have asked for one."""
        ...

    def review_surface(self, member: uuid.UUID) -> Surface | None:
        """The review screen of somebody who has been asked to look at imported loops."""
        ...

    def bump_showing(self, loops: Sequence[uuid.UUID], now: dt.datetime) -> None:
        """A new revision of every live surface that shows one of these loops, and its delivery."""
        ...

    def retire(self, kind: SurfaceKind, member: uuid.UUID, keep: uuid.UUID, now: dt.datetime) -> None:
        """Retire all live surfaces of this kind and member but `keep`; each is edited a last time."""
        ...

    # -- channels -----------------------------------------------------------------------------------------

    def bind_channel(self, channel: str, roles: Sequence[uuid.UUID]) -> None:
        """Roles whose team reads this channel; `channel` is opaque, as the chat names it."""
        ...

    def channel(self, name: str) -> Channel | None:
        """The channel of this opaque name, if a summary was ever asked for in it."""
        ...

    def channel_by_id(self, channel: uuid.UUID) -> Channel | None: ...

    def lock_channel(self, channel: uuid.UUID) -> Channel | None:
        """The channel's row, locked until the transaction ends (a row lock on PostgreSQL)."""
        ...

    def save_channel(self, channel: Channel) -> None: ...

    def due_channels(self, now: dt.datetime) -> tuple[uuid.UUID, ...]:
        """Channels whose `next_at` is at or before `now`."""
        ...

    def counted_roles(self, channel: Channel) -> Mapping[uuid.UUID, uuid.UUID]:
        """The roles that the channel's summary counts, each with its manager: never a confidential one.

        Those bound to the channel, by `/followup here` in it or by an import that calls it by its name.
        """
        ...

    def waited_in(self, roles: Iterable[uuid.UUID], at: dt.datetime) -> Mapping[uuid.UUID, uuid.UUID]:
        """Those of the roles in which somebody waited at that instant, each with its manager."""
        ...

    def week(self, channel: Channel, since: dt.datetime, until: dt.datetime) -> Week:
        """What is counted of the channel's roles, after `since` and by `until`."""
        ...

    def summary(self, summary: uuid.UUID) -> Summary | None: ...

    def summaries(self, channel: uuid.UUID, before: dt.datetime, limit: int) -> tuple[Summary, ...]:
        """The newest summaries of weeks that ended before that instant, the newest first."""
        ...

    def groups_told(self, after: dt.datetime) -> tuple[frozenset[uuid.UUID], ...]:
        """The roles of each summary with figures, in whatever channel, whose week ended after that."""
        ...

    def add_summary(self, summary: Summary, not_before: dt.datetime) -> bool:
        """Keep it and queue its delivery, unless the channel has one of that ISO week: then False."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A person in a chat: whom it knows by `user` in `tenant`, and where they are written to."""

    tenant: str
    user: str
    address: Mapping[str, str]
    profile: Profile


class ChatError(Exception):
    """The chat did not take a message; the text is for the operator."""


class ChatShut(ChatError):
    """The chat takes nothing from the bot, to whomever it goes: a token, key, secret or permission lacks.

    It says nothing about a member. The operator mends it; until then what is to be said waits.
    """


class ChatNotInstalled(ChatShut):
    """The bot is not installed in this chat for the company, or not any more."""


class ChatTryLater(ChatError):
    """Try again, not before `after` seconds where the chat said so."""

    def __init__(self, text: str, after: float | None = None) -> None:
        super().__init__(text)
        self.after = after


class ChatMessageGone(ChatError):
    """The message to be edited was deleted or is too old: post it anew."""


class ChannelRefused(ChatError):
    """The bot may not post in this channel; the text says to an admin what mends it."""


class ChatUnreachable(ChatError):
    """This member cannot be written to until they install the app or are let back in: final."""


class Chat(Protocol):
    """A chat: posts a message to a member and edits it in place. Addresses are opaque JSON objects."""

    @property
    def name(self) -> str: ...

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        """Whoever has a full account under this work email in one of the company's tenants.

        Guests, deactivated accounts and people of other companies are nobody.
        """
        ...

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        """Post to the member at `address`; the answer is the message's own address, for `edit`."""
        ...

    async def edit(self, address: Mapping[str, str], message: Message) -> None:
        """Replace a message. Raises `ChatMessageGone` where there is nothing to replace."""
        ...

    async def show_home(self, address: Mapping[str, str], message: Message) -> None:
        """Show this where the member looks for the bot; nothing where the chat has no such place."""
        ...

    async def post_channel(
        self, workspace: uuid.UUID, channel: str, message: Message, pictures: Mapping[Chart, bytes]
    ) -> None:
        """Post to a team's channel, where everybody reads it: nothing in it may be private.

        `channel`: its opaque name, as the adapter gave it to `service.said`. `pictures`: a PNG for each chart
        that could be drawn; a chart without one, or whose picture the chat does not take, is said by its
        `alt`. A button in it answers whoever clicks, and nobody else. Raises `ChannelRefused` where the bot
        may not post there.
        """
        ...
