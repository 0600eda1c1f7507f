"""What stands above a member's own list while the bot is held back."""

from __future__ import annotations

import dataclasses

from bot.access import is_admin
from bot.actions import ALONE, Verb
from bot.ports import Store
from bot.uses.brake import nudges_paused, paused
from bot.views.elements import Buttons, Element, Message, Paragraph
from bot.views.viewer import Viewer

REHEARSAL = (
    "This is a rehearsal: nobody is written to, whatever is clicked. The admins read each Friday what would "
    "have happened."
)


def headed(store: Store, viewer: Viewer, message: Message) -> Message:
    """The list, with what holds the bot back under its first line; a pause is for the admins to lift."""
    policy = store.policy
    said: list[Element] = [Paragraph(REHEARSAL)] if policy.rehearsal else []
    if (policy.letters_paused or policy.nudges_paused) and is_admin(viewer.member, policy):
        if policy.letters_paused:
            said.append(Paragraph(f"{paused(store)} Nothing is sent to candidates until that is lifted."))
        if policy.nudges_paused:
            said.append(Paragraph(f"{nudges_paused(store)} Nobody is reminded until that is lifted."))
        said.append(Buttons((viewer.on(ALONE).plain_button("Resume", Verb.RUN, "resume"),)))
    if not said:
        return message
    first, *rest = message.elements
    return dataclasses.replace(message, elements=(first, *said, *rest))
