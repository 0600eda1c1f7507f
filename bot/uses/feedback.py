"""The feedback form: what decided it and what was seen, then the letter as it will be sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from bot import new_date, telling
from bot.access import may_overrule
from bot.changes import Refused
from bot.letters.draft import Draft, Finding, Severity
from bot.letters.findings import blocking, findings
from bot.letters.repeated import repeats
from bot.loops import Decision, LetterKind, Loop
from bot.uses.desk import Desk, Fields, argument_id, too_long
from bot.views import feedback_form
from bot.views.elements import FieldErrors, View
from bot.views.in_the_way import cannot_be_sent
from bot.views.outcomes import say_leaving
from bot.views.viewer import feedback_open

COMPARED = 50
"""The newest feedback letters of a role, with which a new one is compared."""
_CRITERION = "criterion_shown"
"""The words of the criterion that the preview showed: the role's list may be changed meanwhile."""


def opened(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    answer = desk.answered_already()
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


def back(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    stored = _draft(desk, loop)
    return feedback_form.feedback(
        loop, desk.viewer(), stored, new_date.next_step_date(loop, desk.store.policy, desk.now)
    )


def preview(desk: Desk, fields: Fields) -> View:
    """Step 1 is checked and kept; step 2 shows the letter exactly as it will be sent."""
    loop = desk.writable()
    late = desk.answered_already()
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
    found = (
        *findings(draft),
        *_first_criteria(loop, draft, fields),
        *_told_alone(desk, loop, draft),
        *_told_others(desk, loop, draft),
    )
    blocked = blocking(found, overrules=may_overrule(desk.member, loop, desk.now))
    if blocked:
        return cannot_be_sent(loop, blocked)
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


def _told_others(desk: Desk, loop: Loop, draft: Draft) -> Iterator[Finding]:
    """What was written to somebody else of this role is not about this candidate."""
    if draft.kind is not LetterKind.FEEDBACK:
        return
    others = desk.store.feedback_to_others(loop, COMPARED)
    labels = (("observation", "What you saw"), ("suggestion", "What would help"))
    for field, label in labels:
        if repeats(draft.own_words[field], others):
            why = (
                f'"{label}" went to somebody else who waited for {loop.role.title} in the same words. Say '
                f"what {loop.candidate.first_name} said or did."
            )
            yield Finding(severity=Severity.WARN, field=field, why=why)


def send(desk: Desk, _: Fields) -> View:
    loop = desk.writable()
    answer = desk.answered_already()
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


def _draft(desk: Desk, loop: Loop) -> Fields:
    stored = desk.store.draft(argument_id(desk))
    if stored is None or stored.loop != loop.id or stored.member != desk.member.id:
        raise Refused("This form was sent or replaced already. Nothing more was sent.")
    return stored.fields
