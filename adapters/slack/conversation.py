"""What people ask of the bot in Slack: each request one transaction, and the answer where it belongs.

Slack wants an answer within 3 seconds. So a request is decided and committed first, then acknowledged, and
only then Slack is called: to open a modal, or to show what has changed. If that is lost the deliverer shows
it, for what a click changed was queued in its transaction.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any, assert_never

import structlog

from adapters import in_place
from adapters.background import Background
from adapters.slack import render
from adapters.slack.asked import Asked, Where
from adapters.slack.chat import SlackChat, met
from adapters.slack.client import SlackClient, SlackRefused
from adapters.slack.directory import Person
from adapters.slack.tenants import NAME, NotInstalled, Tenants
from adapters.slack.typed import plain
from adapters.transactions import Transactions
from bot import service
from bot.changes import Refused
from bot.people import Member
from bot.ports import ChatError, ChatTryLater
from bot.uses.desk import say
from bot.views.elements import FieldErrors, Form, Message, View
from storage.budgets import Budget
from storage.claiming import Claimed
from storage.store import SqlStore
from storage.transaction import chat_lane

log = structlog.get_logger()

Answer = Mapping[str, Any] | None
"""What goes into the acknowledgement."""
Use = Callable[[SqlStore, dt.datetime, Member], View]

TRIES, LONGEST_WAIT_S = 3, 30
"""How often, and for how long, an answer is put off by Slack's Retry-After before it is left out."""
CLEAR: Mapping[str, Any] = {"response_action": "clear"}
STRANGER = (
    "I do not know you yet, and Slack shows me no full account of yours with a work email. Guests cannot use "
    "Followup; ask the recruiter you work with."
)


class _Stranger(Exception):
    """Nobody has been met under this user id. The request counts as heard: answer it, `met` or not."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Outcome:
    """The view to show, None where the request had been heard before; and, of a surface, its delivery."""

    view: View | None
    claimed: Claimed | None = None
    posted: Mapping[str, str] | None = None
    """Where that surface stands in Slack."""
    stands: bool = False
    """It cannot be changed just now and has nothing new to show but its remark."""


class Conversation:
    """One for all tenants and both ways of connecting."""

    def __init__(
        self,
        transactions: Transactions,
        tenants: Tenants,
        client: SlackClient,
        chat: SlackChat,
        background: Background,
    ) -> None:
        self._transactions = transactions
        self._tenants = tenants
        self._client = client
        self._chat = chat
        self._background = background

    # -- what people do -----------------------------------------------------------------------------------

    async def pressed(self, asked: Asked, token: str) -> None:
        """A button or a menu entry; of a modal, too. The answer is shown afterwards."""
        await self._answer(asked, lambda store, now, me: service.clicked(store, now, me, token))

    async def submitted(
        self, asked: Asked, token: str, fields: Mapping[str, str], shown: Collection[str], *, pushed: bool
    ) -> Answer:
        """A modal was sent. `shown` are its fields, `pushed` tells that it lies on another one already."""
        try:
            outcome = await self._once(
                asked, lambda store, now, me: service.clicked(store, now, me, token, fields)
            )
        except _Stranger:
            return {"response_action": "update", "view": render.reading(say(STRANGER))}
        match outcome.view:
            case None:
                return CLEAR
            case FieldErrors():
                return render.errors(outcome.view, shown)
            case Form():
                over = render.modal(outcome.view, context=asked.context)
                return {"response_action": "update" if pushed else "push", "view": over}
            case Message():
                if outcome.view.surface is None and not asked.url:
                    return {"response_action": "update", "view": render.reading(outcome.view)}
                # The modal is closed, so what comes now belongs to what lies under it.
                below = dataclasses.replace(asked, view="")
                self._background.start(self._show(below, outcome))
                return CLEAR
            case _:
                assert_never(outcome.view)

    async def typed(self, asked: Asked, text: str, channel: str, called: str) -> Answer:
        """`/followup …`: the answer goes out with the acknowledgement, and only whoever typed sees it.

        `channel` is where, if not in private; `called` its name, where Slack says it.
        """
        use = self._saying(asked.tenant, text, channel, called)
        try:
            outcome = await self._once(asked, use)
        except _Stranger:
            self._background.start(self._meet_and_answer(asked, use))
            return None
        if isinstance(outcome.view, Message) and outcome.view.surface is None:
            return {"response_type": "ephemeral", **_drawn(outcome.view)}
        self._background.start(self._show(asked, outcome))
        return {"text": _IN_MESSAGES} if isinstance(outcome.view, Message) else None

    async def written(self, asked: Asked, text: str) -> None:
        """A direct message to the bot."""
        await self._answer(asked, self._saying(asked.tenant, text))

    async def looked(self, asked: Asked) -> None:
        """Somebody looks at the Home tab: the deliverer shows it as it is now."""

        def look(store: SqlStore, now: dt.datetime, me: Member) -> View:
            home = service.home_opened(store, now, me)
            shown = service.shown(store, now, home)
            return shown if shown is not None else say("There is nothing to show.")

        await self._answer(asked, look)

    def _saying(self, tenant: str, text: str, channel: str = "", called: str = "") -> Use:
        def use(store: SqlStore, now: dt.datetime, me: Member) -> View:
            def email_of(user: str) -> str:
                found = store.member_by_identity(NAME, tenant, user)
                return found.email if found else ""

            return service.said(store, now, me, plain(text, email_of), channel, called)

        return use

    def apologise(self, asked: Asked, text: str) -> None:
        """Something went wrong before there was an answer."""
        self._background.start(self._tell(asked, say(text)))

    # -- one request, one transaction ---------------------------------------------------------------------

    async def _answer(self, asked: Asked, use: Use) -> None:
        try:
            outcome = await self._once(asked, use)
        except _Stranger:
            self._background.start(self._meet_and_answer(asked, use))
        else:
            self._background.start(self._show(asked, outcome))

    async def _once(self, asked: Asked, use: Use, *, met: bool = False) -> _Outcome:
        """Do it, unless it was heard before. Raises `_Stranger`, and `NotInstalled` for another tenant.

        `met`: it was a stranger's, whom we have met since.
        """
        workspace = await self._workspace(asked)

        def work(store: SqlStore, now: dt.datetime) -> _Outcome | None:
            if not met and not store.hear(f"{NAME}:{asked.key}", dt.datetime.now(dt.UTC)):
                return _Outcome(None)
            member = store.member_who_came(NAME, asked.tenant, asked.user, now)
            if member is None or not member.active:
                return None
            if not member.reachable:
                member = service.heard_from(store, now, member)
            view = use(store, now, member)
            if not isinstance(view, Message) or view.surface is None:
                return _Outcome(view)
            lane = chat_lane(member.id)
            found = store.surface_address(view.surface)
            # Where nobody knows whether it was posted (the line dropped), the click tells.
            chat, posted = found if found is not None else (NAME, asked.surface)
            posted = posted if chat == NAME else None
            budget = _spends(asked, posted)
            if budget is not None and not store.deliveries.lets_out(lane, budget):
                return _Outcome(view, stands=in_place.stands(store, view))
            # Ours to show: so no edit of another process comes in between, and none is forgotten. Where
            # somebody is showing it at this moment, it is what they show.
            return _Outcome(view, store.deliveries.take(view.surface, lane), posted)

        outcome = await self._transactions.write(workspace, work)
        if outcome is None:
            raise _Stranger
        return outcome

    async def _workspace(self, asked: Asked) -> uuid.UUID:
        workspace = await self._tenants.workspace(asked.tenant)
        if workspace is None:
            raise NotInstalled("Followup is not installed here any more. Ask whoever looks after it.")
        return workspace

    # -- people we meet -----------------------------------------------------------------------------------

    async def _meet_and_answer(self, asked: Asked, use: Use) -> None:
        """Find out who it is, then answer as if they had been known."""
        try:
            found = await self._chat.person(asked.tenant, asked.user)
            if found is None:
                await self._tell(asked, say(STRANGER))
                return
            await self._meet(asked, found)
            await self._show(asked, await self._once(asked, use, met=True))
        except Refused as refused:
            await self._tell(asked, say(str(refused)))
        except ChatError as error:
            log.warning("slack_stranger_not_met", problem=str(error))
            await self._tell(asked, say(_WHO_NOT_KNOWN))

    async def _meet(self, asked: Asked, found: Person) -> None:
        seen = met(asked.tenant, found)

        def link(store: SqlStore, now: dt.datetime) -> None:
            member = service.welcomed(store, now, found.email, found.name, found.profile)
            store.link_identity(member.id, NAME, seen.tenant, seen.user, seen.address, now)

        await self._transactions.write(await self._workspace(asked), link)

    # -- showing, after the acknowledgement ---------------------------------------------------------------

    async def _show(self, asked: Asked, outcome: _Outcome) -> None:
        view = outcome.view
        match view:
            case None:
                return
            case Form():
                await self._open(asked, render.modal(view, context=asked.context))
            case FieldErrors():
                await self._tell(asked, say(" ".join(sentence for _, sentence in view.errors)))
            case Message():
                if view.surface is None:
                    await self._tell(asked, view)
                else:
                    await self._show_in_place(asked, view, outcome)
                    if asked.view:
                        await self._open(asked, render.reading(say("Done. You can close this.")))
            case _:
                assert_never(view)

    async def _open(self, asked: Asked, view: Mapping[str, Any]) -> None:
        """Over what they look at, or in place of the modal in which they clicked."""
        if not (asked.view or asked.trigger):
            await self._write(asked, say(_NEEDS_COMMAND))
            return
        try:
            token = await self._tenants.token(asked.tenant)
            if asked.view:
                which = {"view_id": asked.view, "hash": asked.view_hash}
                await self._client.tell("views.update", token, view=view, **which)
            else:
                await self._client.tell("views.open", token, trigger_id=asked.trigger, view=view)
        except ChatError as error:
            log.info("slack_modal_refused", problem=str(error))
            if not asked.view:
                late = isinstance(error, SlackRefused) and "trigger" in error.code
                why = "Slack took too long to open this" if late else "Slack could not open this"
                await self._beside(asked, say(f"{why}. Please try once more."))

    async def _tell(self, asked: Asked, view: Message) -> None:
        """Something said to one person alone: in place of what they clicked, or beside it."""
        if asked.view or (asked.trigger and not asked.url):
            await self._open(asked, render.reading(view))
        elif asked.where is Where.HOME and not asked.url:
            await self._chat.show_home(_address(asked), view)
        else:
            await self._beside(asked, view)

    async def _beside(self, asked: Asked, view: Message) -> None:
        """An answer that only they see, in place of one of before; a direct message where that cannot be."""
        if not asked.url:
            await self._write(asked, view)
            return
        body = {
            "response_type": "ephemeral",
            "replace_original": asked.where is Where.PRIVATE,
            **_drawn(view),
            **render.EDIT,
        }
        try:
            await self._client.respond(asked.url, body)
        except ChatError as error:
            log.info("slack_response_url_refused", problem=str(error))
            await self._write(asked, view)

    async def _write(self, asked: Asked, view: Message) -> None:
        """A direct message, once Slack takes it: what it puts off it has not taken. Raises `ChatError`."""
        for left in reversed(range(TRIES)):
            try:
                await self._chat.post(_address(asked), view)
            except ChatTryLater as error:
                if not left or error.after is None or error.after > LONGEST_WAIT_S:
                    raise
                await asyncio.sleep(error.after)
            else:
                return

    async def _show_in_place(self, asked: Asked, view: Message, outcome: _Outcome) -> None:
        """Show a surface's newest state where it stands; where that fails the deliverer does it."""
        claimed = outcome.claimed
        workspace = await self._workspace(asked)
        if claimed is None:
            if outcome.stands:
                await self._tell(asked, view)
            return
        try:
            address = await self._edit(asked, view, outcome.posted)
        except ChatError as error:
            log.info("slack_edit_left_to_deliverer", problem=str(error))
            problem = error
            if await self._transactions.write(
                workspace, lambda store, _: in_place.leave(store, claimed, view, problem)
            ):
                await self._tell(asked, view)
            return
        await self._transactions.write(
            workspace,
            lambda store, _: store.deliveries.finish_surface(claimed, view.revision, address, NAME),
        )

    async def _edit(self, asked: Asked, view: Message, posted: Mapping[str, str] | None) -> Mapping[str, str]:
        """The surface's address. Raises `ChatError`."""
        if asked.where is Where.HOME:
            await self._chat.show_home(_address(asked), view)
            return _address(asked)
        if posted is None:
            raise ChatError("This was not posted in Slack yet.")
        if _spends(asked, posted) is None:
            await self._client.respond(asked.url, {"replace_original": True, **_drawn(view), **render.EDIT})
        else:
            await self._chat.edit(posted, view)
        return posted


_WHO_NOT_KNOWN = (
    "Slack does not tell me just now who you are, so nothing was done. Try again in a moment; if it stays "
    "so, tell whoever looks after Followup to run its doctor."
)
_IN_MESSAGES = "It is in our direct messages."
_NEEDS_COMMAND = (
    "That opens a form, and Slack opens one only from a click or a command. Type the same after /followup."
)


def _spends(asked: Asked, posted: Mapping[str, str] | None) -> Budget | None:
    """What showing a surface costs; a click's own `response_url` costs nothing."""
    if asked.where is Where.HOME:
        return Budget.HOME
    in_place = bool(asked.url) and posted is not None and asked.message == posted.get("ts")
    return None if in_place else Budget.EDIT


def _address(asked: Asked) -> dict[str, str]:
    return {"tenant": asked.tenant, "user": asked.user}


def _drawn(view: Message) -> dict[str, Any]:
    drawn = render.message(view, edition=uuid.uuid4().hex[:6])
    return {"text": drawn.text, "blocks": drawn.blocks}
