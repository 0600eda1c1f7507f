"""From a click to a letter, and what its fate does to the loop: never twice, never told too early."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot import dispatch, ladder, new_date, telling, turns, unknown_letters
from bot.calendar import LETTERS_FROM, LETTERS_UNTIL, WorkCalendar
from bot.changes import Change, Refused
from bot.letters.draft import Draft, Reason
from bot.loops import Closed, Decision, Detail, Letter, LetterState, Standing
from bot.people import Absence, Member
from bot.promises import Basis, PromiseState
from tests import examples as ex
from tests.examples import DANA, NOW, POLICY, RAVI, at
from tests.places import A_DAY, MOMENTS, PLACES, between

DAY = dt.timedelta(days=1)


def test_a_letter_says_that_we_know_of_the_other_offer_until_its_day_is_over() -> None:
    day = dt.date(2026, 11, 24)
    asked = Draft(decision=Decision.NO_DECISION, next_date=day)
    known = "another employer is waiting for your answer by Tuesday 24 November"
    assert known in telling.write(ex.priya(), asked, DANA, POLICY, NOW).text
    later = telling.write(ex.priya(), asked, DANA, POLICY, NOW + 2 * DAY).text
    assert "another employer" not in later
    assert (
        "such as a deadline from another employer"
        in telling.write(ex.tomasz(), asked, DANA, POLICY, NOW).text
    )


def test_a_letter_that_names_an_earlier_day_than_the_promised_one_says_sooner_and_speaks_of_no_delay() -> (
    None
):
    """Somebody must answer another offer before the day that they were promised."""
    promised = ex.tomasz(promise=ex.promise("2026-12-04"))
    texts = {
        day: telling.write(
            promised,
            Draft(decision=Decision.NO_DECISION, next_date=dt.date(2026, 12, day)),
            DANA,
            POLICY,
            NOW,
        ).text
        for day in (2, 8)
    }
    sooner, silence = "You will hear sooner than that.", "so that the date does not pass in silence"
    assert (sooner in texts[2], silence in texts[2]) == (True, False)
    assert (sooner in texts[8], silence in texts[8]) == (False, True)


def test_a_letter_names_who_will_write_on_its_day() -> None:
    """The loop stays with its owner, whoever writes once in between: unless the owner is away that day."""
    loop, day = ex.tomasz(), dt.date(2026, 12, 1)
    away = dataclasses.replace(DANA, absence=Absence(start=NOW.date(), until=day))
    for decision in (Decision.NO_DECISION, Decision.GOING_ON):
        asked = Draft(decision=decision, next_date=day)
        assert "hear from me" in telling.write(loop, asked, DANA, POLICY, NOW).text
        assert "hear from Dana Lee" in telling.write(loop, asked, RAVI, POLICY, NOW).text
        of_away = dataclasses.replace(loop, owner=away)
        assert "hear from me" in telling.write(of_away, asked, RAVI, POLICY, NOW).text
        later = dataclasses.replace(asked, next_date=dt.date(2026, 12, 2))
        assert "hear from Dana Lee" in telling.write(of_away, later, RAVI, POLICY, NOW).text


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        (Detail.PLAIN, Reason.NO_DECISION),
        (Detail.ON_HOLD, Reason.ON_HOLD),
        (Detail.OFFER_OUT, Reason.FINAL_STEPS),
        (Detail.WAITING_FOR, Reason.PANEL),
    ],
)
def test_a_one_click_letter_says_no_decision_yet_unless_the_loop_says_why(
    detail: Detail, reason: Reason
) -> None:
    assert telling.default_reason(ex.tomasz(detail=detail)) is reason


def test_a_call_or_a_next_step_between_two_letters_ends_the_row_of_them() -> None:
    """The first letter after the next interview is not the third, nor does it say that the date moved."""
    day, moved = dt.date(2026, 12, 1), "not the first time the date has moved"
    once = ex.told(ex.tomasz(), when=at("2026-11-23 10:32"))
    twice = ex.told(once, when=at("2026-11-24 10:32"))
    again = Draft(decision=Decision.NO_DECISION, next_date=dt.date(2026, 12, 3))
    assert (once.courtesy_in_a_row, twice.courtesy_in_a_row) == (1, 2)
    assert moved in telling.write(twice, again, DANA, POLICY, NOW + 2 * DAY).text
    later = at("2026-11-25 10:00")
    called = turns.told_by_phone(twice, DANA, later, day, POLICY).loop
    assert called.courtesy_in_a_row == 0
    arranged = turns.going_on(twice, DANA, later, day).loop
    met = turns.next_interview_took_place(arranged, DANA, later + 3 * DAY, later + 2 * DAY, None, POLICY).loop
    assert met.courtesy_in_a_row == 0
    assert moved not in telling.write(met, again, DANA, POLICY, later + 3 * DAY).text


# -- when it leaves -------------------------------------------------------------------------------------


@A_DAY
@given(PLACES, MOMENTS, st.sampled_from(Decision))
def test_a_letter_that_says_no_waits_and_leaves_in_the_candidates_day(
    theirs: tuple[str, str], now: dt.datetime, decision: Decision
) -> None:
    leaves = telling.leaves_at(between(("Etc/UTC", ""), theirs), decision, POLICY, now)
    if not decision.says_no:
        assert leaves == now + dt.timedelta(seconds=60)
        return
    calendar = WorkCalendar(*theirs)
    local = calendar.local(leaves)
    assert leaves - now >= dt.timedelta(minutes=10)
    assert LETTERS_FROM <= local.time() < LETTERS_UNTIL
    assert calendar.is_working(local.date())


def test_an_undo_window_that_a_company_sets_is_kept() -> None:
    policy = dataclasses.replace(POLICY, undo=dt.timedelta(seconds=5))
    assert telling.leaves_at(ex.tomasz(), Decision.GOING_ON, policy, NOW) == NOW + dt.timedelta(seconds=5)


# -- one click ------------------------------------------------------------------------------------------


def test_the_click_freezes_the_letter_and_changes_no_promise() -> None:
    change = telling.queue_courtesy(ex.tomasz(), DANA, POLICY, NOW, ex.update())
    letter = change.letter
    assert letter is not None
    assert letter.to == ex.TOMASZ.email
    assert letter.reply_to == DANA.email
    assert "Tuesday 1 December" in letter.text
    assert letter.message_id.endswith("@acme.example>")
    assert change.loop.promise == ex.tomasz().promise
    assert (change.settled, change.promise, change.touch) == (None, None, None)
    assert change.entry.facts["names_date"] == "2026-12-01"
    assert ex.TOMASZ.email not in str(change.entry)


@pytest.mark.parametrize(
    ("draft", "standing", "ends"),
    [
        (ex.FEEDBACK, Standing.DECLINED, Closed.FEEDBACK),
        (dataclasses.replace(ex.FEEDBACK, decision=Decision.NOT_NOW), Standing.DECLINED, Closed.FEEDBACK),
        (ex.ROLE_CLOSED, Standing.DECLINED, Closed.ROLE_CLOSED),
        (ex.GOING_ON, Standing.GOING_ON, None),
        (ex.update(), Standing.AWAITING, None),
    ],
)
def test_a_decision_stands_from_the_click_on_and_the_rest_comes_with_sent(
    draft: Draft, standing: Standing, ends: Closed | None
) -> None:
    before = turns.on_hold(ex.tomasz(), DANA, NOW).loop
    out = ex.queued(before, draft)
    assert out.standing is standing
    assert out.open
    assert out.promise == before.promise
    undone = telling.undo(out, DANA, NOW).loop
    assert (undone.standing, undone.detail) == (before.standing, before.detail)
    told = ex.told(before, draft)
    assert told.closed_as is ends
    assert told.open is (ends is None)
    if ends is None:
        assert told.promise is not None
        assert (told.promise.date, told.promise.basis) == (dt.date(2026, 12, 1), Basis.LETTER)
    else:
        assert told.promise is None


def test_what_was_noted_while_the_letter_waited_survives_the_undo() -> None:
    held = turns.on_hold(ex.queued(ex.tomasz()), DANA, NOW).loop
    assert telling.undo(held, DANA, NOW).loop.detail is Detail.ON_HOLD


def test_an_undone_letter_has_the_clock_look_at_once() -> None:
    """A slot may have passed while it waited: Friday's letter, taken back on Tuesday."""
    out = ex.queued(ex.tomasz(), ex.FEEDBACK, now=at("2026-11-20 16:00"))
    undone = telling.undo(out, DANA, at("2026-11-24 10:00")).loop
    assert undone.look_at == at("2026-11-24 10:00")


@pytest.mark.parametrize("when", ["2026-11-20 10:59", "2026-11-20 11:01"])
def test_a_promise_is_kept_when_the_letter_is_out_by_the_due_instant(when: str) -> None:
    out = ex.sending(ex.tomasz())
    assert out.letter is not None
    settled = dispatch.sent(out, out.letter, at(when)).settled
    assert settled is not None
    assert settled.state is (PromiseState.KEPT if when.endswith("59") else PromiseState.BROKEN)


def test_feedback_through_an_agency_waits_for_its_word() -> None:
    who = dataclasses.replace(ex.TOMASZ, agency_email="desk@agency.example")
    told = ex.told(ex.loop(who), ex.FEEDBACK)
    assert told.standing is Standing.DECLINED
    assert told.promise is not None
    done = turns.agency_confirmed(told, DANA, NOW)
    assert (done.loop.closed_as, done.loop.promise) == (Closed.AGENCY_CONFIRMED, None)
    assert done.settled is not None


def test_a_decision_letter_needs_a_decision() -> None:
    with pytest.raises(Refused, match="Choose what was decided"):
        telling.queue_decision(ex.tomasz(), DANA, POLICY, NOW, ex.update())


# -- any order of clicks and fates ----------------------------------------------------------------------


class ALoopAndItsLetters(RuleBasedStateMachine):
    """Whatever is clicked, in whatever order, the loop never says what is not so."""

    @initialize(
        hours=st.integers(-200, 100),
        basis=st.sampled_from(Basis),
        agency=st.booleans(),
        offer=st.none() | st.integers(1, 300),
    )
    def begin(self, hours: int, basis: Basis, agency: bool, offer: int | None) -> None:
        self.now = NOW + dt.timedelta(hours=hours)
        who = dataclasses.replace(ex.TOMASZ, agency_email="desk@agency.example") if agency else ex.TOMASZ
        self.loop = ex.loop(
            who,
            promise=ex.promise("2026-11-20", who.zone, basis=basis),
            standing=Standing.NEEDS_DATE if basis is Basis.ASSUMED else Standing.AWAITING,
            other_offer_by=self.now + dt.timedelta(hours=offer) if offer else None,
            other_offer_heard_at=self.now if offer else None,
        )
        self.stood: tuple[Standing, Detail] | None = None
        self.tellings = 0

    def apply(self, change: Change) -> None:
        before = self.loop
        told = change.touch is not None
        moved = change.move is not None and change.move.to is LetterState.SENT
        self.tellings += told
        if change.settled is not None or change.promise is not None:
            assert told
        if not told:
            assert change.loop.promise == before.promise or not change.loop.open
            assert change.loop.touches == before.touches
        if moved:
            assert told
        if change.move is not None:
            letter = next(x for x in before.letters if x.id == change.move.letter)
            assert letter.state in change.move.come_from
            after = next(x for x in change.loop.letters if x.id == change.move.letter)
            assert after.state is change.move.to
        if change.letter is not None:
            assert before.letter is None or change.move is not None
            assert change.letter.queued_at == self.now
            assert change.letter.not_before > self.now
        self.loop = change.loop

    def refusing(self, change: Change | None, refusal: Refused | None) -> None:
        if change is not None:
            self.apply(change)
        elif refusal is not None:
            assert str(refusal).endswith((".", "?"))

    @rule(hours=st.integers(0, 60))
    def time_passes(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)

    @rule(by=st.sampled_from([DANA, RAVI]), days=st.integers(0, 14))
    def send_update(self, by: Member, days: int) -> None:
        stood = (self.loop.standing, self.loop.detail)
        day = new_date.default_date(self.loop, POLICY, self.now) if not days else self.now.date() + days * DAY
        draft = Draft(decision=Decision.NO_DECISION, next_date=day)
        had = self.loop.letter
        try:
            change = telling.queue_courtesy(self.loop, by, POLICY, self.now, draft)
        except Refused as refusal:
            return self.refusing(None, refusal)
        assert had is None
        assert change.letter is not None
        assert change.letter.names_date is not None
        assert new_date.date_problem(self.loop, POLICY, self.now, change.letter.names_date) is None
        self.stood = stood
        return self.refusing(change, None)

    @rule(by=st.sampled_from([DANA, RAVI]), draft=st.sampled_from([ex.FEEDBACK, ex.ROLE_CLOSED, ex.GOING_ON]))
    def give_feedback(self, by: Member, draft: Draft) -> None:
        stood = (self.loop.standing, self.loop.detail)
        if draft.decision is Decision.GOING_ON:
            draft = dataclasses.replace(draft, next_date=new_date.default_date(self.loop, POLICY, self.now))
        try:
            change = telling.queue_decision(self.loop, by, POLICY, self.now, draft)
        except Refused as refusal:
            return self.refusing(None, refusal)
        self.stood = stood
        return self.refusing(change, None)

    @rule()
    def undo(self) -> None:
        try:
            change = telling.undo(self.loop, DANA, self.now)
        except Refused as refusal:
            return self.refusing(None, refusal)
        self.apply(change)
        assert (self.loop.standing, self.loop.detail) == self.stood
        assert self.loop.letter is None
        return None

    def waiting_letter(self) -> Letter | None:
        letter = self.loop.letter
        return letter if letter is not None and letter.state in dispatch.BEFORE_DATA else None

    @precondition(lambda self: self.waiting_letter() is not None)
    @rule(fate=st.sampled_from(["sent", "retry", "failed", "unknown"]))
    def dispatch(self, fate: str) -> None:
        letter = self.waiting_letter()
        assert letter is not None
        self.now = max(self.now, letter.not_before)
        why = dispatch.no_longer_right(self.loop, letter, DANA, POLICY, self.now)
        if letter.names_date is not None and letter.names_date <= WorkCalendar("Europe/Warsaw").today(
            self.now
        ):
            assert why is not None
        if why is not None:
            assert why.endswith(".")
            self.apply(dispatch.not_sent(self.loop, letter, LetterState.CANCELLED, why, self.now))
            return
        taken = dataclasses.replace(letter, state=LetterState.SENDING)
        self.loop = dataclasses.replace(self.loop, letters=(*self.loop.letters[:-1], taken))
        if fate == "sent":
            self.apply(dispatch.sent(self.loop, taken, self.now))
        else:
            later = self.now + dt.timedelta(minutes=5)
            self.apply(dispatch.not_sent(self.loop, taken, LetterState(fate), "It failed.", self.now, later))

    @rule(how=st.sampled_from(["went out", "did not", "again"]))
    def settle(self, how: str) -> None:
        try:
            if how == "went out":
                self.apply(unknown_letters.it_went_out(self.loop, DANA, self.now))
            elif how == "did not":
                self.apply(unknown_letters.did_not_go_out(self.loop, DANA, self.now))
            else:
                letter = self.loop.letter or ex.queued(ex.tomasz()).letters[-1]
                self.apply(unknown_letters.send_again(self.loop, letter, DANA, POLICY, self.now))
        except Refused as refusal:
            self.refusing(None, refusal)

    @rule(by=st.sampled_from([DANA, RAVI]), how=st.sampled_from(Closed))
    def close(self, by: Member, how: Closed) -> None:
        was_open = self.loop.open
        try:
            change = turns.close_untold(self.loop, by, self.now, how, recruiter=by is RAVI)
        except Refused as refusal:
            return self.refusing(None, refusal)
        assert was_open
        assert by is RAVI or how in {*turns.NEVER_HAPPENED, Closed.WITHDREW}
        assert how not in {Closed.FEEDBACK, Closed.TOLD_BY_PHONE, Closed.HIRED}
        self.loop = change.loop
        return None

    @invariant()
    def at_most_one_letter_is_open(self) -> None:
        if hasattr(self, "loop"):
            assert sum(letter.open for letter in self.loop.letters) <= 1

    @invariant()
    def a_loop_has_a_promise_exactly_while_it_is_open(self) -> None:
        if hasattr(self, "loop"):
            assert (self.loop.promise is not None) is self.loop.open
            assert (self.loop.closed_as is not None) is not self.loop.open
            assert self.loop.open or self.loop.letter is None

    @invariant()
    def the_candidate_was_told_as_often_as_a_letter_was_sent(self) -> None:
        if hasattr(self, "loop"):
            assert len(self.loop.sent_letters) == len(self.loop.touches) == self.tellings

    @invariant()
    def a_letter_on_its_way_is_silence_and_nothing_else_is(self) -> None:
        if hasattr(self, "loop") and self.loop.open:
            around = ladder.circle(self.loop, self.now, delegate=None, lead=())
            coming = ladder.look_at(self.loop, around, POLICY, self.now, strictly=True)
            quiet = self.loop.letter is not None and self.loop.letter.on_its_way
            assert (coming is None) is quiet


TestALoopAndItsLetters = ALoopAndItsLetters.TestCase
TestALoopAndItsLetters.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
