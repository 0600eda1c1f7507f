"""Every setting: one field, with what it is for. docs/reference/settings.md is made from them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, TypeVar

from adapters.mail.smtp import SmtpUrl
from adapters.named_admins import named
from bot.errors import Sentence
from bot.policy import Policy

T = TypeVar("T")
PREFIX = "FOLLOWUP_"


class SettingRefused(Sentence):
    """A setting is wrong or missing. The text names it and says how to mend it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Explained:
    """What the reference says of a setting, in Markdown.

    unset: what holds without it, where the default is no value that one would write.
    """

    meaning: str
    example: str
    unset: str


def _setting(default: T, meaning: str, *, example: str, unset: str = "", secret: bool = False) -> T:
    metadata = {_EXPLAINED: Explained(meaning, example, unset)}
    return dataclasses.field(default=default, repr=not secret, metadata=metadata)


def explained(setting: dataclasses.Field[Any]) -> Explained:
    """Raises `KeyError` where a setting was declared without a word."""
    found: Explained = setting.metadata[_EXPLAINED]
    return found


_EXPLAINED = "explained"


class _Named:
    """Which settings somebody has set, if only to what would hold anyhow."""

    __slots__ = ("_named",)
    _named: frozenset[str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings(_Named):
    """One field a setting, named `FOLLOWUP_` and the field's name in capitals.

    named: the fields that the environment names.
    """

    named: dataclasses.InitVar[frozenset[str]] = frozenset()
    database_url: str = _setting(
        "sqlite:///followup.db",
        "Where everything is kept: an SQLite file (a path after three slashes is relative to the folder "
        "the command is started in, after four absolute) or PostgreSQL",
        example="postgresql://followup:secret@db.acme.example/followup",
    )
    notify: bool = _setting(
        True,
        "On PostgreSQL, processes hint to each other that something is due, so that it leaves at once. "
        "`off` where a pooler in between cannot carry `LISTEN`: all works the same within a second",
        example="off",
    )
    company: str = _setting(
        "Our company", "The company's name, as candidates read it in letters", example="Acme"
    )
    admins: frozenset[str] = _setting(
        frozenset(),
        "Work emails of the admins, with commas between them: who is not named any more is no longer admin "
        "after the next start. Where several companies share the bot, an address alone counts in the first "
        "one, yours; `TENANT/address` counts in the company of that Slack workspace or Teams tenant",
        example="kim@acme.example,T0GLOBEX/lee@globex.example",
    )
    recruiting_lead: str = _setting(
        "",
        "Work email of the person who is told, privately, when a promise is broken and neither the "
        "manager nor the recruiter has acted",
        example="jo@acme.example",
        unset="none: the admins",
    )
    pilot: frozenset[str] = _setting(
        frozenset(),
        "Work emails of the members the bot may address, with commas between them; `*` for everybody",
        example="dana@acme.example,ravi@acme.example",
        unset="none: nobody",
    )
    smtp_url: SmtpUrl | None = _setting(  # noqa: RUF009 - a field, as all others
        None,
        "The mail server. User and password are written in percent-encoding. STARTTLS is required unless "
        "the URL says `?starttls=never`",
        example="smtp://user:pass@mail.acme.example:587?starttls=required",
        unset="none: no letter leaves",
    )
    mail_from: str = _setting(
        "",
        "The address letters come from; the manager's name is put before it, and answers go to the manager",
        example="hiring@acme.example",
        unset="none: no letter leaves",
    )
    undo_seconds: int = _setting(
        60,
        "How long a courtesy letter waits so that it can be undone. Letters that say no wait at least ten "
        "minutes, whatever stands here",
        example="120",
    )
    letters_an_hour: int = _setting(
        20,
        "How many letters one member may send within an hour. More hold themselves, and the recruiter is "
        "asked to let them go",
        example="40",
    )
    rehearsal: bool = _setting(
        False,
        "`on`: everything is decided and nothing leaves, no letter and no message, but a report to the "
        "admins each Friday; [the first days](../how-to/first-days.md)",
        example="on",
    )
    country: str = _setting(
        "",
        "Whose public holidays count for members and candidates of whom no country is known, as "
        "two-letter ISO 3166 code",
        example="DE",
        unset="none: no public holidays",
    )
    timezone: str = _setting(
        "UTC",
        "The time zone of members and candidates of whom none is known, as an IANA name",
        example="Europe/Berlin",
    )
    templates: str = _setting(
        "",
        "A folder of letter templates. A file there goes before ours of the same name; one that lacks a "
        "required field is refused at start",
        example="/etc/followup/letters",
        unset="none: ours",
    )
    slack_bot_token: str = _setting(
        "",
        "The bot token of the Slack app in your workspace; [how to get one](../how-to/slack.md)",
        example="xoxb-…",
        unset="none: not in Slack",
        secret=True,
    )
    slack_signing_secret: str = _setting(
        "",
        "By this the bot knows that a request comes from Slack; needed unless Socket Mode is used",
        example="8f742231b10e…",
        secret=True,
    )
    slack_app_token: str = _setting(
        "",
        "With it the bot calls Slack (Socket Mode) and needs no public address",
        example="xapp-…",
        unset="none: HTTP",
        secret=True,
    )
    slack_client_id: str = _setting(
        "",
        "With the client secret: any workspace can install the app under `/slack/install`",
        example="1234.5678",
        unset="none: one workspace",
    )
    slack_client_secret: str = _setting("", "Belongs to the client id", example="33fea0113f5b1", secret=True)
    slack_tenants: frozenset[str] = _setting(
        frozenset(),
        "Belongs to the client id: the ids of the Slack workspaces and organisations that may install the "
        "bot, with commas between them; `*` for any. Whoever installs it sends letters through your mail "
        "server",
        example="T0123ABCD,E0456EFGH",
    )
    slack_api_url: str = _setting(
        "https://slack.com/api/",
        "Where Slack's Web API is; another address for tests",
        example="http://127.0.0.1:9000/api/",
    )
    teams_app_id: str = _setting(
        "",
        "The application (client) id of the bot's registration; [how to get one](../how-to/teams.md). "
        "Other settings of Teams without it: `serve` refuses to start",
        example="7d1c1a6e-3a4f-4f0a-9b51-0c3b3f5f7c11",
        unset="none: not in Teams",
    )
    teams_app_password: str = _setting(
        "",
        "The client secret of that registration; not needed with a managed identity",
        example="8Q~…",
        secret=True,
    )
    teams_app_type: str = _setting(
        "SingleTenant",
        "How the bot proves who it is: `SingleTenant` (id and secret), `UserAssignedMSI` (a managed "
        "identity, on Azure, without a secret) or `MultiTenant` (a bot registered before 31 July 2025)",
        example="UserAssignedMSI",
    )
    teams_tenant_id: str = _setting(
        "",
        "The id of your Microsoft 365 organisation. Only its people can use the bot",
        example="2f0f9f0e-6c7e-4d39-8a0e-5b1f6f1f2a10",
    )
    teams_service_url_allow: tuple[str, ...] = _setting(
        (),
        "The only hosts the bot sends to in Teams, with commas between them; `*.` before a domain stands "
        "for any name in it. An address that begins with `http` is for tests",
        example="smba.infra.gcc.teams.microsoft.com",
        unset="Microsoft's",
    )
    teams_graph: bool = _setting(
        False,
        "`on`: the bot also asks Microsoft Graph, for which its registration needs "
        "[permissions of its own](../how-to/teams.md#microsoft-graph-if-you-want): whom an import names is "
        "found before they use the bot, and who is out of office counts as away",
        example="on",
    )
    teams_graph_url: str = _setting(
        "https://graph.microsoft.com/",
        "Where Microsoft Graph is; another address for government clouds, and for tests on this computer",
        example="https://graph.microsoft.us/",
    )
    teams_openid_metadata_url: str = _setting(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "Where the keys are by which the bot knows Microsoft's requests",
        example="http://127.0.0.1:9000/openid",
    )
    teams_login_url: str = _setting(
        "https://login.microsoftonline.com/",
        "Where the bot gets its own token",
        example="https://login.microsoftonline.us/",
    )
    token_keys: tuple[str, ...] = _setting(
        (),
        "Keys that encrypt the tokens of installed workspaces, with commas between them; the first "
        "encrypts, all decrypt. Make one with `followup key`",
        example="n3Yc…=",
        secret=True,
    )
    log_format: str = _setting(
        "text", "`text` for a person, `json` for a machine, one event a line in both", example="json"
    )

    def __post_init__(self, named: frozenset[str]) -> None:
        object.__setattr__(self, "_named", named)

    def policy(self) -> Policy:
        return Policy(
            company=self.company,
            mail_from=self.mail_from or "hiring@localhost",
            pilot=self.pilot,
            admins=named(self.admins, {""}),
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
        given = [
            name for name in _TEAMS if name in self._named or getattr(self, name) != getattr(plain, name)
        ]
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
    "teams_login_url", "teams_service_url_allow", "teams_graph", "teams_graph_url",
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
