"""Errors that explain themselves to whoever runs the bot. (`bot.changes.Refused` is for people in a chat.)"""

from __future__ import annotations


class Sentence(Exception):
    """Its text is shown as it is: what is wrong, where, and how to mend it."""
