"""The turns of a loop: what makes sense in which standing, and a sentence where it does not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable

import pytest

from bot import telling, turns, unknown_letters
from bot.changes import Change, Refused
from bot.loops import UNDOABLE, Closed, Decision, Detail, LetterState, Loop, Standing, TouchKind
from bot.people import Candidate, Role
from bot.promises import Basis, PromiseState
from tests import examples as ex
from tests.examples import DANA, LENA, NOW, POLICY, RAVI, SAM, TOMASZ, at

LATER = NOW + dt.timedelta(days=7)
GOOD_DAY = dt.date(2026, 11, 27)


def needs_date() -> Loop:
    assumed = ex.promise("2026-11-19", TOMASZ.zone, basis=Basis.ASSUMED)
    return ex.tomasz(standing=Standing.NEEDS_DATE, promise=assumed)


STANDINGS: dict[str, Callable[[], Loop]] = {
    "needs_date": needs_date,
    "awaiting": ex.tomasz,
    "waiting_for": lambda: turns.waiting_for(ex.tomasz(), DANA, NOW, SAM).loop,
    "on_hold": lambda: turns.on_hold(ex.tomasz(), DANA, NOW).loop,
    "offer_out": lambda: turns.offer_out(ex.tomasz(), DANA, NOW).loop,
    "going_on": lambda: turns.going_on(ex.tomasz(), DANA, NOW, dt.date(2026, 12, 1)).loop,
    "offer_made": lambda: turns.offer_made(ex.tomasz(), DANA, NOW).loop,
    "declined": lambda: ex.became(ex.tomasz(), LetterState.FAILED, "It failed.", ex.FEEDBACK),
    "queued": lambda: ex.queued(ex.tomasz()),
    "unknown": lambda: ex.became(ex.tomasz(), LetterState.UNKNOWN),
    "closed": lambda: ex.closed(Closed.TOLD_BY_PHONE),
}

Turn = Callable[[Loop], Change]
TURNS: dict[str, Turn] = {
    "told_by_phone": lambda x: turns.told_by_phone(x, DANA, NOW, None, POLICY),
    "told_by_phone with a date": lambda x: turns.told_by_phone(x, DANA, NOW, GOOD_DAY, POLICY),
    "agency_confirmed": lambda x: turns.agency_confirmed(x, DANA, NOW),
    "wrote": lambda x: turns.wrote(x, DANA, NOW, NOW, thanks=False),
    "has_other_offer": lambda x: turns.has_other_offer(x, DANA, NOW, LATER),
    "promise_date": lambda x: turns.promise_date(x, DANA, NOW, GOOD_DAY, POLICY),
    "stated": lambda x: turns.stated(x, DANA, NOW, GOOD_DAY),
    "going_on": lambda x: turns.going_on(x, DANA, NOW, GOOD_DAY),
    "next_interview": lambda x: turns.next_interview_took_place(x, DANA, NOW, NOW, GOOD_DAY, POLICY),
    "waiting_for": lambda x: turns.waiting_for(x, DANA, NOW, SAM),
    "answered": lambda x: turns.answered(x, SAM, NOW),
    "on_hold": lambda x: turns.on_hold(x, DANA, NOW),
    "off_hold": lambda x: turns.off_hold(x, DANA, NOW),
    "offer_out": lambda x: turns.offer_out(x, DANA, NOW),
    "offer_made": lambda x: turns.offer_made(x, DANA, NOW),
    "offer_accepted": lambda x: turns.offer_accepted(x, DANA, NOW),
    "offer_declined": lambda x: turns.offer_declined(x, DANA, NOW),
    "hurry": lambda x: turns.hurry(x, DANA, NOW),
    "stuck": lambda x: turns.stuck(x, DANA, NOW),
    "snooze": lambda x: turns.snooze(x, DANA, NOW),
    "hand_over": lambda x: turns.hand_over(x, DANA, NOW, SAM),
    "close_untold": lambda x: turns.close_untold(x, RAVI, NOW, Closed.UNTOLD, recruiter=True),
    "moved_to": lambda x: turns.moved_to(x, DANA, NOW, LATER, POLICY),
    "mend_address": lambda x: turns.mend_address(x, DANA, "tomasz@new.example"),
    "review": lambda x: turns.review(dataclasses.replace(x, reviewed_on=None), RAVI, NOW),
    "send an update": lambda x: telling.queue_courtesy(x, DANA, POLICY, NOW, ex.update()),
    "give feedback": lambda x: telling.queue_decision(x, DANA, POLICY, NOW, ex.FEEDBACK),
    "undo": lambda x: telling.undo(x, DANA, NOW),
    "it went out": lambda x: unknown_letters.it_went_out(x, DANA, NOW),
    "it did not go out": lambda x: unknown_letters.did_not_go_out(x, DANA, NOW),
}

ALWAYS = {
    "wrote",
    "has_other_offer",
    "promise_date",
    "hurry",
    "snooze",
    "hand_over",
    "mend_address",
    "review",
}
"""What can happen to any open loop, whatever is on its way."""
FREE = ALWAYS | {
    "told_by_phone",
    "told_by_phone with a date",
    "going_on",
    "offer_made",
    "close_untold",
    "moved_to",
    "give feedback",
}
"""Not while a letter is on its way: it would say something else than the screen."""
UNDECIDED = FREE | {"waiting_for", "on_hold", "offer_out", "stuck", "send an update"}

ALLOWED = {
    "needs_date": UNDECIDED | {"stated"},
    "awaiting": UNDECIDED,
    "waiting_for": UNDECIDED | {"answered"},
    "on_hold": UNDECIDED | {"off_hold"},
    "offer_out": UNDECIDED | {"off_hold"},
    "going_on": FREE - {"give feedback"} | {"next_interview"},
    "offer_made": FREE - {"offer_made", "give feedback"}
    | {"next_interview", "offer_accepted", "offer_declined"},
    "declined": FREE | {"agency_confirmed"},
    "queued": ALWAYS - {"promise_date"} | {"undo", "waiting_for", "on_hold", "offer_out"},
    "unknown": ALWAYS - {"promise_date"}
    | {"it went out", "it did not go out", "waiting_for", "on_hold", "offer_out"},
    "closed": set(),
}

NAMES = {
    value
    for values in (Standing, Detail, Closed, Decision, LetterState, TouchKind)
    for value in (member.value for member in values)
    if "_" in value
}
PRONOUN = re.compile(r"\b(he|she|him|her|his|hers)\b", re.IGNORECASE)


def is_a_sentence(text: str) -> bool:
    """Something a manager understands: ends like a sentence, names no state of ours and no he or she."""
    ends = text.endswith((".", "?")) and text[0].isupper()
    return ends and not PRONOUN.search(text) and not any(name in text for name in NAMES) and "!" not in text


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_is_taken_where_it_makes_sense_and_refused_with_a_sentence_elsewhere(
    standing: str, turn: str
) -> None:
    loop = STANDINGS[standing]()
    if turn in ALLOWED[standing]:
        _makes_sense(loop, TURNS[turn](loop))
    else:
        with pytest.raises(Refused) as refused:
            TURNS[turn](loop)
        assert is_a_sentence(str(refused.value))


def _makes_sense(before: Loop, change: Change) -> None:
    after = change.loop
    assert after.id == before.id
    assert (after.promise is None) is (after.standing is Standing.CLOSED)
    assert (after.closed_at is None) is after.open
    assert change.entry.what
    assert all(TOMASZ.email not in fact and "Tomasz" not in fact for fact in change.entry.facts.values())
    if change.promise is not None:
        assert after.promise == change.promise
        assert change.promise.zone == before.candidate.zone
    if change.settled is not None:
        assert before.promise is not None
        assert change.settled.id == before.promise.id
        assert change.settled.state is not PromiseState.CURRENT
    if change.touch is not None:
        assert change.touch in after.touches
    assert [t.at for t in after.touches] == sorted(t.at for t in after.touches)
    if not after.open:
        assert after.look_at is None


def test_the_table_speaks_of_every_standing() -> None:
    assert set(ALLOWED) == set(STANDINGS)
    assert set().union(*ALLOWED.values()) == set(TURNS)


# -- one by one -----------------------------------------------------------------------------------------


def test_a_call_with_a_date_is_telling_and_without_one_it_is_the_end() -> None:
    change = turns.told_by_phone(ex.tomasz(), DANA, NOW, GOOD_DAY, POLICY)
    assert change.loop.promise is not None
    assert (change.loop.promise.date, change.loop.promise.basis) == (GOOD_DAY, Basis.STATED)
    assert change.settled is not None
    assert change.settled.state is PromiseState.BROKEN
    ended = turns.told_by_phone(ex.tomasz(), DANA, at("2026-11-20 10:00"), None, POLICY)
    assert ended.loop.closed_as is Closed.TOLD_BY_PHONE
    assert ended.settled is not None
    assert ended.settled.state is PromiseState.KEPT


@pytest.mark.parametrize("day", [dt.date(2026, 11, 23), dt.date(2026, 11, 26), dt.date(2026, 11, 28)])
def test_a_call_cannot_give_a_date_that_a_letter_could_not(day: dt.date) -> None:
    with pytest.raises(Refused) as refused:
        turns.told_by_phone(ex.tomasz(), DANA, NOW, day, POLICY)
    assert is_a_sentence(str(refused.value))


def test_a_note_from_the_past_goes_where_it_belongs_and_one_from_the_future_nowhere() -> None:
    called = ex.tomasz(touches=(ex.touch(TouchKind.CALL, at("2026-11-20 12:00"), DANA),))
    noted = turns.wrote(called, DANA, NOW, at("2026-11-18 12:00"), thanks=False).loop
    assert noted.unanswered == ()
    with pytest.raises(Refused):
        turns.wrote(called, DANA, NOW, LATER, thanks=True)


def test_a_date_the_candidate_knows_is_not_replaced_by_hand() -> None:
    chosen = turns.promise_date(ex.tomasz(), DANA, NOW, GOOD_DAY, POLICY)
    assert (chosen.loop.promise, chosen.loop.next_date) == (ex.tomasz().promise, GOOD_DAY)
    assert (chosen.promise, chosen.settled) == (None, None)
    real = turns.promise_date(needs_date(), DANA, NOW, dt.date(2026, 11, 18), POLICY)
    assert real.promise is not None
    assert (real.promise.date, real.loop.standing) == (dt.date(2026, 11, 18), Standing.AWAITING)
    with pytest.raises(Refused, match="before the interview"):
        turns.stated(needs_date(), DANA, NOW, dt.date(2026, 11, 11))


def test_the_next_interview_starts_the_waiting_anew() -> None:
    going = STANDINGS["going_on"]()
    ended = at("2026-11-30 15:00")
    change = turns.next_interview_took_place(going, DANA, ended, ended, None, POLICY)
    assert change.loop.standing is Standing.NEEDS_DATE
    assert change.promise is not None
    assert (change.promise.basis, change.promise.date) == (Basis.ASSUMED, dt.date(2026, 12, 7))
    with pytest.raises(Refused, match="has not ended yet"):
        turns.next_interview_took_place(going, DANA, NOW, LATER, None, POLICY)
    with pytest.raises(Refused, match="before the interview"):
        turns.next_interview_took_place(going, DANA, ended, ended, dt.date(2026, 11, 29), POLICY)


def test_who_applied_or_is_not_named_or_is_gone_is_neither_asked_nor_given_it() -> None:
    secret = dataclasses.replace(ex.BACKEND, confidential=True)
    applied = dataclasses.replace(ex.BACKEND, applicants=(SAM.id,))
    himself = Candidate(id=ex.named("sam"), name="Sam Ortiz", email="SAM@acme.example", zone="UTC")
    gone = dataclasses.replace(SAM, reachable=False)
    cases = [
        (TOMASZ, secret, SAM),
        (TOMASZ, applied, SAM),
        (himself, ex.BACKEND, SAM),
        (TOMASZ, ex.BACKEND, gone),
    ]
    for who, role, whom in cases:
        for turn in (turns.waiting_for, turns.hand_over):
            with pytest.raises(Refused) as refused:
                turn(ex.loop(who, role), DANA, NOW, whom)
            assert is_a_sentence(str(refused.value))
    for turn in (turns.waiting_for, turns.hand_over):
        with pytest.raises(Refused):
            turn(ex.tomasz(), DANA, NOW, DANA)


def test_a_hand_over_moves_the_loop_and_nothing_else() -> None:
    given = turns.hand_over(ex.tomasz(), DANA, NOW, SAM)
    assert (given.loop.owner, given.loop.promise, given.loop.look_at) == (SAM, ex.tomasz().promise, NOW)
    assert given.entry.facts == {"from": str(DANA.id), "to": str(SAM.id)}


@pytest.mark.parametrize("state", sorted(UNDOABLE))
def test_a_letter_whose_sender_loses_their_place_is_withdrawn_with_the_hand_over(state: LetterState) -> None:
    before = ex.queued(ex.tomasz(), ex.FEEDBACK, state=state)
    stays = turns.hand_over(before, RAVI, NOW, SAM)
    assert (stays.move, stays.loop.letter) == (None, before.letter), "Dana still answers for the role"
    sams = dataclasses.replace(ex.BACKEND, manager=SAM)
    given = turns.hand_over(before, RAVI, NOW, SAM, sams)
    assert given.move is not None
    assert (given.move.to, given.move.come_from) == (LetterState.CANCELLED, UNDOABLE)
    assert is_a_sentence(given.move.problem)
    assert (given.loop.owner, given.loop.letter) == (SAM, None)
    assert given.loop.standing is ex.tomasz().standing, "the decision goes with its letter"


@pytest.mark.parametrize("state", sorted(UNDOABLE))
def test_a_letter_of_a_roles_former_manager_is_withdrawn_with_the_role(state: LetterState) -> None:
    before = ex.queued(ex.tomasz(owner=LENA), ex.FEEDBACK, state=state)
    sams = dataclasses.replace(ex.BACKEND, manager=SAM)
    given = turns.role_handed_over(before, RAVI, NOW, sams)
    assert given is not None
    assert given.move is not None
    assert (given.move.to, given.move.come_from) == (LetterState.CANCELLED, UNDOABLE)
    assert is_a_sentence(given.move.problem)
    assert (given.loop.owner, given.loop.letter, given.loop.look_at) == (LENA, None, NOW)
    assert given.loop.standing is ex.tomasz().standing, "the decision goes with its letter"
    for sender in (RAVI, LENA):
        own = ex.queued(ex.tomasz(owner=LENA), ex.FEEDBACK, by=sender, state=state)
        assert turns.role_handed_over(own, RAVI, NOW, sams) is None


def test_a_letter_that_is_being_handed_to_the_mail_server_is_left_alone() -> None:
    sams = dataclasses.replace(ex.BACKEND, manager=SAM)
    for state in (LetterState.SENDING, LetterState.UNKNOWN):
        given = turns.hand_over(ex.queued(ex.tomasz(), state=state), RAVI, NOW, SAM, sams)
        assert given.move is None
        lenas = ex.queued(ex.tomasz(owner=LENA), state=state)
        assert turns.role_handed_over(lenas, RAVI, NOW, sams) is None


@pytest.mark.parametrize("how", Closed)
def test_only_the_recruiter_closes_a_loop_whose_candidate_was_not_told(how: Closed) -> None:
    without = {Closed.DID_NOT_TAKE_PLACE, Closed.ENTERED_BY_MISTAKE, Closed.WITHDREW}
    recruiter = without | {Closed.UNTOLD, Closed.TOLD_BY_ATS, Closed.NOTICE}
    for allowed, is_recruiter in ((without, False), (recruiter, True)):
        if how in allowed:
            change = turns.close_untold(ex.tomasz(), RAVI, NOW, how, recruiter=is_recruiter)
            assert change.loop.closed_as is how
            settled = {
                Closed.TOLD_BY_ATS: PromiseState.BROKEN,
                Closed.NOTICE: PromiseState.BROKEN,
                Closed.UNTOLD: PromiseState.BROKEN,
            }
            assert (change.settled.state if change.settled else None) is settled.get(how)
        else:
            with pytest.raises(Refused) as refused:
                turns.close_untold(ex.tomasz(), RAVI, NOW, how, recruiter=is_recruiter)
            assert is_a_sentence(str(refused.value))


def test_a_stuck_decision_asks_once_and_needs_somebody_to_ask() -> None:
    with pytest.raises(Refused, match="asked already"):
        turns.stuck(turns.stuck(ex.tomasz(), DANA, NOW).loop, DANA, NOW)
    lonely: Role = dataclasses.replace(ex.BACKEND, recruiter=None)
    with pytest.raises(Refused, match="no recruiter"):
        turns.stuck(ex.loop(TOMASZ, lonely), DANA, NOW)


def test_an_interview_that_was_moved_owes_nothing_until_it_took_place() -> None:
    change = turns.moved_to(ex.tomasz(), DANA, NOW, LATER, POLICY)
    assert change.promise is not None
    assert change.promise.basis is Basis.ASSUMED
    assert change.promise.due > LATER
    with pytest.raises(Refused):
        turns.moved_to(ex.tomasz(), DANA, NOW, NOW, POLICY)


def test_whoever_acts_for_the_owner_is_in_the_audit_with_both_names_as_ids() -> None:
    said = turns.on_hold(ex.tomasz(), RAVI, NOW).entry
    assert (said.by, said.on_behalf_of) == (RAVI.id, DANA.id)
    assert turns.on_hold(ex.tomasz(), DANA, NOW).entry.on_behalf_of is None


def test_the_recruiter_who_would_be_asked_cannot_ask() -> None:
    with pytest.raises(Refused, match="You are the recruiter who would be asked"):
        turns.stuck(ex.tomasz(), RAVI, NOW)
