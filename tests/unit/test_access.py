"""Who may see and do what with one loop."""

from __future__ import annotations

import dataclasses

import pytest

from bot import turns
from bot.access import Viewpoint, must_write, viewpoint
from bot.changes import Refused
from bot.ladder import is_away
from bot.loops import Loop
from bot.people import Member
from tests import examples as ex
from tests.examples import BACKEND, DANA, INES, LENA, NOW, RAVI, SAM, TOMASZ, at

CORA = ex.member("Cora Webb")
NOBODY = ex.member("Noel Quist")
OPEN = dataclasses.replace(BACKEND, co_managers=(CORA.id,))
SECRET = dataclasses.replace(OPEN, confidential=True)
AWAY = ex.away(DANA, "2026-11-27", SAM, accepted=True)
ASKED = ex.away(DANA, "2026-11-27", SAM)

PLAIN = ex.loop(TOMASZ, OPEN)
HIDDEN = ex.loop(TOMASZ, SECRET)
RAVI_AWAY = ex.away(RAVI, "2026-11-27", SAM, accepted=True)
RECRUITED = dataclasses.replace(PLAIN, role=dataclasses.replace(OPEN, recruiter=RAVI_AWAY))
PANEL = dataclasses.replace(
    PLAIN, detail=turns.waiting_for(PLAIN, DANA, NOW, NOBODY).loop.detail, waiting_for=NOBODY
)


def of(loop: Loop, owner: Member) -> Loop:
    return dataclasses.replace(loop, owner=owner)


@pytest.mark.parametrize(
    ("who", "loop", "point"),
    [
        (DANA, PLAIN, Viewpoint.OWNER),
        (RAVI, PLAIN, Viewpoint.RECRUITER),
        (CORA, PLAIN, Viewpoint.CO_MANAGER),
        (DANA, of(PLAIN, SAM), Viewpoint.CO_MANAGER),  # answers for the role; somebody else owns the loop
        (SAM, PLAIN, None),
        (SAM, of(PLAIN, AWAY), Viewpoint.DELEGATE),
        (SAM, of(PLAIN, ASKED), None),  # has not accepted
        (CORA, of(PLAIN, ex.away(DANA, "2026-11-27", CORA, accepted=True)), Viewpoint.DELEGATE),
        (DANA, of(PLAIN, AWAY), Viewpoint.OWNER),
        (SAM, RECRUITED, Viewpoint.RECRUITER),
        (SAM, of(RECRUITED, SAM), Viewpoint.OWNER),
        (RAVI, RECRUITED, Viewpoint.RECRUITER),
        (NOBODY, PLAIN, None),
        (NOBODY, PANEL, Viewpoint.WAITED_FOR),
        (NOBODY, dataclasses.replace(PANEL, detail=PLAIN.detail), None),  # the word has come
        (LENA, PLAIN, Viewpoint.LEAD),
        (INES, PLAIN, Viewpoint.LEAD),  # an admin
        # confidential: only who is named, and the owner
        (DANA, HIDDEN, Viewpoint.OWNER),
        (RAVI, HIDDEN, Viewpoint.RECRUITER),
        (CORA, HIDDEN, Viewpoint.CO_MANAGER),
        (SAM, of(HIDDEN, AWAY), None),
        (
            SAM,
            dataclasses.replace(RECRUITED, role=dataclasses.replace(RECRUITED.role, confidential=True)),
            None,
        ),
        (SAM, of(HIDDEN, SAM), Viewpoint.OWNER),
        (LENA, HIDDEN, None),
        (INES, HIDDEN, None),
        (NOBODY, dataclasses.replace(PANEL, role=SECRET), None),
    ],
)
def test_how_somebody_may_look_at_a_loop(who: Member, loop: Loop, point: Viewpoint | None) -> None:
    assert viewpoint(who, loop, NOW, lead=(str(LENA.id),)) is point


EVERYBODY = (DANA, RAVI, CORA, SAM, NOBODY, LENA, INES)


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda m: m.first_name)
def test_who_applied_for_the_role_sees_none_of_its_screens(who: Member) -> None:
    applied = dataclasses.replace(OPEN, applicants=(who.id,))
    loop = of(ex.loop(TOMASZ, applied), AWAY if who is SAM else DANA)
    assert viewpoint(who, loop, NOW, lead=(str(who.id),)) is None
    same = dataclasses.replace(
        loop, role=OPEN, candidate=dataclasses.replace(TOMASZ, email=who.email.upper())
    )
    assert viewpoint(who, same, NOW, lead=(str(who.id),)) is None


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda m: m.first_name)
def test_a_deactivated_member_sees_nothing(who: Member) -> None:
    gone = dataclasses.replace(who, active=False)
    for loop in (PLAIN, PANEL, HIDDEN, of(PLAIN, AWAY), of(PLAIN, gone)):
        assert viewpoint(gone, loop, NOW, lead=(str(who.id),)) is None


@pytest.mark.parametrize(
    ("moment", "stands_in"),
    [
        ("2026-11-22 23:59", False),
        ("2026-11-23 00:00", True),
        ("2026-11-27 23:59", True),
        ("2026-11-28 00:00", False),
    ],
)
def test_a_delegate_stands_in_from_the_first_day_to_the_last_of_the_absence(
    moment: str, stands_in: bool
) -> None:
    point = viewpoint(SAM, of(PLAIN, AWAY), at(moment))
    assert point is (Viewpoint.DELEGATE if stands_in else None)
    assert is_away(AWAY, at(moment)) is stands_in


@pytest.mark.parametrize("point", Viewpoint)
def test_who_may_write_to_the_candidate(point: Viewpoint) -> None:
    assert point.may_write is (point not in (Viewpoint.WAITED_FOR, Viewpoint.LEAD))


def test_whoever_may_not_write_is_told_so_in_a_sentence_that_betrays_nothing() -> None:
    assert must_write(RAVI, PLAIN, NOW) is Viewpoint.RECRUITER
    for who, loop in ((NOBODY, PLAIN), (NOBODY, PANEL), (INES, PLAIN), (SAM, HIDDEN)):
        with pytest.raises(Refused) as refused:
            must_write(who, loop, NOW)
        assert str(refused.value).endswith(".")
        assert "Tomasz" not in str(refused.value)
