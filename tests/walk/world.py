"""The product on a real database, in one thread, on a clock that stands still until somebody moves it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import random
import uuid
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import sqlalchemy as sa

from adapters.importing import import_file
from adapters.letter_delivery import LetterDelivery
from adapters.pictures import PictureFailed, Pictures
from adapters.summary_delivery import SummaryDelivery
from adapters.surface_delivery import SurfaceDelivery
from adapters.transactions import Clock, Transactions
from bot import service
from bot.loops import Letter, Loop
from bot.mail import OutgoingMail
from bot.people import Member
from bot.policy import Policy
from bot.views.elements import Button, Chart, Form, Message, View
from storage.claiming import Claimed
from storage.database import Database
from storage.store import SqlStore
from storage.tables import DeliveryKind, lanes, letters, loops
from tests.databases import MIGRATED, SqliteFiles
from tests.plain_text import buttons_of
from tests.walk import company
from tests.walk.outside import Killed, MailServer, Room

T = TypeVar("T")
ROUNDS = 60
KEPT = 300
"""So many of the newest buttons can still be clicked."""


class Standing(Clock):
    """The product's time: it stands still."""

    def __init__(self, now: dt.datetime) -> None:
        super().__init__()
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


class Straight(Transactions):
    """Each transaction in the thread that asks for it."""

    async def write_briefly(self, workspace: uuid.UUID, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        return self.write_here(workspace, work)

    async def _hop(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return work()


class _NoPictures(Pictures):
    async def draw(self, chart: Chart) -> bytes:
        raise PictureFailed("Nobody draws here.")


@contextlib.contextmanager
def numbered_ids(seed: int) -> Iterator[None]:
    """Ids come from chance as all else does: the same walk is the same twice, whatever is sorted by id."""
    chance = random.Random(seed)

    def next_id() -> uuid.UUID:
        return uuid.UUID(int=chance.getrandbits(128), version=4)

    with mock.patch.object(uuid, "uuid4", next_id):
        yield


@dataclasses.dataclass(frozen=True, slots=True)
class Offered:
    """A button or a form that somebody was shown."""

    email: str
    button: Button
    form: Form | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Handed:
    """A letter of which the mail server got the content, and what was true at that moment."""

    at: dt.datetime
    mail: OutgoingMail
    letter: Letter
    loop: Loop
    sender: Member
    policy: Policy
    step: int
    taken: bool
    """Not where the server has refused it after that."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """Something that was shown to whoever has this work email; `rang`: as a new message."""

    at: dt.datetime
    email: str
    view: View
    rang: bool = False


class World:
    """What a walk has at hand, and what it has seen."""

    def __init__(self, files: SqliteFiles, chance: random.Random) -> None:
        self._loop = asyncio.new_event_loop()
        self.clock = Standing(company.OPENS)
        self.policy = company.policy(chance)
        url = files.copy(MIGRATED)
        self._file = Path(url.removeprefix("sqlite:///"))
        self._database = Database(url, self.policy, clock=self.clock)
        self.transactions = Straight(self._database, self.clock)
        self.workspace = self._database.create_workspace("Acme", company.OPENS)
        self.mail = MailServer(chance, self._handed)
        self.chat = Room(chance, self._rang, self._showed)
        self._surfaces = SurfaceDelivery(self.transactions, {"walk": self.chat})
        self._letters = LetterDelivery(self.transactions, self.mail)
        self._summaries = SummaryDelivery(self.transactions, {"walk": self.chat}, _NoPictures())
        self.offered: list[Offered] = []
        self.handed: list[Handed] = []
        self.shown: list[Shown] = []
        """Since the last step."""
        self.answer: View | None = None
        """To the last click, where nothing has happened since."""
        self.typed = ""
        self.step = 0
        self.story: list[str] = []
        self.quiet = False
        """Whether the last step was one of days in which nobody did anything."""
        self.quiet_since = self.now
        self.imports(company.WAITING, reviewed=True)
        self.imports(company.IMPORTED)
        self.write(_moves_in)

    def close(self) -> None:
        self.transactions.close()
        self._loop.close()
        self._file.unlink()

    @property
    def now(self) -> dt.datetime:
        return self.clock.now

    def forgets(self) -> None:
        """The next step begins."""
        self.step += 1
        self.shown, self.answer, self.typed, self.quiet = [], None, "", False

    def tells(self, line: str) -> None:
        self.story.append(f"{self.now:%a %d %b %H:%M} {line}")

    # -- people ---------------------------------------------------------------------------------------------

    def write(self, work: Callable[[SqlStore, dt.datetime], T]) -> T:
        return self.transactions.write_here(self.workspace, work)

    def read(self, work: Callable[[SqlStore], T]) -> T:
        return self._database.read(self.workspace, work)

    def acts(self, email: str, work: Callable[[SqlStore, dt.datetime, Member], View]) -> View:
        """What a member does, and what they are shown as an answer. Members are known by work email."""

        def as_member(store: SqlStore, now: dt.datetime) -> View:
            me = member_called(store, email)
            return work(store, now, me if me.reachable else service.heard_from(store, now, me))

        view = self.write(as_member)
        self._showed(email, view)
        self.answer = view
        return view

    def imports(self, rows: Any, *, reviewed: bool = False) -> None:
        path = company.write_csv(rows)
        import_file(
            self.transactions, self.workspace, path, reviewed=reviewed, default_zone="UTC",
            default_country="", admins=self.policy.admins,
        )  # fmt: skip
        path.unlink()

    # -- the clock and what goes out ------------------------------------------------------------------------

    def settles(self) -> None:
        """Everything that is due now is done, as far as outside takes it."""
        self.ticks()
        self.delivers()
        self.ticks()
        self.delivers()
        self.write(lambda store, _: store.recompute_due())

    def ticks(self) -> None:
        for _ in range(ROUNDS):
            members = self.read(lambda store: store.due_members(self.now))
            if not members:
                break
            for member in members:
                self.write(lambda store, now, it=member: service.tick(store, now, it))  # type: ignore[misc]
        else:
            raise AssertionError("The clock's look never ends: somebody is due again and again.")
        for channel in self.read(lambda store: store.due_channels(self.now)):
            week = self.read(lambda store, it=channel: service.count_week(store, self.now, it))  # type: ignore[misc]
            if week is not None:
                self.write(lambda store, now, it=channel, of=week: service.summarise(store, now, it, of))  # type: ignore[misc]

    def delivers(self) -> None:
        self.write(_opens_lanes)
        for _ in range(ROUNDS):
            claimed, _ = self.write(lambda store, now: store.deliveries.claim_some(now, 20, lease_s=0.0))
            if not claimed:
                return
            for one in claimed:
                with contextlib.suppress(Killed):
                    self._loop.run_until_complete(self._one(one))
        raise AssertionError("Deliveries never end: one is due again and again.")

    def _one(self, claimed: Claimed) -> Coroutine[Any, Any, None]:
        match claimed.kind:
            case DeliveryKind.LETTER:
                return self._letters.deliver(self.workspace, claimed)
            case DeliveryKind.SURFACE:
                return self._surfaces.deliver(self.workspace, claimed)
            case DeliveryKind.SUMMARY:
                return self._summaries.deliver(self.workspace, claimed)

    # -- what outside tells ---------------------------------------------------------------------------------

    def _handed(self, mail: OutgoingMail, taken: bool) -> None:
        def look(store: SqlStore) -> Handed:
            row = store.conn.execute(
                sa.select(letters.c.id, letters.c.loop_id, letters.c.by_id).where(
                    letters.c.message_id == mail.message_id
                )
            ).one()
            letter, loop = store.letter(row.id), store.loop(row.loop_id)
            sender = store.member(row.by_id)
            assert letter is not None
            assert loop is not None
            assert sender is not None
            return Handed(self.now, mail, letter, loop, sender, store.policy, self.step, taken)

        self.handed.append(self.read(look))
        self.tells(f"    mail to {mail.to}: {mail.subject}")

    def _rang(self, email: str, message: Message) -> None:
        self.tells(f"    {email} gets: {message.notification}")
        self.shown.append(Shown(self.now, email, message, rang=True))

    def _showed(self, email: str, view: View) -> None:
        self.shown.append(Shown(self.now, email, view))
        form = view if isinstance(view, Form) else None
        self.offered += [
            Offered(email, it, form if form and it.action == form.submit else None) for it in buttons_of(view)
        ]
        if len(self.offered) > KEPT:
            # The older a button, the rarer somebody scrolls back to it.
            self.offered = self.offered[: KEPT // 3 : 2] + self.offered[-KEPT // 2 :]


def member_called(store: SqlStore, email: str) -> Member:
    member = store.member_by_email(email)
    assert member is not None, email
    return member


def loops_in(store: SqlStore) -> tuple[Loop, ...]:
    """Every loop there is, in the order in which they were added."""
    found = {loop.id: loop for loop in store.loops(tuple(store.conn.scalars(sa.select(loops.c.id))))}
    return tuple(sorted(found.values(), key=lambda it: (it.candidate.name, it.role.title, str(it.id))))


def _moves_in(store: SqlStore, now: dt.datetime) -> None:
    """Everybody is let in; Olga alone was never met in the chat."""
    known = {member.email for member in store.members()}
    for email, name, zone, country in company.PEOPLE:
        if email not in known:
            admin = email == company.ADA
            store.save_member(
                Member(id=uuid.uuid4(), name=name, email=email, zone=zone, country=country, admin=admin)
            )
        member = member_called(store, email)
        store.save_member(dataclasses.replace(member, name=name, zone=zone, country=country))
        if email != company.OLGA:
            store.link_identity(member.id, "walk", "T", email, {"email": email}, now)
    sam = member_called(store, company.SAM)
    for title in ("Engineer", company.SECRET):
        (role,) = store.roles_titled(title)
        store.save_role(dataclasses.replace(role, co_managers=(sam.id,)))
    for loop in loops_in(store):
        store.set_look_at({loop.id: now if loop.reviewed_on else None})


def _opens_lanes(store: SqlStore, _: dt.datetime) -> None:
    """Gaps and waits of lanes are kept on the database's own clock, which nobody moves."""
    store.conn.execute(sa.update(lanes).values(min_gap_s=0, max_in_flight=5, free_at=None))
