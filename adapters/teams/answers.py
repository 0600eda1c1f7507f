"""What Teams takes as the answer to an invoke. Pure.

Cards: learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format.
Dialogs: learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"


def card(shown: Json) -> Json:
    """This card in place of the one that was clicked in."""
    return {"statusCode": 200, "type": CARD, "value": shown}


def text(said: str) -> Json:
    """One sentence; the card stays."""
    return {"statusCode": 200, "type": MESSAGE, "value": said}


def dialog(title: str, shown: Json) -> Json:
    """Open a dialog, or put this in the place of the open one."""
    info = {
        "title": title,
        "card": {"contentType": CARD, "content": shown},
        "height": "large",
        "width": "medium",
    }
    return {"task": {"type": "continue", "value": info}}


def dialog_text(said: str) -> Json:
    """One sentence in place of the dialog."""
    return {"task": {"type": "message", "value": said}}
