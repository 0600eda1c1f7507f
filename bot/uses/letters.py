"""Clicks that write to the candidate: send update, other date, undo, feedback, and settling an unknown."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot import new_date, telling, turns, unknown_letters
from bot.access import may_overrule, viewpoint
from bot.actions import ALONE, Verb
from bot.changes import Refused
from bot.letters.draft import Draft, Reason
from bot.letters.findings import blocking, findings
from bot.loops import Decision, Letter, LetterState, Loop
from bot.uses.desk import Desk, Fields, admins_called, too_long
from bot.views import feedback_form, forms
from bot.views.elements import (
    Buttons,
    Element,
    FieldErrors,
    LetterText,
    Message,
    Paragraph,
    Row,
    Style,
    View,
)
from bot.views.in_the_way import (
    STALE,
    cannot_be_sent,
    false_reason,
    had_one_today,
    is_third_in_a_row,
    no_useful_date,
)
from bot.views.outcomes import say_leaving, ways_back
from bot.views.viewer import title


def send_update(desk: Desk, _: Fields, *, though_told_today: bool = False) -> View:
    """One click: the courtesy letter with the default new date is queued."""
    loop = desk.writable()
    answer = desk.answered_already()
    if answer is not None:
        return desk.answer(answer)
    if is_third_in_a_row(loop, desk.viewer()):
        return _third_in_a_row(desk, loop)
    if not though_told_today and had_one_today(loop, desk.viewer()):
        return _ask_again(desk, loop)
    day = new_date.default_date(loop, desk.store.policy, desk.now)
    if day is None:
        return desk.answer(no_useful_date(loop, desk.viewer()))
    reason = telling.default_reason(loop)
    false = false_reason(loop, reason)
    if false is not None:
        return desk.answer(f'{false} Give feedback, or pick a reason that is: "Other date" has them.')
    draft = Draft(decision=Decision.NO_DECISION, reason=reason, next_date=day)
    desk.commit(telling.queue_courtesy(loop, desk.member, desk.store.policy, desk.now, draft))
    return desk.answer()


def send_though(desk: Desk, fields: Fields) -> View:
    """Yes, a second courtesy letter on one day."""
    return send_update(desk, fields, though_told_today=True)


def undo(desk: Desk, _: Fields) -> View:
    """Take back the letter that the button stood beside, and no other."""
    loop = desk.writable()
    wanted = desk.action.argument if desk.action else ""
    meant = next((letter for letter in loop.letters if letter.id.hex == wanted), None)
    if meant is not None and meant.state is LetterState.UNDONE:
        return desk.answer()
    if meant is None or (loop.letter is not None and loop.letter.id != meant.id):
        return desk.answer(STALE)
    desk.commit(telling.undo(loop, desk.member, desk.now))
    return desk.answer()


def other_date(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    if loop.letter is not None and loop.letter.decision is not Decision.NO_DECISION:
        raise Refused("The letter that waits tells what was decided, not a date. Undo it first.")
    if loop.letter is not None and loop.letter.state is not LetterState.QUEUED:
        raise Refused("The letter is on its way already: its date cannot be changed any more.")
    if loop.letter is None and not desk.current:
        return desk.answer(STALE)
    _must_not_replace_the_third(desk, loop)
    suggested = new_date.default_date(loop, desk.store.policy, desk.now)
    problem = "" if suggested else no_useful_date(loop, desk.viewer())
    if loop.letter is None and had_one_today(loop, desk.viewer()):
        problem = f"{loop.candidate.first_name} has had a letter today: this would be another one. {problem}"
    return forms.other_date(loop, desk.viewer(), suggested, problem.strip())


def _must_not_replace_the_third(desk: Desk, loop: Loop) -> None:
    """The third letter in a row that only moves the date is the recruiter's, whoever may undo it."""
    if loop.letter is not None and is_third_in_a_row(loop, desk.viewer()):
        who = loop.recruiter.first_name if loop.recruiter else "the recruiter"
        raise Refused(
            f"The letter that waits is the third in a row that only moves the date, so only {who} can change "
            "it. You can undo it, and give feedback or call."
        )


def other_date_submit(desk: Desk, fields: Fields) -> View:
    """The letter that waits is undone and another queued, in one transaction; or a first one is queued."""
    loop = desk.writable()
    late = _form_is_late(desk, loop)
    if late is not None:
        return desk.answer(late)
    if problems := too_long(fields, personal=300):
        return FieldErrors(tuple(problems))
    try:
        day = dt.date.fromisoformat(fields.get("date", ""))
    except ValueError:
        return FieldErrors((("date", "Choose a day."),))
    try:
        draft = Draft(
            decision=Decision.NO_DECISION,
            reason=Reason(fields.get("reason") or telling.default_reason(loop)),
            next_date=day,
            personal=fields.get("personal", "").strip(),
        )
    except ValueError:
        return FieldErrors((("reason", "Choose one of the reasons."),))
    false = false_reason(loop, draft.reason)
    if false is not None:
        return FieldErrors((("reason", false),))
    found = [one for one in findings(draft) if one.rule]
    blocked = blocking(found, overrules=may_overrule(desk.member, loop, desk.now))
    if blocked:
        return cannot_be_sent(loop, blocked)
    try:
        policy = desk.store.policy
        if loop.letter is not None:
            _must_not_replace_the_third(desk, loop)
            undone = telling.undo(loop, desk.member, desk.now)
            change = telling.queue_courtesy(undone.loop, desk.member, policy, desk.now, draft)
            desk.commit(dataclasses.replace(change, move=undone.move))
        else:
            if is_third_in_a_row(loop, desk.viewer()):
                return _third_in_a_row(desk, loop)
            desk.commit(telling.queue_courtesy(loop, desk.member, policy, desk.now, draft))
    except Refused as refused:
        return FieldErrors((("date", str(refused)),))
    return desk.answer(" ".join(map(feedback_form.pointed_out, found)))


def _form_is_late(desk: Desk, loop: Loop) -> str | None:
    """Whether the form was opened for another letter than the one that waits now, or for none."""
    replaces = desk.action.argument if desk.action else ""
    if not replaces:
        return desk.answered_already()
    letter = loop.letter
    if letter is None or letter.id.hex != replaces or letter.state is not LetterState.QUEUED:
        return STALE
    return None


def see_letter(desk: Desk, _: Fields) -> View:
    """The letter word for word; before it leaves and afterwards."""
    loop = desk.writable()
    letter = _letter_asked_for(desk, loop)
    shown = LetterText(
        to=letter.to,
        sender=letter.sender_name,
        reply_to=letter.reply_to,
        subject=letter.subject,
        body=letter.text,
    )
    viewer = desk.viewer(ALONE)
    elements: list[Element] = [shown]
    if letter.state is LetterState.QUEUED:
        elements.append(Paragraph(f"It leaves {say_leaving(letter.not_before, loop, viewer)}.", quiet=True))
    elif letter.state is LetterState.SENT and letter.settled_at:
        elements.append(Paragraph(f"Sent {viewer.moment(letter.settled_at)}.", quiet=True))
    elif letter.problem:
        elements.append(Paragraph(letter.problem, quiet=True))
    if buttons := ways_back(loop, letter, viewer):
        elements.append(Buttons(buttons))
    return Message(notification="The letter, word for word", elements=tuple(elements), private=True)


def _letter_asked_for(desk: Desk, loop: Loop) -> Letter:
    ids = {letter.id.hex: letter.id for letter in loop.letters}
    wanted = ids.get(desk.action.argument) if desk.action else None
    letter = desk.store.letter(wanted) if wanted else None
    if letter is None or letter.loop != loop.id:
        raise Refused("That letter is not here any more.")
    return letter


# -- an unknown one ---------------------------------------------------------------------------------------


def went_out(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    desk.commit(unknown_letters.it_went_out(loop, desk.member, desk.now))
    return desk.answer()


def not_gone(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    desk.commit(unknown_letters.did_not_go_out(loop, desk.member, desk.now))
    return desk.answer()


def send_again(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    whole = desk.store.letter(loop.letter.id) if loop.letter else None
    if whole is None:
        raise Refused("This letter has been settled already. Nothing was sent.")
    signer = desk.store.member(whole.by)
    point = viewpoint(signer, loop, desk.now) if signer is not None else None
    if point is None or not point.may_write:
        raise Refused(
            f"{whole.by_name} signed this letter and may no longer write to {loop.candidate.first_name}. Say "
            "that it did not go out, then send one of your own."
        )
    desk.commit(unknown_letters.send_again(loop, whole, desk.member, desk.store.policy, desk.now))
    return desk.answer()


def ask_admin(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    letter = loop.letter
    if letter is None or letter.state is not LetterState.UNKNOWN:
        return desk.answer("This letter has been settled already.")
    return desk.answer(
        f"Ask {admins_called(desk.store)}: does the mail server's log know {letter.message_id}? Then come "
        'back and say "It went out" or "It did not". Nothing is sent until then.'
    )


# -- what stands in the way --------------------------------------------------------------------------------


def _third_in_a_row(desk: Desk, loop: Loop) -> Message:
    """The owner's click asks the recruiter for it."""
    first = loop.recruiter.first_name if loop.recruiter else "the recruiter"
    if loop.stuck_since is None:
        desk.commit(turns.stuck(loop, desk.member, desk.now))
    return desk.answer(
        f"This would be the third letter in a row that only moves the date, and only {first} can send it. "
        f"{first} has been asked. You can still give feedback, or call."
    )


def _ask_again(desk: Desk, loop: Loop) -> Message:
    viewer = desk.viewer()
    first = loop.candidate.first_name
    last = loop.sent_letters[-1]
    whose = "you" if last.by == desk.member.id else last.by_name
    text = f"{first} has had a letter from {whose} today. Send another one?"
    yes = viewer.button("Send another", Verb.SEND_THOUGH, loop, style=Style.PRIMARY)
    no = viewer.button("Leave it at one", Verb.SHOW, loop)
    element: Element = Row(title=title(loop, viewer), lines=(text,), buttons=(yes, no))
    return Message(notification="Send a second letter today?", elements=(element,), private=True)
