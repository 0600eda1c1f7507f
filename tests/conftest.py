"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says something about the machine, nothing about the rule.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")
