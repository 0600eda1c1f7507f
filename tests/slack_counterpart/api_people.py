"""auth.test, users.*, conversations.open and dnd.info: who is who, and where they are reached."""

from __future__ import annotations

from tests.slack_counterpart.calls import Ask
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import Json, User


def auth_test(ask: Ask) -> Json:
    team = ask.team
    said: Json = {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": "followup",
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot_id,
        "is_enterprise_install": ask.granted.org_wide,
    }
    if team.enterprise:
        said["enterprise_id"] = team.enterprise
    return said


def users_info(ask: Ask) -> Json:
    """The locale only where it is asked for, the email only with its scope."""
    ask.need("user")
    wanted = ask.arguments.get("include_locale") in (True, "true", "1", 1)
    return {"user": _user_json(ask, ask.user("user"), locale=wanted)}


def lookup_by_email(ask: Ask) -> Json:
    ask.need("email")
    found = ask.team.user_of(ask.text("email"))
    if found is None:
        raise Refused("users_not_found")
    return {"user": _user_json(ask, found)}


def _user_json(ask: Ask, user: User, *, locale: bool = False) -> Json:
    return user.json(email="users:read.email" in ask.granted.scopes, locale=locale)


def conversations_open(ask: Ask) -> Json:
    """A direct message with one person."""
    ask.need("users")
    user = ask.user("users")
    if user.is_bot:
        raise Refused("cannot_dm_bot")
    if user.deleted:
        raise Refused("user_disabled")
    already = any(channel.user == user.id for channel in ask.team.channels.values())
    channel = {"id": ask.team.dm(user.id).id}
    return {"channel": channel, "no_op": True, "already_open": True} if already else {"channel": channel}


def dnd_info(ask: Ask) -> Json:
    ask.need("user")
    ask.user("user")
    return {
        "dnd_enabled": False,
        "next_dnd_start_ts": 1,
        "next_dnd_end_ts": 1,
        "snooze_enabled": False,
    }
