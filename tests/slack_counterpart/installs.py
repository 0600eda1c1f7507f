"""Tokens: issued, rotated, revoked; and the codes that an installation begins with."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterable

from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import APP, Json, Team, User

LIVES = 12 * 60 * 60
"""Seconds that a rotated token lives."""

SCOPES = (
    *("channels:read", "chat:write", "commands", "dnd:read", "files:write", "groups:read", "im:history"),
    *("users:read", "users:read.email"),
)


@dataclasses.dataclass(kw_only=True)
class Token:
    """A bot token of one team or, installed org-wide, of all teams of an organisation; or the app's own."""

    value: str
    scopes: frozenset[str]
    teams: tuple[Team, ...]
    is_app: bool = False
    expires_at: float | None = None
    revoked: bool = False
    inactive: bool = False

    @property
    def org_wide(self) -> bool:
        return any(team.org_wide for team in self.teams)


@dataclasses.dataclass(kw_only=True)
class Grant:
    """What a person allowed, waiting to be fetched with a code."""

    team: Team
    user: User
    redirect_uri: str
    used: bool = False


class Installs:
    """`rotating`: tokens expire, and come with a refresh token that is good for one use."""

    client_id = "1234567890.1234567890"
    client_secret = "33fea0113f5b1e4d"
    app_token = f"xapp-1-{APP}-1-counterpart"

    def __init__(
        self, teams: Iterable[Team], *, scopes: Iterable[str], rotating: bool, clock: Callable[[], float]
    ) -> None:
        self._teams = tuple(teams)
        self._scopes = frozenset(scopes)
        self._clock = clock
        self.rotating = rotating
        self.tokens: dict[str, Token] = {}
        self.refresh_tokens: dict[str, Team] = {}
        self._grants: dict[str, Grant] = {}
        self._tickets: set[str] = set()
        self.tokens[self.app_token] = Token(
            value=self.app_token, scopes=frozenset({"connections:write"}), teams=self._teams, is_app=True
        )

    def issue(self, team: Team) -> Token:
        """A bot token; for all teams of the organisation where the app was installed there."""
        covered = [t for t in self._teams if t.enterprise == team.enterprise] if team.org_wide else [team]
        rotated = "xoxe.xoxb-1" if self.rotating else "xoxb"
        token = Token(
            value=f"{rotated}-{team.enterprise if team.org_wide else team.id}-{secrets.token_hex(8)}",
            scopes=self._scopes,
            teams=tuple(covered),
            expires_at=self._clock() + LIVES if self.rotating else None,
        )
        self.tokens[token.value] = token
        return token

    def check(self, value: str | None) -> Token:
        """The token, if it still opens anything; `Refused` as Slack would."""
        if not value:
            raise Refused("not_authed")
        token = self.tokens.get(value)
        if token is None:
            raise Refused("invalid_auth")
        if token.revoked:
            raise Refused("token_revoked")
        if token.inactive:
            raise Refused("account_inactive")
        if token.expires_at is not None and self._clock() >= token.expires_at:
            raise Refused("token_expired")
        return token

    def take_away(self, team: Team) -> None:
        """The app is uninstalled: all its tokens there are worth nothing."""
        for token in self.tokens.values():
            if team in token.teams and not token.is_app:
                token.inactive = True
        for refresh in [value for value, of in self.refresh_tokens.items() if of is team]:
            del self.refresh_tokens[refresh]

    # -- a person installs the app ---------------------------------------------------------------------------

    def code(self, team: Team, user: User, redirect_uri: str = "") -> str:
        """A person agreed: the code that their browser brings back to the app."""
        code = secrets.token_hex(16)
        self._grants[code] = Grant(team=team, user=user, redirect_uri=redirect_uri)
        return code

    def check_client(self, client_id: str, client_secret: str) -> None:
        if client_id != self.client_id:
            raise Refused("invalid_client_id")
        if client_secret != self.client_secret:
            raise Refused("bad_client_secret")

    def exchange(self, code: str, redirect_uri: str) -> Json:
        grant = self._grants.get(code)
        if grant is None:
            raise Refused("invalid_code")
        if grant.used:
            raise Refused("code_already_used")
        if grant.redirect_uri and grant.redirect_uri != redirect_uri:
            raise Refused("bad_redirect_uri")
        grant.used = True
        return self._granted(grant.team) | {"authed_user": {"id": grant.user.id}}

    def refresh(self, refresh_token: str) -> Json:
        """A new token and a new refresh token; the one given is spent."""
        team = self.refresh_tokens.pop(refresh_token, None)
        if team is None:
            raise Refused("invalid_refresh_token")
        return self._granted(team)

    def _granted(self, team: Team) -> Json:
        token = self.issue(team)
        enterprise = {"id": team.enterprise, "name": team.enterprise_name} if team.enterprise else None
        granted: Json = {
            "ok": True,
            "app_id": APP,
            "access_token": token.value,
            "token_type": "bot",
            "scope": ",".join(sorted(token.scopes)),
            "bot_user_id": team.bot_user,
            "team": None if team.org_wide else {"id": team.id, "name": team.name},
            "enterprise": enterprise,
            "is_enterprise_install": team.org_wide,
        }
        if not self.rotating:
            return granted
        return granted | {"expires_in": LIVES, "refresh_token": self.refresh_token(team)}

    def refresh_token(self, team: Team) -> str:
        """Another one, good for one use."""
        value = f"xoxe-1-{secrets.token_hex(16)}"
        self.refresh_tokens[value] = team
        return value

    # -- Socket Mode -----------------------------------------------------------------------------------------

    def ticket(self) -> str:
        """Opens one WebSocket."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return ticket

    def tear(self, ticket: str) -> bool:
        """Whether the ticket was good; it no longer is."""
        if ticket not in self._tickets:
            return False
        self._tickets.remove(ticket)
        return True
