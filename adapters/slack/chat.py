"""Slack as the deliverer sees it: posts to members, edits in place, shows homes, finds people by email."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from adapters.slack import channels, render
from adapters.slack.client import SlackClient, SlackRefused
from adapters.slack.directory import Person, person
from adapters.slack.tenants import NAME, NotInstalled, Tenants
from adapters.transactions import Clock
from bot.ports import (
    ChannelRefused,
    ChatError,
    ChatMessageGone,
    ChatShut,
    ChatTryLater,
    ChatUnreachable,
    Met,
)
from bot.views.elements import Chart, Message

log = structlog.get_logger()

_NOBODY = frozenset({"users_not_found", "user_not_found", "user_not_visible"})
_UNREACHABLE = frozenset(
    {"channel_not_found", "user_not_found", "user_disabled", "cannot_dm_bot", "is_archived", "not_in_channel"}
)
_TAKEN_OUT = frozenset({"account_inactive", "token_revoked"})
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

    async def _ask(self, tenant: str, method: str, **arguments: object) -> Mapping[str, Any]:
        return await self._asked(tenant, self._client.ask, method, **arguments)

    async def _tell(self, tenant: str, method: str, **arguments: object) -> Mapping[str, Any]:
        return await self._asked(tenant, self._client.tell, method, **arguments)

    async def _asked(
        self, tenant: str, call: Callable[..., Awaitable[Mapping[str, Any]]], method: str, **arguments: object
    ) -> Mapping[str, Any]:
        """Raises `NotInstalled`, too, where Slack says that the bot has been taken out, and `ChatShut`.

        `ChatTryLater` where what it says is true of an older token alone.
        """
        try:
            token = await self._tenants.token(tenant)
        except (ChatTryLater, ChatShut):
            raise
        except ChatError as error:
            raise ChatShut(str(error)) from error
        try:
            return await call(method, token, **arguments)
        except SlackRefused as refused:
            if refused.code not in _TAKEN_OUT:
                raise
            await self._tenants.refused(tenant, token)
            text = f"The bot is not installed in this Slack workspace any more ({refused.code})."
            raise NotInstalled(text) from refused

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        """By work email, in each team of the company, oldest installation first."""
        for installation in await self._tenants.of(workspace):
            found = await self._by_email(installation.tenant, email)
            if found is not None:
                return met(installation.tenant, found)
        return None

    async def person(self, tenant: str, user: str) -> Person | None:
        """Somebody who has used the bot, as Slack knows them now; None where they have no full account."""
        try:
            found = await self._ask(tenant, "users.info", user=user, include_locale=True)
        except SlackRefused as refused:
            if refused.code in _NOBODY:
                return None
            raise
        return person(found["user"], tenant, self._clock())

    async def _by_email(self, tenant: str, email: str) -> Person | None:
        try:
            found = await self._ask(tenant, "users.lookupByEmail", email=email)
        except SlackRefused as refused:
            if refused.code in _NOBODY:
                return None
            raise
        return person(found["user"], tenant, self._clock())

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        tenant = address.get("tenant", "")
        drawn = render.message(message)
        try:
            posted = await self._tell(
                tenant,
                "chat.postMessage",
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
            await self._tell(
                address.get("tenant", ""),
                "chat.update",
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
        tenant, user = address.get("tenant", ""), address.get("user", "")
        await self._tell(tenant, "views.publish", user_id=user, view=render.home(message))

    async def post_channel(
        self, workspace: uuid.UUID, channel: str, message: Message, pictures: Mapping[Chart, bytes]
    ) -> None:
        tenant, room = channels.of_name(channel)
        if await self._tenants.workspace(tenant) != workspace:
            raise NotInstalled("The bot is not installed in this channel's Slack workspace.")
        await self._must_be_our_own(tenant, room)
        files = await self._uploaded(tenant, pictures)
        try:
            if not (files and await self._with_pictures(tenant, room, message, files)):
                await self._post_in(tenant, room, render.for_all(message, {}))
        except SlackRefused as refused:
            raise channels.translated(refused) from refused

    async def _with_pictures(
        self, tenant: str, room: str, message: Message, files: Mapping[Chart, str]
    ) -> bool:
        """Whether it was posted; not where Slack still does not know the pictures after a while."""
        for wait_s in channels.WAITS_S:
            await asyncio.sleep(wait_s)
            try:
                await self._post_in(tenant, room, render.for_all(message, files))
            except SlackRefused as refused:
                if refused.code != "invalid_blocks":
                    raise
            else:
                return True
        log.warning("slack_picture_not_taken", channel=room)
        return False

    async def _post_in(self, tenant: str, room: str, drawn: render.SlackMessage) -> None:
        said = {"channel": room, "text": drawn.text, "blocks": drawn.blocks, **render.POST}
        await self._tell(tenant, "chat.postMessage", **said)

    async def _must_be_our_own(self, tenant: str, room: str) -> None:
        """Raises `ChannelRefused` for a channel that another company reads, or that cannot be asked about."""
        try:
            about = (await self._ask(tenant, "conversations.info", channel=room)).get("channel") or {}
        except SlackRefused as refused:
            raise channels.translated(refused) from refused
        if about.get("is_ext_shared") or about.get("is_pending_ext_shared"):
            raise ChannelRefused(channels.SHARED)

    async def _uploaded(self, tenant: str, pictures: Mapping[Chart, bytes]) -> Mapping[Chart, str]:
        """The ids of what Slack took; the rest is said in words."""
        files: dict[Chart, str] = {}
        try:
            token = await self._tenants.token(tenant)
            for chart, png in pictures.items():
                files[chart] = await self._client.upload(
                    token, png, filename="weeks.png", title=chart.title, alt=chart.alt
                )
        except ChatError as error:
            log.warning("slack_picture_not_uploaded", problem=str(error))
        return files


def met(tenant: str, found: Person) -> Met:
    return Met(
        tenant=tenant,
        user=found.user,
        address={"tenant": tenant, "user": found.user},
        profile=found.profile,
    )
