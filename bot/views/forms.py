"""The forms. Each is a return value; what is submitted comes back as fields to the verb in `submit`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from bot.actions import Action, Verb
from bot.letters.draft import Reason
from bot.loops import Closed, Loop, Standing, Untold
from bot.people import Member
from bot.promises import Promise
from bot.telling import default_reason
from bot.views.elements import (
    ChoiceField,
    DateField,
    Field,
    Form,
    Option,
    Paragraph,
    TextField,
)
from bot.views.in_the_way import false_reason
from bot.views.viewer import Viewer


def submit_token(viewer: Viewer, verb: Verb, loop: Loop | None, argument: str = "") -> str:
    promise: Promise | None = loop.promise if loop else None
    action = Action(
        verb=verb,
        loop=loop.id if loop else None,
        promise=promise.id if promise else None,
        place=viewer.place,
        argument=argument,
    )
    return str(action)


def _form(
    viewer: Viewer,
    loop: Loop | None,
    verb: Verb,
    title: str,
    label: str,
    fields: Sequence[Field],
    intro: str = "",
) -> Form:
    return Form(
        title=title,
        submit=submit_token(viewer, verb, loop),
        submit_label=label,
        intro=(Paragraph(intro),) if intro else (),
        fields=tuple(fields),
    )


def other_date(loop: Loop, viewer: Viewer, suggested: dt.date | None, problem: str = "") -> Form:
    first = loop.candidate.first_name
    reasons = tuple(Option(r.value, r.label) for r in Reason)
    reason = default_reason(loop)
    false = false_reason(loop, reason)
    queued = loop.letter is not None
    intro = (
        f"The letter that waits is replaced: {first} gets one letter, with the date you choose here."
        if queued
        else f"{first} gets a letter with this date. You can undo it for a minute."
    )
    form = _form(
        viewer,
        loop,
        Verb.OTHER_DATE_SUBMIT,
        f"Another date for {first}",
        "Send with this date",
        (
            DateField(name="date", label="New date", hint="A working day for both of you.", value=suggested),
            ChoiceField(
                name="reason",
                label="Reason, in words the candidate reads",
                hint=false or "",
                options=reasons,
                value="" if false else reason.value,
            ),
            TextField(
                name="personal",
                label="A line of your own",
                hint="Something that could be said to nobody else.",
                optional=True,
                maximum=300,
            ),
        ),
        f"{problem} {intro}".strip(),
    )
    if loop.letter is None:
        return form
    submit = submit_token(viewer, Verb.OTHER_DATE_SUBMIT, loop, loop.letter.id.hex)
    return dataclasses.replace(form, submit=submit)


def told_by_phone(loop: Loop, viewer: Viewer) -> Form:
    first = loop.candidate.first_name
    number = " The number is in your recruiting system."
    return _form(
        viewer,
        loop,
        Verb.TOLD_BY_PHONE_SUBMIT,
        f"You called {first}",
        "Log the call",
        (
            ChoiceField(
                name="outcome",
                label="What did you say?",
                options=(
                    Option("date", "No decision yet, news by the date below"),
                    Option("no", "Not going on: told by phone, the loop closes"),
                ),
                value="no" if loop.standing is Standing.DECLINED else "date",
                expanded=True,
            ),
            DateField(
                name="date", label="New date", hint="Needed where there is no decision yet.", optional=True
            ),
        ),
        "A call you log counts as telling. Nothing is written to anybody." + number,
    )


def call_today(loop: Loop, viewer: Viewer) -> Form:
    """Urgent rows: a call before any letter. The same form, with the reason to hurry."""
    form = told_by_phone(loop, viewer)
    deadline = viewer.moment(loop.other_offer_by) if loop.other_offer_by else "soon"
    first = loop.candidate.first_name
    intro = Paragraph(
        f"{first} must answer another offer by {deadline} your time. A call today tells {first} where "
        "things stand before that. When you have called, log it here."
    )
    return dataclasses.replace(form, title=f"Call {first} today", intro=(intro,))


def hand_over(loop: Loop, viewer: Viewer) -> Form:
    return _form(
        viewer,
        loop,
        Verb.HAND_OVER_SUBMIT,
        f"Hand over {loop.candidate.first_name}",
        "Hand over",
        (TextField(name="to", label="To whom", hint="Name or work email of a colleague.", maximum=200),),
        "They own the loop from then on and see it in their next list. The candidate notices nothing.",
    )


def waiting_for(loop: Loop, viewer: Viewer) -> Form:
    return _form(
        viewer,
        loop,
        Verb.WAITING_FOR_SUBMIT,
        "Whose word is missing?",
        "Ask them",
        (TextField(name="whom", label="Colleague", hint="Name or work email.", maximum=200),),
        "They are asked in their next list. The promise stays yours.",
    )


def going_on(loop: Loop, viewer: Viewer) -> Form:
    first = loop.candidate.first_name
    return _form(
        viewer,
        loop,
        Verb.GOING_ON_SUBMIT,
        f"{first} is going on",
        "Save",
        (DateField(name="date", label="Next step by"),),
        f"For when {first} has been told already. To tell {first} by letter, use Give feedback.",
    )


def took_place(loop: Loop, viewer: Viewer) -> Form:
    return _form(
        viewer,
        loop,
        Verb.TOOK_PLACE_SUBMIT,
        "The next interview took place",
        "Save",
        (
            DateField(name="ended", label="On", value=viewer.today),
            DateField(
                name="promised",
                label="News promised by",
                hint="The date you said. Leave it empty if none was said.",
                optional=True,
            ),
        ),
    )


def wrote(loop: Loop, viewer: Viewer) -> Form:
    title = f"{loop.candidate.first_name} wrote"
    return _form(viewer, loop, Verb.WROTE_SUBMIT, title, "Save", _what_came(viewer), _SECOND_QUESTION)


def log(viewer: Viewer, candidates: Sequence[tuple[uuid.UUID, str]]) -> Form:
    """The same, where it is not known yet who wrote."""
    who = ChoiceField(
        name="candidate",
        label="Who wrote?",
        options=tuple(Option(loop.hex, label) for loop, label in candidates[:LONGEST_CHOICE]),
    )
    fields = (who, *_what_came(viewer))
    intro = _SECOND_QUESTION
    if len(candidates) > LONGEST_CHOICE:
        intro = f"The first {LONGEST_CHOICE} names are here; for any other type /followup NAME."
    return _form(viewer, None, Verb.LOG_SUBMIT, "A candidate wrote", "Save", fields, intro)


LONGEST_CHOICE = 500
_SECOND_QUESTION = "A second question without an answer is shown to the recruiter at once."


def _what_came(viewer: Viewer) -> tuple[Field, ...]:
    kind = ChoiceField(
        name="kind",
        label="What was it?",
        options=(
            Option("question", "A question about where things stand"),
            Option("thanks", "A thank-you note"),
        ),
        value="question",
        expanded=True,
    )
    return (kind, DateField(name="date", label="On", value=viewer.today))


def other_offer(loop: Loop, viewer: Viewer) -> Form:
    first = loop.candidate.first_name
    return _form(
        viewer,
        loop,
        Verb.OTHER_OFFER_SUBMIT,
        f"{first} has another offer",
        "Save",
        (
            DateField(name="date", label="To be answered by"),
            TextField(
                name="time",
                label="Time",
                hint=f"24-hour clock, in {loop.candidate.zone}.",
                value="17:00",
                maximum=5,
                optional=True,
            ),
        ),
        "No letter will name a date after it.",
    )


def not_taken_place(loop: Loop, viewer: Viewer) -> Form:
    return _form(
        viewer,
        loop,
        Verb.NOT_TAKEN_PLACE_SUBMIT,
        "It did not take place",
        "Save",
        (
            ChoiceField(
                name="why",
                label="What happened?",
                options=(
                    Option("moved", "It was moved to the date below"),
                    Option("no_show", "The candidate did not come"),
                    Option("mistake", "It was entered by mistake"),
                ),
                value="moved",
                expanded=True,
            ),
            DateField(name="date", label="Moved to", hint="Needed if it was moved.", optional=True),
        ),
    )


_CLOSE_REASONS = (
    Option(Closed.WITHDREW.value, "The candidate withdrew"),
    Option(Closed.TOLD_BY_ATS.value, "The recruiting system has told the candidate"),
    Option(Closed.NOTICE.value, "HR has sent the formal notice"),
    Option(Closed.UNTOLD.value, "Close without telling (recruiter only)"),
)


_UNTOLD = {
    Untold.ASKED_NOT: "The candidate asked not to be contacted",
    Untold.TWICE: "Entered twice: told under the other entry",
    Untold.COUNSEL: "Counsel advises against a letter",
    Untold.OTHER: "Another reason, which the recruiter knows",
}


def close(loop: Loop, viewer: Viewer) -> Form:
    return _form(
        viewer,
        loop,
        Verb.CLOSE_SUBMIT,
        f"Close the loop with {loop.candidate.first_name}",
        "Close",
        (
            ChoiceField(name="how", label="Why", options=_CLOSE_REASONS, expanded=True),
            ChoiceField(
                name="reason",
                label="Why is the candidate not told?",
                hint="Needed to close without telling.",
                options=tuple(Option(reason.value, text) for reason, text in _UNTOLD.items()),
                optional=True,
            ),
        ),
        "Closing sends nothing. Whoever has heard nothing will hear nothing.",
    )


def mend_address(loop: Loop, viewer: Viewer) -> Form:
    return _form(
        viewer,
        loop,
        Verb.MEND_ADDRESS_SUBMIT,
        f"The address of {loop.candidate.first_name}",
        "Save",
        (TextField(name="email", label="Email", value=loop.candidate.email, maximum=254),),
        "Nothing is sent by saving. Send the update again afterwards.",
    )


def state_date(loop: Loop, viewer: Viewer) -> Form:
    first = loop.candidate.first_name
    return _form(
        viewer,
        loop,
        Verb.STATE_DATE_SUBMIT,
        f"Which date did {first} hear?",
        "Save",
        (DateField(name="date", label="News promised by"),),
        "The date that was said at the interview, even if it has passed.",
    )


LONGEST_NAME = 300


def add(viewer: Viewer, titles: Sequence[str], languages: Sequence[Option], name: str = "") -> Form:
    """Add a candidate by hand. Roles are chosen from the member's own, or named anew.

    `languages`: those that letters are written in, the likeliest first.
    """
    hint = "A new role; you are its hiring manager."
    if titles:
        more = f" and {len(titles) - 5} more" if len(titles) > 5 else ""
        hint = f"One of yours: {', '.join(titles[:5])}{more}."
    return _form(
        viewer,
        None,
        Verb.ADD_SUBMIT,
        "Add a candidate",
        "Add",
        (
            TextField(name="name", label="Name", value=name, maximum=LONGEST_NAME),
            TextField(name="email", label="Email", maximum=254),
            TextField(
                name="role", label="Role", hint=hint, maximum=200, value=titles[0] if len(titles) == 1 else ""
            ),
            TextField(name="stage", label="Stage", hint="phone, onsite, final …", optional=True, maximum=60),
            DateField(name="interviewed", label="Interviewed on", value=viewer.today),
            DateField(
                name="promised",
                label="News promised by",
                hint="Leave empty if no date was said.",
                optional=True,
            ),
            TextField(
                name="zone",
                label="Time zone of the candidate",
                hint="As in Europe/Warsaw. Empty: yours.",
                optional=True,
                maximum=60,
            ),
            ChoiceField(
                name="language",
                label="Letters are written in",
                options=tuple(languages),
                value=languages[0].value,
            ),
        ),
    )


def settings(viewer: Viewer, member: Member, *, admin: bool) -> Form:
    fields: list[Field] = [
        TextField(
            name="zone", label="Your time zone", hint="As in Europe/London.", value=member.zone, maximum=60
        ),
        TextField(
            name="country",
            label="Country whose holidays you keep",
            hint="Two letters, as in GB. Empty: weekends only.",
            value=member.country,
            optional=True,
            maximum=10,
        ),
        TextField(name="digest_at", label="Your list comes at", value=f"{member.digest_at:%H:%M}", maximum=5),
        ChoiceField(
            name="dates",
            label="How you write 1/12",
            options=(Option("ask", "Ask me"), Option("day", "1 December"), Option("month", "12 January")),
            value={None: "ask", False: "day", True: "month"}[member.month_first],
        ),
    ]
    if admin:
        fields.append(
            ChoiceField(
                name="feedback",
                label="Feedback letters, for the whole company",
                options=(Option("off", "Off"), Option("on", "On")),
                value=viewer.policy.feedback.value,
            )
        )
    return _form(viewer, None, Verb.SETTINGS_SUBMIT, "Settings", "Save", fields)
