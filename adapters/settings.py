"""Settings of the process: read once from the environment into one frozen object."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from adapters.every_setting import PREFIX, TEAMS_APP_TYPES, SettingRefused, Settings
from adapters.mail.smtp import BadSmtpUrl, SmtpUrl, parse_smtp_url
from adapters.named_admins import split
from bot.calendar import is_known_country, is_known_zone
from bot.policy import EVERYONE

__all__ = ["FILE", "PREFIX", "SettingRefused", "Settings", "read_settings"]

FILE = "_FILE"
"""Behind a setting's name: the value is in this file."""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in this environment. Raises `SettingRefused` at the first that is wrong."""
    given = {
        field.name: text
        for field in dataclasses.fields(Settings)
        if (text := _given(f"{PREFIX}{field.name.upper()}", environ))
    }
    values: dict[str, object] = dict(given)
    for name, read in _READERS.items():
        if name in given:
            values[name] = read(given[name])
    _known("timezone", given, is_known_zone, "an IANA time zone, as in Europe/London")
    _known("country", given, is_known_country, "two capitals, as in GB")
    _known("teams_app_type", given, lambda x: x in TEAMS_APP_TYPES, ", ".join(TEAMS_APP_TYPES))
    _known("log_format", given, lambda x: x in ("text", "json"), "text or json")
    return Settings(named=frozenset(given), **values)  # type: ignore[arg-type]


def _given(name: str, environ: Mapping[str, str]) -> str:
    """What stands in the variable, or in the file that `<name>_FILE` names, as Docker secrets are read."""
    text, file = environ.get(name, "").strip(), environ.get(f"{name}{FILE}", "").strip()
    if not file:
        return _one_line(name, text)
    if text:
        raise SettingRefused(f"{name}{FILE} and {name} are both set. Keep the one that you want.")
    try:
        # Editors on Windows put a mark before the text.
        held = Path(file).read_text("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise SettingRefused(
            f'{name}{FILE} names "{file}", which cannot be read: {why}. Name a file that holds the setting '
            "alone, and that the bot may read."
        ) from None
    if not held:
        raise SettingRefused(
            f'{name}{FILE} names "{file}", which is empty. Write the setting into it, or unset '
            f"{name}{FILE} to go without."
        )
    return _one_line(name, held)


def _one_line(name: str, text: str) -> str:
    if re.search(r"[\x00-\x1f\x7f-\x9f]", text):
        # It may be a secret: the error does not repeat it.
        raise SettingRefused(
            f"{name} has a line break or another control character in it. Write it in one line, several "
            "values with commas between them."
        )
    return text


def _known(name: str, given: Mapping[str, str], check: Callable[[str], bool], form: str) -> None:
    if name in given and not check(given[name]):
        raise _wrong(name, given[name], form)


def _wrong(name: str, value: str, form: str) -> SettingRefused:
    return SettingRefused(f'{PREFIX}{name.upper()} is "{value}", which it cannot be. Set it to {form}.')


def _emails(name: str, text: str) -> frozenset[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if name == "pilot" and parts == [EVERYONE]:
        return frozenset({EVERYONE})
    return frozenset(_email(name, part) for part in parts)


def _admins(text: str) -> frozenset[str]:
    """Addresses; for another company than the first with one of its tenants and a slash before it."""
    found = set()
    for part in _listed(text):
        tenant, address = split(part)
        read = _email("admins", address)
        found.add(f"{tenant}/{read}" if tenant else read)
    return frozenset(found)


def _email(name: str, text: str) -> str:
    local, at, domain = text.partition("@")
    if not (local and at and domain) or " " in text:
        raise _wrong(name, text, "a work email, as in dana@example.com")
    try:
        # In its ASCII form: what stands after the @ becomes part of message ids as well.
        return (validate_email(text, check_deliverability=False).ascii_email or text).lower()
    except EmailNotValidError:
        raise _wrong(name, text, "a work email, as in dana@example.com") from None


def _seconds(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= 3600:
        raise _wrong("undo_seconds", text, "whole seconds between 1 and 3600")
    return int(text)


def _letters_an_hour(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= 1000:
        raise _wrong("letters_an_hour", text, "a whole number between 1 and 1000")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise _wrong(name, text, "on or off")
    return text.lower() == "on"


def _url(name: str, text: str) -> str:
    """With a slash at its end."""
    if not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?(/[^\s?#@]*)?", text):
        raise _wrong(name, text, "an address that begins with https:// and a host")
    return text if text.endswith("/") else f"{text}/"


GRAPHS = (
    "https://graph.microsoft.com/",
    "https://graph.microsoft.us/",
    "https://dod-graph.microsoft.us/",
    "https://microsoftgraph.chinacloudapi.cn/",
)
"""https://learn.microsoft.com/graph/deployments"""


def _graph(text: str) -> str:
    """The bot's token goes there, so it must be Microsoft's, or this computer for a test."""
    url = _url("teams_graph_url", text)
    here = re.fullmatch(r"http://(127\.0\.0\.1|localhost)(:\d+)?/", url)
    if url not in GRAPHS and not here:
        raise _wrong("teams_graph_url", text, " or ".join(GRAPHS))
    return url


def _guid(name: str, text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise _wrong(name, text, "an id as in 00000000-0000-0000-0000-000000000000") from None


def _smtp(text: str) -> SmtpUrl:
    try:
        return parse_smtp_url(text)
    except BadSmtpUrl as bad:
        # The URL may hold a password: the error repeats its own words only.
        raise SettingRefused(f"{PREFIX}SMTP_URL cannot be used: {bad}") from None


def _token(name: str, start: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.startswith(start):
            return text
        # A token is a secret: the error does not repeat it.
        raise SettingRefused(
            f"{PREFIX}{name.upper()} does not begin with {start}, so it is another kind of token. Copy it "
            "again from your app's page at api.slack.com/apps."
        )

    return read


def _service_urls(text: str) -> tuple[str, ...]:
    """The bot's token goes there: a pattern that any host would fit is none."""
    for part in _listed(text):
        if part.startswith(("http://", "https://")):
            _url("teams_service_url_allow", part)
        elif not re.fullmatch(r"(\*\.)?[\w-]+(\.[\w-]+)+", part):
            raise _wrong("teams_service_url_allow", part, "hosts, as in smba.infra.gcc.teams.microsoft.com")
    return _listed(text)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_READERS: Mapping[str, Callable[[str], object]] = {
    "notify": lambda text: _switch("notify", text),
    "admins": _admins,
    "pilot": lambda text: _emails("pilot", text),
    "recruiting_lead": lambda text: _email("recruiting_lead", text),
    "mail_from": lambda text: _email("mail_from", text),
    "smtp_url": _smtp,
    "undo_seconds": _seconds,
    "letters_an_hour": _letters_an_hour,
    "rehearsal": lambda text: _switch("rehearsal", text),
    "slack_bot_token": _token("slack_bot_token", "xoxb-"),
    "slack_app_token": _token("slack_app_token", "xapp-"),
    "slack_api_url": lambda text: _url("slack_api_url", text),
    "slack_tenants": lambda text: frozenset(_listed(text)),
    "token_keys": _listed,
    "teams_app_id": lambda text: _guid("teams_app_id", text),
    "teams_tenant_id": lambda text: _guid("teams_tenant_id", text),
    "teams_openid_metadata_url": lambda text: _url("teams_openid_metadata_url", text).rstrip("/"),
    "teams_login_url": lambda text: _url("teams_login_url", text),
    "teams_graph": lambda text: _switch("teams_graph", text),
    "teams_graph_url": _graph,
    "teams_service_url_allow": _service_urls,
}
