"""The history knows a sentence for everything that is ever written down."""

from __future__ import annotations

import pathlib
import re

import bot
from bot.nudges import Kind
from bot.views import history

WRITTEN = re.compile(r"""entry\(\s*"([a-z_]+)"|Entry\(what="([a-z_]+)"|, "(offer_[a-z]+)"\)""")


def test_every_entry_of_the_audit_has_a_sentence_or_is_told_elsewhere() -> None:
    rooms = pathlib.Path(bot.__file__).parent.rglob("*.py")
    found = {
        word for room in rooms for groups in WRITTEN.findall(room.read_text()) for word in groups if word
    }
    assert {"handed_over", "letter_queued", "offer_accepted"} <= found
    known = history.DONE.keys() | history.TOLD_ELSEWHERE
    assert found <= known
    assert known - found <= {"added"}, "the storage writes this one"


def test_every_kind_of_nudge_has_a_sentence() -> None:
    assert set(history.NUDGED) == set(Kind)
