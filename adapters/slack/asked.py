"""What somebody asked for in Slack: by whom, and where the answer belongs. Read from payloads. Pure."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

from adapters.slack.render import Kept, kept, stays


class Where(enum.StrEnum):
    """Where somebody was when they asked."""

    COMMAND = "command"
    """They typed /followup: an answer only they see."""
    SURFACE = "surface"
    """A button of a message that stays: it follows the truth, or a whole channel reads it."""
    PRIVATE = "private"
    """A button of something that was said to them alone: the answer takes its place."""
    HOME = "home"
    """The Home tab, which has no message beside it."""
    MESSAGE = "message"
    """They wrote to the bot."""
    SHORTCUT = "shortcut"
    """A shortcut: nothing is on the screen yet."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. `trigger` opens one modal within 3 seconds; `url` takes answers.

    `key` is Slack's name for the request: the same again is the same request.
    https://docs.slack.dev/interactivity/handling-user-interaction
    """

    tenant: str
    user: str
    key: str
    where: Where
    trigger: str = ""
    url: str = ""
    message: str = ""
    """The ts of the message that was clicked in."""
    channel: str = ""
    """Where that message stands; unknown once a modal lies over it."""
    view: str = ""
    """The modal that was clicked in."""
    view_hash: str = ""

    @property
    def surface(self) -> Mapping[str, str] | None:
        """The address of the message that was clicked in, where it is one that follows the truth."""
        if self.where is Where.SURFACE and self.channel and self.message:
            return {"tenant": self.tenant, "channel": self.channel, "ts": self.message}
        return None

    @property
    def context(self) -> Mapping[str, str]:
        """What a modal must remember to answer where it was opened."""
        kept = {"where": self.where.value, "url": self.url, "message": self.message}
        return {name: value for name, value in kept.items() if value}


def command(body: Mapping[str, Any], tenant: str) -> Asked:
    return _interaction(body, tenant, text(body, "user_id"), Where.COMMAND)


def shortcut(body: Mapping[str, Any], tenant: str) -> Asked:
    return _interaction(body, tenant, _user(body), Where.SHORTCUT)


def action(body: Mapping[str, Any], tenant: str) -> Asked:
    """A button or a menu. In a modal, the answer belongs where that was opened."""
    view = _part(body, "view")
    asked = _interaction(body, tenant, _user(body), Where.HOME if view else _of_message(body))
    within = _part(body, "container")
    asked = dataclasses.replace(asked, message=text(within, "message_ts"), channel=text(within, "channel_id"))
    return _from_modal(asked, view) if view.get("type") == "modal" else asked


def submission(body: Mapping[str, Any], tenant: str) -> Asked:
    """A modal was sent."""
    asked = _interaction(body, tenant, _user(body), Where.SHORTCUT)
    return _from_modal(asked, _part(body, "view"))


def event(body: Mapping[str, Any], tenant: str, where: Where) -> Asked:
    """Something that somebody did, as the Events API tells it."""
    user = text(_part(body, "event"), "user")
    return Asked(tenant=tenant, user=user, key=text(body, "event_id"), where=where)


def modal(view: Mapping[str, Any]) -> Kept | None:
    """What a modal of ours remembers; None for any other."""
    try:
        return kept(text(view, "private_metadata"))
    except (ValueError, RecursionError):
        return None


def inputs(view: Mapping[str, Any]) -> list[str]:
    """The names of a modal's fields."""
    blocks = view.get("blocks")
    found = [block for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, list) else []
    return [text(block, "block_id") for block in found if block.get("type") == "input"]


def text(part: Mapping[str, Any], name: str) -> str:
    """What stands under this name, where it is a text."""
    found = part.get(name)
    return found if isinstance(found, str) else ""


def _interaction(body: Mapping[str, Any], tenant: str, user: str, where: Where) -> Asked:
    trigger = text(body, "trigger_id")
    url = text(body, "response_url")
    return Asked(tenant=tenant, user=user, key=trigger, where=where, trigger=trigger, url=url)


def _from_modal(asked: Asked, view: Mapping[str, Any]) -> Asked:
    remembered = modal(view)
    context = remembered.context if remembered else {}
    where = context.get("where", "")
    return dataclasses.replace(
        asked,
        where=Where(where) if where in set(Where) else Where.SHORTCUT,
        url=context.get("url", ""),
        message=context.get("message", ""),
        view=text(view, "id"),
        view_hash=text(view, "hash"),
    )


def _of_message(body: Mapping[str, Any]) -> Where:
    return Where.SURFACE if stays(text(body["actions"][0], "block_id")) else Where.PRIVATE


def _user(body: Mapping[str, Any]) -> str:
    return text(_part(body, "user"), "id")


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}
