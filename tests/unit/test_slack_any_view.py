"""Whatever the core could ever say: Slack takes it, no button is lost, no name calls anybody."""

from __future__ import annotations

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.render import message
from bot.views.elements import (
    Button,
    Buttons,
    Chart,
    CheckField,
    ChoiceField,
    DateField,
    Form,
    Heading,
    LetterText,
    Mark,
    Message,
    Option,
    Paragraph,
    Row,
    Style,
    TextField,
)
from tests.hostile_text import SLACK_HOSTILE as HOSTILE
from tests.hostile_text import SLACK_NASTY as NASTY
from tests.plain_text import buttons_of
from tests.slack_counterpart.elements import parts, texts
from tests.slack_payload import drawn_tokens, sent, validate
from tests.unit.test_slack_menu_tokens import ACTIONS

MANY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
"""Whole views are large and slow to make, on a busy machine slower still."""

SHORT = (
    st.sampled_from(("Send update", "Zoë", HOSTILE)) | st.sampled_from("x&").map(lambda c: c * 300) | NASTY
)
LONG = SHORT | st.sampled_from(("word ", "ö", "<!here>", "👩‍👩‍👧")).map(
    lambda piece: piece * (5_000 // len(piece))
)
LABELS = st.sampled_from(("Send update", "Offer is out to someone else", "x" * 75, "&" * 75)) | SHORT
BUTTONS = st.builds(Button, LABELS, ACTIONS.map(str), st.sampled_from(Style))
ROWS = st.builds(
    Row,
    title=SHORT,
    lines=st.lists(LONG, max_size=4).map(tuple),
    mark=st.sampled_from(Mark),
    buttons=st.lists(BUTTONS, max_size=5).map(tuple),
    menu=st.lists(BUTTONS, max_size=16).map(tuple),
)
OTHERS = st.one_of(
    st.builds(Heading, LONG),
    st.builds(Paragraph, LONG, st.booleans()),
    st.builds(Buttons, st.lists(BUTTONS, max_size=4).map(tuple)),
    st.builds(LetterText, SHORT, SHORT, SHORT, SHORT, LONG),
    st.builds(Chart, SHORT, LONG, st.just(())),
)
ELEMENTS = st.tuples(st.lists(ROWS, max_size=10), st.lists(OTHERS, max_size=5)).map(
    lambda both: (*both[0], *both[1])
)
MESSAGES = st.builds(Message, notification=LONG, elements=ELEMENTS)
VALUES = st.text("abc123", min_size=1, max_size=20)
FIELDS = st.lists(
    st.one_of(
        st.builds(
            TextField, name=VALUES, label=LONG, hint=LONG, value=LONG, multiline=st.booleans(),
            maximum=st.integers(min_value=1, max_value=5_000),
        ),
        st.builds(DateField, name=VALUES, label=SHORT, value=st.none() | st.dates(dt.date(1900, 1, 1))),
        st.builds(
            ChoiceField, name=VALUES, label=SHORT, hint=SHORT, value=VALUES, expanded=st.booleans(),
            options=st.lists(st.builds(Option, VALUES, SHORT), min_size=1, max_size=12).map(tuple),
        ),
        st.builds(CheckField, name=VALUES, label=SHORT, group=SHORT, value=st.booleans()),
    ),
    max_size=6, unique_by=lambda field: field.name,
)  # fmt: skip
FORMS = st.builds(
    Form, title=SHORT, submit=ACTIONS.map(str), submit_label=SHORT, step=SHORT,
    intro=ELEMENTS, fields=FIELDS.map(tuple), buttons=st.lists(BUTTONS, max_size=3).map(tuple),
)  # fmt: skip


@MANY
@given(MESSAGES | FORMS)
def test_whatever_is_said_slack_takes_it_and_no_button_is_lost(view: Message | Form) -> None:
    payload = sent(view)
    validate(payload)
    assert drawn_tokens(payload) == sorted(b.action for b in buttons_of(view))


@MANY
@given(MESSAGES | FORMS)
def test_no_name_calls_anybody(view: Message | Form) -> None:
    payload = sent(view)
    for shown in texts(payload):
        assert not any(mark in shown for mark in ("<!", "<@", "<#", "<https:", "\u202e", "\u2066", "\x07"))
    kinds = {part.get("type") for part in parts(payload)}
    assert not kinds & {"mrkdwn", "markdown", "user", "broadcast", "link", "emoji"}


@MANY
@given(st.lists(ROWS, min_size=10, max_size=10))
def test_ten_rows_stay_ten_rows_however_long(rows: list[Row]) -> None:
    shown = message(Message(notification="x", elements=tuple(rows)))
    assert not any("more do not fit" in said for said in texts(shown.blocks))
