"""Slack as the deliverer sees it: posts to members, edits in place, shows homes, finds people by email."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from adapters.slack import render
from adapters.slack.client import SlackClient, SlackRefused
from adapters.slack.directory import Person, person
from adapters.slack.tenants import NAME, Tenants
from adapters.transactions import Clock
from bot.ports import ChatMessageGone, ChatUnreachable, Met
from bot.views.elements import Message

_NOBODY = frozenset({"users_not_found", "user_not_found", "user_not_visible"})
_UNREACHABLE = frozenset(
    {"channel_not_found", "user_not_found", "user_disabled", "cannot_dm_bot", "is_archived", "not_in_channel"}
)
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})


class SlackChat:
    """Implements `bot.ports.Chat`.

    A member's address is tenant and user, a message's tenant, channel and ts.
    """

    name = NAME

    def __init__(self, client: SlackClient, tenants: Tenants, clock: Clock) -> None:
        self._client = client
        self._tenants = tenants
        self._clock = clock

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        """By work email, in each team of the company, oldest installation first."""
        for installation in await self._tenants.of(workspace):
            found = await self._by_email(installation.tenant, email)
            if found is not None:
                return met(installation.tenant, found)
        return None

    async def person(self, tenant: str, user: str) -> Person | None:
        """Somebody who has used the bot, as Slack knows them now; None where they have no full account."""
        token = await self._tenants.token(tenant)
        try:
            found = await self._client.ask("users.info", token, user=user, include_locale=True)
        except SlackRefused as refused:
            if refused.code in _NOBODY:
                return None
            raise
        return person(found["user"], tenant, self._clock())

    async def _by_email(self, tenant: str, email: str) -> Person | None:
        token = await self._tenants.token(tenant)
        try:
            found = await self._client.ask("users.lookupByEmail", token, email=email)
        except SlackRefused as refused:
            if refused.code in _NOBODY:
                return None
            raise
        return person(found["user"], tenant, self._clock())

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        tenant = address.get("tenant", "")
        drawn = render.message(message)
        try:
            posted = await self._client.tell(
                "chat.postMessage",
                await self._tenants.token(tenant),
                channel=address.get("user", ""),
                text=drawn.text,
                blocks=drawn.blocks,
                **render.POST,
            )
        except SlackRefused as refused:
            if refused.code in _UNREACHABLE:
                raise ChatUnreachable(str(refused)) from refused
            raise
        return {"tenant": tenant, "channel": str(posted["channel"]), "ts": str(posted["ts"])}

    async def edit(self, address: Mapping[str, str], message: Message) -> None:
        drawn = render.message(message)
        try:
            await self._client.tell(
                "chat.update",
                await self._tenants.token(address.get("tenant", "")),
                channel=address.get("channel", ""),
                ts=address.get("ts", ""),
                text=drawn.text,
                blocks=drawn.blocks,
                **render.EDIT,
            )
        except SlackRefused as refused:
            if refused.code in _GONE:
                raise ChatMessageGone(str(refused)) from refused
            raise

    async def show_home(self, address: Mapping[str, str], message: Message) -> None:
        token = await self._tenants.token(address.get("tenant", ""))
        view = render.home(message)
        await self._client.tell("views.publish", token, user_id=address.get("user", ""), view=view)


def met(tenant: str, found: Person) -> Met:
    return Met(
        tenant=tenant,
        user=found.user,
        address={"tenant": tenant, "user": found.user},
        profile=found.profile,
    )
