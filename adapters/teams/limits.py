"""What Teams takes at most, each with the page that says so.

Pages are under https://learn.microsoft.com/microsoftteams/platform. What is not documented is marked (*).
"""

from __future__ import annotations

VERSION = "1.5"
"""Of Adaptive Cards: the newest that bots may send. task-modules-and-cards/cards/cards-reference"""

CARD = 28_000
"""Bytes of a card as JSON in UTF-8. task-modules-and-cards/cards/cards-format says 28 KB of a webhook's.

A bot's message may be larger, 100 KB as UTF-16 (bots/how-to/format-your-bot-messages, which said 40 KB and
28 KB in earlier years). Under 28,000 bytes a card passes whichever of them holds.
"""

LONGEST_CARD = 38_000
"""The same where lines would be cut or a row lost otherwise: 80 KB as UTF-16, which that page calls safe."""

PRIMARY_ACTIONS = 6
"""Buttons that are shown in a row of actions; further ones are not. cards-format, "overflow menu"."""

SUMMARY = 250
"""(*) Characters of a notification, in bytes; a phone shows fewer."""

DIALOG_TITLE = 60
"""(*) Characters of a dialog's title that a phone has room for."""

LABEL = 500
"""(*) Bytes of an input's label, hint or error."""

CHOICE = 200
"""(*) Bytes of a choice or of what stands beside a box to tick."""

TOKEN = 2_000
"""Longest token that is read; ours have 200 characters."""
