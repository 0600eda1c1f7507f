"""Whether Slack knows us: token, scopes, secrets, Socket Mode, and that the bot can write to a member."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime as dt
import email.utils
import re
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.doctor.finding import Finding, State
from adapters.slack.access import Access
from adapters.slack.directory import Person, person
from adapters.slack.manifest import SCOPES

_PATIENCE_S = 10
_APP = "api.slack.com/apps → your app"
_NETWORK = (
    "May this computer call slack.com by HTTPS? A proxy is read from HTTPS_PROXY. "
    "FOLLOWUP_SLACK_API_URL is for tests: unset it."
)


class _Refused(Exception):
    """Slack said no; `code` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Unreachable(Exception):
    """Slack did not answer, or something else answered in its place; the text says which."""


class SlackCheckup:
    """Asks Slack, and changes nothing there.

    ahead: how far Slack's clock is ahead of ours; None until it has answered.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client = AsyncWebClient(
            token=access.bot_token or None,
            base_url=access.api_url,
            timeout=_PATIENCE_S,
            retry_handlers=[],  # what fails is reported, not tried again
        )
        self.ahead: dt.timedelta | None = None

    async def findings(self, member: str) -> AsyncIterator[Finding]:
        """Everything that can be asked. `member`: the work email of somebody to look up, or empty."""
        access = self._access
        if access.signing_secret:
            yield _signing_secret(access)
        if access.token_keys:
            yield _token_keys(access)
        try:
            if access.bot_token:
                async for finding in self._bot_token(member):
                    yield finding
            if access.client_id:
                yield await self._client_secret()
            if access.app_token:
                yield await self._app_token()
        except _Unreachable as error:
            yield Finding(
                "slack",
                State.WRONG,
                f"{access.api_url} does not answer as Slack does: {error}. The rest could not be asked.",
                _NETWORK,
            )

    async def write_to(self, member: str, company: str) -> Finding:
        """One short message to this member, so that both sides see that it arrives."""
        name = "slack write"
        text = (
            f"Followup can write to you here: somebody at {company} has just tried it out. "
            "There is nothing for you to do."
        )
        try:
            about = await self._ask(self._client.auth_test())
            found = await self._find(member, _tenant(about))
            if isinstance(found, str):
                return Finding(name, State.WRONG, f"{member} {found}", _ASK_FOR_AN_ACCOUNT)
            await self._ask(
                self._client.chat_postMessage(
                    channel=found.user, text=text, mrkdwn=False, unfurl_links=False, unfurl_media=False
                )
            )
        except _Refused as error:
            return _of(error, name, {**_WRITING, **_MEMBER, **_BOT}, f"Nothing was written to {member}.")
        except _Unreachable as error:
            what = f"Slack did not answer ({error}), so {member} has perhaps got a message and perhaps not."
            return Finding(name, State.WRONG, what, _NETWORK)
        return Finding(name, State.OK, f"{member} has got a short message; ask whether it was seen")

    # -- one check each -----------------------------------------------------------------------------------

    async def _bot_token(self, member: str) -> AsyncIterator[Finding]:
        name = "slack token"
        try:
            answer = await self._ask(self._client.auth_test())
        except _Refused as error:
            yield _of(error, name, _BOT)
            return
        yield Finding(
            name, State.OK, f"the bot is in {answer.get('team')} and speaks as @{answer.get('user')}"
        )
        yield _scopes(answer.headers)
        if member:
            yield await self._member(member, _tenant(answer))

    async def _member(self, member: str, tenant: str) -> Finding:
        name = "slack member"
        try:
            found = await self._find(member, tenant)
        except _Refused as error:
            finding = _of(error, name, {**_MEMBER, **_BOT}, f"{member} was not found.")
            return dataclasses.replace(finding, state=State.WARN) if error.code in _MEMBER else finding
        if isinstance(found, str):
            return Finding(name, State.WARN, f"{member} {found}", _ASK_FOR_AN_ACCOUNT)
        return Finding(name, State.OK, f"{member} is in Slack as {found.user}")

    async def _app_token(self) -> Finding:
        name = "slack socket"
        try:
            # The answer is an address with a ticket in it: it is not used, and never printed.
            await self._ask(self._client.apps_connections_open(app_token=self._access.app_token))
        except _Refused as error:
            return _of(error, name, _SOCKET)
        return Finding(name, State.OK, "Socket Mode answers")

    async def _client_secret(self) -> Finding:
        """A code that was never given out is refused last, after id and secret were found right."""
        name = "slack client"
        pair = f"{self._access.client_id}:{self._access.client_secret}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        try:
            # The SDK's own call for it uses what aiohttp has deprecated.
            await self._ask(
                self._client.api_call("oauth.v2.access", data={"code": "doctor"}, headers=headers)
            )
        except _Refused as error:
            if error.code != "invalid_code":
                return _of(error, name, _CLIENT)
        return Finding(name, State.OK, "client id and secret belong together")

    # -- asking -------------------------------------------------------------------------------------------

    async def _find(self, member: str, tenant: str) -> Person | str:
        """Whoever has this work email; or, for somebody the bot would not write to, why."""
        answer = await self._ask(self._client.users_lookupByEmail(email=member))
        user: Mapping[str, Any] = answer.get("user") or {}
        found = person(user, tenant, dt.datetime.now(dt.UTC))
        if found is not None:
            return found
        if user.get("deleted"):
            return "is deactivated in Slack."
        if user.get("is_restricted") or user.get("is_ultra_restricted"):
            return "is a guest in Slack, and the bot shows candidates to full members only."
        return "has no full account of this workspace, and the bot shows candidates to full members only."

    async def _ask(self, call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        """Raises `_Refused` and `_Unreachable`, and nothing of the SDK's."""
        try:
            answer = await call
        except SlackApiError as error:
            self._note_clock(getattr(error.response, "headers", {}))
            data = getattr(error.response, "data", None)
            code = data.get("error") if isinstance(data, dict) else None
            if not isinstance(code, str) or not re.fullmatch(r"\w+", code):
                status = getattr(error.response, "status_code", None)
                raise _Unreachable(f"HTTP status {status}" if status else "not in JSON") from error
            raise _Refused(code) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _Unreachable(str(error) or type(error).__name__) from error
        self._note_clock(answer.headers)
        return answer

    def _note_clock(self, headers: Mapping[str, str]) -> None:
        """By the Date header of a fresh answer, exact to a second or two."""
        date = next((value for name, value in headers.items() if name.lower() == "date"), "")
        try:
            self.ahead = email.utils.parsedate_to_datetime(date) - dt.datetime.now(dt.UTC)
        except (ValueError, TypeError):
            return


def _tenant(about: AsyncSlackResponse) -> str:
    """What the token is for: a team, or the organisation where the app was installed for all of it."""
    return str(about.get("enterprise_id" if about.get("is_enterprise_install") else "team_id") or "")


def _scopes(headers: Mapping[str, str]) -> Finding:
    """By the header x-oauth-scopes, which names all that the token may do."""
    name = "slack scopes"
    given = next((value for key, value in headers.items() if key.lower() == "x-oauth-scopes"), None)
    if given is None:
        return Finding(name, State.WARN, "Slack did not say which scopes the token has.", "Run this again.")
    has = {scope.strip() for scope in given.split(",") if scope.strip()}
    lacks = [scope for scope in SCOPES if scope not in has]
    if lacks:
        why = " ".join(f"{scope}: {SCOPES[scope]}" for scope in lacks)
        return Finding(
            name,
            State.WRONG,
            f"The token lacks {', '.join(lacks)}. {why}",
            f"{_APP} → OAuth & Permissions → Bot Token Scopes → Add an OAuth Scope, then Install App → "
            "Reinstall to Workspace.",
        )
    more = sorted(has - SCOPES.keys())
    extra = f"; Followup has no use for {', '.join(more)}" if more else ""
    return Finding(name, State.OK, f"all {len(SCOPES)} that are needed{extra}")


def _signing_secret(access: Access) -> Finding:
    """Slack cannot be asked about it: only a request shows whether it fits. So its form is looked at."""
    name = "slack secret"
    if not re.fullmatch(r"[0-9a-f]{32}", access.signing_secret):
        return Finding(
            name,
            State.WRONG,
            "FOLLOWUP_SLACK_SIGNING_SECRET is no signing secret: that has 32 characters, 0-9 and a-f.",
            f"{_APP} → Basic Information → App Credentials → Signing Secret → Show, and copy it again.",
        )
    return Finding(
        name,
        State.OK,
        "has the right form; if it is another app's, Slack shows that /followup and every button fail",
    )


def _token_keys(access: Access) -> Finding:
    """A key is 32 bytes in url-safe base64."""
    name = "slack keys"
    for number, key in enumerate(access.token_keys, start=1):
        try:
            size = len(base64.b64decode(key, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            size = 0
        if size != 32:
            return Finding(
                name,
                State.WRONG,
                f"Key {number} of FOLLOWUP_TOKEN_KEYS is none: a key is 32 bytes in url-safe base64.",
                "Make one with `followup key` and put it first; keep the others while tokens need them.",
            )
    return Finding(name, State.OK, f"{len(access.token_keys)} to encrypt tokens with")


# -- what Slack's errors mean -----------------------------------------------------------------------------

_Meaning = Mapping[str, tuple[str, str]]
"""By Slack's error: what is wrong, and how to mend it."""

_ASK_FOR_AN_ACCOUNT = "Name somebody who is a full member, or let your Slack admin make them one."
_COPY_BOT_TOKEN = f"Copy it again: {_APP} → OAuth & Permissions → Bot User OAuth Token."
_REINSTALL = f"{_APP} → Install App → Reinstall to Workspace, then copy the new Bot User OAuth Token."

_BOT: _Meaning = {
    "invalid_auth": (
        "Slack does not know the token in FOLLOWUP_SLACK_BOT_TOKEN, or takes it from other addresses only.",
        f"{_COPY_BOT_TOKEN} Look there also whether Restrict API Token Usage lists this computer's address.",
    ),
    "not_authed": ("Slack got no token.", _COPY_BOT_TOKEN),
    "not_allowed_token_type": ("The token in FOLLOWUP_SLACK_BOT_TOKEN is of another kind.", _COPY_BOT_TOKEN),
    "account_inactive": ("The app was taken out of the workspace, or the workspace is closed.", _REINSTALL),
    "token_revoked": ("The token in FOLLOWUP_SLACK_BOT_TOKEN was revoked.", _REINSTALL),
    "token_expired": (
        "The token in FOLLOWUP_SLACK_BOT_TOKEN has expired, and nothing renews it.",
        "Rotation cannot be switched off again: make a new app from `followup manifest slack`.",
    ),
    "missing_scope": ("The token lacks a scope that this needs.", "The line `slack scopes` says which."),
    "org_login_required": (
        "The workspace is being moved into an Enterprise organisation.",
        "Try again later.",
    ),
    "team_access_not_granted": (
        "The organisation has not given the app this workspace.",
        "Ask an admin of the organisation to add the app to it.",
    ),
}

_MEMBER: _Meaning = {
    "users_not_found": ("Nobody in this workspace has that work email.", _ASK_FOR_AN_ACCOUNT),
}

_WRITING: _Meaning = {
    "messages_tab_disabled": (
        "The app takes no direct messages.",
        f"{_APP} → App Home → Show Tabs → switch on Messages Tab, and allow messages from it.",
    ),
    "restricted_action": (
        "A setting of the workspace keeps the bot from writing.",
        "Ask your Slack admin who may post, and let the app.",
    ),
}

_COPY_APP_TOKEN = f"{_APP} → Basic Information → App-Level Tokens: one with the scope connections:write."

_SOCKET: _Meaning = {
    "invalid_auth": (
        "Slack does not know the token in FOLLOWUP_SLACK_APP_TOKEN.",
        f"Copy it: {_COPY_APP_TOKEN}",
    ),
    "token_revoked": (
        "The token in FOLLOWUP_SLACK_APP_TOKEN was revoked.",
        f"Make another: {_COPY_APP_TOKEN}",
    ),
    "not_allowed_token_type": (
        "The token in FOLLOWUP_SLACK_APP_TOKEN is of another kind.",
        f"Copy it: {_COPY_APP_TOKEN}",
    ),
    "missing_scope": (
        "The token in FOLLOWUP_SLACK_APP_TOKEN lacks the scope connections:write.",
        f"Make another: {_COPY_APP_TOKEN}",
    ),
}

_COPY_CLIENT = f"Copy both again: {_APP} → Basic Information → App Credentials."

_CLIENT: _Meaning = {
    "invalid_client_id": ("Slack knows no app with the id in FOLLOWUP_SLACK_CLIENT_ID.", _COPY_CLIENT),
    "bad_client_secret": (
        "The secret in FOLLOWUP_SLACK_CLIENT_SECRET is not that of the app in FOLLOWUP_SLACK_CLIENT_ID.",
        _COPY_CLIENT,
    ),
}

_THEIRS = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_TOO_OFTEN = frozenset({"ratelimited", "rate_limited"})


def _of(error: _Refused, name: str, meaning: _Meaning, before: str = "") -> Finding:
    """What the error means here; `before` says what did not come about."""
    state, code = State.WRONG, error.code
    if code in _TOO_OFTEN:
        state, what, mend = State.WARN, "Slack was asked too often.", "Run this again in a minute."
    elif code in _THEIRS:
        state, what, mend = State.WARN, f"Slack has trouble of its own ({code}).", "See slack-status.com."
    elif name == "slack socket" and code not in meaning:
        what = f"Slack gives no Socket Mode connection ({code})."
        mend = f"Is it on? {_APP} → Socket Mode → Enable Socket Mode."
    else:
        what, mend = meaning.get(
            code, (f"Slack refuses ({code}).", "The code is explained at docs.slack.dev/reference/methods.")
        )
    return Finding(name, state, f"{before} {what}".strip(), mend)
