"""Teams as the deliverer sees it: posts to members, edits in place."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import structlog

from adapters.teams import channels, render
from adapters.teams.answers import CARD
from adapters.teams.client import TeamsClient, TeamsRefused
from adapters.teams.directory import Person, person
from adapters.teams.tenants import NAME, NotInstalled, Tenants
from adapters.transactions import Transactions
from bot.ports import ChannelRefused, ChatMessageGone, ChatUnreachable, Met
from bot.views.elements import Chart, Message
from storage.store import SqlStore

log = structlog.get_logger()

FINAL = frozenset(
    {"BotNotInConversationRoster", "ConversationBlockedByUser", "BotDisabledByAdmin", "MessageWritesBlocked"}
)
"""Of no use to try again before the app is installed anew.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages
"""
LOST = "ConversationNotFound"

Body = dict[str, object]


class TeamsChat:
    """Implements `bot.ports.Chat`.

    A member's address is tenant, user, bot, service URL and, once there is one, the conversation; a message's
    is service URL, conversation and activity.
    """

    name = NAME

    def __init__(self, client: TeamsClient, tenants: Tenants, transactions: Transactions) -> None:
        self._client = client
        self._tenants = tenants
        self._transactions = transactions

    async def find(self, workspace: uuid.UUID, email: str) -> Met | None:
        """Nobody: Teams tells a bot of people only where the app is installed for them, and then by itself.

        Where Microsoft Graph may be asked, that is done beforehand (`rounds`): no delivery waits for it.

        Raises `NotInstalled` for a company whose tenant this is not.
        """
        self._tenants.of(workspace)
        return None

    async def person(self, service_url: str, conversation: str, account: str, tenant: str) -> Person | None:
        """Somebody in a conversation with the bot; None where they have no full account of this tenant."""
        try:
            about = await self._client.member(service_url, conversation, account)
        except TeamsRefused as refused:
            if refused.status in (403, 404):
                return None
            raise
        return person(about, tenant)

    async def post(self, address: Mapping[str, str], message: Message) -> Mapping[str, str]:
        return await self.say(address, body(message))

    async def say(self, address: Mapping[str, str], activity: Mapping[str, object]) -> Mapping[str, str]:
        """Post any activity to a member: in the known conversation, else in one that is begun for it."""
        url, conversation = address.get("service_url", ""), address.get("conversation", "")
        if not url:
            raise ChatUnreachable("This member has not installed the app in Teams yet.")
        if conversation:
            try:
                return await self._post(url, conversation, activity)
            except TeamsRefused as refused:
                if refused.code != LOST:
                    raise _as_port(refused) from refused
                log.info("teams_conversation_lost")
        conversation = await self._begin(address)
        try:
            return await self._post(url, conversation, activity)
        except TeamsRefused as refused:
            raise _as_port(refused) from refused

    async def _post(self, url: str, conversation: str, activity: Mapping[str, object]) -> Mapping[str, str]:
        posted = await self._client.post(url, conversation, activity)
        return {"service_url": url, "conversation": conversation, "activity": posted}

    async def _begin(self, address: Mapping[str, str]) -> str:
        """A conversation with this member, which is then remembered."""
        conversation = await self.begin(address)
        tenant, user = address.get("tenant", ""), address.get("user", "")

        def remember(store: SqlStore, _: dt.datetime) -> None:
            member = store.member_by_identity(NAME, tenant, user)
            if member is not None:
                known = {**address, "conversation": conversation}
                store.link_identity(member.id, NAME, tenant, user, known, used_at=None)

        await self._transactions.write(self._tenants.workspace(tenant), remember)
        return conversation

    async def begin(self, address: Mapping[str, str]) -> str:
        """The conversation with somebody; `ChatUnreachable` where the app is not installed for them."""
        try:
            return await self._client.create(address["service_url"], beginning(address))
        except TeamsRefused as refused:
            if refused.status in (400, 403, 404):
                raise ChatUnreachable(str(refused)) from refused
            raise

    async def edit(self, address: Mapping[str, str], message: Message) -> None:
        await self.replace(address, body(message))

    async def replace(self, address: Mapping[str, str], activity: Mapping[str, object]) -> None:
        """Put any activity in the place of a message."""
        url, conversation = address.get("service_url", ""), address.get("conversation", "")
        try:
            await self._client.update(url, conversation, address.get("activity", ""), activity)
        except TeamsRefused as refused:
            if refused.status == 404:
                raise ChatMessageGone(str(refused)) from refused
            raise _as_port(refused) from refused

    async def tell_channel(self, service_url: str, conversation: str, text: str) -> None:
        """One plain sentence in a channel or a group."""
        activity = {"type": "message", "text": text, "textFormat": "plain"}
        await self._client.post(service_url, conversation, activity)

    async def post_channel(
        self, workspace: uuid.UUID, channel: str, message: Message, pictures: Mapping[Chart, bytes]
    ) -> None:
        tenant, room = channels.of_name(channel)
        if self._tenants.of(workspace) != tenant:
            raise NotInstalled("The bot does not serve this channel's organisation.")
        url = await self._transactions.read(workspace, lambda store, _: store.newest_address(NAME, tenant))
        if not url:
            raise ChannelRefused(channels.NOBODY_YET)
        card = render.message(message, channels.pictures(pictures))
        try:
            await self._client.post(url.get("service_url", ""), room, body(message, card))
        except TeamsRefused as refused:
            raise channels.translated(refused) from refused

    async def show_home(self, address: Mapping[str, str], message: Message) -> None:
        """There is no such place: in Teams the list is asked for, with `list`."""


def beginning(address: Mapping[str, str]) -> Body:
    """What begins a conversation with one member."""
    tenant = address.get("tenant", "")
    return {
        "bot": {"id": address.get("bot", "")},
        "members": [{"id": address.get("user", "")}],
        "isGroup": False,
        "tenantId": tenant,
        "channelData": {"tenant": {"id": tenant}},
    }


def _as_port(refused: TeamsRefused) -> TeamsRefused | ChatUnreachable:
    return ChatUnreachable(str(refused)) if refused.code in FINAL else refused


def body(view: Message, card: Mapping[str, object] | None = None) -> Body:
    """A message as the connector takes it: `summary` is what a locked phone shows.

    card: the view, where it has been drawn already.
    """
    return _with_card(card or render.message(view), render.notification(view))


def form_body(card: Mapping[str, object]) -> Body:
    """A form in the conversation. Its title may name a candidate, so a locked phone shows another."""
    return _with_card(card, "A form for you to fill in.")


def _with_card(card: Mapping[str, object], summary: str) -> Body:
    attachment = {"contentType": CARD, "content": card}
    return {"type": "message", "summary": summary, "attachments": [attachment]}
