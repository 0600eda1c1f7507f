"""What an element of Slack's carries: any token of ours comes back as it was, and any other value is read."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import limits, tokens
from bot.actions import ALONE, LISTED, Action, Place, Verb, read_action

UUIDS = st.uuids()
ACTIONS = st.builds(
    Action,
    verb=st.sampled_from(Verb),
    loop=st.none() | UUIDS,
    promise=st.none() | UUIDS,
    place=st.sampled_from((ALONE, LISTED))
    | st.builds(Place, surface=UUIDS, page=st.integers(min_value=0, max_value=999)),
    argument=UUIDS.map(lambda u: u.hex) | st.dates().map(str) | st.text("abc 1.", max_size=60),
)


@given(st.text() | st.from_regex(r"([0-9a-f]{32}|~*[A-Za-z0-9_-]{22}|\.)*", fullmatch=True))
def test_any_token_comes_back_as_it_was(token: str) -> None:
    assert tokens.decode(tokens.encode(token)) == token


@given(st.text() | st.from_regex(r"(~*[A-Za-z0-9_-]{21,23}|\.)*", fullmatch=True))
def test_any_value_somebody_sends_is_read_without_an_error(value: str) -> None:
    tokens.decode(value)


@given(ACTIONS)
def test_every_action_fits_into_a_menu(action: Action) -> None:
    value = tokens.encode(str(action))
    assert len(value) <= limits.OPTION_VALUE
    assert read_action(tokens.decode(value)) == action


def test_the_longest_action_is_too_long_for_a_menu_unless_shortened() -> None:
    one = uuid.UUID(int=1)
    action = Action(
        verb=max(Verb, key=len), loop=one, promise=one, place=Place(surface=one, page=99), argument="x" * 60
    )
    assert len(str(action)) > limits.OPTION_VALUE >= len(tokens.encode(str(action)))
