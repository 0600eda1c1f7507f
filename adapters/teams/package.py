"""The app package: what the bot is called in Teams, what can be typed, and where it may be added."""

from __future__ import annotations

import importlib.resources
import io
import json
import re
import uuid
import zipfile
from typing import Any
from urllib.parse import urlsplit

from bot.errors import Sentence

SCHEMA = "1.22"
"""https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema"""
VERSION = "1.1.0"
"""Of the package; Teams takes an update only with a higher one."""
ICONS = ("color.png", "outline.png")
PRIVACY_PATH, TERMS_PATH = "/privacy", "/terms"
"""Under the bot's own address; `about` serves them."""

COMMANDS = (
    ("list", "Who waits for news from you"),
    ("home", "Your list with your hours, your absence and your share of promises kept"),
    ("add", "A candidate you have interviewed"),
    ("update", "update NAME: send the courtesy letter with a new date"),
    ("feedback", "feedback NAME: write feedback"),
    ("promise", "promise NAME DATE: the date the next letter names"),
    ("told", "told NAME: you called, log it"),
    ("away", "away until DATE delegate MEMBER"),
    ("settings", "Time zone, holidays, when your list comes"),
    ("help", "Everything else you can type"),
)
IN_CHANNELS = (
    ("here", "This team's weekly summary comes here: counts only, no names"),
    ("list", "Who waits for news from you; the answer comes in our own chat"),
)


class AddressRefused(Sentence):
    """What was given cannot be in a package; the text says what it must be."""


def package(url: str, app_id: str, version: str = VERSION) -> bytes:
    """The zip file. Raises `AddressRefused`."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest(url, app_id, version), indent=2))
        folder = importlib.resources.files("adapters.teams") / "icons"
        for name in ICONS:
            archive.writestr(name, (folder / name).read_bytes())
    return made.getvalue()


def manifest(url: str, app_id: str, version: str = VERSION) -> dict[str, Any]:
    """The manifest. Raises `AddressRefused`.

    url: the bot's public address. app_id: the application id of its registration, which is the app's too.
    version: of the package, three numbers.
    """
    if not re.fullmatch(r"(0|[1-9]\d{0,4})(\.(0|[1-9]\d{0,4})){2}", version, re.ASCII):
        raise AddressRefused(
            f"--version must be three numbers with dots between them, higher than the last, as in {VERSION}."
        )
    host, bot = _host(url), _guid(app_id)
    site = f"https://{host}"
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": version,
        "id": bot,
        "developer": {
            "name": "Followup",
            "websiteUrl": site,
            "privacyUrl": site + PRIVACY_PATH,
            "termsOfUseUrl": site + TERMS_PATH,
        },
        "name": {"short": "Followup", "full": "Followup: candidates hear from you in time"},
        "description": {
            "short": "Keeps the word you gave to a candidate: asks in time, one click sends an update.",
            "full": _LONG,
        },
        "icons": {"color": ICONS[0], "outline": ICONS[1]},
        "accentColor": "#1D5C58",
        "bots": [
            {
                "botId": bot,
                "scopes": ["personal", "team", "groupChat"],
                "isNotificationOnly": False,
                "supportsFiles": False,
                "commandLists": [
                    {"scopes": ["personal"], "commands": _commands(COMMANDS)},
                    {"scopes": ["team", "groupChat"], "commands": _commands(IN_CHANNELS)},
                ],
            }
        ],
        # Without it Graph would not let the app install itself for anybody.
        "webApplicationInfo": {"id": bot, "resource": site},
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host],
    }


_LONG = (
    "Followup helps a hiring manager keep the word the company gave to a candidate. It knows who was "
    "interviewed and by which date they were promised news. When a date comes near it writes to the manager, "
    "one list a day, and every line carries buttons: one click sends a courtesy email with a new date, one "
    "short form sends feedback.\n\n"
    "It writes to no candidate without a click, shows nobody's feedback to others, and reads no conversation "
    "but its own. In channels it hears only what mentions it, and answers in private."
)


def _commands(given: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"title": title, "description": description} for title, description in given]


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused(_FORM) from None
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme != "https" or port not in (None, 443) or rest or not host.isascii() or "." not in host:
        raise AddressRefused(_FORM)
    return host


def _guid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise AddressRefused(
            "--app-id must be the application (client) id of the bot's registration, as in "
            "7d1c1a6e-3a4f-4f0a-9b51-0c3b3f5f7c11. It stands in the Azure Bot under Configuration."
        ) from None


_FORM = (
    "--url must be the https address at which Microsoft reaches the bot, without a port or a path, as in "
    "https://followup.example.com."
)
