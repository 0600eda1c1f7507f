"""Clicks that write to the candidate: send update, other date, undo, feedback, and settling an unknown."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence

from bot import new_date, telling, turns, unknown_letters
from bot.access import may_overrule, viewpoint
from bot.actions import ALONE, Verb
from bot.changes import Refused
from bot.letters.draft import Draft, Finding, Reason, Severity
from bot.letters.findings import blocking, findings
from bot.loops import Decision, Letter, LetterState, Loop
from bot.uses.desk import Desk, Fields, admins_called, argument_id, too_long
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
    answered_already,
    false_reason,
    had_one_today,
    is_third_in_a_row,
    no_useful_date,
)
from bot.views.outcomes import say_leaving, ways_back
from bot.views.viewer import feedback_open, title

_CRITERION = "criterion_shown"
"""The words of the criterion that the preview showed: the role's list may be changed meanwhile."""


def send_update(desk: Desk, _: Fields, *, though_told_today: bool = False) -> View:
    """One click: the courtesy letter with the default new date is queued."""
    loop = desk.writable()
    answer = _answered_already(desk, loop)
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
        return _cannot_be_sent(loop, blocked)
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
        return _answered_already(desk, loop)
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


# -- feedback ---------------------------------------------------------------------------------------------


def feedback(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    answer = _answered_already(desk, loop)
    if answer is not None:
        return desk.answer(answer)
    if not feedback_open(desk.store.policy):
        return desk.answer(
            "Feedback letters are switched off until an admin has decided how the company wants them: "
            "/followup settings. Until then you can send an update, or call and log the call."
        )
    return feedback_form.feedback(
        loop, desk.viewer(), {}, new_date.next_step_date(loop, desk.store.policy, desk.now)
    )


def feedback_back(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    stored = _draft(desk, loop)
    return feedback_form.feedback(
        loop, desk.viewer(), stored, new_date.next_step_date(loop, desk.store.policy, desk.now)
    )


def feedback_preview(desk: Desk, fields: Fields) -> View:
    """Step 1 is checked and kept; step 2 shows the letter exactly as it will be sent."""
    loop = desk.writable()
    late = _answered_already(desk, loop)
    if late is not None:
        return desk.answer(late)
    problems, draft = _read_feedback(loop, fields)
    if draft is None:
        return FieldErrors(problems)
    policy = desk.store.policy
    changed_mind = telling.decision_problem(loop, draft.decision)
    if changed_mind is not None:
        return FieldErrors((("decision", changed_mind),))
    if draft.decision is Decision.GOING_ON and draft.next_date:
        problem = new_date.date_problem(loop, policy, desk.now, draft.next_date)
        if problem:
            return FieldErrors((("date", problem),))
    found = (*findings(draft), *_first_criteria(loop, draft, fields), *_told_alone(desk, loop, draft))
    blocked = blocking(found, overrules=may_overrule(desk.member, loop, desk.now))
    if blocked:
        return _cannot_be_sent(loop, blocked)
    kept = desk.store.save_draft(loop.id, desk.member.id, {**fields, _CRITERION: draft.criterion})
    written = telling.write(loop, draft, desk.member, policy, desk.now)
    leaving = say_leaving(telling.leaves_at(loop, draft.decision, policy, desk.now), loop, desk.viewer())
    return feedback_form.preview(loop, desk.viewer(), written, kept.hex, found, leaving)


def _first_criteria(loop: Loop, draft: Draft, fields: Fields) -> Iterator[Finding]:
    """The letter calls them the role's written criteria, and the next one is picked from them."""
    if loop.role.criteria or not draft.criterion:
        return
    listed = ", ".join(f"“{one}”" for one in feedback_form.criteria_in(fields))
    asks = "Does it say what was looked for before the interview?"
    why = f"{loop.role.title} has no written criteria yet, and this becomes its list: {listed}. {asks}"
    yield Finding(severity=Severity.ASK, field="criterion", why=why)


def _cannot_be_sent(loop: Loop, blocked: Sequence[Finding]) -> FieldErrors:
    """Each field with all that is wrong with it."""
    wrong: dict[str, list[str]] = {}
    for one in blocked:
        wrong.setdefault(_field(one.field), []).append(one.sentence)
    if loop.recruiter is not None and any(one.rule for one in blocked):
        field = next(_field(one.field) for one in reversed(blocked) if one.rule)
        wrong[field].append(f"Only {loop.recruiter.first_name} could send it as it is.")
    return FieldErrors(tuple((field, " ".join(sentences)) for field, sentences in wrong.items()))


def _told_alone(desk: Desk, loop: Loop, draft: Draft) -> Iterator[Finding]:
    """A role is closed for everybody who waits for it, and a notice tells one of them."""
    if draft.decision is not Decision.ROLE_CLOSED:
        return
    others = [x for x in desk.store.loops_of_role(loop.role.id) if x.open and x.id != loop.id]
    if others:
        waits = "1 other waits" if len(others) == 1 else f"{len(others)} others wait"
        tells = f"this letter tells {loop.candidate.first_name} alone"
        yield Finding(
            severity=Severity.WARN, field="decision", why=f"{waits} for {loop.role.title}, and {tells}."
        )


def feedback_send(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    answer = _answered_already(desk, loop)
    if answer is not None:
        return desk.answer(answer)
    if not feedback_open(desk.store.policy):
        raise Refused("Feedback letters have been switched off by an admin. Nothing was sent.")
    stored = _draft(desk, loop)
    _missing, draft = _read_feedback(loop, stored)
    if draft is None or draft.criterion != stored.get(_CRITERION, ""):
        raise Refused("What you previewed has changed since. Open the form again; nothing was sent.")
    desk.commit(telling.queue_decision(loop, desk.member, desk.store.policy, desk.now, draft))
    if draft.criterion and not loop.role.criteria:
        role = desk.store.role(loop.role.id)
        if role is not None and not role.criteria:
            listed = feedback_form.criteria_in(stored)
            desk.store.save_role(dataclasses.replace(role, criteria=listed))
    desk.store.drop_draft(argument_id(desk))
    return desk.answer()


def _read_feedback(loop: Loop, fields: Fields) -> tuple[tuple[tuple[str, str], ...], Draft | None]:
    no = fields.get("decision") in (Decision.NOT_GOING_ON, Decision.NOT_NOW)
    if no and fields.get("criterion") == feedback_form.NONE_FITS:
        why = (
            "If none of the written criteria decided it, the decision should be looked at again: "
            "talk to the recruiter, or choose the criterion that did decide it."
        )
        return (("criterion", why),), None
    if problems := too_long(fields, criterion=600, observation=600, suggestion=600, thanks=600):
        return tuple(problems), None
    if any(len(one) > feedback_form.LONGEST_CRITERION for one in feedback_form.criteria_in(fields)):
        return (("criterion", "A criterion is one line, of at most 150 characters. Write it shorter."),), None
    try:
        draft = feedback_form.draft_of(fields, loop.role.criteria)
    except ValueError:
        return (("decision", "Choose what was decided, and a criterion from the list."),), None
    return (), draft


def _field(name: str) -> str:
    return "date" if name == "next_date" else name


def _draft(desk: Desk, loop: Loop) -> Fields:
    stored = desk.store.draft(argument_id(desk))
    if stored is None or stored.loop != loop.id or stored.member != desk.member.id:
        raise Refused("This form was sent or replaced already. Nothing more was sent.")
    return stored.fields


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


def _answered_already(desk: Desk, loop: Loop) -> str | None:
    promise = desk.action.promise if desk.action else None
    return answered_already(loop, desk.viewer(), promise)


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
