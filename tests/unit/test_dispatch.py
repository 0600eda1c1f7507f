"""At dispatch a letter is checked again; one whose fate nobody knows is settled by a person."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import dispatch, turns, unknown_letters
from bot.calendar import WorkCalendar
from bot.changes import Refused
from bot.loops import LetterState, Loop, Standing, TouchKind
from bot.people import Member
from tests import examples as ex
from tests.examples import DANA, NOW, POLICY, RAVI, SAM, at
from tests.places import A_DAY

DAY = dt.timedelta(days=1)


def refused(loop: Loop, now: dt.datetime = NOW, sender: Member = DANA) -> str | None:
    assert loop.letter is not None
    return dispatch.no_longer_right(loop, loop.letter, sender, POLICY, now)


@A_DAY
@given(st.integers(-5, 60), st.integers(0, 23))
def test_a_letter_that_names_a_past_date_never_passes(days: int, hour: int) -> None:
    out = ex.queued(ex.tomasz())
    assert out.letter is not None
    assert out.letter.names_date is not None
    now = NOW + days * DAY + dt.timedelta(hours=hour)
    past = out.letter.names_date <= WorkCalendar("Europe/Warsaw").today(now)
    assert (refused(out, now) is not None) is past


def test_every_reason_to_stop_a_letter_is_found_and_said() -> None:
    good = ex.queued(ex.tomasz())
    assert refused(good) is None
    wrong = {
        "closed": dataclasses.replace(good, standing=Standing.CLOSED),
        "promise": dataclasses.replace(good, promise=ex.promise("2026-11-27")),
        "no promise": dataclasses.replace(good, promise=None),
        "address": dataclasses.replace(good, candidate=dataclasses.replace(ex.TOMASZ, email="t@new.example")),
        "agency": dataclasses.replace(
            good, candidate=dataclasses.replace(ex.TOMASZ, agency_email="a@b.example")
        ),
        "decided": dataclasses.replace(good, standing=Standing.DECLINED),
        "going on": dataclasses.replace(good, standing=Standing.GOING_ON),
    }
    for name, loop in wrong.items():
        assert (refused(loop) or "").endswith("."), name
    assert refused(good, sender=SAM) is not None
    assert refused(good, sender=dataclasses.replace(DANA, active=False)) is not None
    assert refused(good, sender=RAVI) is None
    no = ex.queued(ex.tomasz(), ex.FEEDBACK)
    assert refused(no) is None
    assert refused(dataclasses.replace(no, standing=Standing.AWAITING)) is not None


# -- unknown --------------------------------------------------------------------------------------------


def unknown() -> Loop:
    return ex.became(ex.tomasz(), LetterState.UNKNOWN)


def test_a_letter_that_went_out_after_all_counts_from_when_it_did() -> None:
    asked_since = dataclasses.replace(unknown(), touches=(ex.touch(TouchKind.WROTE, at("2026-11-23 12:00")),))
    change = unknown_letters.it_went_out(asked_since, DANA, at("2026-11-24 10:00"))
    assert change.touch is not None
    assert change.touch.at == NOW
    assert len(change.loop.unanswered) == 1  # asked after the letter, so not answered by it
    assert [t.at for t in change.loop.touches] == sorted(t.at for t in change.loop.touches)
    assert change.entry.by == DANA.id


def test_an_unknown_letter_is_sent_again_only_by_a_person_and_as_another_letter() -> None:
    before = unknown()
    assert before.letter is not None
    change = unknown_letters.send_again(before, before.letter, RAVI, POLICY, NOW)
    assert change.letter is not None
    assert change.letter.message_id != before.letter.message_id
    assert change.letter.text == before.letter.text
    assert [x.state for x in change.loop.letters] == [LetterState.FAILED, LetterState.QUEUED]
    assert refused(change.loop, sender=RAVI) is None


def test_what_changed_since_an_unknown_letter_does_not_stop_it_from_being_sent_again() -> None:
    mended = turns.mend_address(unknown(), DANA, "tomasz@new.example").loop
    assert mended.letter is not None
    change = unknown_letters.send_again(mended, mended.letter, DANA, POLICY, NOW)
    assert change.letter is not None
    assert change.letter.to == "tomasz@new.example"
    assert refused(change.loop) is None


def test_an_old_date_is_not_sent_again() -> None:
    before = unknown()
    assert before.letter is not None
    with pytest.raises(Refused, match="not in the future"):
        unknown_letters.send_again(before, before.letter, DANA, POLICY, at("2026-12-02 10:00"))
