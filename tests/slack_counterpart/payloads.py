"""What Slack tells an app, in the shapes in which it has been recorded (docs.slack.dev/reference). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from tests.slack_counterpart.api_chat import message_json
from tests.slack_counterpart.api_views import view_json
from tests.slack_counterpart.elements import Clickable, elements_of, state, values_of
from tests.slack_counterpart.teams import APP, Channel, Json, Message, Team, User, View

VERIFICATION = "verification-token"


def command(
    team: Team, user: User, channel: Channel, name: str, text: str, trigger: str, response_url: str
) -> dict[str, str]:
    """A slash command; its fields are strings, also over Socket Mode."""
    said = {
        "token": VERIFICATION,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": str(team.org_wide).lower(),
        "response_url": response_url,
        "trigger_id": trigger,
    }
    if team.enterprise:
        said |= {"enterprise_id": team.enterprise, "enterprise_name": team.enterprise_name}
    return said


def _interaction(kind: str, team: Team, user: User, trigger: str) -> Json:
    """What all interactions have in common."""
    enterprise = {"id": team.enterprise, "name": team.enterprise_name} if team.enterprise else None
    of: Json = {"id": team.id, "domain": team.domain}
    if team.enterprise:
        of |= {"enterprise_id": team.enterprise, "enterprise_name": team.enterprise_name}
    return {
        "type": kind,
        "team": of,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team},
        "api_app_id": APP,
        "token": VERIFICATION,
        "trigger_id": trigger,
        "enterprise": enterprise,
        "is_enterprise_install": team.org_wide,
    }


def click_on_message(
    team: Team, user: User, message: Message, what: Clickable, trigger: str, response_url: str, ts: str
) -> Json:
    """`block_actions`. Slack keeps no copy of an ephemeral message, so there `message` is missing."""
    payload = _interaction("block_actions", team, user, trigger) | {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel.id,
            "is_ephemeral": bool(message.ephemeral_to),
        },
        "channel": {"id": message.channel.id, "name": message.channel.name},
        "state": {"values": _message_state(message, what)},
        "response_url": response_url,
        "actions": [_action(what, ts)],
    }
    if not message.ephemeral_to:
        payload["message"] = message_json(message, team)
    return payload


def click_in_view(team: Team, user: User, view: View, what: Clickable, trigger: str, ts: str) -> Json:
    """`block_actions` in a modal or on the Home tab."""
    return _interaction("block_actions", team, user, trigger) | {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(view, team, values_of(view.blocks, {})),
        "actions": [_action(what, ts)],
    }


def _message_state(message: Message, what: Clickable) -> Json:
    values: Json = {}
    for block in message.blocks:
        for element in elements_of(block):
            chosen = what.value if element.get("action_id") == what.element["action_id"] else None
            entry = state(element, chosen) if what.option or chosen is None else None
            if entry is not None:
                values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def _action(what: Clickable, ts: str) -> Json:
    action: Json = {
        "type": what.element["type"],
        "action_id": what.element["action_id"],
        "block_id": what.block_id,
        "action_ts": ts,
    }
    if what.option is not None:
        action["selected_option"] = what.option
        return action | _only(what.element, "placeholder")
    return action | _only(what.element, "text", "value", "style")


def _only(given: Mapping[str, object], *keys: str) -> Json:
    return {key: given[key] for key in keys if key in given}


def submission(team: Team, user: User, view: View, values: Json, trigger: str) -> Json:
    return _interaction("view_submission", team, user, trigger) | {
        "view": view_json(view, team, values),
        "response_urls": [],
    }


def shortcut(team: Team, user: User, callback_id: str, trigger: str, ts: str) -> Json:
    return _interaction("shortcut", team, user, trigger) | {"callback_id": callback_id, "action_ts": ts}


def message_action(
    team: Team, user: User, message: Message, callback_id: str, trigger: str, response_url: str, ts: str
) -> Json:
    return _interaction("message_action", team, user, trigger) | {
        "callback_id": callback_id,
        "action_ts": ts,
        "message_ts": message.ts,
        "channel": {"id": message.channel.id, "name": message.channel.name},
        "message": message_json(message, team),
        "response_url": response_url,
    }


# -- events ---------------------------------------------------------------------------------------------


def event(team: Team, inner: Json, name: str, at: int) -> Json:
    """`event_callback` around what happened."""
    authorization = {
        "enterprise_id": team.enterprise or None,
        "team_id": None if team.org_wide else team.id,
        "user_id": team.bot_user,
        "is_bot": True,
        "is_enterprise_install": team.org_wide,
    }
    callback: Json = {
        "token": VERIFICATION,
        "team_id": team.id,
        "api_app_id": APP,
        "event": inner,
        "type": "event_callback",
        "event_id": name,
        "event_time": at,
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{name}",
    }
    if team.enterprise:
        callback["enterprise_id"] = team.enterprise
    return callback


def home_opened(user: User, channel: Channel, ts: str, tab: str, home: Json | None) -> Json:
    said: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": tab,
        "event_ts": ts,
    }
    return said | {"view": home} if home else said


def direct_message(message: Message, team: Team) -> Json:
    """Somebody wrote in the direct messages; the bot hears its own there as well."""
    return message_json(message, team) | {
        "client_msg_id": f"client-{message.ts}",
        "channel": message.channel.id,
        "channel_type": "im",
        "event_ts": message.ts,
    }
