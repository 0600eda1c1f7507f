"""What must hold of every letter at the moment at which the mail server gets it."""

from __future__ import annotations

import datetime as dt

from bot.loops import LetterKind, LetterState
from tests.walk import allowed
from tests.walk.kept import Snapshot
from tests.walk.world import Handed, World

DAY_BEGINS, DAY_ENDS = dt.time(8, 30), dt.time(18, 0)


def hold(world: World, now: Snapshot) -> None:
    for place, handed in enumerate(world.handed):
        if handed.step == world.step:
            nothing_holds_letters_back(handed)
            its_sender_may_write(handed)
            the_candidate_still_waits(handed)
            the_day_it_names_is_to_come(handed)
            a_no_comes_in_the_candidates_day(handed)
            it_could_have_been_undone(handed, world)
            it_goes_where_the_candidate_is(handed)
            earlier = [it for it in world.handed[:place] if it.loop.id == handed.loop.id and it.taken]
            nobody_gets_the_same_mail_twice(handed, earlier)
            one_promise_is_answered_once(handed, earlier, now)
            nothing_follows_the_last_word(handed, earlier, now)


def nothing_holds_letters_back(handed: Handed) -> None:
    assert not handed.policy.letters_paused
    assert not handed.policy.rehearsal


def its_sender_may_write(handed: Handed) -> None:
    assert allowed.may_write(handed.sender, handed.loop, handed.at), handed.sender.email


def the_candidate_still_waits(handed: Handed) -> None:
    assert handed.loop.open


def the_day_it_names_is_to_come(handed: Handed) -> None:
    day = handed.letter.names_date
    if handed.letter.kind is LetterKind.COURTESY:
        assert day is not None
    assert day is None or day > handed.loop.candidate.calendar.today(handed.at)


def a_no_comes_in_the_candidates_day(handed: Handed) -> None:
    if handed.letter.decision.says_no:
        calendar = handed.loop.candidate.calendar
        local = calendar.local(handed.at)
        assert DAY_BEGINS <= local.time() <= DAY_ENDS, local
        assert calendar.is_working(local.date()), local


def it_could_have_been_undone(handed: Handed, world: World) -> None:
    says_no = handed.letter.decision.says_no
    window = world.policy.undo_no if says_no else world.policy.undo
    assert handed.at - handed.letter.queued_at >= window


def it_goes_where_the_candidate_is(handed: Handed) -> None:
    candidate = handed.loop.candidate
    assert handed.mail.to == (candidate.agency_email or candidate.email)


def nobody_gets_the_same_mail_twice(handed: Handed, earlier: list[Handed]) -> None:
    assert handed.mail.message_id not in {it.mail.message_id for it in earlier}


def one_promise_is_answered_once(handed: Handed, earlier: list[Handed], now: Snapshot) -> None:
    """Unless somebody has said of the first that it did not go out. An agency is told, not the candidate."""
    if handed.loop.candidate.agency_email:
        return
    for one in earlier:
        if one.letter.promise == handed.letter.promise:
            assert now.letters[one.letter.id].state is not LetterState.SENT, "two letters for one promise"


def nothing_follows_the_last_word(handed: Handed, earlier: list[Handed], now: Snapshot) -> None:
    if handed.loop.candidate.agency_email:
        return
    for one in earlier:
        sent = now.letters[one.letter.id].state is LetterState.SENT
        assert not (sent and one.letter.kind in (LetterKind.FEEDBACK, LetterKind.NOTICE))
