"""Whether a button that is said to open a form does, and no other: Teams must know before it is clicked."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from bot import service, turns
from bot.actions import ALONE, Action, Verb, read_action
from bot.loops import Loop, Standing
from bot.people import Member
from bot.promises import Basis
from bot.views.elements import Button, Form, Message, View
from storage import schema
from storage.database import Database
from storage.store import SqlStore
from tests import examples as ex
from tests.plain_text import buttons_of


def _undated() -> Loop:
    """Nobody has said when there will be news."""
    promise = ex.promise("2026-11-19", basis=Basis.ASSUMED)
    return ex.loop(ex.candidate("Zoe Park"), standing=Standing.NEEDS_DATE, promise=promise)


def _going_on() -> Loop:
    """Told on Thursday that there will be another interview."""
    before = ex.loop(ex.candidate("Omar Haddad"))
    return turns.going_on(before, ex.DANA, ex.at("2026-11-19 12:00"), dt.date(2026, 12, 1)).loop


class Acme:
    """The company of the examples in a database. What is clicked is taken back at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._workspace = database.create_workspace("Acme", ex.NOW)
        database.write(self._workspace, self._move_in)

    def _move_in(self, store: SqlStore) -> None:
        for member in (ex.DANA, ex.RAVI, ex.SAM, ex.LENA, ex.INES):
            store.save_member(member)
        for role in (ex.BACKEND, ex.ANALYST):
            store.add_role(role)
        for loop in (*ex.waiting(), _undated(), _going_on()):
            store.add_loop(loop)
        self._homes = {one.id: service.home_opened(store, ex.NOW, one) for one in MEMBERS.values()}

    def seen(self, member: Member) -> tuple[View, ...]:
        """Whoever waits for the member, in the list and on the home, and somebody who does not."""
        listed = self._database.read(self._workspace, lambda store: service.home(store, ex.NOW, member))
        home = self._database.read(
            self._workspace, lambda store: service.shown(store, ex.NOW, self._homes[member.id])
        )
        assert home is not None
        return listed, home, self.after(member, str(Action(verb=Verb.SHOW, loop=_going_on().id, place=ALONE)))

    def after(self, member: Member, *tokens: str) -> View:
        """The answer to the last of these clicks."""
        answers: list[View] = []

        def work(store: SqlStore) -> None:
            answers.extend(service.clicked(store, ex.NOW, member, token) for token in tokens)
            raise _Enough

        with pytest.raises(_Enough):
            self._database.write(self._workspace, work)
        return answers[-1]


class _Enough(Exception):
    """Takes back what was done."""


@pytest.fixture
def acme(tmp_path: pathlib.Path) -> Iterator[Acme]:
    database = Database(f"sqlite:///{tmp_path / 'followup.db'}", ex.POLICY, clock=lambda: ex.NOW)
    schema.upgrade(database)
    yield Acme(database)
    database.close()


def _verb(button: Button) -> Verb:
    return read_action(button.action).verb


def _walk(click: Callable[..., View], seen: Sequence[View]) -> Iterator[tuple[Button, View]]:
    """Each button that is seen, and each of another kind that is seen after one click, with its answer."""
    known: set[Verb] = set()
    later: list[tuple[Button, Button]] = []
    for first in (button for view in seen for button in buttons_of(view)):
        answer = click(first.action)
        known.add(_verb(first))
        yield first, answer
        if isinstance(answer, Message):
            later.extend((first, then) for then in buttons_of(answer))
    for first, then in later:
        if _verb(then) not in known:
            known.add(_verb(then))
            yield then, click(first.action, then.action)


MEMBERS = {"Dana": ex.DANA, "Ravi": ex.RAVI, "Lena": ex.LENA, "Ines": ex.INES}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_button_that_is_said_to_open_a_form_does_and_no_other(acme: Acme, name: str) -> None:
    member = MEMBERS[name]
    wrong = {
        f"{button.label} ({_verb(button)})"
        for button, answer in _walk(lambda *tokens: acme.after(member, *tokens), acme.seen(member))
        if button.opens_form != isinstance(answer, Form)
    }
    assert not wrong


def test_the_walk_comes_by_every_kind_of_button_that_opens_a_form(acme: Acme) -> None:
    """Or else the test above would prove little."""
    walk = _walk(lambda *tokens: acme.after(ex.DANA, *tokens), acme.seen(ex.DANA))
    found = {_verb(button) for button, _ in walk}
    assert {verb for verb in Verb if verb.opens_form} - found == {Verb.LOG}  # that is no button


def test_a_shortcut_opens_a_form_too(acme: Acme) -> None:
    assert isinstance(acme.after(ex.DANA, str(Action(verb=Verb.LOG))), Form)
