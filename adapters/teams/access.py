"""What the settings say of Teams, and which addresses the bot speaks to there. Pure."""

from __future__ import annotations

import dataclasses
import enum
import urllib.parse
from collections.abc import Iterable


class AppType(enum.StrEnum):
    """How the bot proves who it is."""

    SINGLE_TENANT = "SingleTenant"
    MANAGED_IDENTITY = "UserAssignedMSI"
    MULTI_TENANT = "MultiTenant"
    """Can no longer be registered; those that were go on."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Access:
    """Never shown: it holds a secret. `allow`: the hosts to speak to; empty for Microsoft's.

    `graph_url`: where Microsoft Graph is; empty where it is not to be asked.
    """

    app_id: str
    tenant: str
    app_type: AppType = AppType.SINGLE_TENANT
    password: str = ""
    openid_url: str
    login_url: str
    allow: tuple[str, ...] = ()
    graph_url: str = ""

    @property
    def hosts(self) -> ServiceUrls:
        return ServiceUrls(self.allow or MICROSOFT)

    @property
    def authority(self) -> str:
        """Who signs what Teams tells, and whom the bot's own token is for: another in US government clouds.

        learn.microsoft.com/azure/bot-service/how-to-deploy-gov-cloud-high
        """
        host = urllib.parse.urlsplit(self.login_url).hostname or ""
        return f"https://api.botframework.{'us' if host.endswith('.us') else 'com'}"

    @property
    def bot(self) -> str:
        """The bot's own id in a conversation."""
        return f"28:{self.app_id}"

    @property
    def service_url(self) -> str:
        """Where Teams is spoken to before anybody there has said another address: in every cloud at `/teams`.

        learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages
        """
        first = next((it for it in self.allow if not it.startswith("*")), PUBLIC).rstrip("/")
        return f"{first if '://' in first else f'https://{first}'}/teams/"


PUBLIC = "smba.trafficmanager.net"
MICROSOFT = (
    PUBLIC,
    "*.botframework.com",
    "smba.infra.gcc.teams.microsoft.com",
    "smba.infra.gov.teams.microsoft.us",
    "smba.infra.dod.teams.microsoft.us",
)
"""Where Teams has its bots speak to: the public cloud, then the three of the US government.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages.
Never `*.trafficmanager.net`: anybody can have a name there.
"""


class ServiceUrls:
    """The addresses the bot sends to, and with them its token."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._plain = {_origin(it) for it in allowed if it.startswith(("http://", "https://"))}
        hosts = [it.casefold() for it in allowed if "://" not in it]
        self._hosts = frozenset(it for it in hosts if not it.startswith("*."))
        self._domains = tuple(it[1:] for it in hosts if it.startswith("*."))

    def __contains__(self, url: object) -> bool:
        """Whether this is an address of Teams' own: HTTPS at an allowed host, nothing smuggled in."""
        if not isinstance(url, str) or not url.isascii() or any(x in url for x in "\\@?# \t\r\n"):
            return False
        try:
            parts = urllib.parse.urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if _origin(url) in self._plain:
            return True
        known = host in self._hosts or host.endswith(self._domains)
        return parts.scheme == "https" and port in (None, 443) and bool(host) and known


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc.casefold()
