"""The app manifest: from it Slack makes the app, with exactly what Followup needs. Pure.

Limits are those of https://docs.slack.dev/reference/app-manifest and, where that page is silent, of Slack's
own schema, github.com/slackapi/manifest-schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.errors import Sentence

SCOPES: Mapping[str, str] = {
    "channels:read": "Before the weekly summary is posted: whether that channel is shared with another "
    "company, which must not read it.",
    "chat:write": "To write to a member: the list of the day and answers to what they click or type, and to "
    "edit both in place.",
    "commands": "For /followup and the two shortcuts, Add a candidate and Log candidate follow-up.",
    "files:write": "For the picture of twelve weeks in the weekly summary; without it, words say the same.",
    "groups:read": "The same as channels:read, where the team's channel is a private one; of others the bot "
    "sees nothing.",
    "im:history": "To hear what a member types to the bot, in the direct message with it and nowhere else.",
    "users:read": "For a member's name, time zone, language and status with an end (away until then), and "
    "whether the account is active or a guest's.",
    "users:read.email": "To find in Slack the members whom an import names by their work email.",
}
"""What the bot may do in Slack, each with its reason."""

EVENTS = ("app_home_opened", "message.im", "user_change", "team_join", "app_uninstalled", "tokens_revoked")

EVENTS_PATH = "/slack/events"
REDIRECT_PATH = "/slack/oauth_redirect"


class AddressRefused(Sentence):
    """Slack cannot reach the bot at this address; the text says what an address must be."""


def manifest(url: str = "", *, many: bool = False) -> dict[str, Any]:
    """The manifest of the app, as Slack takes it in JSON.

    url: the public address of the bot, as in https://followup.example.com; empty for Socket Mode.
    many: any workspace or organisation may install the app; needs `url`. Raises `AddressRefused`.
    """
    if many and not url:
        raise AddressRefused(
            "--many needs --url: whoever installs the app is sent back by Slack to an address of the bot. "
            "Say --url https://followup.example.com."
        )
    address = _public(url) if url else ""
    scopes: dict[str, Any] = {"scopes": {"bot": list(SCOPES)}}
    return {
        "display_information": {
            "name": "Followup",
            "description": "Keeps the word you gave to a candidate: asks in time, one click sends an update.",
            "long_description": _LONG,
            "background_color": "#1F4B43",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Followup", "always_online": True},
            "slash_commands": [
                {
                    "command": "/followup",
                    "description": "See who waits for news from you, and let them know.",
                    "usage_hint": "[list | NAME | promise NAME DATE | update NAME | away until DATE | help]",
                    "should_escape": True,
                    **_to(address, "url"),
                }
            ],
            "shortcuts": [
                {
                    "name": "Add a candidate",
                    "type": "global",
                    "callback_id": "add_candidate",
                    "description": "Somebody you have interviewed and who waits for news.",
                },
                {
                    "name": "Log candidate follow-up",
                    "type": "message",
                    "callback_id": "log_follow_up",
                    "description": "A candidate has asked for news: note it, so that it is answered.",
                },
            ],
        },
        "oauth_config": {**({"redirect_urls": [address + REDIRECT_PATH]} if many else {}), **scopes},
        "settings": {
            "event_subscriptions": {**_to(address), "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **_to(address)},
            "org_deploy_enabled": many,
            "socket_mode_enabled": not address,
            "token_rotation_enabled": many,
        },
    }


_LONG = (
    "Followup helps a hiring manager keep the word the company gave to a candidate. It knows who was "
    "interviewed and by which date they were promised news. When a date comes near it writes to the manager, "
    "one list a day, and every line carries buttons: one click sends a courtesy email with a new date, one "
    "short form sends feedback.\n\n"
    "It writes to no candidate without a click, shows nobody's feedback to others, and reads no conversation "
    "but its own. /followup shows who waits for you; the Home tab shows the same."
)


def _to(address: str, key: str = "request_url") -> dict[str, str]:
    """Where Slack sends what happens. Nowhere in Socket Mode: the bot fetches it."""
    return {key: address + EVENTS_PATH} if address else {}


def _public(url: str) -> str:
    """`url` without the slash at its end."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise AddressRefused(_FORM) from None
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme != "https" or not host or rest or not url.isascii() or " " in url:
        raise AddressRefused(_FORM)
    return f"https://{parts.netloc}"


_FORM = (
    "--url must be the https address at which Slack reaches the bot, without a path, as in "
    "https://followup.example.com. Without --url the app uses Socket Mode, which needs no address."
)
