"""A team's channel in Slack: what the core calls it, and why it may not be posted in."""

from __future__ import annotations

from adapters.slack.client import SlackRefused
from adapters.slack.tenants import NAME
from bot.ports import ChannelRefused, ChatError

WAITS_S = (0.0, 1.0, 3.0)
"""Before each try: an uploaded picture is not at once one that a block may show (`invalid_blocks`).

What was refused was not posted, so it may be tried again: github.com/slackapi/python-slack-sdk/issues/1521.
"""

SHARED = "It is shared with another company, where I post nothing. Use a channel of your own company."
_INVITE = "Invite me: type /invite @Followup in that channel."
_WHY = {
    "not_in_channel": _INVITE,
    "channel_not_found": f"It is a private one that I am not in, or it has been deleted. {_INVITE}",
    "is_archived": "It is archived. Unarchive it, or type /followup here in another channel.",
    "restricted_action": "Only some people may post there. Let me post, or use another channel.",
    "missing_scope": "The app in Slack is an older one: install it again from the newest manifest.",
}


def channel_name(tenant: str, room: str) -> str:
    """The opaque name by which the core knows it."""
    return f"{NAME}:{tenant}:{room}"


def of_name(name: str) -> tuple[str, str]:
    """Tenant and channel id. Raises `ChannelRefused` for a name that is none of ours."""
    match name.split(":"):
        case [chat, tenant, room] if chat == NAME and tenant and room:
            return tenant, room
        case _:
            raise ChannelRefused("This is no channel of Slack's.")


def translated(refused: SlackRefused) -> ChatError:
    """What an admin can mend is said to them; anything else is the operator's."""
    why = _WHY.get(refused.code)
    return refused if why is None else ChannelRefused(f"{why} (Slack says {refused.code}.)")
