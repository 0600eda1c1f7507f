"""Posts weekly summaries to team channels: each once, as it was counted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import structlog

from adapters.pictures import Pictures
from adapters.transactions import Transactions
from bot import service
from bot.ports import ChannelRefused, Chat, ChatError, ChatTryLater
from bot.summary import Channel, Summary
from bot.views.elements import Message
from bot.weeks import WEEK
from storage.claiming import Claimed
from storage.store import SqlStore

log = structlog.get_logger()

PAUSED_WAIT = dt.timedelta(minutes=10)
REFUSED_WAIT = dt.timedelta(hours=1)
"""A channel that does not take the bot; somebody has to let it in."""


class _Paused(Exception):
    """Nudges are paused by an admin, and so is this."""


class SummaryDelivery:
    """One summary at a time for whoever calls; any number of calls at once."""

    def __init__(self, transactions: Transactions, chats: Mapping[str, Chat], pictures: Pictures) -> None:
        self._transactions = transactions
        self._chats = chats
        self._pictures = pictures

    async def deliver(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        try:
            found = await self._transactions.read(
                workspace, lambda store, now: _wanted(store, now, claimed.subject_id)
            )
        except _Paused:
            await self._later(workspace, claimed, PAUSED_WAIT, "nudges are paused", failed=False)
            return
        if found is None:
            await self._dropped(workspace, claimed)
            return
        channel, summary, message = found
        chat = self._chats.get(channel.chat)
        if chat is None:
            await self._later(
                workspace, claimed, REFUSED_WAIT, "the channel is in no chat we know", failed=False
            )
            return
        pictures = await self._pictures.of(message.elements)
        try:
            await chat.post_channel(workspace, channel.name, message, pictures)
        except ChannelRefused as refused:
            await self._refused(workspace, claimed, channel, summary, str(refused))
        except ChatTryLater as error:
            seconds = error.after if error.after is not None else float(min(600, 2**claimed.attempts))
            await self._later(
                workspace, claimed, dt.timedelta(seconds=seconds), str(error), lane_s=error.after
            )
        except ChatError as error:
            log.warning("summary_refused", summary=str(summary.id), problem=str(error))
            await self._later(workspace, claimed, REFUSED_WAIT, str(error))
        else:
            await self._posted(workspace, claimed, channel, summary)

    async def _dropped(self, workspace: uuid.UUID, claimed: Claimed) -> None:
        def write(store: SqlStore, now: dt.datetime) -> None:
            if store.deliveries.drop(claimed):
                service.summary_dropped(store, now, claimed.subject_id)

        await self._transactions.write_outcome(workspace, write)

    async def _posted(
        self, workspace: uuid.UUID, claimed: Claimed, channel: Channel, summary: Summary
    ) -> None:
        def write(store: SqlStore, now: dt.datetime) -> None:
            if store.deliveries.drop(claimed):
                service.summary_posted(store, now, channel, summary)

        await self._transactions.write_outcome(workspace, write)

    async def _refused(
        self, workspace: uuid.UUID, claimed: Claimed, channel: Channel, summary: Summary, why: str
    ) -> None:
        log.warning("channel_refused", channel=str(channel.id), problem=why)

        def write(store: SqlStore, now: dt.datetime) -> None:
            if store.deliveries.later(claimed, now + REFUSED_WAIT, why):
                service.summary_unposted(store, now, channel, summary, why)

        await self._transactions.write_outcome(workspace, write)

    async def _later(
        self,
        workspace: uuid.UUID,
        claimed: Claimed,
        wait: dt.timedelta,
        why: str,
        *,
        failed: bool = True,
        lane_s: float | None = None,
    ) -> None:
        """Again after `wait`; `lane_s` is a `Retry-After`, which holds all that goes to the channel."""

        def write(store: SqlStore, now: dt.datetime) -> None:
            if lane_s is not None:
                store.deliveries.lane_wait(claimed.lane, lane_s)
            store.deliveries.later(claimed, now + wait, why, failed=failed)

        await self._transactions.write_outcome(workspace, write)


def _wanted(store: SqlStore, now: dt.datetime, summary: uuid.UUID) -> tuple[Channel, Summary, Message] | None:
    """What is to be posted; None where nobody wants it any more, the next one is due, or in a rehearsal."""
    found = service.summary_message(store, summary)
    if found is None or now >= found[1].until + WEEK or store.policy.rehearsal:
        return None
    if store.policy.nudges_paused:
        raise _Paused
    return found
