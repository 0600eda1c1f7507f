"""What can happen next. Each step takes the world and chance, does one thing, and tells it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

from bot import service
from bot.changes import Refused
from bot.loops import LetterState
from bot.people import Member, Profile
from bot.uses import hearing, operator
from bot.uses import people as own
from bot.views.elements import FieldErrors, Form, Message, View
from storage.store import SqlStore
from tests.walk import company, words
from tests.walk.world import Offered, World, loops_in, member_called

Step = Callable[[World, random.Random], None]
AT_LEAST = {False: dt.timedelta(minutes=1), True: dt.timedelta(hours=6)}
LONGEST_FORMS = 4
"""So many tries at a form, and so many forms in a row."""


def take(world: World, number: int) -> None:
    """The step that this number stands for; 0 for none."""
    if number:
        chance = random.Random(number)
        # The counterparts answer by this step's chance too: leaving out others changes nothing here.
        world.mail.chance = world.chat.chance = chance
        chance.choices(STEPS, WEIGHTS)[0](world, chance)


# -- in the chat --------------------------------------------------------------------------------------------


def clicks(world: World, chance: random.Random) -> None:
    """A button that somebody was shown, by that member; a new one more often than an old one."""
    if world.offered:
        back = min(int(chance.expovariate(1 / 25)), len(world.offered) - 1)
        offered = world.offered[-1 - back]
        _presses(world, chance, offered, offered.email)


def clicks_old(world: World, chance: random.Random) -> None:
    if world.offered:
        offered = chance.choice(world.offered)
        _presses(world, chance, offered, offered.email)


def forges(world: World, chance: random.Random) -> None:
    """A button that was shown to somebody else: a message was forwarded."""
    if world.offered:
        _presses(world, chance, chance.choice(world.offered), _anybody(chance))


def types(world: World, chance: random.Random) -> None:
    email, text = _anybody(chance), words.line(chance, world.now.date())
    world.tells(f"{email} types: {text}")
    world.typed = text.lower()
    channel = "walk:hiring" if chance.random() < 0.5 else ""
    view = world.acts(email, lambda store, now, me: service.said(store, now, me, text, channel))
    _goes_on(world, chance, email, view)


def looks_home(world: World, chance: random.Random) -> None:
    email = _anybody(chance)
    world.tells(f"{email} looks at the home tab")

    def opens(store: SqlStore, now: dt.datetime, me: Member) -> View:
        service.home_opened(store, now, me)
        return service.home(store, now, me)

    world.acts(email, opens)


def _presses(world: World, chance: random.Random, offered: Offered, email: str) -> None:
    if offered.form is not None:
        _submits(world, chance, offered.form, email)
        return
    button = offered.button
    world.tells(f"{email} clicks [{button.label}] {button.action.split('.')[0]}")
    view = world.acts(email, lambda store, now, me: service.clicked(store, now, me, button.action))
    _answered_in_place(world, chance, view)
    _goes_on(world, chance, email, view)


def _goes_on(world: World, chance: random.Random, email: str, view: View) -> None:
    for _ in range(LONGEST_FORMS):
        if not isinstance(view, Form) or chance.random() < 0.15:
            return
        if view.buttons and chance.random() < 0.15:
            _presses(world, chance, Offered(email, chance.choice(view.buttons)), email)
            return
        view = _submits(world, chance, view, email)


def _submits(world: World, chance: random.Random, form: Form, email: str) -> View:
    """With what is missing or wrong mended, as far as chance finds it."""
    view: View = form
    for _ in range(LONGEST_FORMS):
        filled = words.fields(chance, form, world.now.date())
        world.tells(f"{email} submits {form.title!r} {form.submit.split('.')[0]}: {_short(filled)}")
        view = world.acts(
            email,
            lambda store, now, me, given=filled: service.clicked(store, now, me, form.submit, given),  # type: ignore[misc]
        )
        if not isinstance(view, FieldErrors):
            _answered_in_place(world, chance, view)
            return view
    return view


def _answered_in_place(world: World, chance: random.Random, view: View) -> None:
    """Chats that can show a click's answer at once, mostly do."""
    if isinstance(view, Message) and view.surface is not None and chance.random() < 0.6:
        surface, revision = view.surface, view.revision
        world.write(lambda store, _: store.mark_shown(surface, revision))


def _short(filled: dict[str, str]) -> str:
    return ", ".join(f"{name}={value[:40]!r}" for name, value in filled.items())


def _anybody(chance: random.Random) -> str:
    return chance.choice(company.EMAILS)


# -- time ---------------------------------------------------------------------------------------------------


def a_moment(world: World, chance: random.Random) -> None:
    _on(world, chance, dt.timedelta(seconds=chance.choice((1, 20, 61, 120, 600, 1800))))


def some_hours(world: World, chance: random.Random) -> None:
    _on(world, chance, dt.timedelta(hours=chance.choice((1, 2, 3, 6, 11, 16))))


def next_instant(world: World, chance: random.Random) -> None:
    """To where the clock would look next."""
    following = world.read(lambda store: store.next_instant(world.now))
    if following is not None and following > world.now:
        _on(world, chance, following - world.now)


def slept_through(world: World, chance: random.Random) -> None:
    """Nothing ran for days: a weekend, or an outage."""
    _on(world, chance, dt.timedelta(days=chance.choice((1, 1, 2, 3, 7))))


def days_pass(world: World, chance: random.Random) -> None:
    """Days in which nobody does anything, and everything outside works."""
    until = world.now + dt.timedelta(days=chance.choice((1, 1, 2, 4)))
    world.tells("days pass quietly")
    world.mail.trouble = world.chat.trouble = 0.0
    world.quiet_since = world.now
    while world.now < until:
        world.settles()
        following = world.read(lambda store: store.next_instant(world.now))
        assert following is None or following > world.now, "The clock does not get on."
        # While nudges are paused, what waits for them is tried again every few minutes.
        paused = world.read(lambda store: store.policy.nudges_paused)
        world.clock.now = min(until, max(following or until, world.now + AT_LEAST[paused]))
    world.settles()
    world.quiet = True


def _on(world: World, chance: random.Random, by: dt.timedelta) -> None:
    world.clock.now += by
    world.mail.trouble, world.chat.trouble = chance.choice(
        ((0, 0), (0, 0), (0, 0), (0.5, 0), (0, 0.3), (1, 1))
    )
    world.tells(f"the clock goes on (trouble: mail {world.mail.trouble}, chat {world.chat.trouble})")
    world.settles()


# -- candidates, the operator, the spreadsheet, the chats ---------------------------------------------------


def candidate_writes(world: World, chance: random.Random) -> None:
    loop = chance.choice(world.read(loops_in))
    at = world.now - dt.timedelta(minutes=chance.choice((0, 5, 600)))
    event: hearing.Heard = hearing.Wrote(loop=loop.id, at=at, thanks=chance.random() < 0.3)
    if chance.random() < 0.3:
        day = world.now.date() + dt.timedelta(days=chance.choice((0, 1, 2, 5)))
        event = hearing.OtherOffer(loop=loop.id, at=at, day=day)
    world.tells(f"{loop.candidate.name} ({loop.role.title}) writes: {type(event).__name__}")
    _unless_refused(world, lambda store, now: service.heard(store, now, event))


def operator_settles(world: World, chance: random.Random) -> None:
    found = [
        letter
        for loop in world.read(loops_in)
        for letter in loop.letters
        if letter.state in (LetterState.UNKNOWN, LetterState.RETRY)
    ]
    if not found:
        return
    letter = chance.choice(found)
    went_out = chance.random() < 0.5
    world.tells(f"the operator settles a letter that is {letter.state}, went out: {went_out}")
    if letter.state is LetterState.RETRY:
        _unless_refused(world, lambda store, now: operator.retry(store, now, letter.id))
    else:
        _unless_refused(world, lambda store, now: operator.resolve(store, now, letter.id, went_out=went_out))


def imports_again(world: World, chance: random.Random) -> None:
    rows = [dict(row) for row in (*company.WAITING, *company.IMPORTED, *company.LATER)]
    for row in chance.sample(rows, 2):
        row.update(chance.choice((
            {"promised_by": (world.now.date() + dt.timedelta(days=3)).isoformat()},
            {"interviewed_at": (world.now - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")},
            {"candidate_wrote_at": world.now.strftime("%Y-%m-%dT%H:%M")},
            {"other_offer_by": (world.now + dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")},
            {"interviewer_email": company.SAM},
            {"recruiter_email": company.RITA},
            {"manager_email": company.DANA},
        )))  # fmt: skip
    world.tells("the spreadsheet is imported again")
    world.imports(rows, reviewed=chance.random() < 0.2)


def chat_tells(world: World, chance: random.Random) -> None:
    """Of a member: out of reach, back, out of office, in another country, gone for good."""
    email = _anybody(chance)
    what = chance.choice(("unreachable", "came", "out", "in", "moved"))
    world.tells(f"the chat says of {email}: {what}")

    def tell(store: SqlStore, now: dt.datetime) -> None:
        member = member_called(store, email)
        match what:
            case "unreachable":
                own.unreachable(store, now, member)
            case "came":
                service.heard_from(store, now, member)
            case "out" | "in":
                service.out_of_office(store, now, member, out=what == "out")
            case _:
                service.met(
                    store, now, member, Profile(zone=chance.choice(("Asia/Tokyo", "America/New_York")))
                )

    world.write(tell)


def _unless_refused(world: World, work: Callable[[SqlStore, dt.datetime], object]) -> None:
    try:
        world.write(work)
    except Refused as refused:
        world.tells(f"    refused: {refused}")


_HOW_OFTEN: tuple[tuple[int, Step], ...] = (
    (38, clicks), (12, clicks_old), (7, forges), (14, types), (3, looks_home),
    (6, a_moment), (5, some_hours), (6, next_instant), (2, slept_through), (2, days_pass),
    (4, candidate_writes), (2, operator_settles), (1, imports_again), (2, chat_tells),
)  # fmt: skip
WEIGHTS = [weight for weight, _ in _HOW_OFTEN]
STEPS = [step for _, step in _HOW_OFTEN]
