"""Settings of the process: read once from the environment into one frozen object."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from adapters.mail.smtp import BadSmtpUrl, SmtpUrl, parse_smtp_url
from bot.calendar import is_known_country, is_known_zone
from bot.policy import EVERYONE, Policy

PREFIX = "FOLLOWUP_"
_BOT_FRAMEWORK = "https://login.botframework.com"
FILE = "_FILE"
"""Behind a setting's name: the value is in this file."""


class SettingRefused(ValueError):
    """A setting is wrong or missing. The text names it and says how to mend it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field a setting: `FOLLOWUP_` and the field's name in capitals; see docs/reference/settings.md."""

    database_url: str = "sqlite:///followup.db"
    notify: bool = True
    company: str = "Our company"
    admins: frozenset[str] = frozenset()
    recruiting_lead: str = ""
    pilot: frozenset[str] = frozenset()
    smtp_url: SmtpUrl | None = None
    mail_from: str = ""
    undo_seconds: int = 60
    letters_an_hour: int = 20
    rehearsal: bool = False
    country: str = ""
    timezone: str = "UTC"
    log_format: str = "text"
    templates: str = ""
    slack_bot_token: str = dataclasses.field(default="", repr=False)
    slack_signing_secret: str = dataclasses.field(default="", repr=False)
    slack_app_token: str = dataclasses.field(default="", repr=False)
    slack_client_id: str = ""
    slack_client_secret: str = dataclasses.field(default="", repr=False)
    slack_tenants: frozenset[str] = frozenset()
    slack_api_url: str = "https://slack.com/api/"
    teams_app_id: str = ""
    teams_app_password: str = dataclasses.field(default="", repr=False)
    teams_app_type: str = "SingleTenant"
    teams_tenant_id: str = ""
    teams_openid_metadata_url: str = f"{_BOT_FRAMEWORK}/v1/.well-known/openidconfiguration"
    teams_login_url: str = "https://login.microsoftonline.com/"
    teams_service_url_allow: tuple[str, ...] = ()
    token_keys: tuple[str, ...] = dataclasses.field(default=(), repr=False)

    def policy(self) -> Policy:
        return Policy(
            company=self.company,
            mail_from=self.mail_from or "hiring@localhost",
            pilot=self.pilot,
            admins=self.admins,
            recruiting_lead=self.recruiting_lead,
            undo=dt.timedelta(seconds=self.undo_seconds),
            letters_an_hour=self.letters_an_hour,
            rehearsal=self.rehearsal,
            default_zone=self.timezone,
            default_country=self.country,
            templates=self.templates,
        )

    def needs_mail(self) -> SmtpUrl:
        """The mail settings, for commands that send. Raises `SettingRefused` where they lack."""
        if self.smtp_url is None:
            raise SettingRefused(
                "FOLLOWUP_SMTP_URL is not set, so no letter could leave. Set it to your mail relay, as in "
                "smtp://user:password@mail.example.com:587"
            )
        if not self.mail_from:
            raise SettingRefused(
                "FOLLOWUP_MAIL_FROM is not set, so letters would have no sender. Set it to an address your "
                "relay may send from, as in hiring@example.com"
            )
        return self.smtp_url

    @property
    def slack(self) -> bool:
        """Whether the bot is in Slack at all."""
        return bool(self.slack_bot_token or self.slack_client_id)

    def needs_slack(self) -> None:
        """Raises `SettingRefused` where some of Slack's settings are there and others lack."""
        given = {name for name in (*_SLACK, "slack_tenants", "token_keys") if getattr(self, name)}
        lacks = next((lacks for having, lacks in _SLACK_NEEDS if given & having and not given & lacks), None)
        if lacks:
            names = " or ".join(f"{PREFIX}{name.upper()}" for name in sorted(lacks))
            others = ", ".join(f"{PREFIX}{name.upper()}" for name in sorted(given))
            raise SettingRefused(
                f"{names} is not set, but {others} is. Slack needs both: see docs/how-to/slack.md, or unset "
                "all of Slack's settings to run without it."
            )
        if {"slack_bot_token", "slack_client_id"} <= given:
            raise SettingRefused(
                "FOLLOWUP_SLACK_BOT_TOKEN and FOLLOWUP_SLACK_CLIENT_ID are both set. The first is for one "
                "workspace, the second lets many install the app: keep the one that you want."
            )

    @property
    def teams(self) -> bool:
        """Whether the bot is in Teams at all. Without the app id nothing of it is mounted."""
        return bool(self.teams_app_id)

    def needs_teams(self) -> None:
        """Raises `SettingRefused` where some of Teams' settings are there and others lack.

        Without the app id nobody could tell Microsoft's requests from anybody else's.
        """
        plain = Settings()
        given = [name for name in _TEAMS if getattr(self, name) != getattr(plain, name)]
        if not given:
            return
        needed = ["teams_app_id", "teams_tenant_id"]
        if self.teams_app_type != TEAMS_MANAGED_IDENTITY:
            needed.append("teams_app_password")
        lacks = [name for name in needed if not getattr(self, name)]
        if lacks:
            names = " and ".join(f"{PREFIX}{name.upper()}" for name in lacks)
            others = ", ".join(f"{PREFIX}{name.upper()}" for name in given)
            raise SettingRefused(
                f"{names} {'is' if len(lacks) == 1 else 'are'} not set, but {others} "
                f"{'is' if len(given) == 1 else 'are'}. Teams needs all of them: see "
                "docs/how-to/teams.md, or unset all of Teams' settings to run without it."
            )


TEAMS_MANAGED_IDENTITY = "UserAssignedMSI"
TEAMS_APP_TYPES = ("SingleTenant", TEAMS_MANAGED_IDENTITY, "MultiTenant")
_TEAMS = (
    "teams_app_id", "teams_app_password", "teams_app_type", "teams_tenant_id", "teams_openid_metadata_url",
    "teams_login_url", "teams_service_url_allow",
)  # fmt: skip
_SLACK = (
    "slack_bot_token", "slack_signing_secret", "slack_app_token", "slack_client_id", "slack_client_secret",
)  # fmt: skip
_SLACK_NEEDS: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(having), frozenset(lacks))
    for having, lacks in (
        (("slack_signing_secret", "slack_app_token"), ("slack_bot_token", "slack_client_id")),
        (("slack_bot_token",), ("slack_signing_secret", "slack_app_token")),
        (("slack_client_id",), ("slack_client_secret",)),
        (("slack_client_secret",), ("slack_client_id",)),
        (("slack_client_id",), ("slack_signing_secret",)),
        (("slack_client_id",), ("token_keys",)),
        (("slack_client_id",), ("slack_tenants",)),
    )
)
"""Where one of the first is set, one of the second must be."""


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
    return Settings(**values)  # type: ignore[arg-type]


def _given(name: str, environ: Mapping[str, str]) -> str:
    """What stands in the variable, or in the file that `<name>_FILE` names, as Docker secrets are read."""
    text, file = environ.get(name, "").strip(), environ.get(f"{name}{FILE}", "").strip()
    if not file:
        return text
    if text:
        raise SettingRefused(f"{name}{FILE} and {name} are both set. Keep the one that you want.")
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise SettingRefused(
            f'{name}{FILE} names "{file}", which cannot be read: {why}. Name a file that holds the setting '
            "alone, and that the bot may read."
        ) from None


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
    if not text.isdigit() or not 1 <= int(text) <= 3600:
        raise _wrong("undo_seconds", text, "whole seconds between 1 and 3600")
    return int(text)


def _letters_an_hour(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise _wrong("letters_an_hour", text, "a whole number between 1 and 1000")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise _wrong(name, text, "on or off")
    return text.lower() == "on"


def _url(name: str, text: str) -> str:
    """With a slash at its end."""
    if not text.startswith(("http://", "https://")):
        raise _wrong(name, text, "an address that begins with https://")
    return text if text.endswith("/") else f"{text}/"


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


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_READERS: Mapping[str, Callable[[str], object]] = {
    "notify": lambda text: _switch("notify", text),
    "admins": lambda text: _emails("admins", text),
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
    "teams_service_url_allow": _listed,
}
