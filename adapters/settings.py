"""Settings of the process: read once from the environment into one frozen object."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

from email_validator import EmailNotValidError, validate_email

from adapters.mail.smtp import BadSmtpUrl, SmtpUrl, parse_smtp_url
from bot.calendar import is_known_country, is_known_zone
from bot.policy import EVERYONE, Policy

PREFIX = "FOLLOWUP_"


class SettingRefused(ValueError):
    """A setting is wrong or missing. The text names it and says how to mend it."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field a setting: `FOLLOWUP_` and the field's name in capitals; see docs/reference/settings.md."""

    database_url: str = "sqlite:///followup.db"
    company: str = "Our company"
    admins: frozenset[str] = frozenset()
    recruiting_lead: str = ""
    pilot: frozenset[str] = frozenset()
    smtp_url: SmtpUrl | None = None
    mail_from: str = ""
    undo_seconds: int = 60
    country: str = ""
    timezone: str = "UTC"
    log_format: str = "text"
    templates: str = ""

    def policy(self) -> Policy:
        return Policy(
            company=self.company,
            mail_from=self.mail_from or "hiring@localhost",
            pilot=self.pilot,
            admins=self.admins,
            recruiting_lead=self.recruiting_lead,
            undo=dt.timedelta(seconds=self.undo_seconds),
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


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in this environment. Raises `SettingRefused` at the first that is wrong."""
    known = {f"{PREFIX}{field.name.upper()}" for field in dataclasses.fields(Settings)}
    given = {
        name.removeprefix(PREFIX).lower(): environ[name].strip()
        for name in known & set(environ)
        if environ[name].strip()
    }
    values: dict[str, object] = dict(given)
    for name in ("admins", "pilot"):
        if name in given:
            values[name] = _emails(name, given[name])
    for name in ("recruiting_lead", "mail_from"):
        if name in given:
            values[name] = _email(name, given[name])
    if "smtp_url" in given:
        values["smtp_url"] = _smtp(given["smtp_url"])
    if "undo_seconds" in given:
        values["undo_seconds"] = _seconds(given["undo_seconds"])
    _known("timezone", given, is_known_zone, "an IANA time zone, as in Europe/London")
    _known("country", given, is_known_country, "two capitals, as in GB")
    _known("log_format", given, lambda x: x in ("text", "json"), "text or json")
    return Settings(**values)  # type: ignore[arg-type]


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


def _smtp(text: str) -> SmtpUrl:
    try:
        return parse_smtp_url(text)
    except BadSmtpUrl as bad:
        # The URL may hold a password: the error repeats its own words only.
        raise SettingRefused(f"{PREFIX}SMTP_URL cannot be used: {bad}") from None
