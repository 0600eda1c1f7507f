"""A team's channel in Teams: what the core calls it, its pictures, and why it may not be posted in."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from adapters.teams.client import TeamsRefused
from adapters.teams.tenants import NAME
from bot.ports import ChannelRefused, ChatError
from bot.views.elements import Chart

PICTURES = 24_000
"""Bytes of all pictures in one message, which counts at most 100 KB as base64 in UTF-16, text included."""

NOBODY_YET = "Nobody has used me in Teams yet, so I do not know where it is. Write to me there first."
_INVITE = "Add Followup to that team under its Apps, then type @Followup here in the channel again."


def of_name(name: str) -> tuple[str, str]:
    """Tenant and conversation. Raises `ChannelRefused` for a name that is none of ours."""
    chat, _, rest = name.partition(":")
    tenant, _, room = rest.partition(":")
    if chat != NAME or not tenant or not room:
        raise ChannelRefused("This is no channel of Teams'.")
    return tenant, room


def pictures(drawn: Mapping[Chart, bytes]) -> dict[str, str]:
    """A chart's title and its picture as part of the card; none where they would make it too large."""
    if sum(map(len, drawn.values())) > PICTURES:
        return {}
    return {it.title: f"data:image/png;base64,{base64.b64encode(png).decode()}" for it, png in drawn.items()}


def translated(refused: TeamsRefused) -> ChatError:
    """What an admin can mend is said to them; anything else is the operator's."""
    if refused.status not in (403, 404):
        return refused
    return ChannelRefused(
        f"I am not in that team, or may not post there. {_INVITE} ({refused.code or refused.status})"
    )
