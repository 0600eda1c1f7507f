"""`followup doctor --write-to` in Teams: one short message to a member, as the bot itself would write it."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

from adapters.doctor.finding import Finding, State
from adapters.teams.access import Access
from adapters.teams.chat import LOST, beginning, body
from adapters.teams.client import TeamsClient, TeamsRefused
from adapters.teams.tenants import NAME
from adapters.teams.tokens import TokenRefused
from bot.ports import ChatError, ChatTryLater
from bot.uses.desk import say
from storage.database import Database
from storage.store import SqlStore

_WRITE = "teams write"


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A member, and where they are written to in Teams; an empty address for who was never met there."""

    email: str
    address: Mapping[str, str]


def find(kept: Database, named: str, tenant: str) -> Found | None:
    """The member with this work email, or object id in Entra, in the first company of this database."""

    def look(store: SqlStore) -> Found | None:
        user = _object_id(named)
        member = store.member_by_identity(NAME, tenant, user) if user else store.member_by_email(named)
        if member is None:
            return None
        users = store.users_in(NAME, tenant)
        user = user or next((it for it, whose in users.items() if whose.id == member.id), "")
        return Found(member.email, store.address_in(NAME, tenant, user) or {})

    workspaces = kept.workspaces()
    return kept.read(workspaces[0], look) if workspaces else None


def _object_id(named: str) -> str:
    try:
        return str(uuid.UUID(named))
    except ValueError:
        return ""


async def write_to(access: Access, found: Found, company: str) -> Finding:
    """Both sides see whether it arrives. Nothing of it is kept."""
    if not found.address.get("service_url"):
        return _not_written(found, "has never been met in Teams", _GET_THE_APP)
    text = (
        f"Followup can write to you here: somebody at {company} has just tried it out. "
        "There is nothing for you to do."
    )
    client = TeamsClient(access)
    try:
        await _post(client, found.address, body(say(text)))
    except TeamsRefused as refused:
        why, mend = _WHY.get(refused.code, (f"could not be written to: {refused}", _SEE))
        return _not_written(found, why, mend)
    except TokenRefused as refused:
        return _not_written(found, "could not be written to: Microsoft gives no token", _SEE, str(refused))
    except ChatTryLater as error:
        what = f"{error} {found.email} has perhaps got a message and perhaps not."
        return Finding(_WRITE, State.WRONG, what, "Run this again; the line `teams service` says more.")
    except ChatError as error:
        return _not_written(found, f"could not be written to: {error}", _SEE)
    finally:
        await client.close()
    return Finding(_WRITE, State.OK, f"{found.email} has got a short message; ask whether it was seen")


async def _post(client: TeamsClient, address: Mapping[str, str], message: Mapping[str, object]) -> None:
    """In the conversation that is known, else in one that is begun, as `TeamsChat` does it."""
    url, conversation = address["service_url"], address.get("conversation", "")
    if conversation:
        try:
            await client.post(url, conversation, message)
        except TeamsRefused as refused:
            if refused.code != LOST:
                raise
        else:
            return
    await client.post(url, await client.create(url, beginning(address)), message)


def _not_written(found: Found, why: str, mend: str, more: str = "") -> Finding:
    what = " ".join(filter(None, (f"{found.email} {why}, so nothing was written.", more)))
    return Finding(_WRITE, State.WRONG, what, mend)


_GET_THE_APP = (
    "The app must be there for them, and the bot must know of it: docs/how-to/teams.md, How a manager gets "
    "the app. If it is there, let them write hello to it."
)
_SEE = "See the lines `teams token` and `teams service` above."
_WHY = {
    "BotNotInConversationRoster": ("does not have the app in Teams", _GET_THE_APP),
    "ConversationNotFound": ("does not have the app in Teams", _GET_THE_APP),
    "ConversationBlockedByUser": (
        "has blocked the app in Teams",
        "They alone can let it in again: their chat with Followup → … → Unblock.",
    ),
    "BotDisabledByAdmin": (
        "may not be written to: an admin has blocked the app",
        "admin.teams.microsoft.com → Teams apps → Manage apps → Followup → Allow.",
    ),
    "MessageWritesBlocked": (
        "may not be written to: nobody can write in their chat with the app",
        "Let them take the app out and add it again.",
    ),
}
"""By Teams' own word; its meaning stands where `chat.FINAL` says."""
