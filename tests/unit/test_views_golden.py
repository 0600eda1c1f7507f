"""Every screen, written as text and read as the person who gets it; and what holds for all of them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest

from bot import service, telling
from bot.actions import ALONE, Verb, read_action
from bot.nudges import SurfaceKind
from bot.people import Member, Role
from bot.policy import Policy
from bot.uses.desk import write
from bot.views import lists
from bot.views.elements import FieldErrors, Form, LetterText, Message, Row, View
from storage import schema
from storage.database import Database
from storage.store import SqlStore
from tests import example_views
from tests import examples as ex
from tests.golden import GOLDEN, matches_golden
from tests.plain_text import buttons_of, menus_of, plain

VIEWS = example_views.views()
EVERY_VIEW = pytest.mark.parametrize("name", sorted(VIEWS))
CANDIDATES = (ex.PRIYA, ex.TOMASZ, ex.AIKO, ex.MEI)
PRONOUN = re.compile(r"\b(he|she|him|her|his|hers|himself|herself)\b", re.IGNORECASE)


@EVERY_VIEW
def test_a_screen_reads_as_its_golden_file(name: str) -> None:
    matches_golden(GOLDEN / "views" / f"{name}.txt", plain(VIEWS[name]))


def test_no_golden_file_is_left_over() -> None:
    kept = {path.stem for path in (GOLDEN / "views").glob("*.txt")}
    assert kept == set(VIEWS) | set(KEPT_BY_THE_DATABASE)


@EVERY_VIEW
def test_the_line_on_a_locked_phone_names_no_candidate_and_stands_alone(name: str) -> None:
    view = VIEWS[name]
    if isinstance(view, Message):
        for who in CANDIDATES:
            assert who.first_name not in view.notification
            assert who.email not in view.notification
        assert view.notification.strip()


@EVERY_VIEW
def test_nothing_shouts_and_nobody_is_he_or_she(name: str) -> None:
    for line in _said(VIEWS[name]):
        assert "!" not in line
        assert not PRONOUN.search(line)
        assert "None" not in line.replace("None of these", "").replace("None fits", "").split()
        assert "asap" not in line.lower()


@EVERY_VIEW
def test_every_button_fits_and_its_token_reads(name: str) -> None:
    for button in buttons_of(VIEWS[name]):
        assert 0 < len(button.label) <= 75
        assert len(button.action) <= 255
        read_action(button.action)
        for who in CANDIDATES:
            assert who.email not in button.action
            assert who.first_name.lower() not in button.action.lower()


LONGEST_MENU = 16
"""Everything that can be said of a candidate who waits, and the history (docs/decisions/0012)."""


@EVERY_VIEW
def test_no_menu_is_longer_than_a_hand_can_scan_and_none_says_a_thing_twice(name: str) -> None:
    for menu in menus_of(VIEWS[name]):
        assert len(menu) <= LONGEST_MENU
    view = VIEWS[name]
    for element in view.elements if isinstance(view, Message) else ():
        if isinstance(element, Row):
            verbs = [read_action(b.action).verb for b in (*element.buttons, *element.menu)]
            assert len(verbs) == len(set(verbs))


@EVERY_VIEW
def test_every_field_has_a_label_and_a_value_among_its_choices(name: str) -> None:
    view = VIEWS[name]
    if isinstance(view, Form):
        names = [field.name for field in view.fields]
        assert len(names) == len(set(names))
        assert all(field.label for field in view.fields)


@EVERY_VIEW
def test_a_row_says_something_and_carries_one_mark_at_most(name: str) -> None:
    view = VIEWS[name]
    for element in view.elements if isinstance(view, Message) else ():
        if isinstance(element, Row):
            assert element.title
            assert all(line.strip() == line and line for line in element.lines)


def _said(view: View) -> Iterator[str]:
    """What we say, line by line; not what stands in a letter."""
    if not isinstance(view, FieldErrors):
        elements = view.elements if isinstance(view, Message) else view.intro
        bare = tuple(e for e in elements if not isinstance(e, LetterText))
        if isinstance(view, Message):
            view = dataclasses.replace(view, elements=bare)
        else:
            view = dataclasses.replace(view, intro=bare)
    yield from plain(view).splitlines()


# -- what every candidate's row must hold, whoever looks ------------------------------------------------


def test_no_candidate_is_dropped_however_many_there_are() -> None:
    crowd = ex.crowd(34)
    seen: list[str] = []
    for page in range(4):
        place = dataclasses.replace(example_views.viewer().place, page=page)
        shown = lists.digest(example_views.DIGEST, crowd, example_views.viewer(place=place))
        rows = [e.title for e in shown.elements if isinstance(e, Row)]
        assert len(rows) <= 10
        seen.extend(title.partition(" · ")[0] for title in rows)
    assert seen == [loop.candidate.name for loop in crowd]


@pytest.mark.parametrize("page", [-1, -7, 99])
def test_a_page_that_is_none_shows_the_nearest(page: int) -> None:
    place = dataclasses.replace(example_views.viewer().place, page=page)
    shown = lists.digest(example_views.DIGEST, ex.crowd(12), example_views.viewer(place=place))
    assert any(isinstance(e, Row) for e in shown.elements)


def test_an_urgent_row_offers_a_call_before_any_letter() -> None:
    (element,) = (
        e for e in lists.alone(ex.priya(), example_views.viewer(place=ALONE)).elements if isinstance(e, Row)
    )
    verbs = [read_action(b.action).verb for b in element.buttons]
    assert verbs[:2] == [Verb.CALL_TODAY, Verb.TO_RECRUITER]
    assert Verb.SEND_UPDATE not in verbs


# -- screens that need the database ---------------------------------------------------------------------

KEPT_BY_THE_DATABASE = (
    "review", "review_done", "delegate", "delegate_accepted", "delegate_settled",
    "brake", "brake_settled",
)  # fmt: skip


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Message]]:
    path = tmp_path_factory.mktemp("views") / "views.db"
    database = Database(
        f"sqlite:///{path}", Policy(letters_an_hour=1, pilot=frozenset({"*"})), clock=lambda: ex.NOW
    )
    schema.upgrade(database)
    workspace = database.create_workspace("Acme", ex.NOW)

    def set_up(store: SqlStore) -> None:
        for person in (ex.SAM, ex.away(ex.DANA, "2026-12-06", ex.SAM), ex.RAVI):
            store.save_member(person)
        roles: tuple[Role, ...] = (ex.BACKEND, ex.ANALYST)
        for role in roles:
            store.add_role(role)
        for one in (ex.tomasz(reviewed_on=None), dataclasses.replace(ex.mei(), reviewed_on=None)):
            store.add_loop(one)

    database.write(workspace, set_up)
    found: dict[str, Message] = {}

    def look(name: str, kind: SurfaceKind, who: Member, about: Member | None = None) -> None:
        def work(store: SqlStore) -> Message | None:
            surface, _ = store.open_surface(kind, who.id, "x", ex.NOW, about=about.id if about else None)
            return service.shown(store, ex.NOW, surface.id)

        view = database.write(workspace, work)
        assert view is not None
        found[name] = view

    look("review", SurfaceKind.REVIEW, ex.RAVI)
    (everybody,) = (b for b in buttons_of(found["review"]) if b.label.startswith("All "))
    database.write(workspace, lambda store: service.clicked(store, ex.NOW, ex.RAVI, everybody.action))
    look("review_done", SurfaceKind.REVIEW, ex.RAVI)
    look("delegate", SurfaceKind.DELEGATE, ex.SAM, ex.DANA)
    database.write(
        workspace, lambda store: store.save_member(ex.away(ex.DANA, "2026-12-06", ex.SAM, accepted=True))
    )
    look("delegate_accepted", SurfaceKind.DELEGATE, ex.SAM, ex.DANA)
    database.write(workspace, lambda store: store.save_member(ex.DANA))
    look("delegate_settled", SurfaceKind.DELEGATE, ex.SAM, ex.DANA)

    def brake(store: SqlStore) -> Message:
        for one in store.loops_owned(ex.DANA.id):
            draft = ex.update()
            write(store, ex.NOW, telling.queue_courtesy(one, ex.DANA, store.policy, ex.NOW, draft))
        occasion = f"{ex.DANA.id}/{ex.NOW:%Y-%m-%dT%H}"
        surface, made = store.open_surface(SurfaceKind.BRAKE, ex.RAVI.id, occasion, ex.NOW)
        assert not made
        asked = service.shown(store, ex.NOW, surface.id)
        assert asked is not None
        return asked

    found["brake"] = database.write(workspace, brake)
    let_go = next(b for b in buttons_of(found["brake"]) if b.label == "Let them go")
    settled = database.write(workspace, lambda store: service.clicked(store, ex.NOW, ex.RAVI, let_go.action))
    assert isinstance(settled, Message)
    found["brake_settled"] = settled
    yield found
    database.close()


@pytest.mark.parametrize("name", KEPT_BY_THE_DATABASE)
def test_a_screen_of_the_database_reads_as_its_golden_file(shown: dict[str, Message], name: str) -> None:
    view = shown[name]
    matches_golden(GOLDEN / "views" / f"{name}.txt", plain(view))
    assert not any(who.first_name in view.notification for who in CANDIDATES)
    for button in buttons_of(view):
        read_action(button.action)
