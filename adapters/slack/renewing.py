"""The tokens of installed tenants: decrypted, and renewed before they expire.

A token lives 12 hours, and its refresh token is good for one use
(https://docs.slack.dev/authentication/using-token-rotation): so of all tasks of all processes that need one
tenant's token, one alone may renew it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import hmac
from collections.abc import Callable

import structlog

from adapters.slack.access import Access
from adapters.slack.client import SlackClient, SlackRefused
from adapters.slack.tenants import NAME, NotInstalled
from adapters.slack.vault import Kept, Locked, Vault, granted
from adapters.transactions import Transactions
from bot.ports import ChatError, ChatTryLater
from storage.installations import Installation, Installations

log = structlog.get_logger()

AHEAD = dt.timedelta(hours=2)
"""So long before its end a token is renewed: time enough to mend what keeps it from being renewed."""
LEASE_S = 30.0
"""Longer than a call to Slack takes at most, and the write after it."""
LOOK_EVERY_S = 0.25
LOOKS = 20
SWAPS = 3
"""How often a write is tried anew where another process has just changed the same secret."""


def real_time() -> dt.datetime:
    """Slack's tokens expire in real time, also where a demo has moved the product's clock."""
    return dt.datetime.now(dt.UTC)


class StoredTokens:
    """Implements `adapters.slack.tenants.Tokens`."""

    def __init__(
        self,
        access: Access,
        client: SlackClient,
        transactions: Transactions,
        vault: Vault,
        *,
        clock: Callable[[], dt.datetime] = real_time,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """`look_every_s`: how often to look whether another process has renewed what has expired."""
        self._access = access
        self._client = client
        self._transactions = transactions
        self._installations = Installations(transactions.database)
        self._vault = vault
        self._clock = clock
        self._look_every_s = look_every_s
        self._renewing: dict[str, asyncio.Task[str]] = {}
        self._refused: dict[str, str] = {}
        """Of each tenant the secret whose refresh token Slack does not take: it is not asked again."""

    async def of(self, installation: Installation) -> str:
        """The token to use now, renewed where it nears its end.

        Raises `Locked`, `NotInstalled`, `ChatTryLater`, and `ChatError` where only a new installation helps.
        """
        kept = self._opened(installation)
        if not self._nears_its_end(kept):
            return kept.token
        renewing = self._renewing.get(installation.tenant)
        if renewing is not None and self._is_valid(kept):
            return kept.token
        if renewing is None:
            renewing = asyncio.create_task(self._renewed(installation))
            self._renewing[installation.tenant] = renewing
            renewing.add_done_callback(functools.partial(self._done, installation.tenant))
        # Whoever asked may give up; a refresh token that was spent must be replaced all the same.
        return await asyncio.shield(renewing)

    def replaced(self, installation: Installation, token: str) -> bool:
        """Whether it was renewed, or the app installed anew."""
        return not _same(self._opened(installation).token, token)

    def _done(self, tenant: str, task: asyncio.Task[str]) -> None:
        del self._renewing[tenant]
        if not task.cancelled():
            task.exception()  # whoever waits gets it

    async def finish(self) -> None:
        """Wait until no renewal is under way. Each ends by itself, for every call has a time limit."""
        if self._renewing:
            await asyncio.wait(list(self._renewing.values()))

    # -- one at a time ------------------------------------------------------------------------------------

    async def _renewed(self, installation: Installation) -> str:
        """The token, renewed here or by another process."""
        for _ in range(LOOKS):
            kept = self._opened(installation)
            if not self._nears_its_end(kept):
                return kept.token
            if not kept.refresh_token or self._refused.get(installation.tenant) == installation.secret:
                return self._while_valid(kept, _expired(installation))
            if await self._transactions.hop(functools.partial(self._may_renew, installation)):
                return await self._renew(installation, kept)
            if self._is_valid(kept):
                return kept.token
            await asyncio.sleep(self._look_every_s)
            installation = await self._again(installation)
        raise ChatTryLater("Slack's token has expired, and another process is renewing it.")

    def _may_renew(self, installation: Installation) -> bool:
        return self._installations.may_renew(installation, LEASE_S)

    async def _renew(self, installation: Installation, kept: Kept) -> str:
        """Spend the refresh token. Where that fails, the old token serves as long as it lives."""
        try:
            answer = await self._client.ask(
                "oauth.v2.access",
                "",
                client_id=self._access.client_id,
                client_secret=self._access.client_secret,
                grant_type="refresh_token",
                refresh_token=kept.refresh_token,
            )
            fresh = granted(answer, self._clock())
        except ChatError as error:
            return await self._not_renewed(installation, kept, error)
        return await self._keep(installation, kept, fresh)

    async def _keep(self, installation: Installation, spent: Kept, fresh: Kept) -> str:
        secret = self._vault.lock(fresh)
        for _ in range(SWAPS):
            put = functools.partial(self._installations.renewed, installation, secret)
            # The refresh token is spent: what came for it must be kept, or only a new installation helps.
            if await self._transactions.hop_outcome(put):
                log.info("slack_token_renewed", tenant=installation.tenant)
                return fresh.token
            # Encrypted under another key meanwhile; or else installed anew, and what we got is worth nothing.
            installation = await self._again(installation)
            kept = self._opened(installation)
            if not _same(kept.refresh_token, spent.refresh_token):
                return kept.token
        raise ChatTryLater("Slack's token was renewed, but others kept changing it.")

    async def _not_renewed(self, installation: Installation, kept: Kept, error: ChatError) -> str:
        again = await self._again(installation)
        newer = self._opened(again)
        if not _same(newer.token, kept.token):
            return newer.token
        code = error.code if isinstance(error, SlackRefused) else type(error).__name__
        log.warning("slack_token_not_renewed", tenant=installation.tenant, code=code)
        if code == "invalid_refresh_token":
            self._refused[installation.tenant] = again.secret
            error = _expired(installation)
        return self._while_valid(kept, error)

    def _while_valid(self, kept: Kept, otherwise: ChatError) -> str:
        if kept.expires_at is None or self._clock() < kept.expires_at:
            return kept.token
        raise otherwise

    # -- reading ------------------------------------------------------------------------------------------

    def _opened(self, installation: Installation) -> Kept:
        if not installation.secret:
            raise NotInstalled(
                f"The app came to the Slack workspace {installation.name} by a token in the environment, "
                "which is not set any more. Have it installed there, at /slack/install."
            )
        return self._vault.open(installation.secret)

    async def _again(self, installation: Installation) -> Installation:
        """The installation as it is now."""
        found = await self._transactions.look(
            lambda: self._installations.find(installation.chat, installation.tenant)
        )
        if found is None or found.ended_at is not None:
            raise NotInstalled("The bot is not installed in this Slack workspace any more.")
        return found

    def _nears_its_end(self, kept: Kept) -> bool:
        return kept.expires_at is not None and kept.expires_at - self._clock() <= AHEAD

    def _is_valid(self, kept: Kept) -> bool:
        return kept.expires_at is None or self._clock() < kept.expires_at

    # -- a new key ----------------------------------------------------------------------------------------

    async def under_first_key(self) -> None:
        """Encrypt anew whatever is not under the first key, while other processes may renew it.

        What no key opens is left as it is, and the log names its tenant.
        """
        changed = 0
        for installation in await self._transactions.look(lambda: self._installations.all(NAME)):
            try:
                changed += await self._encrypted_anew(installation)
            except NotInstalled:
                continue
            except Locked as locked:
                # No trace: it is an operator's mistake, and the sentence says how to mend it.
                log.error(  # noqa: TRY400
                    "slack_token_locked", tenant=installation.tenant, problem=str(locked)
                )
        if changed:
            log.info("slack_tokens_under_first_key", changed=changed)

    async def _encrypted_anew(self, installation: Installation) -> bool:
        for _ in range(SWAPS):
            secret = self._vault.under_first_key(installation.secret) if installation.secret else None
            if secret is None:
                return False
            swap = functools.partial(self._installations.swap, installation, secret)
            if await self._transactions.hop(swap):
                return True
            installation = await self._again(installation)
        return False


def _expired(installation: Installation) -> ChatError:
    return ChatError(
        f"The token for the Slack workspace {installation.name} has expired, and Slack does not renew it. "
        "Have the app installed there anew, at /slack/install; nothing is lost by that."
    )


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
