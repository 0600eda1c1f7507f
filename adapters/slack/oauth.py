"""`GET /slack/install` and what comes back from Slack: any workspace or organisation may take the bot in.

https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hmac
import html
import re
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from aiohttp import web

from adapters import admins
from adapters.slack.access import Access
from adapters.slack.client import SlackClient, SlackRefused
from adapters.slack.manifest import REDIRECT_PATH, SCOPES
from adapters.slack.pace import keep_pace
from adapters.slack.renewing import real_time
from adapters.slack.states import VALID, States, digest
from adapters.slack.tenants import NAME, Tenants
from adapters.slack.vault import Vault, granted
from adapters.transactions import Transactions
from bot.ports import ChatError
from storage.installations import Installation, Installations

log = structlog.get_logger()

ANY = "*"
INSTALL_PATH = "/slack/install"
COOKIE = "__Host-followup-install"
"""With this prefix a browser takes it from us alone, over HTTPS, and from no neighbouring domain.

https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
"""


class Oauth:
    """The two pages, and the installation between them."""

    def __init__(
        self,
        access: Access,
        client: SlackClient,
        transactions: Transactions,
        vault: Vault,
        tenants: Tenants,
        *,
        clock: Callable[[], dt.datetime] = real_time,
    ) -> None:
        self._access = access
        self._client = client
        self._transactions = transactions
        self._installations = Installations(transactions.database)
        self._vault = vault
        self._tenants = tenants
        self._clock = clock
        self._states = States(access.client_secret)

    def mount(self, app: web.Application) -> None:
        # A program that only looks at a link, with HEAD, begins nothing and uses nothing up.
        app.router.add_get(INSTALL_PATH, self._install, allow_head=False)
        app.router.add_get(REDIRECT_PATH, self._returned, allow_head=False)

    async def _install(self, _: web.Request) -> web.Response:
        """To Slack's page, with a state that this browser alone can bring back."""
        state = self._states.new(self._clock())
        answer = web.Response(status=302, headers={**_HEADERS, "Location": self._slacks_page(state)})
        answer.set_cookie(
            COOKIE, state, max_age=int(VALID.total_seconds()), path="/", secure=True, httponly=True,
            samesite="Lax",
        )  # fmt: skip
        return answer

    def _slacks_page(self, state: str) -> str:
        # Without redirect_uri Slack takes the first that the app names itself, not one made up by a request.
        query = {"client_id": self._access.client_id, "scope": ",".join(SCOPES), "state": state}
        page = urllib.parse.urljoin(self._access.api_url, "/oauth/v2/authorize")
        return f"{page}?{urllib.parse.urlencode(query)}"

    async def _returned(self, request: web.Request) -> web.Response:
        """Back from Slack's page, with a code or with the reason why there is none."""
        state, mine = request.query.get("state", ""), request.cookies.get(COOKIE, "")
        if not state or not hmac.compare_digest(digest(state), digest(mine)):
            return _shown(_ANOTHER_BROWSER)
        try:
            page = await self._outcome(state, request.query.get("code", ""), request.query.get("error", ""))
        except SlackRefused as refused:
            log.warning("slack_install_refused", code=refused.code)
            page = _shown(_TOO_OLD if refused.code in _STALE else _MISMATCH, said=refused.code)
        except _NotAllowed as refused:
            log.warning("slack_install_not_allowed", tenant=refused.tenant)
            page = _shown(_UNKNOWN, tenant=refused.tenant)
        except ChatError as error:
            log.warning("slack_install_failed", error=type(error).__name__)
            page = _shown(_NO_ANSWER)
        page.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
        return page

    async def _outcome(self, state: str, code: str, refused: str) -> web.Response:
        """Raises `ChatError` where Slack does not exchange the code."""
        until = self._states.until(state, self._clock())
        if until is None:
            return _shown(_USED)
        if refused == "access_denied":
            return _shown(_CANCELLED)
        if refused or not code:
            return _shown(_NO_CODE, said=refused)
        brought = digest(state)
        if await self._transactions.look(lambda: self._installations.was_used(brought)):
            return _shown(_USED)
        installed = await self._exchange(code)
        await self._transactions.hop(lambda: self._installations.use_state(brought, until, self._clock()))
        return _shown(_INSTALLED, name=installed.name)

    async def _exchange(self, code: str) -> Installation:
        answer = await self._client.ask(
            "oauth.v2.access",
            "",
            client_id=self._access.client_id,
            client_secret=self._access.client_secret,
            code=code,
        )
        tenant, name = _tenant(answer)
        if not self._access.tenants & {tenant, ANY}:
            await self._give_back(str(answer.get("access_token") or ""))
            raise _NotAllowed(tenant)
        secret = self._vault.lock(granted(answer, self._clock()))
        installation = await self._transactions.hop(
            lambda: self._installations.install(
                chat=NAME, tenant=tenant, name=name, bot_user=str(answer.get("bot_user_id") or ""),
                secret=secret, now=self._clock(),
            )
        )  # fmt: skip
        await self._transactions.write(installation.workspace, keep_pace)
        named = self._access.admins
        await self._transactions.hop(
            lambda: admins.keep(self._transactions.database, named, installation.workspace)
        )
        await self._tenants.let_in(installation.workspace)
        log.info("slack_installed", tenant=tenant, workspace=str(installation.workspace))
        return installation

    async def _give_back(self, token: str) -> None:
        """Slack has let the bot in already: it goes again, and keeps no token."""
        with contextlib.suppress(ChatError):
            await self._client.ask("auth.revoke", token)


class _NotAllowed(Exception):
    """This tenant is none of those that may install the bot."""

    def __init__(self, tenant: str) -> None:
        super().__init__()
        self.tenant = tenant


def _tenant(answer: Mapping[str, Any]) -> tuple[str, str]:
    """The team and its name; the organisation and its name where the app was installed for all of it."""
    which = answer.get("enterprise" if answer.get("is_enterprise_install") else "team")
    if not isinstance(which, Mapping) or not which.get("id"):
        raise ChatError("Slack answered oauth.v2.access without saying where the app was installed.")
    return str(which["id"]), str(which.get("name") or which["id"])


# -- what a person reads ----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Page:
    """`title` may hold {name}: where it was installed. `again`: offer to begin anew."""

    status: int
    title: str
    text: str
    again: bool = True


_INSTALLED = _Page(
    200,
    "Followup is installed in {name}",
    "You can close this page. In Slack, type /followup to see who waits for news from you. Whoever looks "
    "after Followup can now import your candidates.",
    again=False,
)
_CANCELLED = _Page(
    200, "Nothing was installed", "You did not allow it in Slack, so nothing has changed there or here."
)
_ANOTHER_BROWSER = _Page(
    400,
    "This was not begun in this browser",
    "Nothing was installed. The way to Slack and back must begin and end in the same browser, with cookies "
    "allowed, so that nobody can put another's installation in place of yours.",
)
_USED = _Page(
    400,
    "This page was used before, or waited too long",
    "Nothing was installed by it now: the way back from Slack is good once, and for ten minutes.",
)
_TOO_OLD = _Page(
    400,
    "Slack does not accept this any more",
    "Nothing was installed: what Slack gave is good once, and for ten minutes.",
)
_UNKNOWN = _Page(
    403,
    "This Slack workspace is not expected here",
    "Nothing was installed, and Slack was told so. Tell whoever looks after Followup to add {tenant} to "
    "FOLLOWUP_SLACK_TENANTS if it should be.",
    again=False,
)
_NO_CODE = _Page(
    400, "Slack did not allow it", "Nothing was installed, because Slack sent no code to do it with."
)
_MISMATCH = _Page(
    502,
    "Slack and this bot do not agree",
    "Nothing was installed. That is not your fault: tell whoever looks after Followup to compare "
    "FOLLOWUP_SLACK_CLIENT_ID, FOLLOWUP_SLACK_CLIENT_SECRET and the redirect address with the app's page at "
    "api.slack.com/apps.",
)
_NO_ANSWER = _Page(
    502, "Slack did not answer as it should", "Nothing was installed. Wait a minute, then begin anew."
)
_STALE = frozenset({"invalid_code", "code_already_used", "code_expired"})

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}
"""The address of the page holds a code and a state: it goes nowhere else."""

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1rem }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{text}</p>
{more}</body>
</html>
"""


def _shown(page: _Page, *, name: str = "", said: str = "", tenant: str = "") -> web.Response:
    """`said`: Slack's own word for what is wrong, shown where it is one."""
    more = f"<p>Slack says: {said}.</p>\n" if re.fullmatch(r"[a-z_]{1,60}", said) else ""
    if page.again:
        more += f'<p><a href="{INSTALL_PATH}">Begin anew</a></p>\n'
    title = html.escape(page.title.format(name=name))
    body = _FRAME.format(title=title, text=html.escape(page.text.format(tenant=tenant)), more=more)
    return web.Response(status=page.status, text=body, content_type="text/html", headers=_HEADERS)
