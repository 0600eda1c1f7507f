"""Action tokens: small, opaque, and never trusted."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import service
from bot.actions import Action, Place, Verb, read_action
from bot.changes import Refused

LONGEST = 255
"""Characters: what Slack takes for an action id."""

PLACES = st.builds(Place, surface=st.uuids(), page=st.integers(0, 10**6)) | st.builds(
    Place, alone=st.booleans(), page=st.integers(0, 10**6)
)
PLACES |= st.builds(Place, home=st.booleans(), page=st.integers(0, 10**6))
ACTIONS = st.builds(
    Action,
    verb=st.sampled_from(Verb),
    loop=st.none() | st.uuids(),
    promise=st.none() | st.uuids(),
    place=PLACES,
    argument=st.text(max_size=60),
)


@given(ACTIONS)
def test_what_is_written_is_what_is_read(action: Action) -> None:
    assert read_action(str(action)) == action
    assert len(str(action)) <= LONGEST


@pytest.mark.parametrize("verb", Verb)
def test_every_verb_goes_through_with_everything_it_can_carry(verb: Verb) -> None:
    full = Action(
        verb=verb,
        loop=uuid.uuid4(),
        promise=uuid.uuid4(),
        place=Place(surface=uuid.uuid4(), page=99_999),
        argument=".".join("x" * 30),
    )
    assert read_action(str(full)) == full
    assert len(str(full)) <= LONGEST


GOOD = str(Action(verb=Verb.UNDO, loop=uuid.UUID(int=1), place=Place(page=3)))


@given(
    st.text(max_size=400)
    | st.lists(st.text(max_size=40), min_size=6, max_size=6).map(".".join)
    | st.tuples(st.integers(0, len(GOOD)), st.text(max_size=3)).map(
        lambda t: GOOD[: t[0]] + t[1] + GOOD[t[0] + 1 :]
    )
)
@example("undo....-5.")
@example("undo...list.².")
@example("undo...list." + "9" * 5000 + ".")
@example("undo...list.٣.")
@example("\ud800")
@example("undo.{00000000-0000-0000-0000-000000000001}..list.0.")
def test_garbage_is_refused_with_a_sentence_and_nothing_worse(token: str) -> None:
    try:
        action = read_action(token)
    except Refused:
        return
    assert action.place.page >= 0
    assert len(action.argument) <= 60
    assert read_action(str(action)) == action


def test_a_refusal_says_where_to_find_the_list() -> None:
    with pytest.raises(Refused, match=r"Type /followup to see today's list\.$"):
        read_action("from an older version")


def test_a_page_before_the_first_is_the_first() -> None:
    assert read_action("page...list.-5.").place.page == 0


def test_every_verb_has_somebody_who_answers_it() -> None:
    assert set(service._ACTIONS) == set(Verb)


def test_verbs_are_told_apart_and_carry_no_separator() -> None:
    assert len({verb.value for verb in Verb}) == len(Verb)
    assert all("." not in verb.value for verb in Verb)
