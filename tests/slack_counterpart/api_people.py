"""auth.test, users.*, conversations.* and dnd.info: who is who, and where they are reached."""

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


def conversations_info(ask: Ask) -> Json:
    """A public channel; a private one only where the bot is in it, and with a scope of its own."""
    ask.need("channel")
    channel = ask.channel()
    if channel.is_private and not channel.has_bot:
        raise Refused("channel_not_found")
    needed = "groups:read" if channel.is_private else "channels:read"
    if needed not in ask.granted.scopes:
        raise Refused("missing_scope", needed=needed, provided=",".join(sorted(ask.granted.scopes)))
    return {
        "channel": {
            "id": channel.id,
            "name": channel.name,
            "is_channel": not channel.is_private,
            "is_private": channel.is_private,
            "is_archived": channel.is_archived,
            "is_member": channel.has_bot,
            "is_shared": channel.is_ext_shared,
            "is_ext_shared": channel.is_ext_shared,
            "is_pending_ext_shared": False,
        }
    }


def dnd_info(ask: Ask) -> Json:
    ask.need("user")
    ask.user("user")
    return {
        "dnd_enabled": False,
        "next_dnd_start_ts": 1,
        "next_dnd_end_ts": 1,
        "snooze_enabled": False,
    }
