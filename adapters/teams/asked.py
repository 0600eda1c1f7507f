"""What somebody asked for in Teams: who, from where, and how they are written to. Read from activities. Pure.

Everything in an activity is text of others, whatever its shape: what is not as documented is empty here.
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object
"""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.people import Profile

Payload = Mapping[str, Any]
NOTHING_KNOWN = Profile()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. `key` is Teams' name for it: the same again is the same request."""

    tenant: str
    user: str
    key: str
    personal: bool
    """In the chat with the bot alone; else in a channel or a group."""
    service_url: str
    conversation: str
    bot: str
    account: str
    """The person as this conversation names them."""
    message: str = ""
    """The message they clicked in."""
    profile: Profile = NOTHING_KNOWN
    called: str = ""
    """What people call the channel, where Teams says so."""
    team: str = ""
    """The team that a channel is in."""

    @property
    def address(self) -> dict[str, str]:
        """Where the person is written to: what a conversation reference holds, as plain text."""
        where = {"tenant": self.tenant, "user": self.user, "bot": self.bot, "service_url": self.service_url}
        return {**where, "conversation": self.conversation} if self.personal else where

    @property
    def channel(self) -> str:
        """Where it was said, as the core keeps it: the channel, not the thread in it; else empty.

        A group chat is no channel: whoever is in it brings whom they like, and its people have no team.
        """
        base = self.conversation.partition(";")[0]
        return f"teams:{self.tenant}:{base}" if self.team and not self.personal else ""


def asked(payload: Payload) -> Asked:
    there, sender = _part(payload, "conversation"), _part(payload, "from")
    about = _part(payload, "channelData")
    tenant = _text(there, "tenantId") or _text(_part(about, "tenant"), "id")
    conversation, number = _text(there, "id"), _text(payload, "id")
    kind = _text(there, "conversationType")
    return Asked(
        tenant=tenant,
        user=_text(sender, "aadObjectId"),
        key=f"{conversation}/{number}" if number else "",
        personal=kind == "personal" or (not kind and there.get("isGroup") is not True),
        service_url=_text(payload, "serviceUrl"),
        conversation=conversation,
        bot=_text(_part(payload, "recipient"), "id"),
        account=_text(sender, "id"),
        message=_text(payload, "replyToId"),
        profile=_profile(payload),
        called=_text(_part(about, "channel"), "name"),
        team=_text(_part(about, "team"), "id"),
    )


def said(payload: Payload) -> str:
    """What was typed, as plain words: without the mention of the bot, which channels put before it.

    https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations
    """
    text, bot = _text(payload, "text"), _text(_part(payload, "recipient"), "id")
    for entity in _entities(payload, "mention"):
        if _text(_part(entity, "mentioned"), "id") == bot and (mention := _text(entity, "text")):
            text = text.replace(mention, " ")
    return " ".join(html.unescape(_AT.sub(" ", text)).split())


_AT = re.compile(r"</?at\b[^<>]*>", re.IGNORECASE)


def is_about_the_bot(payload: Payload, name: str) -> bool:
    """Whether the bot is among those who were added or removed (`membersAdded`, `membersRemoved`)."""
    bot, given = _text(_part(payload, "recipient"), "id"), payload.get(name)
    members = given if isinstance(given, list) else []
    return any(isinstance(it, Mapping) and bot and it.get("id") == bot for it in members)


def _profile(payload: Payload) -> Profile:
    """Zone and language, as the person's own client says."""
    client = next(_entities(payload, "clientInfo"), {})
    locale = _text(payload, "locale") or _text(client, "locale")
    zone = _text(payload, "localTimezone") or _text(client, "timezone")
    language = locale.replace("_", "-").partition("-")[0].lower()
    return Profile(zone=zone, language=language if re.fullmatch("[a-z]{2,3}", language) else "")


def _entities(payload: Payload, kind: str) -> Iterator[Mapping[str, Any]]:
    given = payload.get("entities")
    for entity in given if isinstance(given, list) else ():
        if isinstance(entity, Mapping) and entity.get("type") == kind:
            yield entity


def _part(about: Payload, name: str) -> Mapping[str, Any]:
    found = about.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(about: Payload, name: str) -> str:
    found = about.get(name)
    return found if isinstance(found, str) else ""
