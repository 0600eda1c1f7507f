"""What the settings say of Slack, and what is said where they do not work."""

from __future__ import annotations

import dataclasses

from bot.errors import Sentence


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Access:
    """Empty is not set. Never shown: it holds secrets."""

    api_url: str
    bot_token: str = ""
    signing_secret: str = ""
    app_token: str = ""
    client_id: str = ""
    client_secret: str = ""
    token_keys: tuple[str, ...] = ()
    tenants: frozenset[str] = frozenset()
    """The teams and organisations that may install the bot; `*` for any."""
    admins: frozenset[str] = frozenset()
    """As FOLLOWUP_ADMINS has them, for the companies that come by installing it."""


class SlackSettingsRefused(Sentence):
    """Slack does not take one of the settings; the text names it and says how to mend it."""
