"""The first message to a member: who sent it, what the bot does, and what it never does."""

from __future__ import annotations

from bot.actions import LISTED, Verb
from bot.nudges import Surface
from bot.people import Member
from bot.views.elements import Buttons, Heading, Message, Paragraph, Style
from bot.views.viewer import Viewer

DOES = (
    "I remember which date a candidate was promised news, and ask you before it passes. One click sends a "
    "courtesy letter with a new date; one short form sends feedback the candidate can use."
)
NEVER = (
    "I write to nobody without a click of yours and show nobody's feedback to others. In the evening, at "
    "weekends and on your holidays I am silent."
)
NEXT = (
    "What waits for you follows. If you do nothing, the candidates hear nothing, and the recruiter is asked."
)


def welcome(surface: Surface, viewer: Viewer, sender: Member | None) -> Message:
    """`sender`: the recruiter the member works with; without one the company speaks."""
    company = viewer.policy.company
    who = f"{sender.name}, recruiting at {company}, sent me." if sender else f"{company} sent me."
    here = viewer.on(LISTED)
    buttons = (
        here.plain_button("See my list", Verb.LIST, style=Style.PRIMARY),
        here.plain_button("Set my hours", Verb.SETTINGS),
    )
    return Message(
        notification="Followup helps you keep your word to candidates",
        elements=(
            Heading(f"Hello {viewer.member.first_name}, this is Followup"),
            Paragraph(f"{who} {DOES}"),
            Paragraph(NEVER),
            Paragraph(NEXT, quiet=True),
            Buttons(buttons),
        ),
        surface=surface.id,
        revision=surface.revision,
    )
