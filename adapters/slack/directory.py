"""Who somebody is in Slack, as its answers and events about users tell. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from adapters.slack.absence import away_until
from bot.people import Profile


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a full account in their own company's Slack."""

    user: str
    email: str
    name: str
    profile: Profile


def person(user: Mapping[str, Any], tenant: str, now: dt.datetime) -> Person | None:
    """None for bots, guests, deactivated accounts, people of other companies, and unconfirmed addresses.

    `user`: docs.slack.dev/reference/objects/user-object
    """
    about = user.get("profile")
    if not isinstance(about, Mapping) or any(user.get(flag) for flag in _NOT_FULL):
        return None
    if user.get("is_email_confirmed") is False or not _at_home(user, tenant):
        return None
    email, zone = str(about.get("email") or ""), str(user.get("tz") or "")
    if "@" not in email:
        return None
    until = away_until(
        str(about.get("status_text") or ""),
        str(about.get("status_emoji") or ""),
        _number(about.get("status_expiration")),
        zone,
        now,
    )
    language = str(user.get("locale") or "").replace("_", "-").partition("-")[0].lower()
    return Person(
        user=str(user.get("id") or ""),
        email=email,
        name=str(about.get("real_name") or user.get("real_name") or user.get("name") or email),
        profile=Profile(zone=zone, language=language, away_until=until),
    )


_NOT_FULL = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_invited_user")


def _at_home(user: Mapping[str, Any], tenant: str) -> bool:
    """Shared channels bring people of other companies; an organisation's people belong to its teams."""
    home = {str(user.get("team_id") or ""), str(user.get("enterprise_id") or "")}
    within = user.get("enterprise_user")
    if isinstance(within, Mapping):
        teams = within.get("teams")
        home |= {str(within.get("enterprise_id") or ""), *map(str, teams if isinstance(teams, list) else ())}
    return tenant in home


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
