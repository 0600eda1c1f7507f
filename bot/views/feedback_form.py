"""The feedback form in two steps: what decided it and what was seen, then the letter as it will be sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.actions import Verb
from bot.letters.compose import Written
from bot.letters.draft import Draft, Finding, Severity
from bot.loops import Decision, Loop
from bot.people import Member
from bot.telling import recipient
from bot.views.elements import (
    Button,
    CheckField,
    ChoiceField,
    DateField,
    Element,
    Field,
    Form,
    LetterText,
    Option,
    Paragraph,
    TextField,
)
from bot.views.forms import submit_token
from bot.views.viewer import Viewer

NONE_FITS = "none"
"""The choice "None of these": review the decision instead of sending."""
LONGEST_CRITERION = 150
"""Characters."""

DECISIONS = (
    Option(Decision.GOING_ON.value, "Going on, next step by …"),
    Option(Decision.NOT_GOING_ON.value, "Not going on"),
    Option(Decision.ROLE_CLOSED.value, "Role closed"),
    Option(Decision.NOT_NOW.value, "Not now, keep in mind"),
)


def feedback(loop: Loop, viewer: Viewer, fields: Mapping[str, str], suggested: dt.date | None) -> Form:
    """Step 1 of 2. `fields` refills the form when somebody comes back from the preview."""
    criteria = loop.role.criteria
    criterion: Field
    if criteria:
        options = (
            *(Option(str(i), text) for i, text in enumerate(criteria)),
            Option(NONE_FITS, "None of these"),
        )
        criterion = ChoiceField(
            name="criterion",
            label="What decided it",
            hint="Needed if it is a no. From the role's written criteria; if none fits, review the decision.",
            options=options,
            value=fields.get("criterion", ""),
            optional=True,
        )
    else:
        criterion = TextField(
            name="criterion",
            label="What decided it",
            hint="Needed if it is a no. This role has no written criteria yet: write its list, one a line, "
            "beginning with the one that decided it.",
            value=fields.get("criterion", ""),
            multiline=True,
            optional=True,
            maximum=600,
        )
    stored_date = fields.get("date", "")
    return Form(
        title=f"Feedback for {loop.candidate.first_name} · {loop.role.title}",
        step="step 1 of 2",
        submit=submit_token(viewer, Verb.FEEDBACK_PREVIEW, loop),
        submit_label="Preview",
        fields=(
            ChoiceField(
                name="decision",
                label="Decision",
                options=DECISIONS,
                value=fields.get("decision", ""),
                expanded=True,
            ),
            DateField(
                name="date",
                label="Next step by",
                hint="Needed if it goes on.",
                value=_day(stored_date) or suggested,
                optional=True,
            ),
            criterion,
            _text(
                "observation",
                "What you saw",
                "Needed if it is a no. Said or done, not what the person is like.",
                fields,
            ),
            _text("suggestion", "What would help", "Needed if it is a no. One thing to act on.", fields),
            _text("thanks", "Thank you for …", "Something that happened.", fields),
            CheckField(
                name="seen_differently",
                label="Say that it may be seen differently",
                # Chats leave out what is not ticked: only a form that nobody has filled in begins ticked.
                value=fields.get("seen_differently", "" if fields else "yes") == "yes",
            ),
            CheckField(
                name="keep_on_file",
                label="Offer to stay on file (the candidate decides)",
                value=fields.get("keep_on_file", "") == "yes",
            ),
        ),
    )


def _day(text: str) -> dt.date | None:
    """What stood in a date field, whatever it was."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _text(name: str, label: str, hint: str, fields: Mapping[str, str]) -> TextField:
    return TextField(
        name=name,
        label=label,
        hint=hint,
        value=fields.get(name, ""),
        multiline=True,
        optional=True,
        maximum=600,
    )


def preview(
    loop: Loop,
    viewer: Viewer,
    written: Written,
    draft_id: str,
    found: Sequence[Finding],
    leaving: str,
) -> Form:
    """Step 2 of 2: what we found in the letter, the letter exactly as it will be sent, and when it leaves.

    What was found stands above: below a letter nobody looks.
    """
    elements: list[Element] = [Paragraph(pointed_out(one)) for one in found]
    elements.append(letter_text(loop, viewer.member, viewer, written))
    return Form(
        title=f"To {loop.candidate.first_name}, as it will be sent",
        step="step 2 of 2",
        intro=tuple(elements),
        submit=submit_token(viewer, Verb.FEEDBACK_SEND, loop, draft_id),
        submit_label=f"Send: leaves {leaving}",
        buttons=(Button("Back", submit_token(viewer, Verb.FEEDBACK_BACK, loop, draft_id)),),
    )


def pointed_out(found: Finding) -> str:
    """What is shown of a finding with which the letter can be sent."""
    if found.severity is Severity.BLOCK:
        return f"Only a recruiter can send this, and it is written down: {found.sentence}"
    return f"Worth a second look: {found.sentence}"


def letter_text(loop: Loop, sender: Member, viewer: Viewer, written: Written) -> LetterText:
    return LetterText(
        to=recipient(loop),
        sender=f"{sender.name} ({viewer.policy.company})",
        reply_to=sender.email,
        subject=written.subject,
        body=written.text,
    )


def criteria_in(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The list that was written for a role that had none: one a line, each once."""
    lines = (" ".join(line.split()) for line in fields.get("criterion", "").splitlines())
    return tuple(dict.fromkeys(filter(None, lines)))


def draft_of(fields: Mapping[str, str], criteria: Sequence[str]) -> Draft:
    """The draft that a submitted feedback form means. Choices that are none raise `ValueError`."""
    picked = fields.get("criterion", "").strip()
    if criteria and picked and picked != NONE_FITS:
        index = int(picked)
        if not 0 <= index < len(criteria):
            raise ValueError(picked)
        picked = criteria[index]
    elif not criteria:
        picked = next(iter(criteria_in(fields)), "")
    date = fields.get("date", "").strip()
    decision = Decision(fields.get("decision", ""))
    return Draft(
        decision=decision,
        next_date=dt.date.fromisoformat(date) if date and decision is Decision.GOING_ON else None,
        criterion=picked,
        observation=fields.get("observation", "").strip(),
        suggestion=fields.get("suggestion", "").strip(),
        thanks=fields.get("thanks", "").strip(),
        seen_differently=fields.get("seen_differently", "") == "yes",
        keep_on_file=fields.get("keep_on_file", "") == "yes",
    )
